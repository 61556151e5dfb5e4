"""A window with its first graph, in which lessons are opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.window.main_window import MainWindow
from tests.gui.opened import Opened, finish


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    opened = Opened(qtbot, tmp_path)
    window = opened.with_graph()
    yield window
    finish(qtbot, window)
    assert opened.crashes == []

"""Tabs: the note at their right has room, or is said in fewer words, and stands apart from what is beside it."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from gui.look.theme import ThemeManager
from gui.widgets import Tabs

FORMS = ("written by hand · running line 19", "written by hand · line 19", "written by hand")


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("width", [280, 340, 388, 480, 600])
def test_a_note_is_whole_or_shorter_and_apart_from_the_badge(qtbot: QtBot, width: int, scale: float) -> None:
    """It read "ritten by hand · running line 19■ SGD 0.10"."""
    theme = ThemeManager("light")
    theme.set_scale(scale)
    tabs, badge = Tabs(theme, [("setup", "Set-up"), ("code", "Code")]), QLabel("SGD 0.10")
    tabs.add_widget(badge)
    qtbot.addWidget(tabs)
    tabs.set_note(*FORMS)
    tabs.resize(width, tabs.height())
    tabs.show()
    QApplication.processEvents()
    label = tabs._note
    text = label.text()
    assert tabs.note() == FORMS[0] == label.toolTip()
    assert text in ("", *FORMS) or (text.endswith("…") and FORMS[-1].startswith(text[:-1].rstrip()))
    assert not text or QFontMetrics(label.font()).horizontalAdvance(text) <= label.contentsRect().width()
    assert not text or badge.x() - (label.x() + label.contentsRect().right() + 1) >= 12
    assert width < 600 or scale > 1 or text == FORMS[0]
    badge.hide()
    QApplication.processEvents()
    assert label.contentsMargins().right() == 0

"""Progress in lessons: kept in a file that nothing damages, and shared by two windows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.documents.lessons import Left, Progress
from gui.panels.lesson.given import Given


def test_two_windows_write_what_each_has_changed(tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "data" / "lessons.json"
    one, other = Progress(file), Progress(file)
    assert one.of("a") == Left() and other.of("b") == Left()
    one.keep("a", 2, 4, {"1.1": Given("right", "12", "12", "wrong", 2)})
    other.keep("b", 1, 3, {})
    other.finish("b")
    assert one.write() and other.write()
    later = Progress(file)
    assert later.of("a") == Left(2, 4, {"1.1": Given("right", "12", "12", "wrong", 2)}) and later.of("b").done


@pytest.mark.parametrize(
    "text", ["", "{", '{"lessons": 3}', '{"lessons": {"a": 3}}', "\0\0", '{"lessons": {"a": {"page": "x"}}}']
)
def test_a_damaged_file_is_put_aside(tmp_path: Path, qtbot: QtBot, text: str) -> None:
    file = tmp_path / "lessons.json"
    file.write_text(text)
    progress = Progress(file)
    assert progress.of("a") == Left() and (tmp_path / "lessons.damaged").read_text() == text
    progress.keep("a", 1, 2, {})
    assert progress.write() and json.loads(file.read_text())["lessons"]["a"]["page"] == 1


def test_a_full_disk_is_survived_and_tried_again(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "file").write_text("")
    progress = Progress(tmp_path / "file" / "lessons.json")
    progress.keep("a", 1, 2, {})
    assert not progress.write() and progress.of("a").page == 1
    (tmp_path / "file").unlink()
    assert progress.write()

"""A lesson from a file is played if it has no mistakes, and refused with their lines if it has."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import resources
from engine.lessons.checking import check_lesson
from engine.lessons.reading.reading import read_lesson
from engine.lessons.shipped import shipped_lessons
from gui.window.learn.filed import TEMPLATE
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened, Person, finish

GOOD = "---\ntitle: Mine\n---\n# One\n\ntext\n"


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[tuple[MainWindow, Person]]:
    opened = Opened(qtbot, tmp_path)
    window = opened.with_graph()
    yield window, opened.person
    finish(qtbot, window)
    assert opened.crashes == []


def _name(window: MainWindow) -> str:
    bench = window.learning.bench
    lesson = bench.play.lesson if bench is not None else None
    return lesson.name if lesson is not None and window.learning.shown else ""


def test_a_right_one_is_played_and_kept_by_its_content(opened: tuple[MainWindow, Person], qtbot: QtBot, tmp_path: Path) -> None:
    window, person = opened
    file = tmp_path / "mine.md"
    file.write_text(GOOD, encoding="utf-8")
    window.home.show()
    person.chosen = str(file)
    window.home.lesson_file_wanted.emit()
    qtbot.waitUntil(lambda: _name(window).startswith("mine "), timeout=30_000)
    assert not window.home.shown and person.said == []
    first = _name(window)
    file.write_text(GOOD + "more\n", encoding="utf-8")
    window.documents.open(file)
    qtbot.waitUntil(lambda: _name(window) not in ("", first), timeout=30_000)


def test_one_with_mistakes_is_refused_with_their_lines(opened: tuple[MainWindow, Person], qtbot: QtBot, tmp_path: Path) -> None:
    window, person = opened
    file = tmp_path / "mine.md"
    file.write_text(GOOD + "\nWith `= q` here.\n" + "\nWith `= q`.\n" * 12, encoding="utf-8")
    window.documents.open(file)
    qtbot.waitUntil(lambda: bool(person.said), timeout=30_000)
    assert "mine.md, line 8: " in person.said[0] and "gradwalk lesson check mine.md" in person.said[0]
    assert "and 5 more" in person.said[0] and not window.learning.shown


def test_the_lessons_of_a_zip_follow_one_another(opened: tuple[MainWindow, Person], qtbot: QtBot, tmp_path: Path) -> None:
    window, person = opened
    with zipfile.ZipFile(tmp_path / "class.gradlesson.zip", "w") as archive:
        archive.writestr("1.md", GOOD)
        archive.writestr("2.md", GOOD)
    window.documents.open(tmp_path / "class.gradlesson.zip")
    qtbot.waitUntil(lambda: _name(window).startswith("1 "), timeout=30_000)
    assert window.learning.bench is not None
    window.learning.bench.panel.go_on.click()
    assert _name(window).startswith("2 ")
    window.learning.bench.panel.go_on.click()
    assert not window.learning.shown and person.said == []


def test_write_your_own_saves_a_lesson_that_works(opened: tuple[MainWindow, Person], tmp_path: Path) -> None:
    window, person = opened
    person.chosen = str(tmp_path / "new.md")
    window.home.writing_wanted.emit()
    text = (tmp_path / "new.md").read_text(encoding="utf-8")
    assert text == resources.read_text(TEMPLATE) and "gradwalk lesson check" in person.said[0]
    assert check_lesson(read_lesson(text, "new")) == ()
    assert "my-lesson" not in [lesson.name for lesson in shipped_lessons()]


def test_closing_ends_the_thread_whatever_else_is_not_done(
    opened: tuple[MainWindow, Person], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, _ = opened
    (tmp_path / "mine.md").write_text(GOOD, encoding="utf-8")
    window.documents.open(tmp_path / "mine.md")
    qtbot.waitUntil(lambda: _name(window) != "", timeout=30_000)
    closed = []
    real = window.lesson_files.close
    monkeypatch.setattr(window.lesson_files, "close", lambda: closed.append(real()))
    late = window.laboratory.close
    monkeypatch.setattr(window.laboratory, "close", lambda: late() and False)
    window.close()
    assert closed == [True]

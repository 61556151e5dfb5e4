"""A lesson's page as it is laid out: head, title, picture, the way back, and borders that stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from engine.lessons.model import Picture
from engine.lessons.reading.reading import read_lesson
from gui.look.theme import ThemeManager
from gui.panels.lesson.picture import PictureBlock, image_of
from gui.window.learn.bench import LearnBench
from gui.window.main_window import MainWindow

TEXT = """---
title: Why so?
---
# First

Read.

# Second

![A grey square](square.png)

```program
a = torch.tensor(2., requires_grad=True)
y = a**3
y.backward()
```

```drag
ask: Make it flat.
goal: abs(a.grad) < 0.05
```
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    image = QImage(800, 400, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.gray)
    (tmp_path / "lesson").mkdir()
    assert image.save(str(tmp_path / "lesson" / "square.png")) and image.save(str(tmp_path / "secret.png"))
    return tmp_path / "lesson"


def second(window: MainWindow, folder: Path, qtbot: QtBot) -> LearnBench:
    window.learning.open(read_lesson(TEXT, "03-why"), folder)
    bench = window.learning.bench
    assert bench is not None
    bench.play.turn(1)
    qtbot.waitUntil(lambda: bench.session.recording is not None and not bench._arrives, timeout=60_000)
    return bench


def test_the_head_says_where_one_is_and_the_title_which_lesson_it_is(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    panel = second(window, folder, qtbot).panel
    assert (panel.header.title(), panel.count.text(), panel.over.text()) == ("Lesson", "2 of 2", "3 · Why so?")


def test_a_picture_is_as_wide_as_the_text_and_says_what_it_shows(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    bench = second(window, folder, qtbot)
    (picture,) = bench.panel.findChildren(PictureBlock)
    assert picture.accessibleName() == "A grey square" and not picture.words
    assert 0 < picture.width() <= 800 and picture.heightForWidth(300) == 150
    picture.grab()


def test_what_lies_elsewhere_or_is_no_picture_is_not_read(folder: Path, qtbot: QtBot) -> None:
    (folder / "broken.png").write_bytes(b"no picture")
    for file in ("../secret.png", "missing.png", "broken.png"):
        assert image_of(file, folder).isNull()
    assert image_of("missing.png", None).isNull()
    block = PictureBlock(Picture("missing.png", "A hill"), folder, ThemeManager("light"))
    qtbot.addWidget(block)
    assert "A hill" in block.words and "missing.png" in block.words and block.heightForWidth(200) > 10
    block.grab()


def test_a_changed_program_says_the_way_back_and_the_code_is_there(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    bench = second(window, folder, qtbot)
    assert bench.code.isVisibleTo(bench), "also after a page without"
    assert not bench.panel.changed.isVisibleTo(bench)
    bench.session.set_text(bench.session.text.replace("2.", "1."), immediate=True)
    assert bench.panel.changed.isVisibleTo(bench) and "Esc" in bench.panel.changed.text()
    window.actions_by_id["stop"].trigger()
    assert not bench.panel.changed.isVisibleTo(bench)


def test_borders_stay_where_they_were_moved(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    bench = second(window, folder, qtbot)
    bench._centre.moveSplitter(bench._centre.height() // 2, 1)
    sizes = bench._centre.sizes()
    bench.play.turn(0)
    bench.play.turn(1)
    assert bench._centre.sizes() == sizes
    assert any(line.startswith("graph+code=") for line in window.settings.value("learn/heights"))

"""A training exported from the window: the dialog, the files, an animation that is stopped, and places that cannot be written."""

from __future__ import annotations

import csv
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from gui.export.formats import TABLE
from gui.export.training.animation import MOST_FRAMES, steps_shown, wait_of
from gui.export.training.dialog import ExportDialog
from gui.export.training.exports import TrainingExports
from gui.export.training.table import Table
from gui.look import file_dialog
from gui.session.run_numbers import RunNumbers
from gui.widgets.question import Question
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened, finish

WAIT = 240_000


@pytest.fixture
def lab(qtbot: QtBot, opened: Opened) -> MainWindow:
    window = opened.show()
    window.session.run.set_config(TrainingConfig(epochs=5, n_samples=60))
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.training.surface is not None and window.controller.data is not None, timeout=WAIT)
    with qtbot.waitSignal(window.controller.finished, timeout=WAIT):
        window.controller.train()
    qtbot.waitUntil(lambda: window.controller.surface is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: window.controller.fit is not None and window.controller.fit.step == 5, timeout=WAIT)
    qtbot.waitUntil(lambda: all(plot.updatesEnabled() for plot in window.training._plots_made()), timeout=WAIT)
    window.training._show_texts()
    return window


Ask = Callable[[str], ExportDialog]


@pytest.fixture
def ask(lab: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    """Opens the dialog, and answers with this name the question which file."""
    name = [""]
    monkeypatch.setattr(file_dialog, "name_to_save", lambda *_: str(tmp_path / name[0]))

    def asked(file: str) -> ExportDialog:
        name[0] = file
        lab.actions_by_id["export_training"].trigger()
        assert lab.exports is not None and lab.exports.dialog is not None
        return lab.exports.dialog

    return asked


def cells(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


def exports(window: MainWindow) -> TrainingExports:
    assert window.exports is not None
    return window.exports


def told(window: MainWindow) -> list[str]:
    question = window.findChild(Question)
    said = [label.text() for label in question.findChildren(QLabel)]
    question.close()
    return said


def test_the_numbers_of_the_run_and_of_all_runs(qtbot: QtBot, lab: MainWindow, ask: Ask, tmp_path: Path) -> None:
    dialog = ask("one")
    assert dialog.kind.current() == "numbers" and dialog.note.text().startswith("CSV, 6 lines of 8 columns")
    assert dialog.runs.count() == 1
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (tmp_path / "one.csv").exists(), timeout=WAIT)
    rows = cells(tmp_path / "one.csv")
    assert [row[1] for row in rows[2:]] == [repr(float(loss)) for loss in lab.session.run.numbers.loss[1:]]
    qtbot.waitUntil(lambda: lab.toolbar.status.text == "Saved one.csv", timeout=WAIT)
    lab.controller.reset()
    with qtbot.waitSignal(lab.controller.finished, timeout=WAIT):
        lab.session.run.set_config(TrainingConfig(epochs=4, n_samples=60, optimizer="adam"))
        qtbot.waitUntil(
            lambda: lab.session.runs.current is not None and lab.session.runs.current.config.optimizer == "adam", timeout=WAIT
        )
        lab.controller.train()
    dialog = ask("all.csv")
    assert dialog.runs.itemText(1) == "all 2 runs"
    dialog.runs.setCurrentIndex(1)
    dialog.save.click()
    qtbot.waitUntil(lambda: (tmp_path / "all.csv").exists(), timeout=WAIT)
    rows = cells(tmp_path / "all.csv")
    assert [row[0] for row in rows] == ["run"] + 6 * ["By hand 0.10"] + 5 * ["Adam 0.10"]


def test_pictures_in_the_three_formats(lab: MainWindow, ask: Ask, tmp_path: Path) -> None:
    for ending in ("svg", "png", "pdf"):
        dialog = ask(f"plots.{ending}")
        dialog.kind.words["picture"].click()
        assert dialog.plots.isVisible() and dialog.density.isVisible() and not dialog.runs.isVisible()
        dialog.save.click()
        assert (tmp_path / f"plots.{ending}").stat().st_size > 5000 and lab.toolbar.status.text == f"Saved plots.{ending}"


def test_an_animation_shows_every_epoch(qtbot: QtBot, lab: MainWindow, ask: Ask, tmp_path: Path) -> None:
    dialog = ask("run.gif")
    dialog.kind.words["animation"].click()
    assert "all epochs from 0 to 5" in dialog.note.text()
    dialog.scales.setCurrentIndex(dialog.scales.findData(0.5))
    chosen = dialog.animation
    before = lab.training.grab().toImage()
    dialog.save.click()
    assert lab.toolbar.status.text.startswith("Writing run.gif") and lab.toolbar.status.end.isVisible()
    qtbot.waitUntil(lambda: (tmp_path / "run.gif").exists(), timeout=WAIT)
    with Image.open(tmp_path / "run.gif") as made:
        assert (made.n_frames, made.size) == (6, chosen.picture.pixels.toTuple())
        assert made.info["loop"] == 0 and made.info["duration"] == chosen.wait
        first = made.convert("RGB").tobytes()
        made.seek(5)
        assert made.convert("RGB").tobytes() != first and made.info["duration"] == 2000
    qtbot.waitUntil(lambda: not exports(lab).busy, timeout=WAIT)
    assert lab.training.grab().toImage() == before, "on the screen nothing has moved"


def test_an_animation_that_is_stopped_leaves_no_file(qtbot: QtBot, lab: MainWindow, ask: Ask, tmp_path: Path) -> None:
    dialog = ask("run.gif")
    dialog.kind.words["animation"].click()
    exports(lab).told.connect(lambda text, _end: lab.toolbar.status.end.click() if "frame 2 of 6" in text else None)
    dialog.save.click()
    qtbot.waitUntil(lambda: not exports(lab).busy, timeout=WAIT)
    assert not exports(lab).busy and lab.toolbar.status.text == ""
    qtbot.waitUntil(lambda: exports(lab)._work._slots.empty, timeout=WAIT)
    assert list(tmp_path.glob("run*")) == [] and lab.findChild(Question) is None


def test_a_window_that_is_closed_in_the_middle_leaves_no_file(qtbot: QtBot, lab: MainWindow, ask: Ask, tmp_path: Path) -> None:
    dialog = ask("run.gif")
    dialog.kind.words["animation"].click()
    dialog.save.click()
    # Not for the signal: the thread emits it, and what listens to it must be no more than the window's own slot.
    qtbot.waitUntil(lambda: ": frame " in lab.toolbar.status.text, timeout=WAIT)
    finish(qtbot, lab)
    assert not lab.lingering and list(tmp_path.glob("run*")) == []


def test_closing_in_the_middle_asks_and_goes_on_if_the_user_wants(
    qtbot: QtBot, lab: MainWindow, ask: Ask, opened: Opened, tmp_path: Path
) -> None:
    """The window closed at once, and nothing said that the animation was lost."""
    dialog = ask("run.gif")
    dialog.kind.words["animation"].click()
    dialog.save.click()
    # Not for the signal: the thread emits it, and what listens to it must be no more than the window's own slot.
    qtbot.waitUntil(lambda: ": frame " in lab.toolbar.status.text, timeout=WAIT)
    opened.person.answer = "cancel"
    lab.close()
    assert opened.person.said == ["lose run.gif?"] and lab.isVisible() and exports(lab).busy
    opened.person.answer = "discard"
    qtbot.waitUntil(lambda: not exports(lab).busy, timeout=WAIT)
    assert (tmp_path / "run.gif").is_file()
    finish(qtbot, lab)
    assert opened.person.said == ["lose run.gif?"], "where nothing is written, nothing is asked"


def _begin_another(window: MainWindow) -> None:
    window.session.run.reset([window.session.run.snapshots[0]])


def test_an_animation_ends_where_another_run_begins(qtbot: QtBot, lab: MainWindow, ask: Ask, tmp_path: Path) -> None:
    dialog = ask("run.gif")
    dialog.kind.words["animation"].click()
    exports(lab).told.connect(lambda text, _end: _begin_another(lab) if "frame 1 of" in text else None)
    dialog.save.click()
    qtbot.waitUntil(lambda: lab.findChild(Question) is not None, timeout=WAIT)
    assert any("another run began" in text for text in told(lab)) and list(tmp_path.glob("run*")) == []


def test_a_place_that_cannot_be_written_is_told(qtbot: QtBot, lab: MainWindow, ask: Ask, tmp_path: Path) -> None:
    for kind, title in (("numbers", "numbers were"), ("picture", "plots were"), ("animation", "animation was")):
        dialog = ask("none/made")
        dialog.kind.words[kind].click()
        dialog.save.click()
        qtbot.waitUntil(lambda: lab.findChild(Question) is not None, timeout=WAIT)
        said = told(lab)
        assert f"The {title} not written" in said and any("Choose another place" in text for text in said)
        lab.findChild(Question).deleteLater()
        qtbot.waitUntil(lambda: lab.findChild(Question) is None, timeout=WAIT)
    assert list(tmp_path.glob("none*")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a file's size")
def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path) -> None:
    numbers = RunNumbers()
    path = tmp_path / "runs.csv"
    path.write_text("before", encoding="utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        TABLE.write(Table((("run" * 2000, numbers), ("other", numbers))), path)
        for name in ("new.csv", "runs.csv"):
            with pytest.raises(OSError, match=f"{name} cannot be written: File too large.*Choose another place"):
                TABLE.write(_many(), tmp_path / name)
            assert [item.name for item in tmp_path.iterdir()] == ["runs.csv"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _many() -> Table:
    from engine.training.training import train

    numbers = RunNumbers()
    numbers.start(train(TrainingConfig(epochs=40, n_samples=20)))
    return Table((("run", numbers),))


def test_which_epochs_an_animation_shows() -> None:
    assert steps_shown(5, 6.0) == [0, 1, 2, 3, 4, 5]
    some = steps_shown(100_000, 60.0)
    assert len(some) == MOST_FRAMES and (some[0], some[-1]) == (0, 100_000)
    assert steps_shown(0, 3.0) == [0] and wait_of(31, 6.0) == 190 and wait_of(150, 3.0) == 80

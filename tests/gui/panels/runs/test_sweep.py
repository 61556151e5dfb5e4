"""A knob swept over a range: its values, its runs one after the other, and their small multiples over the same axes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from engine.training.choices.knobs import Knob
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager
from gui.panels.runs.panel import RunsPanel
from gui.panels.runs.sweep import MOST, SweepBox, sweep_of, swept_knobs, values_of
from gui.session.session import Session
from gui.session.settings import Settings
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened
from tests.gui.session.test_runs import train

WAIT = 240_000
ADAM = TrainingConfig(data="moons", model="mlp", loss="cross_entropy", optimizer="adam", batch_size=20, n_samples=60)


def knob(config: TrainingConfig, name: str) -> Knob:
    return next(item for item in swept_knobs(config) if item.name == name)


def test_every_knob_that_is_a_number_can_be_swept() -> None:
    names = {item.name for item in swept_knobs(ADAM)}
    assert {"learning_rate", "seed", "width", "layers", "beta1", "clip", "noise", "batch_size"} <= names
    assert not names & {"epochs", "activation", "zero_grad", "standardise"}


def test_values_by_factors_and_by_distances() -> None:
    rate, width = knob(ADAM, "learning_rate"), knob(ADAM, "width")
    assert values_of(rate, 0.001, 1.0, 4, True) == (0.001, 0.01, 0.1, 1.0)
    assert values_of(rate, 0.0, 0.3, 4, False) == (0.0, 0.1, 0.2, 0.3)
    assert values_of(width, 1, 4, 9, False) == (1, 2, 3, 4), "a whole number once"
    with pytest.raises(ValueError, match="above 0"):
        values_of(rate, 0.0, 1.0, 3, True)
    with pytest.raises(ValueError, match="ends where it begins"):
        values_of(rate, 1.0, 1.0, 3, True)
    swept = sweep_of(ADAM, width, (2, 8))
    assert [config.get("width") for config in swept.configs] == [2, 8] and swept.title(1) == "8"
    with pytest.raises(ValueError, match="learning_rate"):
        sweep_of(ADAM, rate, (0.0, 1.0))


def test_the_box_says_which_runs_these_are_or_what_is_not_allowed(qtbot: QtBot) -> None:
    box = SweepBox(ThemeManager("light"))
    qtbot.addWidget(box)
    box.ask(ADAM)
    assert box.knob.currentText() == "Learning rate" and box.log.isChecked() and box.begin.text() == "Sweep 6 runs"
    assert (box.low.value(), box.high.value()) == (0.01, 1.0)
    box.low.set_value(-1.0)
    box._show()
    assert not box.begin.isEnabled() and "above 0" in box._note.text()
    box.log.click()
    assert not box.begin.isEnabled() and "learning_rate" in box._note.text()
    box.low.set_value(0.5)
    box.count.set_value(MOST)
    box._show()
    assert box.begin.isEnabled() and "…" in box._note.text()


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> RunsPanel:
    session = Session(settings=Settings(tmp_path / "s.ini"))
    made = RunsPanel(session, ThemeManager("light"))
    qtbot.addWidget(made)
    made.resize(388, 700)
    made.show()
    return made


def test_small_multiples_have_the_same_axes_and_say_what_diverged(qtbot: QtBot, panel: RunsPanel) -> None:
    begun: list[object] = []
    panel.sweep_wanted.connect(begun.append)
    panel.sweep_button.click()
    sweeping = panel.sweeping
    sweeping.box.count.set_value(3)
    sweeping.box._show()
    sweeping.box.begin.click()
    multiples = sweeping.multiples
    assert multiples.sweep is not None and begun == [multiples.sweep.configs]
    assert [multiples.said(place) for place in range(3)] == ["waiting"] * 3 and math.isnan(multiples.ends[0])
    one, two, three = multiples.sweep.configs
    train(panel._run, one, 4.0, 3.0)
    train(panel._run, two, 4.0, 0.5)
    train(panel._run, three, 4.0, 1e9, math.inf, state="diverged")
    sweeping.renew()
    assert [multiples.said(place) for place in range(3)] == ["3.000", "0.500", "diverged, epoch 3"]
    assert multiples.ends == (0.5, 4.0), "what ran away does not press the others flat"
    assert "1 diverged" in sweeping._note.text() and not sweeping.stop.isEnabled()
    boxes = [multiples.box(place) for place in range(3)]
    assert not any(one.intersects(other) for one in boxes for other in boxes if one is not other)
    assert multiples.grab().toImage() != panel.table.grab().toImage()
    qtbot.mouseClick(multiples, Qt.MouseButton.LeftButton, pos=boxes[2].center().toPoint() + QPoint(0, 4))
    assert panel._run.config == three, "a click takes the set-up"
    panel._run.undo_config()
    assert panel._run.config != three
    multiples.setFocus()
    qtbot.keyClick(multiples, Qt.Key.Key_Left)
    qtbot.keyClick(multiples, Qt.Key.Key_Left)
    qtbot.keyClick(multiples, Qt.Key.Key_Return)
    assert panel._run.config == one and "0.01" in multiples.accessibleDescription()
    sweeping.table.click()
    assert panel.table.isVisible()
    panel.sweep_button.click()
    assert multiples.isVisible(), "the last sweep is still there"


def test_a_sweep_is_trained_in_the_window_and_can_be_stopped(qtbot: QtBot, opened: Opened) -> None:
    window: MainWindow = opened.show()
    window.session.run.set_config(TrainingConfig(epochs=3, n_samples=40))
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.controller.data is not None, timeout=WAIT)
    window.below_plots.bring_runs()
    panel = window.runs_panel
    panel.sweep_button.click()
    panel.sweeping.box.count.set_value(4)
    panel.sweeping.box._show()
    panel.sweeping.box.begin.click()
    runs = panel.sweeping.multiples.runs
    qtbot.waitUntil(lambda: window.session.runs.current is not None and not window.laboratory.turns.go_on, timeout=WAIT)
    panel.sweeping.renew()
    runs = panel.sweeping.multiples.runs
    assert [run is not None and run.epochs for run in runs] == [3] * 4, "all are kept among the runs"
    assert len({run.name for run in runs if run is not None}) == 4
    panel.sweeping.again.click()
    panel.sweeping.box.begin.click()
    panel.sweeping.stop.click()
    assert not window.laboratory.turns.go_on and window.laboratory.turns.waiting == []
    assert not panel.said, "a sweep has no winner"


@pytest.mark.parametrize("how", ["set-up", "stop", "race"])
def test_a_paused_sweep_ends_with_another_set_up_with_stop_and_with_a_race(qtbot: QtBot, opened: Opened, how: str) -> None:
    window: MainWindow = opened.show()
    window.session.run.set_config(TrainingConfig(epochs=2000, n_samples=40))
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.controller.data is not None, timeout=WAIT)
    window.below_plots.bring_runs()
    panel = window.runs_panel
    panel.sweep_button.click()
    sweeping = panel.sweeping
    sweeping.box.begin.click()
    qtbot.waitUntil(lambda: window.session.run.running and window.session.run.made > 0, timeout=WAIT)
    window.controller.pause()
    qtbot.waitUntil(lambda: not window.session.run.running, timeout=WAIT)
    sweeping.renew()
    assert sweeping.stop.isEnabled() and sweeping.multiples.said(5) == "waiting", "it can go on"
    if how == "set-up":
        window.setup.change("model", "model", "polynomial")
    elif how == "stop":
        sweeping.stop.click()
    else:
        panel.race.begin.click()
    assert [sweeping.multiples.said(place) for place in range(1, 6)] == ["not run"] * 5
    assert not sweeping.stop.isEnabled()
    assert window.laboratory.race.goes_on == (how == "race")
    window.controller.pause()

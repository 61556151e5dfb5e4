"""Runs and gradient norms below the plots of Train: beside each other or in tabs, folded, asked, and nowhere cut."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from engine.training.history import History
from gui.window.columns.below_plots import FOLD, UNFOLD, started
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened
from tests.gui.session.test_runs import snapshots, train

BOTH = [(1600, 1000), (1180, 720)]
WAIT = 120_000


def shown(opened: Opened, qtbot: QtBot, width: int, height: int, scale: float = 1.0, runs: int = 0) -> MainWindow:
    opened.window.settings.set_value("font_scale", scale)
    window = opened.show(width=width, height=height)
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.training.surface is not None and window.below_plots.runs_panel is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: window.controller.data is not None and window.session.recording is not None, timeout=WAIT)
    for number in range(runs):
        train(window.session.run, TrainingConfig(epochs=3, learning_rate=0.1 + 0.01 * number), 3.0, 2.0, 1.0)
    settle()
    return window


def settle() -> None:
    for _ in range(4):
        QApplication.processEvents()


def area(window: MainWindow, part: QWidget) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in the window."""
    at = part.mapTo(window, QPoint(0, 0))
    return at.x(), at.y(), at.x() + part.width(), at.y() + part.height()


def whole(window: MainWindow, part: QWidget) -> bool:
    """Whether nothing around ``part`` cuts it off."""
    return part.isVisible() and part.visibleRegion().boundingRect() == part.rect()


@pytest.mark.parametrize(("width", "height"), BOTH)
def test_folded_the_head_says_who_won(opened: Opened, qtbot: QtBot, width: int, height: int) -> None:
    window = shown(opened, qtbot, width, height, runs=3)
    below, panel = window.below_plots, window.runs_panel
    note, verdict = (
        below.head.note,
        "Adam 0.10 won: it reached the lowest training loss, 0.0462 after 240 epochs; SGD 0.10 is second with 0.300.",
    )
    panel.say(verdict)
    below.height_of.fold(True)
    settle()
    assert not below.is_open and whole(window, note) and note.text().startswith("Adam 0.10 won")
    assert note.toolTip() == verdict and note.fontMetrics().horizontalAdvance(note.text()) <= note.width()
    panel.say("")
    settle()
    assert "won" not in note.text()


@pytest.mark.parametrize("runs", [0, 1, 4])
@pytest.mark.parametrize(("width", "height"), BOTH)
def test_runs_stand_below_the_plots_and_norms_beside_them_or_in_a_tab(
    opened: Opened, qtbot: QtBot, width: int, height: int, runs: int
) -> None:
    window = shown(opened, qtbot, width, height, runs=runs)
    below, training, panel = window.below_plots, window.training, window.runs_panel
    left, top, right, bottom = area(window, below)
    assert top >= area(window, training)[3] and (left, right) == area(window, training)[::2]
    assert bottom <= area(window, window.stepping.bar)[1]
    assert list(window.side.tabs.words) == ["setup", "code"]
    assert abs(window.side.width() - 388) <= 2, "its head makes nothing else narrow"
    assert panel.table.isVisible() and all(whole(window, part) for part in (below.head, below.head.fold, panel.again))
    assert panel.table.viewport().height() >= (56 if runs == 4 else 28), "rows are in sight"
    for plot in (training.scatter, training.loss, training.surface):
        assert plot is not None and plot.height() >= 180
    assert panel.pages.hint.isVisible() == (runs < 2)
    if width == 1600:
        assert window.columns.in_turn.alone == "" and window.graph.canvas.height() >= 180
        assert training.norms.isVisible() and area(window, training.norms)[0] >= area(window, panel)[2]
        assert below.head.title.isVisible() and not below.tabs.isVisible()
        return
    assert window.columns.in_turn.alone == "training" and window.graph.header.formula.isVisible()
    assert below.tabs.isVisible() and not training.norms.isVisible()
    assert below.tabs.words["runs"].accessibleName() == ("Runs" if runs == 0 else f"Runs, {runs}")
    qtbot.mouseClick(below.tabs.words["norms"], Qt.MouseButton.LeftButton)
    settle()
    assert training.norms.isVisible() and not panel.isVisible() and whole(window, training.norms)
    assert window.settings.value("training/below") == "norms"
    below.bring_runs()
    assert panel.isVisible() and not training.norms.isVisible()
    window.session.set_mode("explore")
    settle()
    assert not below.isVisible()
    assert training.over_epochs is not None and "norms" in training.over_epochs.chooser.offered


@pytest.mark.parametrize("scale", [1.0, 1.15, 1.5, 1.75])
@pytest.mark.parametrize("question", ["race", "sweep", "branch"])
def test_a_question_stands_in_the_place_of_the_table_and_its_buttons_are_whole(
    opened: Opened, qtbot: QtBot, question: str, scale: float
) -> None:
    window = shown(opened, qtbot, 1180, 720, scale, runs=2)
    panel, run = window.runs_panel, window.session.runs.current
    assert run is not None
    run.snapshots = History(snapshots(run.config, 3.0)[0])  # so that it can be branched
    {"race": panel.race_button, "sweep": panel.sweep_button, "branch": panel.branch_button}[question].click()
    settle()
    box = {"race": panel.race, "sweep": panel.sweeping.box, "branch": panel.branch}[question]
    assert box.isVisible() and not panel.table.isVisible()
    assert whole(window, box.begin) and whole(window, box.cancel) and box._scrolled.height() >= 28
    if scale == 1.0:
        assert box._fields.height() <= box._scrolled.height(), "all of it is in sight"
    if question == "race":
        lefts = {toggle.mapTo(window, QPoint(0, 0)).x() for toggle, _rate in panel.race.rows.values()}
        assert len(lefts) < len(panel.race.rows), "they stand in columns"
    for toggle, rate in panel.race.rows.values() if question == "race" else ():
        assert toggle.width() >= toggle.sizeHint().width() and rate.width() >= rate.sizeHint().width()
    assert whole(window, window.training.controls.train_button)
    for part in (window.below_plots, window.training, window.graph):
        assert area(window, part)[3] <= area(window, window.stepping.bar)[1]
    box.cancel.click()
    settle()
    assert panel.table.isVisible()


@pytest.mark.parametrize("scale", [1.0, 1.15, 1.3, 1.5, 1.75])
@pytest.mark.parametrize("runs", [1, 4])
def test_in_the_smallest_window_nothing_is_cut_at_any_size_of_text(opened: Opened, qtbot: QtBot, scale: float, runs: int) -> None:
    window = shown(opened, qtbot, 1180, 720, scale, runs)
    below, turn, training = window.below_plots, window.columns.in_turn, window.training
    for bring, alone in ((turn.show_plots, "training"), (turn.show_graph, "graph"), (below.bring_runs, "")):
        bring()
        settle()
        assert not alone or turn.alone == alone
        ends = [area(window, part)[3] for part in (window.graph, training, below, window.columns)]
        assert ends == sorted(ends), "nothing lies over another"
        assert whole(window, below.head) and whole(window, window.graph.header) and whole(window, training.controls)
        assert whole(window, window.runs_panel.again) and whole(window, below.head.fold)
        if turn.alone == "training":
            for plot in (training.scatter, training.loss, training.surface):
                assert plot is not None and plot.height() >= 110
    table = window.runs_panel.table
    assert table.isVisible() and table.viewport().height() >= table.rowHeight(0) * min(2, runs)


def test_it_is_folded_and_unfolded_by_its_arrow_and_that_is_remembered(opened: Opened, qtbot: QtBot) -> None:
    window = shown(opened, qtbot, 1600, 1000, runs=4)
    below = window.below_plots
    open_height, plots = below.height(), window.training.height()
    assert below.head.fold.toolTip() == FOLD
    qtbot.mouseClick(below.head.fold, Qt.MouseButton.LeftButton)
    settle()
    assert below.height() == below.height_of.line and not window.runs_panel.isVisible() and not window.training.norms.isVisible()
    assert window.training.height() > plots and below.head.fold.toolTip() == UNFOLD and window.runs_panel.again.isVisible()
    assert window.settings.value("training/below_folded") is True
    window.runs_panel.race_button.click()
    settle()
    assert window.runs_panel.race.isVisible(), "what asks is in sight"
    window.runs_panel.race.cancel.click()
    settle()
    assert below.height() == open_height and window.settings.value("training/below_folded") is False


def test_its_border_is_where_the_user_left_it(opened: Opened, qtbot: QtBot) -> None:
    window = shown(opened, qtbot, 1600, 1000, runs=4)
    columns, below = window.columns, window.below_plots
    before = below.height()
    handle = columns._centre.handle(columns._centre.indexOf(below))
    handle.moveSplitter(handle.y() + 20)
    settle()
    left = below.height()
    assert before - 25 < left < before - 15
    window.resize(1600, 1010)
    settle()
    assert below.height() == left
    columns.save()
    assert window.settings.value("training/below_height") == left


def test_in_a_very_low_window_runs_take_turns_with_the_plots(opened: Opened, qtbot: QtBot) -> None:
    window = shown(opened, qtbot, 1180, 720, 1.75, runs=4)
    below, turn = window.below_plots, window.columns.in_turn
    assert not below.is_open and turn.alone == "training" and whole(window, below.head)
    qtbot.mouseClick(below.head.fold, Qt.MouseButton.LeftButton)
    settle()
    assert below.is_open and turn.alone == "below" and window.runs_panel.table.isVisible()
    assert not window.training.scatter.isVisible() and window.training.controls.isVisible()  # type: ignore[union-attr]
    assert window.settings.value("training/below_folded") is False, "it was not the user who folded it"
    qtbot.mouseClick(below.head.fold, Qt.MouseButton.LeftButton)
    settle()
    assert not below.is_open and turn.alone == "training"
    below.bring_runs()
    window.actions_by_id["train_step"].trigger()
    settle()
    assert turn.alone == "training" and not below.is_open, "who trains sees the plots"
    window.runs_panel.open_race()
    settle()
    assert turn.alone == "below" and window.runs_panel.race.isVisible()
    window.runs_panel.race_wanted.emit([])
    assert turn.alone == "training"


def test_before_it_is_seen_nothing_of_it_is_made(opened: Opened) -> None:
    """A window that opens with Explore is painted without."""
    below = opened.window.below_plots
    assert not below.findChildren(QWidget) and below.runs_panel is None
    opened.window.session.set_mode("train")
    assert below.head.isVisibleTo(opened.window) and below.runs_panel is None


def test_tab_goes_from_the_plots_to_the_runs_and_then_to_the_transport(opened: Opened, qtbot: QtBot) -> None:
    window = shown(opened, qtbot, 1180, 720, runs=2)
    window.activateWindow()
    panel = window.runs_panel
    window.below_plots.head.fold.setFocus(Qt.FocusReason.TabFocusReason)
    came: list[QWidget | None] = []
    for _ in range(7):
        focus = QApplication.focusWidget()
        came.append(focus)
        assert focus is not None
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    below = window.below_plots
    assert came[:5] == [below.head.fold, below.tabs.words["runs"], panel.again, panel.race_button, panel.branch_button]
    assert panel.table in came[5:]
    last = QApplication.focusWidget()
    assert last is not None and window.stepping.bar.isAncestorOf(last)
    qtbot.keyClick(below.head.fold, Qt.Key.Key_Backtab)
    before = QApplication.focusWidget()
    assert before is not None


def test_where_runs_begin_is_said_only_where_they_begin_alike(opened: Opened, qtbot: QtBot) -> None:
    window = shown(opened, qtbot, 1600, 1000, runs=2)
    runs, note = window.session.runs, window.below_plots.head.note
    first = runs.trained[0].numbers.parameters[0]
    assert note.text() == started(runs) and note.text().startswith("from one start, w = ") and whole(window, note)
    assert note.width() >= note.fontMetrics().horizontalAdvance(note.text())
    assert window.training.norms.height() >= 140, "two parameters of four runs have their bars"
    window.resize(1180, 720)
    settle()
    assert not note.isVisible(), "no half of it beside the tabs"
    runs.trained[0].numbers.parameters[0, 0] = first[0] + 1
    assert started(runs) == ""

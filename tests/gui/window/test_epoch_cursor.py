"""Train: plots, graph and transport show the same operation of the same epoch."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.panels.timeline.player import FIRST_EPOCH, LAST_EPOCH
from gui.panels.training.plots.series import RunSeries, two_decimals
from gui.window.main_window import MainWindow
from tests.gui.factory import run_numbers
from tests.gui.opened import Opened


@pytest.fixture
def trained(qtbot: QtBot, opened: Opened) -> MainWindow:
    """Three epochs of three, looked at in Train after the last operation."""
    window = opened.with_graph()
    session = window.session
    session.set_mode("train")
    qtbot.waitUntil(lambda: window.training.surface is not None and window.controller.data is not None, timeout=60_000)
    window.controller.set_epochs(3)
    with qtbot.waitSignal(window.controller.finished, timeout=60_000):
        window.controller.train()
    wait_for(qtbot, window, 3)
    return window


def wait_for(qtbot: QtBot, window: MainWindow, epoch: int) -> None:
    run = window.session.run
    qtbot.waitUntil(lambda: run.shown_step == epoch and run.recorded_step == epoch, timeout=60_000)


@pytest.fixture
def untrained(qtbot: QtBot, opened: Opened) -> MainWindow:
    """Train before training: the first epoch after its forward."""
    window = opened.with_graph()
    session = window.session
    session.set_mode("train")
    qtbot.waitUntil(lambda: window.training.surface is not None and window.controller.data is not None, timeout=60_000)
    qtbot.waitUntil(lambda: session.run.recorded_step is not None and session.cursor == 5, timeout=60_000)
    return window


def plots(window: MainWindow) -> tuple[str, str, float, float, int]:
    """Title, what the legend calls the fit, w and b of the newest fit, how many epochs the loss curve has."""
    scatter, series = window.training.scatter, window.training._series
    assert scatter is not None
    return scatter.heading, scatter._legend_fit, float(series.w[-1]), float(series.b[-1]), len(series.loss) - 1


def test_the_plots_show_an_epoch_as_far_as_its_operations_have_come(qtbot: QtBot, trained: MainWindow) -> None:
    session = trained.session
    runs = session.run.snapshots
    w, b = ([float(step.parameters[name].item()) for step in runs] for name in "wb")
    losses = [0.0 if step.loss is None else step.loss for step in runs]
    assert plots(trained) == (f"Epoch 3 · began with loss {two_decimals(losses[3])}", "fit after epoch 3", w[3], b[3], 3)
    for epoch in (2, 1):
        trained.runs.show_epoch(epoch, at_end=False)
        first = "fit after epoch 1" if epoch == 2 else "random first line"
        assert plots(trained) == (f"Epoch {epoch} · loss not computed yet", first, w[epoch - 1], b[epoch - 1], epoch - 1)
        wait_for(qtbot, trained, epoch)
        assert session.cursor == 0
        known = f"Epoch {epoch} · began with loss {two_decimals(losses[epoch])}"
        for cursor in range(20 + 1):
            session.set_cursor(cursor)
            title, fit, at_w, at_b, points = plots(trained)
            assert (title, points) == (
                (known, epoch) if cursor >= 5 else (f"Epoch {epoch} · loss not computed yet", epoch - 1)
            ), cursor
            assert (at_w, at_b) == (w[epoch - (cursor < 16)], b[epoch - (cursor < 18)]), cursor
            assert fit == (first if cursor < 16 else f"fit within epoch {epoch}" if cursor < 18 else f"fit after epoch {epoch}")
            if cursor >= 5:
                surface = trained.controller.surface
                assert surface is not None
                began = surface.bowl.value(w[epoch - 1], b[epoch - 1])
                assert title.endswith(f"began with loss {two_decimals(float(began))}"), (
                    "the number is that of the line it is said of"
                )
            card = session.state.cards["variable-0"].value.data  # type: ignore[union-attr]
            assert card is not None and card.item() == at_w, "the plots and the graph say the same"
    session.set_cursor(0)
    session.set_mode("explore")
    assert plots(trained)[4] == 1, "beside a program stands the whole epoch"
    session.set_mode("train")
    assert plots(trained)[4] == 0


def test_a_step_across_epochs_never_shows_more_than_was_computed(qtbot: QtBot, trained: MainWindow) -> None:
    trained.runs.show_epoch(1)
    wait_for(qtbot, trained, 1)
    seen: list[int] = []
    trained.session.run.epoch_changed.connect(lambda: seen.append(plots(trained)[4]))
    trained.session.recording_changed.connect(lambda: seen.append(plots(trained)[4]))
    trained.stepping.player.step(1)
    wait_for(qtbot, trained, 2)
    assert trained.session.cursor == 0 and set(seen) == {1}
    trained.stepping.player.step(-1)
    wait_for(qtbot, trained, 1)
    assert trained.session.cursor == 20 and plots(trained)[4] == 1


def test_a_run_that_goes_on_is_drawn_as_far_as_it_is(qtbot: QtBot, trained: MainWindow) -> None:
    trained.session.set_cursor(2)
    assert plots(trained)[4] == 2
    trained.controller.set_epochs(30)
    with qtbot.waitSignal(trained.controller.finished, timeout=60_000):
        trained.controller.train()
    assert plots(trained)[0] == "Epoch 30 · began with loss 0.09" and plots(trained)[4] == 30
    wait_for(qtbot, trained, 30)
    assert plots(trained)[0] == "Epoch 30 · began with loss 0.09"


def test_what_an_epoch_has_not_made_yet_is_left_out() -> None:
    series = RunSeries(run_numbers([(0, 0, math.nan), (1, 2, 5), (3, 4, 6)]))
    series.behind = frozenset({"b"})
    assert (series.w.tolist(), series.b.tolist(), series.half_updated) == ([0, 1, 3], [0, 2, 2], True)
    series.behind = frozenset({"w", "b", "loss"})
    assert (series.w.tolist(), series.b.tolist(), series.loss[1:].tolist()) == ([0, 1], [0, 2], [5])
    series.shown = 0
    assert series.w.tolist() == [0]


@pytest.mark.parametrize("granularity", ["operation", "epoch"])
def test_from_the_end_of_a_run_one_starts_again_with_its_first_epoch(qtbot: QtBot, trained: MainWindow, granularity: str) -> None:
    """The button used to say "Last epoch", greyed, where at the end of a program it leads back to the start."""
    trained.stepping.player.pace.set_granularity(granularity)
    assert trained.stepping.bar.next.key == "" and not trained.stepping.bar.next.shows_key
    trained.stepping.bar.next.click()
    wait_for(qtbot, trained, 1)
    assert trained.session.cursor == (0 if granularity == "operation" else 20)


def test_the_last_epoch_says_that_nothing_comes_after_it(qtbot: QtBot, trained: MainWindow) -> None:
    bar, player, controls = trained.stepping.bar, trained.stepping.player, trained.training.controls
    ended = (bar.forward, bar.play)
    assert not any(button.isEnabled() for button in ended)
    assert {button.toolTip() for button in ended} == {LAST_EPOCH}
    assert bar.next.isEnabled() and bar.next.spoken == "Start again", "as at the end of a program"
    assert not controls.step_button.isEnabled() and "train on" in controls.step_button.toolTip()
    player.toggle()
    player.step(1)
    assert not player.playing and trained.session.run.shown_step == 3
    player.pace.set_granularity("epoch")
    assert not any(button.isEnabled() for button in ended) and bar.back.isEnabled() and bar.next.spoken == "Start again"
    player.pace.set_granularity("operation")
    trained.session.set_cursor(4)
    assert all(button.isEnabled() for button in ended) and bar.forward.toolTip() == "One operation forward (→)"
    trained.session.set_cursor(20)
    trained.controller.set_epochs(4)
    assert all(button.isEnabled() for button in (*ended, controls.step_button)) and bar.next.spoken == "Next epoch"
    assert bar.next.key == "→"
    assert controls.step_button.toolTip().startswith("Train one epoch")
    trained.runs.show_epoch(1, at_end=False)
    wait_for(qtbot, trained, 1)
    assert not bar.back.isEnabled() and bar.back.toolTip() == FIRST_EPOCH


def test_before_the_first_operation_of_an_epoch_it_is_said_which_one_begins(qtbot: QtBot, trained: MainWindow) -> None:
    trained.side.bring_code()
    for epoch, left in ((3, "that epoch 2 left"), (1, "drawn at random")):
        trained.runs.show_epoch(epoch)
        wait_for(qtbot, trained, epoch)
        trained.session.set_cursor(0)
        found = trained.stepping.explanation.explanation
        assert found is not None and found.sentence.startswith(f"Epoch {epoch} begins, with the $w$ and $b$ {left}.")
        assert found.note == "20 operations: 5 forward, 9 backward, 4 update, 2 zero."
    trained.session.set_mode("explore")
    trained.session.set_cursor(0)
    found = trained.stepping.explanation.explanation
    assert found is not None and found.sentence.startswith("Nothing has run yet.")


def test_a_click_on_a_plot_or_the_formula_takes_the_keyboard_out_of_a_field(
    qtbot: QtBot, qapp: QApplication, trained: MainWindow
) -> None:
    trained.activateWindow()
    for place in (trained.training.scatter, trained.training.loss, trained.training.surface, trained.heading):
        assert place is not None
        trained.training.controls.rate_box.setFocus()
        port = place if place is trained.heading else place._plot.viewport()  # type: ignore[union-attr]
        qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=port.rect().center())
        wanted = trained.heading if place is trained.heading else trained.graph.view
        assert qapp.focusWidget() is wanted


def test_a_rate_that_was_too_large_is_told_of_the_run_that_had_it(qtbot: QtBot, trained: MainWindow) -> None:
    trained.controller.set_learning_rate(2.0)
    with qtbot.waitSignal(trained.controller.finished, timeout=60_000):
        trained.controller.train()
    assert trained.training._result.text().startswith("⚠ The learning rate is too large (over ")
    trained.controller.set_learning_rate(0.1)
    assert trained.training._result.text().startswith("⚠ The last run's rate 2 was too large (over ")


def test_to_walk_through_the_first_epoch_trains_it(qtbot: QtBot, untrained: MainWindow) -> None:
    """The plots used to stand still during that walk, and the epoch was then walked through again as the first of the run."""
    session, player = untrained.session, untrained.stepping.player
    assert session.run.shown_step == 0 and plots(untrained)[0].startswith("Epoch 1 · began with loss 7.2")
    titles: list[str] = []
    session.run.changed.connect(lambda: titles.append(plots(untrained)[0]))
    for _ in range(3):  # quicker than the training
        player.step(1)
    wait_for(qtbot, untrained, 1)
    assert session.cursor == 8 and len(session.run.snapshots) == 2 and session.run.state == "paused"
    assert len(set(titles)) == 1 and titles[0].startswith("Epoch 1 · began with loss 7.2"), "nothing else is shown meanwhile"
    start, end = (step.parameters["w"].item() for step in session.run.snapshots)
    assert plots(untrained)[2] == start and plots(untrained)[0].startswith("Epoch 1 · began with loss 7.2")
    player.last()
    assert plots(untrained)[2] == end
    player.step(1)
    wait_for(qtbot, untrained, 2)
    assert session.cursor == 0 and plots(untrained)[2] == end, "the next epoch goes on from there"
    untrained.controller.reset()
    run = session.run
    qtbot.waitUntil(lambda: len(run.snapshots) == 1 and run.recorded_step == 0, timeout=60_000)
    player.first()
    wait_for(qtbot, untrained, 1)
    untrained.side.bring_code()
    assert session.cursor == 0 and untrained.stepping.explanation.explanation is not None
    assert untrained.stepping.explanation.explanation.sentence.startswith("Epoch 1 begins")


def test_before_training_and_after_reset_all_show_the_first_epoch(qtbot: QtBot, untrained: MainWindow) -> None:
    """The graph used to show the loss of the first epoch, while plots and transport said Epoch 0."""
    session, run, bar = untrained.session, untrained.session.run, untrained.stepping.bar
    for again in (False, True):
        if again:
            untrained.controller.set_epochs(3)
            with qtbot.waitSignal(untrained.controller.finished, timeout=60_000):
                untrained.controller.train()
            wait_for(qtbot, untrained, 3)
            untrained.controller.reset()
            qtbot.waitUntil(lambda: len(run.snapshots) == 1 and run.recorded_step == 0, timeout=60_000)
        assert session.recording is not None and run.made == 0 and session.cursor == 5
        loss = session.recording.values[session.recording.passes[0].roots[0]].data.item()
        title, fit, w, _b, points = plots(untrained)
        assert title == f"Epoch 1 · began with loss {two_decimals(float(loss.real))}" and points == 1
        assert fit == "random first line" and w == run.snapshots[0].parameters["w"].item()
        assert bar.epochs.text.startswith("Epoch 1 of") and bar.epochs.done == 0
        assert untrained.training.loss is not None and untrained.training.loss._label == two_decimals(float(loss.real))
    session.set_mode("explore")
    assert plots(untrained)[0] == "Epoch 0 · not trained yet", "beside a program it has not begun"


def test_play_goes_on_while_the_first_epoch_is_trained(qtbot: QtBot, untrained: MainWindow) -> None:
    session, player = untrained.session, untrained.stepping.player
    player.pace.set_speed(4.0)
    player.toggle()
    wait_for(qtbot, untrained, 2)
    qtbot.waitUntil(lambda: 2 < session.cursor < 20, timeout=60_000)
    assert player.playing
    player.pause()

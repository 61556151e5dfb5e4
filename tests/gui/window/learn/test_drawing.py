"""Drawing in a lesson: with the mouse on the plot or in numbers, judged, and the computed one beside it only then."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.explain.answers import NotAnAnswer
from engine.lessons.reading.reading import read_lesson
from gui.panels.lesson.drawing import DrawCard, losses_of
from gui.panels.training.editing.frame import Frame
from gui.window.learn.bench import LearnBench
from gui.window.learn.trainings import Trainings
from gui.window.main_window import MainWindow

RUN = """
```run
name: r
title: one run
learning_rate: 0.1
epochs: 6
epoch: 0
```
"""
TEXT = f"""---
title: Draw
---
# A line
{RUN}
```draw
ask: Draw the line after one epoch.
what: line
run: r
epoch: 1
right: So it is.
```

# Losses
{RUN}
```draw
ask: Draw the loss.
what: loss
run: r
epoch: 6
```
"""


def asked(window: MainWindow, qtbot: QtBot, page: int = 0) -> tuple[LearnBench, Trainings, DrawCard]:
    window.learning.open(read_lesson(TEXT, "draw"))
    bench = window.learning.bench
    assert bench is not None
    bench.play.turn(page)
    trainings = bench.trainings
    assert trainings is not None
    qtbot.waitUntil(lambda: bool(trainings.pads) and len(bench.session.run.snapshots) == 1, timeout=60_000)
    card = bench.panel.cards[f"{page + 1}.1"]
    assert isinstance(card, DrawCard)
    return bench, trainings, card


def test_a_dragged_line_is_judged_and_only_then_the_run_goes_on(window: MainWindow, qtbot: QtBot) -> None:
    bench, trainings, card = asked(window, qtbot)
    pad, scatter = trainings.pads["1.1"], trainings.panel.scatter
    assert scatter is not None and not trainings.may_train and not trainings.train.isVisibleTo(bench)
    bench.walks["Right"]()
    window.actions_by_id["train_step"].trigger()
    qtbot.waitUntil(lambda: scatter.data is not None and pad.width() > 100, timeout=30_000)
    frame = Frame.of(scatter)
    ends = [frame.px(frame.x0 * 0.9, 0.0).toPoint(), frame.px(frame.x1 * 0.9, 2.0).toPoint()]
    qtbot.mousePress(pad, Qt.MouseButton.LeftButton, pos=ends[0])
    qtbot.mouseMove(pad, ends[1])
    pad.mouseMoveEvent(_move(ends[1]))
    qtbot.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=ends[1])
    (x0, y0), (x1, y1) = pad.points
    slope = (y1 - y0) / (x1 - x0)
    assert float(card.fields[0].text().replace("−", "-")) == pytest.approx(slope, rel=0.02)
    assert bench.session.run.made == 0, "nothing shows what is asked"
    card.check_button.click()
    qtbot.waitUntil(lambda: not bench.play.is_open("1.1"), timeout=60_000)
    assert pad.computed and "from what was computed" in card.accessibleDescription()
    qtbot.waitUntil(lambda: bench.session.run.ended and bench.session.run.shown_step == 1, timeout=60_000)
    pad.grab()
    assert pad.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def _move(at: object) -> object:
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    place = QPointF(at)  # type: ignore[call-overload]
    left = Qt.MouseButton.LeftButton
    return QMouseEvent(QEvent.Type.MouseMove, place, place, left, left, Qt.KeyboardModifier.NoModifier)


def test_the_keyboard_draws_with_slope_and_intercept(window: MainWindow, qtbot: QtBot) -> None:
    bench, trainings, card = asked(window, qtbot)
    qtbot.keyClicks(card.fields[0], "1/2")
    qtbot.keyClick(card.fields[0], Qt.Key.Key_Return)
    assert card.refusal.isVisibleTo(bench) and bench.play.is_open("1.1"), "one number is missing"
    qtbot.keyClicks(card.fields[1], "2")
    assert trainings.pads["1.1"].points == ((0.0, 2.0), (1.0, 2.5))
    qtbot.keyClick(card.fields[1], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not bench.play.is_open("1.1"), timeout=60_000)
    assert bench.play.given["1.1"].how == "wrong"


def test_losses_are_typed_and_the_right_ones_are_right(window: MainWindow, qtbot: QtBot) -> None:
    bench, trainings, card = asked(window, qtbot, 1)
    world = bench.work._world
    losses = [snapshot.loss for snapshot in world.trained("r").snapshots[1:]]
    qtbot.keyClicks(card.fields[0], "; ".join(f"{loss:.4f}" for loss in losses if loss is not None))
    assert [x for x, _ in trainings.pads["2.1"].points] == [1, 2, 3, 4, 5, 6]
    card.check_button.click()
    qtbot.waitUntil(lambda: not bench.play.is_open("2.1"), timeout=60_000)
    assert bench.play.given["2.1"].how == "right"
    assert [y for _, y in trainings.pads["2.1"].computed] == pytest.approx(losses)


@pytest.mark.parametrize(("text", "numbers"), [("4, 2,1", [4, 2, 1]), ("4,2,1", [4, 2, 1]), ("0,5; 0,25", [0.5, 0.25])])
def test_losses_are_read(text: str, numbers: list[float]) -> None:
    assert losses_of(text) == numbers


@pytest.mark.parametrize("text", ["", "4", "a b", "1, nan?"])
def test_what_are_no_losses_is_refused(text: str) -> None:
    with pytest.raises(NotAnAnswer):
        losses_of(text)

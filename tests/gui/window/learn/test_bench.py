"""A lesson in the window: it asks, bars the way until it is answered, and leaves alone what the user has open."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.lessons.model import Lesson
from engine.lessons.reading.reading import read_lesson
from gui.panels.lesson.cards import ChooseCard, PredictCard
from gui.widgets import LeafSlider
from gui.window.learn.bench import LearnBench
from gui.window.main_window import MainWindow

TEXT = """---
title: A nudge
---
# One

It is `= y`.

```program
a = torch.tensor(2., requires_grad=True)
y = a**3
y.backward()
```

```predict
ask: What will `a.grad` be?
answer: a.grad
when: after a.grad
fresh: {a: [2, 4]}
hints: [Think of $3*a^2$., Put in 2.]
solution: It is `= a.grad`.
misconceptions: [{value: a, say: That is the number itself.}]
```

# Two

```drag
ask: Make it flat.
goal: abs(a.grad) < 0.05
when: after a.grad
```

```choose
ask: And now?
options:
  - {text: It is 8., holds: y == 8}
  - {error: true}
```

```view
kind: bars
title: Gradient
of: a.grad
```
"""


@pytest.fixture
def lesson() -> Lesson:
    return read_lesson(TEXT, "nudge")


def played(window: MainWindow, lesson: Lesson, qtbot: QtBot) -> LearnBench:
    window.learning.open(lesson)
    bench = window.learning.bench
    assert bench is not None
    qtbot.waitUntil(lambda: bench.session.recording is not None and not bench._arrives, timeout=60_000)
    return bench


def card(bench: LearnBench, key: str) -> PredictCard:
    found = bench.panel.cards[key]
    assert isinstance(found, PredictCard)
    return found


def test_a_page_asks_and_only_then_lets_one_step(window: MainWindow, lesson: Lesson, qtbot: QtBot) -> None:
    text, cursor = window.session.text, window.session.cursor
    bench = played(window, lesson, qtbot)
    assert window.windowTitle().startswith("A nudge") and window.toolbar._modes.current() == "learn"
    recording = bench.session.recording
    assert recording is not None and recording.moments[bench.session.cursor].kind == "seed"
    qtbot.waitUntil(lambda: "8" in bench.panel._blocks[0].label.text(), timeout=60_000)
    assert not bench.panel.go_on.isEnabled()
    for _ in range(recording.end + 3):
        bench.player.step(1)
    bench.session.set_cursor(recording.end)
    asked = card(bench, "1.1")
    assert recording.moments[bench.session.cursor].kind == "accumulate", "nothing shows what is asked"
    asked.field.setText("abc")
    qtbot.keyClick(asked.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: asked.refusal.isVisibleTo(bench), timeout=30_000)
    assert bench.play.is_open("1.1")
    asked.field.setText("2")
    qtbot.keyClick(asked.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not bench.play.is_open("1.1"), timeout=30_000)
    given = bench.play.given["1.1"]
    assert (given.how, given.said, given.expected) == ("wrong", "2", "12")
    assert "number itself" in asked.accessibleDescription() and "12" in asked.foot.label.accessibleName()
    qtbot.waitUntil(lambda: recording.moments[bench.session.cursor - 1].kind == "accumulate", timeout=10_000)
    assert bench.panel.go_on.isEnabled() and bench.panel.go_on.hasFocus()
    assert (window.session.text, window.session.cursor) == (text, cursor), "what the user has open is left alone"


FAILS = """---
title: Fails
---
# One

```program
a = torch.tensor([2., 3.], requires_grad=True)
y = a**3
y.backward()
```

```stage
at: start
```

```choose
ask: What comes?
options:
  - {text: 12, holds: a.grad == 12}
  - {error: true}
```
"""


def test_the_timeline_does_not_tell_that_a_program_fails_while_that_is_asked(window: MainWindow, qtbot: QtBot) -> None:
    """Its red cell stood below the question."""
    bench = played(window, read_lesson(FAILS, "fails"), qtbot)
    assert bench.bar.track.isHidden() and not window.toolbar._presets.isVisible() and not window.toolbar._export.isEnabled()
    chosen = bench.panel.cards["1.1"]
    assert isinstance(chosen, ChooseCard)
    chosen.options[1][0].click()
    chosen.check_button.click()
    qtbot.waitUntil(lambda: not bench.play.is_open("1.1"), timeout=30_000)
    assert bench.play.given["1.1"].how == "right" and not bench.bar.track.isHidden()
    window.actions_by_id["mode_explore"].trigger()
    assert window.toolbar._presets.isVisible() and window.toolbar._export.isEnabled()


def test_a_page_runs_its_program_once_for_the_graph_and_for_its_numbers(
    window: MainWindow, lesson: Lesson, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def run(text: str, **_: object) -> object:
        ran.append(text)
        raise AssertionError("the window has recorded this already")

    monkeypatch.setattr("engine.lessons.play.worlds.run_program", run)
    bench = played(window, lesson, qtbot)
    qtbot.waitUntil(lambda: "8" in bench.panel._blocks[0].label.text(), timeout=60_000)
    assert ran == []


def test_hints_stay_the_solution_is_another_thing_and_one_may_skip(window: MainWindow, lesson: Lesson, qtbot: QtBot) -> None:
    bench = played(window, lesson, qtbot)
    asked = card(bench, "1.1")
    asked.hint_button.click()
    assert "Think of" in asked.hints.text() and "Put in 2" not in asked.hints.text() and not asked.solve_button.isVisibleTo(bench)
    asked.hint_button.click()
    assert "Think of" in asked.hints.text() and "Put in 2" in asked.hints.text() and not asked.hint_button.isVisibleTo(bench)
    asked.solve_button.click()
    assert "It is" in asked.hints.text()
    asked.skip_button.click()
    assert bench.play.given["1.1"].how == "skipped" and bench.panel.go_on.isEnabled()


def test_another_try_has_other_numbers_and_the_first_answer_counts(window: MainWindow, lesson: Lesson, qtbot: QtBot) -> None:
    bench = played(window, lesson, qtbot)
    card(bench, "1.1").field.setText("12")
    card(bench, "1.1").check_button.click()
    qtbot.waitUntil(lambda: not bench.play.is_open("1.1"), timeout=30_000)
    bench.panel.again.click()
    assert "tensor(4.," in bench.session.text and bench.play.is_open("1.1")
    qtbot.waitUntil(lambda: not bench._arrives, timeout=60_000)
    card(bench, "1.1").field.setText("47")
    card(bench, "1.1").check_button.click()
    qtbot.waitUntil(lambda: not bench.play.is_open("1.1"), timeout=30_000)
    given = bench.play.given["1.1"]
    assert (given.how, given.expected, given.first, given.tries) == ("wrong", "48", "right", 2)


def test_a_goal_is_reached_by_dragging_and_one_key_goes_back(window: MainWindow, lesson: Lesson, qtbot: QtBot) -> None:
    bench = played(window, lesson, qtbot)
    bench.play.answer("1.1", "skipped")
    bench.panel.go_on.click()
    qtbot.waitUntil(lambda: not bench._arrives and len(bench.views.views) == 1, timeout=60_000)
    assert bench.code.isVisibleTo(bench) and "12" in bench.views.views[0].accessibleName()
    qtbot.waitUntil(lambda: isinstance(window.focusWidget(), LeafSlider), timeout=10_000)
    chosen = bench.panel.cards["2.2"]
    assert isinstance(chosen, ChooseCard)
    chosen.options[0][0].click()
    chosen.check_button.click()
    qtbot.waitUntil(lambda: not bench.play.is_open("2.2"), timeout=30_000)
    assert bench.play.given["2.2"].how == "right"
    bench.session.set_text(bench.session.text.replace("2.", "0."), immediate=True)
    qtbot.waitUntil(lambda: not bench.play.is_open("2.1"), timeout=60_000)
    assert bench.play.given["2.1"].how == "right"
    window.actions_by_id["stop"].trigger()
    assert "tensor(2.," in bench.session.text


def test_progress_is_kept_and_the_next_start_goes_on_there(window: MainWindow, lesson: Lesson, qtbot: QtBot) -> None:
    bench = played(window, lesson, qtbot)
    bench.play.answer("1.1", "right", "12", "12")
    bench.panel.go_on.click()
    assert window.learning.progress.write()
    window.actions_by_id["mode_explore"].trigger()
    assert not window.learning.shown and window.toolbar._modes.current() == "explore"
    left = window.learning.progress.of("nudge")
    assert (left.page, left.pages, left.given["1.1"].said) == (1, 2, "12")
    window.actions_by_id["mode_learn"].trigger()
    assert window.learning.shown and bench.play.number == 1
    window.documents.choose_preset("neuron.py")
    assert not window.learning.shown, "what is opened is shown"

"""The runs of a lesson's page: trained, compared, watched and walked through, without touching the user's own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.lessons.model import Lesson
from engine.lessons.reading.reading import read_lesson
from gui.window.learn.bench import LearnBench
from gui.window.learn.trainings import Trainings
from gui.window.main_window import MainWindow

TEXT = """---
title: Rates
---
# Two rates

Compare them.

```run
name: slow
title: small steps
learning_rate: 0.05
epochs: 12
```

```run
name: fast
title: large steps
learning_rate: 0.2
epochs: 12
epoch: 4
```

# Watch

Press Train.

```run
title: before your eyes
learning_rate: 0.1
epochs: 5
watch: true
```

# A program

Read it.

```stage
show: [graph]
```

```program
a = torch.tensor(2., requires_grad=True)
y = a**3
y.backward()
```
"""


def opened(window: MainWindow, lesson: Lesson) -> tuple[LearnBench, Trainings]:
    window.learning.open(lesson)
    bench = window.learning.bench
    assert bench is not None and bench.trainings is not None
    return bench, bench.trainings


def test_runs_are_trained_compared_and_looked_at_where_the_page_says(window: MainWindow, qtbot: QtBot) -> None:
    config = window.session.run.config
    bench, trainings = opened(window, read_lesson(TEXT, "rates"))
    runs = bench.session.runs
    qtbot.waitUntil(lambda: [run.epochs for run in runs.rows] == [12, 12], timeout=60_000)
    assert [(run.name, run.number) for run in runs.rows] == [("small steps", 0), ("large steps", 1)]
    assert [run.config.learning_rate for run in runs.rows] == [0.05, 0.2]
    qtbot.waitUntil(lambda: bench.session.run.shown_step == 4, timeout=10_000)
    qtbot.waitUntil(lambda: bench.session.training.recording is not None, timeout=60_000)
    qtbot.waitUntil(lambda: trainings.panel.surface is not None, timeout=60_000)
    assert [run.name for run in trainings.panel.overlay.runs] == ["small steps"]
    assert bench.plots_shown and not bench.graph.isVisibleTo(bench) and not trainings.train.isVisibleTo(bench)
    assert not trainings.panel.controls.isVisibleTo(bench)
    bench.walks["Ctrl+Right"]()
    assert bench.session.run.shown_step == 5
    assert window.session.runs.trained == [] and window.session.run.config == config, "the user's own are left alone"


def test_a_page_with_the_same_runs_trains_them_on(window: MainWindow, qtbot: QtBot) -> None:
    long = TEXT.replace("epochs: 12", "epochs: 2000").replace("# Watch", "# The same\n\nStill.\n\n# Watch")
    bench, trainings = opened(window, read_lesson(long, "rates"))
    run = bench.session.run
    qtbot.waitUntil(lambda: len(bench.session.runs.rows) == 2 and run.running and run.made > 0, timeout=60_000)
    trainings.controller.pause()  # as a page without plots does
    qtbot.waitUntil(lambda: not run.running, timeout=60_000)
    made = run.made
    bench.play.turn(1)
    qtbot.waitUntil(lambda: run.ended, timeout=60_000)
    assert made < run.made == 2000 and len(bench.session.runs.rows) == 2


def test_space_trains_what_is_watched_and_what_was_before_is_gone(window: MainWindow, qtbot: QtBot) -> None:
    bench, trainings = opened(window, read_lesson(TEXT, "rates"))
    qtbot.waitUntil(lambda: [run.epochs for run in bench.session.runs.rows] == [12, 12], timeout=60_000)
    bench.play.turn(1)
    qtbot.waitUntil(lambda: trainings.takes_space and len(bench.session.runs.rows) == 1, timeout=60_000)
    assert bench.session.run.made == 0 and bench.session.runs.rows[0].number == 0
    assert trainings.train.isVisibleTo(bench) and trainings.train.text() == "Train"
    qtbot.keyClick(trainings.panel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bench.session.run.made == 5 and bench.session.run.ended, timeout=60_000)
    assert trainings.train.text() == "Train again" and window.session.run.made == 0
    window.actions_by_id["stop"].trigger()
    qtbot.waitUntil(lambda: bench.session.run.made == 0 and trainings.takes_space, timeout=60_000)
    window.actions_by_id["train_step"].trigger()
    qtbot.waitUntil(lambda: bench.session.run.made == 1, timeout=60_000)
    assert window.session.run.made == 0, "the keys of training are the lesson's"


def test_a_page_with_a_program_that_shows_its_graph_alone_has_no_plots(window: MainWindow, qtbot: QtBot) -> None:
    bench, _ = opened(window, read_lesson(TEXT, "rates"))
    bench.play.turn(2)
    qtbot.waitUntil(lambda: not bench._arrives, timeout=60_000)
    assert not bench.plots_shown and bench.graph.isVisibleTo(bench) and bench.session.mode == "explore"


ASKED = """---
title: Swings
---
# Swings

```run
name: cleared
epochs: 12
epoch: 1
```

```run
name: kept
epochs: 12
epoch: 1
zero_grad: false
```

```choose
ask: Which ends lower?
options:
  - {text: cleared, holds: cleared.loss(12) < kept.loss(12)}
  - {text: kept, holds: kept.loss(12) < cleared.loss(12)}
```
"""


def test_what_is_asked_of_runs_is_not_drawn_before_the_answer(window: MainWindow, qtbot: QtBot) -> None:
    """The curves stood there as a whole, beside the question how they go on."""
    bench, trainings = opened(window, read_lesson(ASKED, "swings"))
    runs = bench.session.runs
    qtbot.waitUntil(lambda: [run.epochs for run in runs.rows] == [1, 1], timeout=60_000)
    qtbot.wait(200)
    assert [run.epochs for run in runs.rows] == [1, 1] and not trainings.may_train
    bench.play.answer("1.1", "right")
    qtbot.waitUntil(lambda: [run.epochs for run in runs.rows] == [12, 12], timeout=60_000)
    assert bench.session.run.shown_step == 1, "the page's own epoch"

"""The trainings of a lesson's page: they are made one after the other, and their plots compare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.lessons.model import Draw, LessonRun, plain
from gui.look.theme import ThemeManager
from gui.panels.training.panel import TrainingPanel
from gui.session.session import Session
from gui.session.speeds import SPEEDS
from gui.widgets import PanelHeader, make_button
from gui.work.training.controller import TrainingController

if TYPE_CHECKING:
    from gui.panels.training.editing.sketch import SketchPad

AT_ONCE = {"watch": SPEEDS[0].rate, "rest": None}
"""How many epochs a second are trained: of a run that is watched, and of the others."""


class Trainings(QWidget):
    """Plots of a page's runs below a head of their own. The runs are of the session that it is made with.

    Signals
    -------
    shown()
        All that the page shows has been trained, or what waits to be watched.
    reached(str name)
        This run has been trained to its end.
    drawn(Draw question, object points)
        This was drawn on a plot.
    crashed(str traceback)
        A fault of ours.
    """

    drawn = Signal(object, object)
    shown = Signal()
    reached = Signal(str)
    crashed = Signal(str)

    def __init__(self, session: Session, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.controller = TrainingController(session.run, self)
        self.panel = TrainingPanel(session, theme, self.controller, plots_only=True)
        self.header = PanelHeader("Training", theme)
        self.train = make_button("Train", theme, "primary")
        self.header.add_widget(self.train)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.panel, 1)
        self.runs: tuple[LessonRun, ...] = ()
        """Those of the page."""
        self._held: Mapping[str, int] = {}
        """Up to which epoch runs are trained for now, by their names: what comes after is asked for."""
        self._freed: frozenset[str] = frozenset()
        """Runs that need not be watched: what was asked of them was answered."""
        self._waiting: list[LessonRun] = []
        self._now: LessonRun | None = None
        """The one that is shown, and trained."""
        self._ready = False
        """Whether its data and first weights are there."""
        self._cursor: int | None = None
        """The epoch that is looked at when it has been trained."""
        self._steps = 0
        """How many single epochs of it were asked for."""
        self._asked: tuple[Draw, ...] = ()
        self._open: str | None = None
        """The key of what is being drawn."""
        self.pads: dict[str, SketchPad] = {}
        """What is drawn on, by the key of what is asked."""
        self.panel.set_arrangement("row")
        self._later = QTimer(self)
        self._later.setInterval(0)
        self._later.timeout.connect(self._build)
        self._later.start()
        self.train.clicked.connect(self.toggle)
        self.controller.prepared.connect(self._prepared)
        self.controller.crashed.connect(self.crashed)
        session.run.changed.connect(self._follow)
        session.run.state_changed.connect(self._follow)
        self.setAccessibleName("Training")

    @Slot()
    def _build(self) -> None:
        """One plot in each turn of the event loop."""
        if not self.panel.build_next():
            self._later.stop()
            self._make_pads()

    # What is drawn -----------------------------------------------------------------------------------------------

    def ask(self, asked: Sequence[Draw]) -> None:
        """These are drawn on the plots of the page, which has just been opened."""
        for pad in self.pads.values():
            pad.hide()
            pad.deleteLater()
        self.pads, self._asked = {}, tuple(asked)
        self._make_pads()

    def set_open(self, key: str | None) -> None:
        """What is being drawn now; None: nothing."""
        self._open = key
        for other, pad in self.pads.items():
            pad.set_open(other == key and self._ready)

    def _make_pads(self) -> None:
        scatter, loss = self.panel.scatter, self.panel.loss
        if self.panel.surface is None or scatter is None or loss is None or self.pads:
            return
        from gui.panels.training.editing.sketch import SketchPad

        for asked in self._asked:
            plot = scatter if asked.what == "line" else loss
            logarithmic = (lambda: False) if asked.what == "line" else (lambda: not loss.scale.isChecked())
            pad = self.pads[asked.key] = SketchPad(plot, self._theme, asked.what, asked.epoch, logarithmic)
            pad.drawn.connect(partial(self.drawn.emit, asked))
        self.set_open(self._open)

    # What is trained ---------------------------------------------------------------------------------------------

    def begin(self, runs: Sequence[LessonRun], held: Mapping[str, int], freed: frozenset[str] = frozenset()) -> None:
        """Train ``runs``, those that are ``held`` no further than that; of the runs that were shown before nothing stays.

        What is ``freed`` does not wait to be watched: what was asked of it has just been answered.
        """
        rows = self._session.runs
        if tuple(runs) == self.runs and dict(held) == dict(self._held) and self._now is not None and not self._waiting:
            self._go_on()  # the page before has the same ones
            return
        self.controller.pause()
        for run in list(rows.rows):
            rows.take_out(run)
        if rows.current is not None:
            rows.current.passing = True  # it goes when the first one of this page begins
        self.runs, self._held, self._freed = tuple(runs), dict(held), freed
        self._waiting = sorted(runs, key=self._when)
        self._next()

    def _go_on(self) -> None:
        """Look where the page says, and train what a page without plots has left halfway."""
        self._look()
        half = self._ready and self._now is not None and not self._session.run.ended
        if half and self._now is not None and self._now.name not in self._held and not self._is_watched(self._now):
            self.controller.train()

    def _when(self, run: LessonRun) -> int:
        """What is held is shown, so it comes last; before it what is watched."""
        return 2 if run.name in self._held else 1 if self._is_watched(run) else 0

    def _is_watched(self, run: LessonRun) -> bool:
        """Whether it waits until someone wants to see it trained."""
        return (run.watch or run.epoch == 0) and run.name not in self._freed

    def let_go(self, held: Mapping[str, int], epoch: int | None) -> None:
        """Something was answered: from now on runs are ``held`` no further than that; the shown one is looked at at ``epoch``."""
        freed = frozenset(self._held.keys() - held.keys())
        if not freed:
            return
        if self._now is None or freed != {self._now.name}:
            self.begin(self.runs, held, freed)  # of several, each is trained to its end
            return
        self._held = dict(held)
        self._cursor = epoch
        self.controller.set_speed(AT_ONCE["rest"])
        if self._session.run.ended:
            self._look()
        else:
            self.controller.train()
        self._show()

    def _next(self) -> None:
        run = self._now = self._waiting.pop(0)
        self._ready, self._steps, self._cursor = False, 0, run.epoch
        self.set_open(self._open)
        self._session.run.set_config(run.config)
        self.controller.reset()
        self._show()

    @Slot()
    def _prepared(self) -> None:
        run, current = self._now, self._session.runs.current
        if run is None or self._ready or current is None or self._session.run.config != run.config:
            return
        self._ready = True
        self.set_open(self._open)
        self._session.runs.rename(current, plain(run.title))
        if run.name in self._held:
            self._steps = self._held[run.name]
            for _ in range(self._steps):
                self.controller.step()
        elif not self._is_watched(run):
            self.controller.set_speed(AT_ONCE["rest"])
            self.controller.train()
        self._follow()

    @Slot()
    def _follow(self) -> None:
        """The next one, once this one is where it is to come."""
        run, trained = self._now, self._session.run
        if run is None or not self._ready:
            return
        if trained.ended:
            self._look()
            self.reached.emit(run.name)
        held = run.name in self._held and trained.made >= self._steps
        if (trained.ended or held) and self._waiting:
            self._next()
            return
        self._show()
        if trained.ended or held or self._waits:
            self.shown.emit()

    def _look(self) -> None:
        self._session.run.set_epoch(self._cursor or None)

    # Before one's eyes -------------------------------------------------------------------------------------------

    @property
    def _waits(self) -> bool:
        """Whether a run is there that is trained when someone wants it."""
        return self._now is not None and self._ready and self._is_watched(self._now) and self._now.name not in self._held

    @property
    def may_train(self) -> bool:
        """Whether the run that is shown may be trained on: nothing is asked about what comes."""
        return self._now is not None and self._ready and self._now.name not in self._held

    @property
    def takes_space(self) -> bool:
        """Whether Space trains: a run waits for it, or is being watched."""
        return self._waits and not self._session.run.ended

    @Slot()
    def toggle(self) -> None:
        """Train what is watched, or pause it; from its end, once more from its start."""
        if not self._waits:
            return
        self._cursor = None
        self.controller.set_speed(AT_ONCE["watch"])
        self.controller.toggle()

    @Slot()
    def step(self) -> None:
        """One epoch more of what is watched."""
        if self._waits:
            self.controller.step()

    @Slot()
    def reset(self) -> None:
        """Back to the runs as the page opened."""
        runs, self.runs = self.runs, ()
        if runs:
            self.begin(runs, self._held)

    def _show(self) -> None:
        """Say in the head what is shown and what the button does."""
        run, trained = self._now, self._session.run
        if run is None:
            return
        self.train.setVisible(self._is_watched(run) and run.name not in self._held)
        self.train.setEnabled(self._ready)
        text = "Pause" if trained.running else "Train again" if trained.ended else "Train on" if trained.made else "Train"
        self.train.setText(text)
        self.train.setAccessibleName(text)
        self.train.setToolTip(f"{'Pause' if trained.running else 'Train'} “{plain(run.title)}” (Space)")
        config = run.config
        self.header.set_note(f"learning rate {config.learning_rate:g} · seed {config.seed}")

    def close_work(self) -> bool:
        """Stop training; True when the thread has ended."""
        self._later.stop()
        return self.controller.close()

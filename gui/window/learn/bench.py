"""The bench of a lesson: its page, and beside it the graph, code and numbers of the page's program, in a session of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from engine.lessons.checking import staged
from engine.lessons.model import Asked, Drag, Draw, Fix, Lesson, Page
from engine.lessons.play.judging import Points, Verdict
from engine.lessons.play.moments import cursor_of
from gui.look.theme import ThemeManager
from gui.panels.code.panel import CodePanel
from gui.panels.graph.panel import GraphPanel
from gui.panels.lesson.computing import LessonWork
from gui.panels.lesson.drawing import DrawCard
from gui.panels.lesson.given import Given
from gui.panels.lesson.panel import LessonPanel
from gui.panels.lesson.play import LessonPlay
from gui.panels.lesson.views import ViewsPanel
from gui.panels.timeline.bar import TransportBar
from gui.panels.timeline.player import Player
from gui.session.session import Session
from gui.session.settings import Settings
from gui.window.learn.asked import focus_asked
from gui.window.learn.heights import Heights
from gui.window.learn.withheld import hides_failure, last_cursor, last_epochs
from gui.window.runs import ProgramRuns
from gui.window.stepping import walked
from gui.work.jobs import RecorderJobs

if TYPE_CHECKING:
    from gui.window.learn.trainings import Trainings
    from gui.window.trained.epochs import EpochWalk

LESSON_WIDTH, LESSON_LEAST = 440, 360
LOW = 760
"""Px of height under which graph, plots and code do not fit together."""
BELOW_HEIGHT, PLOTS_HEIGHT, PLOTS_LEAST, GRAPH_LEAST = 330, 320, 180, 200
BELOW_LEAST, BELOW_SHARE = 286, 0.45
"""Px of what stands below the graph, and its share of the height, where the window is low."""


class LearnBench(QWidget):
    """Plays a lesson. What the user has open elsewhere is not touched: program, cursor and graph are of a session of their own.

    Signals
    -------
    finished()
        The last page was finished.
    crashed(str traceback)
        A fault of ours.
    """

    finished = Signal()
    crashed = Signal(str)

    def __init__(
        self,
        theme: ThemeManager,
        settings: Settings,
        jobs: RecorderJobs,
        reduced_motion: Callable[[], bool],
        parent: QWidget | None = None,
        *,
        work: LessonWork | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.session = Session(self, settings)
        self.play = LessonPlay(self)
        self.work = work if work is not None else LessonWork(self)
        self.runs = ProgramRuns(self.session, jobs, self)
        self.player = Player(self.session, self)
        self.bar = TransportBar(self.session, theme, self.player)
        self.bar.predict.hide()
        self.graph = GraphPanel(self.session, theme, None, reduced_motion=reduced_motion)
        self.graph.set_travel(lambda: self.player.pace.travel_ms)
        self.code = CodePanel(self.session, theme)
        self.panel = LessonPanel(self.play, self.session, theme)
        self.views = ViewsPanel(theme)
        self.trainings: Trainings | None = None
        """The plots of runs; made with the first page that has some."""
        self._epochs: EpochWalk | None = None
        self._text = ""
        """The program as the page opened with it."""
        self._arrives = False
        """Whether the recording of the page is awaited: its cursor is then that of the page."""
        self._limit: int | None = None
        """The cursor beyond which an answer is awaited."""
        self.walks: dict[str, Callable[[], None]] = {
            "Left": lambda: self.player.step(-1),
            "Right": lambda: self.player.step(1),
            "Shift+Left": lambda: self.player.phase(-1),
            "Shift+Right": lambda: self.player.phase(1),
            "Ctrl+Left": lambda: self._walk_epochs(-1),
            "Ctrl+Right": lambda: self._walk_epochs(1),
            "Home": self.player.first,
            "End": self.player.last,
        }
        """The keys that walk, wherever no control has its own use for them."""
        self._below = _splitter(Qt.Orientation.Horizontal, self.code, self.views)
        self._centre = _splitter(Qt.Orientation.Vertical, self.graph, self._below)
        self._centre.setStretchFactor(0, 1)
        self._main = _splitter(Qt.Orientation.Horizontal, self.panel, self._centre)
        self._main.setStretchFactor(1, 1)
        self.panel.setMinimumWidth(LESSON_LEAST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._main, 1)
        layout.addWidget(self.bar)
        self._heights = Heights(settings, self._main, self._centre, LESSON_WIDTH, lambda: _parts(self), self)
        self.player.gate = self._gate
        self.player.held.connect(partial(focus_asked, self.play, self.panel, self.code))
        self.play.turned.connect(self._open_page)
        self.play.answered.connect(self._answered)
        self.panel.answered.connect(self._judge)
        self.panel.drawn.connect(self._typed)
        self.panel.finished.connect(self.finished)
        self.work.computed.connect(self.panel.set_numbers)
        self.work.pictured.connect(self.views.show_views)
        self.work.judged.connect(self._judged)
        self.work.reached.connect(self._reached)
        self.work.crashed.connect(self.crashed)
        self.session.recording_changed.connect(self._recorded)
        self.session.cursor_changed.connect(self._moved)
        self.session.text_changed.connect(self._show_changed)

    def begin(
        self, lesson: Lesson, number: int = 0, given: Mapping[str, Given] | None = None, folder: Path | None = None
    ) -> None:
        """Play ``lesson`` from page ``number`` on; ``given`` is what was answered before, ``folder`` where its pictures lie."""
        self.play.begin(lesson, number, given, folder)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """The panels that F6 goes through."""
        plots = () if self.trainings is None else (self.trainings,)
        return self.panel, self.graph, *plots, self.code, self.views, self.bar

    # Pages -------------------------------------------------------------------------------------------------------

    @Slot()
    def _open_page(self) -> None:
        """Set up what the page sets up."""
        self.player.pause()
        stage, page = self.play.stage, self.play.page
        try:
            self._text = staged(stage)
        except ValueError:  # a lesson with this mistake is refused before it is played
            self._text = stage.program
        self._limit, self._arrives = None, bool(self._text)
        self.work.open(stage, self._text)
        self.session.set_mode("explore")
        self.session.replace_text(self._text)
        self._show_changed()
        self._open_runs()
        written = bool(self._text) and (_asks_a_change(page) or "code" in stage.show)
        self.code.setVisible(written)
        self.views.show_views(())
        self._below.setVisible(written or bool(page.views))
        trains = self.plots_shown
        self.graph.setVisible(bool(self._text) or (trains and "graph" in stage.show))
        self.bar.setEnabled(bool(self._text) or trains)
        self._share_heights()
        if not self._text:
            self._compute("")
        self._show_timeline()
        focus_asked(self.play, self.panel, self.code)

    def _compute(self, text: str) -> None:
        """The numbers in the page's text, and its pictures, of the program ``text``."""
        expressions, views = self.panel.expressions(), self.play.page.views
        if expressions and text == self._text:
            self.work.compute(expressions)
        if views:
            self.work.picture(views, text)

    def _show_timeline(self) -> None:
        """It says whether the program fails."""
        self.bar.track.setVisible(not hides_failure(self.play))

    def _share_heights(self) -> None:
        """What stands below the graph is as high as it needs to be."""
        height = max(400, self._centre.height())
        plots, below = self.plots_shown, not self._below.isHidden()
        wanted: dict[QWidget | None, int] = {
            self.graph: 0,
            self.trainings: PLOTS_HEIGHT if plots else 0,
            self._below: min(BELOW_HEIGHT, max(BELOW_LEAST, round(height * BELOW_SHARE))) if below else 0,
        }
        over = sum(wanted.values()) + GRAPH_LEAST - height
        if over > 0 and plots and below:  # the graph is seen first, then what is to be edited
            wanted[self.trainings] -= min(over, PLOTS_HEIGHT - PLOTS_LEAST)
        wanted[self.graph] = max(GRAPH_LEAST, height - sum(wanted.values()))
        self._heights.share([wanted.get(self._centre.widget(at), 0) for at in range(self._centre.count())])

    @Slot()
    def _show_changed(self) -> None:
        """Say the way back where the program is not any more that of the page."""
        self.panel.set_changed(bool(self._text) and self.session.text != self._text)

    @Slot()
    def reset(self) -> None:
        """Back to the page as it opened, whatever was tried."""
        if self.play.lesson is None:
            return
        if self._text:
            self._arrives = True
            self.session.replace_text(self._text)
        if self.trainings is not None and self.plots_shown:
            self.trainings.reset()

    # Trainings ---------------------------------------------------------------------------------------------------

    @property
    def plots_shown(self) -> bool:
        """Whether the page has plots of runs."""
        return self.trainings is not None and not self.trainings.isHidden()

    def _open_runs(self) -> None:
        """Train what the page shows; without a program, the graph and the transport bar are of its training."""
        stage = self.play.stage
        plots = bool(stage.runs) and (not stage.show or "plots" in stage.show)
        if plots and not stage.show and _asks_a_change(self.play.page) and self.height() < LOW:
            plots = False  # graph, plots and code in a low window would be none of them: unasked, plots give way
        if plots and self.trainings is None:
            from gui.window.learn.trainings import Trainings  # the plots are imported with the first page that has some
            from gui.window.trained.epochs import EpochWalk

            made = self.trainings = Trainings(self.session, self._theme)
            self._centre.insertWidget(1, made)
            self._epochs = EpochWalk(self.session, self.player, self.bar, self.runs, made.controller, self)
            self._epochs.may_train = lambda: made.may_train
            made.panel.epoch_wanted.connect(self._look_at)
            made.drawn.connect(self._drawn)
            made.crashed.connect(self.crashed)
        if self.trainings is None:
            return
        self.trainings.setVisible(plots)
        if not plots:
            self.trainings.controller.pause()
            return
        self.session.set_mode("explore" if self._text else "train")
        self.trainings.begin(stage.runs, last_epochs(self.play))
        self.trainings.ask([asked for asked in self.play.page.questions if isinstance(asked, Draw)])
        self._open_drawing()

    def _open_drawing(self) -> None:
        """The first drawing that is asked for can be drawn."""
        if self.trainings is not None:
            wanted = (one.key for one in self.play.page.questions if isinstance(one, Draw) and self.play.is_open(one.key))
            self.trainings.set_open(next(wanted, None))

    @Slot(object, object)
    def _drawn(self, asked: Draw, points: Points) -> None:
        card = self.panel.cards.get(asked.key)
        if isinstance(card, DrawCard):
            card.set_points(points)

    @Slot(object, object)
    def _typed(self, asked: Draw, points: Points) -> None:
        pad = None if self.trainings is None else self.trainings.pads.get(asked.key)
        if pad is not None:
            pad.set_points(points)

    @Slot(int)
    def _look_at(self, epoch: int) -> None:
        """An epoch was chosen in a plot."""
        if self.trainings is not None:
            self.trainings.controller.pause()
            self.runs.show_epoch(epoch)

    def _walk_epochs(self, direction: int) -> None:
        if self._epochs is not None:
            self._epochs.next_epoch(direction)

    @Slot()
    def _recorded(self) -> None:
        recording = self.session.recording
        if recording is None or not self._text:
            return
        if self.session.problem is None:
            self.work.take(recording)
        if self._arrives and recording.text == self._text:
            self._arrives = False
            try:
                cursor = cursor_of(recording, self.play.stage.at)
            except ValueError:
                cursor = self.session.cursor
            self._limit = last_cursor(self.play, recording)
            self.session.set_cursor(cursor)
        for asked in self.play.page.questions if self.play.lesson is not None else ():
            if isinstance(asked, (Drag, Fix)) and self.play.is_open(asked.key) and not self._arrives:
                self.work.reach(asked, recording.text)
        if self.play.lesson is not None:
            self._compute(recording.text)  # its pictures also while its numbers are dragged

    # The way is barred until what is asked is answered ------------------------------------------------------------

    def _gate(self, now: int, goal: int) -> int:
        return goal if self._limit is None else min(goal, max(now, self._limit))

    @Slot()
    def _moved(self) -> None:
        if self._limit is not None and self.session.cursor > self._limit:
            self.session.set_cursor(self._limit)
            focus_asked(self.play, self.panel, self.code)

    # Answers -----------------------------------------------------------------------------------------------------

    @Slot(object, object)
    def _judge(self, asked: Asked, answer: object) -> None:
        self.work.judge(asked, answer, self.play.stage.at)

    @Slot(object, object)
    def _judged(self, asked: Asked, verdict: Verdict) -> None:
        self.panel.show_verdict(asked, verdict)
        pad = None if self.trainings is None else self.trainings.pads.get(asked.key)
        if pad is not None and verdict.computed:
            pad.show_computed(verdict.computed)
        if verdict.kind != "unreadable":
            self.play.answer(asked.key, "right" if verdict.ok else "wrong", verdict.said, verdict.expected)

    @Slot(object, bool)
    def _reached(self, asked: Asked, held: bool) -> None:
        if held and self.play.is_open(asked.key):
            self.play.answer(asked.key, "right")

    @Slot(str)
    def _answered(self, key: str) -> None:
        """The walk goes on to what was asked, and the keyboard to what is asked next or to the way on."""
        recording = self.session.recording
        self._show_timeline()
        if not self.play.is_open(key):
            focus_asked(self.play, self.panel, self.code)
            self._open_drawing()
            drawn = next((one for one in self.play.page.questions if one.key == key and isinstance(one, Draw)), None)
            if self.trainings is not None and self.plots_shown:
                self.trainings.let_go(last_epochs(self.play), None if drawn is None else drawn.epoch)
        wall, self._limit = self._limit, None if recording is None or not self._text else last_cursor(self.play, recording)
        if wall is not None and self.session.cursor <= wall and (self._limit is None or self._limit > wall):
            self.session.set_cursor(wall)
            self.player.step(1)

    # Keys --------------------------------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Act on a key that the focused control left alone; False if it means nothing here."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        pages = {Qt.Key.Key_PageUp: self.panel.back.click, Qt.Key.Key_PageDown: self.panel.go_on.click}
        turn = pages.get(Qt.Key(event.key()))
        if turn is not None and modifiers == Qt.KeyboardModifier.NoModifier:
            turn()
            return True
        space = event.key() == Qt.Key.Key_Space and modifiers == Qt.KeyboardModifier.NoModifier
        if space and self.trainings is not None and self.plots_shown and self.trainings.takes_space:
            if not event.isAutoRepeat():
                self.trainings.toggle()
            return True
        return walked(event, self.player, self.walks)

    def close_work(self) -> bool:
        """Stop playing, training and computing; True when the threads have ended."""
        self.player.pause()
        self.runs.close()
        trained = self.trainings is None or self.trainings.close_work()
        return self.work.close() and trained


def _splitter(orientation: Qt.Orientation, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(1)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter


def _asks_a_change(page: Page) -> bool:
    """Whether the page asks for a change of its program."""
    return any(isinstance(asked, (Drag, Fix)) for asked in page.questions)


def _parts(bench: LearnBench) -> str:
    """What stands beside the lesson now: each combination has heights of its own."""
    parts = {"graph": bench.graph, "plots": bench.trainings, "code": bench.code, "views": bench.views}
    return "+".join(name for name, part in parts.items() if part is not None and part.isVisibleTo(bench))

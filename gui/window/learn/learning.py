"""Learn in the window: which lessons there are, the one that is played, and how far each of them was read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from gui.documents.lessons import Progress
from gui.look.theme import ThemeManager
from gui.session.settings import Settings
from gui.window.pages.pages import WORK, Pages
from gui.work.jobs import RecorderJobs

if TYPE_CHECKING:
    from engine.lessons.model import Lesson
    from gui.panels.home.said import Progress as Told
    from gui.window.learn.bench import LearnBench

LEARN = "learn"


class Learning(QObject):
    """Makes the bench when a lesson is opened first, and remembers where each lesson was left.

    Signals
    -------
    opened()
        Another lesson is played.
    crashed(str traceback)
        A fault of ours.
    """

    opened = Signal()
    crashed = Signal(str)

    def __init__(
        self,
        pages: Pages,
        theme: ThemeManager,
        settings: Settings,
        jobs: RecorderJobs,
        reduced_motion: Callable[[], bool],
        progress: Progress,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._pages, self._theme, self._settings, self._jobs = pages, theme, settings, jobs
        self._reduced_motion = reduced_motion
        self.progress = progress
        self.bench: LearnBench | None = None
        self._own: tuple[Lesson, ...] = ()
        """Those of the file that was opened last."""
        pages.add(LEARN, self._make)

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """Those that come with Gradwalk, in order."""
        from engine.lessons.shipped import shipped_lessons  # what reads Markdown is imported with the first lesson

        return shipped_lessons()

    @property
    def title(self) -> str:
        """What the lesson that is shown is called; empty where none is."""
        lesson = self.bench.play.lesson if self.bench is not None and self.shown else None
        if lesson is None:
            return ""
        from engine.lessons.model import plain

        return plain(lesson.title)

    def told(self) -> Told:
        """How far each lesson is, as Home lists it."""
        from gui.panels.home.said import Progress as Told

        left = {lesson.name: self.progress.of(lesson.name) for lesson in self.lessons}
        done = frozenset(name for name, one in left.items() if one.done)
        return Told(done, {name: one.page + 1 for name, one in left.items() if one.begun and not one.done})

    @Slot(str)
    def open_named(self, name: str) -> None:
        """Play the lesson of this name."""
        self.open(next(lesson for lesson in self.lessons if lesson.name == name))

    def open_own(self, lessons: tuple[Lesson, ...]) -> None:
        """Play the lessons of a file, one after another, from the first that is not done."""
        self._own = lessons
        self.open(next((lesson for lesson in lessons if not self.progress.of(lesson.name).done), lessons[0]))

    def _make(self) -> QWidget:
        from gui.window.learn.bench import LearnBench

        bench = self.bench = LearnBench(self._theme, self._settings, self._jobs, self._reduced_motion)
        bench.finished.connect(self._finished)
        bench.crashed.connect(self.crashed)
        bench.play.turned.connect(self._keep)
        bench.play.answered.connect(self._keep)
        return bench

    @property
    def shown(self) -> bool:
        """Whether a lesson fills the window."""
        return self._pages.name == LEARN

    def open(self, lesson: Lesson, folder: Path | None = None) -> None:
        """Play ``lesson`` from where it was left; ``folder`` is where its file lies, None among those that ship."""
        self._pages.show_page(LEARN)
        assert self.bench is not None
        kept = self.progress.of(lesson.name)
        page = 0 if kept.done else kept.page
        self.bench.begin(lesson, page, kept.given, folder)
        self.opened.emit()

    @Slot()
    def resume(self) -> None:
        """Go on with the lesson that is played, else with the first that is not done."""
        if self.bench is not None and self.bench.play.lesson is not None:
            self._pages.show_page(LEARN)
            return
        wanted = next((lesson for lesson in self.lessons if not self.progress.of(lesson.name).done), None)
        if wanted is not None or self.lessons:
            self.open(wanted or self.lessons[0])

    def leave(self) -> None:
        """Back to what was open."""
        if self.bench is not None:
            self.bench.player.pause()
        self._pages.show_page(WORK)

    @Slot()
    def _keep(self) -> None:
        assert self.bench is not None
        play = self.bench.play
        if play.lesson is not None:
            self.progress.keep(play.lesson.name, play.number, len(play.lesson.pages), play.given)

    @Slot()
    def _finished(self) -> None:
        """The lesson is done: the next one follows, or what was open before."""
        assert self.bench is not None
        lesson = self.bench.play.lesson
        if lesson is None:
            return
        self.progress.finish(lesson.name)
        follow = self._own if any(one.name == lesson.name for one in self._own) else self.lessons
        names = [one.name for one in follow]
        at = names.index(lesson.name) + 1 if lesson.name in names else len(names)
        if at < len(names):
            self.open(follow[at])
        else:
            self.leave()

    def close(self) -> bool:
        """Write what is known, and stop computing; True when the thread has ended."""
        self.progress.write()
        return self.bench is None or self.bench.close_work()

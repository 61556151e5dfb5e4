"""Lessons from files in the window: checked before they are shown, refused with the lines of their mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import resources
from engine.errors import EngineError
from gui.documents.documents import Dialogs, FileProblem, write_program
from gui.window.learn.learning import Learning
from gui.work.newest_wins import Cancel, Job, NewestWins

if TYPE_CHECKING:
    from engine.lessons.model import Lesson

TEMPLATE = "lessons/template/my-lesson.md"
MOST_TOLD = 8
"""Mistakes that the dialog lists."""
CLOSE_WITHIN = 5000
"""Milliseconds that ``close`` waits."""


class _RefusedError(EngineError):
    """A lesson has mistakes."""


class LessonFiles(QObject):
    """Opens lessons that others wrote, and saves the template of a new one.

    Signals
    -------
    crashed(str traceback)
        A fault of ours.
    """

    crashed = Signal(str)

    def __init__(
        self, learning: Learning, dialogs: Dialogs, folder: Callable[[], Path], tell: Callable[[str], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._learning, self._dialogs, self._folder, self._tell = learning, dialogs, folder, tell
        self._work = NewestWins("lesson file", self)
        self._work.crashed.connect(self.crashed)

    @Slot()
    def choose(self) -> None:
        """Ask for a file of lessons and play it."""
        chosen = self._dialogs.choose_lesson(str(self._folder()))
        if chosen:
            self.open(chosen)

    @Slot(str)
    def open(self, path: str) -> None:
        """Play the lessons in the file at ``path``, if they have no mistakes."""
        self._tell(f"Checking {Path(path).name} …")
        self._work.put(
            Job(lambda cancel: _checked(path, cancel), self._opened, self._refused, kind="open", expected=(EngineError,))
        )

    def _opened(self, lessons: tuple[Lesson, ...]) -> None:
        self._tell("")
        self._learning.open_own(lessons)

    def _refused(self, error: Exception) -> None:
        self._tell("")
        self._dialogs.say("The lesson was not opened", str(error))

    @Slot()
    def write_own(self) -> None:
        """Save the template where the user chooses, and say how to go on."""
        chosen = self._dialogs.choose_lesson_to_save(str(self._folder() / Path(TEMPLATE).name))
        if not chosen:
            return
        try:
            write_program(chosen, resources.read_text(TEMPLATE))
        except FileProblem as problem:
            self._dialogs.say("The lesson was not saved", str(problem))
            return
        self._dialogs.say(
            "A lesson to begin with",
            f"{chosen} is a short lesson that works. Change it in any text editor. Then “Open a lesson file…” in Home plays it, "
            "and “gradwalk lesson check” in a terminal lists every mistake with its line.",
        )

    def close(self) -> bool:
        """Give up what is running; True when the thread has ended."""
        return self._work.close(CLOSE_WITHIN)


def _checked(path: str, cancel: Cancel) -> tuple[Lesson, ...]:
    """The lessons in the file, by keys of their own. Raises LessonFileError, or _RefusedError with the first mistakes."""
    from engine.lessons.checking import read_and_check
    from engine.lessons.files import read_sources

    found, told = [], []
    for source in read_sources(path):
        lesson, problems = read_and_check(source.text, source.name, cancel)
        if lesson is None or problems:
            told += [f"{Path(source.file).name}, {problem}" for problem in problems]
        else:
            found.append(replace(lesson, name=source.key))
    if told:
        more = len(told) - MOST_TOLD
        rest = f"\n… and {more} more." if more > 0 else ""
        lines = "\n".join(told[:MOST_TOLD])
        raise _RefusedError(f"{lines}{rest}\n\n“gradwalk lesson check {Path(path).name}” in a terminal lists every mistake.")
    return tuple(found)

"""The lesson that is played: its page, what was answered, hinted and skipped, and the numbers drawn for another try."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.lessons.model import Asked, Choose, Lesson, Page, Predict, Stage
from engine.text.literals import find_leaves
from gui.panels.lesson.given import Given, How


class LessonPlay(QObject):
    """Where someone is in a lesson. Views read it and listen.

    Signals
    -------
    begun()
        Another lesson.
    turned()
        Another page, or the page as it opens once more.
    answered(str key)
        The question with this key was answered or skipped, or is open again.
    hinted(str key)
        One more hint, or the solution, is shown.
    """

    begun = Signal()
    turned = Signal()
    answered = Signal(str)
    hinted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lesson: Lesson | None = None
        self.folder: Path | None = None
        """Where its file lies; None: among the lessons that ship."""
        self.number = 0
        """Of the page, from 0."""
        self.given: dict[str, Given] = {}
        self._open: set[str] = set()
        """Questions that are asked again, although they were answered before."""
        self._hints: dict[str, int] = {}
        self._solved: set[str] = set()
        self._fresh: dict[int, dict[str, float]] = {}
        self._draws: dict[int, int] = {}

    @property
    def page(self) -> Page:
        """The page that is shown. Raises LookupError without a lesson."""
        if self.lesson is None:
            raise LookupError("no lesson is played")
        return self.lesson.pages[self.number]

    @property
    def stage(self) -> Stage:
        """What the page sets up, with the numbers drawn for this try."""
        stage = self.page.stage
        fresh = self._fresh.get(self.number)
        return replace(stage, values={**stage.values, **fresh}) if fresh else stage

    def begin(
        self, lesson: Lesson, number: int = 0, given: Mapping[str, Given] | None = None, folder: Path | None = None
    ) -> None:
        """Play ``lesson`` from page ``number`` on; ``given`` is what was answered before, ``folder`` where its pictures lie."""
        self.lesson, self.folder = lesson, folder
        self.number = max(0, min(number, len(lesson.pages) - 1))
        self.given = dict(given or {})
        self._open, self._hints, self._solved, self._fresh, self._draws = set(), {}, set(), {}, {}
        self.begun.emit()
        self.turned.emit()

    # Pages -------------------------------------------------------------------------------------------------------

    def turn(self, number: int) -> None:
        """Show page ``number``, from 0, clamped."""
        if self.lesson is None:
            return
        number = max(0, min(number, len(self.lesson.pages) - 1))
        if number != self.number:
            self.number = number
            self.turned.emit()

    def again(self) -> None:
        """Show the page as it opens, whatever was tried on it."""
        self.turned.emit()

    def done(self, number: int) -> bool:
        """Whether all that page ``number`` asks was answered or skipped."""
        return self.lesson is not None and all(asked.key in self.given for asked in self.lesson.pages[number].questions)

    @property
    def may_go_on(self) -> bool:
        """Whether nothing of this page is open."""
        return self.next_open is None

    @property
    def next_open(self) -> Asked | None:
        """The first question of the page that is neither answered nor skipped."""
        if self.lesson is None:
            return None
        return next((asked for asked in self.page.questions if self.is_open(asked.key)), None)

    def is_open(self, key: str) -> bool:
        """Whether an answer is awaited."""
        return key not in self.given or key in self._open

    # Questions ---------------------------------------------------------------------------------------------------

    def answer(self, key: str, how: How, said: str = "", expected: str = "") -> None:
        """The question was answered or skipped."""
        before = self.given.get(key)
        first = how if before is None else before.first
        tries = 1 if before is None else before.tries + 1
        self.given[key] = Given(how, said, expected, first, tries)
        self._open.discard(key)
        self.answered.emit(key)

    def try_again(self) -> None:
        """Ask all of the page again, with fresh numbers where it has some to draw from."""
        page = self.page
        fresh = {
            item.leaf: item.values for asked in page.questions if isinstance(asked, (Predict, Choose)) for item in asked.fresh
        }
        if fresh:
            draw = self._draws[self.number] = self._draws.get(self.number, 0) + 1
            source = random.Random(f"{self.lesson.name if self.lesson else ''} {self.number} {draw}")
            before = {leaf.name: leaf.elements[0].value for leaf in find_leaves(page.stage.program)} | dict(self.stage.values)
            self._fresh[self.number] = {
                leaf: source.choice([value for value in values if value != before.get(leaf)] or list(values))
                for leaf, values in fresh.items()
            }
        self._open |= {asked.key for asked in page.questions}
        self._hints = {key: count for key, count in self._hints.items() if key not in self._open}
        self._solved -= self._open
        self.turned.emit()

    def hint(self, asked: Asked) -> None:
        """Show one more hint; after the last, nothing more."""
        if self.hints(asked.key) < len(asked.hints):
            self._hints[asked.key] = self.hints(asked.key) + 1
            self.hinted.emit(asked.key)

    def hints(self, key: str) -> int:
        """How many hints are shown."""
        return self._hints.get(key, 0)

    def solve(self, asked: Asked) -> None:
        """Show the solution."""
        self._solved.add(asked.key)
        self.hinted.emit(asked.key)

    def solved(self, key: str) -> bool:
        """Whether the solution is shown."""
        return key in self._solved

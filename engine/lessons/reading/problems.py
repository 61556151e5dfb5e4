"""What is wrong with a lesson's file, by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.runtime.errors import EngineError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: the ``line`` of the file, from 1, and one sentence that says what is wrong and what is allowed."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class LessonError(EngineError):
    """A lesson cannot be used; ``problems`` has each of its mistakes, in the file's order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("; ".join(map(str, self.problems[:3])) + ("; …" if len(self.problems) > 3 else ""))

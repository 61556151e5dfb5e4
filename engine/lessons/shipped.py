"""The lessons that ship, in the order of their files."""

from __future__ import annotations

from functools import lru_cache

import resources
from engine.lessons.model import Lesson
from engine.lessons.reading.reading import read_lesson

FOLDER = "lessons"


@lru_cache(maxsize=1)
def shipped_lessons() -> tuple[Lesson, ...]:
    """All of them; read at the first call."""
    names = resources.names(FOLDER, ".md")
    return tuple(read_lesson(resources.read_text(name), name.rpartition("/")[2].removesuffix(".md")) for name in names)

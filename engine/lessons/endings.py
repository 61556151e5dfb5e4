"""How files of lessons end."""

from __future__ import annotations

from pathlib import Path

LESSON, ARCHIVES = ".md", (".zip",)
"""Of a lesson, and of several with their pictures (``.gradlesson.zip`` is one of these)."""


def is_lesson(path: str | Path) -> bool:
    """Whether the file's ending says that there are lessons in it."""
    return Path(path).suffix.lower() in (LESSON, *ARCHIVES)

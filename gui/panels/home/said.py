"""What Home tells, as the window knows it: how far each lesson is, and what was open last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Progress:
    """How far lessons are, by name: those that are ``done``, and of those that were begun the page (from 1) that is next."""

    done: frozenset[str] = frozenset()
    pages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A file that was open: its ``path``, where it was left (``place``), the ``day`` in words, its ``kind`` and whether it is
    ``missing``.

    ``kind`` is ``program``, ``recording``, ``training`` or ``table``, each of which has a picture.
    """

    path: str
    name: str
    place: str
    day: str
    kind: str
    missing: bool = False

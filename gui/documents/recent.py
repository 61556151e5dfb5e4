"""What was open last, as Home lists it: where each file was left, and when it was opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from engine.files.places import SUFFIX
from engine.training.run_files import SUFFIX as RUNS
from engine.training.table_files.form import TABLES
from gui.documents.documents import Documents
from gui.documents.places import missing
from gui.panels.home.said import RecentFile

_MONTHS = (
    "January February March April May June July August September October November December".split()  # in English, as all is
)


def recent_files(documents: Documents, days: list[str], today: date, most: int, open_now: str = "") -> tuple[RecentFile, ...]:
    """The first ``most`` of the recent files; ``days`` has a day and a path in each entry, ``open_now`` is the path of what is
    open."""
    opened = {path: day for day, _, path in (entry.partition(" ") for entry in days)}
    return tuple(_file(documents, path, opened, today, open_now) for path in documents.recent[:most])


def _file(documents: Documents, path: str, days: Mapping[str, str], today: date, open_now: str) -> RecentFile:
    name, gone = Path(path).name, missing(path)
    kind = _kind(path)
    place = "not found" if gone else "open now" if path == open_now else _place(documents, path, kind)
    return RecentFile(path, name, place, _day(days.get(path, ""), today), kind, gone)


def _kind(path: str) -> str:
    ending = Path(path).suffix.lower()
    return "recording" if ending == SUFFIX else "training" if ending == RUNS else "table" if ending in TABLES else "program"


def _place(documents: Documents, path: str, kind: str) -> str:
    left = documents.places.left_at(path)
    if kind in ("training", "table"):
        return "runs of a training" if kind == "training" else "table of numbers"
    words = [] if kind == "program" else ["recording"]
    if left is not None:
        words.append(f"operation {left[0]} of {left[1]}")
    return " · ".join(words or ["program"])


def _day(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    passed = (today - day).days
    if passed in (0, 1):
        return ("today", "yesterday")[passed]
    return f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if day.year != today.year else "")

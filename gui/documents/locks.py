"""Locks by which a window knows what other windows own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLockFile


def lock_of(owned: Path) -> QLockFile:
    """That of a file or a folder: of the same name, with ``.lock`` behind. It is not taken yet."""
    lock = QLockFile(f"{owned}.lock")
    lock.setStaleLockTime(0)  # it goes stale when its process is gone, never with age
    return lock

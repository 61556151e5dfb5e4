"""Copies of unsaved text in the application's data folder, found again after a crash."""

from __future__ import annotations

import contextlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QIODevice, QLockFile, QSaveFile

from gui.documents.locks import lock_of


@dataclass(frozen=True, slots=True)
class Unsaved:
    """Text that a crashed window left behind; ``path`` is the file it belongs to, if it has one."""

    text: str
    path: Path | None
    name: str


class Autosave:
    """One copy per window in ``folder``; a lock distinguishes the copies of running windows from those left behind."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._file = self._folder / f"{uuid.uuid4().hex}.json"
        self._lock: QLockFile | None = None

    @property
    def folder(self) -> Path:
        """Where unsaved text is kept."""
        return self._folder

    def keep(self, text: str, path: Path | None, name: str) -> bool:
        """Write the copy, all or nothing; False if the folder cannot be written to (nothing is said: the text is still on
        screen)."""
        if self._lock is None:
            with contextlib.suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True)
            lock = lock_of(self._file)
            if not lock.tryLock(0):
                return False
            self._lock = lock
        data = json.dumps({"text": text, "path": None if path is None else str(path), "name": name}).encode()
        file = QSaveFile(str(self._file))
        if not file.open(QIODevice.OpenModeFlag.WriteOnly):
            return False
        file.write(data)
        return bool(file.commit())

    def forget(self) -> None:
        """The text is saved or discarded: remove the copy."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the copy and its lock."""
        self.forget()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def take_left_behind(self) -> Unsaved | None:
        """The newest copy that no running window owns; all such copies are removed."""
        left: list[tuple[float, Unsaved]] = []
        for file in self._folder.glob("*.json"):
            if file == self._file:
                continue
            lock = lock_of(file)
            if not lock.tryLock(0):
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                kept = json.loads(file.read_text(encoding="utf-8"))
                path = None if kept["path"] is None else Path(kept["path"])
                left.append((file.stat().st_mtime, Unsaved(str(kept["text"]), path, str(kept["name"]))))
            with contextlib.suppress(OSError):
                file.unlink()
            lock.unlock()
        return max(left, key=lambda pair: pair[0])[1] if left else None

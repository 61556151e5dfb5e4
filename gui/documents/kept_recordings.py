"""Recordings of scripts that the user has not saved yet, kept in the application's data folder, also after a kill."""

from __future__ import annotations

import contextlib
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLockFile

from engine.files.places import SUFFIX
from gui.documents.locks import lock_of

_SCRIPT = "script.txt"
"""The file beside each recording that holds the path of its script."""
BEING_WRITTEN = 600.0
"""Seconds after which a recording that is still missing will not arrive any more."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a window that did not close in an orderly way left behind."""

    path: Path
    script: str


class KeptRecordings:
    """One folder per window in ``folder``; a lock distinguishes the folders of running windows from those left behind.

    A recording is written there while its script's process ends, by that process or, where that or the window was killed, by its
    keeper.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / uuid.uuid4().hex
        self._lock: QLockFile | None = None

    def place(self, script: str) -> Path | None:
        """Where to write the recording of ``script``; None if the folder cannot be written to."""
        if not self._begin():
            return None
        made = self._own / uuid.uuid4().hex
        try:
            made.mkdir()
            (made / _SCRIPT).write_text(script, encoding="utf-8", errors="surrogatepass")
        except OSError:
            return None
        return made / f"{Path(script).stem}{SUFFIX}"

    def _begin(self) -> bool:
        if self._lock is None:
            try:
                self._own.mkdir(parents=True)
            except OSError:
                return False
            lock = lock_of(self._own)
            if not lock.tryLock(0):
                return False
            self._lock = lock
        return True

    def drop(self, path: str | Path) -> None:
        """The recording that was written to ``path`` lies elsewhere now, or is not wanted: remove it."""
        if self._own in Path(path).parents:
            shutil.rmtree(Path(path).parent, ignore_errors=True)

    def left_behind(self) -> tuple[list[Left], bool]:
        """What windows that are gone left behind, the newest first; and whether more is still being written."""
        found: list[tuple[float, Left]] = []
        waits = False
        for owner in self._folder.glob("*/"):
            lock = lock_of(owner)
            if owner == self._own or not lock.tryLock(0):
                continue
            for made in owner.glob("*/"):
                with contextlib.suppress(OSError):
                    script = (made / _SCRIPT).read_text(encoding="utf-8", errors="surrogatepass")
                    files = [(file.stat().st_mtime, Left(file, script)) for file in made.glob(f"[!.]*{SUFFIX}")]
                    found += files
                    if not files and time.time() - made.stat().st_mtime < BEING_WRITTEN:
                        waits = True
                    elif not files:
                        shutil.rmtree(made, ignore_errors=True)
            with contextlib.suppress(OSError):
                owner.rmdir()  # where nothing is left
            lock.unlock()
        return [left for _, left in sorted(found, key=lambda pair: pair[0], reverse=True)], waits

    def adopt(self, left: Left) -> str:
        """Make it this window's, and return where it is now. Raises OSError."""
        if not self._begin():
            raise OSError(f"{self._folder} cannot be written to")
        made = left.path.parent.rename(self._own / uuid.uuid4().hex)
        return str(made / left.path.name)

    def discard(self, left: Left) -> None:
        """Throw the recording away."""
        shutil.rmtree(left.path.parent, ignore_errors=True)

    def close(self) -> None:
        """The window closes in an orderly way: nothing needs to be offered again."""
        if self._lock is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._lock.unlock()
            self._lock = None

"""Where runs lie that nobody saved: a folder for each window, a file for each run, found again by the next window."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QLockFile

from engine.training.run_files import SUFFIX
from gui.documents.locks import lock_of

MOST_BYTES = 64 * 1024 * 1024
"""How much the runs of a window take; beyond that the oldest one goes."""
DAMAGED = "damaged"


class KeptRuns:
    """One folder per window in ``folder``; a lock distinguishes the folders of running windows from those left behind.

    A file's name begins with the time at which its run was kept first, so that names are in the order of the runs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / uuid.uuid4().hex
        self._lock: QLockFile | None = None

    @staticmethod
    def name() -> str:
        """One for the file of a run that is kept for the first time."""
        return f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}{SUFFIX}"

    def path(self, name: str) -> Path:
        """Where the file of this name lies. Raises OSError where there is no place for it."""
        if self._lock is None:
            self._own.mkdir(parents=True, exist_ok=True)
            lock = lock_of(self._own)
            if not lock.tryLock(0):
                raise PermissionError(13, f"{self._folder} cannot be written to")
            self._lock = lock
        return self._own / name

    def adopt(self) -> list[Path]:
        """Make all that windows left behind this window's; the files, in the order in which their runs were begun."""
        found = []
        for owner in sorted(self._folder.glob("*/")):
            if owner in (self._own, self._folder / DAMAGED):
                continue
            lock = lock_of(owner)
            if not lock.tryLock(0):
                continue
            for file in owner.glob(f"[!.]*{SUFFIX}"):
                with contextlib.suppress(OSError):  # then it stays for another time
                    found.append(file.rename(self.path(file.name)))
            with contextlib.suppress(OSError):
                for part in owner.glob(".*.part"):
                    part.unlink()  # of a window that was killed while it wrote
                owner.rmdir()
            lock.unlock()
        return sorted(found, key=lambda path: path.name)

    def put_aside(self, path: Path) -> Path:
        """Move a file that cannot be read to where nobody looks for runs, and return where it is; it may still be there."""
        place = self._folder / DAMAGED / path.name
        with contextlib.suppress(OSError):
            place.parent.mkdir(exist_ok=True)
            return path.rename(place)
        return path

    def forget(self, names: Collection[str]) -> None:
        """Runs that were deleted are not kept any more."""
        for name in names:
            with contextlib.suppress(OSError):
                (self._own / name).unlink(missing_ok=True)

    def bound(self, most_bytes: int = MOST_BYTES) -> int:
        """Remove the oldest files as long as all take more than ``most_bytes``, but for the newest; how many they were."""
        sizes = []
        with contextlib.suppress(OSError):
            sizes = [(file, file.stat().st_size) for file in sorted(self._own.glob(f"[!.]*{SUFFIX}"))]
        total, gone = sum(size for _, size in sizes), 0
        for file, size in sizes[:-1]:
            if total <= most_bytes:
                break
            self.forget((file.name,))
            total, gone = total - size, gone + 1
        return gone

    def close(self) -> None:
        """From now on the runs are for the next window that looks."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._own.rmdir()  # where none is left
            self._lock.unlock()
            self._lock = None

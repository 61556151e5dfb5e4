"""Where a recording may be written and read: regular files only, and nothing of a killed save stays behind."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

from engine.runtime.errors import RecordingFileError

SUFFIX = ".gradwalk"
"""How the name of a recording's file ends."""
OLD = 24 * 3600.0
"""Seconds after which a part is nobody's, even if a process of that number runs here, or it was written by another computer."""
OLD_UNNAMED = 3600.0
"""The same for the parts of earlier versions, whose names do not say who writes them."""
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISLNK, "a link that leads to itself"),
)


def kind_of(mode: int) -> str:
    """What a file of this mode is, if it is not a regular one; else nothing."""
    if stat.S_ISREG(mode):
        return ""
    return next((words for is_it, words in _KINDS if is_it(mode)), "no regular file")


def target_of(path: Path) -> Path:
    """The file that a save to ``path`` writes, links followed.

    Raises
    ------
    RecordingFileError
        If it could not be written, or what is there is no regular file or must not be written to.
    """
    try:
        target = Path(os.path.realpath(path))
        status = target.lstat()
    except FileNotFoundError:
        _check_folder(path, target.parent)
        return target
    except (OSError, ValueError) as error:
        raise RecordingFileError(f"{shown(path)} cannot be written: {reason(error)}.") from error
    kind = kind_of(status.st_mode)
    if kind:
        raise RecordingFileError(f"{shown(path)} cannot be written: it is {kind}, and only a file is ever replaced.")
    if not status.st_mode & 0o222:
        raise RecordingFileError(f"{shown(path)} cannot be written: it is read-only.")
    _check_folder(path, target.parent)
    return target


def _check_folder(path: Path, folder: Path) -> None:
    number = errno.ENOENT if not folder.exists() else 0 if os.access(folder, os.W_OK | os.X_OK) else errno.EACCES
    if number:
        raise RecordingFileError(f"{shown(path)} cannot be written: {os.strerror(number)}: the folder {folder}.")


def elsewhere(path: Path) -> Iterator[Path]:
    """Files that do not exist yet, where something can be kept that could not be written to ``path``: the best first."""
    for folder in (Path.cwd, Path.home, lambda: Path(tempfile.gettempdir())):
        try:
            names = chain((path.name,), (f"{path.stem}-{number}{path.suffix}" for number in range(2, 1000)))
            found = next(item for name in names if not os.path.lexists(item := folder() / name))
            yield target_of(found)
        except (OSError, RuntimeError, StopIteration, RecordingFileError):
            continue


def shown(path: Path) -> str:
    """Its name for a message, without characters that no name may have."""
    return (path.name or str(path)).replace("\0", "\\0")[:200]


def reason(error: Exception) -> str:
    """Why the system refused, in its own words."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "a name cannot hold the character 0" if "null" in str(error) else str(error)


def write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Let ``write`` write the file at ``path``: it is there whole, or as it was before. Raises RecordingFileError.

    Other names of the file that was there (hard links: a backup, say) keep what it held.
    """
    target = target_of(path)
    part: Path | None = None
    try:
        sweep(target)
        mode = _mode(target)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_prefix(target), suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
        part.replace(target)
        part = None
    except OSError as error:
        raise RecordingFileError(f"{shown(path)} cannot be written: {reason(error)}.") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, else those of a new one."""
    try:
        return target.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0o077)
        os.umask(mask)
        return 0o666 & ~mask


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _start(target: Path) -> str:
    """How the names of the parts of ``target`` begin: of few bytes, whatever it is called."""
    short = target.name.encode("utf-8", "surrogateescape")[:60].decode("utf-8", "ignore")
    return f".{short}.{_digest(target.name)}-{_digest(platform.node())}-"


def _prefix(target: Path) -> str:
    return f"{_start(target)}{os.getpid()}."


def sweep(target: Path) -> None:
    """Remove the parts that killed saves of ``target`` left; those that some process may still write stay."""
    anywhere = re.escape(_start(target).rpartition("-")[0].rpartition("-")[0])
    named = re.compile(rf"{anywhere}-([0-9a-f]{{8}})-(\d+)\.[a-z0-9_]+\.part")
    unnamed = re.compile(rf"{re.escape('.' + target.name[:60] + '.')}[a-z0-9_]{{8}}\.part")
    try:
        entries = [entry for entry in os.scandir(target.parent) if entry.name.endswith(".part")]
    except OSError:
        return  # the save itself says what is wrong with the folder
    for entry in entries:
        found = named.fullmatch(entry.name)
        try:
            if not entry.is_file(follow_symlinks=False) or (found is None and unnamed.fullmatch(entry.name) is None):
                continue
            age = time.time() - entry.stat(follow_symlinks=False).st_mtime
            here = found is not None and found[1] == _digest(platform.node())
            if found is not None and here:
                gone = age > OLD or not _runs(int(found[2]))
            else:
                gone = age > (OLD_UNNAMED if found is None else OLD)
            if gone:
                Path(entry.path).unlink(missing_ok=True)
        except OSError:
            continue  # it is held, or not ours: then it stays


def _runs(number: int) -> bool:
    """Whether a process of this number runs here; on Windows an open file cannot be removed, so nobody need be asked."""
    if sys.platform == "win32":
        return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def open_regular(path: Path) -> IO[bytes]:
    """Open ``path`` for reading if it is a regular file. Raises RecordingFileError; never waits for a pipe's other end."""
    try:
        kind = kind_of(path.stat().st_mode)
        if kind:
            raise RecordingFileError(f"{path} cannot be opened: it is {kind}, not a file.")
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        file = os.fdopen(handle, "rb")
    except (OSError, ValueError) as error:
        raise RecordingFileError(f"{str(path)[-300:]!r} cannot be opened: {reason(error)}.".replace("'", "", 2)) from error
    if kind_of(os.fstat(file.fileno()).st_mode):
        file.close()
        raise RecordingFileError(f"{path} cannot be opened: {os.strerror(errno.EINVAL)}.")
    return file

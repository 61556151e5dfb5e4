"""``.gradwalk`` files: a recording as a zip of JSON and arrays, told in ``docs/file-format.md``. Reading one runs no code."""

from __future__ import annotations

import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from engine.collector import collector_at_rest
from engine.errors import Cancelled, RecordingFileError
from engine.file_json import decode, encode
from engine.file_reader import Reader
from engine.file_tables import to_tables
from engine.file_values import Malformed, need
from engine.recording import Recording

SUFFIX = ".gradwalk"
FORMAT = "gradwalk"
VERSION = 1
"""Raised when a reader of an older version could misread what is written."""
DOCUMENT = "recording.json"
ARRAYS = "arrays.bin"
LARGEST_DOCUMENT = 1 << 30
"""Bytes that the JSON may have when it is unpacked."""
LARGEST_ARRAYS = 6 << 30
"""Bytes that the arrays may have when they are unpacked."""
MOST_TIMES = 200
"""How many times its packed size a part of more than ``SMALL_PART`` bytes may have: more is a zip bomb."""
SMALL_PART = 16 << 20
AGAIN = "If it was sent or copied, get it once more; else record again."
TOO_MUCH = "there is not enough memory for it."


class Newer(Malformed):
    """Nothing is wrong with the file, but it is not for this reader."""


def save_recording(recording: Recording, path: str | Path) -> None:
    """Write a recording as a ``.gradwalk`` file: the file is there whole, or as it was before.

    Raises
    ------
    RecordingFileError
        If the file cannot be written.
    """
    with collector_at_rest():
        _save(recording, Path(path))


def _save(recording: Recording, path: Path) -> None:
    target = Path(os.path.realpath(path))
    tables, blocks = to_tables(recording)
    tables = {"format": FORMAT, "version": VERSION, **tables}
    part: str | None = None
    try:
        mode = _mode(target)
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:60]}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            _write(file, tables, blocks)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(mode)
        Path(part).replace(target)
        part = None
    except OSError as error:
        raise RecordingFileError(f"{path.name} cannot be written: {error.strerror or error}.") from error
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


def _write(file: Any, tables: dict[str, Any], blocks: Iterable[bytes]) -> None:
    # Members that are opened by name get the earliest date: the same recording gives the same file.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=3) as archive:
        with archive.open(DOCUMENT, "w", force_zip64=True) as member:
            for piece in encode(tables):
                member.write(piece.encode("ascii"))
        info = zipfile.ZipInfo(ARRAYS)
        info.compress_type = zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        with archive.open(info, "w", force_zip64=True) as member:
            for block in blocks:
                member.write(block)


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, else those of a new one."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0o077)
        os.umask(mask)
        return 0o666 & ~mask


def open_recording(path: str | Path, cancel: Callable[[], bool] | None = None) -> Recording:
    """Read a ``.gradwalk`` file. Nothing in it is run.

    Parameters
    ----------
    path : str or Path
    cancel : callable, optional
        Asked between the parts of the file; if it gives True, Cancelled is raised.

    Returns
    -------
    Recording
        Its graph and timeline are prepared already, so this is best called off the window's thread.

    Raises
    ------
    RecordingFileError
        If there is no such file, or it is damaged, too large, or made by a newer Gradwalk; the message says which.
    """
    def between() -> None:
        if cancel is not None and cancel():
            raise Cancelled

    with collector_at_rest():
        return _open(Path(path), between)


def _open(path: Path, between: Callable[[], None]) -> Recording:
    try:
        with zipfile.ZipFile(path) as archive:
            document = _document(archive, between)
            block = _unpacked(archive, ARRAYS, LARGEST_ARRAYS)
        recording = Reader(document, block, between).recording()
        _let_go(document)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise RecordingFileError(f"{path} cannot be opened: {error.strerror}.") from error
    except zipfile.BadZipFile as error:
        raise RecordingFileError(f"{path.name} is not a Gradwalk recording, or it is damaged. {AGAIN}") from error
    except Malformed as error:
        advice = "" if isinstance(error, Newer) else f" {AGAIN}"
        raise RecordingFileError(f"{path.name} cannot be read: {error}.{advice}") from error
    except MemoryError as error:
        raise RecordingFileError(f"{path.name} cannot be read: {TOO_MUCH}") from error
    except (OSError, EOFError, ValueError, OverflowError, RuntimeError, struct.error, zlib.error) as error:
        raise RecordingFileError(f"{path.name} is damaged: {_reason(error)}. {AGAIN}") from error
    try:
        recording.state(recording.end)
    except MemoryError as error:
        raise RecordingFileError(f"{path.name} cannot be read: {TOO_MUCH}") from error
    except Exception as error:
        raise RecordingFileError(f"{path.name} contradicts itself, so it cannot be shown: {_reason(error)}. {AGAIN}") from error
    return recording


def _let_go(document: dict[str, Any]) -> None:
    """Piece by piece: while one object goes with the million that are in it, no other thread has its turn."""
    for table in document.values():
        if isinstance(table, dict):
            while table:
                table.popitem()


def _reason(error: BaseException) -> str:
    said = " ".join(str(error).split())[:160]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _document(archive: zipfile.ZipFile, between: Callable[[], None]) -> dict[str, Any]:
    names = archive.namelist()
    need(sorted(names) == sorted((DOCUMENT, ARRAYS)), "its parts are not those of a Gradwalk recording")
    document = decode(_unpacked(archive, DOCUMENT, LARGEST_DOCUMENT).decode("utf-8"), between)
    need(type(document) is dict and document.get("format") == FORMAT, "it is no Gradwalk recording")
    version = document.get("version")
    need(type(version) is int and version >= 1, "it does not say its version")
    assert isinstance(document, dict) and isinstance(version, int)
    if version > VERSION:
        made = f"it was made by a newer Gradwalk (version {version} of the format, this one reads {VERSION})"
        raise Newer(f"{made}; get the newest Gradwalk to open it")
    return document


def _unpacked(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    """A part of the file, with what it says of its size checked before and while it is read."""
    info = archive.getinfo(name)
    need(not info.flag_bits & 1, "it is encrypted")
    need(info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), "it is packed in a way that Gradwalk never writes")
    need(info.file_size <= largest, f"{name} is larger than Gradwalk ever writes")
    need(
        info.file_size <= SMALL_PART or info.file_size <= MOST_TIMES * max(info.compress_size, 1),
        f"{name} unpacks to {MOST_TIMES} times its size and more, as no recording does",
    )
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    need(len(data) == info.file_size, f"{name} is not as long as it says")
    return data


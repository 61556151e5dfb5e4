"""``.gradwalk`` files: a recording as a zip of JSON and arrays, told in ``docs/file-format.md``. Reading one runs no code."""

from __future__ import annotations

import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.collector import collector_at_rest
from engine.errors import RecordingFileError
from engine.file_json import dumps, loads
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


def save_recording(recording: Recording, path: str | Path) -> None:
    """Write a recording as a ``.gradwalk`` file: the file is there whole, or as it was before.

    Raises
    ------
    RecordingFileError
        If the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    tables, blocks = to_tables(recording)
    text = dumps({"format": FORMAT, "version": VERSION, **tables})
    part: str | None = None
    try:
        mode = _mode(target)
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:60]}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            _write(file, text, blocks)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(mode)
        Path(part).replace(target)
        part = None
    except OSError as error:
        raise RecordingFileError(f"{Path(path).name} cannot be written: {error.strerror or error}.") from error
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


def _write(file: Any, text: str, blocks: Iterable[bytes]) -> None:
    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        archive.writestr(_member(DOCUMENT, zipfile.ZIP_DEFLATED), text.encode("ascii"), compresslevel=3)
        with archive.open(_member(ARRAYS, zipfile.ZIP_STORED), "w", force_zip64=True) as member:
            for block in blocks:
                member.write(block)


def _member(name: str, compression: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # with the earliest date: the same recording gives the same file
    info.compress_type = compression
    info.external_attr = 0o644 << 16
    return info


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, else those of a new one."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0o077)
        os.umask(mask)
        return 0o666 & ~mask


def open_recording(path: str | Path) -> Recording:
    """Read a ``.gradwalk`` file. Nothing in it is run.

    Returns
    -------
    Recording
        Its graph and timeline are prepared already, so this is best called off the window's thread.

    Raises
    ------
    RecordingFileError
        If there is no such file, or it is damaged, too large, or made by a newer Gradwalk; the message says which.
    """
    with collector_at_rest():
        return _open(Path(path))


def _open(path: Path) -> Recording:
    try:
        with zipfile.ZipFile(path) as archive:
            document = _document(archive)
            block = _unpacked(archive, ARRAYS, LARGEST_ARRAYS)
        recording = Reader(document, block).recording()
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise RecordingFileError(f"{path} cannot be opened: {error.strerror}.") from error
    except zipfile.BadZipFile as error:
        reason = "is not a Gradwalk recording, or it is damaged; if it was sent or copied, get it once more"
        raise RecordingFileError(f"{path.name} {reason}.") from error
    except Malformed as error:
        raise RecordingFileError(f"{path.name} cannot be read: {error}.") from error
    except (OSError, EOFError, ValueError, struct.error, zlib.error, NotImplementedError, RuntimeError, RecursionError,
            MemoryError, OverflowError) as error:  # fmt: skip
        raise RecordingFileError(f"{path.name} is damaged: {_reason(error)}.") from error
    try:
        recording.state(recording.end)
    except Exception as error:
        raise RecordingFileError(f"{path.name} contradicts itself, so it cannot be shown: {_reason(error)}.") from error
    return recording


def _reason(error: BaseException) -> str:
    said = " ".join(str(error).split())[:160]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _document(archive: zipfile.ZipFile) -> dict[str, Any]:
    names = archive.namelist()
    need(sorted(names) == sorted((DOCUMENT, ARRAYS)), "its parts are not those of a Gradwalk recording")
    document = loads(_unpacked(archive, DOCUMENT, LARGEST_DOCUMENT), _refuse)
    need(type(document) is dict and document.get("format") == FORMAT, "it is no Gradwalk recording")
    version = document.get("version")
    need(type(version) is int and version >= 1, "it does not say its version")
    need(version <= VERSION, f"it was made by a newer Gradwalk (version {version} of the format, this one reads {VERSION}); "
         "get the newest Gradwalk to open it")  # fmt: skip
    assert isinstance(document, dict)
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


def _refuse(name: str) -> float:
    raise Malformed(f"it holds the number {name}, which JSON does not know")

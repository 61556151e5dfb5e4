"""``.gradwalk`` files: a recording as a zip of JSON and arrays, see ``docs/file-format.md``. Reading one runs no code."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from engine.files.json_pieces import decode, encode
from engine.files.places import open_regular, target_of, write_whole
from engine.files.reader import Reader
from engine.files.schema import FORMAT, VERSION
from engine.files.stored import extent
from engine.files.tables import ALIGNMENT, to_tables
from engine.files.values import Malformed, need
from engine.runtime.collector import collector_at_rest
from engine.runtime.errors import Cancelled, RecordingFileError
from engine.runtime.memory import free_bytes
from engine.tables import Tables

DOCUMENT = "recording.json"
ARRAYS = "arrays.bin"
LARGEST_DOCUMENT = 1 << 30
"""Bytes that the JSON may have when it is unpacked."""
LARGEST_ARRAYS = 6 << 30
"""Bytes that the arrays may have when they are unpacked."""
MOST_TIMES = 50
"""How many times its packed size a part of more than ``SMALL_PART`` bytes may have: recordings have about 10, zip bombs more."""
SMALL_PART = 16 << 20
MOST_MEMORY_TIMES = 150
"""How many times the file's size the objects of its JSON may take, beyond ``SMALL_MEMORY``. Recordings take up to 65."""
SMALL_MEMORY = 256 << 20
AGAIN = "If it was sent or copied, get it again; otherwise {do} again."
TOO_MUCH = "there is not enough memory for it."


_Recording = TypeVar("_Recording", bound=Tables)


class Newer(Malformed):
    """The file is sound, but too new for this reader."""


class TooLarge(Malformed):
    """The file is sound as far as is known, but does not fit into the memory that is free."""


def save_recording(recording: Tables, path: str | Path) -> None:
    """Write a recording as a ``.gradwalk`` file: the file is either complete, or as it was before.

    Raises
    ------
    RecordingFileError
        If the file cannot be written, is read-only, or what is there is no regular file: a device, a pipe, a folder.
    """
    with collector_at_rest():
        _save(recording, Path(path))


def _save(recording: Tables, path: Path) -> None:
    target_of(path)  # what cannot be written is said before the tables are made
    tables, blocks = to_tables(recording)
    tables = {"format": FORMAT, "version": VERSION, **tables}
    write_whole(path, lambda file: _write(file, tables, blocks))


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


def read_recording(
    path: Path, kind: type[_Recording], show: Callable[[_Recording], object], cancel: Callable[[], bool] | None = None
) -> _Recording:
    """Read a ``.gradwalk`` file. Nothing in it is run.

    Parameters
    ----------
    path : Path
    kind : type
        Tables, or what has more to it.
    show : callable
        Prepares what is shown first: what cannot be shown contradicts itself.
    cancel : callable, optional
        Asked between the parts of the file; if it gives True, Cancelled is raised.

    Raises
    ------
    RecordingFileError
        If there is no such file, or it is damaged, too large, or made by a newer Gradwalk; the message says which.
    """

    def between() -> None:
        if cancel is not None and cancel():
            raise Cancelled

    with collector_at_rest():
        recording = _read(path, kind, between)
        try:
            show(recording)
        except MemoryError as error:
            raise RecordingFileError(f"{path.name} cannot be read: {TOO_MUCH}") from error
        except Exception as error:
            raise RecordingFileError(
                f"{path.name} contradicts itself, so it cannot be shown: {_reason(error)}. {AGAIN.format(do='record')}"
            ) from error
    return recording


def _read(path: Path, kind: type[_Recording], between: Callable[[], None]) -> _Recording:
    with told(path, "recording", "record"), open_regular(path) as file, zipfile.ZipFile(file) as archive:
        document = document_in(archive, DOCUMENT, FORMAT, VERSION, between, "recording")
        need(archive.namelist().count(ARRAYS) == 1, "its parts are not those of a Gradwalk recording")
        block = unpacked(archive, ARRAYS, min(LARGEST_ARRAYS, extent(document) + ALIGNMENT))
        recording = Reader(document, block, between).recording(kind)
        _let_go(document)
    return recording


@contextmanager
def told(path: Path, what: str, do: str) -> Iterator[None]:
    """Whatever is wrong with the file is said in a RecordingFileError: which file, what, and what to ``do`` again."""
    again = AGAIN.format(do=do)
    try:
        yield
    except RecordingFileError:
        raise
    except zipfile.BadZipFile as error:
        raise RecordingFileError(f"{path.name} is not a Gradwalk {what}, or it is damaged. {again}") from error
    except Malformed as error:
        advice = f" {again}"
        if isinstance(error, Newer):
            advice = ""
        elif isinstance(error, TooLarge):
            advice = " Close other programs, or open it on a computer with more memory."
        raise RecordingFileError(f"{path.name} cannot be read: {error}.{advice}") from error
    except MemoryError as error:
        raise RecordingFileError(f"{path.name} cannot be read: {TOO_MUCH}") from error
    except RecursionError as error:
        raise RecordingFileError(f"{path.name} is damaged: lists in it are nested too deeply. {again}") from error
    except (OSError, EOFError, ValueError, OverflowError, RuntimeError, struct.error, zlib.error) as error:
        raise RecordingFileError(f"{path.name} is damaged: {_reason(error)}. {again}") from error


def _let_go(document: dict[str, Any]) -> None:
    """Piece by piece: while one object goes with the million that are in it, no other thread has its turn."""
    for table in document.values():
        if isinstance(table, dict):
            while table:
                table.popitem()


def _reason(error: BaseException) -> str:
    said = " ".join(str(error).split())[:160]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def document_in(
    archive: zipfile.ZipFile, member: str, form: str, version: int, between: Callable[[], None], what: str
) -> dict[str, Any]:
    """The JSON object in a file of this format. Raises Malformed where it is none, or one of a higher version."""
    need(archive.namelist().count(member) == 1, f"its parts are not those of a Gradwalk {what}")
    packed = unpacked(archive, member, LARGEST_DOCUMENT)
    _bound_objects(packed, archive)
    whole = packed.decode("utf-8")
    del packed
    document = decode(whole, between, columns=True)
    need(type(document) is dict and document.get("format") == form, f"it is not a Gradwalk {what}")
    said = document.get("version")
    need(type(said) is int and said >= 1, "it does not say its version")
    assert isinstance(document, dict) and isinstance(said, int)
    if said > version:
        made = f"it was made by a newer Gradwalk (version {said} of the format, this one reads {version})"
        raise Newer(f"{made}; get the newest Gradwalk to open it")
    # Parts that are not known were added by a newer Gradwalk of the same version: they are left alone.
    return document


def unpacked(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    """A part of the file; the size that it claims is checked before and while it is read."""
    info = archive.getinfo(name)
    need(not info.flag_bits & 1, "it is encrypted")
    need(info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), "it is packed in a way that Gradwalk never writes")
    need(info.file_size <= largest, f"{name} is larger than what is in it, or than Gradwalk ever writes")
    need(info.compress_size <= _size(archive), f"{name} is larger than the whole file")
    need(
        reads(info),
        f"{name} unpacks to {MOST_TIMES} times its size and more, as no recording does",
    )
    _bound_memory(info.file_size)
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    need(len(data) == info.file_size, f"{name} is not as long as it says")
    return data


def reads(info: zipfile.ZipInfo) -> bool:
    """Whether a part is packed as one of a recording is, and not as a zip bomb."""
    return info.file_size <= SMALL_PART or info.file_size <= MOST_TIMES * max(info.compress_size, 1)


def _size(archive: zipfile.ZipFile) -> int:
    assert archive.fp is not None
    here = archive.fp.tell()
    size = archive.fp.seek(0, os.SEEK_END)
    archive.fp.seek(here)
    return size


def _bound_objects(packed: bytes, archive: zipfile.ZipFile) -> None:
    """Refuse JSON whose objects would take far more memory than those of any recording of the file's size."""
    lists, texts, entries = packed.count(b"[") + 2 * packed.count(b"{"), packed.count(b'"') // 2, packed.count(b",")
    needed = 72 * lists + 60 * texts + 12 * entries + len(packed)
    need(
        needed <= SMALL_MEMORY or needed <= MOST_MEMORY_TIMES * _size(archive),
        "it would take far more memory than a recording of its size",
    )
    _bound_memory(needed)


def _bound_memory(needed: int) -> None:
    """Refuse what would drive out everything else: the system would end this process, or another, instead of saying so."""
    free = free_bytes()
    if needed > SMALL_MEMORY and needed > free:
        raise TooLarge(f"it needs {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free here")

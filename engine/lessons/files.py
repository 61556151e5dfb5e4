"""Lessons as files that others wrote: one of text, or a zip of several with their pictures, read into memory and nowhere else."""

from __future__ import annotations

import io
import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from engine.lessons.endings import ARCHIVES, LESSON
from engine.lessons.reading.reading import LONGEST, PICTURES
from engine.runtime.errors import EngineError

LARGEST = 4 * LONGEST
"""The most bytes that are read of a lesson: characters of UTF-8 have up to four."""
LARGEST_ARCHIVE = 50_000_000
LARGEST_PICTURE = 10_000_000
LARGEST_CONTENT = 100_000_000
"""Bytes of all that is in an archive, unpacked."""
MOST_FILES = 500
_LARGEST_INDEX = 1_000_000
"""Bytes of the list of files in an archive: it is read as a whole before anything of it can be looked at."""
_END, _END_64, _END_SIZE, _END_64_SIZE, _COMMENT = b"PK\x05\x06", b"PK\x06\x07", 22, 20, 65_535
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    RuntimeError,
    NotImplementedError,
    OverflowError,
)


class LessonFileError(EngineError):
    """A file cannot be read as lessons; the message is one sentence that names the file and says why."""


@dataclass(frozen=True, slots=True)
class LessonSource:
    """The text of one lesson.

    Attributes
    ----------
    file : str
        What messages call it: the file's path, and behind it the path in the archive.
    name : str
        The file's name without its ending.
    text : str
    pictures : mapping of str to bytes
        What lies beside it in an archive, by the path that the lesson writes.
    """

    file: str
    name: str
    text: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """By this its progress is kept: two lessons of one name, or one that was rewritten, are not mixed."""
        return f"{self.name} {sha256(self.text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def read_sources(path: str | Path) -> tuple[LessonSource, ...]:
    """The lessons in the file at ``path``; those of an archive by their paths. Raises LessonFileError."""
    path = Path(path)
    archive = path.suffix.lower() in ARCHIVES
    data = _bytes(path, LARGEST_ARCHIVE if archive else LARGEST)
    if archive:
        return _unpacked(str(path), data)
    return (LessonSource(str(path), path.stem, _text(str(path), data)),)


def _bytes(path: Path, most: int) -> bytes:
    """What is in the file. It is opened without waiting, so that a pipe that nobody writes to is refused, too."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            mode = os.fstat(handle).st_mode
            if stat.S_ISDIR(mode):
                raise LessonFileError(f"{path} is a folder, not a lesson")
            if not stat.S_ISREG(mode):
                raise LessonFileError(f"{path} is a pipe or a device, not a file")
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        if path.is_dir():  # where folders cannot be opened at all
            raise LessonFileError(f"{path} is a folder, not a lesson") from error
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LessonFileError(f"{path} cannot be read: {reason}") from error
    if len(data) > most:
        raise LessonFileError(f"{path} is larger than {most:,} bytes, the most that is read of a lesson's file")
    return data


def _text(file: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LessonFileError(f"{file} is not a text file in UTF-8") from error
    if "\0" in text:
        raise LessonFileError(f"{file} is not a text file: it contains null bytes")
    return text


# Archives ------------------------------------------------------------------------------------------------------------


def _unpacked(file: str, data: bytes) -> tuple[LessonSource, ...]:
    _check_index(file, data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            contents = _contents(file, archive)
    except LessonFileError:
        raise
    except _DAMAGED as error:
        raise LessonFileError(f"{file} is damaged, or not a zip file") from error
    lessons = sorted(name for name in contents if name.lower().endswith(LESSON))
    if not lessons:
        raise LessonFileError(f"there is no lesson in {file}: a lesson is a file that ends in {LESSON}")
    found = []
    for name in lessons:
        folder = PurePosixPath(name).parent
        beside = {
            str(PurePosixPath(other).relative_to(folder)): content
            for other, content in contents.items()
            if other.lower().endswith(PICTURES) and PurePosixPath(other).is_relative_to(folder)
        }
        whole = f"{file}/{name}"
        found.append(LessonSource(whole, PurePosixPath(name).stem, _text(whole, contents[name]), beside))
    return tuple(found)


def _check_index(file: str, data: bytes) -> None:
    """Refuse an archive whose list of files is too long, before it is read."""
    end = data.rfind(_END, max(0, len(data) - _END_SIZE - _COMMENT))
    if end < 0 or len(data) - end < _END_SIZE:
        raise LessonFileError(f"{file} is damaged, or not a zip file")
    count, size = struct.unpack_from("<HI", data, end + 10)
    long = data[max(0, end - _END_64_SIZE) : end].startswith(_END_64)
    if long or count > MOST_FILES or size > _LARGEST_INDEX:
        raise LessonFileError(f"{file} has more than {MOST_FILES} files")


def _contents(file: str, archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Lessons and pictures by their paths; all other files are left alone, but none may be of a kind that lessons never have."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise LessonFileError(f"{file} has more than {MOST_FILES} files")
    contents: dict[str, bytes] = {}
    whole = 0
    for entry in entries:
        name = entry.filename
        if _leads_outside(entry.orig_filename) or _leads_outside(name):
            raise LessonFileError(f"{file} has a file outside of its own folder: {name[:100]!r}")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise LessonFileError(f"{file} has a link or a device in it, which no lesson needs: {name[:100]!r}")
        if entry.flag_bits & 1:
            raise LessonFileError(f"{file} is encrypted: pack it without a password")
        if not name.lower().endswith((LESSON, *PICTURES)):
            continue
        if name in contents:
            raise LessonFileError(f"{file} has {name[:100]!r} twice")
        most = LARGEST if name.lower().endswith(LESSON) else LARGEST_PICTURE
        with archive.open(entry) as opened:
            content = opened.read(most + 1)  # what the archive says of its size need not be so
        if len(content) > most:
            raise LessonFileError(f"{file} has a file that is larger than {most:,} bytes: {name[:100]!r}")
        whole += len(content)
        if whole > LARGEST_CONTENT:
            raise LessonFileError(f"{file} has more than {LARGEST_CONTENT:,} bytes in it")
        contents[name] = content
    return contents


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/")

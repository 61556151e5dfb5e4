"""Files of runs: a zip of JSON and tables of numbers, see ``docs/run-files.md``. Reading one runs no code."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from engine.files.columns import Table
from engine.files.json_pieces import encode
from engine.files.places import open_regular, write_whole
from engine.files.recordings import LARGEST_DOCUMENT, document_in, reads, told, unpacked
from engine.files.stored import columns_of
from engine.files.values import Malformed, need
from engine.runtime.errors import Cancelled
from engine.training.configs import TrainingConfig
from engine.training.run_files import schema
from engine.training.run_files.meaning import check_meaning
from engine.training.run_files.model import DataSet, FiledRun, RunFile
from engine.training.table_files.form import MOST_BYTES

DOCUMENT = "runs.json"


def save_runs(file: RunFile, path: Path, tables: Mapping[str, Path]) -> None:
    """Write a file of runs: it is complete, or as it was before.

    Parameters
    ----------
    file : RunFile
    path : Path
    tables : mapping of str to Path
        The tables of numbers that go into it, by the name of the part that holds each.

    Raises
    ------
    RecordingFileError
        If it cannot be written, or a table cannot be read.
    """

    def document() -> dict[str, Any]:
        made: dict[str, Any] = {"format": schema.FORMAT, "version": schema.VERSION, "torch": file.torch}
        for table, rows in ((schema.DATA, file.data), (schema.CONFIGS, file.configs), (schema.RUNS, file.runs)):
            made[table.name] = {column.name: _written(column, rows) for column in table.columns}
        return made

    def write(target: IO[bytes]) -> None:
        # A long run that stands still, or is nan, packs so well that its file would be refused as a zip bomb: it is not packed.
        if not _packed(target, document(), tables, zipfile.ZIP_DEFLATED):
            target.seek(0)
            target.truncate()
            _packed(target, document(), tables, zipfile.ZIP_STORED)

    write_whole(path, write)


def _packed(target: IO[bytes], document: dict[str, Any], tables: Mapping[str, Path], way: int) -> bool:
    """Write all parts, packed in this ``way``; whether they would be read again."""
    with zipfile.ZipFile(target, "w", way, compresslevel=6) as archive:
        with archive.open(DOCUMENT, "w", force_zip64=True) as member:
            for text in encode(document):
                member.write(text.encode("ascii"))
        for name, source in tables.items():
            with source.open("rb") as content, archive.open(name, "w", force_zip64=True) as member:
                while piece := content.read(1 << 20):
                    member.write(piece)
        document_size = archive.getinfo(DOCUMENT).file_size
        if document_size > LARGEST_DOCUMENT:
            raise OSError("it would be larger than can be opened again; delete some of the runs first")
        return all(reads(info) for info in archive.infolist())


def _written(column: Any, rows: Sequence[object]) -> list[Any]:
    write = column.kind.writing(None)
    found = [getattr(row, column.source) for row in rows]
    return found if write is None else [*map(write, found)]


class _Sources:
    """What cells refer to: rows of the tables, by number."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self.numbers = range(max(counts.values()) + 1)

    def count(self, table: str) -> int:
        return self._counts[table]


def open_runs(path: Path, cancel: Callable[[], bool] | None = None) -> tuple[RunFile, dict[str, bytes]]:
    """Read a file of runs. Nothing in it is run.

    Returns
    -------
    RunFile
    dict of str to bytes
        The tables of numbers that are in it, by the name of the part.

    Raises
    ------
    RecordingFileError
        If there is no such file, or it is damaged, too large, or made by a newer Gradwalk; the message says which.
    """

    def between() -> None:
        if cancel is not None and cancel():
            raise Cancelled

    with told(path, "file of runs", "save the runs"), open_regular(path) as file, zipfile.ZipFile(file) as archive:
        document = document_in(archive, DOCUMENT, schema.FORMAT, schema.VERSION, between, "file of runs")
        listed = {table.name: columns_of(document, table) for table in schema.TABLES}
        sources = _Sources({name: length for name, (_, length) in listed.items()})
        torch = schema.TORCH.kind.reading(sources, "torch")(document.get("torch"))  # type: ignore[arg-type]
        data = tuple(DataSet(*row) for row in _rows(schema.DATA, listed, sources))
        configs = tuple(_config(number, row) for number, row in enumerate(_rows(schema.CONFIGS, listed, sources), 1))
        between()
        runs = tuple(FiledRun(*row) for row in _rows(schema.RUNS, listed, sources))
        found = RunFile(torch, data, configs, runs)
        check_meaning(found)
        between()
        return found, {item.member: _table(archive, item) for item in data if item.member}


def _rows(table: Table, listed: Mapping[str, Any], sources: _Sources) -> Iterator[tuple[Any, ...]]:
    """The rows of a table, each cell read and checked."""
    found, length = listed[table.name]
    columns: list[Iterator[Any]] = []
    for column in table.columns:
        read = column.kind.reading(sources, f"{table.name}.{column.name}")  # type: ignore[arg-type]
        columns.append(map(read, found.get(column.name, [column.default] * length)))
    return zip(*columns, strict=True)


def _config(number: int, values: Sequence[Any]) -> TrainingConfig:
    try:
        return TrainingConfig(*values)
    except (ValueError, TypeError, KeyError) as error:
        raise Malformed(f"set-up {number} is none: {' '.join(str(error).split())[:200]}") from error


def _table(archive: zipfile.ZipFile, data: DataSet) -> bytes:
    need(archive.namelist().count(data.member) == 1, f"the table {data.name} is not in it")
    content = unpacked(archive, data.member, MOST_BYTES)
    need(hashlib.sha256(content).hexdigest() == data.file_sha256, f"the table {data.name} is not the one that was trained on")
    return content

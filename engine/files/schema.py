"""What a ``.gradwalk`` file holds: the fields of a recording, as they are declared, and how tensors lie in it.

Reader and writer follow this. A new field of the file is one of the recording (``engine/tables/model.py``, ``tables.py``);
nothing is said of it here. ``python docs/write_tables.py`` puts all of it into ``docs/file-format.md``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Hashable
from typing import Any

from engine.files.columns import FIRST, REQUIRED, Beside, Column, Declarations, Table
from engine.files.kinds import ARRAY, ARRAY_ID, DTYPE, HISTORY, PLACE, SHAPE, TYPE, WHOLE, each, or_null, row
from engine.files.values import need
from engine.tables import Argument, Saved, Span, Summary, Tables

FORMAT = "gradwalk"
VERSION = 1
"""Raised when a reader of an older version could misread what is written. A column that it may leave alone raises nothing."""
MOST_BINS = 1_000


def _check_summary(found: Summary) -> None:
    numbers = (found.minimum, found.maximum, found.mean, found.std, found.norm)
    need(not any(said is not None and math.isnan(said) for said in numbers), "a summary over numbers is none")
    least, most = found.minimum, found.maximum
    need((least is None) == (most is None) and (least is None or least <= (most or 0.0)), "a summary ends before it begins")
    need(len(found.counts) <= MOST_BINS, "a summary has too many bins")


def _alike(constant: object, cells: list[Any]) -> Hashable:
    """The key by which rows are found that hold an equal constant and are alike; None for fractions, where 0 equals −0."""
    return (type(constant), *cells) if constant is None or type(constant) is int or type(constant) is bool else None


DECLARED = Declarations(
    {
        Argument: Beside(once=lambda cells: _alike(cells[1], cells) if cells[0] is None else None),
        Saved: Beside(once=lambda cells: _alike(cells[3], cells) if cells[1] is None and cells[2] is None else None),
        Summary: Beside(check=_check_summary),
    }
)
ENTRIES, TABLES = DECLARED.parts(Tables)
"""What the document itself says, and its tables: each is a field of the Recording."""
PROGRAM_TEXT = next(entry for entry in ENTRIES if entry.name == "text")
HOOKS = next(table for table in TABLES if table.name == "hooks")
_WRITTEN = row(lambda *parts: parts, history=HISTORY, runs=WHOLE, offset=WHOLE, strides=each(WHOLE))

TENSORS = Table(
    "tensors",
    "elements, or a summary of them; an object that a recording holds in several places is here once",
    (
        Column("dtype", DTYPE, "`float32`, `bfloat16` …"),
        Column("shape", SHAPE, "the length along each dimension"),
        Column("array", or_null(ARRAY_ID), "its elements"),
        Column("summary", or_null(DECLARED.row(Summary)), "where there are none", field="kept"),
        Column("written", or_null(_WRITTEN), "where it is a part of a history, neither array nor summary", default=None),
    ),
)
HISTORIES = Table(
    "histories",
    "tensors that were written to part by part; the arrays have one dimension",
    (
        Column("base", ARRAY, "the elements before"),
        Column("starts", ARRAY, "where in `base` each run of written elements begins"),
        Column("ends", ARRAY, "where in `elements` it ends"),
        Column("elements", ARRAY, "what was written, run after run"),
    ),
    optional=True,
)
ARRAYS = Table(
    "arrays",
    "what lies in `arrays.bin`",
    (
        Column("type", TYPE, "how the elements are stored: `<f4`"),
        Column("shape", SHAPE, "the length along each dimension"),
        Column("offset", PLACE, "where they begin, a multiple of 8"),
    ),
)
SPANS = Column("spans", each(DECLARED.row(Span)), "places in the text, in characters, end exclusive")


def rendered() -> str:
    """The schema as a table of Markdown, as ``docs/file-format.md`` has it; ``python docs/write_tables.py`` puts it there."""
    lines = ["| key | column | holds | where it is missing | since | JSON | meaning |", "|---|---|---|---|---|---|---|"]
    head = (
        ("format", f"`{json.dumps(FORMAT)}`", "what this is"),
        ("version", f"`{VERSION}`", "a reader refuses a higher one than it knows"),
    )
    lines += [f"| `{name}` | | {holds} | refused | {FIRST} | `{name}` | {meaning} |" for name, holds, meaning in head]
    lines += [_line(f"`{entry.name}`", "", entry) for entry in ENTRIES]
    for table in (*TABLES, TENSORS, HISTORIES, ARRAYS):
        missing = "no rows" if table.optional else "refused"
        lines.append(f"| `{table.name}` | | table | {missing} | {table.since} | {table.json} | **{table.meaning}** |")
        lines += [_line("", f"`{column.name}`", column) for column in table.all_columns]
    return "\n".join([*lines, _line("`spans`", "", SPANS)]) + "\n"


def _line(key: str, name: str, column: Column) -> str:
    missing = "refused" if column.default is REQUIRED else f"`{json.dumps(column.default)}`"
    return f"| {key} | {name} | {column.kind.words} | {missing} | {column.since} | {column.json} | {column.meaning} |"

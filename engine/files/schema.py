"""What a ``.gradwalk`` file holds, declared once: reader, writer and the table in ``docs/file-format.md`` are made from it.

A new field of the file is a field of the model (``engine/tables/model.py``; of the recording itself, ``tables.py``) and a
Column here: its kind says how it is checked, its default what older files say that lack it. Nothing else knows the columns.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from typing import Any

from engine.files.kinds import (
    ARRAY,
    ARRAY_ID,
    CONSTANT,
    DTYPE,
    FROM_1,
    HISTORY,
    LOCAL,
    NAME,
    NUMBER,
    NUMBERED,
    PLACE,
    SHAPE,
    SPAN,
    SUBJECT,
    TENSOR,
    TENSOR_OR_NULL,
    TEXT,
    TRUTH,
    TYPE,
    WHOLE,
    Kind,
    each,
    moments,
    one_of,
    or_null,
    pair,
    reference,
    row,
)
from engine.files.values import need
from engine.tables import (
    MOMENT_KINDS,
    PHASES,
    Argument,
    Call,
    Edge,
    Hook,
    Moment,
    Node,
    NodeRun,
    Operation,
    Pass,
    Place,
    Read,
    Saved,
    Span,
    Summary,
    Value,
    Variable,
)

FORMAT = "gradwalk"
VERSION = 1
"""Raised when a reader of an older version could misread what is written. A column that it may leave alone raises nothing."""
FIRST = "0.1"
"""The first Gradwalk, whose files have all that says nothing else."""
REQUIRED = object()
"""In place of a default: a file without this field is refused."""

MOST_BINS = 1_000


@dataclass(frozen=True)
class Column:
    """One field of the file: a column of a table, or an entry of the document itself.

    Parameters
    ----------
    name : str
        As the file has it.
    kind : Kind
        How it is checked, read and written.
    meaning : str
        For the document.
    field : str
        Of the model, where it is called otherwise there.
    default : object
        What a file says that lacks it, as JSON has it.
    since : str
        The Gradwalk whose files have it first. What is younger than ``FIRST`` needs a default, for the files from before.

    Raises
    ------
    ValueError
        If it is younger and has none.
    """

    name: str
    kind: Kind
    meaning: str
    field: str = ""
    default: object = REQUIRED
    since: str = FIRST

    def __post_init__(self) -> None:
        if self.since != FIRST and self.default is REQUIRED:
            raise ValueError(f"files from before {self.since} lack “{self.name}”: it needs a default")

    @property
    def source(self) -> str:
        """The field of the model."""
        return self.field or self.name


@dataclass(frozen=True)
class Table:
    """An object with one list for each column, all of one length.

    Parameters
    ----------
    name : str
        As the file has it, and the Recording.
    meaning : str
        For the document.
    columns : tuple of Column
        In the order of the file.
    model : type, optional
        The dataclass of its rows. If it begins with a field ``id``, that is the number of the row.
    key : Column, optional
        Stands before the others: the Recording holds a mapping from this to rows.
    optional : bool
        A file that lacks it has no rows of it.
    since : str
        The Gradwalk whose files have it first. What is younger than ``FIRST`` is optional.

    Raises
    ------
    ValueError
        If it is younger and not optional.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    model: type[Any] | None = None
    key: Column | None = None
    optional: bool = False
    since: str = FIRST

    def __post_init__(self) -> None:
        if self.since != FIRST and not self.optional:
            raise ValueError(f"files from before {self.since} lack “{self.name}”: it has to be optional")

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """With that of the key."""
        return self.columns if self.key is None else (self.key, *self.columns)

    @property
    def numbered(self) -> bool:
        """Whether rows hold their own number."""
        return self.model is not None and fields(self.model)[0].name == "id"

    @property
    def places(self) -> list[int]:
        """Which column each field of the model is in, except the number of the row."""
        assert self.model is not None
        at = {column.source: place for place, column in enumerate(self.columns)}
        return [at[field.name] for field in fields(self.model)[self.numbered :]]


def _check_summary(found: Summary) -> None:
    numbers = (found.minimum, found.maximum, found.mean, found.std, found.norm)
    need(not any(said is not None and math.isnan(said) for said in numbers), "a summary over numbers is none")
    least, most = found.minimum, found.maximum
    need((least is None) == (most is None) and (least is None or least <= (most or 0.0)), "a summary ends before it begins")
    need(len(found.counts) <= MOST_BINS, "a summary has too many bins")


def _key(constant: object, *others: object) -> tuple[object, ...] | None:
    """The key by which equal constants are found; None for fractions, where 0 equals −0."""
    return (type(constant), constant, *others) if constant is None or type(constant) is int or type(constant) is bool else None


_OPERATION_OR_NULL = or_null(reference("operations"))
_VALUE_OR_NULL = or_null(reference("values"))
_ARGUMENT = row(
    Argument,
    once=lambda item: _key(item[1], item[2]) if item[0] is None else None,
    value=_VALUE_OR_NULL,
    constant=CONSTANT,
    keyword=or_null(NAME),
)
_SAVED = row(
    Saved,
    once=lambda item: _key(item[3], item[0]) if item[1] is None and item[2] is None else None,
    name=NAME,
    value=_VALUE_OR_NULL,
    data=TENSOR_OR_NULL,
    constant=CONSTANT,
)
_EDGE = row(Edge, slot=NUMBERED, to=reference("nodes"), output=NUMBERED)
_SUMMARY = row(
    Summary,
    check=_check_summary,
    minimum=or_null(NUMBER),
    maximum=or_null(NUMBER),
    mean=or_null(NUMBER),
    std=or_null(NUMBER),
    norm=or_null(NUMBER),
    nan=WHOLE,
    infinite=WHOLE,
    counts=each(WHOLE),
    corner=or_null(ARRAY),
)
_WRITTEN = row(lambda *parts: parts, history=HISTORY, runs=WHOLE, offset=WHOLE, strides=each(WHOLE))

PROGRAM_TEXT = Column("text", TEXT, "the program's text as it ran")
ENTRIES = (
    PROGRAM_TEXT,
    Column("source", TEXT, "the name of its file without folder, empty if there is none"),
    Column("printed", TEXT, "what it printed"),
    Column("failed", TRUTH, "whether it ended with an error; then the last moment is one"),
    Column("notes", each(TEXT), "remarks: what could not be recorded"),
    Column("inputs", each(reference("values")), "values that may have existed before"),
)
"""What the document itself says; each is a field of the Recording."""

HOOKS = Table(
    "hooks",
    "hooks that may change a gradient on its way; older files say so in `notes`",
    (
        Column("how", NAME, "what registered it: `register_hook`, `register_full_backward_hook`"),
        Column("span", SPAN, "where"),
    ),
    Hook,
    optional=True,
)
TABLES = (
    Table(
        "values",
        "versions of tensors",
        (
            Column("variable", reference("variables"), "the tensor object that it is a version of"),
            Column("version", WHOLE, "the tensor's version counter"),
            Column("name", or_null(NAME), "the program's name for it"),
            Column("data", TENSOR, "its elements"),
            Column("requires_grad", TRUTH, "as torch says"),
            Column("leaf", TRUTH, "as torch says"),
            Column("node", or_null(reference("nodes")), "its `grad_fn`; for a leaf the Node that adds to its gradient"),
            Column("output", NUMBERED, "which output of that Node"),
            Column("operation", _OPERATION_OR_NULL, "what made it"),
        ),
        Value,
    ),
    Table(
        "variables",
        "tensor objects through their life",
        (
            Column("name", or_null(NAME), "the program's name for it"),
            Column(
                "values",
                each(pair(moment=moments(2), value=reference("values"))),
                "its versions, each with the moments after which it is the current one; in order, at least one",
            ),
            Column(
                "gradients",
                each(pair(moment=moments(2), tensor=TENSOR_OR_NULL)),
                "its `.grad`, each with the moments after which it is that; in order",
            ),
            Column("gradient_of", or_null(reference("variables")), "the variable whose `.grad` it is"),
        ),
        Variable,
    ),
    Table(
        "operations",
        "forward operations as the program called them",
        (
            Column("name", NAME, "short: `pow`; in-place ones end with `_`"),
            Column("inputs", each(_ARGUMENT), "a value or null, and then a constant; the keyword or null"),
            Column("outputs", each(reference("values")), "what it made or changed"),
            Column("nodes", each(reference("nodes")), "the autograd Nodes that it made, in torch's order"),
            Column("span", SPAN, "where it stands"),
            Column("creation", TRUTH, "makes a tensor out of none"),
            Column("inplace", TRUTH, "changed one of its inputs"),
            Column("grad_enabled", TRUTH, "false under `no_grad`"),
            Column("call", or_null(reference("calls")), "the innermost call that it ran in"),
            Column("direct", TRUTH, "the text at `span` is the operation itself, not what called it"),
        ),
        Operation,
    ),
    Table(
        "nodes",
        "autograd Nodes",
        (
            Column("name", NAME, "torch's: `MulBackward0`"),
            Column("edges", each(_EDGE), "its `next_functions`; they form no circle"),
            Column("operation", _OPERATION_OR_NULL, "what made it"),
            Column("variable", or_null(reference("variables")), "for AccumulateGrad: what it adds to"),
            Column("saved", each(_SAVED), "what it keeps for backward: a value, or a tensor of its own in `data`, or a constant"),
            Column("made_in", or_null(reference("passes")), "the pass with `create_graph=True` that made it"),
            Column("made_by", or_null(reference("nodes")), "the Node that ran while it was made"),
        ),
        Node,
    ),
    Table(
        "passes",
        "runs of torch's engine",
        (
            Column("roots", each(reference("values")), "where it started"),
            Column("seeds", each(TENSOR_OR_NULL), "with which gradients; as many as roots"),
            Column("span", SPAN, "where it was called"),
            Column("retain_graph", TRUTH, "as it was called"),
            Column("create_graph", TRUTH, "as it was called"),
            Column("accumulates", TRUTH, "`backward`, not `autograd.grad`"),
            Column("captured", each(pair(value=reference("values"), tensor=TENSOR_OR_NULL)), "what `autograd.grad` returned"),
        ),
        Pass,
    ),
    Table(
        "runs",
        "runs of Nodes",
        (
            Column("pass", reference("passes"), "in which pass", field="pass_id"),
            Column("node", reference("nodes"), "of which Node"),
            Column("incoming", each(TENSOR_OR_NULL), "for each output of the Node the gradient that came in"),
            Column("outgoing", each(TENSOR_OR_NULL), "for each slot of `next_functions` what was sent along"),
            Column("local", each(LOCAL), "for each slot the local derivative of one element, if there is one"),
            Column("grad_before", TENSOR_OR_NULL, "the leaf's `.grad` before"),
            Column("grad_after", TENSOR_OR_NULL, "the leaf's `.grad` after"),
            Column("completed", TRUTH, "false if the engine failed in it"),
        ),
        NodeRun,
    ),
    Table(
        "moments",
        "what became known or changed, in order",
        (
            Column("kind", one_of(MOMENT_KINDS, "moment of the kind"), ", ".join(f"`{kind}`" for kind in MOMENT_KINDS)),
            Column("phase", one_of(PHASES, "phase"), ", ".join(f"`{phase}`" for phase in PHASES)),
            Column(
                "subject",
                SUBJECT,
                "of what the kind speaks of: operation, update, zero: `operations`; seed, free: `passes`; "
                "run, accumulate: `runs`; error: `values`; −1 where there is none",
            ),
            Column("span", SPAN, "where it happened"),
            Column("text", TEXT, "what was printed, or the error"),
        ),
        Moment,
    ),
    Table(
        "calls",
        "calls of modules and functions, steps of optimizers, batches of loaders; a parent comes before its children",
        (
            Column("name", NAME, "the path to the module: `model.layers.0`; `loss()` for a function"),
            Column("type", NAME, "its class; `DataLoader` for a batch of any loader, `function` for functions"),
            Column("parent", or_null(reference("calls")), "the call that it ran in"),
            Column("optimizer", TRUTH, "a step of an optimizer"),
        ),
        Call,
    ),
    Table(
        "elsewhere",
        "operations that another file than the script asked for",
        (
            Column("file", TEXT, "its path from the script's folder, else its name"),
            Column("line", FROM_1, "where in it"),
            Column("text", TEXT, "the expression, or its first line"),
            Column("direct", TRUTH, "that file itself called the operation"),
        ),
        Place,
        key=Column("operation", reference("operations"), "each at most once"),
        optional=True,
    ),
    Table(
        "reads",
        "where numbers were taken out of tensors",
        (
            Column("value", reference("values"), "out of what"),
            Column("how", NAME, "`item`, `tolist`, `numpy`, `float`, `int` …"),
            Column("moments", moments(1), "after how many moments"),
            Column("span", SPAN, "where"),
        ),
        Read,
        optional=True,
    ),
    HOOKS,
)
"""What a Recording is made of; each is a field of it."""

TENSORS = Table(
    "tensors",
    "elements, or a summary of them; an object that a recording holds in several places is here once",
    (
        Column("dtype", DTYPE, "`float32`, `bfloat16` …"),
        Column("shape", SHAPE, "the length along each dimension"),
        Column("array", or_null(ARRAY_ID), "its elements"),
        Column("summary", or_null(_SUMMARY), "where there are none", field="kept"),
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
SPANS = Column(
    "spans",
    each(row(Span, line=FROM_1, column=FROM_1, end_line=FROM_1, end_column=FROM_1)),
    "places in the text, in characters, end exclusive",
)


def rendered() -> str:
    """The schema as a table of Markdown, as ``docs/file-format.md`` has it; ``python -m engine.files.schema`` prints it."""
    lines = ["| key | column | holds | where it is missing | since | meaning |", "|---|---|---|---|---|---|"]
    head = (
        ("format", f"`{json.dumps(FORMAT)}`", "what this is"),
        ("version", f"`{VERSION}`", "a reader refuses a higher one than it knows"),
    )
    lines += [f"| `{name}` | | {holds} | refused | {FIRST} | {meaning} |" for name, holds, meaning in head]
    lines += [_line(f"`{entry.name}`", "", entry) for entry in ENTRIES]
    for table in (*TABLES, TENSORS, HISTORIES, ARRAYS):
        missing = "no rows" if table.optional else "refused"
        lines.append(f"| `{table.name}` | | table | {missing} | {table.since} | **{table.meaning}** |")
        lines += [_line("", f"`{column.name}`", column) for column in table.all_columns]
    return "\n".join([*lines, _line("`spans`", "", SPANS)]) + "\n"


def _line(key: str, name: str, column: Column) -> str:
    missing = "refused" if column.default is REQUIRED else f"`{json.dumps(column.default)}`"
    return f"| {key} | {name} | {column.kind.words} | {missing} | {column.since} | {column.meaning} |"


if __name__ == "__main__":
    print(rendered(), end="")

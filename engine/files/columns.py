"""Columns and tables of a ``.gradwalk`` file, made of what ``engine/tables`` declares of each field."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np

from engine.files.kinds import (
    ARRAY,
    CONSTANT,
    FROM_1,
    LOCAL,
    NAME,
    NUMBER,
    NUMBERED,
    SPAN,
    SUBJECT,
    TENSOR,
    TENSOR_OR_NULL,
    TEXT,
    TRUTH,
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
from engine.files.values import constant_as_json
from engine.tables import Span, TensorData
from engine.tables.declared import Called, Declared, Form, LeftOut, Moments, OneOf, Parts, Since, To, declared, marks_of

FIRST = "0.1"
"""The first Gradwalk, whose files have all that says nothing else."""
REQUIRED = object()
"""In place of a default: a file without this field is refused."""

_PLAIN: dict[Any, Kind] = {str: TEXT, bool: TRUTH, int: WHOLE, float: NUMBER, object: CONSTANT, TensorData: TENSOR}
_OR_NULL: dict[Any, Kind] = {Span: SPAN, TensorData: TENSOR_OR_NULL}
_FORMS = {Form.NAME: NAME, Form.PLACE: FROM_1, Form.OUTPUT: NUMBERED, Form.SUBJECT: SUBJECT, Form.LOCAL: LOCAL}


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
    json : str
        What the document says of the JSON: the key, or why it has none.

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
    json: str = ""

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
    json : str
        As a column's.

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
    json: str = ""

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


@dataclass(frozen=True)
class Beside:
    """What a type does not say of a row within a cell.

    Parameters
    ----------
    check : callable, optional
        Raises Malformed if its fields contradict each other.
    once : callable, optional
        Given the list in the file: a key, of which there is to be one object only, or None.
    """

    check: Callable[[Any], None] | None = None
    once: Callable[[list[Any]], Hashable] | None = None


class Declarations:
    """Makes columns and tables of what is declared.

    Parameters
    ----------
    beside : mapping of a class to Beside
        For the rows within cells that have something to say.
    """

    def __init__(self, beside: Mapping[type[Any], Beside]) -> None:
        self._beside = beside

    def parts(self, recording: type[Any]) -> tuple[tuple[Column, ...], tuple[Table, ...]]:
        """The fields of a recording: what the document itself says, and its tables."""
        entries: list[Column] = []
        tables: list[Table] = []
        for field in declared(recording):
            plain, _ = marks_of(field.type)
            rows = get_args(plain)
            if get_origin(plain) is tuple and is_dataclass(rows[0]):
                tables.append(self.table(field, rows[0]))
            elif isinstance(get_origin(plain), type) and issubclass(get_origin(plain), Mapping):
                names = field.mark(Parts)
                assert names is not None
                tables.append(self.table(field, rows[1], Column(names.names[0], self.kind(rows[0]), "each at most once")))
            else:
                entries.append(self.column(field))
        return tuple(entries), tuple(tables)

    def table(self, field: Declared, model: Any, key: Column | None = None) -> Table:
        """The table of a recording's field, whose rows are of a class."""
        since, out = field.mark(Since), field.mark(LeftOut)
        columns = tuple(self.column(item) for item in declared(model))
        if out is not None and out.rows:
            columns = tuple(replace(column, json="") for column in columns)
        return Table(
            field.name,
            _said(field.meaning),
            columns,
            model,
            key,
            since is not None,
            FIRST if since is None else since.version,
            _in_json(field),
        )

    def column(self, field: Declared) -> Column:
        """The column of a field."""
        called, since = field.mark(Called), field.mark(Since)
        return Column(
            field.name if called is None else called.name,
            self.kind(field.type),
            _said(field.meaning),
            "" if called is None else field.name,
            REQUIRED if since is None else _default(field),
            FIRST if since is None else since.version,
            _in_json(field),
        )

    def kind(self, said: Any) -> Kind:
        """What a cell of a declared type can hold. Raises TypeError where that is not known."""
        plain, marks = marks_of(said)
        found = next((kind for kind in map(_marked, marks) if kind is not None), None) or _PLAIN.get(plain)
        if found is not None:
            return found
        origin, parts = get_origin(plain), get_args(plain)
        if origin in (Union, UnionType):
            (one,) = (part for part in parts if part is not NoneType)
            return _OR_NULL.get(one) or or_null(self.kind(one))
        if origin is tuple and parts[-1] is Ellipsis:
            return each(self.kind(parts[0]))
        if origin is tuple:
            names = next(mark.names for mark in marks if isinstance(mark, Parts))
            return pair(**{name: self.kind(part) for name, part in zip(names, parts, strict=True)})
        if origin is np.ndarray:
            return ARRAY
        if is_dataclass(plain) and isinstance(plain, type):
            return self.row(plain)
        raise TypeError(f"a file cannot hold {said}: say in engine/files/columns.py what kind of cell that is")

    def row(self, model: type[Any]) -> Kind:
        """A cell that holds all fields of a class."""
        beside = self._beside.get(model, Beside())
        found = declared(model)
        younger = [_default(field) for field in found if field.mark(Since) is not None]
        kinds = {field.name: self.kind(field.type) for field in found}
        return row(model, check=beside.check, once=beside.once, younger=younger, **kinds)


def _in_json(field: Declared) -> str:
    out = field.mark(LeftOut)
    return f"`{field.key}`" if out is None else f"no: {out.why}"


def _default(field: Declared) -> object:
    """What is read where a file lacks the field, as JSON has it."""
    if field.default is MISSING:
        return REQUIRED
    return [*map(constant_as_json, field.default)] if isinstance(field.default, tuple) else constant_as_json(field.default)


def _marked(mark: object) -> Kind | None:
    """The kind that a mark says, if it says one."""
    if isinstance(mark, To):
        return reference(mark.table)
    if isinstance(mark, Moments):
        return moments(mark.beyond)
    if isinstance(mark, OneOf):
        return one_of(mark.words, mark.what)
    return _FORMS.get(mark) if isinstance(mark, Form) else None


_IN_JSON = {"None": "null", "True": "true", "False": "false"}


def _said(meaning: str) -> str:
    """What a docstring says, as the document says it."""
    words = re.sub(r"(?<!=)\b(None|True|False)\b", lambda found: _IN_JSON[found[0]], meaning.replace("``", "`"))
    return (words[:1].lower() + words[1:]).removesuffix(".")

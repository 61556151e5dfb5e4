"""The JSON against what is declared: each field of the file is said there, unless its declaration leaves it out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import engine
from engine.files import schema
from engine.tables import Hook, Place, Tables
from engine.tables.declared import Called, Declared, InJson, LeftOut, declared
from tests.engine.files.test_of_0_1 import FOLDER

ROOT = Path(__file__).resolve().parents[3]

WITHIN = {"elsewhere": "operations.elsewhere"}
"""Tables whose rows are said with those of another."""


def _key(field: Declared) -> str:
    called, key = field.mark(Called), field.mark(InJson)
    return key.key if key is not None else field.name if called is None else called.name


def _said_or_not() -> dict[str, tuple[str, LeftOut | None]]:
    """Of each field of a recording and of its rows, where it would be in the JSON, and why it is not."""
    found: dict[str, tuple[str, LeftOut | None]] = {}
    models = {table.name: table.model for table in schema.TABLES}
    for field in declared(Tables):
        out, model = field.mark(LeftOut), models.get(field.name)
        found[field.name] = _key(field), out
        if model is not None and (out is None or field.name in WITHIN):
            before = WITHIN.get(field.name, _key(field))
            found |= {f"{field.name}.{part.name}": (f"{before}.{_key(part)}", part.mark(LeftOut)) for part in declared(model)}
    return found


FIELDS = _said_or_not()


def _paths(item: object, before: str = "") -> set[str]:
    if isinstance(item, list):
        return set().union(*(_paths(part, before) for part in item if isinstance(part, dict)))
    if not isinstance(item, dict):
        return set()
    found = {f"{before}{key}" for key in item}
    return found.union(*(_paths(part, f"{before}{key}.") for key, part in item.items()))


@pytest.fixture(scope="module")
def said() -> set[str]:
    """The keys of a document that has something of everything, with the keys that they are in before them."""
    opened = engine.open_recording(FOLDER / "script.gradwalk")
    full = dataclasses.replace(
        opened,
        hooks=(Hook("register_hook", opened.operations[0].span),),
        elsewhere={0: Place("other.py", 1, "x * 2", direct=True)},
        runs=(dataclasses.replace(opened.runs[0], completed=False), *opened.runs[1:]),
    )
    return _paths(json.loads(full.to_json()))


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_the_file_is_in_the_json_or_left_out_for_a_reason(said: set[str], field: str) -> None:
    key, out = FIELDS[field]
    assert (key in said) == (out is None)
    assert out is None or out.why


def test_all_of_the_file_was_asked_for() -> None:
    said = {entry.source for entry in schema.ENTRIES} | {table.name for table in schema.TABLES}
    for table in schema.TABLES:
        if FIELDS[table.name][1] is None:
            said |= {f"{table.name}.{column.source}" for column in table.columns}
    assert said <= {*FIELDS}


def test_the_keys_are_in_an_order_for_readers() -> None:
    """Where the fields have another order; a new one may come anywhere."""
    document = json.loads(engine.open_recording(FOLDER / "script.gradwalk").to_json())
    for said, keys in (
        (document, "format version text source_file failed printed notes hooks nodes values operations calls gradients events"),
        (document["operations"][0], "id name node nodes inputs outputs source call elsewhere"),
        (document["values"][0], "id name version shape dtype requires_grad leaf data"),
        (document["events"][0], "pass node node_id incoming outgoing"),
    ):
        assert [key for key in said if key in keys.split()] == keys.split()


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]


def test_the_page_says_of_every_field_its_key_or_why_it_has_none() -> None:
    page = (ROOT / "docs" / "file-format.md").read_text(encoding="utf-8")
    assert schema.rendered() in page
    lines = [_cells(line) for line in schema.rendered().splitlines() if line.startswith("| ")]
    at = lines[0].index("JSON")
    told, table = {}, ""
    for key, column, *rest in lines:
        table = key.strip("`") or table
        told[f"{table}.{column.strip('`')}" if column else table] = rest[at - 2]
    columns = {f"{item.name}.{column.source}": f"{item.name}.{column.name}" for item in schema.TABLES for column in item.columns}
    for field, (key, out) in FIELDS.items():
        assert told[columns.get(field, field)] == (f"`{key.rpartition('.')[2]}`" if out is None else f"no: {out.why}")

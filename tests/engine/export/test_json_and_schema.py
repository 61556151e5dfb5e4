"""The JSON against the file's schema: each field is said there, or stands here with the reason why it is not."""

from __future__ import annotations

import dataclasses
import json

import pytest

import engine
from engine.files import schema
from engine.tables import Hook, Place
from tests.engine.files.test_of_0_1 import FOLDER

ELSEWHERE = {
    "source": "source_file",
    "hooks.span": "hooks.source",
    "operations.span": "operations.source",
    "elsewhere": "operations.elsewhere",
    "runs": "events",
    "runs.pass_id": "events.pass",
}
"""Fields, and tables with their columns, that the JSON has under another key."""

_WINDOW = "only what the window explains is made of it"
_OPERATIONS = "the operations list it: `outputs`, `nodes` and `node`"
LEFT_OUT = {
    "inputs": "no operation has them among its `outputs`",
    "values.variable": "`name` and `version` say which versions belong together",
    "values.node": _OPERATIONS,
    "values.output": _OPERATIONS,
    "values.operation": _OPERATIONS,
    "variables": "gradients are said as they are at the end, one per value",
    "operations.creation": _WINDOW,
    "operations.inplace": _WINDOW,
    "operations.grad_enabled": _WINDOW,
    "operations.direct": _WINDOW,
    "nodes.operation": _OPERATIONS,
    "nodes.variable": "the event of an AccumulateGrad has its gradient before and after",
    "nodes.saved": "saved tensors are for the rules that the window shows",
    "nodes.made_in": _WINDOW,
    "nodes.made_by": _WINDOW,
    "passes": "each event has its pass's number",
    "runs.local": "derivatives in numbers are for the rules that the window shows",
    "moments": "the window's timeline; events are in the engine's order",
    "elsewhere.direct": _WINDOW,
    "reads": _WINDOW,
}
"""What the JSON does not say, and why."""

FIELDS = [entry.source for entry in schema.ENTRIES] + [
    f"{table.name}.{column.source}" for table in schema.TABLES for column in table.columns
]


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


def _key(field: str) -> str:
    table, dot, column = field.partition(".")
    return ELSEWHERE.get(field, f"{ELSEWHERE.get(table, table)}{dot}{column}" if dot else field)


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_the_file_is_in_the_json_or_left_out_for_a_reason(said: set[str], field: str) -> None:
    reason = LEFT_OUT.get(field) or LEFT_OUT.get(field.partition(".")[0])
    if reason is None:
        assert _key(field) in said, "say it in engine/export/json.py, or say in LEFT_OUT why not"
    else:
        assert _key(field) not in said, "it is said: take it out of LEFT_OUT"


def test_the_exceptions_are_of_fields_that_are_there() -> None:
    assert {*LEFT_OUT, *ELSEWHERE} <= {*FIELDS, *(field.partition(".")[0] for field in FIELDS)}

"""What the recorder calls Python's operators, and what the entries of the operations know them as, is the same."""

from __future__ import annotations

import pytest

from engine.operations.entry import Entry
from engine.operations.registry import ENTRIES, plain_name
from engine.recorder.watch.functions import function_kind

OPERATORS = {name: f"{entry.name}_" for entry in ENTRIES for name in entry.assigned.split()}


def _named(name: str) -> tuple[str, str]:
    def function() -> None: ...

    function.__name__ = name
    return function_kind(function)


@pytest.mark.parametrize(("operator", "name"), OPERATORS.items())
def test_an_operator_that_assigns_is_recorded_as_its_operation_in_place(operator: str, name: str) -> None:
    assert _named(f"__{operator}__") == ("operation", name)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_whatever_an_operation_is_called_is_recorded_under_a_name_that_means_it(entry: Entry) -> None:
    for name in f"{entry.names} {entry.also}".split():
        for called in (name, f"__{name}__"):
            kind, recorded = _named(called)
            assert kind != "operation" or plain_name(recorded) == plain_name(name)

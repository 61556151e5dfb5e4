"""States against plain PyTorch stopped at the same moment: values, gradients, ``.grad``, and the way there and back."""

from __future__ import annotations

import dataclasses
import json
import random
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

import engine
from engine.errors import ProgramError
from engine.explain import explain_moment
from engine.export.json import plain as json_form
from engine.graph.model import Card
from engine.graph.state import Row
from engine.programs.program import run_program
from engine.recording import Recording
from engine.tables import TensorData, Value
from tests.engine.explain.test_explain import check_numbers, check_products, known_data
from tests.engine.step_programs import PROGRAMS
from tests.engine.stopped_torch import Stopped, stop

_KINDS = {"update": "operation", "zero": "operation", "accumulate": "run"}


def record(text: str) -> Recording:
    try:
        return run_program(text)
    except ProgramError as error:
        assert error.recording is not None, error
        return error.recording


def moments(recording: Recording, text: str) -> list[int]:
    """The first, the last and 20 random cursors."""
    source = random.Random(text)
    return sorted({0, recording.end, *(source.randint(0, recording.end) for _ in range(20))})


def equal(data: TensorData | None, expected: np.ndarray[Any, Any] | None) -> bool:
    """Bitwise, with shape and dtype."""
    if data is None or expected is None:
        return data is None and expected is None
    numbers = data.numbers()
    assert numbers is not None
    return numbers.shape == expected.shape and numbers.dtype == expected.dtype and numbers.tobytes() == expected.tobytes()


class Match:
    """A recording beside plain torch: which operation, tensor and Node is which."""

    def __init__(self, text: str) -> None:
        self.recording = record(text)
        self.plain = stop(text)
        self.places: dict[int, int] = {}
        """Recorded variable → place of the tensor in plain torch."""
        self.events: dict[int, int] = {}
        """Recorded operation → plain event."""
        self.nodes: dict[int, Any] = {}
        self._match_moments()
        self._match_operations()
        self._match_runs()

    def _match_moments(self) -> None:
        recording, plain = self.recording, self.plain
        kinds = [_KINDS.get(item.kind, item.kind) if item.subject >= 0 else item.kind for item in recording.moments]
        kinds = ["grad_set" if kind in ("zero", "update") else kind for kind in kinds]
        assert recording.failed == (plain.error is not None)
        if recording.failed:
            assert kinds.pop() == "error"
        assert kinds == [event.kind for event in plain.events]
        assert recording.printed == plain.printed

    def _match_operations(self) -> None:
        recording = self.recording
        for number, moment in enumerate(recording.moments):
            if moment.kind not in ("operation", "update", "zero") or moment.subject < 0:
                continue
            operation, event = recording.operations[moment.subject], self.plain.events[number]
            self.events[operation.id] = number
            inputs = [item.value for item in operation.inputs if item.value is not None]
            assert len(inputs) == len(event.inputs) and len(operation.outputs) == len(event.outputs), operation.name
            for value, place, came in zip(inputs, event.inputs, event.came, strict=True):
                self._same_tensor(recording.values[value], place)
                assert equal(recording.values[value].data, came), f"input of {operation.name}"
            for value, place in zip(operation.outputs, event.outputs, strict=True):
                self._same_tensor(recording.values[value], place)

    def _same_tensor(self, value: Value, place: int) -> None:
        assert self.places.setdefault(value.variable, place) == place

    def _match_runs(self) -> None:
        recording, plain = self.recording, self.plain
        assert len(recording.runs) == len(plain.runs) and len(recording.passes) == len(plain.seeds)
        for found, run in zip(recording.runs, plain.runs, strict=True):
            assert self.nodes.setdefault(found.node, run.node) is run.node
            assert (found.pass_id, found.completed) == (run.turn, run.event is not None)
            assert len(found.incoming) == len(run.incoming)
            assert all(map(equal, found.incoming, run.incoming))
            if recording.nodes[found.node].variable is None and found.completed:
                assert all(map(equal, found.outgoing, run.outgoing))

    def node(self, number: int | None) -> Any:
        return None if number is None else self.nodes.get(number)


def check_values(match: Match, cursor: int) -> int:
    """(a): each value row, and that the newest card of each tensor shows what the tensor holds now."""
    recording, plain = match.recording, match.plain
    state = recording.state(cursor)
    now = plain.events[min(cursor, len(plain.events)) - 1] if cursor and plain.events else None
    newest: dict[int, tuple[int, Value, Card]] = {}
    checked = 0
    for card in recording.graph.cards:
        row = state.cards[card.id].value
        if not card.values:
            assert row.kind == "none", card.symbol
            continue
        first = first_moment(match, card)
        if first is not None:
            assert row.kind == ("not_yet" if cursor < first else "value"), (card.symbol, row.kind, cursor, first)
        if row.kind != "value":
            continue
        shown = [(at, recording.values[number]) for at, number in card.values if at <= cursor]
        at, value = shown[-1]
        place = match.places.get(value.variable)
        if place is None or cursor == 0:
            continue
        seen = seen_value(plain, place, None if engine_made(recording, value) else value.version, cursor)
        if seen is None:  # given from outside: not among torch's results until it is used
            continue
        assert equal(row.data, seen.array), (card.symbol, cursor)
        assert (value.requires_grad, value.leaf) == (seen.requires_grad, seen.leaf), card.symbol
        checked += 1
        if place not in newest or (at, value.id) >= (newest[place][0], newest[place][1].id):
            newest[place] = (at, value, card)
    if now is not None:
        for place, (_, value, card) in newest.items():
            if not engine_made(recording, value):
                assert value.version == now.tensors[place].version, (card.symbol, "version", cursor)
            assert equal(state.cards[card.id].value.data, now.tensors[place].array), (card.symbol, "is out of date", cursor)
        check_names(match, cursor)
    return checked


def first_moment(match: Match, card: Card) -> int | None:
    """The cursor from which plain torch has what the card shows; None for what no operation made."""
    value = match.recording.values[card.values[0][1]]
    if value.operation is None:
        return None
    event = match.events[value.operation]
    return None if card.id.startswith("node-") else event + 1


def engine_made(recording: Recording, value: Value) -> bool:
    """Whether torch's engine made the tensor: it may add in place if no one looks, so versions are its own affair."""
    first = recording.values[recording.variables[value.variable].values[0][1]]
    return first.operation is None or recording.operations[first.operation].name == "grad"


def seen_value(plain: Stopped, place: int, version: int | None, cursor: int) -> Any:
    """The tensor as it last was (with that version), up to ``cursor``."""
    for event in reversed(plain.events[:cursor]):
        if place < len(event.tensors) and version in (None, event.tensors[place].version):
            return event.tensors[place]
    return None


def check_names(match: Match, cursor: int) -> None:
    """Each name bound at this moment: its tensor's recorded value is the one that torch has."""
    recording, plain = match.recording, match.plain
    variables = {place: recording.variables[number] for number, place in match.places.items()}
    event = plain.events[min(cursor, len(plain.events)) - 1]
    for name, place in event.names.items():
        variable = variables.get(place)
        values = [number for at, number in variable.values if at <= cursor] if variable is not None else []
        if not values or place >= len(event.tensors):  # not seen by torch yet
            continue
        value = recording.values[values[-1]]
        if not engine_made(recording, value):
            assert value.version == event.tensors[place].version, (name, "version", cursor)
        assert equal(value.data, event.tensors[place].array), (name, cursor)


def check_gradients(match: Match, cursor: int) -> int:
    """(b): each gradient row against what independent hooks saw."""
    recording, plain = match.recording, match.plain
    state = recording.state(cursor)
    checked = 0
    for card in recording.graph.cards:
        row = state.cards[card.id].gradient
        expected = expected_row(match, card, cursor)
        if expected is None:
            continue
        kind, data = expected
        assert row.kind == kind, (card.id, card.symbol, f"{row.kind} should be {kind}", cursor)
        assert equal(row.data, data), (card.id, card.symbol, cursor)
        if card.kind == "leaf":
            check_accumulation(match, card, row, cursor)
        checked += 1
    assert plain.events or not checked or cursor == 0
    return checked


def expected_row(match: Match, card: Card, cursor: int) -> tuple[str, Any] | None:
    recording, plain = match.recording, match.plain
    if not card.tracked:
        return "not_tracked", None
    if not card.values:
        return plain.gradient(match.node(card.nodes[0]) if card.nodes else None, 0, cursor)
    value = recording.values[card.values[-1][1]]
    place = match.places.get(value.variable)
    if card.kind == "leaf":
        return None if place is None else plain.leaf_gradient(place, cursor)
    if card.kind == "result":
        return seeded(plain, place, value.version, cursor)
    maker = plain.maker(place, value.version) if place is not None else None
    if maker is not None:
        return plain.gradient(*maker, cursor)
    node = match.node(value.node)
    return plain.gradient(node, value.output, cursor) if node is not None else ("none", None)


def seeded(plain: Stopped, place: int | None, version: int, cursor: int) -> tuple[str, Any]:
    kind, data = "none", None
    for event, roots, seeds in plain.seeds:
        for root, seed in zip(roots, seeds, strict=True):
            if root == place and plain.events[event].tensors[root].version == version:
                if event < cursor:
                    kind, data = "value", seed
                elif kind == "none":
                    kind = "not_yet"
                break
    return kind, data


def check_accumulation(match: Match, card: Card, row: Row, cursor: int) -> None:
    """What is shown as added, and to what, is what the hooks saw at this very moment."""
    plain = match.plain
    place = match.places[match.recording.variables[card.variable or 0].id]
    run = next((run for run in plain.runs if run.event == cursor - 1 and cursor), None)
    mine = run is not None and getattr(run.node, "variable", None) is plain.tensors[place]
    before = plain.events[cursor - 2].gradients.get(place) if mine and cursor > 1 else None
    assert equal(row.previous, None if before is None else before[1]), card.symbol
    assert equal(row.added, run.incoming[0] if run is not None and before is not None else None), card.symbol


Cell = tuple[Any, ...]


def cells(recording: Recording, cursor: int) -> dict[str, Cell]:
    """Everything on screen, bit by bit."""
    state = recording.state(cursor)
    found: dict[str, Cell] = {"printed": (state.printed,)}
    for key, card in state.cards.items():
        found[key] = (row_cell(card.value), row_cell(card.gradient), card.active, card.hit, card.freed, card.failed)
    for key, edge in state.edges.items():
        found[f"edge {key}"] = (edge.value, edge.gradient, data_cell(edge.contribution), data_cell(edge.factor))
    return found


def row_cell(row: Row) -> Cell:
    return (row.kind, data_cell(row.data), data_cell(row.previous), data_cell(row.added))


def data_cell(data: TensorData | None) -> Cell | None:
    return None if data is None else (data.shape, data.dtype, b"" if data.array is None else data.array.tobytes())


@cache
def matched(text: str) -> Match:
    return Match(text)


def test_there_are_two_hundred_programs() -> None:
    assert len(set(PROGRAMS)) == 200


@pytest.mark.parametrize("index", range(len(PROGRAMS)))
def test_the_state_is_plain_torch_stopped_there(index: int) -> None:
    match = matched(PROGRAMS[index])
    for cursor in moments(match.recording, PROGRAMS[index]):
        check_values(match, cursor)
        check_gradients(match, cursor)


@pytest.mark.parametrize("index", range(len(PROGRAMS)))
def test_walking_there_and_back_restores_every_cell(index: int) -> None:
    recording = matched(PROGRAMS[index]).recording
    walked = {cursor: cells(recording, cursor) for cursor in range(recording.end + 1)}
    for cursor in range(recording.end, -1, -1):
        assert cells(recording, cursor) == walked[cursor]
    untouched = dataclasses.replace(recording)
    for cursor in random.Random(index).sample(range(recording.end + 1), min(recording.end + 1, 22)):
        assert cells(untouched, cursor) == walked[cursor]


@pytest.mark.parametrize("index", range(len(PROGRAMS)))
def test_exported_gradients_are_those_of_the_last_state(index: int) -> None:
    recording = matched(PROGRAMS[index]).recording
    exported = {item["value"]: item for item in json.loads(recording.to_json())["gradients"]}
    state = recording.state(recording.end)
    for card in recording.graph.cards:
        if card.kind == "leaf":
            row = state.cards[card.id].gradient
            item = exported[recording.variables[card.variable or 0].values[-1][1]]
            assert item["state"] == ("value" if row.kind == "cleared" else row.kind), card.symbol
            numbers = row.data.numbers() if row.data is not None else None
            assert item["data"] == (None if numbers is None else json_form(numbers.tolist())), card.symbol


@pytest.mark.parametrize("index", range(len(PROGRAMS)))
def test_explanations_say_recorded_numbers(index: int) -> None:
    recording = matched(PROGRAMS[index]).recording
    known = known_data(recording)
    for cursor in moments(recording, PROGRAMS[index]):
        explanation = explain_moment(recording, cursor)
        assert explanation.title and explanation.sentence
        explanation.to_text()
        explanation.to_latex()
        check_numbers(explanation, recording, known)
        check_products(explanation)


def test_the_comparison_compares_much() -> None:
    values = sum(check_values(matched(text), matched(text).recording.end) for text in PROGRAMS)
    gradients = sum(check_gradients(matched(text), matched(text).recording.end) for text in PROGRAMS)
    assert values > 1000 and gradients > 1000


def test_what_was_written_to_through_data_and_used_is_no_result() -> None:
    """A card `y` showed the numbers from before the write beside the card that has those of now."""
    with engine.record() as run:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * 3
        y.data[0] = 0
        loss = y.sum()
        loss.backward()
    results = [card for card in run.recording.graph.cards if card.kind == "result"]
    assert [run.recording.values[card.values[0][1]].name for card in results] == ["loss"]
    assert any(str(card.symbol) == "y" or card.name == "y" for card in run.recording.graph.cards if card.kind == "operation")

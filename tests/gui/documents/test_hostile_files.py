"""Every view copes with what the reader accepts: mutants of files are refused, or all of what is in them can be shown."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.explain import explain_card, explain_edge, explain_moment
from engine.explain.formula.calculus import derivatives
from engine.explain.formula.formula import formula
from engine.explain.preparing import prepare
from engine.export.svg import describe, html_of
from engine.files.json_pieces import encode
from engine.files.reader import Reader
from engine.files.tables import to_tables
from engine.files.values import Malformed
from engine.graph.labels import moment_label, next_label, phases
from engine.layout.placements import plain_placement
from engine.recording import Recording
from engine.search import find
from gui.panels.inspector.content import card_content, edge_content
from gui.work.calculus import Calculus
from tests.engine.plain_torch import PROGRAMS, run
from tests.engine.recorder.follow.test_record_names import SCRIPT, record

TABLES = ("values", "variables", "operations", "nodes", "passes", "runs", "moments", "calls", "tensors")
SLOWER = 20.0
"""How many times longer than for the original file the views of a mutant may take, beyond some seconds."""
Document = dict[str, Any]


def look(recording: Recording) -> float:
    """Ask a recording everything that the window asks; the seconds that it took."""
    began = time.process_time()
    prepare(recording)
    recording.to_json()
    derivatives(recording)
    formula(recording)
    phases(recording)
    html_of(recording), describe(recording)
    for words in ("|grad| > 1", "op:mul", "value is nan", "module:model", "x"):
        find(recording, words)
    for view in (recording.folds.view(), recording.folds.view(recording.folds.modules)):
        plain_placement(view.graph, {card.id: (100.0, 40.0) for card in view.graph.cards})
    for cursor in range(recording.end + 1):
        explain_moment(recording, cursor)
        next_label(recording, cursor)
        if cursor < recording.end:
            moment_label(recording, cursor)
    for cursor in sorted({0, recording.end // 2, recording.end}):
        state = recording.state(cursor)
        for card in recording.graph.cards:
            explain_card(recording, cursor, card.id)
            card_content(recording, state, card)
            card.mathematics.to_plain()
        for edge in recording.graph.edges:
            explain_edge(recording, cursor, edge.id)
            edge_content(recording, state, edge)
    return time.process_time() - began


def places(item: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every list and every entry in it."""
    if isinstance(item, list):
        yield path
        for at, part in enumerate(item):
            yield from places(part, (*path, at))
    else:
        yield path


def at(document: Document, path: tuple[Any, ...]) -> Any:
    item: Any = document
    for part in path:
        item = item[part]
    return item


def other(old: Any, chance: random.Random) -> Any:
    """Something else of about the same kind, or of none."""
    if type(old) is bool:
        return not old
    if type(old) is int:
        return chance.choice((old + 1, max(0, old - 1), 0, None, 10**6))
    if type(old) is str:
        return chance.choice(("", old * 2, "x" * 3000, "y" * 2_000_000, "a_b", "\\frac{", "AccumulateGrad"))
    if type(old) is list:
        return chance.choice(([], old[:-1], old + old, [None] * len(old)))
    return chance.choice((0, None, 1.5, "a", True, {"float": "nan"}))


class Original:
    """A recording as a document, and how long its views take."""

    def __init__(self, recording: Recording) -> None:
        document, blocks = to_tables(recording)
        self.document: Document = json.loads("".join(encode(document)))
        self.block = b"".join(blocks)
        tables = ((name, column, rows) for name in TABLES for column, rows in self.document[name].items())
        self.paths = [path for name, column, rows in tables for path in places(rows, (name, column)) if len(path) > 2]
        self.seconds = look(self.read(self.document))

    def read(self, document: Document) -> Recording:
        recording = Reader(copy.deepcopy(document), self.block, lambda: None).recording(Recording)  # which takes it apart
        recording.state(recording.end)
        return recording

    def mutant(self, chance: random.Random) -> Document:
        changed = copy.deepcopy(self.document)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            path = chance.choice(self.paths)
            alike = [item for item in self.paths if item[:2] == path[:2] and len(item) == len(path)]
            try:
                parent, old = at(changed, path[:-1]), at(changed, path)
                swap = chance.random() < 0.5
                parent[path[-1]] = copy.deepcopy(at(changed, chance.choice(alike))) if swap else other(old, chance)
            except (IndexError, TypeError):
                continue  # an earlier change took it away
        return changed


@pytest.fixture(scope="module")
def originals() -> list[Original]:
    return [Original(recording) for recording in (record(SCRIPT), *(run(text) for text in PROGRAMS[:6]))]


@pytest.mark.parametrize("seed", range(4))
def test_every_view_bears_what_the_reader_accepts(originals: list[Original], seed: int) -> None:
    chance = random.Random(seed)
    accepted = 0
    for _ in range(150):
        original = chance.choice(originals[seed % 2 :])
        changed = original.mutant(chance)
        try:
            recording = original.read(changed)
        except Malformed:
            continue
        except Exception:
            continue  # open_recording says that these contradict themselves
        accepted += 1
        assert look(recording) < SLOWER * original.seconds + 5.0
    assert accepted > 20


def deep_calls(document: Document) -> None:
    document["calls"] = {
        "name": ["f"] * 100_000,
        "type": ["M"] * 100_000,
        "parent": [None, *range(99_999)],
        "optimizer": [False] * 100_000,
    }


def deep_gradients(document: Document) -> None:
    document["variables"]["gradient_of"][0] = 0


def a_late_input(document: Document) -> None:
    last = document["values"]["operation"].index(max(item or 0 for item in document["values"]["operation"]))
    document["operations"]["inputs"] = [[[last, None, None]] for _ in document["operations"]["inputs"]]


def no_gradient(document: Document) -> None:
    document["runs"]["incoming"] = [[] for _ in document["runs"]["incoming"]]


def local_shapes(document: Document) -> None:
    document["tensors"]["dtype"].append("float32")
    document["tensors"]["shape"].append([3])
    document["tensors"]["array"].append(None)
    document["tensors"]["summary"].append([0.0, 1.0, 0.5, 0.1, 1.0, 0, 0, [], None])
    number = len(document["tensors"]["dtype"]) - 1
    document["runs"]["local"] = [[number] * len(item) for item in document["runs"]["outgoing"]]


def a_summary_of_nan(document: Document) -> None:
    document["tensors"]["array"][0] = None
    document["tensors"]["summary"][0] = [{"float": "nan"}] * 5 + [0, 0, [], None]


CHANGES: list[tuple[Callable[[Document], None], str]] = [
    (deep_calls, "nested"),
    (deep_gradients, "gradient of itself"),
    (a_late_input, "made"),
    (no_gradient, "gradient|does not have"),
    (local_shapes, "not one number"),
    (a_summary_of_nan, "summary"),
    (lambda document: document["variables"]["name"].__setitem__(0, "n" * 2_000_000), "a name of 2,000,000"),
    (lambda document: document["values"].update(operation=[0] * len(document["values"]["operation"])), "not made by"),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_what_no_recording_says_is_refused(originals: list[Original], change: Callable[[Document], None], words: str) -> None:
    document = copy.deepcopy(originals[1].document)
    change(document)
    with pytest.raises(Malformed, match=words):
        originals[1].read(document)


def test_unknown_columns_and_tables_are_left_alone(originals: list[Original]) -> None:
    document = copy.deepcopy(originals[1].document)
    document["values"]["colour"] = ["red"]
    document["weather"] = {"rain": [1]}
    look(originals[1].read(document))


def test_the_calculus_goes_on_after_a_fault(originals: list[Original], monkeypatch: pytest.MonkeyPatch, qtbot: Any) -> None:
    recording = originals[1].read(copy.deepcopy(originals[1].document))
    outcomes = iter((IndexError("a fault"), ("found",)))

    def answer(*_: object, **__: object) -> object:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr("gui.work.calculus.derivatives", answer)
    thread = Calculus()
    try:
        with qtbot.waitSignal(thread.crashed, timeout=20_000) as told:
            thread.put(recording)
        assert "IndexError: a fault" in told.args[0]
        with qtbot.waitSignal(thread.done, timeout=20_000) as found:
            thread.put(recording)
        assert found.args[1] == ("found",)
    finally:
        assert thread.close()

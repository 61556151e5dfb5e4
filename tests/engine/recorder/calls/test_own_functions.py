"""Calls of the user's own functions: told apart, nested, folded; and those that are none."""

from __future__ import annotations

import importlib
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import engine
from engine.explain import explain_card, explain_module
from engine.graph.folding import FIRST_BUDGET
from engine.recording import Recording


def square_sum(x: Tensor) -> Tensor:
    return (x * x).sum()


def shifted(x: Tensor) -> Tensor:
    return square_sum(x + 1) * 2


def leaf() -> Tensor:
    return torch.tensor([1.0, 2.0], requires_grad=True)


def record(code: Callable[[], Any]) -> Recording:
    with engine.record() as made:
        code()
    return made.recording


def told(recording: Recording) -> list[tuple[str, str, int | None]]:
    return [(call.name, call.type, call.parent) for call in recording.calls]


def operations_of(recording: Recording, call: int | None) -> list[str]:
    return [operation.name for operation in recording.operations if operation.call == call]


def test_two_calls_are_two_and_one_in_another_is_within_it() -> None:
    x = leaf()
    with engine.record() as made:
        y = shifted(x) + square_sum(x)
        y.backward()
    recording = made.recording
    assert told(recording) == [
        ("shifted()", "function", None),
        ("square_sum()", "function", 0),
        ("square_sum()", "function", None),
    ]
    assert operations_of(recording, 0) == ["add", "mul"] and operations_of(recording, 1) == ["mul", "sum"]
    assert operations_of(recording, 2) == ["mul", "sum"] and operations_of(recording, None) == ["add"]


def test_a_function_that_trains_is_none_and_neither_is_what_makes_or_changes_a_leaf() -> None:
    def make() -> Tensor:
        start = torch.ones(2) * 0.5
        return (start * 2).requires_grad_()

    def step(w: Tensor) -> None:
        before = w * 3
        square_sum(before + 1).backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        _ = (w + 1) * 2

    def change(w: Tensor) -> None:
        with torch.no_grad():
            scaled = (w * 0.5) + 1
            w.copy_(scaled)

    def ask(w: Tensor) -> Tensor:
        (found,) = torch.autograd.grad(square_sum(w * 2), w)
        return found * 2

    def program() -> None:
        w = make()
        for _ in range(2):
            step(w)
        change(w)
        ask(w)

    recording = record(program)
    assert told(recording) == [("square_sum()", "function", None)] * 3
    assert len(operations_of(recording, None)) == len(recording.operations) - 6


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 3), nn.Linear(3, 1)

    def encode(self, x: Tensor) -> Tensor:
        return torch.relu(self.first(x) * 2)

    def forward(self, x: Tensor) -> Tensor:
        half = x * 0.5
        found: Tensor = self.second(self.encode(half))
        return found


def test_forward_is_its_modules_and_modules_and_functions_nest() -> None:
    model = Net()

    def predict(x: Tensor) -> Tensor:
        shown: Tensor = model(x + 1)
        return shown.sigmoid()

    recording = record(lambda: predict(torch.ones(4, 2)))
    assert told(recording) == [
        ("predict()", "function", None),
        ("model", "Net", 0),
        ("encode()", "function", 1),
        ("model.first", "Linear", 2),
        ("model.second", "Linear", 1),
    ]
    assert [operations_of(recording, at) for at in range(5)] == [
        ["add", "sigmoid"],
        ["mul"],
        ["mul", "relu"],
        ["linear"],
        ["linear"],
    ]
    view = recording.folds.view()
    (group,) = view.groups.values()
    assert group.operations == 7 and len(view.graph.cards) == 2, "with all parameters inside"
    assert recording.folds.parameters(1) and not recording.folds.parameters(0)


def test_code_of_others_lambdas_comprehensions_and_generators_are_none() -> None:
    def numbers() -> Iterator[Tensor]:
        for at in range(3):
            yield torch.ones(2) * at + 1

    def program() -> Tensor:
        double = lambda x: (x * 2) + 1  # noqa: E731
        kept = [(item * 2) + 1 for item in numbers()]
        return nn.functional.gelu(double(torch.stack(kept))) + torch.functional.norm(kept[0])

    assert told(record(lambda: program())) == [("program()", "function", None)]


def test_a_function_of_one_operation_is_not_worth_a_card() -> None:
    def double(x: Tensor) -> Tensor:
        return x * 2

    assert not record(lambda: double(leaf())).calls


def test_functions_of_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_losses.py").write_text("def loss(x, y):\n    d = x - y\n    return (d * d).mean()\n")
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "others_losses.py").write_text("def loss(x, y):\n    d = x - y\n    return (d * d).mean()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(installed))
    own, others = importlib.import_module("own_losses"), importlib.import_module("others_losses")

    def program() -> Tensor:
        x = torch.ones(3)
        return own.loss(x, 2) + others.loss(x, 3) if bool(x.sum() > 0) else x

    recording = record(lambda: program())
    assert told(recording) == [("program()", "function", None), ("loss()", "function", 0)]
    assert len(operations_of(recording, 1)) == 3


def test_recursion_is_told_apart_down_to_a_depth_and_costs_nothing_else() -> None:
    def deep(x: Tensor, levels: int) -> Tensor:
        return deep(x * 1.01, levels - 1) + 1 if levels else x

    recording = record(lambda: deep(torch.ones(1), 300))
    assert [call.parent for call in recording.calls] == [None, *range(15)]
    assert len(operations_of(recording, 15)) == 600 - 30
    assert len(recording.folds.view().graph.cards) == 2


def test_special_methods_carry_the_name_of_their_class() -> None:
    class Line:
        def __init__(self) -> None:
            self.w = torch.ones(2) * 2 + 1

        def __call__(self, x: Tensor) -> Tensor:
            return (x * self.w).sum()

        def __getitem__(self, at: int) -> Tensor:
            return (self.w * at) + 1

    def program() -> Tensor:
        line = Line()
        return line(torch.ones(2)) + line[2].sum()

    recording = record(lambda: program())
    assert [call.name for call in recording.calls] == ["program()", "Line.__init__()", "Line()", "Line.__getitem__()"]


def test_two_recordings_in_one_function_and_one_that_goes_on_after_an_error() -> None:
    def twice() -> list[Recording]:
        made = []
        for _ in range(2):
            with engine.record() as handle:
                shifted(leaf())
            made.append(handle.recording)
        return made

    for recording in twice():
        assert [call.name for call in recording.calls] == ["shifted()", "square_sum()"]

    def fails(x: Tensor) -> Tensor:
        y = x * 2 + 1
        raise ValueError(y)

    with engine.record() as made:
        with pytest.raises(ValueError, match="tensor"):
            fails(leaf())
        shifted(leaf())
    assert [(call.name, call.parent) for call in made.recording.calls] == [
        ("fails()", None),
        ("shifted()", None),
        ("square_sum()", 1),
    ]


def test_under_a_debugger_nothing_is_marked_and_one_that_begins_later_is_not_disturbed() -> None:
    def traced(frame: FrameType, event: str, argument: Any) -> Any:
        return traced

    before = sys.gettrace()
    with engine.record() as made:
        sys.settrace(traced)
        try:
            shifted(leaf())
        finally:
            sys.settrace(before)
    assert not made.recording.calls

    lines: list[str] = []

    def noting(frame: FrameType, event: str, argument: Any) -> Any:
        lines.append(frame.f_code.co_name)
        return noting

    def program(x: Tensor) -> Tensor:
        y = x * 2 + 1
        sys.settrace(noting)
        z = shifted(y)
        sys.settrace(before)
        return z * 2 + 1

    with engine.record() as made:
        program(leaf())
    assert "square_sum" in lines
    assert [call.name for call in made.recording.calls] == ["program()"] and len(made.recording.operations) == 9


def test_what_a_function_held_goes_when_it_returns() -> None:
    class Thing:
        pass

    kept: list[weakref.ref[Thing]] = []

    def holds(x: Tensor) -> Tensor:
        thing = Thing()
        kept.append(weakref.ref(thing))
        return x * 2 + 1

    with engine.record():
        holds(leaf())
        assert kept[0]() is None


def test_another_thread_is_left_alone() -> None:
    seen: list[Any] = []

    def other() -> None:
        y = torch.ones(2) * 2 + 1
        seen.append((y, sys._getframe().f_trace))

    with engine.record() as made:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen[0][1] is None and not made.recording.calls


def test_a_function_says_what_it_is() -> None:
    x = leaf()
    with engine.record() as made:
        shifted(x).backward()
    recording = made.recording
    view = recording.folds.view()
    (group,) = view.groups.values()
    card = next(card for card in view.graph.cards if card.id == group.id)
    assert card.symbol == "\\mathrm{shifted()}" and card.subtitle == "4 nodes"
    found = explain_module(recording, recording.end, group)
    assert found.sentence == (
        "`shifted()` is a function of the program. This call of it made 4 nodes, in part in the 1 call within it. "
        "What came out of it is 26. The gradient that came back to that is 1."
    )
    assert found.note == (
        "It got its value at operation 4 and its gradient at operation 5. Unfold it with a double click, Return or +."
    )
    for inner in recording.graph.cards:
        assert explain_card(recording, recording.end, inner.id).sentence


def test_first_what_gradients_come_to_is_unfolded_then_the_rest_while_few_cards_are_shown() -> None:
    def data(size: int) -> Tensor:
        found = torch.ones(2)
        for _ in range(size):
            found = found + 1
        return found

    def view_of(size: int) -> tuple[list[str], int]:
        recording = record(lambda: shifted(leaf() * data(size)).backward())
        view = recording.folds.first_view
        return [recording.calls[group.call].name for group in view.groups.values()], len(view.graph.cards)

    assert view_of(4) == ([], 12)
    assert view_of(FIRST_BUDGET) == (["data()"], 8)


def test_a_result_that_only_the_function_knows_is_inside_it() -> None:
    def program(x: Tensor) -> Tensor:
        unused = x * 2 + 1  # noqa: F841
        return (x * 3).sum()

    recording = record(lambda: program(leaf()).backward())
    shown = [card.symbol for card in recording.folds.view().graph.cards]
    assert "\\mathrm{unused}" not in shown and "\\mathrm{program()}" in shown
    assert any("unused" in card.symbol for card in recording.graph.cards)


def test_saved_and_opened_again(tmp_path: Path) -> None:
    recording = record(lambda: shifted(leaf()).backward())
    recording.save(tmp_path / "f.gradwalk")
    again = engine.open_recording(tmp_path / "f.gradwalk")
    assert told(again) == told(recording) and all(call.function for call in again.calls)
    assert again.to_json() == recording.to_json()

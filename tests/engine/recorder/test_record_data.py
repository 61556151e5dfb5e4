"""When tensors hold what: those a program makes, and what it writes past autograd (``.data``, numpy, assigning ``.data``)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import engine
from engine.explain import explain_moment
from engine.recording import Recording

X = torch.tensor([3.0, 4.0])


def loss_of(w: Tensor) -> Tensor:
    return ((w * X).sum() - 1) ** 2


def minus_data(w: Tensor) -> None:
    w.data -= 0.01 * w.grad  # type: ignore[operator]
    w.grad.data.zero_()  # type: ignore[union-attr]


def method(w: Tensor) -> None:
    w.data.sub_(w.grad, alpha=0.01)  # type: ignore[arg-type]
    w.grad.zero_()  # type: ignore[union-attr]


def assigned(w: Tensor) -> None:
    w.data = w.data - 0.01 * w.grad.data  # type: ignore[union-attr]
    w.grad.zero_()  # type: ignore[union-attr]


def detached(w: Tensor) -> None:
    w.detach().copy_(w - 0.01 * w.grad)  # type: ignore[operator]
    w.grad.zero_()  # type: ignore[union-attr]


WAYS = (minus_data, method, assigned, detached)


@pytest.mark.parametrize("step", WAYS)
def test_a_step_past_autograd_is_seen_when_it_happens(step: object) -> None:
    assert callable(step)
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    real = []
    with engine.record() as made:
        for _ in range(3):
            real.append(w.detach().clone().numpy())
            loss_of(w).backward()
            step(w)
    recording = made.recording
    (variable,) = (item for item in recording.variables if item.name == "w")
    held = [recording.values[number].data.array for _, number in variable.values]
    np.testing.assert_array_equal(held, [*real, w.detach().numpy()])
    used = [recording.values[item.inputs[0].value or 0] for item in recording.operations if item.name == "mul" and item.nodes]
    np.testing.assert_array_equal([value.data.array for value in used], real)


def told(recording: Recording) -> list[str]:
    changes = [at for at, moment in enumerate(recording.moments) if moment.kind in ("update", "zero")]
    return [explain_moment(recording, at + 1).sentence for at in changes]


@pytest.mark.parametrize("step", [minus_data, method, assigned])
def test_it_is_told_as_gradient_descent_and_its_parts_are_not_drawn(step: object) -> None:
    assert callable(step)
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with engine.record() as made:
        loss_of(w).backward()
        step(w)
    recording = made.recording
    first, second = told(recording)
    assert first == "$w$ moves against its gradient, by $η$ = 0.01 times the gradient."
    assert second.startswith("`w.grad` is cleared to 0")
    drawn = [card.symbol for card in recording.graph.cards if card.kind != "result"]
    assert drawn == ["w", "X", "\\times", "\\Sigma", "- 1", "(\\cdot)^{2}"]
    after = [moment for moment in recording.moments if moment.kind == "operation"][4:]
    assert after and {moment.phase for moment in after} == {"update"}


def test_other_elements_are_told_as_what_they_are() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with engine.record() as made:
        loss_of(w).backward()
        w.data = torch.tensor([5.0, 6.0])
        w.data = w.data.clone()
        w.data[0] = 7.0
    first, second = told(made.recording)
    assert first == "The assignment to `.data` gives $w$ other elements." and second.startswith("`setitem_` changes $w$ in place")
    (variable,) = (item for item in made.recording.variables if item.name == "w")
    held = [made.recording.values[number].data.array.tolist() for _, number in variable.values]  # type: ignore[union-attr]
    assert held == [[1.0, 2.0], [5.0, 6.0], [7.0, 6.0]], "the same elements in other memory are no change"


def test_what_data_returned_keeps_a_name_that_it_was_given() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with engine.record() as made:
        loss_of(w).backward()
        d = w.data
        d.mul_(2)
        loss_of(w).backward()
    recording = made.recording
    changed = next(operation for operation in recording.operations if operation.name == "mul_")
    assert recording.variables[recording.values[changed.outputs[0]].variable].name == "d"
    (variable,) = (item for item in recording.variables if item.name == "w")
    assert [recording.values[number].data.array.tolist() for _, number in variable.values] == [[1, 2], [2, 4]]  # type: ignore[union-attr]


def test_numpy_writes_are_seen_at_the_next_use() -> None:
    numbers = np.array([1.0, 2.0], np.float32)
    with engine.record() as made:
        x = torch.from_numpy(numbers)
        w = torch.ones(2, requires_grad=True)
        (w * x).sum().backward()
        numbers += 1
        (w * x).sum().backward()
        w.detach().numpy()[:] = 5
        (w * x).sum().backward()
    recording = made.recording
    held = {
        item.name: [recording.values[number].data.array.tolist() for _, number in item.values]  # type: ignore[union-attr]
        for item in recording.variables
        if item.name in ("w", "x")
    }
    assert held == {"x": [[1.0, 2.0], [2.0, 3.0]], "w": [[1.0, 1.0], [5.0, 5.0]]}
    sums = [recording.values[item.outputs[0]].data.array for item in recording.operations if item.name == "sum"]
    assert sums == [3.0, 5.0, 25.0]


def test_a_module_that_changes_its_type_has_other_elements() -> None:
    model = nn.Linear(2, 1)
    with engine.record() as made:
        model(torch.ones(3, 2)).sum().backward()
        model.double()
        model(torch.ones(3, 2).double()).sum().backward()
    recording = made.recording
    (variable,) = (item for item in recording.variables if item.name == "model.weight")
    assert [recording.values[number].data.dtype for _, number in variable.values] == ["float32", "float64"]


def test_a_second_model_gets_its_first_values_after_a_pass_without_an_update() -> None:
    with engine.record() as made:
        for _ in range(2):
            model = nn.Linear(2, 1)
            nn.init.normal_(model.weight)
            model(torch.ones(3, 2)).sum().backward()
            with torch.no_grad():
                model.weight.mul_(0.5)
    phases = [moment.phase for moment in made.recording.moments if moment.kind == "update"]
    assert phases == ["forward", "forward", "forward", "update"] * 2


def test_a_module_made_in_the_block_is_not_there_before_it_is_made() -> None:
    """Its parameters come of memory that ``torch.empty`` made: what lay in that is no value that was there at the start."""
    given = torch.nn.Linear(2, 2)
    with engine.record() as r:
        first = torch.ones(2)
        made = torch.nn.Linear(2, 1)
        made(given(first)).sum().backward()
    recording = r.recording
    weights = {item.name: item for item in recording.variables if item.name in ("given.weight", "made.weight", "made.bias")}
    assert len(weights) == 3
    assert {recording.values[number].name for number in recording.inputs} == {"given.weight", "given.bias"}
    cards = recording.state(1).cards
    rows = {name: cards[f"variable-{item.id}"].value.kind for name, item in weights.items()}
    assert rows == {"given.weight": "value", "made.weight": "not_yet", "made.bias": "not_yet"}
    end = recording.state(recording.end).cards[f"variable-{weights['made.bias'].id}"].value
    assert end.data is not None and end.data.array is not None and end.data.array.tolist() == made.bias.tolist()

"""No rule stands beside numbers that do not satisfy it, and it is said what was overwritten, and by which line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import engine
from engine.explain import Explanation, disagreement, explain_card, explain_moment
from engine.explain.formula.calculus import derivatives
from engine.explain.predictions import question
from engine.operations.registry import entry_of
from engine.operations.rule_numbers import rule_value
from engine.recording import Recording
from tests.calling import SLOPES, torch_function


def told(recording: Recording) -> list[Explanation]:
    return [
        explain_moment(recording, at + 1) for at, moment in enumerate(recording.moments) if moment.kind in ("run", "accumulate")
    ]


def formulas(recording: Recording) -> str:
    return "\n".join(line.latex for found in told(recording) for line in found.lines)


def written_past(how: str) -> Recording:
    """``y.data.zero_()`` and its kind, after the forward."""
    with engine.record() as run:
        x = torch.tensor(0.0, requires_grad=True)
        y = torch.sigmoid(x)
        if how == "data":
            y.data.zero_()
        elif how == "numpy":
            y.detach().numpy()[...] = 0
        elif how == "twice":
            y.data.fill_(9.0)
            y.data.mul_(0)
        y.backward()
    return run.recording


@pytest.mark.parametrize("how", ["data", "numpy", "twice"])
def test_a_write_past_the_version_check_leaves_no_equation(how: str) -> None:
    recording = written_past(how)
    assert "sigmoid" not in formulas(recording) and "partial" not in formulas(recording)
    for found in told(recording):
        assert "is not the derivative: what `SigmoidBackward0` had saved, $y$ = 0.5, was overwritten with 0 " in found.sentence
        assert "as far as the slope can tell" not in found.note
    by = {"data": "by `y.data.zero_()` (line ", "twice": "by `y.data.mul_(0)` (line ", "numpy": "past PyTorch"}[how]
    assert all(by in found.sentence for found in told(recording))
    card = next(card for card in recording.graph.cards if card.kind == "leaf")
    assert "sigmoid" not in " ".join(line.latex for line in explain_card(recording, recording.end, card.id).lines)


def test_the_other_views_know_it_too() -> None:
    recording = written_past("data")
    node = next(node for node in recording.nodes if node.name == "SigmoidBackward0")
    assert "overwritten with 0 by y.data.zero_()" in disagreement(recording, (node.id,))
    assert all(edge.factor is None for edge in recording.state(recording.end).edges.values())
    assert all(question(recording, cursor) is None for cursor in range(recording.end))
    (found,) = derivatives(recording)
    assert not found.applies and "had saved, y = 0.5, was overwritten" in found.why_not and "sigmoid" not in found.latex


def test_tensors_and_products_too() -> None:
    with engine.record() as run:
        w = torch.ones(2, 2, requires_grad=True)
        x = torch.ones(3, 2, requires_grad=True)
        y = torch.exp(x @ w)
        w.data.mul_(2)
        y.data.add_(1)
        y.sum().backward()
    text = formulas(run.recording)
    assert "w^{T}" not in text and "e^{" not in text
    sentences = " ".join(found.sentence for found in told(run.recording))
    assert "what `ExpBackward0` had saved" in sentences and "what `MmBackward0` had saved" in sentences


def test_what_does_not_count_is_not_said() -> None:
    """The sign of relu's result is all that its Node needs; what is overwritten with the same sign changes nothing."""
    with engine.record() as run:
        x = torch.tensor(2.0, requires_grad=True)
        y = torch.relu(x)
        y.data.mul_(3)
        y.backward()
    assert "x > 0" in formulas(run.recording)
    assert all("overwritten" not in found.sentence for found in told(run.recording))


@pytest.mark.parametrize("size", [(), (2,)])
def test_functions_of_ones_own_are_not_taken_for_torchs(size: tuple[int, ...]) -> None:
    class Sigmoid(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
            return x.sigmoid()

        @staticmethod
        def backward(ctx: object, grad: torch.Tensor) -> torch.Tensor:
            return grad * 7

    with engine.record() as run:
        x = torch.ones(size, requires_grad=True)
        Sigmoid.apply(x).sum().backward()
    assert "(1 -" not in formulas(run.recording)


def test_a_hook_that_changes_what_a_node_sends_leaves_no_rule() -> None:
    with engine.record() as run:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * x
        y.grad_fn.register_hook(lambda sent, came: tuple(10 * part for part in sent))
        y.sum().backward()
    assert "\\odot" not in formulas(run.recording)


def test_only_what_computes_element_by_element_copies_an_operand() -> None:
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([x * 2, x * 3])

        @staticmethod
        def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
            half = len(gradient) // 2
            return gradient[:half] * 2 + gradient[half:] * 3

    def leaf(*size: int) -> torch.Tensor:
        return torch.ones(size, requires_grad=True)

    with engine.record() as run:
        Doubled.apply(leaf(3)).sum().backward()
        torch.view_as_real(leaf(3) * (1 + 2j)).sum().backward()
        F.pad(leaf(1, 1, 3), (2, 2), mode="reflect").sum().backward()
        F.grid_sample(leaf(1, 1, 2, 2), torch.zeros(1, 3, 3, 2), align_corners=False).sum().backward()
        torch.lerp(leaf(1), leaf(4), 0.3).sum().backward()
        torch.addmm(leaf(3), leaf(2, 2), leaf(2, 3)).sum().backward()
    said = [found.sentence for found in told(run.recording) if "was copied to" in found.sentence]
    assert {node for node in ("LerpBackward0", "AddmmBackward0") if any(node in sentence for sentence in said)} == {
        "LerpBackward0",
        "AddmmBackward0",
    }
    assert all("LerpBackward0" in sentence or "AddmmBackward0" in sentence for sentence in said)


def test_a_hook_of_a_module_is_named_where_it_acts_and_nowhere_else() -> None:
    layer = torch.nn.Linear(2, 2)
    layer.register_full_backward_hook(lambda module, sent, came: (sent[0] * 0,))
    with engine.record() as run:
        x = torch.ones(1, 2, requires_grad=True)
        y = layer(x * 1)
        z = y.sin()
        z.register_hook(lambda gradient: gradient * 100)
        z.sum().backward()
    said = [found.sentence for found in told(run.recording) if "hook" in found.sentence]
    at_sin = next(sentence for sentence in said if "what came in at `SinBackward0`" in sentence)
    at_module = next(sentence for sentence in said if "a hook of a module changed it" in sentence)
    assert "register_hook in line " in at_sin and "register_full_backward_hook" not in at_sin
    assert "register_full_backward_hook" in at_module and "register_hook in line " not in at_module


def test_what_is_right_keeps_its_equations() -> None:
    with engine.record() as run:
        x = torch.tensor([0.5, 2.0], requires_grad=True)
        w = torch.tensor([[1.0], [3.0]], requires_grad=True)
        (torch.tanh(x.reshape(1, 2) @ w) * torch.sigmoid(x).sum()).sum().backward()
    text = formulas(run.recording)
    assert "w^{T}" in text and "\\mathrm{sigmoid}(x)" in text and "\\tanh" in text


@pytest.mark.parametrize("name", SLOPES)
def test_rules_are_computed_as_they_are_written(name: str) -> None:
    generator = np.random.default_rng(0)
    numbers = [generator.uniform(0.2, 0.8, 5) + (name == "acosh") for _ in entry_of(name).slope]
    tensors = [torch.tensor(item, requires_grad=True) for item in numbers]
    torch_function(name)(*tensors).sum().backward()
    for rule, tensor in zip(entry_of(name).slope, tensors, strict=True):
        assert tensor.grad is not None
        wanted = np.broadcast_to(rule_value(rule, numbers), 5)
        np.testing.assert_allclose(wanted, tensor.grad.numpy(force=True), rtol=1e-12)

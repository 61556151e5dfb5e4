"""What optimizers keep for parameters: named, out of the way on the canvas, and told in the explanations of their steps."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import engine
from engine.explain import explain_moment
from engine.recording import Recording


def steps(before: int, recorded: int) -> Recording:
    """So many steps of Adam before the recording, and in it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1))
    optimizer, data = torch.optim.Adam(model.parameters(), lr=0.01), torch.randn(8, 3)

    def step() -> None:
        optimizer.zero_grad()
        model(data).pow(2).mean().backward()
        optimizer.step()

    for _ in range(before):
        step()
    with engine.record() as made:
        for _ in range(recorded):
            step()
    return made.recording


@pytest.fixture(scope="module")
def later() -> Recording:
    return steps(1, 1)


KEYS = ("exp_avg", "exp_avg_sq", "step")
KEPT = {f"model.{layer}.{part}.{key}" for layer in (0, 2) for part in ("weight", "bias") for key in KEYS}


def test_what_an_optimizer_keeps_is_named_after_the_parameter(later: Recording) -> None:
    assert {later.values[number].name for number in later.inputs} >= KEPT
    assert {variable.name for variable in steps(0, 2).variables} >= KEPT, "also what it makes in its first step"


@pytest.mark.parametrize("before", [0, 1])
def test_it_is_drawn_only_where_the_step_is_unfolded(before: int) -> None:
    recording = steps(before, 2)
    kept = {card.id for card in recording.graph.cards if any(name in card.key.replace("\\_", "_") for name in KEPT)}
    assert len(kept) >= len(KEPT)
    folds = recording.folds
    shown = {card.id for card in folds.first_view.graph.cards}
    assert not kept & shown
    assert all(card.kind != "data" or card.symbol == "\\mathrm{data}" for card in folds.first_view.graph.cards)
    every = {card.id for card in folds.view(folds.first_view.unfolded | folds.optimizers).graph.cards}
    assert kept <= every
    for card in kept:
        around = folds.around(card)
        assert around and recording.calls[around[-1]].optimizer, "so a search that finds it can show it"


def test_a_parameter_that_only_the_optimizer_uses_is_drawn() -> None:
    used, unused = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    optimizer = torch.optim.SGD([used, unused], lr=0.1, weight_decay=0.1)
    with engine.record() as made:
        unused.grad = torch.ones(3)
        (used * 2).sum().backward()
        optimizer.step()
    shown = {card.symbol: card.kind for card in made.recording.folds.first_view.graph.cards}
    assert shown["\\mathrm{used}"] == "leaf"
    assert {card.name for card in made.recording.graph.cards if card.kind == "leaf"} <= {None, "used", "unused"}


def test_the_step_is_written_out_with_what_the_optimizer_keeps(later: Recording) -> None:
    def told(name: str) -> tuple[str, str]:
        at = next(
            number
            for number, moment in enumerate(later.moments, 1)
            if moment.kind in ("operation", "update") and later.operations[moment.subject].name == name
        )
        found = explain_moment(later, at)
        return found.sentence, found.lines[0].latex.replace("&", "").replace("\\_", "_")

    sentence, line = told("addcdiv_")
    assert sentence == "In `optimizer.step` of `Adam`, `addcdiv_` changes $model.0.weight$ in place."
    assert "\\leftarrow \\mathrm{model.0.weight} - " in line and "\\frac{\\mathrm{model.0.weight.exp_avg}}" in line
    _, line = told("lerp_")
    assert line.startswith("\\mathrm{model.0.weight.exp_avg} \\leftarrow \\mathrm{model.0.weight.exp_avg} + 0.1 \\cdot (")
    _, line = told("addcmul_")
    assert line.count("\\mathrm{model.0.weight.grad}") == 2 and "+ 0.001 \\cdot" in line


def test_a_loss_that_a_module_computes_has_the_name_it_is_given() -> None:
    measure, guess = nn.MSELoss(), torch.ones(3, requires_grad=True)
    with engine.record() as made:
        error = measure(guess * 2, torch.zeros(3))
        error.backward()
    root = made.recording.values[made.recording.passes[0].roots[0]]
    assert root.name == "error"
    symbols = {card.symbol for card in made.recording.graph.cards}
    assert "\\mathrm{zeros}" in symbols, "a tensor without a name is called after what made it"
    assert "\\mathrm{tensor}" not in symbols


def test_a_closure_that_an_optimizer_calls_is_no_part_of_its_step() -> None:
    torch.manual_seed(0)
    model, data = nn.Linear(2, 1), torch.randn(8, 2)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        error = model(data).pow(2).mean()
        error.backward()
        return error

    with engine.record() as made:
        optimizer.step(closure)  # type: ignore[no-untyped-call]
        (model.weight * 2).sum()
    recording = made.recording
    calls = recording.calls
    assert [(call.type, call.parent) for call in calls][:2] == [("LBFGS", None), ("Linear", None)]
    by_name = {operation.name: operation.call for operation in recording.operations}
    assert by_name["pow"] is None and by_name["mean"] is None and by_name["mul"] is None
    assert any(operation.call == 0 for operation in recording.operations), "what LBFGS itself computes"
    assert all(calls[operation.call or 0].type == "Linear" for operation in recording.operations if operation.name == "linear")
    shown = [card.symbol for card in recording.folds.first_view.graph.cards]
    assert shown.count("\\mathrm{mean}") == len(recording.passes) > 1


def test_gradients_that_the_program_reads_carry_the_parameter_s_name() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    with engine.record() as made:
        model(torch.ones(1, 2)).sum().backward()
        for parameter in model.parameters():
            assert parameter.grad is not None
            parameter.grad.norm()
    cards = {card.symbol for card in made.recording.folds.first_view.graph.cards if card.kind == "data"}
    assert {f"\\mathrm{{model.{at}.{name}.grad}}" for at in (0, 1) for name in ("weight", "bias")} <= cards

"""Every equation with numbers that is shown is true to its digits: random programs that write and hook as they like."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import engine
from engine.explain import Explanation, explain_card, explain_edge, explain_moment
from engine.explain.facts import facts
from engine.explain.formula.calculus import derivatives
from engine.explain.formula.formula import formula
from engine.recording import Recording
from engine.tables import Operation
from tests.engine.explain.equations import Shown, exact, false_equations, read

BLOCKS, EACH = 8, 12
OPERATIONS: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: 2.5 * a,
    lambda a, b: 1.5 - a,
    lambda a, b: -a,
    lambda a, b: a**2,
    lambda a, b: a**3,
    lambda a, b: a**-1,
    lambda a, b: a**b,
    lambda a, b: torch.exp(a),
    lambda a, b: torch.log(a),
    lambda a, b: torch.sqrt(a),
    lambda a, b: torch.sin(a),
    lambda a, b: torch.tanh(a),
    lambda a, b: torch.sigmoid(a),
    lambda a, b: torch.relu(a),
    lambda a, b: a.abs(),
    lambda a, b: a.clamp(0.5, 1.2),
    lambda a, b: torch.maximum(a, b),
    lambda a, b: torch.where(b > 1, a, b),
    lambda a, b: torch.lerp(a, b, 0.3),
    lambda a, b: torch.addcmul(a, a, b),
    lambda a, b: F.softmax(a, -1),
    lambda a, b: F.log_softmax(a, -1),
    lambda a, b: F.softplus(a),
    lambda a, b: F.mse_loss(a, b.detach().expand_as(a)),
    lambda a, b: F.huber_loss(a, b.detach().expand_as(a)),
    lambda a, b: a.sum(),
    lambda a, b: a.sum(-1),
    lambda a, b: a.mean(),
    lambda a, b: a.prod(),
    lambda a, b: a.norm(),
    lambda a, b: a @ b,
    lambda a, b: F.linear(a, b),
    lambda a, b: F.conv1d(a.reshape(1, 1, -1), b.reshape(1, 1, -1)[..., :1]),
    lambda a, b: a.reshape(-1),
    lambda a, b: a[0],
    lambda a, b: a.mT if a.ndim else a,
    lambda a, b: a.expand(2, *a.shape),
    lambda a, b: a.flip(0),
    lambda a, b: torch.cat([a.reshape(-1), b.reshape(-1)]),
    lambda a, b: a.max(),
    lambda a, b: a.cumsum(0),
)


def write_numbers(tensor: Tensor) -> None:
    tensor.detach().numpy()[...] = 0.9


def write_view(tensor: Tensor) -> None:
    tensor.data.view(-1)[0] = 1.7


def replace(tensor: Tensor) -> None:
    tensor.data = tensor.data * 2


def hook_node(tensor: Tensor) -> None:
    if tensor.grad_fn is not None:
        tensor.grad_fn.register_hook(lambda sent, came: tuple(None if part is None else part * 2 for part in sent))


def hook_before(tensor: Tensor) -> None:
    if tensor.grad_fn is not None:
        tensor.grad_fn.register_prehook(lambda came: tuple(None if part is None else part * 3 for part in came))


def hook(tensor: Tensor) -> None:
    if tensor.requires_grad:
        tensor.register_hook(lambda gradient: gradient - 1)


def in_place(tensor: Tensor) -> None:
    if tensor.grad_fn is not None:
        tensor.mul_(2)


DISTURBANCES: tuple[Callable[[Tensor], object], ...] = (
    lambda tensor: tensor.data.zero_(),
    lambda tensor: tensor.data.mul_(0.5),
    write_numbers,
    write_view,
    replace,
    hook_node,
    hook_before,
    hook,
    in_place,
)


def made(seed: int) -> Recording:
    """A program of a few operations on small tensors, disturbed at places; how far it comes is its own affair."""
    chosen = random.Random(seed)
    torch.manual_seed(seed)
    with engine.record() as run:
        shapes = [(), (2,), (2, 2), (1, 2), (2, 1)]
        pool = [torch.rand(chosen.choice(shapes)).add(0.2).requires_grad_() for _ in range(chosen.randint(1, 3))]
        leaves = len(pool)
        try:
            for _ in range(chosen.randint(2, 7)):
                try:
                    pool.append(chosen.choice(OPERATIONS)(chosen.choice(pool), chosen.choice(pool)))
                except (RuntimeError, IndexError):
                    continue  # the shapes do not fit
                if chosen.random() < 0.5:
                    chosen.choice(DISTURBANCES)(chosen.choice(pool))
            (pool[-1].sum() + pool[-2].sum()).backward()
            with torch.no_grad():
                for at in range(leaves):
                    if pool[at].grad is not None:
                        pool[at] -= 0.1 * pool[at].grad
        except RuntimeError:
            pass  # a leaf or a saved value was written to
    return run.recording


def operands(recording: Recording, operation: Operation) -> dict[str, Shown]:
    """What an operation took and gave by the names that are shown; without those that two of them share."""
    known, found, twice = facts(recording), {}, set[str]()
    for number in (*(item.value for item in operation.inputs if item.value is not None), *operation.outputs):
        name, numbers = known.label(number).to_plain(), recording.values[number].data.numbers()
        twice |= {name} & found.keys()
        if numbers is not None:
            found[name] = exact(numbers)
    return {name: value for name, value in found.items() if name not in twice}


def explained(recording: Recording) -> list[tuple[Explanation, dict[str, Shown]]]:
    found = []
    for at, moment in enumerate(recording.moments):
        operation = None
        if moment.kind == "operation" and moment.subject >= 0:
            operation = moment.subject
        elif moment.kind == "run":
            operation = recording.nodes[recording.runs[moment.subject].node].operation
        known = {} if operation is None else operands(recording, recording.operations[operation])
        found.append((explain_moment(recording, at + 1), known))
    found += [(explain_card(recording, recording.end, card.id), {}) for card in recording.graph.cards]
    found += [(explain_edge(recording, recording.end, edge.id), {}) for edge in recording.graph.edges]
    return found


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_equation_with_numbers_is_true_to_its_digits(block: int) -> None:
    compared = 0
    for seed in range(block * EACH, (block + 1) * EACH):
        recording = made(seed)
        for found, known in explained(recording):
            false, count = false_equations(found, known)
            assert not false, (seed, false)
            compared += count
        for item in derivatives(recording):
            assert item.agrees is not False, (seed, item.latex)
        for line in formula(recording).lines:
            text = "".join(part.text for part in line.substitution)
            sides = [read(side) for side in text.removeprefix("= ").split(" = ") if side]
            assert all(one is None or other is None or one.equals(other) for one, other in itertools.pairwise(sides)), text
    assert compared > 100


def forward(program: Callable[[Tensor], object]) -> list[str]:
    with engine.record() as run:
        x = torch.tensor(1.5, requires_grad=True)
        program(x)
    kinds = [moment.kind for moment in run.recording.moments]
    last = max(at for at, kind in enumerate(kinds) if kind == "operation")
    return [line.symbol.to_plain() for line in explain_moment(run.recording, last + 1).lines]


def test_numbers_stand_in_the_order_of_what_they_are_put_into() -> None:
    assert forward(lambda x: x * 2.5) == ["2.5 · x = 2.5 · 1.5", "= 3.75"]


def test_no_result_without_a_name_is_said_to_be_made_of_itself() -> None:
    """``sub`` was what both differences were called: ``sub = … − relu(sub)``."""
    with engine.record() as run:
        temperature_of_all = torch.tensor(1.5, requires_grad=True)
        pressure_of_all = torch.tensor(0.5, requires_grad=True)
        print(temperature_of_all - torch.relu(pressure_of_all - temperature_of_all))
    (found,) = (
        explain_moment(run.recording, at + 1)
        for at, moment in enumerate(run.recording.moments)
        if moment.kind == "operation" and run.recording.operations[moment.subject].id == len(run.recording.operations) - 1
    )
    assert found.lines[0].symbol.to_plain().startswith("temperature_of_all − relu(sub) =")


@pytest.mark.parametrize("write", [write_numbers, DISTURBANCES[1]])
def test_a_result_overwritten_past_autograd_has_no_symbolic_derivative(write: Callable[[Tensor], object]) -> None:
    with engine.record() as run:
        x = torch.tensor(1.5, requires_grad=True)
        y = 2.5 * x
        write(y)
        (y + x**2).backward()
    (found,) = derivatives(run.recording)
    assert not found.applies and "y was overwritten" in found.why_not


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("0.71035 · 0.078181 = 0.055536", True),
        ("1 · 3 · 2.37² = 16.851", True),
        ("1 · 3 · 2.37² = 16.861", False),
        ("sigmoid(0)(1 − sigmoid(0)) = 0", False),
        ("[1, 2] ⊙ [3, 4] = [3, 8]", True),
        ("[1, 2] = [1, 2, 0]", False),
    ],
)
def test_the_reader_of_equations_finds_what_is_false(text: str, holds: bool) -> None:
    one, other = (read(side) for side in text.split(" = "))
    assert one is not None and other is not None
    assert one.equals(other) == holds

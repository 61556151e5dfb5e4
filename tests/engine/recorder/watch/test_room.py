"""The recorder at the end of Python's stack: it has room there and goes on afterwards, and the program's own limit stays."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

import engine

x = torch.ones(1, requires_grad=True)
linear = torch.nn.Linear(1, 1)


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: torch.Tensor) -> torch.Tensor:
        return given * 2

    @staticmethod
    def backward(ctx: Any, came: torch.Tensor) -> torch.Tensor:
        return came * 2


def _deepest(make: Callable[[], object]) -> int:
    """From how many calls within each other ``make`` still works; nothing but a RecursionError may say that it does not."""

    def down(left: int) -> object:
        return make() if left == 0 else down(left - 1)

    best = 0
    for depth in range(limit := sys.getrecursionlimit()):
        try:
            down(depth)
        except RecursionError:
            continue
        best = depth
        assert sys.getrecursionlimit() == limit
    return best


def test_the_recording_goes_on_after_a_recursion_that_the_program_caught() -> None:
    def endless(left: int) -> None:
        _ = x * 2
        endless(left + 1)

    x.grad = None
    with engine.record() as r:
        with pytest.raises(RecursionError):
            endless(0)
        for _ in range(5):
            (x * x).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [10.0]
    assert len(r.recording.passes) == 5
    assert not [note for note in r.recording.notes if "failed" in note or "could not" in note]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: x * 2, id="operation"),
        pytest.param(lambda: linear(x), id="module"),
        pytest.param(lambda: (x * x).sum().backward(), id="pass"),
        pytest.param(lambda: Doubled.apply(x).backward(), id="custom Function"),  # type: ignore[no-untyped-call]
        pytest.param(lambda: torch.autograd.grad(x * x, x), id="grad"),
        pytest.param(lambda: x.shape, id="what is only read"),
        pytest.param(lambda: len(x), id="a function of torch in Python that only reads"),
        pytest.param(lambda: torch.nn.functional.relu(x), id="a function of torch in Python"),
        pytest.param(lambda: torch.no_grad().__enter__, id="grad mode"),
        pytest.param(lambda: repr(x), id="print"),
    ],
)
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_wherever_the_stack_ends_the_program_hears_so_by_python_s_own_error(make: Callable[[], object]) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(250)
    try:
        plain = _deepest(make)
        with engine.record() as r:
            recorded = _deepest(make)
            (x * x).sum().backward()
    finally:
        sys.setrecursionlimit(limit)
    assert plain - 5 <= recorded <= plain  # docs/scripts.md says by how much, and why
    assert r.recording.passes and not [note for note in r.recording.notes if "failed" in note or "could not" in note]


def test_the_program_sets_limits_of_its_own() -> None:
    limit = sys.getrecursionlimit()
    try:
        with engine.record() as r:
            sys.setrecursionlimit(2**31 - 1)
            y = x * 2
            assert sys.getrecursionlimit() == 2**31 - 1
            sys.setrecursionlimit(limit + 7)
            y.backward()
            assert sys.getrecursionlimit() == limit + 7
    finally:
        sys.setrecursionlimit(limit)
    assert len(r.recording.passes) == 1

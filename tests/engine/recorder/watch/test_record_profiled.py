"""Profilers that the script runs, in C and in Python, count what they count without the recorder."""

from __future__ import annotations

import cProfile
import profile
import pstats
import sys
from typing import Any

import pytest
import torch
from torch import nn
from torch.profiler import ProfilerActivity

import engine
from engine.runtime.frames import own_code
from tests.engine.recorder.watch.test_plain_stack import plain_and_recorded

if sys.version_info >= (3, 12):
    pytest.skip("profilers are told by other means there", allow_module_level=True)


class Linear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3, 3))

    def forward(self, x: Any) -> Any:
        return torch.relu(x @ self.weight)


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: torch.Tensor) -> torch.Tensor:
        return given * 2

    @staticmethod
    def backward(ctx: Any, came: torch.Tensor) -> torch.Tensor:
        return came * 2


model = nn.Sequential(Linear(), Linear())


def step() -> Any:
    y = model(torch.ones(2, 3)).exp()
    return Doubled.apply(y).sum()  # type: ignore[no-untyped-call]


def trains() -> None:
    step().backward()


def counted(profiler: Any, action: Any) -> dict[Any, Any]:
    """By function how often it was called, in all and by each other one."""
    profiler.runcall(action)
    found: dict[Any, Any] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    return {
        key: (calls, {by: n if isinstance(n, int) else n[0] for by, n in callers.items()})
        for key, (_, calls, _, _, callers) in found.items()
    }


@pytest.mark.parametrize("kind", [cProfile.Profile, profile.Profile])
def test_functions_are_counted_as_without(kind: Any) -> None:
    step()
    plain, recorded = plain_and_recorded(lambda: counted(kind(), step))
    for found in (plain, recorded):  # where the profiler itself asks for the time
        found.pop(("profile", 0, "profiler"), None)
    assert {key: recorded.get(key) for key in plain} == plain
    assert len(plain) > 5


@pytest.mark.parametrize("kind", [cProfile.Profile, profile.Profile])
def test_none_of_ours_are_counted_in_a_pass(kind: Any) -> None:
    with engine.record() as r:
        found = counted(kind(), trains)
    assert len(r.recording.passes) == 1
    assert not [key for key in found if key[0].startswith(own_code.folder())]
    assert any(name == "backward" for _, _, name in found)


def test_none_of_ours_are_in_stacks_of_torchs_profiler() -> None:
    with engine.record() as r:
        with torch.profiler.profile(activities=[ProfilerActivity.CPU], with_stack=True) as found:
            trains()
        step()
    names = [item.key for item in found.key_averages()]
    assert any("forward" in name for name in names)
    assert not [name for name in names if "engine/" in name and not name.startswith("tests/")]
    assert len(r.recording.passes) == 1

"""The same models recorded by Gradwalk, torchviz and torchlens, in one run.

Run: python -m benchmarks.models

torchviz, torchlens and graphviz's ``dot`` are not needed by Gradwalk: install the first two with pip, the third with the system.
What is not there is left out, and the table says so.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

import engine
from benchmarks.measuring.measure import arguments, parser, ratio, show, sized
from engine.layout.placements import plain_placement
from engine.recording import Recording

CARD = (132.0, 76.0)


@dataclass(frozen=True)
class Model:
    """A module, its input, and how often to measure."""

    name: str
    module: nn.Module
    given: tuple[Tensor, ...]
    repeats: int


class Chain(nn.Module):
    """``length`` multiplications, one after the other."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(1.0001))
        self.length = length

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(self.length):
            x = x * self.w
        return x


class Recurrent(nn.Module):
    """A hand-written recurrent cell: every step uses the same two weights."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.inward = nn.Linear(8, 16)
        self.again = nn.Linear(16, 16)
        self.steps = steps

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.zeros(x.shape[0], 16)
        for _ in range(self.steps):
            hidden = torch.tanh(self.inward(x) + self.again(hidden))
        return hidden


def models() -> list[Model]:
    """From small to large."""
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    steps, length = sized(200, 20), sized(10_000, 500)
    transformer = nn.Transformer(64, 4, 6, 6, 128, dropout=0.0, batch_first=True)
    return [
        Model("regression, one Linear", nn.Linear(1, 1), (torch.randn(1500, 1),), 50),
        Model("three-layer perceptron", layers, (torch.randn(128, 16),), 50),
        Model("transformer, 6 + 6 layers", transformer, (torch.randn(8, 16, 64), torch.randn(8, 16, 64)), 2),
        Model(f"recurrent, {steps} steps", Recurrent(steps), (torch.randn(4, 8),), 2),
        Model(f"chain of {length:,} operations", Chain(length), (torch.ones(1),), 1),
    ]


def forward(model: Model) -> Tensor:
    """A number to start a pass from."""
    loss: Tensor = model.module(*model.given).pow(2).mean()
    return loss


def plain(model: Model) -> None:
    """One forward and backward."""
    model.module.zero_grad()
    forward(model).backward()


def recorded(model: Model) -> Recording:
    """The same, recorded."""
    with engine.record() as made:
        plain(model)
    return made.recording


def with_torchviz(model: Model) -> object:
    """The same, and torchviz's description of its graph: no values, no gradients."""
    from torchviz import make_dot

    model.module.zero_grad()
    loss = forward(model)
    dot = make_dot(loss)
    loss.backward()
    return dot


def with_torchlens(model: Model) -> object:
    """The forward under torchlens with all values, and a backward."""
    import torchlens

    log = torchlens.trace(model.module, list(model.given))
    plain(model)
    return log


def seconds(call: Callable[[], object]) -> tuple[float, object]:
    """Wall-clock seconds of one call, and what it returned."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def least(call: Callable[[], object]) -> float:
    """The shortest of three calls after a first one, in seconds: what is imported and compiled at first use is left out."""
    call()
    return min(seconds(call)[0] for _ in range(3))


def picture(model: Model) -> object:
    """From model to a placed graph, by our own means."""
    return place(recorded(model))


def place(recording: Recording) -> object:
    """Where every card of its graph goes."""
    graph = recording.graph
    return plain_placement(graph, {card.id: CARD for card in graph.cards})


def show_model(model: Model, lens: bool, viz: bool, dot: bool) -> None:
    """All lines of one model."""
    recording = recorded(model)
    print(f"\n{model.name}: {len(recording.operations):,} operations, {len(recording.nodes):,} Nodes recorded")
    rounds = 7 if model.repeats > 1 else 3
    show(
        "  gradwalk: values, gradients, spans ÷ plain",
        ratio(lambda: recorded(model), lambda: plain(model), repeats=model.repeats, rounds=rounds),
        "under 3",
    )
    if viz:
        show(
            "  torchviz: graph only ÷ plain",
            ratio(lambda: with_torchviz(model), lambda: plain(model), repeats=model.repeats, rounds=rounds),
        )
    if lens:
        try:
            taken = least(lambda: with_torchlens(model))
            show_once("  torchlens: forward values + backward ÷ plain", taken, model)
        except Exception as error:
            print(f"  torchlens failed: {type(error).__name__}: {str(error)[:80]}")
    if viz and dot and model.repeats != 1:
        ours = least(lambda: picture(model))
        placed = least(lambda: place(recording))
        theirs = least(lambda: with_torchviz(model).pipe("svg"))  # type: ignore[attr-defined]
        drawn = with_torchviz(model).pipe("svg")  # type: ignore[attr-defined]
        nodes = drawn.count(b'class="node"') if isinstance(drawn, bytes) else 0
        cards = len(recording.graph.cards)
        print(
            f"  to a picture: gradwalk {ours:.2f} s ({cards:,} cards), torchviz with dot {theirs:.2f} s ({nodes:,} boxes): "
            f"{theirs / ours:.1f} times   aim: 20 for the transformer"
        )
        print(f"    of that the placement alone {placed:.3f} s: {theirs / placed:.1f} times")


def show_once(what: str, taken: float, model: Model) -> None:
    """A slow measurement against the fastest of a few plain runs."""
    base = min(seconds(lambda: plain(model))[0] for _ in range(5))
    print(f"{what:<66} {taken / base:7.1f}  (best of 3)")


def main() -> None:
    """Print the table."""
    arguments(parser(__doc__))
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(100_000)
    viz, lens = (importlib.util.find_spec(name) is not None for name in ("torchviz", "torchlens"))
    dot = shutil.which("dot") is not None
    for name, there in (("torchviz", viz), ("torchlens", lens), ("dot", dot)):
        if not there:
            print(f"{name} is not installed: left out")
    for model in models():
        show_model(model, lens and model.repeats > 1, viz and model.repeats > 1, dot)


if __name__ == "__main__":
    main()

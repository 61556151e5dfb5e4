"""What recording costs: a recorded run ÷ the plain forward + backward of the same code.

Run: python -m benchmarks.recording
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

import resources
from benchmarks.measuring.measure import arguments, parser, ratio, show
from engine.programs.program import run_program
from engine.recorder.recorder import Recorder
from engine.training.configs import TrainingConfig
from engine.training.training import record_step, step_from, train

STEP = """y_hat = X @ w + b
loss = ((y_hat - y)**2).mean()
loss.backward()
with torch.no_grad():
    w -= 0.1 * w.grad
    b -= 0.1 * b.grad
w.grad.zero_()
b.grad.zero_()
"""
CHAIN = "x = torch.tensor(1., requires_grad=True)\ny = x\nfor i in range(2000):\n    y = y * 1.0001\ny.backward()\n"


def _pair(
    text: str, tensors: dict[str, Any], local: bool, saved: bool = False
) -> tuple[Callable[[], object], Callable[[], object]]:
    code = compile(text, "<program>", "exec")

    def plain() -> None:
        exec(code, {"torch": torch, **tensors})

    def recorded() -> object:
        recorder = Recorder(text, "<program>", names=tensors, local_derivatives=local, saved_tensors=saved)
        with recorder:
            exec(code, {"torch": torch, **tensors})
        return recorder.finish()

    return recorded, plain


def main() -> None:
    """Print the table."""
    arguments(parser(__doc__))
    torch.set_num_threads(1)
    cubic = resources.read_text("examples/gradients/cubic.py")
    step = {
        "X": torch.randn(1500, 1),
        "y": torch.randn(1500, 1),
        "w": torch.randn(1, 1, requires_grad=True),
        "b": torch.randn(1, requires_grad=True),
    }
    show("default program, values and spans ÷ plain", ratio(*_pair(cubic, {}, False)), "under 4")
    show("default program, with local derivatives ÷ plain", ratio(*_pair(cubic, {}, True)))
    show("default program, with saved tensors too ÷ plain", ratio(*_pair(cubic, {}, True, True)))
    show("regression step, values and spans ÷ plain", ratio(*_pair(STEP, step, False)), "under 4")
    show("regression step, with local derivatives ÷ plain", ratio(*_pair(STEP, step, True)))
    show("regression step, with saved tensors too ÷ plain", ratio(*_pair(STEP, step, True, True)))
    show("chain of 2,000 operations ÷ plain", ratio(*_pair(CHAIN, {}, False), repeats=2, rounds=5))
    plain = _pair(cubic, {}, False)[1]
    show("default program from text (check, bounds, run) ÷ plain", ratio(lambda: run_program(cubic), plain))
    show("opening an epoch (record, graph, state) ÷ the step itself", ratio(*_epoch()))


def _epoch() -> tuple[Callable[[], object], Callable[[], object]]:
    config = TrainingConfig()
    snapshot = list(train(config))[6]

    def opened() -> object:
        recording = record_step(config, snapshot)
        return recording.state(recording.end).cards

    return opened, lambda: step_from(config, snapshot)


if __name__ == "__main__":
    main()

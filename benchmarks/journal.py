"""What the journal of a recorded script costs: recorded with it ÷ recorded without.

Run: python -m benchmarks.journal
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from benchmarks.measuring.measure import arguments, parser, ratio, show, sized
from engine.recorder.handle import Handle
from engine.scripts.kept.journal import Journal

STEPS = 40


def _regression() -> None:
    x, y = torch.randn(1500, 1), torch.randn(1500, 1)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(sized(STEPS * 5, 20)):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()


def _transformer() -> None:
    layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
    model = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
    optimizer = torch.optim.Adam(model.parameters())
    x = torch.randn(4, 16, 64)
    for _ in range(sized(STEPS // 8, 1)):
        optimizer.zero_grad()
        model(x).pow(2).mean().backward()
        optimizer.step()


def _recorded(function: Callable[[], None], folder: Path | None) -> None:
    journal = None if folder is None else Journal(folder / "journal")

    def cancel() -> bool:
        if journal is not None:
            journal.keep_up()
        return False

    handle = Handle(text=" ", filename="journal.py", cancel=cancel)
    with handle:
        if journal is not None:
            assert handle.recorder is not None
            journal.follow(handle.recorder, " ", "journal.py", "")
        function()
        if journal is not None:
            journal.write(last=True)
            assert not journal.trouble, journal.trouble
    if folder is not None and journal is not None:
        journal.close()
        (folder / "journal").unlink()


def main() -> None:
    """Print the table."""
    arguments(parser(__doc__))
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        for name, function in (("regression", _regression), ("transformer", _transformer)):
            with_it, without = (lambda: _recorded(function, Path(folder))), (lambda: _recorded(function, None))  # noqa: B023
            show(f"{name}, recorded with a journal ÷ without", ratio(with_it, without, repeats=1, rounds=9), "under 1.1")


if __name__ == "__main__":
    main()

"""What it costs to record writes to a part of a large tensor: time beside the plain run, bytes beside what was written.

Run: python -m benchmarks.writes [--quick]. Times are of the process, on one thread.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

import engine
from benchmarks.measuring.measure import arguments, parser, sized

ROWS = 2000
"""Writes, and rows of the buffers."""


def rows(side: int) -> int:
    """``buffer[i] = v``: gives the bytes written."""
    buffer = torch.zeros(side, 1000)
    for number in range(side):
        buffer[number] = number
    return buffer.nbytes


def views(side: int) -> int:
    """The rows are held, and each is filled through its view."""
    buffer = torch.zeros(side, 1000)
    for row in buffer:
        row.fill_(1.0)
    return buffer.nbytes


def outputs(side: int) -> int:
    """``out=buffer[i]``."""
    buffer, one = torch.zeros(side, 1000), torch.ones(1000)
    for number in range(side):
        torch.mul(one, number, out=buffer[number])
    return buffer.nbytes


def replay(side: int) -> int:
    """``index_copy_`` of ten rows at a time."""
    buffer, some = torch.zeros(side, 1000), torch.ones(10, 1000)
    for number in range(0, side, 10):
        buffer.index_copy_(0, torch.arange(number, number + 10), some)
    return buffer.nbytes


def cache(side: int) -> int:
    """Keys of an attention in ``inference_mode``, one row a step, all of them read in each."""
    keys, query = torch.zeros(side, 1000), torch.ones(1000)
    with torch.inference_mode():
        for number in range(side // 4):
            keys[number] = query
            _ = keys[: number + 1] @ query
    return keys.nbytes // 4


def numpys(side: int) -> int:
    """numpy writes a row, torch reads it."""
    buffer = torch.zeros(side, 1000)
    array = buffer.numpy()
    for number in range(side):
        array[number] = number
        buffer[number].sum()
    return buffer.nbytes


def elements(side: int) -> int:
    """Single elements of a tensor of 4,000 × 4,000."""
    buffer = torch.zeros(4000, 4000)
    for number in range(10 * side):
        buffer[number % 4000, number * 7 % 4000] = number
    return buffer.nbytes + 40 * side


def measure(way: Callable[[int], int], side: int) -> str:
    """One line."""
    way(side // 10)
    start = time.process_time()
    way(side)
    plain = time.process_time() - start
    start = time.process_time()
    with engine.record() as made:
        written = way(side)
    recorded = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.gradwalk"
        made.save(path)
        size = path.stat().st_size
    each = 1e6 * recorded / len(made.recording.operations)
    price = f"{recorded / plain:7.1f} × plain ({each:5.0f} µs an operation)"
    return f"{way.__name__:<9} {price}   file {size / written:5.2f} × what was written"


def main() -> None:
    """Print the table."""
    arguments(parser(__doc__))
    torch.set_num_threads(1)
    side = sized(ROWS, ROWS // 20)
    for way in (rows, views, outputs, replay, cache, numpys, elements):
        print(measure(way, side))


if __name__ == "__main__":
    main()

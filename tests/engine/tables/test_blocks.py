"""Summaries that are brought up to date block by block say what one of the whole would."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest
import torch

import engine
from engine.recorder.keep import tensors
from engine.tables import Summary, summarise
from engine.tables.blocks import BLOCK, Blocks


def agree(found: Summary, true: Summary) -> None:
    for name in ("minimum", "maximum", "nan", "infinite"):
        assert getattr(found, name) == getattr(true, name), name
    for name in ("mean", "std", "norm"):
        assert getattr(found, name) == pytest.approx(getattr(true, name), rel=1e-9, abs=1e-12), name
    assert found.counts in ((), true.counts)
    assert found.corner is not None and true.corner is not None and np.array_equal(found.corner, true.corner, equal_nan=True)


@pytest.mark.parametrize("special", [None, np.nan, np.inf, 1e300])
@pytest.mark.parametrize("size", [5 * BLOCK, 3 * BLOCK + 17, BLOCK - 1])
def test_whatever_is_written(size: int, special: float | None) -> None:
    rng = np.random.default_rng(0)
    live = rng.normal(size=size)
    blocks = Blocks(live, "float64", 0)
    known = 0
    for step in range(60):
        length = int(rng.integers(1, 2 * BLOCK if size > 2 * BLOCK else 50))
        start = int(rng.integers(0, size - length + 1))
        live[start : start + length] = rng.normal(size=length) * (3 if step == 20 else 0.5)
        if special is not None and step % 7 == 3:
            live[start] = special
        blocks.wrote(live, [start], length)
        true = summarise(live)
        found = blocks.summary(live, true.corner)
        agree(found, true)
        known += bool(found.counts)
    assert known > 5


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.complex64, torch.int64])
def test_a_tensor_beyond_the_budget_is_summarised_at_each_moment(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensors.Snapshots.__init__, "__defaults__", (0,))
    rng = random.Random(1)
    truth = []
    with engine.record() as made:
        buffer = torch.zeros(200, 100, dtype=dtype)
        for _ in range(30):
            buffer[rng.randrange(200)] = rng.randrange(1, 100)
            numbers = buffer.to(torch.complex128 if dtype.is_complex else torch.float64).numpy()
            truth.append((summarise(numbers), buffer[:8, :8].clone()))
        row = buffer[3]
        row.fill_(2)
    recording = made.recording
    (variable,) = (item for item in recording.variables if item.name == "buffer")
    found = [recording.values[number].data for _, number in variable.values]
    assert len(found) == 32 and all(item.kept is not None for item in found)
    for data, (true, corner) in zip(found[1:], truth, strict=False):
        kept = data.summary()
        assert (kept.minimum, kept.maximum) == (true.minimum, true.maximum) and kept.counts in ((), true.counts)
        assert kept.norm == pytest.approx(true.norm) and kept.mean == pytest.approx(true.mean)
        assert kept.corner is not None and kept.corner.tolist() == corner.tolist()
    assert found[-1].kept is not None and found[-1].kept.mean != found[-2].summary().mean


def test_a_summary_is_computed_by_one_thread() -> None:
    """A product of a block with itself was shared out to all cores, which waited for each other most of the time."""
    numbers = np.random.default_rng(0).normal(size=100 * BLOCK)
    shares = []
    for _ in range(5):  # another thread of this process may compute meanwhile, but not each time
        whole, own = time.process_time(), time.thread_time()
        summarise(numbers)
        shares.append((time.process_time() - whole) / (time.thread_time() - own))
    assert min(shares) < 1.3

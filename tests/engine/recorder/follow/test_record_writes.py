"""Large tensors that are written to part by part: what is kept follows what was written, and each moment shows what torch had."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import engine
from engine.recording import Recording
from engine.tables import Value, Written, same, summarise
from tests.engine.files.test_files import rewrite


def newest(recording: Recording, name: str) -> list[Value]:
    """The values of the variable of that name, one after the other."""
    (found,) = (item for item in recording.variables if item.name == name)
    return [recording.values[number] for _, number in found.values]


def file_of(made: Any, folder: Path) -> Path:
    made.save(folder / "run.gradwalk")
    return folder / "run.gradwalk"


def rows(buffer: Tensor) -> None:
    for number in range(len(buffer)):
        buffer[number] = number


def rows_of_a_view(buffer: Tensor) -> None:
    for row in buffer:
        row.copy_(torch.full(row.shape, 2.0))


def out(buffer: Tensor) -> None:
    one = torch.ones(buffer.shape[1])
    for number in range(len(buffer)):
        torch.mul(one, number, out=buffer[number])


def copied(buffer: Tensor) -> None:
    for number in range(0, len(buffer), 4):
        buffer.index_copy_(0, torch.arange(number, number + 4), torch.ones(4, buffer.shape[1]))


def scattered(buffer: Tensor) -> None:
    for number in range(buffer.shape[1]):
        buffer.scatter_(1, torch.full((len(buffer), 1), number), 1.0)


def in_data(buffer: Tensor) -> None:
    for number in range(len(buffer)):
        buffer.data[number].fill_(number)


def untracked(buffer: Tensor) -> None:
    with torch.inference_mode():
        kept = torch.zeros_like(buffer)
        for number in range(len(kept)):
            kept[number] = 1.0


def numpys(buffer: Tensor) -> None:
    array = buffer.numpy()
    for number in range(len(buffer)):
        array[number] = number
        _ = buffer[number] * 1


def held_views(buffer: Tensor) -> None:
    held = [buffer[number] for number in range(len(buffer))]
    for number, row in enumerate(held):
        row.fill_(number)


WAYS = [rows, rows_of_a_view, out, copied, scattered, in_data, untracked, numpys, held_views]


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_what_is_kept_follows_what_was_written(way: Callable[[Tensor], None], tmp_path: Path) -> None:
    """Once the whole tensor, and then not more than a few times what was written, in memory and in the file."""
    with engine.record() as made:
        buffer = torch.zeros(200, 200)
        way(buffer)
    recording = made.recording
    assert not recording.notes and len(recording.values) > 40
    whole = {
        id(item.data.array): item.data.array.nbytes
        for item in recording.values
        if not isinstance(item.data, Written) and item.data.array is not None
    }
    histories = {id(item.data.history): item.data.history for item in recording.values if isinstance(item.data, Written)}
    assert histories
    kept = sum(whole.values()) + sum(len(item.elements) + 16 * item.runs for item in histories.values())
    assert kept < 10 * buffer.nbytes
    path = file_of(made, tmp_path)
    assert path.stat().st_size < 12 * buffer.nbytes
    opened = engine.open_recording(path)
    for one, other in zip(recording.values, opened.values, strict=True):
        assert same(one.data, other.data)


def test_each_moment_shows_what_torch_had_then() -> None:
    with engine.record() as made:
        buffer = torch.zeros(100, 100)
        for number in range(100):
            buffer[number] = number + 1
    values = newest(made.recording, "buffer")
    assert len(values) == 101 and isinstance(values[-1].data, Written)
    for number in (100, 0, 57, 3, 99):  # in any order
        array = values[number].data.array
        assert array is not None and not array.flags.writeable
        assert array[:number, 0].tolist() == [*range(1, number + 1)] and not array[number:].any()
        found, true = values[number].data.summary(), summarise(array)
        assert (found.maximum, found.mean, found.counts) == (true.maximum, true.mean, true.counts)


def writes(buffer: Tensor, rng: random.Random) -> list[Callable[[], object]]:
    """Every way to write that there is, each to some place."""
    height, width = buffer.shape
    row, column, value = rng.randrange(height), rng.randrange(width), rng.random()
    some = torch.randint(0, height, (3,))
    flat = buffer.view(-1)
    array = buffer.detach().numpy()

    def by(target: Any, index: Any, what: Any) -> Callable[[], object]:
        return lambda: target.__setitem__(index, what)

    return [
        by(buffer, row, value),
        by(buffer, (row, column), value),
        by(buffer, (slice(None), column), value),
        by(buffer, (slice(row, row + 2), slice(None, None, 7)), value),
        by(buffer, some, value),
        by(flat, row * width + 3, value),
        by(buffer, torch.rand(height, width) > 0.99, value),
        by(buffer, [0, row], value),
        by(buffer.t(), column, value),
        by(buffer.data, row, value),
        by(array, row, value),
        by(array, (row, column), value),
        by(buffer.view(torch.int32), (row, column), 1),
        by(buffer.detach(), (row, slice(3)), value),
        lambda: buffer[row].copy_(torch.rand(width)),
        lambda: torch.add(buffer[0], 1, out=buffer[row]),
        lambda: buffer.index_fill_(1, torch.tensor([column]), value),
        lambda: buffer.index_add_(0, some, torch.ones(3, width)),
        lambda: buffer.scatter_(0, torch.randint(0, height, (2, 5)), value),
        lambda: buffer.masked_fill_(buffer > 0.99, value),
        lambda: buffer.put_(torch.tensor([5, 7]), torch.ones(2)),
        lambda: buffer.fill_diagonal_(value),
        lambda: buffer.narrow(0, 0, 2).zero_(),
        lambda: buffer.diagonal().mul_(2),
        lambda: buffer.add_(1.0),
        lambda: buffer.select(1, column).neg_(),
        lambda: torch._foreach_add_([buffer[0], buffer[row]], 1.0),
        lambda: buffer.data.mul_(1.5),
        lambda: torch.aminmax(buffer, dim=1, out=(buffer[:, 0].clone(), buffer[:, 1])),
    ]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_written_however_is_shown_as_torch_had_it(seed: int) -> None:
    """Random writes; after some of them the buffer is read, and what the recording then shows is what torch had."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    truth, part = [], []
    with engine.record() as made:
        buffer = torch.rand(*((90, 60) if seed % 3 else (40, 30)))
        if seed % 4 == 3:
            buffer = buffer.t()
        window = buffer[3:9]
        for _ in range(40):
            try:
                rng.choice(writes(buffer, rng))()
            except RuntimeError:
                continue  # not for a transposed one
            if rng.random() < 0.7:
                _ = buffer.sum()
                truth.append(buffer.tolist())
                _ = window.exp()
                part.append(window.tolist())
    recording = made.recording
    for name, true in (("sum", truth), ("exp", part)):
        asked = [item for item in recording.operations if item.name == name]
        assert len(asked) == len(true)
        for operation, expected in zip(asked, true, strict=True):
            array = recording.values[operation.inputs[0].value or 0].data.array
            assert array is not None and array.tolist() == expected


def test_dtypes_and_what_reads_the_memory_as_another(tmp_path: Path) -> None:
    with engine.record() as made:
        half = torch.zeros(64, 64, dtype=torch.bfloat16)
        half[3] = 1.5
        pairs = torch.zeros(64, 64, dtype=torch.complex64)
        torch.view_as_real(pairs)[5, 6, 1] = 2.0
        flags = torch.zeros(64, 64, dtype=torch.bool)
        flags[:, 1] = True
        _ = half + 0, pairs + 0, flags | False
    opened = engine.open_recording(file_of(made, tmp_path))
    for recording in (made.recording, opened):
        found = {name: newest(recording, name)[-1].data for name in ("half", "pairs", "flags")}
        assert all(isinstance(item, Written) for item in found.values())
        one, two, three = (found[name].numbers() for name in ("half", "pairs", "flags"))
        assert one is not None and two is not None and three is not None
        assert one[3].tolist() == [1.5] * 64 and not one[4:].any()
        assert two[5, 6] == 2j and np.count_nonzero(two) == 1
        assert three[:, 1].all() and np.count_nonzero(three) == 64


def test_only_views_that_a_write_meets_get_another_value() -> None:
    with engine.record() as made:
        buffer = torch.zeros(100, 100)
        held = [buffer[number] for number in range(100)]
        column = buffer[:, 7]
        for row in held:
            row.fill_(1.0)
        _ = [row + 0 for row in held]
        last = column + 0
    recording = made.recording
    assert len(recording.values) < 750
    assert len(newest(recording, "column")) == 101 and last.tolist() == [1.0] * 100
    added = [item for item in recording.operations if item.name == "add"][:100]
    assert all(recording.values[item.inputs[0].value or 0].data.array.tolist() == [1.0] * 100 for item in added)  # type: ignore[union-attr]
    assert len({item.inputs[0].value for item in added}) == 100


BROKEN: list[Callable[[dict[str, Any]], None]] = [
    lambda d: d["tensors"]["written"].__setitem__(-1, [0, 10**6, 0, [4, 4]]),
    lambda d: d["tensors"]["written"].__setitem__(-1, [7, 0, 0, [4, 4]]),
    lambda d: [row.__setitem__(2, 10**9) for row in d["tensors"]["written"] if row],  # type: ignore[func-returns-value]
    lambda d: [row.__setitem__(3, [-4, 4]) for row in d["tensors"]["written"] if row],  # type: ignore[func-returns-value]
    lambda d: [row.__setitem__(3, [4]) for row in d["tensors"]["written"] if row],  # type: ignore[func-returns-value]
    lambda d: d["histories"].__setitem__("starts", d["histories"]["base"]),
    lambda d: d["histories"].__setitem__("ends", d["histories"]["starts"]),
    lambda d: d["histories"].__setitem__("starts", [10**6]),
    lambda d: d["histories"].pop("elements"),
    lambda d: d["histories"].__setitem__("base", d["histories"]["elements"]),
    lambda d: d["tensors"].pop("written"),
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_a_file_whose_history_makes_no_sense_is_refused(number: int, tmp_path: Path) -> None:
    with engine.record() as made:
        buffer = torch.zeros(50, 50)
        for row in (1, 2, 49):
            buffer[row] = row
    path = file_of(made, tmp_path)
    engine.open_recording(path)
    rewrite(path, BROKEN[number])
    with pytest.raises(engine.errors.RecordingFileError):
        engine.open_recording(path)

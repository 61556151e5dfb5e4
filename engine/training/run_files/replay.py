"""A run trained once more, from what is known of it, and whether it came out exactly the same; and the hash of its data."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

import torch

from engine.runtime.errors import Cancelled
from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.data import training_data
from engine.training.machine import Machine

Cancel = Callable[[], bool]


def replayed(
    changes: Mapping[int, TrainingConfig], rates: Sequence[float], cancel: Cancel | None = None
) -> Iterator[TrainingSnapshot]:
    """Train a run again: bit-identical to the first time, on the same machine with as many threads.

    Edited code runs in a process of its own, as when it is trained: who asks for this has to know that it may.

    Parameters
    ----------
    changes : mapping of int to TrainingConfig
        The set-up by the epoch that it acts from on; the first from epoch 1.
    rates : sequence of float
        The learning rates of epochs 1, 2, …
    cancel : callable, optional
        Asked while edited code computes, which may never end; True ends its process.

    Yields
    ------
    TrainingSnapshot
        Snapshot 0, then one for each of ``rates``.

    Raises
    ------
    ValueError
        Where the data cannot be used, or a change leads to another model.
    engine.errors.ProgramError
        Where edited code fails.
    engine.errors.Cancelled
        Where ``cancel`` ended it.
    """
    starts = sorted(changes)
    if starts[:1] != [1]:
        raise ValueError(f"changes must begin with epoch 1, got {starts[:1]}")
    last: TrainingSnapshot | None = None

    def config_at(item: tuple[int, float]) -> int:
        return bisect_right(starts, item[0]) - 1

    for place, epochs in groupby(enumerate(rates, 1), config_at):
        config = changes[starts[place]]
        for shot in _stretch(config, last, tuple(rate for _, rate in epochs), cancel):
            last = shot
            yield shot


def _stretch(
    config: TrainingConfig, start: TrainingSnapshot | None, rates: tuple[float, ...], cancel: Cancel | None
) -> Iterator[TrainingSnapshot]:
    """An epoch with each of these rates after ``start``; without one, snapshot 0 before them."""
    if config.code:
        from engine.training.edited.elsewhere import trained_again

        yield from trained_again(config, start, rates, cancel)
        return
    machine = Machine(config, start)
    if start is None:
        yield machine.start()
    for rate in rates:
        yield machine.epoch(rate)


def same(one: float, other: float) -> bool:
    """Whether two numbers are the same, where nan is the same as nan."""
    return one == other or (math.isnan(one) and math.isnan(other))


def difference(
    changes: Mapping[int, TrainingConfig],
    rates: Sequence[float],
    losses: Sequence[float],
    validation: Sequence[float],
    parameters: Callable[[TrainingSnapshot], bool],
    cancel: Cancel | None = None,
    keep: Callable[[TrainingSnapshot], object] | None = None,
) -> str:
    """Train a run again, and say in words where it first came out otherwise; empty where every number is the same.

    Parameters
    ----------
    changes, rates
        As for ``replayed``.
    losses : sequence of float
        Of epochs 1, 2, …
    validation : sequence of float
        On the rows set aside, at the start and after each epoch; nan where there are none.
    parameters : callable
        Given a snapshot: whether the parameters that are known of it are the same.
    cancel : callable, optional
        Asked once an epoch; True ends it with Cancelled.
    keep : callable, optional
        Given each snapshot.
    """
    made = 0
    for shot in replayed(changes, rates, cancel):
        if cancel is not None and cancel():
            raise Cancelled
        if keep is not None:
            keep(shot)
        made = shot.step
        at = f"epoch {shot.step:,}" if shot.step else "the start"
        if shot.loss is not None and not same(shot.loss, losses[shot.step - 1]):
            return f"the loss of {at} is {shot.loss!r}, and was {losses[shot.step - 1]!r}"
        aside = math.nan if shot.validation is None else shot.validation
        if not same(aside, validation[shot.step]):
            return f"the validation loss of {at} is {aside!r}, and was {validation[shot.step]!r}"
        if not parameters(shot):
            return f"parameters after {at} are others"
    return "" if made == len(rates) else f"it ended after epoch {made:,}"


def data_hash(config: TrainingConfig, cancel: Cancel | None = None) -> tuple[str, int]:
    """SHA-256 of the numbers that ``config`` trains on, and how many rows they are, those set aside among them.

    Of each array its shape as text (``float32 (1500, 1)``) and its bytes, little endian, in the order X, y, X and y set aside.
    """
    data = training_data(config, cancel)
    digest = hashlib.sha256()
    for array in (data.X, data.y, data.X_val, data.y_val):
        digest.update(f"{array.dtype.name} {array.shape}".encode())
        digest.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest(), len(data.X) + len(data.X_val)


def torch_version() -> str:
    """The version of torch that trains here."""
    return str(torch.__version__)

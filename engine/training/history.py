"""A run's history in bounded memory: every loss, and any snapshot, kept or computed again from one that is."""

from __future__ import annotations

import sys
import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from engine.runtime.threads import adopt_thread_count
from engine.training.configs import Stretch, TrainingConfig, TrainingSnapshot
from engine.training.machine import Machine

MOST_BYTES = 256 * 1024 * 1024
"""How much all kept snapshots may take by default."""
_MEASURED = 64
"""Every so many snapshots one is measured: those between are as large, but for what L-BFGS gathers meanwhile."""
_AROUND = 1500
"""Bytes of a snapshot beside its arrays."""


class History:
    """All that became of a run, epoch by epoch.

    Snapshots are kept while they take no more than ``most_bytes``; then every second one is let go, again and again, so that
    those that stay are evenly spaced. One that was let go is computed again from the one before it, with the configs and rates of
    its epochs: bit-identical, since an epoch depends on nothing else.

    It reads like a sequence of snapshots, from any thread while another one adds to it.

    Parameters
    ----------
    start : TrainingSnapshot
        Number 0 of a run.
    most_bytes : int, default 256 MiB

    Raises
    ------
    ValueError
        If ``start`` is not number 0, or was made by no run.
    """

    def __init__(self, start: TrainingSnapshot, most_bytes: int = MOST_BYTES) -> None:
        if start.step != 0 or start.config is None:
            raise ValueError(f"start must be snapshot 0 of a run, got number {start.step}")
        self._lock = threading.Lock()
        self._most = most_bytes
        self._spacing = 1
        self._kept = {0: start}
        self._steps = [0]
        """Their numbers, in order."""
        self._last = start
        self._bytes = 0
        self._size = 0
        self._losses, self._validation, self._rates = array("d"), array("d"), array("d")
        self._configs: list[TrainingConfig] = []
        self._from: list[int] = []

    def __len__(self) -> int:
        """How many snapshots there are, number 0 counted."""
        return len(self._losses) + 1

    @overload
    def __getitem__(self, place: int) -> TrainingSnapshot: ...

    @overload
    def __getitem__(self, place: slice) -> list[TrainingSnapshot]: ...

    def __getitem__(self, place: int | slice) -> TrainingSnapshot | list[TrainingSnapshot]:
        if isinstance(place, slice):
            wanted = range(*place.indices(len(self)))
            found = {shot.step: shot for shot in self._walk(min(wanted), max(wanted)) if shot.step in wanted} if wanted else {}
            return [found[epoch] for epoch in wanted]
        return self.at(place + len(self) if place < 0 else place)

    def __iter__(self) -> Iterator[TrainingSnapshot]:
        return self._walk(0, len(self) - 1)

    @property
    def last(self) -> TrainingSnapshot:
        """The newest snapshot."""
        return self._last

    @property
    def losses(self) -> NDArray[np.float64]:
        """Of epochs 1, 2, …"""
        return np.array(self._losses)

    @property
    def validation(self) -> NDArray[np.float64]:
        """Losses on the rows set aside, of epochs 1, 2, …; nan where there are none."""
        return np.array(self._validation)

    @property
    def rates(self) -> NDArray[np.float64]:
        """Learning rates of epochs 1, 2, …"""
        return np.array(self._rates)

    @property
    def configs(self) -> Mapping[int, TrainingConfig]:
        """The config by the epoch that it acts from on: more than one where knobs were changed while the run went on."""
        return dict(zip(self._from, self._configs, strict=True))

    def add(self, made: TrainingSnapshot | Stretch) -> None:
        """The next snapshot of the run, or the next epochs. Raises ValueError where they are not the next."""
        stretch = Stretch.of([made]) if isinstance(made, TrainingSnapshot) else made
        shots = stretch.snapshots
        if stretch.first != len(self) or any(shot.config is None or shot.loss is None for shot in shots):
            raise ValueError(f"snapshot must be number {len(self)} of the run, got number {stretch.first}")
        with self._lock:
            self._validation.frombytes(stretch.validation.tobytes())
            self._rates.frombytes(stretch.rates.tobytes())
            for shot in shots:
                assert shot.config is not None
                if not self._configs or shot.config is not self._configs[-1]:
                    self._turn(shot.config, stretch.first if shot is shots[0] else shot.step)
                if shot.step - self._steps[-1] >= self._spacing:
                    self._keep(shot)
            self._last = shots[-1]
            self._losses.frombytes(stretch.losses.tobytes())

    def _keep(self, snapshot: TrainingSnapshot) -> None:
        self._kept[snapshot.step] = snapshot
        self._steps.append(snapshot.step)
        if len(self._steps) % _MEASURED == 0 or len(self._kept) < 4:
            self._size = _size(snapshot)
        self._bytes += self._size
        while self._bytes > self._most and len(self._kept) > 2:
            self._thin()

    def _turn(self, config: TrainingConfig, epoch: int) -> None:
        """``config`` acts from ``epoch`` on, if it is another one."""
        if not self._configs or config != self._configs[-1]:
            self._from.append(epoch)
            self._configs.append(config)

    def extend(self, made: Iterable[TrainingSnapshot | Stretch]) -> None:
        """One after the other."""
        for item in made:
            self.add(item)

    def at(self, epoch: int) -> TrainingSnapshot:
        """Snapshot number ``epoch``, as it was. Raises IndexError where there is none."""
        with self._lock:
            if not 0 <= epoch < len(self):
                raise IndexError(f"epoch must be from 0 to {len(self) - 1}, got {epoch!r}")
            if epoch == self._last.step:
                return self._last
            snapshot = self._kept[self._steps[bisect_right(self._steps, epoch) - 1]]
            rates = self._rates[snapshot.step : epoch]
            configs = [self._configs[bisect_right(self._from, at) - 1] for at in range(snapshot.step + 1, epoch + 1)]
        if any(config.code for config in configs):
            from engine.training.edited.elsewhere import epochs_again

            return epochs_again(configs, snapshot, list(rates))
        if configs:
            adopt_thread_count()  # the order of a sum depends on it
        machine: Machine | None = None
        for config, rate in zip(configs, rates, strict=True):
            if machine is None or machine.config is not config:
                machine = Machine(config, snapshot)
            snapshot = machine.epoch(rate)
        return snapshot

    def _walk(self, first: int, last: int) -> Iterator[TrainingSnapshot]:
        """Every snapshot from ``first`` to ``last``: what is not kept is computed from the one before, each epoch once."""
        snapshot, machine = self.at(first), None
        yield snapshot
        for epoch in range(first + 1, last + 1):
            with self._lock:
                kept = self._last if epoch == self._last.step else self._kept.get(epoch)
                config, rate = self._configs[bisect_right(self._from, epoch) - 1], self._rates[epoch - 1]
            if kept is not None:
                snapshot, machine = kept, None
            elif config.code:
                snapshot = self.at(epoch)
            else:
                if machine is None or machine.config is not config:
                    adopt_thread_count()
                    machine = Machine(config, snapshot)
                snapshot = machine.epoch(rate)
            yield snapshot

    def kept(self, most: int = 200) -> list[TrainingSnapshot]:
        """Of those that are kept, about ``most`` that are evenly spaced: the first and the last, and what lies between."""
        with self._lock:
            steps = self._steps
            shown = steps[:: max(1, len(steps) // most)]
            found = [self._kept[step] for step in shown]
            return found if found[-1] is self._last else [*found, self._last]

    def best(self) -> TrainingSnapshot:
        """The one with the least loss, which is what the epoch after it computed; the start where there is none."""
        losses = self.losses
        finite = np.isfinite(losses)
        return self.at(int(np.argmin(np.where(finite, losses, np.inf))) if finite.any() else 0)

    def branch(self, epoch: int) -> History:
        """Another history that is this one up to ``epoch``, and goes on otherwise. Raises IndexError where there is none."""
        last = self.at(epoch)
        with self._lock:
            made = History(self._kept[0], self._most)
            made._spacing, made._size, made._last = self._spacing, self._size, last
            made._losses, made._validation, made._rates = self._losses[:epoch], self._validation[:epoch], self._rates[:epoch]
            turns = bisect_right(self._from, epoch)
            made._configs, made._from = self._configs[:turns], self._from[:turns]
            made._kept = {step: item for step, item in self._kept.items() if step <= epoch}
        made._steps = list(made._kept)
        made._bytes = sum(map(_size, made._kept.values()))
        return made

    def bound(self, most_bytes: int = MOST_BYTES) -> None:
        """Let kept snapshots take no more than ``most_bytes`` from now on; two stay, however large they are."""
        with self._lock:
            self._most = most_bytes
            while self._bytes > self._most and len(self._kept) > 2:
                self._thin()

    def cut(self, epoch: int) -> None:
        """Forget what came after ``epoch``: the run goes on from there otherwise. Raises IndexError where there is none."""
        last = self.at(epoch)
        with self._lock:
            self._last = last
            for numbers in (self._losses, self._validation, self._rates):
                del numbers[epoch:]
            while self._from and self._from[-1] > epoch:
                self._from.pop()
                self._configs.pop()
            self._kept = {step: item for step, item in self._kept.items() if step <= epoch}
            self._steps = list(self._kept)
            self._bytes = sum(map(_size, self._kept.values()))

    def _thin(self) -> None:
        """Let every second one go, as evenly as they come."""
        self._spacing *= 2
        before, self._kept, self._steps = self._kept, {0: self._kept[0]}, [0]
        for step, item in before.items():
            if step - self._steps[-1] >= self._spacing:
                self._kept[step] = item
                self._steps.append(step)
        self._bytes = sum(map(_size, self._kept.values()))


def _size(snapshot: TrainingSnapshot) -> int:
    parts = (snapshot.parameters, snapshot.gradients, snapshot.optimizer_state)
    return _AROUND + len(snapshot.beside) + sum(_bytes(part) for part in parts)


def _bytes(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes + 120
    if isinstance(value, Mapping):
        return 100 + sum(map(_bytes, value.values()))
    if isinstance(value, tuple):
        return 60 + sum(map(_bytes, value))
    return sys.getsizeof(value)

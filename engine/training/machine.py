"""One run's model, optimizer and data: driven an epoch on by the program's own code, and set back to any snapshot."""

from __future__ import annotations

import ast
import math
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.training.configs import FloatArray, RandomState, TrainingConfig, TrainingSnapshot
from engine.training.data import TrainingData, training_data
from engine.training.program import Program, program

FILENAME = "regression.py"
"""The file name that the training program is compiled under: tracebacks and source spans carry it."""


_shared_random_state = threading.Lock()
"""The training and the recorder make models on threads of their own, and must not draw from each other's seed."""


@lru_cache(maxsize=16)
def functions(text: str) -> dict[str, Any]:
    """What the program text defines; the same functions each time."""
    namespace: dict[str, Any] = {"__name__": "regression"}
    exec(compile(text, FILENAME, "exec"), namespace)
    return namespace


@lru_cache(maxsize=16)
def assigned(text: str) -> dict[tuple[int, int, int, int], tuple[str | None, ...]]:
    """Where the right-hand sides of the program's assignments stand, and the name each gets: columns from 1, end exclusive."""
    found: dict[tuple[int, int, int, int], tuple[str | None, ...]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            place = value.lineno, value.col_offset + 1, value.end_lineno or 0, (value.end_col_offset or 0) + 1
            found[place] = (node.targets[0].id,)
    return found


@lru_cache(maxsize=16)
def asides(written: Program) -> dict[str, Any]:
    """``predict(model, X)``, ``loss_of(y_hat, y)`` and, for a model linear in its parameters, ``columns(X)``."""
    _refuse_edited(written)
    names = dict(functions(written.text))
    exec(compile(written.prediction + written.loss + written.columns, "asides", "exec"), names)
    return names


def made(config: TrainingConfig) -> tuple[Any, Any, dict[str, torch.Tensor]]:
    """A model with its first weights, its optimizer (None where the update is written by hand), its parameters by name."""
    written = program(config)
    _refuse_edited(written)
    names = dict(functions(written.text))
    code = compile(written.made, "made", "exec")
    with torch.enable_grad():
        if "torch.manual_seed" in written.made:  # the one random state that all of the process shares
            with _shared_random_state, torch.random.fork_rng(devices=[]):
                exec(code, names)
        else:
            exec(code, names)
    model, own = names["model"], config.setup.model.parameters
    parameters = {name: getattr(model, name) for name in own} if own else dict(model.named_parameters())
    return model, names.get("optimizer"), parameters


def _refuse_edited(written: Program) -> None:
    if written.by_hand:
        raise EngineError("edited training code runs in a process of its own, not in this one")


def drawn(config: TrainingConfig, reason: str) -> TrainingConfig:
    """The config whose program computes what is drawn of ``config``: the set-up's, where edited code computes the same.

    Raises
    ------
    ValueError
        Where it does not, for which ``reason`` is the reason.
    """
    if reason:
        raise ValueError(f"this cannot be drawn: {reason}")
    return config.generated


class Machine:
    """The state of a run between two epochs.

    Parameters
    ----------
    config : TrainingConfig
    start : TrainingSnapshot, optional
        The state to begin from; default: the first weights. What the optimizer keeps is taken over from a run with the same
        optimizer, and the order of rows goes on where data and seed are the same.

    Raises
    ------
    ValueError
        Where ``start`` is of a model with other parameters, or the data cannot be used.
    """

    def __init__(self, config: TrainingConfig, start: TrainingSnapshot | None = None) -> None:
        self.config = config
        self.written = program(config)
        self.data = self._read()
        self.X, self.y = self.data.tensors()
        takes = self.written.arguments
        self._takes = {self.written.function: takes, "step": tuple(name for name in takes if name != "order")}
        self._functions: Mapping[str, Any]
        self.model: Any
        self.optimizer: Any
        self.parameters: dict[str, torch.Tensor]
        self._functions, self.model, self.optimizer, self.parameters = self._made()
        self._arrays = _Arrays()
        self._orders = _orders(int(config.seed), len(self.X)) if config.batch_size is not None else None
        self._drawn = 0
        self._generator = None if self._orders is None else self._orders.at(0)
        self._gradients: dict[str, Any] = {}
        self._watched = False
        self._step = 0
        self._first: float | None = None
        self._previous: float | None = None
        if start is not None:
            self._set(start)

    def _read(self) -> TrainingData:
        return training_data(self.config)

    def _made(self) -> tuple[Mapping[str, Any], Any, Any, dict[str, torch.Tensor]]:
        """What the program defines, the model, the optimizer if there is one, the parameters by name."""
        _refuse_edited(self.written)
        return functions(self.written.text), *made(self.config)

    def _set(self, start: TrainingSnapshot) -> None:
        wanted = {name: tuple(tensor.shape) for name, tensor in self.parameters.items()}
        came = {name: tuple(array.shape) for name, array in start.parameters.items()}
        if wanted != came:
            raise ValueError(f"start must be a snapshot of a model with parameters {wanted}, got one with {came}")
        before = start.config or self.config
        for name, tensor in self.parameters.items():
            tensor.data = torch.tensor(np.asarray(start.parameters[name]))
            if start.step and not before.get("zero_grad") and name in start.gradients:
                tensor.grad = torch.tensor(np.asarray(start.gradients[name]))
            elif start.step and self.written.zeroed_in_place:
                tensor.grad = torch.zeros_like(tensor)
        if self.optimizer is not None and before.optimizer == self.config.optimizer:
            for name, kept in start.optimizer_state.items():
                self.optimizer.state[self.parameters[name]] = {key: _thawed(value) for key, value in kept.items()}
        state = start.random_state
        if self._orders is not None and state is not None and state[:2] == (int(self.config.seed), len(self.X)):
            self._drawn = state.drawn
            self._generator = self._orders.at(state.drawn)
        self._step, self._first, self._previous = start.step, start.first, start.loss

    def kept(self) -> dict[str, torch.Tensor]:
        """What the optimizer keeps for each parameter, by names such as ``w.exp_avg``."""
        if self.optimizer is None:
            return {}
        found: dict[str, torch.Tensor] = {}
        for name, tensor in self.parameters.items():
            for key, value in self.optimizer.state.get(tensor, {}).items():
                items = [(f"{name}.{key}", value)]
                if isinstance(value, list):
                    items = [(f"{name}.{key}[{place}]", item) for place, item in enumerate(value)]
                found |= {called: item for called, item in items if isinstance(item, torch.Tensor)}
        return found

    # An epoch ----------------------------------------------------------------------------------------------------

    def rate(self, base: float, epoch: int) -> float:
        """The rate of an epoch, from 1, where the configured one is ``base``."""
        return rate_of(self.written, base, epoch)

    def order(self) -> torch.Tensor | None:
        """The order of rows of the next epoch, drawn: the one after it is another. None where all rows are one batch."""
        if self._generator is None:
            return None
        self._drawn += 1
        return torch.randperm(len(self.X), generator=self._generator)

    def arguments(self, rate: float, order: torch.Tensor | None) -> dict[str, Any]:
        """What the program's functions take, by name, in an epoch with this rate and order of rows."""
        if self.optimizer is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = rate
        return {"model": self.model, "optimizer": self.optimizer, "X": self.X, "y": self.y, "lr": rate, "order": order}

    def run(self, function: str, values: Mapping[str, Any]) -> float:
        """Call the program's ``function`` with what it takes of ``values``; its loss."""
        loss: float = self._functions[function](*[values[name] for name in self._takes[function]])
        return loss

    def epoch(self, rate: float) -> TrainingSnapshot:
        """Go an epoch on."""
        if not self._watched:
            self._watch()
        values = self.arguments(rate, self.order())
        with torch.enable_grad():
            loss = self.run(self.written.function, values)
        self._step += 1
        self._first = loss if self._first is None else self._first
        stopped = self._stopped(loss)
        self._previous = loss
        gradients = {name: _kept(self._gradients[name]) for name in self.parameters if name in self._gradients}
        return self._snapshot(loss, gradients, rate, self._validation(), stopped)

    def start(self) -> TrainingSnapshot:
        """The state before the first epoch."""
        return self._snapshot(None, {}, float(self.config.learning_rate), self._validation(), "")

    def _snapshot(
        self, loss: float | None, gradients: Mapping[str, FloatArray], rate: float, validation: float | None, stopped: str
    ) -> TrainingSnapshot:
        random_state = None if self._orders is None else RandomState(int(self.config.seed), len(self.X), self._drawn)
        return TrainingSnapshot(
            self._step,
            loss,
            {name: _kept(tensor) for name, tensor in self.parameters.items()},
            gradients,
            rate,
            self.config,
            self._state(),
            random_state,
            validation,
            self._first,
            stopped,
        )

    def _watch(self) -> None:
        """Keep what comes to each ``.grad``: itself, which clipping may change and nothing clears, or else a copy."""
        copied, self._watched = self.written.zeroed_in_place, True

        def watch(name: str) -> Callable[[torch.Tensor], None]:
            def keep(parameter: torch.Tensor) -> None:
                assert parameter.grad is not None
                self._gradients[name] = _kept(parameter.grad) if copied else parameter.grad

            return keep

        for name, tensor in self.parameters.items():
            tensor.register_post_accumulate_grad_hook(watch(name))  # type: ignore[no-untyped-call]

    def _stopped(self, loss: float) -> str:
        if not self.written.stops:
            return ""
        values = {"loss": loss, "previous": self._previous, "first": self._first}
        return next((name for name, text in self.written.stops if eval(_compiled(text), values)), "")

    def _validation(self) -> float | None:
        if not len(self.data.X_val):
            return None
        X, y = torch.from_numpy(self.data.X_val.copy()), torch.from_numpy(self.data.y_val.copy())
        names = asides(self.written)
        with torch.no_grad():
            return float(names["loss_of"](names["predict"](self.model, X), y).item())

    def _state(self) -> dict[str, dict[str, Any]]:
        if self.optimizer is None:
            return {}
        self._arrays.turn()
        state = self.optimizer.state
        return {
            name: {key: self._arrays.frozen(value) for key, value in state[tensor].items()}
            for name, tensor in self.parameters.items()
            if tensor in state
        }


def rate_of(written: Program, base: float, epoch: int) -> float:
    """The rate of an epoch, from 1, where the configured one is ``base``."""
    if not written.rate:
        return base
    return float(eval(_compiled(f"lr * {written.rate}"), {"math": math, "lr": base, "epoch": epoch}))


def _kept(tensor: torch.Tensor | FloatArray) -> FloatArray:
    if isinstance(tensor, np.ndarray):
        return tensor
    array: FloatArray = tensor.detach().numpy().copy()
    array.setflags(write=False)
    return array


@lru_cache(maxsize=64)
def _compiled(text: str) -> Any:
    return compile(text, "rule", "eval")


class _Arrays:
    """Copies of tensors; one that is still as it was in the last snapshot is shared with that."""

    def __init__(self) -> None:
        self._before: dict[int, tuple[torch.Tensor, int, FloatArray]] = {}
        self._now: dict[int, tuple[torch.Tensor, int, FloatArray]] = {}

    def turn(self) -> None:
        """A new snapshot begins."""
        self._before, self._now = self._now, {}

    def frozen(self, value: Any) -> Any:
        """A copy of what an optimizer keeps: arrays for tensors, tuples for lists."""
        if isinstance(value, torch.Tensor):
            there = self._before.get(id(value))
            same = there is not None and there[0] is value and there[1] == value._version
            array = there[2] if same and there is not None else _kept(value)
            self._now[id(value)] = value, value._version, array
            return array
        if isinstance(value, list | tuple):
            return tuple(map(self.frozen, value))
        return value


def _thawed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return torch.tensor(value)
    if isinstance(value, tuple):
        return list(map(_thawed, value))
    return value


def batches(config: TrainingConfig, snapshot: TrainingSnapshot) -> tuple[NDArray[np.int64], ...]:
    """The rows of each batch of the epoch after ``snapshot``, as places in ``training_data(config).X``."""
    count, size = len(training_data(config).X), config.batch_size
    if size is None:
        return (np.arange(count),)
    state, seed = snapshot.random_state, int(config.seed)
    drawn = state.drawn if state is not None and state[:2] == (seed, count) else 0
    order = torch.randperm(count, generator=_orders(seed, count).at(drawn))
    return tuple(rows.numpy() for rows in order.split(size))  # type: ignore[no-untyped-call]


class _Orders:
    """The orders that a generator with one seed draws for so many rows, from any of them on."""

    EVERY = 32
    """Permutations between two states that are kept: so many are drawn again at most, to come to any."""

    def __init__(self, seed: int, rows: int) -> None:
        self._rows = rows
        self._lock = threading.Lock()
        self._states = [torch.Generator().manual_seed(seed).get_state()]

    def at(self, drawn: int) -> torch.Generator:
        """A generator that has drawn so many."""
        with self._lock:
            known = min(drawn // self.EVERY, len(self._states) - 1)
            generator = torch.Generator()
            generator.set_state(self._states[known])
            for number in range(known * self.EVERY + 1, drawn + 1):
                torch.randperm(self._rows, generator=generator)
                if number == len(self._states) * self.EVERY:
                    self._states.append(generator.get_state())
            return generator


@lru_cache(maxsize=8)
def _orders(seed: int, rows: int) -> _Orders:
    return _Orders(seed, rows)

"""One run's model, optimizer and data: driven an epoch on by the program's own code, and set back to any snapshot."""

from __future__ import annotations

import ast
import contextlib
import math
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import EngineError, ProgramFailedError
from engine.training.configs import FOLLOWED, FloatArray, RandomState, Stretch, TrainingConfig, TrainingSnapshot
from engine.training.data import TrainingData, training_data
from engine.training.program import Program, program

FILENAME = "regression.py"
"""The file name that the training program is compiled under: tracebacks and source spans carry it."""


EACH = 256
"""Of so many first epochs of a run the snapshots are kept, which any of the usual length is."""

EVERY, APART = 64, 0.01
"""Then one is made after so many epochs, or so many seconds: what lies between is soon computed again.

A snapshot and its hooks take as long as one epoch of a small model, which is a part of the training's time."""

_shared_random_state = threading.Lock()
"""The training and the recorder make models on threads of their own, and must not draw from each other's seed."""


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What torch refuses to compute, as some of its optimizers do with numbers without bound, as a ``ProgramFailedError``."""
    try:
        yield
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILENAME]
        if isinstance(error, EngineError) or not lines:
            raise
        raise ProgramFailedError(
            f"the epoch ended with {type(error).__name__}: {str(error).partition(chr(10))[0]}",
            hint="Where numbers have grown without bound, choose a smaller learning rate.",
            line=lines[-1] or 1,
        ) from error


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
        self._views: dict[str, tuple[torch.Tensor, int, FloatArray]] = {}
        self._aside: tuple[torch.Tensor, torch.Tensor] | None = None
        self._hooks: list[tuple[Any, Any]] = []
        """Nodes, which live as long as they are held, and their hooks."""
        self._keeps: dict[str, _Keep] = {}
        self._seconds = 1.0
        """What the last epoch with a snapshot took."""
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
        self._watch()
        with torch.enable_grad():
            loss, validation, stopped = self._advance(rate)
        return self._shot(loss, validation, stopped, rate)

    def stretch(self, base: float, most: int, goes_on: Callable[[], bool]) -> Stretch:
        """Go on by up to ``most`` epochs, 1 or more, and by one at least; the configured rate is ``base``.

        It ends after the epoch before which ``goes_on`` says False, or at which a rule stops the run. Of most epochs only the
        numbers are kept, and no gradient is looked at, so that the epochs themselves are what takes the time.
        """
        first, rules = self._step + 1, bool(self.written.stops)
        made = _Numbers(self._followed())
        shots: list[TrainingSnapshot] = []
        over = False
        with torch.enable_grad():
            while not over:
                left = most - made.count
                if not rules and self._step >= EACH and left > 1 and goes_on():
                    self._watch(False)
                    self._between(base, min(left, EVERY), goes_on, made)
                over = made.count + 1 >= most or not goes_on()
                began, rate = time.perf_counter(), self.rate(base, self._step + 1)
                self._watch()
                loss, validation, stopped = self._advance(rate)
                self._seconds = max(1e-6, time.perf_counter() - began)
                made.add(loss, validation, rate)
                over = over or bool(stopped)
                if over or not rules or self._step <= EACH or self._step % EVERY == 0:
                    shots.append(self._shot(loss, validation, stopped, rate))
        return Stretch(first, *made.columns(), made.parameters(self.parameters), tuple(shots))

    def _between(self, base: float, most: int, goes_on: Callable[[], bool], made: _Numbers) -> None:
        """Fewer than ``most`` epochs without a snapshot, so few that they take no longer than ``APART``."""
        usual = self._generator is None and not len(self.data.X_val) and not self.written.rate
        values, function = self.arguments(base, None), self.written.function
        call = partial(self._functions[function], *[values[name] for name in self._takes[function]])
        note, copies, losses = made.rows.append, made.copies, list[float]()
        for _ in range(min(most, 1 + int(APART / self._seconds)) - 1):
            if usual:  # nothing else than this: each line here is a part of the training's time
                losses.append(call())
                for copy in copies:
                    note(copy())
            else:
                rate = self.rate(base, self._step + 1)
                loss, validation, _stopped = self._advance(rate)
                made.add(loss, validation, rate)
            if not goes_on():
                break
        if losses:
            self._step += len(losses)
            self._previous = losses[-1]
            made.extend(losses, base)

    def _followed(self) -> list[FloatArray]:
        """The parameters of a small model as they are at any time, as long as torch writes into the same memory."""
        if sum(tensor.numel() for tensor in self.parameters.values()) > FOLLOWED:
            return []
        return [tensor.detach().numpy() for tensor in self.parameters.values()]

    def _advance(self, rate: float) -> tuple[float, float | None, str]:
        """Go an epoch on: its loss, that of the rows set aside after it, and the rule that stops the run."""
        loss = self.run(self.written.function, self.arguments(rate, self.order()))
        self._step += 1
        self._first = loss if self._first is None else self._first
        stopped = self._stopped(loss)
        self._previous = loss
        return loss, self._validation(), stopped

    def _shot(self, loss: float, validation: float | None, stopped: str, rate: float) -> TrainingSnapshot:
        """What there is after an epoch that went like this."""
        gradients = {name: _kept(self._gradients[name]) for name in self.parameters if name in self._gradients}
        return self._snapshot(loss, gradients, rate, validation, stopped)

    def _copy(self, name: str) -> FloatArray:
        """A parameter as it is now."""
        tensor = self.parameters[name]
        known = self._views.get(name)
        if known is None or known[0] is not tensor or known[1] != tensor.data_ptr():
            known = self._views[name] = tensor, tensor.data_ptr(), tensor.detach().numpy()
        array = known[2].copy()
        array.setflags(write=False)
        return array

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
            {name: self._copy(name) for name in self.parameters},
            gradients,
            rate,
            self.config,
            self._state(),
            random_state,
            validation,
            self._first,
            stopped,
        )

    def _watch(self, wanted: bool = True) -> None:
        """Keep what comes to each ``.grad``, or no longer: itself, which clipping may change and nothing clears, else a copy.

        The hooks are those of torch's nodes that accumulate, which are gone with their node. A tensor's own leave an empty
        dictionary when they are removed, and torch takes the interpreter lock to look into it in every backward that follows.
        """
        if wanted == bool(self._hooks):
            return
        for _node, hook in self._hooks:
            hook.remove()
        self._hooks = []
        if wanted:
            for name, tensor in self.parameters.items():
                keep = self._keeps.get(name)
                if keep is None or keep.parameter is not tensor:
                    keep = self._keeps[name] = _Keep(name, tensor, self._gradients, self.written.zeroed_in_place)
                with torch.enable_grad():
                    through = tensor.view_as(tensor).grad_fn
                assert through is not None
                node = through.next_functions[0][0]
                assert node is not None
                self._hooks.append((node, node.register_hook(keep)))

    def _stopped(self, loss: float) -> str:
        if not self.written.stops:
            return ""
        values = {"loss": loss, "previous": self._previous, "first": self._first}
        return next((name for name, text in self.written.stops if eval(_compiled(text), values)), "")

    def _validation(self) -> float | None:
        if not len(self.data.X_val):
            return None
        if self._aside is None:
            self._aside = torch.from_numpy(self.data.X_val.copy()), torch.from_numpy(self.data.y_val.copy())
        X, y = self._aside
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


class _Numbers:
    """What is known of each epoch of a stretch while that is made."""

    def __init__(self, followed: list[FloatArray]) -> None:
        self._losses: list[float] = []
        self._validation: list[float] = []
        self._rates: list[float] = []
        self._kinds = [array.dtype for array in followed]
        self.copies = [array.tobytes for array in followed]
        """Each gives a parameter as it is now. Bytes are copied in a fifth of the time that an array is made in."""
        self.rows: list[bytes] = []
        """Those, one parameter after the other, epoch by epoch."""

    @property
    def count(self) -> int:
        """How many epochs."""
        return len(self._losses)

    def add(self, loss: float, validation: float | None, rate: float) -> None:
        """Another one."""
        self._losses.append(loss)
        self._validation.append(math.nan if validation is None else validation)
        self._rates.append(rate)
        self.rows.extend(copy() for copy in self.copies)

    def extend(self, losses: list[float], rate: float) -> None:
        """Others, whose parameters are there already."""
        self._losses += losses
        self._validation += [math.nan] * len(losses)
        self._rates += [rate] * len(losses)

    def columns(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Losses, validation, rates."""
        return np.array(self._losses), np.array(self._validation), np.array(self._rates)

    def parameters(self, names: Iterable[str]) -> dict[str, FloatArray]:
        """By name, a row for each epoch."""
        found: dict[str, FloatArray] = {}
        for place, (name, kind) in enumerate(zip(names, self._kinds, strict=False)):
            whole = b"".join(self.rows[place :: len(self._kinds)])
            found[name] = np.frombuffer(whole, kind).reshape(self.count, -1)
        return found


class _Keep:
    """A hook that keeps what has come to a parameter's ``.grad``."""

    def __init__(self, name: str, parameter: torch.Tensor, kept: dict[str, Any], copied: bool) -> None:
        self.parameter = parameter
        self._name, self._kept, self._copied = name, kept, copied
        self._of: torch.Tensor | None = None
        self._view: FloatArray = np.empty(0)

    def __call__(self, *_passed: object) -> None:
        gradient = self.parameter.grad
        assert gradient is not None
        if not self._copied:
            self._kept[self._name] = gradient
            return
        if gradient is not self._of:  # the tensor stays as long as it is set to zero in place
            self._of, self._view = gradient, gradient.detach().numpy()
        array = self._kept[self._name] = self._view.copy()
        array.setflags(write=False)


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

"""One run of edited code, in the process in which that code runs."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from engine.errors import ProgramFailedError
from engine.training.choices.choice import CLASSES
from engine.training.configs import FloatArray, TrainingConfig, TrainingSnapshot
from engine.training.data import TrainingData
from engine.training.edited.beside import Beside, learned
from engine.training.edited.predicting import CALLED
from engine.training.machine import FILENAME, Machine, asides
from engine.training.program import Program, program


class EditedMachine(Machine):
    """A ``Machine`` whose code may do anything: what it gives back is looked at, and what it keeps is kept with a snapshot.

    Raises ProgramFailedError where the code does not define what is called, or gives back what a run has no use for.
    """

    def __init__(self, config: TrainingConfig, data: TrainingData, start: TrainingSnapshot | None = None) -> None:
        self._given = data
        self._watched = False
        self._before = float(config.learning_rate) if start is None else start.learning_rate
        super().__init__(config, start)

    def _read(self) -> TrainingData:
        return self._given

    def _made(self) -> tuple[Mapping[str, Any], Any, Any, dict[str, torch.Tensor]]:
        written, seed = self.written, int(self.config.seed)
        names: dict[str, Any] = {"__name__": "regression"}
        code = compile(written.text, FILENAME, "exec", dont_inherit=True)
        torch.set_default_dtype(torch.float32)
        random.seed(seed)
        np.random.seed(seed)
        with torch.enable_grad():
            torch.manual_seed(seed)
            exec(code, names)
            self._require(names, written.function)
            torch.manual_seed(seed)
            try:
                exec(compile(written.made, "made", "exec"), names)
            except NameError as error:
                if error.name is None or error.name in names:
                    raise
                raise ProgramFailedError(
                    f"the code defines no {error.name}, with which the set-up's model is made",
                    hint=f"Define it, or set model to your own: model = …  The set-up writes: {written.made.splitlines()[-1]}",
                ) from None
        model, optimizer = names["model"], names.get("optimizer")
        parameters = learned(model)
        if not parameters:
            raise ProgramFailedError(
                f"the model has no parameters: model is {_kind(model)} without any tensor that requires a gradient",
                hint="Make it a torch.nn.Module, or an object whose attributes are tensors with requires_grad_().",
            )
        self._beside = Beside(names, model, optimizer, written.text)
        return names, model, optimizer, _checked(parameters)

    def _require(self, names: Mapping[str, Any], function: str) -> None:
        if not callable(names.get(function)):
            called = f"{function}({', '.join(self._takes[function])})"
            raise ProgramFailedError(
                f"the code defines no function {function}, which is called in each epoch as {called}",
                hint="Define it, or go back to the set-up's code.",
            )

    def _set(self, start: TrainingSnapshot) -> None:
        super()._set(start)
        before = start.config or self.config
        if before.code == self.config.code:
            self._beside.restore(start.beside, self.parameters)

    # An epoch ----------------------------------------------------------------------------------------------------

    def arguments(self, rate: float, order: torch.Tensor | None) -> dict[str, Any]:
        """As the script does: the rate is set where it has changed, so that the code may change it meanwhile."""
        groups = getattr(self.optimizer, "param_groups", ()) if rate != self._before else ()
        for group in groups:
            group["lr"] = rate
        self._before = rate
        return {"model": self.model, "optimizer": self.optimizer, "X": self.X, "y": self.y, "lr": rate, "order": order}

    def run(self, function: str, values: Mapping[str, Any]) -> float:
        self._require(self._functions, function)
        called, given = self._functions[function], [values[name] for name in self._takes[function]]
        _check_call(called, function, self._takes[function])
        loss = called(*given)
        if not isinstance(loss, int | float) or isinstance(loss, bool):
            hint = "Return its number: loss.item()" if isinstance(loss, torch.Tensor) else "End it with: return loss.item()"
            raise ProgramFailedError(f"{function} must return the loss, a number, got {_kind(loss)}", hint=hint, **_place(called))
        self._look_again()
        return float(loss)

    def _look_again(self) -> None:
        """The code may have put other tensors into the model; they are the same parameters as long as names and shapes are."""
        found = _checked(learned(self.model))
        was = {name: tuple(tensor.shape) for name, tensor in self.parameters.items()}
        now = {name: tuple(tensor.shape) for name, tensor in found.items()}
        if was != now:
            raise ProgramFailedError(
                f"the parameters must keep names and shapes while a run goes on: they were {_shapes(was)}, now {_shapes(now)}",
                hint="Make them where the model is made.",
            )
        fresh = {name: tensor for name, tensor in found.items() if tensor is not self.parameters[name]}
        self.parameters = found
        if self._watched:
            self._watch_all(fresh)
        for name, tensor in found.items():
            # Clipping changes what came; where it was cleared already, the copy has it.
            if name in self._gradients and tensor.grad is not None and bool(tensor.grad.any()):
                self._gradients[name] = _array(tensor.grad)

    def _watch(self, wanted: bool = True) -> None:
        if wanted and not self._watched:
            self._watched = True
            self._watch_all(self.parameters)

    def _watch_all(self, parameters: Mapping[str, torch.Tensor]) -> None:
        def watch(name: str) -> Callable[[torch.Tensor], None]:
            def keep(parameter: torch.Tensor) -> None:
                if parameter.grad is not None:
                    self._gradients[name] = _array(parameter.grad)

            return keep

        for name, tensor in parameters.items():
            if tensor.is_leaf and tensor.requires_grad:
                tensor.register_post_accumulate_grad_hook(watch(name))  # type: ignore[no-untyped-call]

    # What it predicts --------------------------------------------------------------------------------------------

    def predictions(self, X: FloatArray) -> Any:
        """What the code says of ``X`` [rows, features], by its own lines: float64 [rows, 1], of two classes the probability."""
        own, names = self.written.own, dict(self._functions)
        exec(compile(own.text, "prediction", "exec"), names)
        if isinstance(self.model, torch.nn.Module):
            self.model.eval()
        with torch.enable_grad():
            found = names[CALLED](self.model, torch.tensor(np.asarray(X, np.float32)))
        if not isinstance(found, torch.Tensor) or found.numel() != len(X):
            raise ProgramFailedError(
                f"a prediction must be one number for each of {len(X)} rows, got {_kind(found)}",
                hint="Define predict(model, X), which returns that.",
            )
        found = found.detach().reshape(-1, 1).double()
        is_class = CLASSES in self.config.setup.loss.tasks and not own.probability
        return (found.sigmoid() if is_class else found).numpy()

    # What is kept ------------------------------------------------------------------------------------------------

    def _snapshot(
        self, loss: float | None, gradients: Mapping[str, FloatArray], rate: float, validation: float | None, stopped: str
    ) -> TrainingSnapshot:
        shot = super()._snapshot(loss, gradients, rate, validation, stopped)
        beside, unkept = self._beside.kept(self.parameters)
        return replace(shot, beside=beside, unkept=unkept)

    def _state(self) -> dict[str, dict[str, Any]]:
        return super()._state() if isinstance(self.optimizer, torch.optim.Optimizer) else {}

    def kept(self) -> dict[str, torch.Tensor]:
        return super().kept() if isinstance(self.optimizer, torch.optim.Optimizer) else {}

    def _validation(self) -> float | None:
        """By the set-up's model and loss, where these are the code's as well."""
        if not len(self.data.X_val) or self.written.no_surface:
            return None
        X, y = torch.from_numpy(self.data.X_val.copy()), torch.from_numpy(self.data.y_val.copy())
        names = asides(_plain(self.config))
        with torch.no_grad():
            return float(names["loss_of"](names["predict"](self.model, X), y).item())


def _plain(config: TrainingConfig) -> Program:
    return program(replace(config, code=""))


def _array(tensor: torch.Tensor) -> FloatArray:
    array: FloatArray = tensor.detach().numpy().copy()
    array.setflags(write=False)
    return array


def _checked(parameters: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    for name, tensor in parameters.items():
        if tensor.dtype not in (torch.float32, torch.float64, torch.float16) or tensor.layout is not torch.strided:
            raise ProgramFailedError(
                f"parameter {name} must be a tensor of float32, float64 or float16, got {tensor.dtype}",
                hint="A run's parameters are drawn as real numbers.",
            )
    return parameters


def _check_call(called: Callable[..., Any], function: str, takes: tuple[str, ...]) -> None:
    with suppress(ValueError):  # nothing is known of it
        signature = inspect.signature(called)
        try:
            signature.bind(*takes)
        except TypeError as error:
            raise ProgramFailedError(
                f"{function} must take {', '.join(takes)}, got {function}{signature}: {error}",
                hint=f"Begin it with: def {function}({', '.join(takes)}):",
                **_place(called),
            ) from None


def _place(called: Callable[..., Any]) -> dict[str, Any]:
    code = getattr(called, "__code__", None)
    return {} if code is None or code.co_filename != FILENAME else {"line": code.co_firstlineno}


def _kind(value: object) -> str:
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {list(value.shape)}"
    return "None" if value is None else f"a {type(value).__name__}"


def _shapes(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in list(shapes.items())[:6]) + (" …" if len(shapes) > 6 else "")

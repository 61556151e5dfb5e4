"""What torch's function mode sees, sorted and passed to whatever follows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor

from engine.errors import Cancelled
from engine.recorder.follow.memories import LENDS, TAKES
from engine.recorder.operations import Operations
from engine.recorder.passes.engine_calls import EngineCalls
from engine.recorder.run import Run
from engine.recorder.watch.functions import Kind, function_kind
from engine.recorder.watch.unframed import followed
from engine.recorder.watch.unseen import unseen

_kinds: dict[Any, tuple[Kind, str]] = {}
"""Torch's functions, sorted once per process."""


def _nothing() -> None:
    """For a call that is not followed further if it fails."""


class Watching:
    """Says for each of the program's calls how to make it, followed or not.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._draft = run.draft
        self.operations = Operations(run)
        self.engine_calls = EngineCalls(run, self.operations)

    def sees(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """The program calls ``function``. Returns how to make that call."""
        kind = _kinds.get(function)
        if kind is None:
            kind = _kinds[function] = function_kind(function)
        what, name = kind
        if what == "read":
            return self._read(function, name, args, kwargs)
        cancel = self._run.settings.cancel
        if cancel is not None and cancel():
            raise Cancelled("stopped")
        if what == "operation":
            return self.operations.call(function, name, args, kwargs)
        if what == "backward":
            return self.engine_calls.backward(function, args, kwargs)
        if what == "grad":
            return self.engine_calls.grad(function, args, kwargs)
        if what == "grad_read":
            return followed(function, args, kwargs, partial(self._grad_read, args[0]), _nothing)
        return self._write_grad(function, args, kwargs)

    def _read(self, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        if name in LENDS:
            self._lend(args[0])
        if name in TAKES and isinstance(args[0], Tensor):
            self._taken(args[0], TAKES[name])
        elif name == "requires_grad =" and args[1]:
            self._run.around.trains()
        return partial(function, *args, **kwargs)

    @unseen
    def _lend(self, tensor: Any) -> None:
        if isinstance(tensor, Tensor):
            self._draft.memories.lend(tensor, outside=True)

    @unseen
    def _taken(self, tensor: Tensor, how: str) -> None:
        run = self._run
        try:
            self._draft.was_read(tensor, how, run.spans.span(run.around.look().frame))
        except Exception as error:
            run.around.trouble(error)

    def _grad_read(self, owner: Tensor, result: Any) -> Any:
        if isinstance(result, Tensor):
            try:
                self._draft.gradients.read(owner, result)
            except Exception as error:
                self._run.around.trouble(error)
        return result

    def _write_grad(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """``x.grad = …``. ``x.grad *= 2`` writes back the very tensor that it has: nothing more happened."""
        run = self._run
        if run.around.over():
            return partial(function, *args, **kwargs)
        owner = args[0]
        before = owner.grad
        try:
            self._draft.values.of(owner)
        except Exception as error:
            run.around.trouble(error)
            return partial(function, *args, **kwargs)

        def done(result: Any) -> Any:
            try:
                self._draft.gradients.written(owner, before, run.span())
            except Exception as error:
                run.around.trouble(error)
            return result

        return followed(function, args, kwargs, done, _nothing)

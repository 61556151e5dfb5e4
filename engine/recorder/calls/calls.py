"""Which module's forward, function of the user's, optimizer's step or batch of a ``DataLoader`` an operation runs in."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from sys import intern
from types import CodeType, FrameType
from typing import Any, NamedTuple
from weakref import ref

import torch
from torch import Tensor, nn

from engine.recorder.calls.loaders import Loaders
from engine.recorder.calls.module_calls import ModuleCalls
from engine.recorder.calls.own_functions import OwnFunctions, Step
from engine.recorder.draft import Draft
from engine.recorder.follow.naming import modules_within, name_of, tensors_within
from engine.recorder.follow.variables import Hint
from engine.recorder.watch.frames import own_caller
from engine.recorder.watch.spans import Spans
from engine.runtime.said import called
from engine.tables import LOADER, Call


class _Open(NamedTuple):
    """A call that is not over: its number, what was called, and for an optimizer's step the program's frame that called it."""

    number: int
    thing: Any
    stepped: FrameType | None


class _Paths(NamedTuple):
    """A module that was called (not kept alive), and the paths of itself and the modules within it, by their ``id``."""

    module: ref[nn.Module]
    within: dict[int, str]


class Calls:
    """Follows modules and optimizers through ``ModuleCalls``, and loaders of data through ``Loaders``.

    Parameters
    ----------
    draft : Draft
        Gets the Calls, and the names of the parameters.
    spans : Spans
        Finds the program's frame, for the name of the module called first.
    watching : callable() -> bool
        Whether what happens now is recorded.
    """

    def __init__(self, draft: Draft, spans: Spans, watching: Callable[[], bool]) -> None:
        self._draft = draft
        self._spans = spans
        self._watching = watching
        self._stack: list[_Open] = []
        self._closures: dict[int, CodeType | None] = {}
        self._paths: dict[int, _Paths] = {}
        """By ``id`` of a module that was called."""
        self._modules = ModuleCalls(self._before_forward, self._pop, self._before_step, self._after_step)
        self._loaders = Loaders(self)
        self.functions = OwnFunctions(draft, self.current, self._stepping)
        """The user's own functions, among all these."""

    def apply(self) -> None:
        """Put both on."""
        self._modules.apply()
        self._loaders.apply()

    def undo(self) -> None:
        """Take them off."""
        self._loaders.undo()
        self._modules.undo()
        self._stack.clear()
        self._paths.clear()

    def _before_forward(self, module: nn.Module) -> bool:
        if not self._watching():
            return False
        if type(module).__name__ == "OptimizedModule":  # made by torch.compile around the module that it calls
            self._name_of(module._orig_mod, module)  # type: ignore[arg-type]
            return False
        compiled = isinstance(module, torch.jit.ScriptModule)
        self._push(module, self._name_of(module), str(module.original_name) if compiled else type(module).__name__, False)
        return True

    def _before_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if self._watching():
            name = type(optimizer).__name__
            frame = self._spans.frame()
            found = self._found(optimizer)
            self._name_state(optimizer)
            closure = kwargs.get("closure") or next((item for item in args if callable(item) and item is not optimizer), None)
            self._closures[len(self._draft.calls)] = getattr(inspect.unwrap(closure), "__code__", None) if closure else None
            self._push(optimizer, intern(f"{found or name}.step"), name, True, frame)

    def _after_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if self._watching():
            self._name_state(optimizer)
        self._pop(optimizer)

    def _name_state(self, optimizer: Any) -> None:
        """What an optimizer keeps for a parameter: ``model.0.weight.exp_avg``."""
        draft = self._draft
        for parameter, kept in optimizer.state.items():
            known = draft.followed.of(parameter) if isinstance(parameter, Tensor) else None
            if known is None or known.name is None or not isinstance(kept, dict):
                continue
            for key, tensor in kept.items():
                if not isinstance(tensor, Tensor) or not isinstance(key, str):
                    continue
                if draft.followed.of(tensor) is None:
                    draft.names.hints[id(tensor)] = Hint(tensor, f"{known.name}.{key}")
                else:
                    draft.names.later(tensor, f"{known.name}.{key}")

    def enter_batch(self, batches: Any, loader: Any) -> None:
        """The next of ``batches`` is asked for; ``loader`` is what gives them, if that is known."""
        if self._watching():
            found = None if loader is None else self._found(loader)
            self._push(batches, found or LOADER, LOADER, False)

    def leave_batch(self, batches: Any) -> None:
        """``batches`` gave the next one, or had none."""
        self._pop(batches)

    def current(self, frame: FrameType | None) -> int | None:
        """The innermost call that the program's ``frame`` runs in; a closure that an optimizer calls is not part of its step."""
        found: int | None = None
        for call in self._stack:
            if call.stepped is None or call.stepped is frame or frame is None:
                found = call.number
        return found

    def without_functions(self, number: int | None) -> Call | None:
        """The innermost call around this one, itself included, that is not a function."""
        calls = self._draft.calls
        while number is not None and calls[number].function:
            number = calls[number].parent
        return None if number is None else calls[number]

    def _stepping(self) -> Step | None:
        """The innermost step of an optimizer."""
        number = next((call.number for call in reversed(self._stack) if call.stepped is not None), None)
        return None if number is None else Step(number, self._closures.get(number))

    def _push(self, thing: Any, name: str, kind: str, optimizer: bool, stepped: FrameType | None = None) -> None:
        parent = self.functions.call_of(sys._getframe(), self._spans.frame(), 1 if optimizer else 0)
        number = self._draft.numbers.of(len(self._draft.calls))
        self._draft.calls.append(Call(number, called(name), called(kind), parent, optimizer))
        self._stack.append(_Open(number, thing, stepped))

    def _pop(self, thing: Any) -> None:
        """Leave ``thing``'s call, and those inside it that an exception left open."""
        if not any(call.thing is thing for call in self._stack):
            return
        while self._stack.pop().thing is not thing:
            pass

    def _name_of(self, module: nn.Module, instead: nn.Module | None = None) -> str:
        """Its path from the outermost module around it that contains it; else a name of its own.
        ``instead`` is what the program calls in its place.
        """
        for outer in (*(call.thing for call in self._stack), module):
            known = self._paths.get(id(outer))
            if known is not None and known.module() is outer and id(module) in known.within:
                return known.within[id(module)]
        found = (None if instead is None else self._found(instead)) or self._found(module)
        root = found or type(module).__name__
        paths = {
            id(child): f"{root}.{path}".replace("._orig_mod", "") if path else root for path, child in modules_within(module)
        }
        self._paths[id(module)] = _Paths(ref(module), paths)
        self._name_parameters(module, root)
        return root

    def _found(self, thing: object) -> str | None:
        """The script's name for it, or that of the user's code that uses it."""
        frame = self._spans.frame()
        caller = own_caller(sys._getframe())
        frames = [frame] if caller is frame else [frame, caller]
        return next((name for at in frames if at is not None and (name := name_of(at, thing)) is not None), None)

    def _name_parameters(self, module: nn.Module, root: str) -> None:
        hints = self._draft.names.hints
        for path, tensor in tensors_within(module, "_parameters", "_buffers"):
            if id(tensor) not in hints:
                name = f"{root}.{path}".replace("._orig_mod", "")
                hints[id(tensor)] = Hint(tensor, name)
                self._draft.names.later(tensor, name)

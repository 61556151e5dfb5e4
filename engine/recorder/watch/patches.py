"""Wraps what torch's function mode does not see (custom Functions, compiled scripts, ``backward``), and what tells of it."""

from __future__ import annotations

import functools
import os
import sys
import weakref
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import torch
from torch import Tensor
from torch._higher_order_ops import utils as _utils
from torch.autograd import Function

from engine.recorder.watch.compiled import compiled_again
from engine.recorder.watch.compiling import compile_as, forget
from engine.recorder.watch.unframed import WRAPPED, instead, release, unframed
from engine.runtime.frames.unlisted import unlisted
from engine.runtime.frames.untold import passes_on, unnoticed
from engine.runtime.said import said

_COMPILED = (torch._C.ScriptFunction, torch._C.ScriptMethod)
"""What ``torch.jit.script`` and ``torch.jit.trace`` make of functions, and of the methods of modules."""


_higher_order: Any = _utils
_modes, _mode_at = torch._C._len_torch_function_stack, torch._C._get_function_stack_at
_pop, _push = torch._C._pop_torch_function_stack, torch._C._push_on_torch_function_stack


_TORCH = os.path.join(os.path.dirname(torch.__file__), "")  # noqa: PTH118, PTH120  what the names of its files begin with
_TELLS = (
    (torch._C, "_len_torch_function_stack"),
    (torch._C, "_get_function_stack_at"),
    (torch._C, "_is_torch_function_mode_enabled"),
    (torch.overrides, "_get_current_function_mode"),
    (torch.overrides, "_get_current_function_mode_stack"),
)
"""What tells of the function modes that are on."""


def _parameters(module: Any, path: str = "") -> dict[str, Tensor]:
    """What a compiled method computes with besides its arguments: parameters by name, including those of modules within."""
    found = {f"{path}{name}": parameter for name, parameter in torch._C.ParameterDict(module).items()}  # type: ignore[attr-defined]
    for name, child in torch._C.ModuleDict(module).items():
        found |= _parameters(child, f"{path}{name}.")
    return found


class Patched(Protocol):
    """The recorder as the wrappers see it: what they tell about the program's calls."""

    def watches(self) -> bool:
        """Whether what happens now is recorded."""

    def note(self, text: str) -> None:
        """Say ``text`` in the recording."""

    def elsewhere(self) -> bool:
        """Whether this is a thread other than the recorded one."""

    def sees_function(self, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """How to make a call that is one operation."""

    def sees_backward(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """How to make a call that runs torch's engine."""

    def let_go(self, tensor: Any) -> None:
        """Refer to a tensor no longer, not even weakly."""


class Patches:
    """Wrappers, put on and taken off again. They do nothing in threads other than the recorder's.

    Their frames are hidden, and their calls of torch add none.
    """

    def __init__(self, recorder: Patched) -> None:
        self._recorder = weakref.ref(recorder)
        self._apply: Any = None
        self._backward: Any = None
        self._wrappers: tuple[Any, Any] = (None, None)
        self._calls: list[Any] = []
        self._compiles: Any = None
        self._branches: Any = None
        self._tells: list[tuple[Any, str, Any, Any]] = []
        self._watched: list[Any] = []
        """What calls torch, while the wrappers are on."""

    def apply(self) -> None:
        """Put the wrappers on."""
        reference = self._recorder
        original_apply = self._apply = Function.__dict__["apply"]
        original_backward = self._backward = torch.autograd.backward

        watched = self._watched
        for before in (self._sees_function, self._sees_backward, self._sees_compiled, self._sees_branches):
            watched.append(unframed(before, self, WRAPPED))

        def how_to_apply(cls: type, *args: Any, **kwargs: Any) -> Callable[[], Any]:
            bound = original_apply.__get__(None, cls)
            recorder = reference()
            if recorder is None or not watched or recorder.elsewhere():
                return functools.partial(bound, *args, **kwargs)
            return functools.partial(watched[0], bound, (), args, kwargs)

        def how_to_pass(*args: Any, **kwargs: Any) -> Callable[[], Any]:
            recorder = reference()
            if recorder is None or not watched or recorder.elsewhere():
                return functools.partial(original_backward, *args, **kwargs)
            return functools.partial(watched[1], original_backward, (), args, kwargs)

        apply, backward = passes_on(original_apply.__func__, how_to_apply), passes_on(original_backward, how_to_pass)
        wrapped: Any = classmethod(apply)
        self._wrappers = (wrapped, backward)
        Function.apply = wrapped  # type: ignore[method-assign]
        torch.autograd.backward = backward
        compile_as(original_backward, backward)
        self._swap = torch.utils.swap_tensors
        torch.utils.swap_tensors = self._released = self._swapping(self._swap)
        self._overrides = torch.overrides.has_torch_function
        self._answer: Any = self._answering(self._overrides)
        torch.overrides.has_torch_function = self._answer  # type: ignore[assignment]
        compile_as(self._overrides, self._answer)
        self._compiles = getattr(_higher_order, "_hop_compile_and_call", None)
        if self._compiles is not None:
            self._branches = _higher_order._hop_compile_and_call = self._call_branches(self._compiles)
        for module, name in _TELLS:
            told, telling = getattr(module, name), self._telling(name, getattr(module, name))
            self._tells.append((module, name, told, telling))
            setattr(module, name, telling)
        self._calls = [kind.__call__ for kind in _COMPILED]
        for kind, original in zip(_COMPILED, self._calls, strict=True):
            kind.__call__ = self._call(original)  # type: ignore[method-assign]

    def _answering(self, original: Callable[[Iterable[Any]], bool]) -> Callable[[Iterable[Any]], bool]:
        """Modules ask this before they take a faster way, which computes other numbers: the answer is the one they would get
        without us."""
        reference = self._recorder

        @unnoticed
        @functools.wraps(original)
        def has_torch_function(args: Iterable[Any]) -> bool:
            recorder = reference()
            if recorder is None or _modes() != 1 or _mode_at(0) is not recorder:
                return original(args)
            mode = _pop()
            try:
                return original(args)
            finally:
                _push(mode)

        return has_torch_function

    def _telling(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        """Whoever asks for the function modes is not told of the recorder; torch itself is, which acts on what it hears."""
        reference = self._recorder

        def theirs() -> list[Any]:
            recorder = reference()
            return [mode for mode in map(_mode_at, range(_modes())) if mode is not recorder]

        answers: dict[str, Callable[..., Any]] = {
            "_len_torch_function_stack": lambda: len(theirs()),
            "_get_function_stack_at": lambda at: theirs()[at],
            "_is_torch_function_mode_enabled": lambda: bool(original() and theirs()),
            "_get_current_function_mode": lambda: (theirs() or [None])[-1],
            "_get_current_function_mode_stack": theirs,
        }
        answer = answers[name]

        @unnoticed
        @functools.wraps(original)
        def tell(*args: Any) -> Any:
            asks = sys._getframe(1).f_code.co_filename
            return original(*args) if asks.startswith(_TORCH) else answer(*args)

        return tell

    def _swapping(self, original: Callable[..., None]) -> Callable[..., None]:
        """torch refuses to swap tensors that have weak references: these are let go first, and found anew when they are used."""
        reference = self._recorder

        @unnoticed
        @functools.wraps(original)
        def swap_tensors(t1: Any, t2: Any) -> None:
            recorder = reference()
            if recorder is not None:
                recorder.let_go(t1)
                recorder.let_go(t2)
            original(t1, t2)

        return swap_tensors

    def _call(self, original: Any) -> Any:
        """Calls code compiled by ``torch.jit``: one operation, since its inside runs without Python."""
        reference, watched = self._recorder, self._watched

        def how(compiled: Any, *args: Any, **kwargs: Any) -> Callable[[], Any]:
            bound, recorder = original.__get__(compiled), reference()
            if recorder is None or not watched or recorder.elsewhere():
                return functools.partial(bound, *args, **kwargs)
            return functools.partial(watched[2], bound, (), args, kwargs)

        return passes_on(original, how)

    def _call_branches(self, original: Any) -> Any:
        """``torch.cond`` and its kin: torch itself has their branches traced by its compiler, or cannot compute them. That is one
        operation, in which nothing is watched."""
        reference, watched = self._recorder, self._watched

        @unlisted
        def alone(*args: Any, **kwargs: Any) -> Any:
            recorder = reference()
            modes = [_pop() for _ in range(_modes())][::-1]  # torch.export has its own above the recorder
            for mode in modes:
                if mode is not recorder:
                    _push(mode)
            try:
                with compiled_again():
                    return original(*args, **kwargs)
            finally:
                for _ in range(_modes()):
                    _pop()
                for mode in modes:
                    _push(mode)

        def how(*args: Any, **kwargs: Any) -> Callable[[], Any]:
            recorder = reference()
            if recorder is None or not watched or recorder.elsewhere() or torch.compiler.is_exporting():
                return functools.partial(alone, *args, **kwargs)
            return functools.partial(watched[3], alone, (), args, kwargs)

        return passes_on(original, how)

    def _sees_branches(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        recorder = self._recorder()
        if recorder is None:
            return functools.partial(function, *args, **kwargs)
        name = getattr(args[0], "__name__", "") if args else ""
        return recorder.sees_function(function, name.strip("_").removesuffix("_op_wrapper") or "branches", args, kwargs)

    def _sees_function(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        recorder = self._recorder()
        if recorder is None:
            return functools.partial(function, *args, **kwargs)
        return recorder.sees_function(function, function.__self__.__name__, args, kwargs)

    def _sees_backward(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        recorder = self._recorder()
        if recorder is None:
            return functools.partial(function, *args, **kwargs)
        return recorder.sees_backward(function, args, kwargs)

    def _sees_compiled(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        recorder, plain = self._recorder(), functools.partial(function, *args, **kwargs)
        if recorder is None or not recorder.watches():
            return plain
        compiled = function.__self__
        held, name = {}, compiled.name
        if isinstance(compiled, torch._C.ScriptMethod):
            try:
                held = _parameters(compiled.owner)
                if name == "forward":
                    name = compiled.owner._type().name().rpartition(".")[2]  # type: ignore[attr-defined]
            except Exception as error:  # the code must not notice
                recorder.note(f"the parameters of a compiled module could not be read: {said(error)}")
        call = recorder.sees_function(plain, name, args, kwargs | held)
        return instead(call, plain)

    def undo(self) -> None:
        """Take them off, unless the program has put others in their place: then those stay, and a note says so."""
        recorder = self._recorder()
        for kind, original in zip(_COMPILED, self._calls, strict=True):
            kind.__call__ = original  # type: ignore[method-assign]
        if Function.__dict__["apply"] is self._wrappers[0]:
            Function.apply = self._apply  # type: ignore[method-assign]
        elif recorder is not None:
            recorder.note("the code replaced torch.autograd.Function.apply, so custom Functions may be missing")
        if torch.utils.swap_tensors is self._released:
            torch.utils.swap_tensors = self._swap
        if torch.overrides.has_torch_function is self._answer:
            torch.overrides.has_torch_function = self._overrides
        for module, attribute, told, telling in self._tells:
            if getattr(module, attribute) is telling:
                setattr(module, attribute, told)
        self._tells.clear()
        if self._compiles is not None and _higher_order._hop_compile_and_call is self._branches:
            _higher_order._hop_compile_and_call = self._compiles
        forget(self._wrappers[1])
        forget(self._answer)
        for made in self._watched:
            release(made)
        self._watched.clear()
        if torch.autograd.backward is self._wrappers[1]:
            torch.autograd.backward = self._backward
        elif recorder is not None:
            recorder.note("the code replaced torch.autograd.backward, so passes may be missing")

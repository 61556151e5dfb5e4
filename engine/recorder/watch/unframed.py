"""Calls of torch that are watched without one of our Python frames around them.

Whatever looks at the stack while torch computes (warnings, tracebacks, anomaly mode, ``torch.jit.trace``) finds what it would
find in a plain run. A function in Python cannot do that: its frame lasts until what it calls has returned. So what torch calls
here is a chain of C functions, made with ``ctypes``: the first calls ``before``, a Python method that returns the call to make;
the second makes that call; the third hands its result to ``after``. The frames of both are gone while torch computes.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable, Mapping
from functools import partial
from operator import length_hint
from typing import Any

import torch
from torch import Tensor

from engine.recorder.watch.room import MOST, ROOM, give_back, limit_now, set_limit
from engine.runtime.frames.thread_state import levels_left
from engine.runtime.frames.unlisted import unlisted
from engine.runtime.frames.untold import untold

_collects, _wait, _collect = gc.isenabled, gc.disable, gc.enable
_SCARCE = 200
"""Where fewer levels of the stack are left, those that the chain takes are given back to every call."""
HELD, WRAPPED = (5, 2) if sys.version_info < (3, 12) else (0, 1)
"""Levels of the stack that the chain takes in a call, and those of a wrapper around it: since 3.12 C functions take none."""


class Followed(partial[Any]):
    """A call that is followed: by ``done(result)``, which gives what the program gets, or by ``failed()`` if it raised.

    That it raised is noticed when this object is destroyed: only the call holds it.
    """

    done: Callable[[Any], Any]
    failed: Callable[[], None] | None = None
    collects = False
    """Whether Python's collector of cycles waits until it is over."""
    levels: Any = None
    held = 0
    """If the chain makes the call: where that many levels are to be subtracted again."""

    @unlisted
    def __del__(self) -> None:
        if untold.profiled.value:
            untold.begin()
            _until = untold.until_gone()
        if self.failed is not None:
            untold.callbacks += 1  # as in ``unnoticed``
            try:
                has_failed(self)
            finally:
                untold.callbacks -= 1


def followed(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    done: Callable[[Any], Any],
    failed: Callable[[], None],
) -> Followed:
    """A call of ``function`` that is followed in this way."""
    call = Followed(function, *args, **kwargs)
    call.done, call.failed = done, failed
    return call


def instead(call: Callable[[], Any], other: Callable[[], Any]) -> Callable[[], Any]:
    """``other``, followed the way ``call`` is; ``call`` itself is not made."""
    if type(call) is not Followed or call.failed is None:
        return other
    failed, call.failed = call.failed, None
    return followed(other, (), {}, call.done, failed)


def after(result: Any, call: Callable[[], Any]) -> Any:
    """``call`` has returned ``result``: what the program gets."""
    if type(call) is not Followed:
        return result
    call.failed = None
    limit = limit_now()
    set_limit(limit + ROOM if limit < MOST else limit)
    try:
        return call.done(result)
    finally:
        collect_again(call)
        give_back(limit)


def has_failed(call: Callable[[], Any]) -> None:
    """``call`` raised: report it at once, in case the object is held longer than the call lasts."""
    if type(call) is not Followed:
        return
    failed, call.failed = call.failed, None
    if call.levels is not None:
        call.levels.value -= call.held
    limit = limit_now()
    set_limit(limit + ROOM if limit < MOST else limit)
    try:
        if failed is not None:
            failed()
    finally:
        collect_again(call)
        give_back(limit)


def collect_again(call: Followed) -> None:
    """Let Python look for cycles again: see ``begun_alone``."""
    if call.collects:
        call.collects = False
        _collect()


def begun_alone(
    before: Callable[[Any, tuple[Any, ...], dict[str, Any]], Callable[[], Any]],
    function: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Callable[[], Any]:
    """What ``before`` gives.
    Python looks for no cycles meanwhile, nor until the call that it gives is over: cycles that it finds are taken apart, which
    may run code of the program (``__del__``) that computes with torch, in the middle of the recorder's work and of an operation
    that it follows.
    """
    collects = _collects()
    if collects:
        _wait()
    call: Callable[[], Any] | None = None
    try:
        call = before(function, args, kwargs)
        return call
    finally:
        if collects and type(call) is Followed:
            call.collects = True
        elif collects:
            _collect()


def complete(call: Callable[[], Any]) -> Any:
    """Make the call; for places where one of our frames is on the stack anyway."""
    try:
        result = call()
    except BaseException:
        has_failed(call)
        raise
    return after(result, call)


def _given(result: Any) -> Any:
    return result


def _nothing() -> None:
    """For a call that is only given levels."""


_ENGINE_CALLS = (Tensor.backward, torch.autograd.backward, torch.autograd.grad)


def _runs_engine(function: Any) -> bool:
    """Whether it is a call that hands itself on: to it are given, at once, the levels of all the chains that it goes through
    (``AnyCode.enter_pass``)."""
    return getattr(function, "__wrapped__", function) in _ENGINE_CALLS


class _Any:
    """An argument of a C function that looks at none of its arguments.
    ``length_hint`` is a C function that takes any object and gives a number.
    """

    from_param = length_hint


class _Begin:
    """Calls ``before``: ``PyNumber_Power(self, …, …)`` is a C call with three objects that ends in this method."""

    def __init__(
        self, before: Callable[[Any, tuple[Any, ...], dict[str, Any]], Callable[[], Any]], levels: Any, held: int
    ) -> None:
        self._before, self._levels, self._held = before, levels, held

    @unlisted
    def __pow__(self, begun: Any, given: tuple[Any, Any, tuple[Any, ...], dict[str, Any] | None]) -> Callable[[], Any]:
        if untold.profiled.value:
            _until = untold.until_gone()  # since ``_Called``
        return self._begun(given)

    def _begun(self, given: tuple[Any, Any, tuple[Any, ...], dict[str, Any] | None]) -> Callable[[], Any]:
        levels = self._levels
        try:
            call = begun_alone(self._before, given[0], given[2], given[3] or {})
            if type(call) is not Followed:
                if levels.value >= _SCARCE + ROOM:
                    return call
                if _runs_engine(given[0]):
                    if levels.value < ROOM + self._held:
                        raise RecursionError("maximum recursion depth exceeded while calling a Python object")
                    return call
                call = followed(call, (), {}, _given, _nothing)
            call.levels, call.held = levels, self._held
            levels.value += self._held
            return call
        finally:
            levels.value -= ROOM


class _Beginner:
    """Turns the first function's result, whatever it is, into the first argument of the second, without Python."""

    def __init__(self, begin: _Begin) -> None:
        self.from_param = {1: ctypes.py_object(begin)}.get


@unlisted
def _end(result: Any, function: Any, given: tuple[Any, ...]) -> Any:
    if untold.profiled.value:
        untold.begin()
        _until = untold.until_gone()
    return _ended(result, given[0])


def _ended(result: Any, call: Callable[[], Any]) -> Any:
    if type(call) is not Followed:
        return result
    levels, call.levels = call.levels, None
    levels.value += ROOM
    try:
        return after(result, call)
    finally:
        levels.value -= ROOM + call.held


# Each function is the ``errcheck`` of the one before: called from C with its result, itself and its arguments.
_FIRST = ((1, "func"), (1, "types"), (1, "args", ()), (1, "kwargs", None))
_Torch = ctypes.PYFUNCTYPE(ctypes.c_int, _Any, _Any, _Any, _Any)  # type: ignore[arg-type]
_Answer = ctypes.PYFUNCTYPE(ctypes.py_object)
_made = _Answer(("PyObject_CallNoArgs", ctypes.pythonapi))
_made.argtypes = (ctypes.py_object,) * 3
_made.errcheck = _end


class _Called:
    """What torch takes from the mode, and calls: the first of these functions, with room on the stack for all of them.
    Without room, ``ctypes`` would raise an error of its own for what it cannot convert. The method that Python looks up in order
    to call this has returned when the call begins, and what it raises comes out unchanged; torch would swallow an error raised
    while the mode is asked for its function.
    """

    def __init__(self, first: Any, owner: object, levels: Any) -> None:
        self.first, self._levels = first, levels
        self.__self__ = owner

    @property
    @unlisted
    def __call__(self) -> Any:
        if untold.profiled.value:
            untold.begin()
        self._levels.value += ROOM
        return self.first


def unframed(before: Callable[[Any, tuple[Any, ...], dict[str, Any]], Callable[[], Any]], owner: object, around: int = 0) -> Any:
    """What a function mode calls its ``__torch_function__``, to be set on the mode itself.

    Parameters
    ----------
    before : callable(function, args, kwargs) returning a callable without arguments
        Gives the call to make: a ``partial`` of the function, or a ``followed`` one.
    owner : TorchFunctionMode
        The mode; torch asks for it as ``__self__``. It and the result refer to each other: ``release`` it at the end.
    around : int
        Levels taken by its caller. It must be called in the thread that asks for it here.
    """
    levels = levels_left()
    begun = _Answer(("PyNumber_Power", ctypes.pythonapi))
    begun.argtypes = (_Beginner(_Begin(before, levels, HELD + around)), ctypes.py_object, ctypes.py_object)  # type: ignore[assignment]
    begun.errcheck = _made
    first = _Torch(("Py_IsInitialized", ctypes.pythonapi), _FIRST)
    first.errcheck = begun
    return _Called(first, owner, levels)


def release(made: Any) -> None:
    """Let go of the mode that ``made`` was made for: ``ctypes`` functions refer to themselves, and stay until the collector
    runs."""
    made.first.errcheck.argtypes = ()
    made.__dict__.clear()

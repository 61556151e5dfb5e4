"""The recorder's own calls of torch, which the program's tensor classes, dispatch modes and profilers must not see."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor

from engine.recorder.watch.room import MOST, ROOM, give_back, limit_now, set_limit

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_without_functions = torch._C.DisableTorchFunction
_without_dispatch = torch._C._DisableTorchDispatch
_dispatch_modes = torch._C._len_torch_dispatch_stack
_profiles = torch._C._autograd._profiler_enabled
_count = torch._C._autograd._enable_record_function


def unseen(method: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """``method``, calling torch without ``__torch_function__`` and without the active dispatch modes and profiler."""

    @functools.wraps(method)
    def inner(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        limit = limit_now()
        set_limit(limit + ROOM if limit < MOST else limit)
        try:
            if _profiles():
                _count(False)
                try:
                    return quiet(*args, **kwargs)
                finally:
                    _count(True)
            return quiet(*args, **kwargs)
        finally:
            give_back(limit)

    def quiet(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with _without_functions():
            if _dispatch_modes():
                with _without_dispatch():
                    return method(*args, **kwargs)
            return method(*args, **kwargs)

    return inner


def traced() -> bool:
    """Whether torch computes with tensors that hold no elements, or traces operations instead of running them."""
    if not _dispatch_modes():
        return False
    kinds, mode_of = torch._C._TorchDispatchModeKey, torch._C._get_dispatch_mode
    return mode_of(kinds.FAKE) is not None or mode_of(kinds.PROXY) is not None


FAKE = "torch._subclasses.fake_tensor"
_plain = Tensor.__torch_dispatch__


def would_see(tensor: Tensor) -> bool:
    """Whether computing with this tensor calls one of the program's ``__torch_dispatch__``, or warns (FakeTensor)."""
    kind = type(tensor)
    if kind is Tensor or kind.__torch_dispatch__ is _plain:
        return False
    return kind.__module__ == FAKE or not kind.__module__.startswith("torch.")

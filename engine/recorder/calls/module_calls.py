"""Calls of modules and steps of optimizers, told to the recorder without a hook of ours in torch's tables.

A global hook would be seen: with one, torch takes a longer way through a module's call, which shows in tracebacks and in the
places of warnings, and a script may print the tables that the hooks are in.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any
from weakref import ref

from torch import nn
from torch.optim import optimizer as _optimizer

from engine.recorder.watch.frames import STEP_CALL
from engine.recorder.watch.room import MOST, ROOM, give_back, limit_now, set_limit
from engine.runtime.frames.unlisted import unlisted
from engine.runtime.frames.untold import unnoticed, untold

_WRAPPED_CALL = nn.Module._wrapped_call_impl.__code__


class _Begun(ref[Any]):
    """The call of a module, told by the method that is called: only the calling frame holds that method, for as long as the call
    lasts."""

    __slots__ = ("module",)
    module: nn.Module


class _ModuleCall:
    """Stands in for ``nn.Module._call_impl``: torch takes it from a module in order to call it, and that is reported."""

    def __init__(self, original: Any, begins: Callable[[nn.Module], bool], ends: Callable[[nn.Module], None]) -> None:
        self._original, self._begins, self._ends = original, begins, ends
        self._open: dict[int, _Begun] = {}

    @unlisted
    def __get__(self, module: nn.Module | None, kind: type[nn.Module] | None = None) -> Any:
        if untold.profiled.value:
            untold.begin()
            _until = untold.until_gone()
        return self._given(module, sys._getframe(1).f_code is _WRAPPED_CALL)

    def _given(self, module: nn.Module | None, called: bool) -> Any:
        if module is None:
            return self._original
        call = self._original.__get__(module)
        # Others may keep it, and call it long after the call that was begun is over.
        if called:
            self._begin(module, call)
        return call

    def _begin(self, module: nn.Module, call: Any) -> None:
        limit = limit_now()
        set_limit(limit + ROOM if limit < MOST else limit)
        try:
            if self._begins(module):
                begun = _Begun(call, self._over)
                begun.module = module
                self._open[id(begun)] = begun
        finally:
            give_back(limit)

    @unlisted
    def _over(self, begun: _Begun) -> None:
        if untold.profiled.value:
            untold.begin()
            _until = untold.until_gone()
        self._end(begun)

    def _end(self, begun: _Begun) -> None:
        limit = limit_now()
        set_limit(limit + ROOM if limit < MOST else limit)
        try:
            del self._open[id(begun)]
            self._ends(begun.module)
        finally:
            give_back(limit)


class _Hooks(OrderedDict[int, Any]):
    """torch's table of global hooks, which holds one more when an optimizer's step asks for it."""

    ours: tuple[Any, ...] = ()

    @unlisted
    def values(self) -> Any:
        if untold.profiled.value:
            untold.begin()
            _until = untold.until_gone()
        if sys._getframe(1).f_code is STEP_CALL:
            return chain(self.ours, super().values())
        return super().values()


_Hooks.__name__ = _Hooks.__qualname__ = OrderedDict.__name__  # printing uses this


class ModuleCalls:
    """Puts both in place, and takes them out again.

    Parameters
    ----------
    begins : callable(module) -> bool
        A module is called; whether ``ends`` is to be told when that call is over, however it ends.
    ends : callable(module)
    before_step, after_step : callable(optimizer, args, kwargs)
    """

    _TABLES = ("_global_optimizer_pre_hooks", "_global_optimizer_post_hooks")

    def __init__(
        self,
        begins: Callable[[nn.Module], bool],
        ends: Callable[[nn.Module], None],
        before_step: Callable[[Any, Any, Any], None],
        after_step: Callable[[Any, Any, Any], None],
    ) -> None:
        self._begins, self._ends, self._steps = begins, ends, (unnoticed(before_step), unnoticed(after_step))
        self._original: Any = None
        self._call: Any = None
        self._tables: list[tuple[Any, Any]] = []

    def apply(self) -> None:
        """Put them on."""
        self._original = nn.Module.__dict__["_call_impl"]
        self._call = _ModuleCall(self._original, self._begins, self._ends)
        nn.Module._call_impl = self._call  # type: ignore[method-assign]
        for name, hook in zip(self._TABLES, self._steps, strict=True):
            table = getattr(_optimizer, name)
            ours = _Hooks(table)
            ours.ours = (hook,)
            self._tables.append((table, ours))
            setattr(_optimizer, name, ours)

    def undo(self) -> None:
        """Take them off, unless the program has put others in their place."""
        if nn.Module.__dict__["_call_impl"] is self._call:
            nn.Module._call_impl = self._original  # type: ignore[method-assign]
        for name, (table, ours) in zip(self._TABLES, self._tables, strict=True):
            ours.ours = ()  # the program's handles refer to it, so it stays where it has hooks
            if getattr(_optimizer, name) is ours and _same(table, ours):
                setattr(_optimizer, name, table)
        self._tables.clear()


def _same(one: Iterable[Any], other: Iterable[Any]) -> bool:
    return list(one) == list(other)

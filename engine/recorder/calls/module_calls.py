"""Calls of modules and steps of optimizers, told to the recorder without a hook of ours in torch's tables.

A global hook would be seen: torch takes a longer way through a module's call where there is one, which stands in tracebacks and
in the places of warnings, and a script may print the tables that the hooks are in.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import Any

from torch import nn
from torch.optim import optimizer as _optimizer

from engine.recorder.watch.frames import STEP_CALL
from engine.recorder.watch.room import MOST, ROOM, give_back, limit_now, set_limit

_WRAPPED_CALL = nn.Module._wrapped_call_impl.__code__


class _Call(partial[Any]):
    """The call of a module. Nothing but the frame that makes it holds it, and only for as long as the call lasts."""

    over: Callable[[], None]

    def __del__(self) -> None:
        limit = limit_now()
        set_limit(limit + ROOM if limit < MOST else limit)
        try:
            self.over()
        finally:
            give_back(limit)


class _ModuleCall:
    """In the place of ``nn.Module._call_impl``: torch takes it from a module, to call it, and gets a call that is told of."""

    def __init__(self, original: Any, begins: Callable[[nn.Module], bool], ends: Callable[[nn.Module], None]) -> None:
        self._original, self._begins, self._ends = original, begins, ends

    def __get__(self, module: nn.Module | None, kind: type[nn.Module] | None = None) -> Any:
        if module is None:
            return self._original
        # Anybody else may keep it, and call it when the call that was begun is long over.
        if sys._getframe(1).f_code is not _WRAPPED_CALL or not self._begun(module):
            return self._original.__get__(module)
        call = _Call(self._original, module)
        call.over = partial(self._ends, module)
        return call

    def _begun(self, module: nn.Module) -> bool:
        limit = limit_now()
        set_limit(limit + ROOM if limit < MOST else limit)
        try:
            return self._begins(module)
        finally:
            give_back(limit)


class _Hooks(OrderedDict[int, Any]):
    """torch's table of global hooks, which holds one more when an optimizer's step asks for them."""

    ours: tuple[Any, ...] = ()

    def values(self) -> Any:
        if sys._getframe(1).f_code is STEP_CALL:
            return chain(self.ours, super().values())
        return super().values()


_Hooks.__name__ = _Hooks.__qualname__ = OrderedDict.__name__  # by which it is printed


class ModuleCalls:
    """Puts both in their places, and takes them out again.

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
        self._begins, self._ends, self._steps = begins, ends, (before_step, after_step)
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

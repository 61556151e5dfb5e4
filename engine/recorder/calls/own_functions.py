"""Calls of the program's own functions, told apart by a mark on the frame that each runs in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import CodeType, FrameType
from typing import Any, NamedTuple
from weakref import ref

from engine.recorder.draft import Draft
from engine.recorder.watch.frames import BOUNDARIES, MODULE_CALL, OPTIMIZERS, OURS, STEP_CALL, is_own_code
from engine.runtime.said import called
from engine.tables import FUNCTION, Call
from engine.tables.quick import changed

_SUSPENDED = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
_DEEPEST = 16
"""How deep functions within functions are told apart; what a deeper one runs belongs to the last of these."""
_FEWEST = 2
"""Fewest operations of a function that gets a card of its own."""
TRACED = "while a debugger or another tool traces the code, calls of the program's own functions are not told apart"


class Step(NamedTuple):
    """A running step of an optimizer: its call, and the code of the closure that it was given, if any."""

    call: int
    closure: CodeType | None


class _Mark:
    """Hangs on a frame, as its ``f_trace``, which Python itself looks at only while it traces."""

    __slots__ = ("call", "depth", "held", "owner")

    def __init__(self, owner: ref[OwnFunctions], call: int | None, depth: int, held: bool) -> None:
        self.owner, self.call, self.depth, self.held = owner, call, depth, held

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """A debugger that begins later asks it about each line."""


class OwnFunctions:
    """Which call of which function of the user's an operation runs in.

    A function becomes a Call with its first operation. A function in which a pass runs, or a leaf is made or changed, does not:
    it does the training, and is not part of what is computed.

    Parameters
    ----------
    draft : Draft
        Gets the Calls.
    around : callable(program's frame) -> int or None
        The call of a module or batch that the frame's code runs in.
    stepping : callable() -> Step or None
        The optimizer's step that runs.
    """

    def __init__(
        self,
        draft: Draft,
        around: Callable[[FrameType | None], int | None],
        stepping: Callable[[], Step | None],
    ) -> None:
        self._draft, self._around, self._stepping = draft, around, stepping
        self._me = ref(self)
        self._held: set[int] = set()
        self._wrappers: set[int] = set()

    def begin(self, frame: FrameType | None) -> None:
        """The functions that are already running are outside the recording."""
        while frame is not None:
            self._put(frame, None, 0, held=True)
            frame = frame.f_back

    def call_of(self, inner: FrameType, frame: FrameType | None, crossed: int = 0) -> int | None:
        """The call that ``inner`` runs in: the user's innermost frame; ``frame`` is the script's.

        ``crossed`` is how many optimizer steps may be passed on the way out because they are only just beginning.
        """
        mark = self._mark_of(inner)
        return mark.call if mark is not None else self._find(inner, frame, crossed)

    def _mark_of(self, frame: FrameType) -> _Mark | None:
        mark = frame.f_trace
        return mark if isinstance(mark, _Mark) and mark.owner is self._me else None

    def _find(self, inner: FrameType, frame: FrameType | None, crossed: int) -> int | None:
        at: FrameType | None = inner
        while at is not None and at.f_code.co_filename.startswith(OURS):
            at = at.f_back
        chain: list[FrameType] = []
        depth, foreign = 0, False
        while at is not None:
            mark, code = self._mark_of(at), at.f_code
            if id(code) in BOUNDARIES and crossed:
                crossed -= 1
            elif mark is not None:
                call, depth = mark.call, mark.depth
                if code is MODULE_CALL:
                    self._skip_forward(chain, call)
                break
            elif id(code) in BOUNDARIES:
                call = self._entered(code, chain, frame, foreign)
                break
            elif code.co_filename.startswith(OURS):
                call = self._around(frame)
                break
            elif not code.co_flags & _SUSPENDED and is_own_code(code, frame):
                chain.append(at)
                foreign = False
            else:
                foreign = foreign or code.co_filename.startswith(OPTIMIZERS)
            at = at.f_back
        else:
            call = self._around(frame)
        return self._enter(chain, call, depth)

    def _entered(self, code: CodeType, chain: list[FrameType], frame: FrameType | None, foreign: bool) -> int | None:
        """What a module's ``forward`` runs is the module's; what an optimizer of the user's own runs in its step, that step's.

        With ``foreign`` the optimizer is torch's, and what it calls is a closure: not part of the step.
        """
        stepping = self._stepping() if code is STEP_CALL else None
        if stepping is not None:
            if not foreign:
                return stepping.call
            return self._draft.calls[stepping.call].parent
        call = self._around(frame)
        if code is MODULE_CALL:
            self._skip_forward(chain, call)
        return call

    def _skip_forward(self, chain: list[FrameType], call: int | None) -> None:
        if chain and chain[-1].f_code.co_name == "forward":
            self._put(chain.pop(), call, 0)

    def _enter(self, chain: list[FrameType], call: int | None, depth: int) -> int | None:
        calls = self._draft.calls
        for frame in reversed(chain):
            code = frame.f_code
            if sys.gettrace() is not None and TRACED not in self._draft.notes:
                self._draft.notes.append(TRACED)
            if not _free(frame):
                return call
            stepping = self._stepping() if call is not None and calls[call].optimizer else None
            if stepping is not None and stepping.closure is code:
                call = calls[stepping.call].parent  # a closure is not part of the step
            elif not code.co_name.startswith("<") and depth < _DEEPEST and not (call is not None and calls[call].optimizer):
                if "<locals>" in code.co_qualname:
                    self._wrappers.add(len(calls))
                calls.append(Call(self._draft.numbers.of(len(calls)), called(self._name_of(code, call)), FUNCTION, call))
                call, depth = len(calls) - 1, depth + 1
            self._put(frame, call, depth)
        return call

    def _name_of(self, code: CodeType, call: int | None) -> str:
        """``loss()``; a method with its class, ``Env.step()``, except in a module of that class; ``Net()`` for what calls one."""
        name, parts = code.co_name, code.co_qualname.split(".")
        kind = parts[-2] if len(parts) > 1 and parts[-2] != "<locals>" else None
        if kind is None or (call is not None and self._draft.calls[call].type == kind):
            return f"{name}()"
        return f"{kind}()" if name == "__call__" else f"{kind}.{name}()"

    def _put(self, frame: FrameType, call: int | None, depth: int, held: bool = False) -> None:
        if _free(frame):
            frame.f_trace = _Mark(self._me, call, depth, held)

    def hold(self, frame: FrameType | None) -> None:
        """A pass runs, or a leaf is made or changed: the functions that ``frame`` runs in are not calls."""
        while frame is not None:
            mark = self._mark_of(frame)
            if mark is not None:
                if mark.held:
                    return
                mark.held = True
                if mark.call is not None and self._draft.calls[mark.call].function:
                    self._held.add(mark.call)
            frame = frame.f_back

    def marks(self) -> tuple[set[int], set[int]]:
        """What ``settle`` goes by: calls that do not count as calls, and those of functions made in functions."""
        return self._held, self._wrappers

    def settle(self) -> None:
        """Take out of the draft those that do not count as calls or are too small; what ran in them belongs to what is around
        them."""
        draft = self._draft
        gone = self._held | self._empty()
        kept: list[Call] = []
        numbers: list[int | None] = []
        for call in draft.calls:
            parent = None if call.parent is None else numbers[call.parent]
            if call.id in gone:
                numbers.append(parent)
                continue
            numbers.append(len(kept))
            kept.append(replace(call, id=len(kept), parent=parent))
        draft.calls[:] = kept
        for at, operation in enumerate(draft.operations):
            number = None if operation.call is None else numbers[operation.call]
            if number != operation.call:
                draft.operations[at] = changed(operation, call=number)

    def _empty(self) -> set[int]:
        """Functions that ran too few operations, and those made by decorators that only call another one."""
        calls = self._draft.calls
        own, ran, inner = [0] * len(calls), [0] * len(calls), [0] * len(calls)
        for operation in self._draft.operations:
            if operation.call is not None:
                own[operation.call] += 1
        for call in reversed(calls):
            ran[call.id] += own[call.id]
            if call.parent is not None and ran[call.id]:
                ran[call.parent] += ran[call.id]
                inner[call.parent] += 1 if call.function else 2
        wraps = {number for number in self._wrappers if not own[number] and inner[number] == 1}
        return wraps | {call.id for call in calls if call.function and ran[call.id] < _FEWEST}


def _free(frame: FrameType) -> bool:
    """Whether the place where the mark hangs is not used by a debugger."""
    return (frame.f_trace is None or isinstance(frame.f_trace, _Mark)) and sys.gettrace() is None

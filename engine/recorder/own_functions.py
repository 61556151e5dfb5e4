"""Calls of the program's own functions, told apart by a mark on the frame that each runs in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import CodeType, FrameType
from typing import Any
from weakref import ref

from engine.recorder.draft import Draft
from engine.recorder.frames import BOUNDARIES, MODULE_CALL, OURS, is_own, is_own_code
from engine.recording import FUNCTION, Call, Operation

_SUSPENDED = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
_DEEPEST = 12
"""Functions within functions that are told apart; what a deeper one runs belongs to the twelfth."""
_FEWEST = 2
"""Operations of a function that is worth a card of its own."""


class _Mark:
    """Hangs on a frame, as its ``f_trace``, which Python itself looks at only while it traces."""

    __slots__ = ("call", "depth", "held", "owner")

    def __init__(self, owner: ref[OwnFunctions], call: int | None, depth: int, held: bool) -> None:
        self.owner, self.call, self.depth, self.held = owner, call, depth, held

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """A debugger that begins later asks it about each line."""


class OwnFunctions:
    """Which call of which function of the user's an operation runs in.

    A function becomes a Call with its first operation. One in which a pass runs, or a leaf is made or changed, is none: what
    it holds is the training, not a part of what is computed.

    Parameters
    ----------
    draft : Draft
        Gets the Calls.
    around : callable(program's frame) -> int or None
        The call of a module or batch that what the frame runs is in.
    stepping : callable() -> int or None
        The optimizer's step that runs.
    """

    def __init__(
        self, draft: Draft, around: Callable[[FrameType | None], int | None], stepping: Callable[[], int | None]
    ) -> None:
        self._draft, self._around, self._stepping = draft, around, stepping
        self._me = ref(self)
        self._held: set[int] = set()
        self._held_codes: set[CodeType] = set()

    def begin(self, frame: FrameType | None) -> None:
        """What runs already is around the recording."""
        while frame is not None:
            self._put(frame, None, 0, held=True)
            frame = frame.f_back

    def call_of(self, inner: FrameType, frame: FrameType | None, crossed: int = 0) -> int | None:
        """The call that ``inner`` runs in: the user's innermost frame; ``frame`` is the script's.

        ``crossed`` is how many calls of a module or optimizer may be passed on the way out, since they only begin.
        """
        mark = self._mark_of(inner)
        return mark.call if mark is not None else self._find(inner, frame, crossed)

    def _mark_of(self, frame: FrameType) -> _Mark | None:
        mark = frame.f_trace
        return mark if isinstance(mark, _Mark) and mark.owner is self._me else None

    def _find(self, inner: FrameType, frame: FrameType | None, crossed: int) -> int | None:
        chain: list[FrameType] = []
        at: FrameType | None = inner
        while at is not None and at.f_code.co_filename.startswith(OURS):
            at = at.f_back
        depth = 0
        while at is not None:
            mark, code = self._mark_of(at), at.f_code
            if mark is not None:
                call, depth = mark.call, mark.depth
                break
            if id(code) in BOUNDARIES and not crossed:
                call = self._entered(code, chain, frame)
                break
            crossed -= id(code) in BOUNDARIES
            if code.co_name == "<module>" or code.co_filename.startswith(OURS):
                call = self._around(frame)
                break
            if not code.co_flags & _SUSPENDED and is_own_code(code, frame):
                chain.append(at)
            at = at.f_back
        else:
            call = self._around(frame)
        return self._enter(chain, call, depth)

    def _entered(self, code: CodeType, chain: list[FrameType], frame: FrameType | None) -> int | None:
        """What a module's ``forward`` runs is the module's, and what an optimizer's own ``step`` runs the optimizer's."""
        module = code is MODULE_CALL
        own = bool(chain) and chain[-1].f_code.co_name == ("forward" if module else "step")
        call = self._stepping() if own and not module else self._around(frame)
        if own:
            self._put(chain.pop(), call, 0)
        return call

    def _enter(self, chain: list[FrameType], call: int | None, depth: int) -> int | None:
        for frame in reversed(chain):
            code = frame.f_code
            calls = self._draft.calls
            if not _free(frame) or (call is not None and calls[call].optimizer):
                return call
            if not code.co_name.startswith("<") and code not in self._held_codes and depth < _DEEPEST:
                calls.append(Call(len(calls), _name_of(code), FUNCTION, call))
                call, depth = len(calls) - 1, depth + 1
            self._put(frame, call, depth)
        return call

    def _put(self, frame: FrameType, call: int | None, depth: int, held: bool = False) -> None:
        if _free(frame):
            frame.f_trace = _Mark(self._me, call, depth, held)

    def hold(self, frame: FrameType | None) -> None:
        """A pass runs, or a leaf is made or changed: the functions that ``frame`` runs in are no calls."""
        while frame is not None:
            mark = self._mark_of(frame)
            if mark is not None:
                if mark.held:
                    return
                mark.held = True
                if mark.call is not None and self._draft.calls[mark.call].function:
                    self._held.add(mark.call)
            if is_own(frame.f_code.co_filename):
                self._held_codes.add(frame.f_code)
            frame = frame.f_back

    def settle(self) -> None:
        """Take those out of the draft that are no calls, or too small; what ran in them belongs to what is around them."""
        draft = self._draft
        calls = draft.calls
        ran = [0] * len(calls)
        for operation in draft.operations:
            if operation.call is not None:
                ran[operation.call] += 1
        for call in reversed(calls):
            if call.parent is not None:
                ran[call.parent] += ran[call.id]
        kept: list[Call] = []
        numbers: list[int | None] = []
        for call in calls:
            parent = None if call.parent is None else numbers[call.parent]
            if call.function and (call.id in self._held or ran[call.id] < _FEWEST):
                numbers.append(parent)
                continue
            numbers.append(len(kept))
            kept.append(replace(call, id=len(kept), parent=parent))
        draft.calls[:] = kept
        for at, operation in enumerate(draft.operations):
            number = None if operation.call is None else numbers[operation.call]
            if number != operation.call:
                it = operation  # written out, since ``replace`` takes seven times as long
                draft.operations[at] = Operation(
                    it.id, it.name, it.inputs, it.outputs, it.nodes, it.span, it.creation, it.inplace, it.grad_enabled, number,
                    it.direct,
                )  # fmt: skip
        _tell_evaluations(draft)


def _tell_evaluations(draft: Draft) -> None:
    """What a function computes without gradients after a pass, and without looking at one, is no part of the update."""
    outer: list[int | None] = []
    for call in draft.calls:
        around = None if call.parent is None else outer[call.parent]
        outer.append(call.id if around is None and call.function else around)
    updates = {
        outer[operation.call]
        for operation in draft.operations
        if operation.call is not None and any(_is_gradient(draft, item.value) for item in operation.inputs)
    }
    looks = False
    for at, moment in enumerate(draft.moments):
        made = None if moment.kind != "operation" else draft.operations[moment.subject].call
        function = None if made is None else outer[made]
        looks = (function is not None and function not in updates) or (looks and moment.kind == "print")
        if looks and moment.phase == "update":
            draft.moments[at] = replace(moment, phase="forward")


def _is_gradient(draft: Draft, value: int | None) -> bool:
    if value is None:
        return False
    parts = draft.values[value]
    made = parts[9]
    return draft.variables[parts[1]].gradient_of is not None or (made is not None and draft.operations[made].name == "grad")


def _free(frame: FrameType) -> bool:
    """Whether no debugger uses what the mark hangs on."""
    return (frame.f_trace is None or isinstance(frame.f_trace, _Mark)) and sys.gettrace() is None


def _name_of(code: CodeType) -> str:
    """``loss()``; a class's special methods carry its name: ``Data.__getitem__()``, ``Net()`` for what makes or calls one."""
    name, parts = code.co_name, code.co_qualname.split(".")
    if name.startswith("__") and len(parts) > 1:
        name = parts[-2] if name in ("__init__", "__call__", "__new__") else f"{parts[-2]}.{name}"
    return f"{name}()"

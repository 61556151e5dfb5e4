"""Code of any kind around what is recorded: in which call it runs, whether it is recorded, and which pass it is in."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from engine.errors import Cancelled
from engine.recorder.bounds import Bounds
from engine.recorder.calls.calls import Calls
from engine.recorder.draft import Draft
from engine.recorder.run import Standing, Surroundings
from engine.recorder.watch.arguments import HiddenTensor, as_tensors
from engine.recorder.watch.room import found_no_room
from engine.recorder.watch.spans import Spans
from engine.recorder.watch.unframed import HELD, WRAPPED
from engine.recorder.watch.unseen import traced
from engine.runtime.frames.thread_state import levels_left
from engine.runtime.said import cut, said

_NO_ROOM = "what ran where Python's stack was full (RecursionError) is not recorded"
_THREADS = "what ran in threads other than the one that began the recording is not recorded"
_TRANSFORMS = "what runs inside torch.func transforms (grad, vmap, jvp …) cannot be recorded; only its results are"
_NESTED = "a backward pass that ran inside another one (reentrant checkpointing) is not shown by itself"
_transform = torch._C._functorch.peek_interpreter_stack
_is_tracing = torch._C._is_tracing
_TAKEN = {Tensor.backward: 2 + WRAPPED + HELD, torch.autograd.backward: 2 + WRAPPED + 2 * HELD, torch.autograd.grad: 2}
"""Levels of Python's stack that the recorder takes between the program's call and torch's engine: its own, and those of torch
functions that hand themselves to a function mode and so are there twice."""


class AnyCode(Surroundings):
    """Code that we neither bound nor check: it runs on whatever happens to its recording, and notes say what the recording lacks.

    Parameters
    ----------
    draft : Draft
        Gets the notes.
    spans : Spans
        Finds the program's frames.
    bounds : Bounds
        Says when recording ends by itself.
    stopping : callable()
        Called when nothing is recorded any more, however often.
    """

    def __init__(self, draft: Draft, spans: Spans, bounds: Bounds, stopping: Callable[[], None]) -> None:
        self._draft, self._spans, self._bounds, self._stopping = draft, spans, bounds, stopping
        self.calls = Calls(draft, spans, self.watches)
        self.thread = threading.get_ident()
        """The thread that began the recording."""
        self.stopped = False
        """Nothing is recorded any more."""
        self.quiet = 0
        """How many calls are running that count as one operation."""
        self.passes = 0
        """Passes of the engine so far; those inside a pass (reentrant checkpointing) are not counted."""
        self._depth = 0
        self._levels, self._taken = levels_left(), 0
        self._forwarded = False
        """``Tensor.backward`` was called, which calls ``torch.autograd.backward``."""
        self.asked: tuple[Any, ...] = ()
        """What the current pass was asked to start from, if ``torch.autograd.backward`` began it."""

    # Whether it is recorded --------------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Say ``text`` in the recording, once."""
        if text not in self._draft.notes:
            self._draft.notes.append(text)

    def elsewhere(self) -> bool:
        """Whether this is a thread other than the recorded one; if something is missed because of that, a note says so."""
        if threading.get_ident() == self.thread:
            return False
        if not self.stopped and not self._depth:
            self.note(_THREADS)
        return True

    def watches(self) -> bool:
        """Whether what happens now, in this thread, is recorded; if it should be and cannot be, a note says so."""
        return not (self.stopped or self.quiet or self._depth or self.elsewhere() or self.opaque())

    def sees(self) -> bool:
        """The same as ``watches``, asked in the thread that is recorded."""
        return not (self.stopped or self.quiet or self._depth or self.opaque())

    def opaque(self) -> bool:
        """Whether torch is transforming or tracing functions, which hides their tensors."""
        if _transform() is not None:
            self.note(_TRANSFORMS)
            return True
        if _is_tracing():
            self.note("what torch.jit traces is not recorded, so that recording does not become part of the trace")
            return True
        if traced():
            self.note("what torch traces or runs without elements (torch.export, make_fx, FakeTensor) is not recorded")
            return True
        return False

    def stop(self, why: str = "") -> None:
        """Record nothing from here on; the code does not notice."""
        self.stopped = True
        self._stopping()
        if why:
            self.note(why)

    def over(self) -> bool:
        """Whether a bound is reached, or was."""
        why = self._bounds.reached(self.passes, bool(self._depth))
        if why is not None:
            self.stop(why)
        return self.stopped

    def trouble(self, error: Exception) -> None:
        """Recording ends, and a note says why; the code runs on, unless it was cancelled."""
        if isinstance(error, Cancelled):
            raise error
        if isinstance(error, HiddenTensor):
            self.note(_TRANSFORMS)
            return
        if found_no_room(error):
            self.note(_NO_ROOM)
            return
        self._draft.unfinished = True
        self.stop(f"recording ended early, because it failed itself: {cut(said(error), 200)}")

    # Where it is -------------------------------------------------------------------------------------------------

    def look(self) -> Standing:
        """The program's frame, or that of another of the user's files within it, and the call that it runs in."""
        spans = self._spans
        frame, inner, other = spans.frames()
        direct = spans.direct
        place = None if other is None else spans.place(other)
        call = self.calls.current(frame) if inner is None else self.calls.functions.call_of(inner, frame)
        return Standing(frame, tuple([item for item in (frame, other) if item is not None]), direct, call, place)

    def phase(self, call: int | None, after_pass: bool, grad_enabled: bool) -> str:
        """If a module runs without gradients after a pass, the program is looking at what it has learned."""
        around = self.calls.without_functions(call)
        if around is not None:
            return "update" if around.optimizer else "forward"
        return "forward" if grad_enabled or not after_pass else "update"

    def trains(self) -> None:
        """What runs now is not part of what the program computes, but of its training."""
        frame, inner, _ = self._spans.frames()
        functions = self.calls.functions
        if inner is not None:
            functions.call_of(inner, frame)  # so that each frame has its mark
        functions.hold(sys._getframe(1))

    def added(self, fresh: Sequence[Tensor]) -> None:
        """Nodes that the program has dropped may go."""
        self._draft.sweep(fresh)

    # Passes ------------------------------------------------------------------------------------------------------

    def runs_alone(self, args: tuple[Any, ...]) -> bool:
        """``torch.autograd.backward(*args, …)`` is called: whether that is a pass of its own, not part of one that is running."""
        if self._forwarded:
            self._forwarded = False
            return False
        if not self._depth:
            return True
        again = args and [*map(id, as_tensors(args[0]))] == [*map(id, self.asked)]  # torch asks its modes: here again
        if not again:
            self._draft.gradients.nested = True
            self.note(_NESTED)
        return False

    def enter_pass(self, function: Callable[..., Any]) -> bool:
        """Not if a pass is already running, nor if recording has ended."""
        if self._depth or self.over():
            return False
        self._depth += 1
        self._taken = _TAKEN.get(function, 0)
        self._levels.value += self._taken
        self._forwarded = function is Tensor.backward
        self.trains()
        return True

    def leave_pass(self) -> None:
        """The pass is counted; what passes within it wrote to ``.grad`` is looked for."""
        self._forwarded = False
        self._depth -= 1
        self._levels.value -= self._taken
        self.asked = ()
        self.passes += 1
        if self._draft.gradients.nested:
            self._draft.gradients.nested = False
            self._draft.gradients.find_all()

"""Records code of any kind: modules, optimizers, functions of one's own. It never stops the code, only itself."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import FrameType
from typing import Any

import torch
from torch import Tensor

from engine.errors import Cancelled
from engine.recorder.calls.calls import Calls
from engine.recorder.calls.own_functions import OwnFunctions
from engine.recorder.draft import Draft
from engine.recorder.follow.naming import assigned_names, is_public, variables_of
from engine.recorder.recorder import Recorder
from engine.recorder.watch.arguments import HiddenTensor, as_tensors
from engine.recorder.watch.compiled import Uncompiled
from engine.recorder.watch.handlers import Handlers
from engine.recorder.watch.patches import Patches
from engine.recorder.watch.stack import PlainStack
from engine.recorder.watch.unframed import after, complete, followed, has_failed, release, room_for_a_call, unframed
from engine.recorder.watch.unseen import traced
from engine.recording import HOOKED, MODULE_HOOK, Argument, Recording, Span
from engine.runtime.memory import default_bound, resident_bytes
from engine.runtime.said import cut, ended_well, said

KEPT_BYTES = 2 * 2**30
"""Bytes that one recording keeps in all; then it ends, while the code runs on."""
MOST_OPERATIONS = 1_000_000
_LOOKS = 100
"""Operations until it is looked again how much memory the process uses."""
_RARER = 10
"""Python looks for cycles after so many new objects; for each of the code's own a recording makes about ten, which stay."""


class OpenRecorder(Recorder):
    """A Recorder for code that is not ours to bound or to check.

    What it cannot see it says in the recording's notes. If recording itself fails, or a limit is reached, the code runs on
    unrecorded and a note says why.

    Parameters
    ----------
    text : str
        What the frames called ``filename`` execute; empty if that is not known, and then nothing has a span.
    source : str
        The name that the recording gives the text.
    steps : int or None
        End after that many passes of the autograd engine: with the update that follows, before anything else that is tracked.
    max_operations : int
    max_bytes : int
        Bytes of tensors kept, after which recording ends.
    max_memory : int or None
        Bytes that the process may use in all, after which recording ends; None: half of the machine's memory.
    cancel : callable or None
        Asked before each operation and each Node; True raises Cancelled.
    """

    _deep = True

    def __init__(
        self,
        text: str,
        filename: str,
        source: str = "",
        *,
        steps: int | None = None,
        max_operations: int = MOST_OPERATIONS,
        max_bytes: int = KEPT_BYTES,
        max_memory: int | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__(text, filename, assigned=assigned_names(text), cancel=cancel, max_operations=max_operations + 1)
        self._source = source
        self._most = max_operations
        self._most_bytes = max_bytes
        self._most_memory = default_bound() if max_memory is None else max_memory
        self._unlooked = _LOOKS
        self._steps = steps
        self._thread = threading.get_ident()
        self._began = 0
        """torch numbers Nodes as they are made; this is the first number of the recording."""
        self._stopped = False
        self._quiet = 0
        self._depth = 0
        self._thresholds = gc.get_threshold()
        self._nested = False
        self._asked: tuple[Any, ...] = ()
        self._forwarded = False
        """``Tensor.backward`` was called, which calls ``torch.autograd.backward``."""
        self.passes = 0
        """Passes of the engine so far; those inside a pass (reentrant checkpointing) are not counted."""
        self._calls = Calls(self._draft, self._spans, self.watches)
        self._functions = self._calls.functions
        self._patches = Patches(self)
        self._uncompiled = Uncompiled(self.note)
        self._stack = PlainStack()
        self._handlers = Handlers()
        self._unframed: Any = None
        if not text:
            self.note("the source text was not available, so no operation says where it stands")

    @property
    def draft(self) -> Draft:
        """What is recorded so far, for a journal of it."""
        return self._draft

    @property
    def functions(self) -> OwnFunctions:
        """The calls of the user's own functions, for the same."""
        return self._functions

    @property
    def began(self) -> int:
        """What torch numbered the first Node."""
        return self._began

    @property
    def operations(self) -> int:
        """Operations recorded so far; may be read from any thread."""
        return len(self._draft.operations)

    @property
    def moments(self) -> int:
        """Moments of the timeline recorded so far, those of backward passes too; may be read from any thread."""
        return len(self._draft.moments)

    def note(self, text: str) -> None:
        """Say ``text`` in the recording, once."""
        if text not in self._draft.notes:
            self._draft.notes.append(text)

    # Around it ---------------------------------------------------------------------------------------------------

    def __enter__(self) -> OpenRecorder:
        self._thread = threading.get_ident()
        self._began = torch._C._autograd._get_sequence_nr()
        self._thresholds = gc.get_threshold()
        gc.set_threshold(self._thresholds[0] * _RARER, *self._thresholds[1:])
        self._functions.begin(sys._getframe(1))
        self._calls.watch()
        self._patches.apply()
        self._uncompiled.apply()
        self._stack.apply()
        self._handlers.apply()
        self._unframed = unframed(self._sees, self)
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        frame = self._spans.frame()
        if frame is not None:
            self.name_remaining(variables_of(frame))
        super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]
        made, self._unframed = self._unframed, None
        release(made)
        self._handlers.undo()
        self._stack.undo()
        self._uncompiled.undo()
        self._patches.undo()
        self._calls.unwatch()
        self._collect_as_before()

    def name_remaining(self, variables: Mapping[str, object]) -> None:
        """Tensors that have no name yet are called what they are called there: the script's own variables, as it ends."""
        for name, item in tuple(variables.items()):
            if issubclass(type(item), Tensor) and is_public(name):  # isinstance may ask objects of the script's
                self._draft.names.later(item, name)  # type: ignore[arg-type]

    def _collect_as_before(self) -> None:
        """Give the collector of cycles its pace back, unless the code has set another one."""
        if gc.get_threshold() == (self._thresholds[0] * _RARER, *self._thresholds[1:]):
            gc.set_threshold(*self._thresholds)

    def watches(self) -> bool:
        """Whether what happens now, in this thread, is recorded; where it should be and cannot be, a note says so."""
        if self._stopped or self._quiet or self._depth:
            return False
        if threading.get_ident() != self._thread:
            self.note(_THREADS)
            return False
        return not self._opaque()

    def _opaque(self) -> bool:
        """Whether torch is transforming or tracing functions, which hides their tensors."""
        if _transform() is not None:
            self.note(_TRANSFORMS)
            return True
        if _is_tracing():
            self.note("what torch.jit traces is not recorded, so as not to become part of the trace")
            return True
        if traced():
            self.note("what torch traces or runs without elements (torch.export, make_fx, FakeTensor) is not recorded")
            return True
        return False

    def stop(self, why: str = "") -> None:
        """Record nothing from here on; the code does not notice."""
        self._stopped = True
        self._collect_as_before()
        if why:
            self.note(why)

    def cut_off(self) -> None:
        """Record nothing from here on, in the midst of whatever was begun."""
        self._draft.unfinished = True
        self.stop()

    def _trouble(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            raise error
        if isinstance(error, HiddenTensor):
            self.note(_TRANSFORMS)
            return
        self._draft.unfinished = True
        self.stop(f"recording ended early, because it failed itself: {cut(said(error), 200)}")

    # What it sees ------------------------------------------------------------------------------------------------

    @property
    def __torch_function__(self) -> Any:
        """What torch calls: without a frame of ours, unless the stack is nearly at its end, where that has no way to say so."""
        try:
            room_for_a_call()
        except RecursionError:
            return super().__torch_function__
        return self._unframed

    def _sees(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        if self._stopped or self._quiet or self._depth or self._opaque():
            return partial(function, *args, **kwargs)
        if function in _HOOKS:
            self._draft.gradients.hooked = True
            self._patches.note_hook(function.__name__, self._spans.span(self._spans.frame()))
        elif function in _TELL and args:
            self._draft.names.read(args[0], self._look()[1])
        return super()._sees(function, args, kwargs)

    def _operation(self, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        if self._ends():
            return partial(function, *args, **kwargs)
        return super()._operation(function, name, args, kwargs)

    def _add_operation(
        self,
        name: str,
        inputs: list[Argument],
        tensors: list[Tensor],
        fresh: list[Tensor],
        changed: list[Tensor],
        first: int,
        span: Span | None,
    ) -> None:
        super()._add_operation(name, inputs, tensors, fresh, changed, first, span)
        self._draft.sweep(fresh)

    def _look(self) -> tuple[FrameType | None, tuple[FrameType, ...]]:
        frame, inner, other = self._spans.frames()
        self._place = None if other is None else self._spans.place(other)
        self._call = self._calls.current(frame) if inner is None else self._functions.call_of(inner, frame)
        return frame, tuple([item for item in (frame, other) if item is not None])

    def _phase(self) -> str:
        """Where a module runs without gradients after a pass, the program looks what it has learned."""
        call = self._calls.without_functions(self._call)
        if call is None:
            return super()._phase()
        return "update" if call.optimizer else "forward"

    def _leaf_written(self) -> None:
        self._trains()

    def _trains(self) -> None:
        """What runs now is no part of what the program computes, but of its training."""
        frame, inner, _ = self._spans.frames()
        if inner is not None:
            self._functions.call_of(inner, frame)  # so that each frame has its mark
        self._functions.hold(sys._getframe(1))

    def _ends(self) -> bool:
        """Whether recording ends before what comes now."""
        if self._steps is not None and self.passes >= self._steps and not self._depth and torch.is_grad_enabled():
            self.stop()
        elif len(self._draft.operations) >= self._most:
            most = f"{self._most:,} operations outside of backward passes"
            self.stop(f"recording ended after {most}, the most that one recording holds")
        elif self._draft.snapshots.taken > self._most_bytes:
            self.stop(f"recording ended after {self._most_bytes / 2**20:,.0f} MiB of tensors, the most that one recording keeps")
        else:
            self._look_at_memory()
        return self._stopped

    def _look_at_memory(self) -> None:
        self._unlooked += 1
        if self._unlooked > _LOOKS:
            self._unlooked = 0
            used = resident_bytes()
            if used > self._most_memory:
                self.stop(
                    f"recording ended when the process used {used / 2**20:,.0f} MiB of memory: more than the "
                    f"{self._most_memory / 2**20:,.0f} MiB that it may use while it is recorded"
                )

    def apply_function(self, apply: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """``Function.apply(…)`` or what ``torch.jit`` compiled, which torch's function mode does not see: one operation."""
        if not self.watches():
            return apply(*args, **kwargs)

        self._quiet += 1  # the whole call: out here what the recorder itself asks of torch is seen too
        try:
            return complete(self._operation(apply, name, args, kwargs))
        finally:
            self._quiet -= 1

    def let_go(self, tensor: Any) -> None:
        """Follow a tensor object no more; when it is used next it is another one."""
        if isinstance(tensor, Tensor) and threading.get_ident() == self._thread:
            self._draft.followed.let_go(tensor)

    def run_backward(self, backward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """``torch.autograd.backward(…)``, called by the program itself or inside a pass."""
        if threading.get_ident() != self._thread:
            if not self._stopped and not self._depth:
                self.note(_THREADS)
            return backward(*args, **kwargs)
        if self._stopped or self._opaque():
            return backward(*args, **kwargs)
        if self._forwarded:
            self._forwarded = False
            return backward(*args, **kwargs)
        if self._depth:
            if args and [*map(id, as_tensors(args[0]))] == [*map(id, self._asked)]:  # torch asks its modes, and so here once more
                return backward(*args, **kwargs)
            self._nested = True
            self.note("a backward pass that ran inside another one (reentrant checkpointing) is not shown by itself")
            return backward(*args, **kwargs)
        names = ("tensors", "grad_tensors", "retain_graph", "create_graph", "grad_variables", "inputs")
        given = dict(zip(names, args, strict=False)) | kwargs
        self._asked = as_tensors(given.get("tensors"))
        outputs = tuple(item for item in as_tensors(given.get("tensors")) if isinstance(item, Tensor))
        seeds = as_tensors(given.get("grad_tensors")) or (None,) * len(outputs)
        create = bool(given.get("create_graph"))
        retain = given.get("retain_graph")
        if len(seeds) != len(outputs):
            seeds = (None,) * len(outputs)
        span = self._spans.span(self._spans.frame())
        return complete(
            self._run_pass(backward, args, kwargs, span, outputs, seeds, create if retain is None else bool(retain), create, True)
        )

    def _run_pass(self, function: Any, *rest: Any) -> Callable[[], Any]:
        args, kwargs = rest[0], rest[1]
        if self._depth or self._ends():
            return partial(function, *args, **kwargs)
        self._depth += 1
        self._forwarded = function is Tensor.backward
        self._trains()
        try:
            call = super()._run_pass(function, *rest)
        except BaseException:
            self._pass_over()
            raise

        def done(result: Any) -> Any:
            try:
                return after(result, call)
            finally:
                self._pass_over()

        def failed() -> None:
            try:
                has_failed(call)
            finally:
                self._pass_over()

        return followed(function, args, kwargs, done, failed)

    def _pass_over(self) -> None:
        self._forwarded = False
        self._depth -= 1
        self._asked = ()
        self.passes += 1
        if self._nested:
            self._nested = False
            self._draft.gradients.find_all()

    def _write_grad(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        if self._ends():
            return partial(function, *args, **kwargs)
        return super()._write_grad(function, args, kwargs)

    def note_print(self, text: str) -> None:
        """The code printed ``text``."""
        if self.watches():
            super().note_print(text)

    def finish(self, error: BaseException | None = None) -> Recording:
        """The recording; an ``error`` that ended the code, unless it only left it with status 0, is its last moment."""
        self._note_unseen()
        if self._draft.nodes.has(MODULE_HOOK):
            self.note(f"register_full_backward_hook: {HOOKED} where a module is entered or left; what is shown came out of it")
        self._functions.settle()
        if error is None or ended_well(error):
            return super().finish()
        self.failing_span = self._spans.raised_at(error.__traceback__)
        return super().finish(RuntimeError(said(error)))

    def _note_unseen(self) -> None:
        """A tensor that came with a grad_fn which was made meanwhile, but by no operation that was seen."""
        draft = self._draft
        arrived = [draft.values.drafts[number] for number in draft.values.arrived]
        unseen = [
            item.name for item in arrived if item.node is not None and draft.nodes.sequence_number(item.node) >= self._began
        ]
        if unseen:
            named = ", ".join(f"`{name}`" for name in dict.fromkeys(name for name in unseen if name is not None))
            self.note(
                f"{named or 'a tensor'} came out of code that cannot be watched, such as an extension of torch: it is shown as "
                "data, without what it was computed from"
            )


_HOOKS = frozenset({Tensor.register_hook, Tensor.register_post_accumulate_grad_hook})
_TELL = frozenset({Tensor.item, Tensor.tolist, Tensor.__format__, Tensor.__repr__, Tensor.__float__, Tensor.__bool__})
"""By which the code shows a value, which has a name then if it ever has one."""
_TRANSFORMS = "what runs inside torch.func transforms (grad, vmap, jvp …) cannot be recorded; only its results are"
_THREADS = "what ran in threads other than the one that began the recording is not recorded"
_transform = torch._C._functorch.peek_interpreter_stack
_is_tracing = torch._C._is_tracing

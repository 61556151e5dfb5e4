"""Records code of any kind: modules, optimizers, functions of one's own. It never stops the code, only its own work."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from engine.recorder.any_code import AnyCode
from engine.recorder.bounds import KEPT_BYTES, MOST_OPERATIONS, Bounds
from engine.recorder.calls.own_functions import OwnFunctions
from engine.recorder.draft import Draft
from engine.recorder.follow.naming import assigned_names, is_public, variables_of
from engine.recorder.passes.engine_calls import backward_roots
from engine.recorder.run import Run, Settings
from engine.recorder.watch.compiled import Uncompiled
from engine.recorder.watch.handlers import Handlers
from engine.recorder.watch.patches import Patches
from engine.recorder.watch.spans import Spans
from engine.recorder.watch.stack import PlainStack
from engine.recorder.watch.unframed import after, followed, has_failed, release, unframed
from engine.recorder.watching import Watching
from engine.recording import Recording
from engine.runtime.frames.untold import unnoticed, untold
from engine.runtime.said import ended_well, said
from engine.tables import MODULE_HOOK, Span

_pace = gc.get_threshold
_RARER = 10
"""Python looks for cycles after a number of new objects. For each object of the code, a recording makes about ten, which stay; so
that number is raised by this factor."""


class Pace:
    """How often Python looks for cycles: less often while a recording is made, but the code is told what it has set itself."""

    def __init__(self) -> None:
        self._before, self._told = _pace(), unnoticed(self._as_told)

    def slow_down(self) -> None:
        """From now on."""
        self._before = _pace()
        gc.set_threshold(*self._slow())
        gc.get_threshold = self._told

    def as_before(self) -> None:
        """Again, unless the code has set another pace."""
        if _pace() == self._slow():
            gc.set_threshold(*self._before)
        if gc.get_threshold is self._told:
            gc.get_threshold = _pace

    def _as_told(self) -> tuple[int, int, int]:
        pace = _pace()
        return self._before if pace == self._slow() else pace

    def _slow(self) -> tuple[int, int, int]:
        newest, *older = self._before
        return (newest * _RARER, *older)  # type: ignore[return-value]


class OpenRecorder(TorchFunctionMode):
    """Records code that we neither bound nor check, as ``Recorder`` records a program.
    What it cannot see, it says in the recording's notes. If recording itself fails, or a limit is reached, the code runs on
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
        super().__init__()
        self._source = source
        self._pace = Pace()
        self._draft, spans = Draft(text, {}, deep=True), Spans(text, filename)
        bounds = Bounds(self._draft, steps, max_operations, max_bytes, max_memory)
        self._around = AnyCode(self._draft, spans, bounds, self._pace.as_before)
        self._run = Run(self._draft, spans, self._around, Settings(assigned_names(text), cancel))
        self._watching = Watching(self._run)
        self._began = 0
        self._left = False
        self._patches = Patches(self)
        self._standing_in = (self._around.calls, self._patches, Uncompiled(self.note), PlainStack(), Handlers())
        """What stands in for parts of Python and torch, in this order."""
        if not text:
            self.note("the source text was not available, so no operation has a place in it")

    @property
    def draft(self) -> Draft:
        """What is recorded so far, for a journal."""
        return self._draft

    @property
    def functions(self) -> OwnFunctions:
        """The calls of the user's own functions, for a journal."""
        return self._around.calls.functions

    @property
    def began(self) -> int:
        """The number that torch gave the first Node of the recording, in its count of the Nodes that it makes."""
        return self._began

    @property
    def operations(self) -> int:
        """Operations recorded so far; may be read from any thread."""
        return len(self._draft.operations)

    @property
    def moments(self) -> int:
        """Moments of the timeline recorded so far, those of backward passes too; may be read from any thread."""
        return len(self._draft.moments)

    @property
    def passes(self) -> int:
        """Passes of the engine so far; those inside a pass (reentrant checkpointing) are not counted."""
        return self._around.passes

    def note(self, text: str) -> None:
        """Say ``text`` in the recording, once."""
        self._around.note(text)

    # Around it ---------------------------------------------------------------------------------------------------

    def __enter__(self) -> OpenRecorder:
        self._around.thread = threading.get_ident()
        self._began = torch._C._autograd._get_sequence_nr()
        self._pace.slow_down()
        untold.follow()
        self.functions.begin(sys._getframe(1))
        for part in self._standing_in:
            part.apply()
        self.__dict__["__torch_function__"] = unframed(self._sees, self)
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self._left:
            return
        self._left = True
        frame = self._run.spans.frame()
        if frame is not None:
            self.name_remaining(variables_of(frame))
        super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]
        release(self.__dict__.pop("__torch_function__"))
        for part in reversed(self._standing_in):
            part.undo()
        self._pace.as_before()
        untold.leave()

    def name_remaining(self, variables: Mapping[str, object]) -> None:
        """Tensors that have no name yet get the one in ``variables``: the script's own variables, as it ends."""
        for name, item in tuple(variables.items()):
            if issubclass(type(item), Tensor) and is_public(name):  # isinstance may run the script's code
                self._draft.names.later(item, name)  # type: ignore[arg-type]

    def watches(self) -> bool:
        """Whether what happens now, in this thread, is recorded; if it should be and cannot be, a note says so."""
        return self._around.watches()

    def elsewhere(self) -> bool:
        """Whether this is a thread other than the recorded one; if something is missed because of that, a note says so."""
        return self._around.elsewhere()

    def stop(self) -> None:
        """Record nothing from here on; the code does not notice."""
        self._around.stop()

    def give_way(self) -> None:
        """Record nothing from here on, and leave Python and torch to another recorder, as if this one had never been there."""
        self.stop()
        depth = torch._C._len_torch_function_stack()
        if depth and torch._C._get_function_stack_at(depth - 1) is self:  # else a mode of the code lies within this one
            self.__exit__(None, None, None)

    def cut_off(self) -> None:
        """Record nothing from here on, even in the middle of something."""
        self._draft.unfinished = True
        self.stop()

    # What it sees ------------------------------------------------------------------------------------------------

    def _sees(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        if not self._around.sees():
            return partial(function, *args, **kwargs)
        if function in _HOOKS:
            self._draft.gradients.hooked = True
            self._note_hook(function.__name__, self._run.span())
        elif function in _TELL and args:
            self._draft.names.read(args[0], self._around.look().frames)
        return self._watching.sees(function, args, kwargs)

    def _note_hook(self, how: str, span: Span | None) -> None:
        """The program registered a hook on a tensor."""
        where = f" in line {span.line}" if span is not None else ""
        if how == "register_hook":
            self._draft.was_hooked(how, span)
            self.note(
                f"{how}{where}: a hook may change a gradient between its contributions and the Node that receives it; "
                "what is shown at the Node is what came out of the hook"
            )
        else:
            self.note(
                f"{how}{where}: what such a hook does inside a backward pass is seen only by its results: of leaves when the "
                "pass has ended, of other tensors at their next use"
            )

    def sees_function(self, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """``Function.apply(…)``, or code compiled by ``torch.jit``; torch's function mode does not see it. It is one
        operation."""
        around = self._around
        if not self.watches():
            return partial(function, *args, **kwargs)
        around.quiet += 1  # the whole call: out here the recorder's own calls of torch are seen too
        try:
            call = self._watching.operations.call(function, name, args, kwargs)
        except BaseException:
            around.quiet -= 1
            raise

        def done(result: Any) -> Any:
            try:
                return after(result, call)
            finally:
                around.quiet -= 1

        def failed() -> None:
            try:
                has_failed(call)
            finally:
                around.quiet -= 1

        return followed(function, args, kwargs, done, failed)

    def sees_backward(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """``torch.autograd.backward(…)``, called by the program itself or inside a pass."""
        around = self._around
        if around.stopped or around.opaque() or not around.runs_alone(args):
            return partial(function, *args, **kwargs)
        around.asked = backward_roots(args, kwargs)
        return self._watching.engine_calls.engine(function, args, kwargs)

    def let_go(self, tensor: Any) -> None:
        """Follow a tensor object no more; when it is used next it is another one."""
        if isinstance(tensor, Tensor) and threading.get_ident() == self._around.thread:
            self._draft.followed.let_go(tensor)

    def note_print(self, text: str) -> None:
        """The code printed ``text``."""
        if self.watches():
            self._run.note_print(text)

    def finish(self, error: BaseException | None = None) -> Recording:
        """The recording; an ``error`` that ended the code, unless it only left it with status 0, is its last moment."""
        self._note_unseen()
        if self._draft.nodes.has(MODULE_HOOK):
            how = "register_full_backward_hook"
            self._draft.was_hooked(how, None)
            self.note(f"{how}: a hook may change a gradient where a module is entered or left; what is shown came out of it")
        self.functions.settle()
        if error is None or ended_well(error):
            return self._run.finish(None, self._source)
        self._run.failing_span = self._run.spans.raised_at(error.__traceback__)
        return self._run.finish(RuntimeError(said(error)), self._source)

    def _note_unseen(self) -> None:
        """A tensor came with a grad_fn that was made meanwhile, but not by an operation that was seen."""
        values, nodes = self._draft.values, self._draft.nodes
        arrived = [values.drafts[number] for number in values.arrived]
        unseen = [item.name for item in arrived if item.node is not None and nodes.sequence_number(item.node) >= self._began]
        if unseen:
            named = ", ".join(f"`{name}`" for name in dict.fromkeys(name for name in unseen if name is not None))
            self.note(
                f"{named or 'a tensor'} came out of code that cannot be watched, such as an extension of torch: it is shown as "
                "data, without what it was computed from"
            )


_HOOKS = frozenset({Tensor.register_hook, Tensor.register_post_accumulate_grad_hook})
_TELL = frozenset({Tensor.item, Tensor.tolist, Tensor.__format__, Tensor.__repr__, Tensor.__float__, Tensor.__bool__})
"""Calls by which the code shows a value: by then the value has its name, if it ever gets one."""

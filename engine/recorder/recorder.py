"""Records one run of a program: a function mode for the forward, hooks on every Node for the real backward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from engine.errors import Cancelled, TooLargeError
from engine.recorder.draft import Draft
from engine.recorder.follow.memories import KEEPS, LENDS, TAKES
from engine.recorder.follow.regions import GLANCES
from engine.recorder.follow.tensors import first_of_each_memory, grad_fn_of, is_leaf, version_of
from engine.recorder.passes.passes import PassRecorder, captured
from engine.recorder.passes.phases import tell_phases
from engine.recorder.watch.arguments import as_tensors, collect, tensors_in
from engine.recorder.watch.functions import Kind, function_kind
from engine.recorder.watch.spans import Spans, where
from engine.recorder.watch.unframed import after, complete, followed, has_failed
from engine.recorder.watch.unseen import unseen
from engine.recording import Argument, Moment, Operation, Place, Recording, Span
from engine.runtime.said import called

_sequence_number = torch._C._autograd._get_sequence_nr

_kinds: dict[Any, tuple[Kind, str]] = {}
"""Torch's functions, sorted once per process."""


def _nothing() -> None:
    """A call that is followed no further where it fails."""


class Recorder(TorchFunctionMode):
    """Records what runs inside its ``with`` block; ``finish`` then gives the Recording.

    Parameters
    ----------
    text : str
        The program, for the recording and its source spans.
    filename : str
        Frames whose code has this file name are the program's.
    assigned : mapping of (line, column, end_line, end_column) to names
        Where the right-hand side of an assignment stands (from 1, in characters, end exclusive) and what it is assigned to.
    names : mapping of str to Tensor
        Tensors that exist before the program runs: inputs and leaves of the recording.
    before_operation : callable(function, args, kwargs) or None
        Called before each operation; may raise to refuse it.
    before_node : callable(node) or None
        Called before each Node of a pass with ``create_graph``; may raise to refuse it.
    cancel : callable or None
        Asked before each operation and each Node; True raises Cancelled.
    max_operations : int, default 10,000
        More raise TooLargeError.
    local_derivatives : bool, default True
        Also run each one-element Node on a gradient of one, which gives its local derivative.
    saved_tensors : bool, default True
        Also read what each Node keeps for its backward.
    """

    _source = ""
    _deep = False

    def __init__(
        self,
        text: str,
        filename: str,
        *,
        assigned: Mapping[tuple[int, int, int, int], tuple[str | None, ...]] | None = None,
        names: Mapping[str, Tensor] | None = None,
        before_operation: Callable[[Any, tuple[Any, ...], dict[str, Any]], None] | None = None,
        before_node: Callable[[Any], None] | None = None,
        cancel: Callable[[], bool] | None = None,
        max_operations: int = 10_000,
        local_derivatives: bool = True,
        saved_tensors: bool = True,
    ) -> None:
        super().__init__()
        self._draft, self._spans = Draft(text, names or {}, deep=self._deep), Spans(text, filename)
        self._assigned, self._before_operation, self._before_node = assigned or {}, before_operation, before_node
        self._cancel, self._max_operations, self._local, self._saves = cancel, max_operations, local_derivatives, saved_tensors
        self._backward_seen, self._refused_root, self._pass_failed = False, -1, False
        self._call: int | None = None
        self._place: Place | None = None
        self.failing_span: Span | None = None
        """Where torch raised, once it did."""

    # What the function mode sees ---------------------------------------------------------------------------------

    def __torch_function__(
        self, function: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        # With a frame of ours: the program's own has builtins that import nothing, and torch imports at times while it computes.
        return complete(self._sees(function, args, kwargs or {}))

    def _sees(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """The program calls ``function``: how to make that call, followed or not."""
        kind = _kinds.get(function)
        if kind is None:
            kind = _kinds[function] = function_kind(function)
        what, name = kind
        if what == "read":
            if name in LENDS:
                self._lend(args[0])
            if name in TAKES and isinstance(args[0], Tensor):
                self._taken(args[0], TAKES[name])
            elif name == "requires_grad =" and args[1]:
                self._leaf_written()
            return partial(function, *args, **kwargs)
        if self._cancel is not None and self._cancel():
            raise Cancelled("stopped")
        if what == "operation":
            return self._operation(function, name, args, kwargs)
        if what == "backward":
            return self._backward(function, args, kwargs)
        if what == "grad":
            return self._autograd_grad(function, args, kwargs)
        if what == "grad_read":
            return followed(function, args, kwargs, partial(self._grad_read, args[0]), _nothing)
        return self._write_grad(function, args, kwargs)

    @unseen
    def _lend(self, tensor: Any) -> None:
        if isinstance(tensor, Tensor):
            self._draft.memories.lend(tensor, outside=True)

    @unseen
    def _taken(self, tensor: Tensor, how: str) -> None:
        try:
            self._draft.was_read(tensor, how, self._spans.span(self._look()[0]))
        except Exception as error:
            self._trouble(error)

    def _grad_read(self, owner: Tensor, result: Any) -> Any:
        if isinstance(result, Tensor):
            try:
                self._draft.gradients.read(owner, result)
            except Exception as error:
                self._trouble(error)
        return result

    def _operation(self, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        draft, self._pass_failed = self._draft, False
        frame, frames = self._look()
        span = self._spans.span(frame)
        if len(draft.operations) >= self._max_operations:
            self.failing_span = span
            raise TooLargeError(
                f"the program makes more than {self._max_operations:,} operations",
                hint="Use fewer steps or smaller loops.",
                **where(span),
            )
        draft.contents.glance = id(args[0]) if args and name in GLANCES else 0
        try:
            inputs, tensors, versions = self._given(args, kwargs, frames)
        except Exception as error:
            self._trouble(error)
            return partial(function, *args, **kwargs)
        if self._before_operation is not None:
            try:
                self._before_operation(function, args, kwargs)
            except BaseException:
                self.failing_span = span
                draft.add_failed(name, inputs, span, self._call)
                raise
        first = _sequence_number()

        def done(result: Any) -> Any:
            try:
                if not draft.unfinished:
                    self._note_operation(name, inputs, tensors, versions, result, first, span, args, kwargs)
            except Exception as error:
                self._trouble(error)
            return result

        def failed() -> None:
            self.failing_span = span
            draft.add_failed(name, inputs, span, self._call)

        return followed(function, args, kwargs, done, failed)

    @unseen
    def _given(
        self, args: Iterable[Any], kwargs: Mapping[str, Any], frames: tuple[FrameType, ...]
    ) -> tuple[list[Argument], list[Tensor], list[int]]:
        """What an operation is given: its arguments, the tensors among them, and their versions."""
        inputs: list[Argument] = []
        tensors: list[Tensor] = []
        for item in args:
            collect(item, None, inputs, tensors, self._draft, frames)
        for key, item in kwargs.items():
            collect(item, key, inputs, tensors, self._draft, frames)
        return inputs, tensors, [version_of(item) for item in tensors]

    def _look(self) -> tuple[FrameType | None, tuple[FrameType, ...]]:
        """The program's frame, for an operation, and where names are looked for; ``_call`` is then what that runs in."""
        frame = self._spans.frame()
        return frame, () if frame is None else (frame,)

    @unseen
    def _note_operation(
        self,
        name: str,
        inputs: list[Argument],
        tensors: list[Tensor],
        versions: list[int],
        result: Any,
        first: int,
        span: Span | None,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> None:
        outputs = tensors_in(result)
        if name == "set_data":
            changed = [tensors[0]] if self._draft.changes.set_data(tensors[0]) else []
        else:
            written = self._draft.changes.by(name, tensors, versions)
            self._draft.contents.wrote(name, written, args, kwargs, len(self._draft.moments) + 1)
            changed = self._draft.changes.owners(first_of_each_memory(written), inputs)
        if not outputs and not changed:
            return
        fresh = [item for item in outputs if not any(item is known for known in tensors)]
        toggled = [item for item in outputs if self._toggled(item)] if not fresh and not changed else []
        if fresh or changed or toggled:
            self._add_operation(name, inputs, tensors, fresh, changed or toggled, first, span)

    def _leaf_written(self) -> None:
        """An operation made or changed a leaf that requires a gradient."""

    def _trouble(self, error: Exception) -> None:
        """Recording itself failed, not the program."""
        raise error

    def _toggled(self, tensor: Tensor) -> bool:
        """Whether an operation that returned its own input changed ``requires_grad`` (else it did nothing)."""
        draft = self._draft.followed.of(tensor)
        return draft is not None and draft.requires_grad != tensor.requires_grad

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
        draft = self._draft
        number = draft.numbers.of(len(draft.operations))
        moment = draft.numbers.of(len(draft.moments) + 1)
        before = len(draft.nodes)
        for at, item in enumerate((*fresh, *changed)):
            history = grad_fn_of(item) if item.requires_grad else None
            if history is not None:
                draft.nodes.id_of(history, number, first)
            elif item.requires_grad and (at >= len(fresh) or not item._is_view()):  # not ``w[0]`` under no_grad
                self._leaf_written()
        borrowed = not tensors and any(draft.memories.borrowed(item) for item in fresh)
        if name == "data" or borrowed:
            draft.memories.lend(fresh[0], outside=borrowed)
        nodes = draft.nodes.new_since(before)
        names: tuple[str | None, ...] = ()
        if span is not None and self._spans.direct:
            names = self._assigned.get((span.line, span.column, span.end_line, span.end_column), ())
        if changed:
            single = names[0] if len(names) == 1 else None
            values = [
                draft.values.made(item, number, moment, single if draft.followed.nameless(item) else None) for item in changed
            ]
            values += [draft.values.made(item, number, moment, None) for item in fresh]
        else:
            known_as = names if len(names) == len(fresh) else (None,) * len(fresh)
            values = [
                draft.values.made(item, number, moment, called_as)
                if draft.followed.of(item) is None or name != "grad"
                else draft.name_result(item, number, called_as)
                for item, called_as in zip(fresh, known_as, strict=True)
            ]
        if self._saves:
            draft.saved.read([*fresh, *changed])
        touched = [*changed, *(draft.changes.kept(tensors, number, moment) if name in KEEPS else ())]
        for item in tuple(touched):
            touched += draft.values.refresh_aliases(item, number, moment)
        draft.operations.append(
            Operation(
                number,
                called(name),
                tuple(inputs),
                tuple(values),
                nodes,
                span,
                not tensors,
                bool(changed),
                torch.is_grad_enabled(),
                self._call,
                self._spans.direct,
            )
        )
        kind, phase = self._moment_kind(name, changed, bool(nodes))
        draft.moments.append(Moment(kind, phase, number, span))
        if self._place is not None:
            draft.elsewhere[number] = self._place
        if name == "data":
            draft.changes.windows.update(draft.values.drafts[value].variable for value in values)
        draft.gradients.follow(touched, moment)

    def _moment_kind(self, name: str, changed: list[Tensor], made_nodes: bool) -> tuple[str, str]:
        if changed and not made_nodes:
            draft = self._draft.followed.of(changed[0])
            if draft is not None and draft.gradient_of is not None:
                return ("zero", "zero") if name in ("zero_", "_foreach_zero_") else ("update", "update")
            if draft is not None and changed[0].requires_grad and is_leaf(changed[0]) and name != "requires_grad_":
                follows = self._draft.nodes.is_used(draft) or changed[0].grad is not None  # else it is given its first value
                return "update", "update" if follows else "forward"
        return "operation", self._phase()

    def _phase(self) -> str:
        """Without gradients after a pass it is the update."""
        return "forward" if torch.is_grad_enabled() or not self._backward_seen else "update"

    # Passes ------------------------------------------------------------------------------------------------------

    def _backward(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        names = ("self", "gradient", "retain_graph", "create_graph", "inputs")
        given = dict(zip(names, args, strict=False)) | kwargs
        span = self._spans.span(self._spans.frame())
        create = bool(given.get("create_graph"))
        retain = given.get("retain_graph")
        return self._run_pass(
            function,
            args,
            kwargs,
            span,
            (args[0],),
            (given.get("gradient"),),
            create if retain is None else bool(retain),
            create,
            True,
        )

    def _autograd_grad(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        names = ("outputs", "inputs", "grad_outputs", "retain_graph", "create_graph")
        given = dict(zip(names, args, strict=False)) | kwargs
        draft = self._draft
        frame, frames = self._look()
        span = self._spans.span(frame)
        outputs = as_tensors(given.get("outputs"))
        seeds = as_tensors(given.get("grad_outputs")) or (None,) * len(outputs)
        create = bool(given.get("create_graph"))
        retain = given.get("retain_graph")
        try:
            inputs, tensors, _ = self._given((outputs, as_tensors(given.get("inputs"))), {}, frames)
        except Exception as error:
            self._trouble(error)
            return partial(function, *args, **kwargs)
        if len(seeds) != len(outputs):
            seeds = (None,) * len(outputs)
        first = _sequence_number()
        known, passes = len(draft.followed.variables), len(draft.passes)
        direct = self._spans.direct
        call = self._run_pass(
            function, args, kwargs, span, outputs, seeds, create if retain is None else bool(retain), create, False
        )

        def done(result: Any) -> Any:
            result = after(result, call)
            try:
                if not draft.unfinished:
                    self._note_grad(inputs, tensors, len(outputs), result, known, passes, first, span, direct)
            except Exception as error:
                self._trouble(error)
            return result

        return followed(function, args, kwargs, done, partial(has_failed, call))

    @unseen
    def _note_grad(
        self,
        inputs: list[Argument],
        tensors: list[Tensor],
        outputs: int,
        result: Any,
        known: int,
        passes: int,
        first: int,
        span: Span | None,
        direct: bool,
    ) -> None:
        """``torch.autograd.grad`` returned ``result``; before that there were ``known`` variables and so many passes."""
        draft = self._draft
        results = as_tensors(result)
        fresh = [item for item in tensors_in(result) if not draft.followed.known_since(item, known)]
        if fresh:
            for item in fresh:
                if item.requires_grad and not item.is_leaf:
                    draft.made.add(item, len(draft.passes) - 1, None)
            self._spans.direct = direct
            self._add_operation("grad", inputs, tensors, fresh, [], first, span)
        if len(draft.passes) > passes:
            captured(draft, [item.value for item in inputs[outputs:]], results)

    def _run_pass(
        self,
        function: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        span: Span | None,
        outputs: tuple[Tensor, ...],
        seeds: tuple[Tensor | None, ...],
        retain: bool,
        create: bool,
        accumulates: bool,
    ) -> Callable[[], Any]:
        try:
            self._given(outputs, {}, self._look()[1] if self._draft.names.deep else ())
        except Exception as error:
            self._trouble(error)
            return partial(function, *args, **kwargs)
        recorder = PassRecorder(
            self._draft,
            outputs,
            seeds,
            span,
            retain_graph=retain,
            create_graph=create,
            accumulates=accumulates,
            local_derivatives=self._local,
            saved_tensors=self._saves,
            cancel=self._cancel,
            before_node=self._before_node,
            trouble=self._trouble,
        )

        def done(result: Any) -> Any:
            recorder.end(completed=True)
            self._backward_seen = True
            return result

        def failed() -> None:
            recorder.end(completed=False)
            self.failing_span, self._pass_failed = span, True
            if not recorder.started and outputs:
                self._refused_root = self._draft.values.of(outputs[0])

        call = followed(function, args, kwargs, done, failed)
        recorder.begin()
        return call

    def _write_grad(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """``x.grad = …``. What ``x.grad *= 2`` writes back is the very tensor it has: nothing more happened."""
        owner = args[0]
        before = owner.grad
        try:
            self._draft.values.of(owner)
        except Exception as error:
            self._trouble(error)
            return partial(function, *args, **kwargs)

        def done(result: Any) -> Any:
            try:
                self._draft.gradients.written(owner, before, self._spans.span(self._spans.frame()))
            except Exception as error:
                self._trouble(error)
            return result

        return followed(function, args, kwargs, done, _nothing)

    # Around it ---------------------------------------------------------------------------------------------------

    def note_print(self, text: str) -> None:
        """The program printed ``text``."""
        draft = self._draft
        draft.printed.append(text)
        phase = draft.moments[-1].phase if draft.moments else "forward"
        draft.moments.append(Moment("print", phase, -1, self._spans.span(self._spans.frame()), text))

    def finish(self, error: BaseException | None = None) -> Recording:
        """The recording, frozen and free of torch; with an ``error`` its last moment is of kind ``error``."""
        draft = self._draft
        if draft.unfinished:
            draft.mend()
        tell_phases(draft)
        if error is not None:
            phase = "backward" if self._pass_failed else draft.moments[-1].phase if draft.moments else "forward"
            draft.moments.append(Moment("error", phase, self._refused_root, self.failing_span, str(error)))
        return draft.finish(error is not None, self._source)

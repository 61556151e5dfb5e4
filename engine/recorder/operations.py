"""The operations of a run: what each was given, what it returned and what it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from engine.errors import TooLargeError
from engine.recorder.draft import Draft
from engine.recorder.follow.memories import KEEPS
from engine.recorder.keep.regions import GLANCES
from engine.recorder.keep.tensors import first_of_each_memory, grad_fn_of, is_leaf, version_of
from engine.recorder.run import Run, Standing
from engine.recorder.watch.arguments import collect, tensors_in
from engine.recorder.watch.spans import where
from engine.recorder.watch.unframed import followed
from engine.recorder.watch.unseen import unseen
from engine.runtime.said import called
from engine.tables import Argument, Moment, Operation, Span

sequence_number = torch._C._autograd._get_sequence_nr
"""The number that torch will give the next Node."""


class Given(NamedTuple):
    """What an operation is given: its arguments, the tensors among them, and their versions."""

    inputs: list[Argument]
    tensors: list[Tensor]
    versions: list[int]


@dataclass(slots=True)
class Asked:
    """An operation as the program asks for it."""

    name: str
    given: Given
    standing: Standing
    span: Span | None
    first: int
    """Nodes with numbers from this one on are its own."""


@unseen
def given_to(draft: Draft, args: Iterable[Any], kwargs: Mapping[str, Any], frames: tuple[FrameType, ...]) -> Given:
    """What an operation with these arguments is given; the names of tensors are looked for in ``frames``."""
    inputs: list[Argument] = []
    tensors: list[Tensor] = []
    for item in args:
        collect(item, None, inputs, tensors, draft, frames)
    for key, item in kwargs.items():
        collect(item, key, inputs, tensors, draft, frames)
    return Given(inputs, tensors, [version_of(item) for item in tensors])


class Operations:
    """Adds the operations of a run to its draft."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._draft = run.draft

    def call(self, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """The program calls ``function``, which is one operation. Returns how to make that call."""
        run, draft = self._run, self._draft
        if run.around.over():
            return partial(function, *args, **kwargs)
        run.pass_failed = False
        standing = run.around.look()
        span = run.spans.span(standing.frame)
        self._bound(span)
        draft.contents.glance = id(args[0]) if args and name in GLANCES else 0
        try:
            given = given_to(draft, args, kwargs, standing.frames)
        except Exception as error:
            run.around.trouble(error)
            return partial(function, *args, **kwargs)
        if run.settings.before_operation is not None:
            try:
                run.settings.before_operation(function, args, kwargs)
            except BaseException:
                run.failing_span = span
                draft.add_failed(name, given.inputs, span, standing.call)
                raise
        asked = Asked(name, given, standing, span, sequence_number())

        def done(result: Any) -> Any:
            try:
                if not draft.unfinished:
                    self._note(asked, result, args, kwargs)
            except Exception as error:
                run.around.trouble(error)
            return result

        def failed() -> None:
            run.failing_span = span
            draft.add_failed(name, given.inputs, span, standing.call)

        return followed(function, args, kwargs, done, failed)

    def _bound(self, span: Span | None) -> None:
        """Raise TooLargeError if the program has made as many operations as it may."""
        most = self._run.settings.most_operations
        if most is not None and len(self._draft.operations) >= most:
            self._run.failing_span = span
            raise TooLargeError(
                f"the program makes more than {most:,} operations",
                hint="Use fewer steps or smaller loops.",
                **where(span),
            )

    @unseen
    def _note(self, asked: Asked, result: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """The operation that was ``asked`` for returned ``result``: add it, unless it only read."""
        draft, name, (inputs, tensors, versions) = self._draft, asked.name, asked.given
        outputs = tensors_in(result)
        if name == "set_data":
            changed = [tensors[0]] if draft.changes.set_data(tensors[0]) else []
        else:
            written = draft.changes.by(name, tensors, versions)
            draft.contents.wrote(name, written, args, kwargs, len(draft.moments) + 1)
            changed = draft.changes.owners(first_of_each_memory(written), inputs)
        if not outputs and not changed:
            return
        fresh = [item for item in outputs if not any(item is known for known in tensors)]
        toggled = [item for item in outputs if self._toggled(item)] if not fresh and not changed else []
        if fresh or changed or toggled:
            self.add(asked, fresh, changed or toggled)

    def _toggled(self, tensor: Tensor) -> bool:
        """Whether an operation that returned its own input changed ``requires_grad``; else it did nothing."""
        draft = self._draft.followed.of(tensor)
        return draft is not None and draft.requires_grad != tensor.requires_grad

    def add(self, asked: Asked, fresh: list[Tensor], changed: list[Tensor]) -> None:
        """Add an operation that made ``fresh`` tensors and ``changed`` others, with their values and Nodes."""
        run, draft, name, standing = self._run, self._draft, asked.name, asked.standing
        tensors = asked.given.tensors
        number = draft.numbers.of(len(draft.operations))
        moment = draft.numbers.of(len(draft.moments) + 1)
        before = len(draft.nodes)
        self._add_nodes(number, asked.first, fresh, changed)
        borrowed = not tensors and any(draft.memories.borrowed(item) for item in fresh)
        if name == "data" or borrowed:
            draft.memories.lend(fresh[0], outside=borrowed)
        nodes = draft.nodes.new_since(before)
        values = self._values(asked, number, moment, fresh, changed)
        if run.settings.saved_tensors:
            draft.saved.read([*fresh, *changed])
        touched = [*changed, *(draft.changes.kept(tensors, number, moment) if name in KEEPS else ())]
        for item in tuple(touched):
            touched += draft.values.refresh_aliases(item, number, moment)
        draft.operations.append(
            Operation(
                number,
                called(name),
                tuple(asked.given.inputs),
                tuple(values),
                nodes,
                asked.span,
                not tensors,
                bool(changed),
                torch.is_grad_enabled(),
                standing.call,
                standing.direct,
            )
        )
        kind, phase = self._moment_kind(asked, changed, bool(nodes))
        draft.moments.append(Moment(kind, phase, number, asked.span))
        if standing.place is not None:
            draft.elsewhere[number] = standing.place
        if name == "data":
            draft.changes.windows.update(draft.values.drafts[value].variable for value in values)
        draft.gradients.follow(touched, moment)
        run.around.added(fresh)

    def _add_nodes(self, operation: int, first: int, fresh: list[Tensor], changed: list[Tensor]) -> None:
        for at, item in enumerate((*fresh, *changed)):
            history = grad_fn_of(item) if item.requires_grad else None
            if history is not None:
                self._draft.nodes.id_of(history, operation, first)
            elif item.requires_grad and (at >= len(fresh) or not item._is_view()):  # not ``w[0]`` under no_grad
                self._run.around.trains()

    def _values(self, asked: Asked, number: int, moment: int, fresh: list[Tensor], changed: list[Tensor]) -> list[int]:
        """The ids of the values that an operation made."""
        draft, span = self._draft, asked.span
        names: tuple[str | None, ...] = ()
        if span is not None and asked.standing.direct:
            names = self._run.settings.assigned.get((span.line, span.column, span.end_line, span.end_column), ())
        if changed:
            single = names[0] if len(names) == 1 else None
            values = [
                draft.values.made(item, number, moment, single if draft.followed.nameless(item) else None) for item in changed
            ]
            return [*values, *[draft.values.made(item, number, moment, None) for item in fresh]]
        known_as = names if len(names) == len(fresh) else (None,) * len(fresh)
        return [
            draft.values.made(item, number, moment, called_as)
            if asked.name != "grad" or draft.followed.of(item) is None
            else draft.name_result(item, number, called_as)
            for item, called_as in zip(fresh, known_as, strict=True)
        ]

    def _moment_kind(self, asked: Asked, changed: list[Tensor], made_nodes: bool) -> tuple[str, str]:
        """Kind and phase of the moment of an operation."""
        name = asked.name
        if changed and not made_nodes:
            draft = self._draft.followed.of(changed[0])
            if draft is not None and draft.gradient_of is not None:
                return ("zero", "zero") if name in ("zero_", "_foreach_zero_") else ("update", "update")
            if draft is not None and changed[0].requires_grad and is_leaf(changed[0]) and name != "requires_grad_":
                follows = self._draft.nodes.is_used(draft) or changed[0].grad is not None  # else it gets its first value
                return "update", "update" if follows else "forward"
        return "operation", self._run.around.phase(asked.standing.call, self._run.backward_seen, torch.is_grad_enabled())

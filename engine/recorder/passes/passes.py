"""Runs of torch's engine, seen through hooks on every Node that they can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple
from weakref import ref

import torch
from torch import Tensor

from engine.errors import Cancelled
from engine.recorder.draft import Draft
from engine.recorder.keep.elements import count_of
from engine.recorder.passes.node_hooks import Registered, register, remove
from engine.recorder.passes.rehearsal import Rehearsal, rehearse, under_view
from engine.recorder.run import Settings
from engine.recorder.watch.unseen import unseen, would_see
from engine.runtime.frames.untold import unnoticed
from engine.tables import Moment, NodeRun, Pass, Span, TensorData

_NO_LOCAL = frozenset({"CopySlices", "AccumulateGrad", "torch::autograd::CopySlices", "torch::autograd::AccumulateGrad"})


Parts = tuple[TensorData | None, ...]


class _Open(NamedTuple):
    """A running Node: the gradients that came in, its local derivatives, and for a leaf's Node what ``.grad`` was before."""

    incoming: Parts
    local: Parts
    before: TensorData | None


class _Taken(NamedTuple):
    """A tensor on its way from one Node to the next, and the snapshot of it."""

    tensor: ref[Tensor]
    data: TensorData


class PassCall(NamedTuple):
    """A call that runs the engine, and what it asks for."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    span: Span | None
    """Where it stands."""
    outputs: tuple[Tensor, ...]
    """Tensors that the pass starts from."""
    seeds: tuple[Tensor | None, ...]
    """The gradients given by the program; None where it left them to torch."""
    retain_graph: bool
    create_graph: bool
    accumulates: bool
    """Whether it adds to the ``.grad`` of leaves."""

    @classmethod
    def asked(
        cls,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        span: Span | None,
        outputs: tuple[Tensor, ...],
        seeds: tuple[Tensor | None, ...],
        given: Mapping[str, Any],
        *,
        accumulates: bool,
    ) -> PassCall:
        """Made from the arguments ``given`` by name; ``seeds`` that torch will refuse, being too many or too few, are left
        out."""
        create, retain = bool(given.get("create_graph")), given.get("retain_graph")
        if len(seeds) != len(outputs):
            seeds = (None,) * len(outputs)
        return cls(function, args, kwargs, span, outputs, seeds, create if retain is None else bool(retain), create, accumulates)

    def unfollowed(self) -> Callable[[], Any]:
        """How to make the call without following it."""
        return partial(self.function, *self.args, **self.kwargs)


class PassRecorder:
    """Hooks for one run of the engine: ``begin`` before the call that starts it, ``end`` after it.

    Parameters
    ----------
    draft : Draft
    call : PassCall
        What starts it.
    settings : Settings
        What is recorded of Nodes, and what is called before each; ``before_node`` and ``cancel`` may raise, which ends the pass.
    trouble : callable
        Called when recording itself fails; if it raises, the pass ends, else the pass goes on unrecorded.
    """

    def __init__(
        self,
        draft: Draft,
        call: PassCall,
        settings: Settings,
        trouble: Callable[[Exception], None],
    ) -> None:
        self._draft = draft
        self._call, self._settings = call, settings
        self._span, self._creates = call.span, call.create_graph
        self._cancel, self._before_node = settings.cancel, settings.before_node if call.create_graph else None
        self._trouble = trouble
        self._lost = False
        self._pass = draft.numbers.of(len(draft.passes))
        self.started = self._noted = False
        self._open: dict[int, _Open] = {}
        self._hooks: list[Registered] = []
        self._kept: dict[int, _Taken] = {}
        self._inner: dict[int, Rehearsal] = {}

    def begin(self) -> None:
        """Put the hooks on."""
        try:
            self._hook()
        except Exception as error:
            self._lose(error)

    @unseen
    def _hook(self) -> None:
        draft = self._draft
        draft.values.look_outside()
        roots = [torch.autograd.graph.get_gradient_edge(out).node for out in self._call.outputs if out.requires_grad]
        nodes = reachable(draft, roots)
        if self._settings.saved_tensors:
            draft.saved.read(self._call.outputs)
        before, after = unnoticed(self._before), unnoticed(self._after)
        register(((node, partial(before, number), partial(after, number)) for number, node in nodes), self._hooks)

    def _lose(self, error: Exception) -> None:
        """Recording failed inside the pass: follow it no further, and say so."""
        self._lost = True
        self._trouble(error)

    def end(self, *, completed: bool) -> None:
        """Take them off; if the pass was not ``completed``, keep what it did."""
        remove(self._hooks)
        self._hooks.clear()
        self._kept.clear()
        draft = self._draft
        if completed:
            if self._noted and not self._call.retain_graph:
                draft.moments.append(Moment("free", "backward", self._pass, self._span))
            if self.started and self._call.accumulates and not self._lost:
                self._after_engine()
            return
        for number, (incoming, local, before) in self._open.items():
            draft.runs.append(
                NodeRun(draft.numbers.of(len(draft.runs)), self._pass, number, incoming, (), local, before, completed=False)
            )
        if not self._lost:
            self._after_failure()

    @unseen
    def _after_engine(self) -> None:
        try:
            self._draft.gradients.after_pass(self._draft.nodes.accumulators)
        except Exception as error:
            self._lose(error)

    @unseen
    def _after_failure(self) -> None:
        """A pass that fails leaves in ``.grad`` what it wrote until then."""
        try:
            self._draft.gradients.find_all()
        except Exception as error:
            self._lose(error)

    def _start(self) -> None:
        """The engine has begun: only now is it known that torch accepted the call."""
        self.started = True
        draft, call = self._draft, self._call
        take = draft.snapshots.take
        seeds = tuple(take(_ones_of(out) if seed is None else seed) for out, seed in zip(call.outputs, call.seeds, strict=True))
        roots = tuple(draft.values.of(out) for out in call.outputs)
        draft.passes.append(Pass(self._pass, roots, seeds, call.span, call.retain_graph, call.create_graph, call.accumulates))
        draft.moments.append(Moment("seed", "backward", self._pass, self._span))
        self._noted = True

    def _take(self, tensor: Tensor) -> TensorData:
        """A snapshot; the gradient that one Node sends is often the very tensor that the next one receives."""
        known = self._kept.get(id(tensor))
        like = known.data if known is not None and known.tensor() is tensor else None
        data = self._draft.snapshots.take(tensor, like)
        if data is not like:
            # A weak reference: torch keeps the Python object of a tensor that is on its way from one Node to the next.
            self._kept[id(tensor)] = _Taken(ref(tensor), data)
        return data

    def _before(self, number: int, incoming: tuple[Tensor | None, ...]) -> None:
        if self._lost:
            return
        if self._cancel is not None and self._cancel():
            raise Cancelled("stopped")
        if self._before_node is not None:
            self._ask(number, self._before_node)
        try:
            self._note_before(number, incoming)
        except Exception as error:
            self._lose(error)

    @unseen
    def _ask(self, number: int, before_node: Callable[[Any], None]) -> None:
        before_node(self._draft.nodes.object_of(number))

    def _after(self, number: int, outgoing: tuple[Tensor | None, ...], incoming: tuple[Tensor | None, ...]) -> None:
        if self._lost or number not in self._open:
            return
        try:
            self._note_after(number, outgoing)
        except Exception as error:
            self._lose(error)

    @unseen
    def _note_before(self, number: int, incoming: tuple[Tensor | None, ...]) -> None:
        if not self.started:
            self._start()
        draft = self._draft
        take = self._take
        came = tuple([None if item is None else take(item) for item in incoming])
        node = draft.nodes.object_of(number)
        if self._creates:
            self._inner[number] = self._begin_graph(number, node, incoming)
        before = None
        local: Parts = ()
        if draft.nodes.variable_of(number) is not None:
            grad = node.variable.grad
            before = None if grad is None else take(grad)
        elif (
            self._settings.local_derivatives
            and len(incoming) == 1
            and incoming[0] is not None
            and count_of(incoming[0]) == 1
            and number not in draft.saved.packed
        ):
            local = self._local_derivative(node, incoming[0])
        self._open[number] = _Open(came, local, before)

    def _local_derivative(self, node: Any, like: Tensor) -> Parts:
        """What the Node makes of a gradient of one, for each slot: its local derivatives."""
        if node.name() in _NO_LOCAL or isinstance(node, torch.autograd.function.BackwardCFunction) or would_see(like):
            return ()
        take = self._draft.snapshots.take
        with torch.no_grad():
            try:
                result = node(torch.ones_like(like))
            except RuntimeError:
                return ()
        parts = result if isinstance(result, tuple) else (result,)
        return tuple(take(part) if isinstance(part, Tensor) and count_of(part) == 1 else None for part in parts)

    def _begin_graph(self, number: int, node: Any, incoming: tuple[Tensor | None, ...]) -> Rehearsal:
        """Before a Node that will make Nodes runs: note the sums made since the last one, and see how it computes."""
        draft = self._draft
        for item in incoming:
            if item is not None and item.requires_grad and not item.is_leaf:
                draft.made.add(item, self._pass, None)
                draft.made.value(item, item.grad_fn, draft.values.now)
        if self._settings.saved_tensors:
            draft.saved.read()
        known = draft.nodes.variable_of(number) is not None or node.name() in _NO_LOCAL or number in draft.saved.packed
        if known or any(item is not None and would_see(item) for item in incoming):
            return Rehearsal()
        return rehearse(node, incoming)

    def _finish_graph(self, number: int, outgoing: tuple[Tensor | None, ...]) -> None:
        """A Node has run with ``create_graph``: register the Nodes that it made, each with its value."""
        draft = self._draft
        moment = draft.numbers.of(len(draft.moments) + 1)
        rehearsal = self._inner.pop(number)
        made: tuple[Tensor | None, ...] = outgoing
        if draft.nodes.variable_of(number) is not None:
            made = (draft.nodes.object_of(number).variable.grad,)
        for slot, item in enumerate(made):
            if item is None or not item.requires_grad or item.is_leaf:
                continue
            draft.made.add(item, self._pass, number)
            draft.made.value(item, item.grad_fn, moment)
            for tensor, node in rehearsal.matches(slot, item.grad_fn):
                draft.made.value(tensor, node, moment)
            under = under_view(item)
            if under is not None:
                draft.made.value(*under, moment)
        if self._settings.saved_tensors:
            draft.saved.read([item for item in made if item is not None])

    @unseen
    def _note_after(self, number: int, outgoing: tuple[Tensor | None, ...]) -> None:
        draft = self._draft
        take = self._take
        came, local, before = self._open.pop(number)
        if self._creates:
            self._finish_graph(number, outgoing)
        sent = tuple([None if item is None else take(item) for item in outgoing])
        variable = draft.nodes.variable_of(number)
        run = draft.numbers.of(len(draft.runs))
        moment = draft.numbers.of(len(draft.moments) + 1)
        if variable is None:
            draft.runs.append(NodeRun(run, self._pass, number, came, sent, local))
            draft.moments.append(Moment("run", "backward", run, self._span))
            return
        grad = draft.nodes.object_of(number).variable.grad
        after = None if grad is None else take(grad)
        draft.runs.append(NodeRun(run, self._pass, number, came, (), (), before, after))
        draft.moments.append(Moment("accumulate", "backward", run, self._span))
        draft.followed.variables[variable].add_gradient(moment, after)
        if grad is not None:
            draft.gradients.follow(draft.values.refresh_aliases(grad, None, moment), moment)


def _ones_of(output: Tensor) -> Tensor:
    """The gradient that a pass starts with by itself."""
    if would_see(output):
        return torch.ones(tuple(output.shape), dtype=output.dtype)
    return torch.ones_like(output)


def reachable(draft: Draft, roots: Iterable[Any]) -> list[tuple[int, Any]]:
    """Every Node that a pass from ``roots`` can run, with its id."""
    for root in roots:
        draft.nodes.id_of(root)
    seen = {id(root): root for root in roots}
    stack = list(seen.values())
    while stack:
        for target, _ in stack.pop().next_functions:
            if target is not None and id(target) not in seen:
                seen[id(target)] = target
                stack.append(target)
    return [(draft.nodes.id_of(node), node) for node in seen.values()]


def captured(draft: Draft, inputs: Sequence[int | None], results: Sequence[Tensor | None]) -> None:
    """The pass that just ran returned ``results``, the gradients of these recorded values."""
    found = tuple(
        (number, None if result is None else draft.values.drafts[draft.values.of(result)].data)
        for number, result in zip(inputs, results, strict=True)
        if number is not None
    )
    draft.passes[-1] = replace(draft.passes[-1], captured=found)

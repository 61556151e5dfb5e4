"""A program run by plain PyTorch and stopped after each thing that happens: the oracle for the states of a recording.

It shares nothing with the recorder: its own function mode counts what torch is asked for, its own hooks see what the engine does,
and after each event every tensor, every ``.grad`` and every name is copied, whatever torch says of its version.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.overrides import TorchFunctionMode

Array = NDArray[Any]
_COMPUTED = ("T", "mT", "H", "mH", "real", "imag", "data")


@dataclass(frozen=True)
class Seen:
    """One tensor at one moment."""

    array: Array
    version: int
    requires_grad: bool
    leaf: bool


@dataclass
class Event:
    """Something that happened. ``inputs`` and ``outputs`` are places in ``Stopped.tensors``; changed ones come first."""

    kind: str
    name: str = ""
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    came: tuple[Array, ...] = ()
    """The inputs as they were."""
    tensors: list[Seen] = field(default_factory=list)
    gradients: dict[int, tuple[int, Array] | None] = field(default_factory=dict)
    """``.grad`` of each leaf: (its own place or -1, its elements) or None."""
    names: dict[str, int] = field(default_factory=dict)
    """What was bound when the next thing began (filled in then)."""


@dataclass
class Run:
    """One Node that the engine ran (``event`` is None if it failed inside), or one input of ``autograd.grad`` that it reached."""

    node: Any
    turn: int
    incoming: tuple[Array | None, ...]
    outgoing: tuple[Array | None, ...] = ()
    event: int | None = None
    output: int | None = None


class Stopped:
    """The run. ``events[k - 1]`` is the world after ``k`` moments."""

    def __init__(self, text: str, world: dict[str, Any]) -> None:
        self.tensors: list[Tensor] = []
        self.events: list[Event] = []
        self.runs: list[Run] = []
        self.captured: list[Run] = []
        self.seeds: list[tuple[int, tuple[int, ...], tuple[Array, ...]]] = []
        """Per pass: event, places of the roots, gradients given."""
        self.senders: list[dict[tuple[int, int], set[int]]] = []
        self.rooted: list[set[tuple[int, int]]] = []
        self.makers: dict[tuple[int, int], tuple[Any, int]] = {}
        """(place, version) → (grad_fn, output)."""
        self.printed = ""
        self.error: Exception | None = None
        self._places: dict[int, int] = {}
        self._kept: list[Any] = []
        self._world = world
        world["print"] = self._print
        try:
            with _Counter(self):
                exec(compile(text, "<stopped>", "exec"), world)
        except Exception as error:
            self.error = error
        self._bind()

    def place(self, tensor: Tensor) -> int:
        """Where ``tensor`` stands in ``tensors``."""
        number = self._places.get(id(tensor))
        if number is None:
            number = self._places[id(tensor)] = len(self.tensors)
            self.tensors.append(tensor)
        return number

    def known(self, tensor: Tensor) -> bool:
        return id(tensor) in self._places

    def maker(self, place: int, version: int) -> tuple[Any, int] | None:
        return self.makers.get((place, version))

    def add(self, event: Event) -> int:
        """Take down what is so after ``event``; returns its number."""
        self._bind()
        self.events.append(event)
        for place in event.outputs:
            self._note_maker(place)
        for number, tensor in enumerate(self.tensors):
            if event.changed and not tensor._is_view() and number not in event.outputs:
                self._note_maker(number)
            event.tensors.append(Seen(array(tensor), tensor._version, tensor.requires_grad, tensor.is_leaf))
            if tensor.requires_grad and tensor.is_leaf:
                grad = tensor.grad
                event.gradients[number] = None if grad is None else (self._places.get(id(grad), -1), array(grad))
        return len(self.events) - 1

    def _note_maker(self, place: int) -> None:
        tensor = self.tensors[place]
        if tensor.requires_grad and not tensor.is_leaf:
            node = tensor.grad_fn
            self._kept.append(node)
            self.makers.setdefault((place, tensor._version), (node, tensor.output_nr))

    def _bind(self) -> None:
        if self.events:
            self.events[-1].names = {
                name: self._places[id(item)]
                for name, item in self._world.items()
                if isinstance(item, Tensor) and id(item) in self._places
            }

    def _print(self, *items: Any, sep: str = " ", end: str = "\n", **_: Any) -> None:
        with torch._C.DisableTorchFunction():
            text = sep.join(map(str, items)) + end
            self.printed += text
            self.add(Event("print", text))

    # What a gradient row has to say ------------------------------------------------------------------------------

    def arrival(self, run: Run) -> tuple[int, ...]:
        """Per output of the Node that ran: the event with which all gradients for it were there."""
        seeded = self.seeds[run.turn][0]
        found = []
        for output in range(len(run.incoming)):
            senders = self.senders[run.turn].get((id(run.node), output), set())
            last = seeded
            for other in self.runs:
                if other.turn == run.turn and other.event is not None and id(other.node) in senders:
                    last = max(last, other.event)
            reached = senders or (id(run.node), output) in self.rooted[run.turn]
            found.append(last if reached else run.event if run.event is not None else len(self.events))
        return tuple(found)

    def gradient(self, node: Any, output: int, moments: int) -> tuple[str, Array | None]:
        """What is known after ``moments`` moments of the gradient for ``output`` of ``node``."""
        mine = [run for run in self.runs if run.node is node]
        mine += [run for run in self.captured if run.node is node and run.output == output]
        mine.sort(key=lambda run: run.turn)
        kind, found = ("not_yet" if mine else "none"), None
        for run in mine:
            if self.seeds[run.turn][0] >= moments:
                break
            kind, found = "not_yet", None
            if self.arrival(run)[output] < moments:
                found = run.incoming[output]
                kind = "undefined" if found is None else "value"
        return kind, found

    def leaf_gradient(self, place: int, moments: int) -> tuple[str, Array | None]:
        """What is known after ``moments`` moments of a leaf's ``.grad``."""
        moments = min(moments, len(self.events))  # the moment of an error changes nothing
        event = self.events[moments - 1] if moments else None
        kept = event.gradients.get(place) if event is not None else None
        if event is not None and kept is not None:
            cleared = event.name == "zero_" and kept[0] in event.changed
            return ("cleared" if cleared else "value"), kept[1]
        for run in self.runs:
            started = self.seeds[run.turn][0] < moments
            if started and run.event is not None and run.event >= moments and _leaf(run.node) is self.tensors[place]:
                return "not_yet", None
        return "none", None


class _Counter(TorchFunctionMode):
    """Sorts each call of torch into: an operation, a pass, a ``.grad`` that is set, or nothing that changes anything."""

    def __init__(self, stopped: Stopped) -> None:
        super().__init__()
        self._stopped = stopped

    def __torch_function__(
        self, function: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        stopped = self._stopped
        name = getattr(function, "__name__", "")
        attribute = getattr(getattr(function, "__self__", None), "__name__", "") if name.startswith("__") else ""
        if name in ("__set__", "__delete__") and attribute == "grad":
            before = args[0].grad
            stopped.place(args[0])
            function(*args, **kwargs)
            after = args[0].grad
            if after is not before:
                if after is not None:
                    stopped.place(after)
                stopped.add(Event("grad_set"))
            return None
        if name == "__get__" and attribute not in _COMPUTED:
            result = function(*args, **kwargs)
            if attribute == "grad" and result is not None:
                stopped.place(result)
            return result
        if function is torch.Tensor.backward:
            gradient = kwargs.get("gradient", args[1] if len(args) > 1 else None)
            retain, create = kwargs.get("retain_graph"), kwargs.get("create_graph", False)
            with _Engine(stopped, [args[0]], [gradient], create if retain is None else retain):
                return function(*args, **kwargs)
        if function is torch.autograd.grad:
            return self._grad(function, args, kwargs)
        inputs = [*flat(args), *flat(tuple(kwargs.values()))]
        versions = [item._version for item in inputs]
        tracked = [item.requires_grad for item in inputs]
        came = tuple(array(item) for item in inputs)
        result = function(*args, **kwargs)
        changed = [item for item, version in zip(inputs, versions, strict=True) if item._version != version]
        changed = changed[:1]  # the others share its memory: no function that programs may call changes two tensors
        changed += [
            item
            for item, before in zip(inputs, tracked, strict=True)
            if item.requires_grad != before and not any(item is other for other in changed)
        ]
        fresh = [item for item in flat(result) if not any(item is other for other in inputs)]
        if changed or fresh:
            first = tuple(dict.fromkeys(stopped.place(item) for item in changed))
            places = tuple(stopped.place(item) for item in inputs)
            after = tuple(stopped.place(item) for item in fresh)
            stopped.add(Event("operation", name, places, first + after, first, came))
        return result

    def _grad(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        stopped = self._stopped
        given = dict(zip(("outputs", "inputs", "grad_outputs"), args, strict=False)) | kwargs
        outputs, inputs = flat(given["outputs"]), flat(given["inputs"])
        seeds = flat(given.get("grad_outputs")) or [None] * len(outputs)
        retain, create = given.get("retain_graph"), given.get("create_graph", False)
        came = tuple(array(item) for item in [*outputs, *inputs])
        edges = [torch.autograd.graph.get_gradient_edge(item) for item in inputs if item.requires_grad]
        with _Engine(stopped, outputs, seeds, create if retain is None else retain) as engine:
            result = function(*args, **kwargs)
        if engine.turn is not None:
            for edge, found in zip(edges, result, strict=True):
                incoming: list[Array | None] = [None] * (edge.output_nr + 1)
                incoming[edge.output_nr] = None if found is None else array(found)
                stopped.captured.append(Run(edge.node, engine.turn, tuple(incoming), output=edge.output_nr))
        fresh = [item for item in result if isinstance(item, Tensor) and not stopped.known(item)]
        if fresh:
            places = tuple(stopped.place(item) for item in [*outputs, *inputs])
            stopped.add(Event("operation", "grad", places, tuple(stopped.place(item) for item in fresh), (), came))
        return result


class _Engine:
    """One pass, watched."""

    def __init__(self, stopped: Stopped, outputs: list[Tensor], seeds: list[Tensor | None], retain: bool) -> None:
        self._stopped = stopped
        self._outputs = outputs
        self._seeds = seeds
        self._retain = retain
        self._handles: list[Any] = []
        self._open: dict[int, tuple[Array | None, ...]] = {}
        self.turn: int | None = None
        self._nodes: dict[int, Any] = {}
        self._senders: dict[tuple[int, int], set[int]] = {}
        self._roots: set[tuple[int, int]] = set()
        todo = []
        for output in outputs:
            if output.requires_grad:
                edge = torch.autograd.graph.get_gradient_edge(output)
                self._roots.add((id(edge.node), edge.output_nr))
                stopped._kept.append(edge.node)
                todo.append(edge.node)
        while todo:
            node = todo.pop()
            if id(node) in self._nodes:
                continue
            self._nodes[id(node)] = node
            for target, output_nr in node.next_functions:
                if target is not None:
                    self._senders.setdefault((id(target), output_nr), set()).add(id(node))
                    todo.append(target)
        stopped._kept += self._nodes.values()

    def __enter__(self) -> _Engine:
        for node in self._nodes.values():
            self._handles.append(node.register_prehook(partial(self._before, node)))
            self._handles.append(node.register_hook(partial(self._after, node)))
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for handle in self._handles:
            handle.remove()
        if self.turn is None:
            return
        if kind is None and not self._retain:
            self._stopped.add(Event("free"))
        for number, incoming in self._open.items():
            self._stopped.runs.append(Run(self._nodes[number], self.turn, incoming))

    def _before(self, node: Any, incoming: tuple[Tensor | None, ...]) -> None:
        stopped = self._stopped
        if self.turn is None:
            self.turn = len(stopped.seeds)
            roots = tuple(stopped.place(item) for item in self._outputs)
            given = tuple(
                np.ones_like(array(output)) if seed is None else array(seed)
                for output, seed in zip(self._outputs, self._seeds, strict=True)
            )
            stopped.senders.append(self._senders)
            stopped.rooted.append(self._roots)
            stopped.seeds.append((stopped.add(Event("seed")), roots, given))
        self._open[id(node)] = tuple(None if item is None else array(item) for item in incoming)

    def _after(self, node: Any, outgoing: tuple[Tensor | None, ...], _: object) -> None:
        assert self.turn is not None
        sent = tuple(None if item is None else array(item) for item in outgoing)
        event = self._stopped.add(Event("run", node.name().rpartition("::")[2]))
        self._stopped.runs.append(Run(node, self.turn, self._open.pop(id(node)), sent, event))


def _leaf(node: Any) -> Tensor | None:
    return getattr(node, "variable", None) if node.name().endswith("AccumulateGrad") else None


def flat(item: Any) -> list[Any]:
    """The tensors of an argument or a result, in order."""
    if isinstance(item, Tensor):
        return [item]
    if isinstance(item, tuple | list):
        return [part for other in item for part in flat(other)]
    return []


def array(tensor: Tensor) -> Array:
    """A copy of the elements (``bfloat16`` as float32)."""
    plain = tensor.detach()
    if plain.dtype is torch.bfloat16:
        plain = plain.float()
    return np.array(plain.numpy(force=True), copy=True)


def stop(text: str) -> Stopped:
    """``text`` in the world of a program, with the same seed and default type as a recording's."""
    from engine.programs.bounds import Meter
    from engine.programs.limits import DEFAULT_LIMITS
    from engine.programs.sandbox import make_regression

    def regression(*args: Any, **keywords: Any) -> Any:
        with torch._C.DisableTorchFunction():
            return make_regression(Meter(DEFAULT_LIMITS), *args, **keywords)

    world: dict[str, Any] = {
        "torch": torch,
        "F": torch.nn.functional,
        "tensor": torch.tensor,
        "make_regression": regression,
    }
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Stopped(text.removeprefix("\ufeff"), world)
    finally:
        torch.set_rng_state(state)

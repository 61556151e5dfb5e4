"""Functions run by plain PyTorch and watched by hooks that share nothing with the recorder, and their results as bytes."""

from __future__ import annotations

import inspect
import math
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from engine.recorder.handle import Handle
from engine.recording import Recording
from engine.tables import TensorData

Print = tuple[str, tuple[int, ...], bytes]
"""A tensor by what it is: dtype, shape, elements."""


def exact(tensor: Tensor | None) -> Print | None:
    """Dtype, shape and bytes of a tensor of any layout."""
    if tensor is None:
        return None
    try:
        plain = tensor.detach()
    except RuntimeError:  # torch's own batched tensors
        return "unreadable", (), b""
    name = str(plain.dtype).removeprefix("torch.")
    shape = tuple(int(length) for length in plain.shape)
    if plain.layout != torch.strided:
        plain = plain.to_dense()
    plain = plain.resolve_conj().resolve_neg()
    if plain.dtype == torch.bfloat16:
        plain = plain.contiguous().view(torch.int16)
    elif plain.dtype.itemsize < 2 and plain.is_floating_point():
        plain = plain.float()
    return name, shape, plain.numpy(force=True).tobytes()


def kept(data: TensorData | None) -> Print | None:
    """The same of what a recording holds."""
    if data is None:
        return None
    return data.dtype, data.shape, b"summary" if data.array is None else np.ascontiguousarray(data.array).tobytes()


def flat(result: Any, found: list[Any] | None = None) -> list[Any]:
    """What can be compared in a result, in order; of tensors also ``.grad``, of modules their parameters and buffers."""
    found = [] if found is None else found
    if isinstance(result, Tensor):
        found += [exact(result), result.requires_grad]
        if result.is_leaf:
            found.append(exact(result.grad))
    elif isinstance(result, nn.Module):
        flat([*result.parameters(), *result.buffers()], found)
    elif isinstance(result, dict):
        flat([*result.keys(), *result.values()], found)
    elif isinstance(result, tuple | list):
        for part in result:
            flat(part, found)
    else:
        found.append("nan" if isinstance(result, float) and math.isnan(result) else result)
    return found


@dataclass
class Watched:
    """What hooks saw in a plain run."""

    result: list[Any] = field(default_factory=list)
    random: list[Any] = field(default_factory=list)
    made: list[Print | None] = field(default_factory=list)
    """What modules returned."""
    runs: list[tuple[str, list[Print | None], list[Print | None], Print | None]] = field(default_factory=list)
    """Every run of a Node of an outermost pass: name, incoming, outgoing, and the leaf's ``.grad`` after it."""


def random_state() -> list[Any]:
    return [torch.get_rng_state().numpy().tobytes(), random.getstate(), str(np.random.get_state())]


def seeded(function: Callable[[], Any]) -> Any:
    torch.manual_seed(7)
    random.seed(7)
    np.random.seed(7)
    return function()


def plainly(function: Callable[[], Any]) -> Watched:
    """The function without a recorder and without a single hook: what counts."""
    watched = Watched(flat(seeded(function)))
    watched.random = random_state()
    return watched


def watch(function: Callable[[], Any]) -> Watched:
    """The function in plain torch with hooks."""
    watched = Watched()

    def after(module: nn.Module, args: Any, result: Any) -> None:
        if isinstance(result, Tensor) and result.layout == torch.strided and not _hidden(result):
            watched.made.append(exact(result))

    handle = register_module_forward_hook(after)
    try:
        with _passes(watched):
            watched.result = flat(seeded(function))
    finally:
        handle.remove()
    watched.random = random_state()
    return watched


def _hidden(tensor: Tensor) -> bool:
    return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))


@contextmanager
def _passes(watched: Watched) -> Iterator[None]:
    backward, grad = torch.autograd.backward, torch.autograd.grad
    depth = [0]

    def around(function: Any) -> Any:
        def run(outputs: Any, *args: Any, **kwargs: Any) -> Any:
            roots = [outputs] if isinstance(outputs, Tensor) else list(outputs)
            roots = [item for item in roots if isinstance(item, Tensor) and item.requires_grad and not _hidden(item)]
            if depth[0] or not roots or threading.current_thread() is not threading.main_thread():
                return function(outputs, *args, **kwargs)
            depth[0] += 1
            handles = _hook(watched, roots)
            try:
                return function(outputs, *args, **kwargs)
            finally:
                depth[0] -= 1
                for handle in handles:
                    handle.remove()

        return run

    torch.autograd.backward, torch.autograd.grad = around(backward), around(grad)
    try:
        yield
    finally:
        torch.autograd.backward, torch.autograd.grad = backward, grad


def _hook(watched: Watched, roots: list[Tensor]) -> list[Any]:
    seen: dict[int, Any] = {}
    todo = [torch.autograd.graph.get_gradient_edge(root).node for root in roots]
    while todo:
        node = todo.pop()
        if node is not None and id(node) not in seen:
            seen[id(node)] = node
            todo += [item for item, _ in node.next_functions]
    return [_watch(watched, node) for node in seen.values()]


def _watch(watched: Watched, node: Any) -> Any:
    accumulates = node.name().endswith("AccumulateGrad")
    leaf = node.variable if accumulates else None

    def after(outgoing: tuple[Any, ...], incoming: tuple[Any, ...]) -> None:
        name = node.name().rpartition("::")[2]
        sent = [] if accumulates else [exact(item) for item in outgoing]
        watched.runs.append((name, [exact(item) for item in incoming], sent, exact(leaf.grad) if accumulates else None))

    return node.register_hook(after)


def recorded(function: Callable[[], Any], **options: Any) -> tuple[Watched, Recording]:
    """The function under the recorder: what it returned, and the recording."""
    filename = inspect.getsourcefile(function) or ""
    handle = Handle(text=Path(filename).read_text(encoding="utf-8"), filename=function.__code__.co_filename, **options)
    watched = Watched()
    with handle:
        result = seeded(function)
    watched.random = random_state()
    watched.result = flat(result)
    return watched, handle.recording


def read_all(recording: Recording, cursors: int = 9) -> str:
    """Look at every card and edge at several places of the timeline, and write everything out: the JSON."""
    graph = recording.graph
    for number in range(cursors):
        state = recording.state(recording.end * number // (cursors - 1))
        for card in graph.cards:
            assert state.cards[card.id].value.kind
        for edge in graph.edges:
            assert state.edges[edge.id].value
    written = recording.to_json()
    assert written
    return written

"""Programs run by plain PyTorch, watched by hooks that share nothing with the recorder: the oracle for its numbers."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from torch import Tensor

from engine.recorder.recorder import Recorder
from engine.recording import Recording
from engine.tables import TensorData

PROGRAMS: tuple[str, ...] = (
    "a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\ny = a**3 - b**2\ny.backward()",
    "x = torch.tensor(3., requires_grad=True)\ny = x*x + x\ny.backward()",
    "x = torch.tensor([1., 2., 3.], requires_grad=True)\nv, i = x.max(0)\nz = x.unbind()[1]*2\ny = v + z\ny.backward()",
    "w = torch.tensor([5.], requires_grad=True)\n(w**3).backward()\n(w**3).backward()\nw.grad.zero_()\n(w**2).backward()",
    "w = torch.tensor([5.], requires_grad=True)\ny = w**3\ny.backward(retain_graph=True)\ny.backward()",
    "w = torch.tensor([5.], requires_grad=True)\ny = w**3\ng, = torch.autograd.grad(y, w, create_graph=True)\ng.backward()",
    "z = torch.zeros(3)\nb = torch.tensor([2.], requires_grad=True)\nz[0:1] = b\nz += 1\ny = z.sum()\ny.backward()",
    "a = torch.tensor([1., 2.], requires_grad=True)\ny = a*2\ny.backward(torch.tensor([1., 0.5]))\nd = y.detach()\n"
    "with torch.no_grad():\n    e = a*3\nf = d*a\nf.sum().backward()",
    "x = torch.ones(2, 3, requires_grad=True)\nw = torch.linspace(-1, 1, 12).reshape(4, 3).requires_grad_()\n"
    "y = F.linear(x, w, torch.ones(4))\ny = F.layer_norm(y, (4,))\nl = F.mse_loss(y, torch.zeros(2, 4))\nl.backward()",
    "x = torch.tensor([2., -1.])\nx.requires_grad_()\ny = F.relu(x).sum()\ny.backward()\nx.grad *= 0.5",
    "a = torch.tensor(2., requires_grad=True)\na.backward()",
    "x = torch.ones(3)\nv = x[1:]\nv.mul_(5)\nz = x.sum()",
    "x = torch.tensor([0.], requires_grad=True)\ny = torch.log(x)*0\ny.backward()",
    "x = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\nu, s, v = torch.linalg.svd(x)\ny = s.sum()\ny.backward()",
    "a = torch.tensor([1., 2., 3.], requires_grad=True)\nb = torch.tensor(2., requires_grad=True)\nc = (a*b).sum()\nc.backward()",
    "x = torch.tensor([0.5, 1.5], requires_grad=True)\np, q = x.split(1)\ny = torch.sin(p)*torch.exp(q)\ny.backward()",
    "x = torch.tensor([4.], requires_grad=True, dtype=torch.float64)\ny = x.sqrt().float() + x\ny.sum().backward()",
    "x = torch.tensor([1., 2.], requires_grad=True)\ny = torch.cat([x, x*2]).prod()\ny.backward()",
    "w = torch.tensor([2.], requires_grad=True)\nfor i in range(3):\n    loss = (w - 1)**2\n    loss.backward()\n"
    "    with torch.no_grad():\n        w -= 0.1*w.grad\n    w.grad.zero_()",
    "w = torch.tensor([2.], requires_grad=True)\nloss = w**2\nloss.backward()\nw.grad = None\nloss2 = w**3\nloss2.backward()",
    "x = torch.tensor([1., 4.], requires_grad=True)\nh = torch.tanh(x)\nh2 = h**2\ny = (h + h2).mean()\ny.backward()",
    "x = torch.tensor([3.], requires_grad=True)\ny = 2 - x\nz = 2/x + 2**x\nt = y*z\nt.backward()",
    "x = torch.arange(6.).reshape(2, 3).requires_grad_()\ny = (x.T @ x).trace()\ny.backward()",
    "x = torch.tensor([1., 2., 3.], requires_grad=True)\ny = torch.where(x > 1.5, x*2, x*x).sum()\ny.backward()",
)


def run(text: str, **options: Any) -> Recording:
    """``text`` under the recorder; a failing program gives its partial recording."""
    recorder = Recorder(text, "<program>", assigned=_assigned(text), **options)
    error: BaseException | None = None
    try:
        with recorder:
            exec(compile(text, "<program>", "exec"), {"torch": torch, "F": functional})
    except Exception as problem:
        error = problem
    return recorder.finish(error)


def _assigned(text: str) -> dict[tuple[int, int, int, int], tuple[str | None, ...]]:
    found: dict[tuple[int, int, int, int], tuple[str | None, ...]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign):
            value, target = node.value, node.targets[0]
            place = (value.lineno, value.col_offset + 1, value.end_lineno or 0, (value.end_col_offset or 0) + 1)
            if isinstance(target, ast.Name):
                found[place] = (target.id,)
            elif isinstance(target, ast.Tuple):
                found[place] = tuple(item.id if isinstance(item, ast.Name) else None for item in target.elts)
    return found


@dataclass
class Event:
    """One run of a Node as an independent hook saw it."""

    name: str
    incoming: list[NDArray[Any] | None]
    outgoing: list[NDArray[Any] | None] = field(default_factory=list)
    grad: NDArray[Any] | None = None


class Watched:
    """A plain run: final names and gradients, and every Node run in order."""

    def __init__(self, text: str) -> None:
        self.events: list[Event] = []
        self.namespace: dict[str, Any] = {"torch": torch, "F": functional}
        backward, grad = torch.Tensor.backward, torch.autograd.grad

        def watched_backward(tensor: Tensor, *args: Any, **kwargs: Any) -> None:
            with self._hooks([tensor]):
                backward(tensor, *args, **kwargs)

        def watched_grad(outputs: Tensor, *args: Any, **kwargs: Any) -> Any:
            with self._hooks([outputs]):
                return grad(outputs, *args, **kwargs)

        torch.Tensor.backward = watched_backward  # type: ignore[assignment, method-assign]
        torch.autograd.grad = watched_grad  # type: ignore[assignment]
        try:
            exec(compile(text, "<plain>", "exec"), self.namespace)
        finally:
            torch.Tensor.backward = backward  # type: ignore[method-assign]
            torch.autograd.grad = grad

    def tensors(self) -> dict[str, Tensor]:
        return {name: item for name, item in self.namespace.items() if isinstance(item, Tensor)}

    def _hooks(self, roots: list[Tensor]) -> _Hooks:
        return _Hooks(self.events, roots)


class _Hooks:
    def __init__(self, events: list[Event], roots: list[Tensor]) -> None:
        self._events = events
        self._handles: list[Any] = []
        todo = [torch.autograd.graph.get_gradient_edge(root).node for root in roots if root.requires_grad]
        self._nodes: list[Any] = []
        while todo:
            node = todo.pop()
            if node is not None and not any(node is known for known in self._nodes):
                self._nodes.append(node)
                todo += [item for item, _ in node.next_functions]

    def __enter__(self) -> None:
        for node in self._nodes:
            self._watch(node)

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _watch(self, node: Any) -> None:
        leaf = getattr(node, "variable", None) if node.name().endswith("AccumulateGrad") else None

        def seen(outgoing: tuple[Any, ...], incoming: tuple[Any, ...]) -> None:
            name = node.name().rpartition("::")[2]
            event = Event(name, [array(item) for item in incoming], [array(item) for item in outgoing])
            if leaf is not None:
                event.grad = array(leaf.grad)
            self._events.append(event)

        self._handles.append(node.register_hook(seen))


def array(tensor: Tensor | None) -> NDArray[Any] | None:
    return None if tensor is None else tensor.detach().numpy().copy()


def identical(data: TensorData | None, expected: NDArray[Any] | None) -> bool:
    """Bitwise, shape and dtype included; None only equals None."""
    if data is None or expected is None:
        return data is None and expected is None
    numbers = data.numbers()
    assert numbers is not None
    return (
        numbers.shape == expected.shape
        and numbers.dtype == expected.dtype
        and np.ascontiguousarray(numbers).tobytes() == np.ascontiguousarray(expected).tobytes()
    )

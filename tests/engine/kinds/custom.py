"""Functions of one's own and hooks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from tests.engine.kinds import kind


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad


class Two(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float, name: str, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        ctx.scale = scale
        ctx.has = y is not None
        ctx.save_for_backward(x)
        other = (x > 0).to(torch.int64)
        ctx.mark_non_differentiable(other)
        return x * scale if y is None else x * scale + y, other

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        return grad * ctx.scale, None, None, grad if ctx.has else None


class Dirty(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return grad * 2


class NewStyle(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return x * y, x + y

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Any) -> None:
        ctx.save_for_backward(*inputs)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, product: Tensor | None, total: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
        x, y = ctx.saved_tensors
        return (None, None) if product is None else (product * y, product * x)


class Straight(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.round()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return grad.clamp(-1, 1)


class Same(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return -grad


@kind
def function() -> Any:
    x = torch.randn(3, requires_grad=True)
    y = Cube.apply(x * 2) + Cube.apply(x)
    y.sum().backward()
    return x, y


@kind
def function_called_through_a_name() -> Any:
    cube = Cube.apply
    x = torch.randn(3, requires_grad=True)
    y = cube(x)
    y.sum().backward()
    return x, y


@kind
def function_differentiated_twice() -> Any:
    x = torch.randn(3, requires_grad=True)
    (g,) = torch.autograd.grad(Cube.apply(x).sum(), x, create_graph=True)
    g.sum().backward()
    return x, g


@kind
def function_with_several_outputs() -> Any:
    x = torch.randn(3, requires_grad=True)
    y, positive = Two.apply(x, 2.5, "name")
    z, _ = Two.apply(x, 1.5, "name", x * 2)
    (y.sum() + z.sum()).backward()
    return x, y, positive, z


@kind
def function_in_place() -> Any:
    x = torch.randn(3, requires_grad=True)
    y = x + 1
    z = Dirty.apply(y)
    (z * y).sum().backward()
    return x, y, z


@kind
def function_with_setup_context() -> Any:
    x, y = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
    product, total = NewStyle.apply(x, y)
    product.sum().backward(retain_graph=True)
    total.sum().backward()
    return x, y, product, total


@kind
def functions_inside_modules() -> Any:
    class Quantised(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            return Straight.apply(Same.apply(self.inner(x)))

    model = Quantised()
    y = model(torch.randn(2, 3))
    y.sum().backward()
    return model, y


@kind
def tensor_hooks() -> Any:
    seen: list[Tensor] = []
    x = torch.randn(3, requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: grad * 10)
    x.register_hook(seen.append)
    handle = y.register_hook(lambda grad: None)
    y.retain_grad()
    z = (y**2).sum()
    z.backward(retain_graph=True)
    handle.remove()
    z.backward()
    return x, y, y.grad, seen


@kind
def node_hooks() -> Any:
    seen: list[Any] = []
    x = torch.randn(3, requires_grad=True)
    y = x.exp()
    y.grad_fn.register_hook(lambda out, came: seen.append((out, came)))
    y.grad_fn.register_prehook(lambda came: (came[0] * 3,))
    y.sum().backward()
    return x, y, seen


@kind
def post_accumulate_hooks() -> Any:
    w = torch.randn(3, requires_grad=True)

    def step(parameter: Tensor) -> None:
        with torch.no_grad():
            parameter -= 0.1 * parameter.grad
        parameter.grad = None

    w.register_post_accumulate_grad_hook(step)
    for _ in range(3):
        (w**2).sum().backward()
    return w, w.grad is None


@kind
def optimizer_in_backward() -> Any:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    optimizers = {parameter: torch.optim.SGD([parameter], lr=0.1) for parameter in model.parameters()}

    def step(parameter: Tensor) -> None:
        optimizers[parameter].step()
        optimizers[parameter].zero_grad()

    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(step)
    data = torch.randn(5, 3)
    for _ in range(2):
        model(data).sum().backward()
    return model


@kind
def module_hooks() -> Any:
    seen: list[Any] = []
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    model[0].register_forward_pre_hook(lambda module, args: (args[0] * 2,))
    model[1].register_forward_hook(lambda module, args, result: result + 1)
    model[2].register_full_backward_hook(lambda module, sent, came: seen.append((sent, came)))
    model[1].register_full_backward_pre_hook(lambda module, came: (came[0] * 0.5,))
    y = model(torch.randn(2, 3, requires_grad=True))
    y.sum().backward()
    return model, y, seen


@kind
def global_module_hooks() -> Any:
    seen: list[str] = []
    handle = nn.modules.module.register_module_forward_hook(lambda module, args, result: seen.append(type(module).__name__))
    model = nn.Sequential(nn.Linear(3, 1))
    y = model(torch.ones(2, 3))
    handle.remove()
    return model, y, seen


@kind
def saved_tensor_hooks() -> Any:
    x = torch.randn(3, requires_grad=True)
    packed: list[int] = []

    def pack(tensor: Tensor) -> Any:
        packed.append(1)
        return tensor.detach().numpy().copy()

    with torch.autograd.graph.saved_tensors_hooks(pack, torch.from_numpy):
        y = (x.exp() * x).sum()
    y.backward()
    with torch.autograd.graph.save_on_cpu():
        (x.sin()).sum().backward()
    return x, y, len(packed)


@kind
def multi_grad_hook() -> Any:
    seen: list[Any] = []
    a, b = torch.randn(2, requires_grad=True), torch.randn(2, requires_grad=True)
    handle = torch.autograd.graph.register_multi_grad_hook((a, b), lambda grads: seen.append(list(grads)))
    (a * b).sum().backward()
    handle.remove()
    return a, b, seen

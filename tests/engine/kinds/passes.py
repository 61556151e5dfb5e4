"""Backward passes of every sort, checkpoints, torch.func and forward-mode derivatives."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

from tests.engine.kinds import kind


@kind
def several_passes() -> Any:
    w = torch.randn(3, requires_grad=True)
    for _ in range(3):
        (w**3).sum().backward()
    w.grad.zero_()
    (w**2).sum().backward()
    w.grad = None
    w.sum().backward()
    return w


@kind
def retained() -> Any:
    w = torch.randn(3, requires_grad=True)
    y = (w**3).exp().sum()
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    y.backward()
    return w, y


@kind
def two_losses() -> Any:
    w = torch.randn(3, requires_grad=True)
    shared = w * 2
    first, second = shared.sum(), (shared**2).sum()
    torch.autograd.backward([first, second])
    torch.autograd.backward((w.exp(),), (torch.ones(3),))
    return w, first, second


@kind
def gradients_of_some() -> Any:
    a, b = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
    y = (a * b).sum()
    y.backward(inputs=[a], retain_graph=True)
    y.backward(inputs=b)
    return a, b, b.grad


@kind
def given_gradients() -> Any:
    x = torch.randn(3, requires_grad=True)
    y = x * 2
    y.backward(torch.tensor([1.0, 0.5, -1.0]), retain_graph=True)
    y.backward(gradient=torch.randn(3))
    return x


@kind
def grad_function() -> Any:
    x, w = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
    y = (x * w).sum()
    found = torch.autograd.grad(y, [x, w], retain_graph=True)
    hidden = x * 2
    (inner,) = torch.autograd.grad((hidden**2).sum(), hidden)
    unused = torch.autograd.grad(y, (x, torch.ones(1, requires_grad=True)), allow_unused=True)
    zero = torch.autograd.grad((x * 2).sum(), (w,), materialize_grads=True, allow_unused=True)
    return x, w, found, inner, unused, zero


@kind
def batched_grad() -> Any:
    x = torch.randn(3, requires_grad=True)
    y = x**2
    return torch.autograd.grad(y, x, torch.eye(3), is_grads_batched=True)


@kind
def second_derivative() -> Any:
    x = torch.randn(3, requires_grad=True)
    y = (x.sin() * x).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
    h.sum().backward()
    return x, g, h


@kind
def gradient_penalty() -> Any:
    critic = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
    x = torch.randn(4, 3, requires_grad=True)
    score = critic(x).sum()
    (slope,) = torch.autograd.grad(score, x, create_graph=True)
    loss = ((slope.norm(dim=1) - 1) ** 2).mean() + score
    loss.backward()
    return critic, x, loss


@kind
def backward_create_graph() -> Any:
    w = torch.randn(2, requires_grad=True)
    (w**3).sum().backward(create_graph=True)
    first = w.grad
    w.grad = None
    (first**2).sum().backward()
    return w, first.detach()


@kind
def hessian_and_jacobian() -> Any:
    x = torch.randn(3)

    def f(t: Tensor) -> Tensor:
        return (t**3).sum()

    return (
        torch.autograd.functional.hessian(f, x),
        torch.autograd.functional.jacobian(lambda t: t.exp(), x),
        torch.autograd.functional.vjp(f, x),
        torch.autograd.functional.hvp(f, x, torch.ones(3)),
    )


@kind
def checkpointed() -> Any:
    layer = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.Tanh())
    x = torch.randn(2, 3, requires_grad=True)
    y = checkpoint(layer, x, use_reentrant=False)
    z = checkpoint(layer, y, use_reentrant=False, preserve_rng_state=False)
    z.sum().backward()
    return layer, x, y, z


@kind
def checkpointed_reentrant() -> Any:
    layer = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.Tanh())
    x = torch.randn(2, 3, requires_grad=True)
    y = checkpoint(layer, x, use_reentrant=True)
    z = checkpoint(layer, y, use_reentrant=True)
    z.sum().backward()
    return layer, x, y, z


@kind
def checkpointed_sequence() -> Any:
    layers = nn.Sequential(*(nn.Linear(3, 3) for _ in range(4)))
    x = torch.randn(2, 3, requires_grad=True)
    y = checkpoint_sequential(layers, 2, x, use_reentrant=False)
    y.sum().backward()
    return layers, x, y


@kind
def func_transforms() -> Any:
    from torch.func import functional_call, grad, hessian, jacrev, jvp, vjp, vmap

    def f(x: Tensor) -> Tensor:
        return (x.sin() * x).sum()

    x = torch.randn(4)
    model = nn.Linear(4, 1)
    parameters = dict(model.named_parameters())

    def loss(given: dict[str, Tensor], sample: Tensor) -> Tensor:
        return functional_call(model, given, (sample,)).sum()

    per_sample = vmap(grad(loss), in_dims=(None, 0))(parameters, torch.randn(3, 4))
    _, pull = vjp(f, x)
    return (
        grad(f)(x),
        vmap(torch.sin)(x),
        jacrev(torch.exp)(x),
        hessian(f)(x),
        jvp(f, (x,), (torch.ones(4),)),
        pull(torch.tensor(1.0)),
        per_sample,
        grad(grad(lambda t: t**3))(torch.tensor(2.0)),
    )


@kind
def func_inside_backward() -> Any:
    w = torch.randn(3, requires_grad=True)
    y = torch.vmap(lambda row: (row * w).sum())(torch.randn(4, 3)).sum()
    y.backward()
    return w, y


@kind
def forward_mode() -> Any:
    import torch.autograd.forward_ad as forward_ad

    x, tangent = torch.randn(3), torch.randn(3)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, tangent)
        primal, slope = forward_ad.unpack_dual((dual.sin() * dual).sum())
    return primal, slope


@kind
def graph_from_before() -> Any:
    x = torch.randn(3, requires_grad=True)
    y = x.exp()
    with torch.autograd.graph.save_on_cpu():
        pass
    y.sum().backward()
    return x


@kind
def anomaly() -> Any:
    x = torch.randn(3, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        (x**2).sum().backward()
    return x


@kind
def truncated_backpropagation() -> Any:
    cell = nn.RNNCell(2, 3)
    state = torch.zeros(1, 3)
    total = 0.0
    for _ in range(3):
        state = state.detach()
        for _ in range(2):
            state = cell(torch.randn(1, 2), state)
        loss = state.sum()
        loss.backward()
        total += loss.item()
    return cell, total


@kind
def leaf_as_root() -> Any:
    x = torch.tensor(2.0, requires_grad=True)
    x.backward()
    return x


@kind
def gradients_changed_by_hand() -> Any:
    w = torch.randn(3, requires_grad=True)
    (w**2).sum().backward()
    w.grad *= 0.5
    w.grad.clamp_(-1, 1)
    w.grad = w.grad.clone() + 1
    w.grad += torch.ones(3)
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.data = w.data * 2
    (w**2).sum().backward()
    return w

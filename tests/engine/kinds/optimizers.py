"""Every optimizer of torch.optim, in all its ways to work."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn, optim

from tests.engine.kinds import kind


def _fit(make: Any, steps: int = 3, to_none: bool = True) -> Any:
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    data, target = torch.randn(6, 3), torch.randn(6, 1)
    optimizer = make(model.parameters())
    losses = []
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=to_none)
        loss = nn.functional.mse_loss(model(data), target)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return model, losses, optimizer.state_dict()["state"]


@kind
def sgd() -> Any:
    return [
        _fit(lambda p: optim.SGD(p, lr=0.1)),
        _fit(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01), to_none=False),
        _fit(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, maximize=True, dampening=0.1)),
        _fit(lambda p: optim.SGD(p, lr=0.1, foreach=True, momentum=0.5)),
        _fit(lambda p: optim.SGD(p, lr=0.1, foreach=False)),
        _fit(lambda p: optim.SGD(p, lr=0.1, fused=True, momentum=0.5)),
    ]


@kind
def adam() -> Any:
    return [
        _fit(optim.Adam),
        _fit(lambda p: optim.Adam(p, amsgrad=True, foreach=True), to_none=False),
        _fit(lambda p: optim.Adam(p, foreach=False)),
        _fit(lambda p: optim.Adam(p, fused=True)),
        _fit(optim.AdamW),
        _fit(lambda p: optim.AdamW(p, fused=True)),
        _fit(optim.NAdam),
        _fit(optim.RAdam),
        _fit(optim.Adamax),
    ]


@kind
def adam_differentiable_and_tensor_rate() -> Any:
    return _fit(lambda p: optim.Adam(p, lr=torch.tensor(0.01), capturable=False, foreach=False))


@kind
def others() -> Any:
    return [
        _fit(optim.Adagrad),
        _fit(lambda p: optim.Adagrad(p, fused=True)),
        _fit(optim.Adadelta),
        _fit(optim.ASGD),
        _fit(optim.Rprop),
        _fit(lambda p: optim.RMSprop(p, centered=True, momentum=0.5)),
        _fit(optim.Adafactor),
        _fit(lambda p: optim.Rprop(p, foreach=True)),
    ]


@kind
def muon() -> Any:
    if not hasattr(optim, "Muon"):
        return None
    return _fit(lambda p: optim.Muon([item for item in p if item.dim() == 2]))


@kind
def lbfgs() -> Any:
    model = nn.Linear(2, 1)
    data, target = torch.randn(5, 2), torch.randn(5, 1)
    optimizer = optim.LBFGS(model.parameters(), max_iter=4, line_search_fn="strong_wolfe")
    losses = []

    def closure() -> Any:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(data), target)
        loss.backward()
        losses.append(loss.item())
        return loss

    for _ in range(2):
        optimizer.step(closure)
    return model, losses


@kind
def closures_for_others() -> Any:
    w = torch.randn(3, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        return loss

    return w, [optimizer.step(closure) for _ in range(2)]


@kind
def groups_schedulers_clipping() -> Any:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    optimizer = optim.AdamW([{"params": model[0].parameters(), "lr": 0.1}, {"params": model[2].parameters()}], lr=0.01)
    schedule = optim.lr_scheduler.SequentialLR(
        optimizer,
        [optim.lr_scheduler.LinearLR(optimizer, total_iters=2), optim.lr_scheduler.CosineAnnealingLR(optimizer, 5)],
        [2],
    )
    data = torch.randn(5, 3)
    norms = []
    for step in range(4):
        model(data).pow(2).mean().backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), 0.5))
        nn.utils.clip_grad_value_(model.parameters(), 0.1)
        if step % 2:
            optimizer.step()
            optimizer.zero_grad(set_to_none=step > 2)
        schedule.step()
    return model, norms, schedule.get_last_lr()


@kind
def by_hand() -> Any:
    model = nn.Linear(3, 1)
    data = torch.randn(4, 3)
    for _ in range(3):
        loss = model(data).pow(2).mean()
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad
    for parameter in model.parameters():
        parameter.data.sub_(parameter.grad, alpha=0.1)
        parameter.data -= 0.1 * parameter.grad.data
    return model, loss


@kind
def added_later() -> Any:
    a, b = torch.randn(2, requires_grad=True), torch.randn(2, requires_grad=True)
    optimizer = optim.Adam([a])
    (a * b).sum().backward()
    optimizer.step()
    optimizer.add_param_group({"params": [b], "lr": 0.5})
    optimizer.step()
    return a, b


@kind
def averaged() -> Any:
    model = nn.Linear(2, 1)
    average = optim.swa_utils.AveragedModel(model, multi_avg_fn=optim.swa_utils.get_ema_multi_avg_fn(0.9))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(3, 2)).sum().backward()
        optimizer.step()
        average.update_parameters(model)
    return model, average


@kind
def scaled() -> Any:
    model = nn.Linear(2, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    scaler.scale(model(torch.ones(1, 2)).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    return model, scaler.get_scale()

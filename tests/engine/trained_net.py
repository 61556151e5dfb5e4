"""A small network's training, recorded: each step calls the same modules and shares their parameters."""

from __future__ import annotations

from functools import cache

import torch
from torch import nn

import engine
from engine.recording import Recording

STEPS = 3


@cache
def trained_net() -> Recording:
    """``STEPS`` steps of two linear modules and what is between them."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.randn(8, 2)
    with engine.record() as made:
        target = x.sum(dim=1, keepdim=True)
        for _ in range(STEPS):
            loss = nn.functional.mse_loss(net(x), target)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return made.recording

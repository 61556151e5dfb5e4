"""Raises in a module beside it, called by torch, called by a thread's owner."""

import torch
from neighbour import multiply

x = torch.ones(2, requires_grad=True)
(x * 2).sum().backward()
try:
    raise KeyError("first")
except KeyError:
    y = multiply(x, torch.ones(3))

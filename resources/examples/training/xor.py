# title: XOR with an MLP
# shows: Four corners that no straight line can part.
# order: 10
# picture: xor
# set-up: {"data": "xor", "model": "mlp", "loss": "cross_entropy", "optimizer": "adam", "learning_rate": 0.1, "n_samples": 200, "noise": 0.15}

import torch
from torch import nn
import torch.nn.functional as F


def mlp():
    return nn.Sequential(
        nn.Linear(2, 16),
        nn.Tanh(),
        nn.Linear(16, 1),
    )


def step(model, optimizer, X, y):
    z = model(X)
    loss = F.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()

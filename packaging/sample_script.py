"""A script of the kind that users record; ``check_bundle.py`` runs it in the bundle. It needs much that a bundle may lack."""

import argparse
import dataclasses
import inspect
import json
import logging
import random
import sqlite3
import statistics
import tempfile
import unittest
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import beside
import numpy as np
import torch
import torch.nn.functional as F
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore")
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=0.1)
options = parser.parse_args()
random.seed(0)
torch.manual_seed(0)


@dataclasses.dataclass
class Settings:
    hidden: int = 6


class Net(nn.Module):
    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, settings.hidden), nn.LayerNorm(settings.hidden), nn.GELU())
        self.head = nn.Linear(settings.hidden, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(checkpoint(self.body, x, use_reentrant=False))


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * 3 * x**2


@torch.jit.script
def scaled(x: torch.Tensor, factor: float) -> torch.Tensor:
    return x * factor


X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
peer = LogisticRegression(max_iter=500).fit(X_train, y_train).score(X_test, y_test)
data = TensorDataset(torch.tensor(X_train, dtype=torch.float32), torch.tensor(y_train))
net = Net(Settings())
optimizer = torch.optim.AdamW(net.parameters(), lr=options.rate)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 3)
for _ in range(2):
    for inputs, labels in DataLoader(data, batch_size=56, shuffle=True):
        optimizer.zero_grad()
        F.cross_entropy(net(inputs), labels).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    schedule.step()

leaf = torch.ones(3, requires_grad=True)
scaled(Cube.apply(leaf), 2.0).sum().backward()
assert leaf.grad is not None and leaf.grad.tolist() == [6.0] * 3
assert torch.func.grad(lambda x: (x**2).sum())(torch.ones(2)).tolist() == [2.0, 2.0]
assert torch.autograd.gradcheck(torch.sin, torch.ones(2, dtype=torch.float64, requires_grad=True))
torch.distributions.Normal(0.0, 1.0).rsample((2,))
torch.linalg.svd(torch.eye(2)), torch.fft.fft(torch.ones(4)), torch.special.erf(torch.ones(1))
assert torch.compile(torch.sin, backend="eager")(torch.zeros(2)).tolist() == [0.0, 0.0]
assert "class Linear" in inspect.getsource(nn.Linear)
with tempfile.TemporaryDirectory() as folder:
    torch.save(net.state_dict(), Path(folder, "net.pt"))
    net.load_state_dict(torch.load(Path(folder, "net.pt"), weights_only=True))
with ThreadPoolExecutor(2) as pool:
    squares = list(pool.map(lambda n: n * n, range(3)))
(count,) = sqlite3.connect(":memory:").execute("select 1").fetchone()
logging.getLogger("sample").debug("quiet")
unittest.TestCase().assertEqual(beside.ANSWER, 42)
result = {
    "peer": round(peer, 2),
    "squares": squares,
    "count": count,
    "classes": Counter(y.tolist())[0],
    "mean": statistics.fmean([1, 3]),
    "norm": float(np.linalg.norm([3, 4])),
    "p": float(stats.norm.cdf(0)),
}
print("RESULT", json.dumps(result))

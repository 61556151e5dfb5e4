"""What is right in the twelve lessons, by plain torch and closed forms: nothing is read from a lesson or from a recording."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from sklearn.datasets import make_regression

Answer = float | list[float] | tuple[int, ...]


def slope(f: Callable[..., torch.Tensor], of: str, **at: float) -> float:
    """The gradient of ``f`` for one of its arguments, by plain torch in float64."""
    leaves = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in at.items()}
    return float(torch.autograd.grad(f(**leaves), leaves[of])[0])


def cubic(a: Any, b: Any) -> Any:
    return a**3 - b**2


def squared_error(w: Any, b: Any = 2.0, x: float = 2.0, t: float = 7.0) -> Any:
    return (w * x + b - t) ** 2


def weighed(v: list[float], x: list[float]) -> list[float]:
    """v @ J of a product and a sum."""
    jacobian = torch.autograd.functional.jacobian(lambda x: torch.stack([x[0] * x[1], x[0] + x[1]]), torch.tensor(x))
    return (torch.tensor(v) @ jacobian).tolist()


X = np.array([[1.0, 0, 2], [0, 1, 1], [3, 1, 0], [1, 2, 1]])


@lru_cache
def line_run(
    rate: float = 0.1, epochs: int = 40, noise: float = 0.3, stretch: float = 1.0, shift: float = 0.0, scaled: bool = False
) -> list[tuple[float, float, float]]:
    """Loss before each step, and w and b after it, of a line trained by torch.optim.SGD; first the start, with no loss."""
    columns, targets = make_regression(n_samples=200, n_features=1, noise=noise, bias=2.0, random_state=0)
    x = torch.tensor(columns * stretch + shift, dtype=torch.float64)
    if scaled:
        x = (x - x.mean()) / x.std(correction=0)
    y = torch.tensor(targets, dtype=torch.float64).reshape(-1, 1)
    g = torch.Generator().manual_seed(4)
    w = torch.randn(1, 1, generator=g).double().requires_grad_()
    b = torch.randn(1, generator=g).double().requires_grad_()
    optimizer = torch.optim.SGD([w, b], lr=rate)
    found = [(float("nan"), w.item(), b.item())]
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = ((y - x @ w - b) ** 2).mean()
        loss.backward()
        optimizer.step()
        found.append((loss.item(), w.item(), b.item()))
    return found


def least(noise: float) -> float:
    """The mean squared distance from the line of least squares."""
    columns, targets = make_regression(n_samples=200, n_features=1, noise=noise, bias=2.0, random_state=0)
    w, b = np.polyfit(columns[:, 0], targets, 1)
    return float(np.mean((targets - w * columns[:, 0] - b) ** 2))


@lru_cache
def canyon_run(name: str, rate: float, epochs: int = 60, **options: float) -> list[tuple[float, float, float]]:
    """Loss before each step, and both numbers after it, on the bowl ½(x² + 50y²); first the start."""
    place = torch.tensor([-8.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([place], lr=rate, **options)
    found = [(float("nan"), -8.0, 1.0)]
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = 0.5 * (place[0] ** 2 + 50 * place[1] ** 2)
        loss.backward()
        optimizer.step()
        found.append((loss.item(), place[0].item(), place[1].item()))
    return found


def ten_layers(function: Callable[[torch.Tensor], torch.Tensor], h: float = 1.0, weight: float = 1.0) -> torch.Tensor:
    """The gradients of ten weights, one a layer."""
    weights = [torch.tensor(weight, requires_grad=True) for _ in range(10)]
    out = torch.tensor(h)
    for each in weights:
        out = function(each * out)
    return torch.stack(torch.autograd.grad(out, weights))


def _second(a: float, of: int) -> float:
    """The derivative number ``of`` of a³."""
    return [a**3, 3 * a**2, 6 * a, 6.0][of]


PREDICTED: dict[str, dict[str, Callable[..., Answer]]] = {
    "01-nudge": {
        "1.1": lambda a=2.0, b=3.0: cubic(a, b),
        "2.1": lambda a=2.0, b=3.0: cubic(a + 0.01, b) - cubic(a, b),
        "4.1": lambda a=2.0, b=3.0: slope(cubic, "a", a=a, b=b),
        "7.1": lambda a=5.0, b=6.0: slope(cubic, "b", a=a, b=b),
    },
    "02-chain-rule": {
        "1.1": lambda w=4.0: squared_error(w),
        "3.1": lambda w=4.0: 2 * (w * 2 + 2 - 7),
        "4.1": lambda w=4.0: slope(squared_error, "b", w=w, b=2.0),
        "5.1": lambda w=4.0: slope(squared_error, "w", w=w),
        "6.1": lambda: squared_error(4.001) - squared_error(4.0),
    },
    "03-zero-grad": {
        "1.1": lambda: slope(lambda a: a + a, "a", a=3.0),
        "2.1": lambda w=3.0: slope(lambda w: w**2 + 3 * w, "w", w=w),
        "3.1": lambda w=5.0: 2 * slope(lambda w: w**3, "w", w=w),
        "5.1": lambda: 2 * (1 - 4) + 2 * (2.5 - 4),
    },
    "04-detach": {
        "1.1": lambda a=3.0: slope(lambda a: a * a, "a", a=a),
        "3.1": lambda a=3.0: slope(lambda a: a.detach() * a, "a", a=a),
        "5.1": lambda a=3.0: 2 * a,
    },
    "05-vjp": {
        "1.1": lambda: [6.0, 5.0],
        "3.1": lambda x0=2.0, x1=3.0: weighed([1.0, 0.0], [x0, x1]),
        "4.1": lambda: weighed([0.0, 1.0], [2.0, 3.0]),
        "5.1": lambda: weighed([1.0, 10.0], [2.0, 3.0]),
        "6.1": lambda: [2.0 * 1, 4.0 * 10, 6.0 * 100],
    },
    "06-broadcasting": {
        "1.1": lambda: [11.0, 12.0, 13.0],
        "2.1": lambda: slope(lambda b: (torch.tensor([1.0, 2.0, 3.0]) + b).sum(), "b", b=10.0),
        "3.1": lambda: 1.0 + 10.0 + 100.0,
        "4.1": lambda: (X @ np.ones((3, 2))).shape,
        "5.1": lambda: (2,),
        "6.1": lambda: [4.0, 4.0],
        "8.1": lambda: float((X.T @ np.ones((4, 2)))[0, 0]),
    },
    "07-second-derivatives": {
        "1.1": lambda a=5.0: _second(a, 1),
        "2.1": lambda a=5.0: _second(a, 2),
        "3.1": lambda: _second(5.01, 1) - _second(5.0, 1),
        "6.1": lambda: _second(5.0, 3),
    },
    "08-line-learns": {
        "2.1": lambda: line_run(noise=10.0)[1][1],
        "6.1": lambda: line_run(noise=10.0)[40][0],
        "7.1": lambda: least(20.0) / least(10.0),
    },
    "09-learning-rate": {"1.1": lambda w=3.0: w - 0.1 * 4 * w, "4.1": lambda: 2 / 10},
    "10-canyons": {
        "2.1": lambda w=1.0: 2 * (200 * w - 201) * 200,
        "5.1": lambda: [-1.0, 1.0, 1.0, -1.0],
        "6.1": lambda: 2 / 2,
    },
    "11-optimizers": {
        "1.1": lambda y=1.0: 50 * y,
        "2.1": lambda: 2 / 50,
        "3.1": lambda: canyon_run("SGD", 0.038)[1][2],
        "4.1": lambda: canyon_run("SGD", 0.01, momentum=0.9)[2][1] - canyon_run("SGD", 0.01, momentum=0.9)[1][1],
        "6.1": lambda: [0.5, 0.5],
    },
    "12-vanishing": {
        "1.1": lambda: slope(torch.sigmoid, "input", input=0.0),
        "6.1": lambda: float(ten_layers(torch.relu)[0]),
        "7.1": lambda: float(ten_layers(torch.relu, h=-1.0)[0]),
        "8.1": lambda: 2.0**9,
    },
}
"""The answer of every prediction, of the numbers of its page or of fresh ones."""


def _uncleared() -> list[float]:
    """The losses of the line whose gradients add up."""
    columns, targets = make_regression(n_samples=200, n_features=1, noise=0.3, bias=2.0, random_state=0)
    w, b = line_run()[0][1:]
    stored, losses = np.zeros(2), []
    for _ in range(30):
        residual = w * columns[:, 0] + b - targets
        losses.append(float(np.mean(residual**2)))
        stored += 2 * np.array([np.mean(residual * columns[:, 0]), np.mean(residual)])
        w, b = w - 0.1 * stored[0], b - 0.1 * stored[1]
    return losses


def _steepest(stretch: float, shift: float) -> float:
    columns, _ = make_regression(n_samples=200, n_features=1, noise=0.3, bias=2.0, random_state=0)
    x = columns[:, 0] * stretch + shift
    return float(np.linalg.eigvalsh(2 * np.array([[np.mean(x * x), np.mean(x)], [np.mean(x), 1.0]]))[-1])


CHOSEN: dict[str, dict[str, tuple[int, Callable[[], bool]]]] = {
    "01-nudge": {
        "3.1": (1, lambda: -0.065 < cubic(2, 3.01) - cubic(2, 3) < -0.055),
        "5.1": (1, lambda: cubic(3, 3) - cubic(2, 3) > 12),
    },
    "02-chain-rule": {"2.1": (1, lambda: slope(lambda loss: loss * 1, "loss", loss=9.0) == 1)},
    "03-zero-grad": {"6.1": (1, lambda: _uncleared()[29] > 2 * line_run()[30][0])},
    "04-detach": {
        "2.1": (0, lambda: float(torch.tensor(3.0).detach() * 3) == 9),
        "4.1": (2, lambda: _fails("a.detach() * a.detach()")),
        "6.1": (2, lambda: _fails("a.__isub__(1)")),
    },
    "05-vjp": {"2.1": (2, lambda: _fails("torch.stack([a, a])"))},
    "06-broadcasting": {"7.1": (1, lambda: (X.T @ np.ones((4, 2))).shape == (3, 2))},
    "07-second-derivatives": {"4.1": (2, lambda: _fails("torch.autograd.grad(a**3, a)[0]"))},
    "08-line-learns": {"4.1": (0, lambda: abs(line_run(noise=10.0)[40][1] - line_run(noise=10.0)[39][1]) < 0.01)},
    "09-learning-rate": {
        "2.1": (1, lambda: 3 - 0.5 * slope(lambda w: 2 * w**2, "w", w=3.0) == -3),
        "5.1": (2, lambda: 0.88 < 2 / _steepest(1, 0) < 0.94 and line_run(0.94)[40][0] > 2 * line_run(0.94)[1][0]),
        "7.1": (1, lambda: line_run(0.45)[10][0] < min(line_run(0.01)[10][0], line_run(0.88)[10][0])),
    },
    "10-canyons": {
        "1.1": (2, lambda: line_run(stretch=50.0, shift=200.0)[4][0] > 1e20),
        "3.1": (2, lambda: 1.9e-5 < 2 / _steepest(50, 200) < 2.5e-5),
        "4.1": (2, lambda: abs(line_run(2e-5, 200, stretch=50.0, shift=200.0)[200][2]) < 0.3),
    },
    "11-optimizers": {
        "5.1": (1, lambda: canyon_run("SGD", 0.01, momentum=0.9)[30][1] > 0.2),
        "7.1": (
            2,
            lambda: (
                canyon_run("Adam", 0.5)[40][0]
                < min(canyon_run("SGD", 0.01, momentum=0.9)[40][0], canyon_run("SGD", 0.038)[40][0])
            ),
        ),
    },
    "12-vanishing": {
        "3.1": (2, lambda: bool(ten_layers(torch.sigmoid)[0] < 1e-3 * ten_layers(torch.sigmoid)[9])),
        "4.1": (1, lambda: bool(ten_layers(torch.sigmoid).log().diff()[2:].std() < 0.1)),
        "5.1": (1, lambda: bool(0.01 < ten_layers(torch.tanh)[0] / ten_layers(torch.tanh)[9] < 1)),
    },
}
"""Of every choice which option is right, counted from 0, and why: something that holds in plain torch."""


def _fails(text: str) -> bool:
    a = torch.tensor(3.0, requires_grad=True)
    try:
        eval(text, {"a": a, "torch": torch}).backward()
    except RuntimeError:
        return True
    return False


DRAWN: dict[str, dict[str, Callable[[], list[tuple[float, float, float]]]]] = {
    "08-line-learns": dict.fromkeys(("1.1", "3.1", "5.1"), lambda: line_run(noise=10.0)),
    "09-learning-rate": {"6.1": lambda: line_run(0.88)},
    "10-canyons": {"7.1": lambda: line_run(stretch=50.0, shift=200.0, scaled=True)},
}
"""The run of every drawing."""

DRAGGED: dict[str, dict[str, list[tuple[dict[str, float], bool]]]] = {
    "01-nudge": {"6.1": [({"a": 0.0}, True), ({"a": 0.1}, True), ({"a": -1.0}, False)]},
    "02-chain-rule": {"7.1": [({"w": 2.5}, True), ({"b": -1.0}, True), ({"w": 3.0}, False)]},
    "07-second-derivatives": {"7.1": [({"a": 1.0}, True), ({"a": 0.0}, False), ({"a": 2.0}, False)]},
    "12-vanishing": {"2.1": [({"z": 4.0}, True), ({"z": -5.0}, True), ({"z": 2.0}, False)]},
}
"""Places to drag to, and whether the goal is reached there."""

MENDED: dict[str, dict[str, list[tuple[str, str, bool]]]] = {
    "03-zero-grad": {
        "4.1": [
            ("(w**3).backward()\n", "(w**3).backward()\nw.grad.zero_()\n", True),
            ("(w**3).backward()\n", "(w**3).backward()\nw.grad = None\n", True),
            ("(w**3).backward()\n", "", False),
            ("(w**3).backward()\n", "w.grad.zero_()\n", False),
        ],
        "7.1": [
            ("w.grad", "w.grad\n    w.grad.zero_()", True),
            ("w.grad", "w.grad\n    w.grad = None", True),
            ("w.grad", "w.grad\nw.grad.zero_()", False),
        ],
    },
    "04-detach": {
        "7.1": [
            ("w -= 0.1 * w.grad", "with torch.no_grad():\n    w -= 0.1 * w.grad", True),
            ("w -= 0.1 * w.grad", "w = w - 0.1 * w.grad", False),
        ]
    },
    "05-vjp": {
        "7.1": [
            ("y.backward()", "y.sum().backward()", True),
            ("y.backward()", "y.backward(torch.tensor([1., 1.]))", True),
            ("y.backward()", "y.backward(torch.tensor([1., 0.]))", False),
            ("y.backward()", "y.mean().backward()", False),
        ]
    },
    "07-second-derivatives": {
        "5.1": [("(y, a)", "(y, a, create_graph=True)", True), ("(y, a)", "(y, a, retain_graph=True)", False)]
    },
    "09-learning-rate": {
        "3.1": [
            ("0.5 * w.grad", "0.25 * w.grad", True),
            ("0.5 * w.grad", "0.3 * w.grad", False),
            ("tensor(3.", "tensor(0.", False),
        ]
    },
}
"""Edits of the page's program (the first place of a text, and what stands there then), and whether they mend it."""

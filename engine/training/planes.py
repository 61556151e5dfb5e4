"""The loss over a plane through parameter space: along two parameters, or through three points of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from engine.errors import Cancelled
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.machine import asides, drawn, made
from engine.training.program import program
from engine.training.quadratic import Quadratic

Floats = NDArray[np.float64]
Point = Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True, eq=False, slots=True)
class Plane:
    """A plane: its points are ``origin`` + u · ``first`` + v · ``second``.

    Attributes
    ----------
    origin, first, second : mapping of str to float64 array
        By parameter.
    slice : bool
        Whether there are more than two parameters, so that the plane is not all of the loss.
    """

    origin: Mapping[str, Floats]
    first: Mapping[str, Floats]
    second: Mapping[str, Floats]
    slice: bool

    def place(self, parameters: Point) -> tuple[float, float]:
        """Where a point of parameter space lies on the plane, or the foot of its perpendicular: (u, v)."""
        offset = _flat(parameters) - _flat(self.origin)
        basis = np.column_stack((_flat(self.first), _flat(self.second)))
        u, v = np.linalg.lstsq(basis, offset, rcond=None)[0]
        return float(u), float(v)

    def at(self, u: float, v: float) -> dict[str, Floats]:
        """The parameters at (u, v)."""
        return {name: self.origin[name] + u * self.first[name] + v * self.second[name] for name in self.origin}


def along(parameters: Point, first: tuple[str, int], second: tuple[str, int]) -> Plane:
    """The plane through ``parameters`` along two of them, each by name and place in its flattened array; the rest stay.

    u and v are these two themselves. Raises ValueError where one is not there, or both are the same.
    """
    origin = {name: np.array(array, np.float64) for name, array in parameters.items()}
    for name, place in (first, second):
        if name not in origin or not 0 <= place < origin[name].size:
            sizes = {known: array.size for known, array in origin.items()}
            raise ValueError(f"a parameter must be a name and a place within its size, of {sizes}, got {(name, place)!r}")
    if first == second:
        raise ValueError(f"second must be another parameter than first, got {second!r} twice")
    axes = []
    for name, place in (first, second):
        axis = {known: np.zeros_like(array) for known, array in origin.items()}
        axis[name].flat[place] = 1.0
        axes.append(axis)
        origin[name].flat[place] = 0.0
    return Plane(origin, axes[0], axes[1], _flat(origin).size > 2)


def through(start: Point, end: Point, best: Point) -> Plane:
    """The plane through three points, ``start`` its origin; u and v are lengths, u towards ``end``.

    Where they lie on one line the second direction is one at right angles to that. Raises ValueError where ``end`` is ``start``.
    """
    origin = {name: np.array(array, np.float64) for name, array in start.items()}
    zero = _flat(origin)
    first, second = _flat(end) - zero, _flat(best) - zero
    length = float(np.linalg.norm(first))
    if not length:
        raise ValueError("end must be another point than start, got the same parameters")
    first = first / length
    second = second - (second @ first) * first
    if float(np.linalg.norm(second)) <= 1e-9 * length:
        second = np.zeros_like(first)
        second[int(np.argmin(np.abs(first)))] = 1.0
        second = second - (second @ first) * first
    second = second / np.linalg.norm(second)
    return Plane(origin, _shaped(first, origin), _shaped(second, origin), zero.size > 2)


class Bowl:
    """A quadratic loss over a plane: with d = (u, v) − ``optimum`` it is ``minimum`` + dᵀ A d.

    The source of every number here is the closed form of ``Quadratic``, not the run.

    Attributes
    ----------
    optimum : tuple of float
        (u, v) of the least loss on the plane.
    minimum : float
        The loss there, 0 or more.
    """

    def __init__(self, quadratic: Quadratic, plane: Plane) -> None:
        basis = np.column_stack((_flat(plane.first), _flat(plane.second)))
        curved = quadratic.hessian @ basis
        self._a: Floats = basis.T @ curved / 2
        offset = _flat(plane.origin) - _flat(quadratic.optimum)
        u, v = np.linalg.solve(2 * self._a, -curved.T @ offset)
        self.optimum = float(u), float(v)
        foot = offset + basis @ (u, v)
        self.minimum = quadratic.minimum + float(foot @ quadratic.hessian @ foot) / 2
        self._lean = self._a[0, 1] / self._a[1, 1]
        self._narrow = self._a[0, 0] - self._a[0, 1] * self._lean

    @classmethod
    def of(cls, quadratic: Quadratic, plane: Plane) -> Bowl | None:
        """That of a loss on ``plane``; None where the loss is flat in a direction, and its curves of equal loss have no end."""
        basis = np.column_stack((_flat(plane.first), _flat(plane.second)))
        curved = np.linalg.eigvalsh(basis.T @ quadratic.hessian @ basis)
        return cls(quadratic, plane) if curved[0] > 1e-9 * curved[1] else None

    def value(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """The loss at (u, v), arrays of any shapes that broadcast; inf where it leaves float64's range, nan for nan."""
        with np.errstate(over="ignore", invalid="ignore"):
            across = np.asarray(u, np.float64) - self.optimum[0]
            up = np.asarray(v, np.float64) - self.optimum[1] + self._lean * across
            return np.asarray(self.minimum + self._narrow * across * across + self._a[1, 1] * up * up)

    def levels(self, u: float, v: float, count: int = 5) -> tuple[float, ...]:
        """``count`` losses, rising: their ellipses are evenly spaced and the last one passes through (u, v).

        Where (u, v) is the optimum itself, or not finite, the last ellipse reaches one unit of v instead.
        """
        excess = float(self.value(u, v)) - self.minimum
        reach = float(np.sqrt(excess)) if np.isfinite(excess) and excess > 1e-12 else float(np.sqrt(self._a[1, 1]))
        return tuple(self.minimum + (reach * k / count) ** 2 for k in range(1, count + 1))

    def ellipse(self, level: float, points: int = 180) -> Floats:
        """The closed curve of equal loss, [points, 2] of (u, v); first and last point are equal.

        Raises
        ------
        ValueError
            If ``level`` is below ``minimum``: the loss is that low nowhere on the plane.
        """
        if not level >= self.minimum:
            raise ValueError(f"level must be at least the minimum {self.minimum:.6g}, got {level!r}")
        angle = np.linspace(0.0, 2.0 * np.pi, points)
        reach = np.sqrt(level - self.minimum)
        across = reach * np.cos(angle) / np.sqrt(self._narrow)
        up = reach * np.sin(angle) / np.sqrt(self._a[1, 1]) - self._lean * across
        return np.column_stack((self.optimum[0] + across, self.optimum[1] + up))


def losses(
    config: TrainingConfig, plane: Plane, u: ArrayLike, v: ArrayLike, *, cancel: Callable[[], bool] | None = None
) -> Floats:
    """The loss on all rows trained on, at each (u, v) of two lists: float64 [len(v), len(u)]; inf and nan where it is that.

    A closed form where the loss is quadratic; else computed by the program's own code, in float32.

    Raises
    ------
    engine.errors.Cancelled
        Once ``cancel``, asked between two rows of the result, says True.
    ValueError
        Where edited code has a loss of its own, which is not known beside its steps.
    """
    config = drawn(config, program(config).no_surface)
    across, up = np.asarray(u, np.float64), np.asarray(v, np.float64)
    closed = Quadratic.of(config)
    if closed is not None:
        return closed.value(_rows(plane, "w", across, up), _rows(plane, "b", across, up)[..., 0])
    data, names = training_data(config), asides(program(config))
    X, y = data.tensors()
    model, _optimizer, parameters = made(config)
    found = np.empty((len(up), len(across)))
    with torch.no_grad():
        for row, second in enumerate(up):
            if cancel is not None and cancel():
                raise Cancelled
            for column, first in enumerate(across):
                for name, array in plane.at(float(first), float(second)).items():
                    parameters[name].data = torch.tensor(array, dtype=torch.float32)
                found[row, column] = names["loss_of"](names["predict"](model, X), y).item()
    return found


def _rows(plane: Plane, name: str, u: Floats, v: Floats) -> Floats:
    """One parameter's numbers at each (u, v): [len(v), len(u), size]."""
    origin, first, second = (item[name].ravel() for item in (plane.origin, plane.first, plane.second))
    return np.asarray(origin + u[None, :, None] * first + v[:, None, None] * second)


def _flat(parameters: Point) -> Floats:
    return np.concatenate([np.asarray(array, np.float64).ravel() for array in parameters.values()])


def _shaped(flat: Floats, like: Mapping[str, Floats]) -> dict[str, Floats]:
    found, start = {}, 0
    for name, array in like.items():
        found[name] = flat[start : start + array.size].reshape(array.shape)
        start += array.size
    return found

"""The data of a run: made by the program's own lines, or read from a file; with what is set aside, and both scales."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.training.choices.choice import CLASSES
from engine.training.choices.knobs import MOST_ROWS
from engine.training.configs import TrainingConfig
from engine.training.program import program
from engine.training.table_files.form import Columns
from engine.training.table_files.kept import columns_of

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class TrainingData:
    """What a run is trained on, as read-only arrays.

    Attributes
    ----------
    X : float32 array [rows, features]
        As the model sees it: standardised where the config says so.
    y : float32 array [rows, 1]
        The same of what is predicted; 0 or 1 where two classes are told apart.
    X_val, y_val : float32 arrays
        Rows that are set aside; none of them where nothing is.
    features : tuple of str
        Names of the columns of ``X``.
    target : str
        What is predicted.
    classes : bool
        Whether two classes are told apart.
    scales : mapping of str to (mean, standard deviation)
        Of ``X`` and ``y`` as they were, float32 arrays with a number a column, where they are standardised.
    left_out : tuple of int
        Lines of the file that lack a value, counted from 1.
    rows : float32 array [all rows, features + 1], or None
        What can be drawn: the features, then y, as they were before rows were set aside or anything was scaled, in their order.
        None where these are more than ``MOST_ROWS``.
    truth : callable(float64 array [rows, features]), optional
        What ``y`` is at these ``X`` without noise, both scaled as here, float64 [rows, 1]; None where that is not known.
    """

    X: Rows
    y: Rows
    X_val: Rows
    y_val: Rows
    features: tuple[str, ...]
    target: str
    classes: bool
    scales: Mapping[str, tuple[Rows, Rows]]
    left_out: tuple[int, ...] = ()
    truth: Callable[[Floats], Floats] | None = None
    rows: Rows | None = None

    def tensors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """``X`` and ``y`` for one run: copies, which its code may do with what it wants."""
        return torch.tensor(self.X), torch.tensor(self.y)


def training_data(config: TrainingConfig, cancel: Callable[[], bool] | None = None) -> TrainingData:
    """The data of ``config``; the same object each time, as long as a file that they come from is not changed.

    Raises
    ------
    engine.errors.Cancelled
        Once ``cancel``, asked while a file is read, says True.
    FileRefused
        Where a file cannot be used, with what to do.
    ValueError
        Where classes are to be told apart that are not called 0 and 1.
    """
    setup, written = config.setup, program(config)
    read: Columns | None = None
    if setup.data.name == "file":
        read = columns_of({knob.name: config.get(knob.name) for knob in setup.data.knobs}, cancel)
    classes = CLASSES in setup.loss.tasks
    drawn = config.get("points") if setup.data.name == "points" else None
    made = "" if drawn or read else "\n".join(written.data_imports) + "\n" + written.data
    return _made(
        (made, written.aside + written.prepared, written.truth),
        read,
        drawn,
        setup.features,
        setup.data.target(setup.get),
        classes,
    )


@lru_cache(maxsize=4)
def _made(
    texts: tuple[str, str, str],
    read: Columns | None,
    drawn: tuple[tuple[float, ...], ...] | None,
    features: tuple[str, ...],
    target: str,
    classes: bool,
) -> TrainingData:
    """The data that these lines make; a file that was ``read``, and ``drawn`` points, are in place of the first of them."""
    names: dict[str, Any] = {"torch": torch}
    left_out: tuple[int, ...] = ()
    with torch.no_grad():
        if read is not None:
            table = torch.from_numpy(read.numbers).float()
            names |= {"X": table[:, :-1].contiguous(), "y": table[:, -1:].contiguous()}
            features, target, left_out = read.names[:-1], read.names[-1], read.left_out
        elif drawn is not None:
            table = torch.from_numpy(np.array(drawn)).float()
            names |= {"X": table[:, :-1].contiguous(), "y": table[:, -1:].contiguous()}
        else:
            exec(compile(texts[0], "data", "exec"), names)
        _check(names["X"], names["y"], classes)
        rows = _kept(torch.cat((names["X"], names["y"]), 1)) if len(names["X"]) <= MOST_ROWS else None
        exec(compile(texts[1] + texts[2], "data", "exec"), names)
        _check_scales(names)
    X, y = names["X"], names["y"]
    scales = {name: (_kept(names[f"{name}_mean"]), _kept(names[f"{name}_std"])) for name in "Xy" if f"{name}_mean" in names}
    X_val, y_val = names.get("X_val", X[:0]), names.get("y_val", y[:0])
    truth = _scaled(names["truth"], scales) if "truth" in names else None
    return TrainingData(_kept(X), _kept(y), _kept(X_val), _kept(y_val), features, target, classes, scales, left_out, truth, rows)


def _scaled(truth: Callable[[torch.Tensor], torch.Tensor], scales: Mapping[str, tuple[Rows, Rows]]) -> Callable[[Floats], Floats]:
    """``truth``, which knows the data as they were made, for data with these ``scales``."""

    def scaled(X: Floats) -> Floats:
        mean, std = scales.get("X", (np.zeros(1), np.ones(1)))
        with torch.no_grad():
            found = truth(torch.from_numpy(np.asarray(X * std + mean, np.float64))).numpy()
        mean, std = scales.get("y", (np.zeros(1), np.ones(1)))
        return np.asarray((found - mean) / std, np.float64)

    return scaled


def _kept(tensor: torch.Tensor) -> Rows:
    array: Rows = tensor.detach().numpy().copy()
    array.setflags(write=False)
    return array


def _check_scales(names: Mapping[str, Any]) -> None:
    """A standard deviation that is inf would make 0 of all numbers."""
    for name in "Xy":
        std = names.get(f"{name}_std")
        if std is not None and not bool((std + names[f"{name}_mean"]).isfinite().all()):
            raise ValueError(
                f"{name} must have mean and standard deviation within the range of float32 where it is standardised, got inf"
            )


def _check(X: torch.Tensor, y: torch.Tensor, classes: bool) -> None:
    """What no run could begin with."""
    if classes and not bool(((y == 0) | (y == 1)).all()):
        found = sorted(set(y[(y != 0) & (y != 1)].tolist()))
        shown = ", ".join(f"{value:g}" for value in found[:3])
        raise ValueError(f"y must be 0 or 1 where two classes are told apart, got {shown}{' …' if len(found) > 3 else ''}")
    if not bool(X.isfinite().all()) or not bool(y.isfinite().all()):
        raise ValueError("X and y must be finite numbers within the range of float32, got nan or inf")

"""Training: its settings, data, run and loss surface.

Its public names are resolved when first used, so that ``import engine.training`` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.training.data import training_data
    from engine.training.history import History
    from engine.training.metrics import errors, predict
    from engine.training.program import script
    from engine.training.quadratic import Quadratic
    from engine.training.table_files.reading import look
    from engine.training.training import record_step, step_from

_HOMES = {
    "History": "history",
    "Quadratic": "quadratic",
    "errors": "metrics",
    "look": "table_files.reading",
    "predict": "metrics",
    "record_step": "training",
    "script": "program",
    "step_from": "training",
    "training_data": "data",
}

__all__ = ["History", "Quadratic", "errors", "look", "predict", "record_step", "script", "step_from", "training_data"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'engine.training' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

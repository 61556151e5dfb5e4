"""Training: its settings, data, run and loss surface."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.training.program import script

_HOMES = {"script": "program"}

__all__ = ["script"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'engine.training' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

"""How torch is asked for an operation, by the name of its entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from engine.operations.registry import ENTRIES, entry_of

SLOPES = [entry.name for entry in ENTRIES if entry.slope]
"""The operations that are written with a local derivative."""

_PLACES: dict[str, Any] = {"torch": torch, "F": torch.nn.functional, "special": torch.special}


def torch_function(name: str) -> Callable[..., torch.Tensor]:
    """The function that computes it; of what is called the other way round (``rsub``), with its operands swapped."""
    entry = entry_of(name)
    if entry.reverses:
        forward = torch_function(entry.reverses)
        return lambda x, y: forward(y, x)
    function: Callable[..., torch.Tensor] = getattr(_PLACES[place_of(name)], entry.name)
    return function


def place_of(name: str) -> str:
    """Where torch has it: ``torch``, ``F`` or ``special``."""
    called = entry_of(name).called
    return next(place for place in _PLACES if place in called)


def within(name: str) -> float:
    """A number at which it has a value and a slope."""
    return 1.7 if name == "acosh" else 0.7

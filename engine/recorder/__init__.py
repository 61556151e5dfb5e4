"""Records real PyTorch. The only folder that hooks torch."""

from __future__ import annotations

from importlib import import_module

_HOMES = {"Recorder": "recorder"}
"""Resolved when first used: to import this folder is to import no torch."""


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

"""Gradwalk's engine: records real PyTorch, explains it, trains. Never imports Qt, and torch only when something runs.

Public names are resolved when first used, so that ``import engine`` is cheap.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.configs import TrainingConfig, TrainingSnapshot
    from engine.errors import ProgramError
    from engine.files import open_recording
    from engine.handle import record
    from engine.program import run_program
    from engine.recording import Recording
    from engine.training import train
    from engine.warming import warm_up

_HOMES = {
    "ProgramError": "engine.errors",
    "Recording": "engine.recording",
    "TrainingConfig": "engine.configs",
    "TrainingSnapshot": "engine.configs",
    "open_recording": "engine.files",
    "record": "engine.handle",
    "run_program": "engine.program",
    "train": "engine.training",
    "warm_up": "engine.warming",
}

__all__ = [
    "ProgramError", "Recording", "TrainingConfig", "TrainingSnapshot", "open_recording", "record", "run_program", "train",
    "warm_up",
]  # fmt: skip


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    __import__(home)  # which knows our modules by the name that this one has, too
    return getattr(sys.modules[f"{__name__}.{home.partition('.')[2]}"], name)

"""Gradwalk's engine: records real PyTorch, explains it, trains. Never imports Qt, and torch only when something runs.

Public names are resolved when first used, so that ``import engine`` is cheap.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.errors import ProgramError
    from engine.files.recordings import open_recording
    from engine.programs.program import run_program
    from engine.programs.warming import warm_up
    from engine.recorder.handle import record
    from engine.recording import Recording
    from engine.training.configs import TrainingConfig, TrainingSnapshot
    from engine.training.training import train

_HOMES = {
    "ProgramError": "engine.errors",
    "Recording": "engine.recording",
    "TrainingConfig": "engine.training.configs",
    "TrainingSnapshot": "engine.training.configs",
    "open_recording": "engine.files.recordings",
    "record": "engine.recorder.handle",
    "run_program": "engine.programs.program",
    "train": "engine.training.training",
    "warm_up": "engine.programs.warming",
}

__all__ = [
    "ProgramError",
    "Recording",
    "TrainingConfig",
    "TrainingSnapshot",
    "open_recording",
    "record",
    "run_program",
    "train",
    "warm_up",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    __import__(home)  # which knows our modules by the name that this one has, too
    return getattr(sys.modules[f"{__name__}.{home.partition('.')[2]}"], name)

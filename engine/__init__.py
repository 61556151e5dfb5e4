"""Gradwalk's engine: records real PyTorch, explains it, trains. Never imports Qt, and torch only when something runs.

Public names are resolved when first used, so that ``import engine`` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.errors import ProgramError, RecordingFileError
    from engine.programs.program import run_program
    from engine.programs.warming import warm_up
    from engine.recorder.handle import record
    from engine.recording import Recording
    from engine.recording.opening import open_recording
    from engine.training.configs import TrainingConfig, TrainingSnapshot
    from engine.training.training import train

_HOMES = {
    "ProgramError": "errors",
    "Recording": "recording",
    "RecordingFileError": "errors",
    "TrainingConfig": "training.configs",
    "TrainingSnapshot": "training.configs",
    "open_recording": "recording.opening",
    "record": "recorder.handle",
    "run_program": "programs.program",
    "train": "training.training",
    "warm_up": "programs.warming",
}

__all__ = [
    "ProgramError",
    "Recording",
    "RecordingFileError",
    "TrainingConfig",
    "TrainingSnapshot",
    "open_recording",
    "record",
    "run_program",
    "train",
    "warm_up",
]


_ROOMS = ("training",)
"""Parts whose own names are public, too: ``engine.training.script``."""


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

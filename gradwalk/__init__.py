"""Gradwalk by a name of its own: ``import gradwalk`` gives its parts in any project, also beside an ``engine.py`` of the user's.

Public names are resolved when first used, so that ``import gradwalk`` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gradwalk import own

if TYPE_CHECKING:
    from engine.errors import ProgramError, RecordingFileError
    from engine.programs.program import run_program
    from engine.programs.warming import warm_up
    from engine.recorder.handle import record
    from engine.recording import Recording
    from engine.recording.opening import open_recording
    from engine.training.configs import TrainingConfig, TrainingSnapshot
    from engine.training.training import train

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


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'gradwalk' has no attribute {name!r}")
    return getattr(import_module("gradwalk.engine"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


own.install()

"""Gradwalk by a name of its own: ``import gradwalk`` gives its parts in any project, also beside an ``engine.py`` of the user's.

Public names are resolved when first used, so that ``import gradwalk`` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gradwalk import own

if TYPE_CHECKING:
    from engine.configs import TrainingConfig, TrainingSnapshot
    from engine.errors import ProgramError, RecordingFileError
    from engine.files import open_recording
    from engine.handle import record
    from engine.program import run_program
    from engine.recording import Recording
    from engine.training import train
    from engine.warming import warm_up

_HOMES = {
    "ProgramError": "errors",
    "Recording": "recording",
    "RecordingFileError": "errors",
    "TrainingConfig": "configs",
    "TrainingSnapshot": "configs",
    "open_recording": "files",
    "record": "handle",
    "run_program": "program",
    "train": "training",
    "warm_up": "warming",
}

__all__ = [
    "ProgramError", "Recording", "RecordingFileError", "TrainingConfig", "TrainingSnapshot", "open_recording", "record",
    "run_program", "train", "warm_up",
]  # fmt: skip


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gradwalk' has no attribute {name!r}")
    return getattr(import_module(f"gradwalk.engine.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


own.install()

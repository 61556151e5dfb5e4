"""What a script's process is told to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Job:
    """What to run.

    Attributes
    ----------
    path : Path
        Of the script, absolute.
    argv : tuple of str
        ``sys.argv``.
    folder : Path
        Where it starts.
    output : Path
        The ``.gradwalk`` file to write, absolute.
    crash : Path
        Where faulthandler writes.
    journal : Path
        Where what is recorded is written meanwhile.
    steps, memory_limit : int or None
    recording_memory : int or None
        Bytes that the process may use until its recording ends; None: as many as suit the machine.
    """

    path: Path
    argv: tuple[str, ...]
    folder: Path
    output: Path
    crash: Path
    journal: Path
    steps: int | None
    memory_limit: int | None
    recording_memory: int | None = None

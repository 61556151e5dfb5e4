"""What a script's process is told to do."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


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
    python : str
        The interpreter, in words, for the recording's notes; empty if they need not say it.
    first : str
        What comes first in the parent's ``sys.path`` because of how that was started, which is none of the script's; or empty.
    blocks : bool
        Standard output goes into a file or a pipe in the end: it is buffered and encoded as Python does it there. Else it is
        written line by line, in UTF-8.
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
    python: str = ""
    first: str = ""
    blocks: bool = False

    def told(self) -> dict[str, Any]:
        """The job in a form that another version of Python understands, too."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @staticmethod
    def of(told: dict[str, Any]) -> Job:
        """The job that ``told`` describes."""
        values: dict[str, Any] = {name: Path(value) if name in _PATHS else value for name, value in told.items()}
        return Job(**values)


_PATHS = ("path", "folder", "output", "crash", "journal")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value

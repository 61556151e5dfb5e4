"""A Recording out of a ``.gradwalk`` file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.files.recordings import read_recording
from engine.recording.recording import Recording


def open_recording(path: str | Path, cancel: Callable[[], bool] | None = None) -> Recording:
    """Read a ``.gradwalk`` file. Nothing in it is run.

    Parameters
    ----------
    path : str or Path
    cancel : callable, optional
        Asked between the parts of the file; if it gives True, Cancelled is raised.

    Returns
    -------
    Recording
        Its graph and timeline are already prepared, so this is best called off the window's thread.

    Raises
    ------
    RecordingFileError
        If there is no such file, or it is damaged, too large, or made by a newer Gradwalk; the message says which.
    """
    return read_recording(Path(path), Recording, lambda made: made.state(made.end), cancel)

"""What a running script tells the process that started it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Output:
    """Text that the script, or a library that it uses, wrote.

    Attributes
    ----------
    text : str
        Not empty; undecodable bytes appear as U+FFFD, or as lone surrogates in a run that was asked for all of them.
    stream : str
        ``stdout`` or ``stderr``.
    left_out : int
        Characters before this text that were thrown away, because nobody asked for them in time.
    """

    text: str
    stream: str
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the script is; sent about ten times a second.

    Attributes
    ----------
    operations, passes : int
        Recorded so far: an operation is a moment of the timeline.
    seconds : float
        Since the process was started.
    phase : str
        ``starting`` (torch is being imported), ``running``, ``saving`` (the script has ended or was stopped, and the recording
        is being written), ``ending`` (the recording is written; threads of the script still run).
    line : int or None
        Of the script, where it is now; None where that is not known.
    """

    operations: int
    passes: int
    seconds: float
    phase: str = "running"
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ScriptProblem:
    """Why a script did not end by itself with status 0.

    Attributes
    ----------
    kind : str
        ``file`` (cannot be read), ``syntax``, ``failed`` (an exception), ``exited`` (it ended itself with a status other than 0),
        ``stopped`` (by ``ScriptRun.stop``), ``killed`` (it did not answer, or ``ScriptRun.kill``), ``memory`` (its limit was
        passed), ``crashed`` (a fault in C), ``ended`` (by a signal, by C code, or another program took its place), ``save`` (the
        recording could not be written).
    message : str
        One sentence.
    hint : str
        One sentence that says what to do; may be empty.
    line : int or None
        Of the script, from 1; where the problem arose, or the last line that was seen.
    traceback : str
        Python's own text with the frames of the script and the modules beside it; may be empty.
    """

    kind: str
    message: str
    hint: str = ""
    line: int | None = None
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event: every process of the script has ended.

    Attributes
    ----------
    recording : Path or None
        The ``.gradwalk`` file with everything up to the end, or up to the problem; None if there is none.
    problem : ScriptProblem or None
        None if the script ended with status 0.
    exit_status : int
        The script's own; −n where signal n ended it; 130 where it was stopped.
    """

    recording: Path | None
    problem: ScriptProblem | None
    exit_status: int


Event = Output | Progress | Finished

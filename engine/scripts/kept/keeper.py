"""A process that outlives the script's and the parent: it puts the recording together from the journal.

The script knows nothing of it, so nothing that the script did can disturb it. If the parent is gone it also ends the script,
which nobody else could stop.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import time
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from engine.scripts import system
from engine.scripts.kept.journal import read_report, records

if TYPE_CHECKING:
    from engine.scripts.job import Job

PARENT_GONE = "Gradwalk itself was ended, and so was the script"
_PATIENCE = 10.0
"""Seconds until a process that was killed is gone."""


def keep(job: Job, parent: Connection) -> NoReturn:
    """Entry of the process."""
    gc.disable()  # it lives for one recording, and nothing that it makes is garbage before that is written
    _stand_alone()
    _wait(job, parent)
    os._exit(0)  # Python would take torch apart first, which takes half as long as importing it


def _wait(job: Job, parent: Connection) -> None:
    """Do what the parent asks until it is done or gone; if it is gone, end the script and write what was recorded."""
    # Held open: something may sweep the folder that it is in, while the script runs.
    journal = os.open(job.journal, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    pid: int | None = None
    while True:
        try:
            kind, *rest = parent.recv()
        except (EOFError, OSError):
            break
        if kind == "script":
            (pid,) = rest
        elif kind == "rebuild":
            written, reason = rebuild(journal, job.output, *rest)
            parent.send((None if written is None else str(written), reason))  # as words: it may be another version of Python
        else:
            return
    if pid is not None:
        _end(pid)
    private = job.journal.parent
    report = read_report(journal)
    if private not in job.output.parents and (report is None or not report[0]):
        rebuild(journal, job.output, PARENT_GONE, "")
    os.close(journal)
    shutil.rmtree(private, ignore_errors=True)


def _stand_alone() -> None:
    """Neither the terminal's signals nor the closing of its streams concern this process."""
    if not system.WINDOWS:
        os.setsid()
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def _end(pid: int) -> None:
    """End the script's process and all that it started; return when it is gone."""
    system.end_group(pid)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        except OSError:
            return
        if _is_dead(pid):
            return
        time.sleep(0.02)


def _is_dead(pid: int) -> bool:
    """Whether only its entry in the table of processes is left, which whoever inherited it has not removed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except (OSError, IndexError):
        return False


def rebuild(journal: Path | int, output: Path, note: str, error: str) -> tuple[Path | None, str]:
    """Write the recording that ``journal`` tells of to ``output``, or elsewhere if that cannot be written any more.

    Gives the file that it wrote, None if there is no recording, and why it is not ``output``; empty if it is.

    Parameters
    ----------
    journal : Path or int
        The file, or a descriptor of it.
    note : str
        What ended the script, for the recording's notes; may be empty.
    error : str
        What it is to show as its last moment, ``ValueError: too large``; empty if it did not fail.
    """
    from engine.errors import EngineError
    from engine.files.places import elsewhere
    from engine.files.recordings import save_recording
    from engine.recorder.open_recorder import OpenRecorder
    from engine.recorder.rebuilt import Rebuilt
    from engine.recording.opening import open_recording

    try:
        begun = None
        found = Rebuilt()
        for kind, plain, _, block in records(journal):
            if kind == "begin":
                begun = plain
            elif kind == "entry":
                found.add(plain, block)
        if begun is None:
            return None, "nothing was recorded"
        recorder = OpenRecorder(*begun)
        found.give(recorder)
        if note:
            recorder.note(note)
        name, _, words = error.partition(": ")
        recording = recorder.finish(type(name, (Exception,), {})(*([words] if words else [])) if name else None)
        reason = ""
        for place in chain((output,), elsewhere(output)):  # looked for only when it is needed
            try:
                save_recording(recording, place)
            except (EngineError, OSError) as trouble:
                reason = reason or str(trouble)
                continue
            open_recording(place)
            return place, reason
    except (EngineError, OSError, MemoryError) as trouble:
        return None, str(trouble) or type(trouble).__name__
    except Exception as trouble:  # the journal may have been damaged by the script
        return None, f"{type(trouble).__name__}: {trouble}"
    return None, reason


def last_words(journal: Path) -> str:
    """What was about to happen to the script's process when it last wrote; empty if nothing was."""
    said = ""
    for kind, _, why, _ in records(journal):
        if kind == "entry":
            said = why
    return said

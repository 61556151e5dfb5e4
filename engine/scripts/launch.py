"""Starts the processes of a run: in this program's own Python, or in another one."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from engine.scripts import system
from engine.scripts.elsewhere import OtherProcess
from engine.scripts.interpreters import Interpreter
from engine.scripts.job import Job
from gradwalk import script


def launch(python: Interpreter, entry: str, job: Job, streams: Sequence[int] = ()) -> tuple[Any, Connection]:
    """Start ``entry`` (``serve`` or ``keep``) for ``job``: the process, and the connection to it.

    ``streams`` are the descriptors that it writes its output and its errors to. Raises OSError if the system refuses.
    """
    if not python.own:
        process = OtherProcess(python, entry, job, streams)
        return process, process.control
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    started = context.Process(
        target=getattr(script, entry), args=(job, theirs, *map(system.PipeEnd, streams)), name=f"gradwalk-{entry}", daemon=True
    )
    try:
        started.start()
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return started, ours

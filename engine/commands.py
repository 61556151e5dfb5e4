"""``gradwalk record``: runs a script under the recorder and writes the recording. No Qt."""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.errors import RecordingFileError
from engine.files.places import SUFFIX, target_of
from engine.scripts import Event, Finished, Output, Progress, ScriptRun, interpreters
from engine.scripts.interpreters import InterpreterError

_UNSEEN = ("offscreen", "minimal")
"""Platforms of Qt that draw into memory only."""
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def record_parser() -> argparse.ArgumentParser:
    """Arguments of ``gradwalk record``, without those of the script."""
    parser = argparse.ArgumentParser(
        prog="gradwalk record",
        usage="gradwalk record [options] SCRIPT.py [-- arguments of the script]",
        description="Run a script under the recorder, in a process of its own, and write what PyTorch did.",
        epilog="The script's output passes through. Ctrl+C stops it and keeps the recording up to there; a second one kills it. "
        "The exit status is the script's own: 128 + n if signal n ended it, 130 if it was stopped, 137 if it used too much "
        "memory, 2 if the script cannot be read or the recording cannot be written.",
    )
    parser.add_argument("script", metavar="SCRIPT.py", help="the script to run")
    parser.add_argument(
        "-o", "--output", metavar="RUN.gradwalk", help="file to write (default: the script's name with .gradwalk, in this folder)"
    )
    parser.add_argument(
        "--python",
        metavar="PATH",
        help="the Python to run it with, an interpreter or a virtual environment (default: a .venv, venv or env beside the "
        "script or in its project that has torch, else Gradwalk's own)",
    )
    parser.add_argument("--steps", type=_count, metavar="N", help="record N backward passes; the script then runs on unrecorded")
    parser.add_argument("--max-memory", type=_memory, metavar="SIZE", help="stop the script when it uses more, for example 4G")
    parser.add_argument(
        "--recording-memory",
        type=_memory,
        metavar="SIZE",
        help="end the recording when the script's process uses more; the script then runs on unrecorded (default: half of the "
        "machine's memory)",
    )
    parser.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        help="open the recording in the window when it is done, or do not (default: open it where there is a screen)",
    )
    return parser


def record(arguments: Sequence[str]) -> tuple[int, Path | None]:
    """Run ``gradwalk record`` with ``arguments``: the exit status, and the recording to open in the window, if that is wanted."""
    given = list(arguments)
    cut = given.index("--") if "--" in given else len(given)
    wanted = record_parser().parse_args(given[:cut])
    output = Path(wanted.output) if wanted.output else Path(Path(wanted.script).stem + SUFFIX)
    try:
        target_of(output)
    except RecordingFileError as error:
        print(f"gradwalk: {error}", file=sys.stderr)
        return 2, None
    try:
        if wanted.python:
            python = interpreters.check(Path(wanted.python).expanduser())
        else:
            python, passed = interpreters.choose(Path(wanted.script), Path.cwd())
            for reason in passed:
                print(f"gradwalk: not used: {reason}", file=sys.stderr)
    except InterpreterError as error:
        print(f"gradwalk: {error}", file=sys.stderr)
        return 2, None
    try:
        run = ScriptRun(
            wanted.script,
            given[cut + 1 :],
            steps=wanted.steps,
            memory_limit=wanted.max_memory,
            recording_memory=wanted.recording_memory,
            folder=Path.cwd(),
            python=python,
            output=output,
            complete=True,
            blocks=sys.stdout is not None and not sys.stdout.isatty(),
        )
    except OSError as error:
        print(f"gradwalk: {error}", file=sys.stderr)
        return 2, None
    try:
        run.start()
        finished = _Terminal(run).follow()
        if finished.recording is not None:
            print(f"gradwalk: recorded with {python}", file=sys.stderr)
    except OSError as error:
        print(f"gradwalk: the script's process cannot be started: {error}", file=sys.stderr)
        return 2, None
    finally:
        run.close()
    return _status(finished), finished.recording if is_opened(wanted) else None


def is_opened(wanted: argparse.Namespace) -> bool:
    """Whether the window is to open the recording: as the arguments say, else where there is a screen to show it on."""
    return _has_screen() if wanted.open is None else bool(wanted.open)


def _has_screen() -> bool:
    """Whether a window would be seen: not on a machine that is logged into from afar, nor without Qt."""
    if os.environ.get("QT_QPA_PLATFORM", "xcb") in _UNSEEN or "SSH_CONNECTION" in os.environ:
        return False
    if sys.platform not in ("win32", "darwin") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    return importlib.util.find_spec("PySide6") is not None


class _Terminal:
    """Shows a run on this process's own streams."""

    def __init__(self, run: ScriptRun) -> None:
        self._run = run
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._shown = False
        self._interrupts = 0
        self._broken = False

    def follow(self) -> Finished:
        """Until the end."""
        while True:
            try:
                for event in self._run.poll(None):
                    self._show(event)
                    if isinstance(event, Finished):
                        return event
            except KeyboardInterrupt:
                self._interrupts += 1
                if self._interrupts == 1:
                    self._run.stop()
                else:
                    self._run.kill()

    def _show(self, event: Event) -> None:
        if isinstance(event, Output):
            self._clear()
            self._write(event)
        elif isinstance(event, Progress):
            if self._live:
                self._clear()
                sys.stderr.write(_line(event))
                sys.stderr.flush()
                self._shown = True
        else:
            self._clear()
            _summary(event)

    def _write(self, event: Output) -> None:
        stream = sys.stdout if event.stream == "stdout" else sys.stderr
        if self._broken or stream is None:
            return
        try:
            stream.buffer.write(event.text.encode("utf-8", "surrogateescape"))
            stream.flush()
        except BrokenPipeError:
            # Nobody reads any more (| head): there is no point in going on, as for any program.
            self._broken = True
            self._run.stop()

    def _clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


def _line(progress: Progress) -> str:
    if progress.phase == "starting":
        return "gradwalk: starting …"
    return (
        f"gradwalk: {progress.phase}, {progress.operations:,} operations, {progress.passes:,} backward passes, "
        f"{progress.seconds:.0f} s"
    )


def _summary(finished: Finished) -> None:
    problem = finished.problem
    if problem is not None:
        where = f" (line {problem.line})" if problem.line is not None and f"line {problem.line}" not in problem.message else ""
        print(f"gradwalk: {problem.message}{where}", file=sys.stderr)
        if problem.hint:
            print(f"gradwalk: {problem.hint}", file=sys.stderr)
    if finished.recording is None:
        print("gradwalk: there is no recording", file=sys.stderr)
    else:
        print(f"gradwalk: wrote {finished.recording}", file=sys.stderr)


def _status(finished: Finished) -> int:
    if finished.problem is not None and finished.problem.kind in ("save", "file"):
        return finished.exit_status or 2
    return 128 - finished.exit_status if finished.exit_status < 0 else finished.exit_status


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text}")
    return number


def _memory(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    if found is None or float(found[1]) <= 0:
        raise argparse.ArgumentTypeError(f"must be a size such as 800M or 4G, not {text}")
    return int(float(found[1]) * _UNITS[found[2]])

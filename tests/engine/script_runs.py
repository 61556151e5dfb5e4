"""Runs of scripts in processes of their own, followed to their end: warm ones, unless a test asks for ``fresh`` ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from engine.recording import Recording
from engine.recording.opening import open_recording
from engine.scripts import Event, Finished, Output, ScriptRun
from tests.engine import warm

PATIENCE = 90.0
BEGIN = """\
import torch
x = torch.ones(3, requires_grad=True)
y = (x * x).sum()
y.backward()
print("begun", flush=True)
"""
"""A script whose recording has a pass when the rest of it begins."""


@dataclass
class Told:
    """All that one run told."""

    events: list[Event]
    finished: Finished
    recording: Recording | None

    def text(self, stream: str = "stdout") -> str:
        return "".join(event.text for event in self.events if isinstance(event, Output) and event.stream == stream)

    @property
    def kind(self) -> str:
        return "" if self.finished.problem is None else self.finished.problem.kind


def follow(run: ScriptRun, stop_when: Callable[[list[Event]], bool] | None = None, fresh: bool = False) -> Told:
    """Start it and poll it to its end; ask it to stop once ``stop_when`` holds."""
    events: list[Event] = []
    asked = False
    deadline = time.monotonic() + PATIENCE
    with nullcontext() if fresh else warm.starts():
        run.start()
    try:
        while time.monotonic() < deadline:
            new = run.poll(0.2)
            events += new
            if stop_when is not None and not asked and stop_when(events):
                asked = True
                run.stop()
            if new and isinstance(new[-1], Finished):
                finished = new[-1]
                recording = None if finished.recording is None else open_recording(finished.recording)
                return Told(events, finished, recording)
        raise AssertionError(f"no end: {events[-3:]}")
    finally:
        run.close()


def ends(pid: int) -> bool:
    """Whether process ``pid`` is gone within a few seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def run(folder: Path, text: str, fresh: bool = False) -> Told:
    """Record `BEGIN` and ``text`` as a script in ``folder``, to its end."""
    script = folder / "script.py"
    script.write_text(BEGIN + text, encoding="utf-8")
    return follow(ScriptRun(script), fresh=fresh)


def plain(folder: Path, fresh: bool = False) -> subprocess.CompletedProcess[str]:
    """The same without us, after ``run``."""
    return plainly(folder, "script.py", fresh=fresh)


def plainly(folder: Path, *command: str | Path, fresh: bool = False) -> subprocess.CompletedProcess[str]:
    """``python *command`` in ``folder``, without us."""
    if fresh:
        return subprocess.run(
            [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    return warm.run(command, cwd=folder, text=True, timeout=PATIENCE)

"""A script, from finding its Python to its end: what it prints, how far it has come, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.scripts import Finished, Output, Progress, ScriptRun
from engine.scripts.interpreters import Interpreter, InterpreterError
from gui.documents.scripts.python import Asking, Find

EVERY = 60
"""Milliseconds between two looks at what the script does."""
TAIL = 20_000
"""How many characters of the script's errors are remembered, so that a traceback is not shown twice."""
_PHASES = {"starting": "Starting", "running": "Running", "saving": "Saving the recording", "ending": "Waiting for its threads"}

Place = Callable[[str], Path | None]
Start = Callable[[str, Sequence[str], int | None, int | None, Interpreter], Any]


def start_script(
    path: str, arguments: Sequence[str], steps: int | None, memory: int | None, python: Interpreter, place: Place | None = None
) -> ScriptRun:
    """Start the script at ``path`` under the recorder in ``python``; ``steps`` and ``memory`` (bytes) are those of ``ScriptRun``.

    ``place`` says where its recording is written; without it, that is a temporary file.
    """
    run = ScriptRun(path, arguments, steps=steps, memory_limit=memory, python=python, output=place(path) if place else None)
    run.start()
    return run


class WatchedScript(QObject):
    """Runs one script after the other, and looks every 60 ms at what the one that runs does.

    Signals
    -------
    said(str)
        How far it has come, or what became of it, as text for the user.
    printed(object text, object left_out)
        It printed ``text``; ``left_out`` characters before that are not known, an int without a bound.
    changed()
        ``progress``, ``running``, ``asking`` or ``stopping`` changed.
    recorded(str path, str script, bool clean)
        The ``.gradwalk`` file with what ``script`` did; ``clean`` if the script ended by itself with status 0, in the
        Python that it was to run in. A temporary file is removed by ``release``; one that lies where ``place`` says belongs to
        whoever asked for it.
    """

    said = Signal(str)
    printed = Signal(object, object)
    changed = Signal()
    recorded = Signal(str, str, bool)

    def __init__(self, start: Start, find: Find, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._start = start
        self._find = find
        self._asking: Asking | None = None
        self._wanted: tuple[Sequence[str], int | None, int | None] = ([], None, None)
        """Arguments and bounds of the script that waits for its Python."""
        self._passed: list[str] = []
        """Why other Pythons were passed over."""
        self._run: Any = None
        self._errors = ""
        """The end of what the script wrote to its standard error."""
        self.path = ""
        """The script that was begun last."""
        self.stopping = False
        """True from the order to stop until it has stopped."""
        self.progress = ""
        """How far the script has come, in one line."""
        self.told = ""
        """Why the last script did not end by itself; empty if it did."""
        self.ended = ""
        """The same in the few words of its problem."""
        self.outcome = ""
        """What was said when it ended."""
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._look)

    @property
    def running(self) -> bool:
        """Whether a script runs."""
        return self._timer.isActive() and not self.asking

    @property
    def asking(self) -> bool:
        """Whether a script waits for its Python, which is being asked whether it can run it."""
        return self._asking is not None

    def begin(self, path: str, arguments: Sequence[str], steps: int | None, memory: int | None, choice: str) -> None:
        """Run the script at ``path`` in the Python that ``choice`` of a ``PythonBox`` means, once that is found."""
        self.path = path
        self._errors = self.told = self.ended = self.outcome = ""
        self._wanted = arguments, steps, memory
        self._asking = Asking(path, choice, self._find)
        self.said.emit("Looking for its Python…")
        self._timer.start()
        self.changed.emit()

    @Slot()
    def stop(self) -> None:
        """Interrupt the script, keeping what has been recorded so far; or do not start it at all."""
        if self._asking is not None:
            self._give_up()
            self.said.emit("Nothing was run.")
        elif self._run is not None and self.running:
            self._run.stop()
            self.stopping = True
            self._tell("Stopping…")

    def release(self) -> None:
        """Close the run and remove its temporary file; end it if it still runs."""
        self._give_up()
        self._timer.stop()
        self.stopping = False
        if self._run is not None:
            self._run.close()
            self._run = None
        self.changed.emit()

    def _give_up(self) -> None:
        if self._asking is not None:
            self._timer.stop()
            self._asking.end()
            self._asking = None
            self.changed.emit()

    @Slot()
    def _look(self) -> None:
        if self._asking is not None:
            self._look_for_python(self._asking)
            return
        text, left_out = "", 0
        for event in self._run.poll(0.0):
            if isinstance(event, Output):
                if event.left_out:
                    text, left_out = "", left_out + len(text) + event.left_out
                text += event.text
                self._errors = (self._errors + event.text)[-TAIL:] if event.stream == "stderr" else self._errors
            elif isinstance(event, Progress):
                self._show_progress(event)
            elif isinstance(event, Finished):
                self.printed.emit(text, left_out)
                text = ""
                self._finish(event)
        if text:
            self.printed.emit(text, left_out)

    def _look_for_python(self, asking: Asking) -> None:
        try:
            found = asking.found
            if found is None:
                if asking.asked:
                    self.said.emit(f"Asking {asking.asked} whether it can run the script…")
                return
            self._asking = None
            python, self._passed = found
            for reason in self._passed:
                self.printed.emit(f"gradwalk: not used: {reason}\n", 0)
            self._run = self._start(self.path, *self._wanted, python)
        except (OSError, RuntimeError, ValueError, InterpreterError) as error:
            self._asking = None
            self._timer.stop()
            self.said.emit(f"The script could not be started: {str(error).removesuffix('.')}.")
            self.changed.emit()
        else:
            self._tell(f"Starting with {self._run.python}…", "starting…")

    def _tell(self, progress: str, short: str = "") -> None:
        self.said.emit(progress)
        self.progress = f"{Path(self.path).name}: {short or progress[0].lower() + progress[1:]}"
        self.changed.emit()

    def _show_progress(self, event: Progress) -> None:
        if self.stopping and event.phase in ("starting", "running"):
            return
        at = f"line {event.line}" if event.line is not None and event.phase == "running" else ""
        counts = [_count(event.operations, "operation"), _count(event.passes, "backward pass"), f"{event.seconds:.0f} s"]
        _, steps, _ = self._wanted
        enough = event.phase == "running" and steps is not None and steps <= event.passes
        after = "recording is complete, the script runs on" if enough else ""
        parts = [_PHASES.get(event.phase, event.phase), at, *counts, after]
        self._tell(" · ".join(part for part in parts if part), " · ".join(counts) if event.phase == "running" else "")

    def _finish(self, event: Finished) -> None:
        self._timer.stop()
        self.stopping = False
        problem = event.problem
        if problem is not None:
            if problem.traceback and problem.traceback.strip() not in self._errors:
                self.printed.emit(f"\n{problem.traceback}", 0)
            kept = "What was recorded until then is shown." if event.recording is not None else "Nothing was recorded."
            self.ended = problem.message
            self.told = " ".join(_sentence(part) for part in (problem.message, problem.hint) if part)
            self.outcome = f"{self.told} {kept}"
        else:
            shown = "; its recording is shown" if event.recording is not None else ""
            passed = "".join(f" Not used: {reason}" for reason in self._passed)
            self.outcome = f"The script has ended{shown}. It ran in {self._run.python}.{passed}"
        self.said.emit(self.outcome)
        self.changed.emit()
        if event.recording is not None:
            self.recorded.emit(str(event.recording), self.path, problem is None and not self._passed)


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}{'es' if name.endswith('s') else 's'}"


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."

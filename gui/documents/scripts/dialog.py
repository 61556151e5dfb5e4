"""Run ▸ Record script…: runs a script in a process of its own, shows what it prints, and hands over what was recorded."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from engine.scripts import Finished, Output, Progress, ScriptRun
from engine.scripts.interpreters import Interpreter, InterpreterError
from gui.documents.scripts.python import Asking, Find, PythonBox, find_python
from gui.look.theme import ThemeManager, mono_font
from gui.widgets import IntegerBox, lay_out_dialog, make_button
from gui.widgets.terminal import ScriptOutput

EVERY = 60
"""Milliseconds between two looks at what the script does."""
GIGABYTE = 2**30
TAIL = 20_000
"""Characters of the script's errors that are remembered, so that a traceback is not shown twice."""
TRUST = "The script runs in a process of its own, with your rights. Record only scripts that you trust."
STOP = "Interrupt the script and keep what was recorded up to here"
_PHASES = {"starting": "Starting", "running": "Running", "saving": "Saving the recording", "ending": "Waiting for its threads"}

Place = Callable[[str], Path | None]
Start = Callable[[str, Sequence[str], int | None, int | None, Interpreter], Any]


def start_script(
    path: str, arguments: Sequence[str], steps: int | None, memory: int | None, python: Interpreter, place: Place | None = None
) -> ScriptRun:
    """Start the script at ``path`` under the recorder in ``python``; ``steps`` and ``memory`` (bytes) as of ``ScriptRun``.

    ``place`` says where its recording is to be written; else that is temporary.
    """
    run = ScriptRun(path, arguments, steps=steps, memory_limit=memory, python=python, output=place(path) if place else None)
    run.start()
    return run


class ScriptDialog(QDialog):
    """Asks for a script and its arguments, runs it, and can stop it. It does not hold up the window behind it.

    Closing it while a script runs only hides it: what an hour of training recorded must not be lost by one key. Closing it while
    a Python is asked whether it can run the script ends that.

    Signals
    -------
    begun()
        A script is about to run, as ``form`` says.
    changed()
        ``progress`` or ``running`` is another one, or the dialog was shown or hidden.
    recorded(str path, str script, bool clean)
        The ``.gradwalk`` file with what ``script`` did; ``clean`` if the script ended by itself with status 0, in the
        Python that it was to run in. A temporary file is removed by ``release``; one where ``place`` says is its owner's.
    """

    begun = Signal()
    changed = Signal()
    recorded = Signal(str, str, bool)

    def __init__(
        self, theme: ThemeManager, parent: QWidget | None = None, start: Start = start_script, find: Find = find_python
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._start = start
        self._find = find
        self._asking: Asking | None = None
        self._wanted: tuple[list[str], int | None, int | None] = ([], None, None)
        """Arguments and bounds of the script that waits for its Python."""
        self._passed: list[str] = []
        """Why other Pythons were passed over."""
        self._run: Any = None
        self._script = ""
        self._folder = ""
        self.offered = ""
        """The recording that is not shown yet because another one was to be kept."""
        self.told = ""
        """Why the last script did not end by itself; empty if it did."""
        self.ended = ""
        """The same in the few words of its problem."""
        self._end = ""
        """What was said when it ended."""
        self.progress = ""
        """How far the script is, in one line."""
        self._errors = ""
        """The last that the script wrote to its standard error."""
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._look)
        self.setWindowTitle("Record a script")
        self.resize(round(720 * theme.scale), round(480 * theme.scale))
        self.path = QLineEdit()
        self.path.setAccessibleName("Script")
        self.path.setPlaceholderText("a Python file that uses PyTorch")
        self.path.setToolTip("The script to run; its process starts in the script's folder")
        self.arguments = QLineEdit()
        self.arguments.setAccessibleName("Arguments")
        self.arguments.setPlaceholderText("none")
        self.arguments.setToolTip("What the script finds in sys.argv, as in a shell")
        self.python = PythonBox(theme)
        self.choose = make_button("Choose…", theme, tooltip="Choose a file")
        self.steps = IntegerBox(theme, 0, 0, 1_000_000, chars=7)
        self.steps.setSpecialValueText("all")
        self.steps.setAccessibleName("Backward passes to record")
        self.steps.setToolTip("Record this many backward passes; the script runs on to its end without being recorded")
        self.memory = IntegerBox(theme, 0, 0, 4096, chars=7)
        self.memory.setSpecialValueText("no limit")
        self.memory.setSuffix(" GB")
        self.memory.setAccessibleName("Memory limit in gigabytes")
        self.memory.setToolTip("Stop the script when its process uses more memory than this, and keep the recording")
        self.output = ScriptOutput()
        self.status = QLabel(TRUST)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.stop = make_button("Stop", theme, tooltip=STOP)
        self.record = make_button("Record", theme, "primary", tooltip="Run the script under the recorder")
        self.record.setDefault(True)
        self.show_it = make_button("Show recording", theme, tooltip="Show what was recorded in place of what is shown now")
        self.show_it.hide()
        self.shut = make_button("Close", theme)
        for button in (self.stop, self.show_it, self.shut, self.choose):
            # Return always means the default button, whatever has the focus.
            button.setAutoDefault(False)
        self._compose()
        self.choose.clicked.connect(self._choose)
        self.record.clicked.connect(self.begin)
        self.stop.clicked.connect(self.ask_to_stop)
        self.show_it.clicked.connect(self._show_offered)
        self.shut.clicked.connect(self.close)
        self.path.textChanged.connect(self._show_state)
        self.path.textChanged.connect(self.python.list_for)
        theme.changed.connect(self.restyle)
        self.restyle()
        self._show_state()

    def _compose(self) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(24, 20, 24, 12)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        rows: tuple[tuple[str, QWidget], ...] = (("Script", self.path), ("Arguments", self.arguments), ("Python", self.python))
        for row, (words, field) in enumerate(rows):
            label = QLabel(words)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1, 1, 2 if field is self.python else 1)
        grid.addWidget(self.choose, 0, 2)
        bounds = QHBoxLayout()
        bounds.setSpacing(8)
        bounds.addWidget(self.steps)
        bounds.addWidget(QLabel("backward passes"))
        bounds.addSpacing(24)
        memory = QLabel("Memory")
        memory.setBuddy(self.memory)
        bounds.addWidget(memory)
        bounds.addWidget(self.memory)
        bounds.addStretch(1)
        record = QLabel("Record")
        record.setBuddy(self.steps)
        grid.addWidget(record, 3, 0)
        grid.addLayout(bounds, 3, 1, 1, 2)
        middle = QVBoxLayout()
        middle.setContentsMargins(24, 0, 24, 12)
        middle.setSpacing(8)
        middle.addWidget(self.output, 1)
        middle.addWidget(self.status)
        lay_out_dialog(self, self._theme, [(grid, 0), (middle, 1)], [self.show_it, self.shut, self.record], [self.stop])

    @property
    def running(self) -> bool:
        """Whether a script runs."""
        return self._timer.isActive() and not self.asking

    @property
    def asking(self) -> bool:
        """Whether a script waits for its Python, which was asked whether it can run it."""
        return self._asking is not None

    def set_script(self, path: str, note: str = "") -> None:
        """Suggest the script at ``path``, with a ``note`` on it; nothing runs yet."""
        if not self.running and not self.asking:
            self.path.setText(path)
            self.say(note or TRUST)
            # Where one types another path, or presses Return.
            self.path.setFocus()
            self.path.selectAll()

    def set_form(self, arguments: str, steps: float, memory: float, python: str) -> None:
        """Suggest arguments, bounds (backward passes and gigabytes, 0 for none) and a choice of ``PythonBox``."""
        self.arguments.setText(arguments)
        self.steps.setValue(round(steps))
        self.memory.setValue(round(memory))
        self.python.set_choice(python)

    def form(self) -> dict[str, str | float]:
        """What is filled in: path, arguments, steps, memory, python."""
        return {
            "path": self.path.text().strip(),
            "arguments": self.arguments.text(),
            "steps": float(self.steps.value()),
            "memory": float(self.memory.value()),
            "python": self.python.choice,
        }

    @property
    def script_folder(self) -> Path:
        """Where the script that is filled in lies."""
        return Path(self.path.text().strip()).absolute().parent

    def say(self, text: str) -> None:
        """Tell ``text`` below the output."""
        self.status.setText(text)

    def set_folder(self, folder: str) -> None:
        """Where to look for scripts at first."""
        self._folder = folder

    # The run -----------------------------------------------------------------------------------------------------

    @Slot()
    def begin(self) -> None:
        """Run the script that is named."""
        script = self.path.text().strip()
        if self.running or self.asking or not script:
            return
        try:
            arguments = shlex.split(self.arguments.text())
        except ValueError as error:
            self.status.setText(f"The arguments cannot be read: {error}.")
            return
        self.release()
        self.output.start_over()
        self._script = script
        self._errors = self.told = self.ended = self._end = ""
        self.begun.emit()
        self._wanted = arguments, self.steps.value() or None, self.memory.value() * GIGABYTE or None
        self._asking = Asking(script, self.python.choice, self._find)
        self.status.setText("Looking for its Python…")
        self._timer.start()
        self._show_state()
        self.output.setFocus()

    def _look_for_python(self, asking: Asking) -> None:
        try:
            found = asking.found
            if found is None:
                if asking.asked:
                    self.status.setText(f"Asking {asking.asked} whether it can run the script…")
                return
            self._asking = None
            python, self._passed = found
            for reason in self._passed:
                self.output.write(f"gradwalk: not used: {reason}\n")
            self._run = self._start(self._script, *self._wanted, python)
        except (OSError, RuntimeError, ValueError, InterpreterError) as error:
            self._asking = None
            self._timer.stop()
            self.status.setText(f"The script could not be started: {str(error).removesuffix('.')}.")
        else:
            self._tell(f"Starting with {self._run.python}…", "starting…")
        self._show_state()

    @Slot()
    def ask_to_stop(self) -> None:
        """Interrupt the script, and what was recorded up to there is kept; or do not begin with it."""
        if self._asking is not None:
            self._give_up()
            self.status.setText("Nothing was run.")
        elif self._run is not None and self.running:
            self._run.stop()
            self.stop.setEnabled(False)
            self._tell("Stopping…")

    def _tell(self, progress: str, short: str = "") -> None:
        self.status.setText(progress)
        self.progress = f"{Path(self._script).name}: {short or progress[0].lower() + progress[1:]}"
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
                self.output.write(text, left_out)
                text = ""
                self._finish(event)
        if text:
            self.output.write(text, left_out)

    def _show_progress(self, event: Progress) -> None:
        if not self.stop.isEnabled() and event.phase in ("starting", "running"):
            return
        at = f"line {event.line}" if event.line is not None and event.phase == "running" else ""
        counts = [_count(event.operations, "operation"), _count(event.passes, "backward pass"), f"{event.seconds:.0f} s"]
        enough = event.phase == "running" and 0 < self.steps.value() <= event.passes
        after = "recording is complete, the script runs on" if enough else ""
        parts = [_PHASES.get(event.phase, event.phase), at, *counts, after]
        self._tell(" · ".join(part for part in parts if part), " · ".join(counts) if event.phase == "running" else "")

    def _finish(self, event: Finished) -> None:
        self._timer.stop()
        problem = event.problem
        if problem is not None:
            if problem.traceback and problem.traceback.strip() not in self._errors:
                self.output.write(f"\n{problem.traceback}")
            kept = "What was recorded up to there is shown." if event.recording is not None else "Nothing was recorded."
            self.ended = problem.message
            self.told = " ".join(_sentence(part) for part in (problem.message, problem.hint) if part)
            self.status.setText(f"{self.told} {kept}")
        else:
            shown = "; its recording is shown" if event.recording is not None else ""
            passed = "".join(f" Not used: {reason}" for reason in self._passed)
            self.status.setText(f"The script has ended{shown}. It ran in {self._run.python}.{passed}")
        self._end = self.status.text()
        self._show_state()
        if event.recording is not None:
            self.recorded.emit(str(event.recording), self._script, problem is None and not self._passed)

    def offer(self, path: str) -> None:
        """The recording in ``path`` was not shown, because another one is to be kept; it can be shown later."""
        self.offered = path
        self.say("Its recording is not shown: the one in the window stays. It can be shown as long as this is open.")
        self._show_state()
        self.show()

    def tell_shown(self) -> None:
        """The recording that was offered is shown now: what was said at the script's end holds again."""
        self.say(self._end)

    @Slot()
    def _show_offered(self) -> None:
        self.recorded.emit(self.offered, self._script, False)

    def _give_up(self) -> None:
        if self._asking is not None:
            self._timer.stop()
            self._asking.end()
            self._asking = None
            self._show_state()

    def release(self) -> None:
        """Let go of the run and its temporary file; end it if it still runs."""
        self._give_up()
        self._timer.stop()
        self.offered = ""
        if self._run is not None:
            self._run.close()
            self._run = None
        self._show_state()

    # The dialog --------------------------------------------------------------------------------------------------

    @Slot()
    def _choose(self) -> None:
        folder = str(Path(self.path.text()).parent) if self.path.text() else self._folder
        path = QFileDialog.getOpenFileName(self, "Choose a script", folder, "Python scripts (*.py);;All files (*)")[0]
        if path:
            self.path.setText(path)

    @Slot()
    def _show_state(self) -> None:
        running = self.running
        busy = running or self.asking
        self.stop.setEnabled(busy)
        self.stop.setToolTip("Do not wait for the answer, and run nothing" if self.asking else STOP)
        self.show_it.setVisible(bool(self.offered))
        self.shut.setText("Hide" if running else "Close")
        self.shut.setAccessibleName(self.shut.text())
        hides = "Hide this; the script goes on, and the toolbar says how far it is (Esc)"
        self.shut.setToolTip(hides if running else "Close this (Esc)")
        self.record.setEnabled(not busy and bool(self.path.text().strip()))
        for field in (self.path, self.arguments, self.choose, self.steps, self.memory, self.python):
            field.setEnabled(not busy)
        self.changed.emit()

    @Slot()
    def restyle(self) -> None:
        """Take fonts and colours from the theme again."""
        theme = self._theme
        self.output.setFont(mono_font(12 * theme.scale))
        self.output.setStyleSheet(
            f"QPlainTextEdit {{ background: {theme.hex('sunken')}; border: 1px solid {theme.hex('line')}; border-radius: 6px; }} "
            f"QPlainTextEdit:focus {{ border: 2px solid {theme.hex('focus')}; }}"
        )

    def reject(self) -> None:
        """Esc closes."""
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        # QDialog's own would ask reject() and stay where that only closes.
        if not self.running:
            self.release()
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.changed.emit()

    def end(self) -> None:
        """End a script that runs, and close."""
        self.release()
        self.close()


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}{'es' if name.endswith('s') else 's'}"


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."

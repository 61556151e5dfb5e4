"""The dialog that records a script: what it asks for, shows and stops. The script's process is played by the test."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.scripts import Finished, Output, Progress, interpreters
from engine.scripts.asking import Question
from engine.scripts.events import Event, ScriptProblem
from engine.scripts.interpreters import Interpreter, InterpreterError, own
from gui.documents.scripts.dialog import ScriptDialog
from gui.documents.scripts.form import GIGABYTE
from gui.documents.scripts.python import Found
from gui.look.theme import ThemeManager
from gui.widgets.terminal import LONGEST_LINE, MOST_AT_ONCE, MOST_LINES, ScriptOutput
from tests.engine.script_runs import ends


class Played:
    """A run whose events the test provides."""

    def __init__(self) -> None:
        self.python = "/x/bin/python (Python 3.12.1, torch 2.9.0)"
        self.found: Found = own(), []
        self.choice = ""
        self.asked: tuple[object, ...] | None = None
        self.events: list[Event] = []
        self.stopped = self.closed = 0

    def find(self, script: str, choice: str, question: Question) -> Found:
        if choice == "/broken/python":
            raise InterpreterError("/broken/python has no torch. Install it there.")
        self.choice = choice
        return self.found

    def start(self, path: str, arguments: Sequence[str], steps: int | None, memory: int | None, python: Interpreter) -> Played:
        assert python is self.found[0]
        self.asked = path, list(arguments), steps, memory
        return self

    def poll(self, timeout: float) -> list[Event]:
        events, self.events = self.events, []
        return events

    def stop(self) -> None:
        self.stopped += 1

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def run() -> Played:
    return Played()


@pytest.fixture
def dialog(qtbot: QtBot, run: Played) -> ScriptDialog:
    dialog = ScriptDialog(ThemeManager("light"), start=run.start, find=run.find)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def begin(qtbot: QtBot, dialog: ScriptDialog) -> None:
    dialog.set_script("train.py")
    qtbot.mouseClick(dialog.record, Qt.MouseButton.LeftButton)
    until_begun(qtbot, dialog)


def until_begun(qtbot: QtBot, dialog: ScriptDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.script.asking, timeout=5_000)


def until_taken(qtbot: QtBot, run: Played) -> None:
    qtbot.waitUntil(lambda: not run.events, timeout=5_000)


def test_nothing_can_be_recorded_without_a_script(dialog: ScriptDialog, run: Played) -> None:
    assert not dialog.record.isEnabled() and not dialog.stop.isEnabled()
    dialog.begin()
    assert run.asked is None and not dialog.script.running


def test_arguments_and_bounds_are_handed_over(qtbot: QtBot, dialog: ScriptDialog, run: Played) -> None:
    dialog.form.arguments.setText("--epochs 3 'a b'")
    begin(qtbot, dialog)
    assert run.asked == ("train.py", ["--epochs", "3", "a b"], None, None)
    run.events = [Finished(None, None, 0)]
    qtbot.waitUntil(lambda: not dialog.script.running, timeout=5_000)
    dialog.form.steps.setFocus()
    dialog.form.steps.selectAll()
    qtbot.keyClicks(dialog.form.steps, "2")
    dialog.form.memory.selectAll()
    qtbot.keyClicks(dialog.form.memory, "4")
    dialog.form.memory.interpretText()
    dialog.form.steps.interpretText()
    dialog.begin()
    until_begun(qtbot, dialog)
    assert run.asked == ("train.py", ["--epochs", "3", "a b"], 2, 4 * GIGABYTE)
    assert (dialog.form.steps.text(), dialog.form.memory.text()) == ("2", "4 GB")
    dialog.release()
    dialog.form.memory.setValue(0)
    assert dialog.form.memory.text() == "no limit"


def test_arguments_that_are_no_shell_words_are_refused(dialog: ScriptDialog, run: Played) -> None:
    dialog.set_script("train.py")
    dialog.form.arguments.setText("'open")
    dialog.begin()
    assert run.asked is None and "cannot be read" in dialog.status.text()


def test_a_run_is_seen_stopped_and_ends(qtbot: QtBot, dialog: ScriptDialog, run: Played, tmp_path: Path) -> None:
    begin(qtbot, dialog)
    assert not dialog.form.path.isEnabled() and dialog.stop.isEnabled() and not dialog.record.isEnabled()
    run.events = [Output("one\n", "stdout"), Progress(1, 1, 2.0, "running", 7)]
    until_taken(qtbot, run)
    assert dialog.output.toPlainText() == "one\n"
    assert dialog.status.text() == "Running · line 7 · 1 operation · 1 backward pass · 2 s"
    assert dialog.script.progress == "train.py: 1 operation · 1 backward pass · 2 s"
    qtbot.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    assert run.stopped == 1 and not dialog.stop.isEnabled()
    recorded: list[tuple[str, str, bool]] = []
    dialog.recorded.connect(lambda *told: recorded.append(told))
    file = tmp_path / "train.gradwalk"
    run.events = [Finished(file, ScriptProblem("stopped", "It was stopped in line 7"), 130)]
    qtbot.waitUntil(lambda: not dialog.script.running, timeout=5_000)
    assert recorded == [(str(file), "train.py", False)]
    assert dialog.status.text() == "It was stopped in line 7. What was recorded until then is shown."
    assert run.closed == 0 and dialog.record.isEnabled()
    dialog.release()
    assert run.closed == 1


def test_a_traceback_is_shown_once(qtbot: QtBot, dialog: ScriptDialog, run: Played) -> None:
    trace = "Traceback (most recent call last):\n  line 3\nValueError: no\n"
    problem = ScriptProblem("failed", "ValueError: no", traceback=trace)
    begin(qtbot, dialog)
    run.events = [Output(trace, "stderr"), Finished(None, problem, 1)]
    qtbot.waitUntil(lambda: not dialog.script.running, timeout=5_000)
    assert dialog.output.toPlainText().count("Traceback") == 1
    begin(qtbot, dialog)
    run.events = [Finished(None, problem, 1)]
    qtbot.waitUntil(lambda: not dialog.script.running, timeout=5_000)
    assert dialog.output.toPlainText().count("Traceback") == 1
    assert dialog.status.text() == "ValueError: no. Nothing was recorded."


def test_a_start_that_fails_is_said(qtbot: QtBot) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no room")

    dialog = ScriptDialog(ThemeManager("dark"), start=refuse, find=lambda *_: (own(), []))
    qtbot.addWidget(dialog)
    dialog.set_script("train.py")
    dialog.begin()
    until_begun(qtbot, dialog)
    assert dialog.status.text() == "The script could not be started: no room." and not dialog.script.running
    assert dialog.record.isEnabled()


def test_esc_hides_a_script_that_runs_and_closes_one_that_does_not(qtbot: QtBot, dialog: ScriptDialog, run: Played) -> None:
    begin(qtbot, dialog)
    assert dialog.shut.text() == "Hide"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and run.closed == 0 and dialog.script.running
    run.events = [Finished(None, None, 0)]
    qtbot.waitUntil(lambda: not dialog.script.running, timeout=5_000)
    dialog.show()
    assert dialog.shut.text() == "Close"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and run.closed == 1


def test_what_is_typed_takes_the_place_of_what_was_suggested(qtbot: QtBot, dialog: ScriptDialog, run: Played) -> None:
    for suggested, typed in (("", "first.py"), ("first.py", "other.py"), ("other.py", "")):
        dialog.form.arguments.setFocus()
        dialog.set_script(suggested)
        field = dialog.focusWidget()
        assert field is dialog.form.path
        qtbot.keyClicks(field, typed)
        assert dialog.form.path.text() == (typed or suggested)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    until_begun(qtbot, dialog)
    assert run.asked is not None and run.asked[0] == "other.py"
    dialog.end()


def test_return_begins_and_never_stops(qtbot: QtBot, dialog: ScriptDialog, run: Played) -> None:
    dialog.set_script("train.py")
    dialog.form.path.setFocus()
    qtbot.keyClick(dialog.form.path, Qt.Key.Key_Return)
    until_begun(qtbot, dialog)
    assert dialog.script.running
    for widget in (dialog, dialog.stop, dialog.output):
        qtbot.keyClick(widget, Qt.Key.Key_Return)
    assert run.stopped == 0 and dialog.isVisible()
    dialog.end()
    assert run.closed == 1 and not dialog.isVisible()


def test_a_recording_that_has_all_its_passes_is_said_while_the_script_runs_on(
    qtbot: QtBot, dialog: ScriptDialog, run: Played
) -> None:
    dialog.form.set_values("--fast", 2.0, 3.0, "own")
    assert dialog.form.values() == {"path": "", "arguments": "--fast", "steps": 2.0, "memory": 3.0, "python": "own"}
    begin(qtbot, dialog)
    run.events = [Progress(9, 2, 4.0, "running", 5)]
    until_taken(qtbot, run)
    assert "recording is complete, the script runs on" in dialog.status.text()
    dialog.end()


# Output ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def output(qtbot: QtBot) -> ScriptOutput:
    output = ScriptOutput()
    qtbot.addWidget(output)
    return output


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["a\nb"], "a\nb"),
        (["a\r\nb\r\n"], "a\nb\n"),
        (["1%\r2%\r3%"], "3%"),
        (["1%\r", "2%\r", "3%\n", "done"], "3%\ndone"),
        (["half", "\rwhole\nnext"], "whole\nnext"),
        (["kept\r"], "kept"),
        (["kept\r", "\n", "next"], "kept\nnext"),
        (["kept\r", "", "over"], "over"),
        (["\x1b[31mred\x1b[0m text"], "red text"),
        (["a\x1b", "[3", "1mb\x1b[0", "m."], "ab."),
        (["\x1b]0;title\x07x"], "x"),
        (["\r\r\rx"], "x"),
        ([""], ""),
    ],
)
def test_output_looks_as_in_a_terminal(output: ScriptOutput, pieces: list[str], shown: str) -> None:
    for piece in pieces:
        output.write(piece)
    assert output.toPlainText() == shown


def test_output_is_bounded(output: ScriptOutput) -> None:
    output.write("x" * (LONGEST_LINE + 10))
    output.write("y" * 10 + "\nnext")
    first, second = output.toPlainText().split("\n")
    assert len(first) <= LONGEST_LINE + 2 and first.endswith(" …") and second == "next"
    output.start_over()
    for _ in range(3):
        output.write("line\n" * (MOST_LINES + 100))
    assert output.blockCount() <= MOST_LINES
    output.start_over()
    output.write("a" * (MOST_AT_ONCE + 5) + "\nend", left_out=7)
    assert "… 16 characters left out …" in output.toPlainText() and output.toPlainText().endswith("end")


def test_the_python_is_found_or_chosen_and_said(
    qtbot: QtBot, dialog: ScriptDialog, run: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = dialog.form.python
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / ".venv" / ("Scripts" if sys.platform == "win32" else "bin")
    folder.mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    python = folder / ("python.exe" if sys.platform == "win32" else "python")
    python.touch()
    dialog.set_script(str(tmp_path / "train.py"))
    assert (
        box.choice == ""
        and str(python) in box.currentText()
        and [box.itemData(at) for at in range(box.count())]
        == [
            "",
            "own",
            str(python),
            "other",
        ]
    )
    asked: list[object] = []
    monkeypatch.setattr(
        "gui.look.file_dialog.name_to_open",
        lambda *given: (asked.append(given[0]), "/broken/python")[1],
    )
    box.activated.emit(3)
    assert asked == [dialog], "a child of the box takes the style of its list, which cut off the titles of the columns"
    assert box.choice == "/broken/python" == box.currentData() and box.count() == 5
    dialog.begin()
    until_begun(qtbot, dialog)
    assert not dialog.script.running and dialog.status.text().endswith("started: /broken/python has no torch. Install it there.")
    monkeypatch.setattr("gui.look.file_dialog.name_to_open", lambda *_: "")
    box.activated.emit(4)
    assert box.choice == "/broken/python" == box.currentData()
    box.activated.emit(2)
    dialog.begin()
    until_begun(qtbot, dialog)
    assert run.choice == str(python) and not box.isEnabled() and run.python in dialog.status.text()
    run.events = [Finished(None, None, 0)]
    qtbot.waitUntil(lambda: not dialog.script.running, timeout=5_000)
    assert dialog.status.text() == f"The script has ended. It ran in {run.python}."


def test_a_python_that_was_passed_over_is_told_and_the_dialog_stays(qtbot: QtBot, dialog: ScriptDialog, run: Played) -> None:
    run.found = own(), ["/x/.venv/bin/python has no torch. Install it there."]
    told: list[bool] = []
    dialog.recorded.connect(lambda path, script, clean: told.append(clean))
    begin(qtbot, dialog)
    run.events = [Finished(Path("x.gradwalk"), None, 0)]
    qtbot.waitUntil(lambda: not dialog.script.running, timeout=5_000)
    assert dialog.output.toPlainText() == "gradwalk: not used: /x/.venv/bin/python has no torch. Install it there.\n"
    assert dialog.status.text().endswith(f"It ran in {run.python}. Not used: /x/.venv/bin/python has no torch. Install it there.")
    assert told == [False]


# A Python that does not answer -----------------------------------------------------------------------------------


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """A program that never answers and writes its number, and that of what it has started, beside it."""
    path = tmp_path / "python"
    path.write_text(
        f'#!/bin/sh\nsleep 600 &\necho $$ $! > "{tmp_path}/numbers.part"\n'
        f'mv "{tmp_path}/numbers.part" "{tmp_path}/numbers"\nwait\n',
        "utf-8",
    )
    path.chmod(0o755)
    return path


def asks(qtbot: QtBot, dialog: ScriptDialog, python: Path) -> list[int]:
    """Let ``dialog`` ask ``python``; the numbers of the processes."""
    dialog.set_script("train.py")
    dialog.form.python.set_choice(str(python))
    began = time.monotonic()
    dialog.begin()
    assert time.monotonic() - began < 5
    numbers = python.parent / "numbers"
    qtbot.waitUntil(lambda: numbers.exists() and dialog.status.text().startswith("Asking "), timeout=60_000)
    return [int(number) for number in numbers.read_text("utf-8").split()]


@pytest.mark.skipif(sys.platform == "win32", reason="makes an interpreter out of a shell script")
@pytest.mark.parametrize("way", ["stop", "close", "end", "escape"])
def test_a_python_that_does_not_answer_holds_up_nothing_and_is_ended(qtbot: QtBot, run: Played, silent: Path, way: str) -> None:
    dialog = ScriptDialog(ThemeManager("light"), start=run.start)
    qtbot.addWidget(dialog)
    dialog.show()
    numbers = asks(qtbot, dialog, silent)
    assert dialog.status.text() == f"Asking {silent} whether it can run the script…"
    assert dialog.script.asking and not dialog.script.running
    assert not dialog.record.isEnabled() and not dialog.form.path.isEnabled()
    assert dialog.stop.isEnabled() and dialog.shut.text() == "Close"
    dialog.begin()
    dialog.set_script("other.py")
    assert dialog.form.path.text() == "train.py"
    if way == "stop":
        qtbot.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
        assert dialog.status.text() == "Nothing was run." and dialog.record.isEnabled() and not dialog.stop.isEnabled()
    elif way == "escape":
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    else:
        getattr(dialog, way)()
    assert not dialog.script.asking and not dialog.script.running and dialog.isVisible() == (way == "stop") and run.asked is None
    assert all(ends(number) for number in numbers)
    assert not [thread for thread in threading.enumerate() if thread.name == "gradwalk-asks-pythons"]


@pytest.mark.skipif(sys.platform == "win32", reason="makes an interpreter out of a shell script")
def test_a_python_that_never_answers_is_told_in_the_end(qtbot: QtBot, silent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "PATIENCE", 1.0)
    dialog = ScriptDialog(ThemeManager("dark"))
    qtbot.addWidget(dialog)
    dialog.set_script("train.py")
    dialog.form.python.set_choice(str(silent))
    dialog.begin()
    qtbot.waitUntil(lambda: not dialog.script.asking, timeout=60_000)
    why = f"{silent} did not answer in 1 seconds. Choose another Python."
    assert dialog.status.text() == f"The script could not be started: {why}" and dialog.record.isEnabled()
    numbers = silent.parent / "numbers"
    # A slow machine may not have come so far in a second.
    assert all(ends(int(number)) for number in (numbers.read_text("utf-8").split() if numbers.exists() else ()))

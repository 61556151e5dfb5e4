"""Recordings in the window: from files, from scripts, saved, and the program that waits behind them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

import engine
from engine.lessons import examples
from engine.recording import Recording
from gui.session.selection import Selection
from gui.window.main_window import MainWindow
from gui.work.recording_files import RecordingFiles
from tests.gui.opened import Opened, finish

TEXT = "x = torch.tensor([2.], requires_grad=True)\ny = x * x * x\ny.backward()\n"


@pytest.fixture(scope="module")
def recording() -> Recording:
    return engine.run_program(TEXT)


@pytest.fixture
def file(tmp_path: Path, recording: Recording) -> str:
    path = tmp_path / "cube.gradwalk"
    recording.save(path)
    return str(path)


def until_shown(qtbot: QtBot, window: MainWindow) -> Recording:
    qtbot.waitUntil(lambda: window.session.opened is not None, timeout=60_000)
    shown = window.session.recording
    assert shown is not None and window.session.opened is not None and shown is window.session.opened.recording
    qtbot.waitUntil(window.recorded_bar.isVisible)
    return shown


def test_a_file_is_shown_in_the_program_s_place_and_the_program_comes_back(qtbot: QtBot, opened: Opened, file: str) -> None:
    window = opened.with_graph()
    window.session.set_text("a = torch.tensor([3.])\n", immediate=True)
    with qtbot.waitSignal(window.session.recording_changed, timeout=20_000):
        pass
    program, typed = window.session.recording, window.session.text
    assert window.documents.open(file)
    shown = until_shown(qtbot, window)
    assert shown.text == TEXT and window.code.editor.toPlainText() == TEXT and window.code.editor.isReadOnly()
    assert window.windowTitle() == "cube.gradwalk[*] — Gradwalk" and not window.isWindowModified()
    assert window.recorded_bar.isVisible() and not window.actions_by_id["run_code"].isEnabled()
    assert window.training.isVisible() and window.columns.folded == "", "the training is put aside by whoever wants that"
    assert window.session.cursor == 3 < shown.end and len(window.graph.scene.cards) == len(shown.graph.cards)
    window.session.set_cursor(2)
    window.session.set_mode("train")
    assert not window.recorded_bar.isVisible()
    window.session.set_mode("explore")
    assert window.session.recording is shown and window.session.cursor == 2
    window.recorded_bar.back.click()
    assert window.session.recording is program and window.session.text == typed and not window.code.editor.isReadOnly()
    assert window.isWindowModified() and window.actions_by_id["run_code"].isEnabled()
    window.code.editor.undo()
    assert window.code.editor.toPlainText() == examples.DEFAULT.text


def test_a_file_from_the_command_line_needs_neither_torch_nor_the_recorder(
    qtbot: QtBot, opened: Opened, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened.window
    monkeypatch.setattr(window.jobs, "start", lambda: None)
    opened.show(file)
    until_shown(qtbot, window)
    assert window.documents.recent == [file]


def test_what_is_no_recording_is_refused_in_words(qtbot: QtBot, opened: Opened, tmp_path: Path, file: str) -> None:
    window = opened.with_graph()
    shown = window.session.recording
    window.documents.open(tmp_path / "nothing.gradwalk")
    assert "there is no such file" in opened.person.said[-1]
    whole = Path(file).read_bytes()
    for name, content in (("cut.gradwalk", whole[: len(whole) // 2]), ("empty.gradwalk", b""), ("text.gradwalk", b"hello")):
        (tmp_path / name).write_bytes(content)
        said = len(opened.person.said)
        window.documents.open(tmp_path / name)
        qtbot.waitUntil(lambda said=said: len(opened.person.said) > said, timeout=20_000)  # type: ignore[misc]
        assert name in opened.person.said[-1]
    assert window.session.recording is shown and window.session.opened is None
    assert not any(path.endswith(".gradwalk") for path in window.documents.recent)


def test_the_newest_file_asked_for_is_shown(qtbot: QtBot, opened: Opened, file: str, tmp_path: Path) -> None:
    other = tmp_path / "other.gradwalk"
    engine.run_program("z = torch.tensor([1.], requires_grad=True)\n(z * 2).backward()").save(other)
    window = opened.with_graph()
    names: list[str] = []
    window.session.opened_changed.connect(lambda: names.append(window.session.opened.name if window.session.opened else ""))
    window.documents.open(file)
    window.documents.open(other)
    qtbot.waitUntil(lambda: names[-1:] == ["other.gradwalk"], timeout=20_000)


def test_the_shown_recording_is_saved_and_opens_again(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    opened.person.chosen = str(tmp_path / "mine.gradwalk")
    with qtbot.waitSignal(window.files.saved, timeout=20_000):
        window.actions_by_id["save_recording"].trigger()
    assert window.toolbar.status.text == "Saved mine.gradwalk"
    assert Path(opened.person.suggested).name == "cubic.gradwalk"
    again = engine.open_recording(tmp_path / "mine.gradwalk")
    shown = window.session.recording
    assert shown is not None and again.to_json() == shown.to_json()
    opened.person.chosen = str(tmp_path / "no such folder" / "mine.gradwalk")
    window.actions_by_id["save_recording"].trigger()
    qtbot.waitUntil(lambda: bool(opened.person.said), timeout=20_000)
    assert "mine.gradwalk cannot be written: No such file" in opened.person.said[-1]


def script(folder: Path, text: str) -> str:
    path = folder / "train.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


def record(qtbot: QtBot, window: MainWindow, path: str) -> None:
    window.actions_by_id["record_script"].trigger()
    dialog = window.recordings.scripts.dialog
    assert dialog is not None and dialog.isVisible()
    dialog.set_script(path)
    dialog.record.click()
    assert dialog.script.asking or dialog.script.running
    qtbot.waitUntil(lambda: not dialog.script.asking and not dialog.script.running, timeout=60_000)


def test_a_script_is_recorded_shown_and_asked_about_before_it_goes(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    path = script(tmp_path, "import torch\nw = torch.tensor([3.], requires_grad=True)\n(w * w).backward()\nprint(w.grad)\n")
    record(qtbot, window, path)
    shown = until_shown(qtbot, window)
    assert shown.source == "train.py" and window.windowTitle() == "train.py[*] — Gradwalk" and window.isWindowModified()
    dialog = window.recordings.scripts.dialog
    assert dialog is not None and not dialog.isVisible() and "tensor([6.])" in dialog.output.toPlainText()
    opened.person.answer = "cancel"
    window.recorded_bar.back.click()
    window.close()
    assert window.session.opened is not None and window.isVisible()
    opened.person.answer, opened.person.chosen = "save", str(tmp_path / "kept.gradwalk")
    with qtbot.waitSignal(window.files.saved, timeout=20_000):
        window.recorded_bar.back.click()
    assert window.session.opened is None
    assert engine.open_recording(tmp_path / "kept.gradwalk").to_json() == shown.to_json()
    assert str(tmp_path / "kept.gradwalk") in window.documents.recent


def test_a_script_that_fails_shows_what_was_recorded_and_why(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    record(qtbot, window, script(tmp_path, "import torch\na = torch.ones(2, requires_grad=True)\nb = a @ torch.ones(3)\n"))
    shown = until_shown(qtbot, window)
    dialog = window.recordings.scripts.dialog
    assert shown.failed and dialog is not None and dialog.isVisible()
    assert dialog.output.toPlainText().count("Traceback") == 1
    assert "What was recorded until then is shown." in dialog.status.text()
    assert "it ended with an error" in window.recorded_bar._what.text()


def test_a_script_that_was_stopped_is_said_to_be(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    endless = "while True:\n    print('begun', flush=True)\n    time.sleep(0.05)\n"
    first = "import time\nimport torch\nb = torch.ones(2, requires_grad=True).sum()\n"
    window.actions_by_id["record_script"].trigger()
    dialog = window.recordings.scripts.dialog
    assert dialog is not None
    dialog.set_script(script(tmp_path, first + endless))
    dialog.record.click()
    qtbot.waitUntil(lambda: "begun" in dialog.output.toPlainText(), timeout=60_000)
    dialog.stop.click()
    shown = until_shown(qtbot, window)
    assert not shown.failed and window.recorded_bar._what.text().endswith(" · the script was stopped")


def test_recording_again_asks_only_for_a_script_beside_a_file(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    path = script(tmp_path, "import torch\nw = torch.tensor([3.], requires_grad=True)\n(w * w).backward()\n")
    record(qtbot, window, path)
    until_shown(qtbot, window)
    window.recorded_bar.again.click()
    dialog = window.recordings.scripts.dialog
    assert dialog is not None and dialog.isVisible() and dialog.form.path.text() == path and not dialog.script.running
    dialog.close()
    opened.person.chosen = str(tmp_path / "sent.gradwalk")
    with qtbot.waitSignal(window.files.saved, timeout=20_000):
        window.actions_by_id["save"].trigger()
    assert window.windowTitle() == "sent.gradwalk[*] — Gradwalk" and not window.isWindowModified()
    window.recorded_bar.again.click()
    assert dialog.isVisible() and dialog.form.path.text() == path, "it was recorded here, so nothing is asked"
    dialog.close()
    window.documents.open(opened.person.chosen)
    with qtbot.waitSignal(window.session.opened_changed, timeout=20_000):
        pass
    opened.person.answer = "no"
    window.recorded_bar.again.click()
    assert not dialog.isVisible()
    opened.person.answer = "run"
    window.recorded_bar.again.click()
    assert dialog.isVisible() and dialog.form.path.text() == path and not dialog.script.running
    dialog.close()


def test_a_script_that_was_opened_as_a_program_can_be_recorded(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    button = window.code.problem_box.record_button
    window.session.set_text("open('x')", immediate=True)
    qtbot.waitUntil(lambda: window.session.problem is not None, timeout=20_000)
    assert not button.isVisible(), "this would not run by itself"
    opened.person.answer = "discard"
    path = script(tmp_path, "import torch\nfrom torch import nn\nnn.Linear(2, 1)(torch.ones(2)).backward()\n")
    window.documents.open(path)
    qtbot.waitUntil(button.isVisible, timeout=20_000)
    button.click()
    dialog = window.recordings.scripts.dialog
    assert dialog is not None and dialog.isVisible() and dialog.form.path.text() == path and not dialog.script.running
    dialog.form.arguments.setText("--epochs 2")
    dialog.form.steps.setValue(1)
    dialog.record.click()
    assert until_shown(qtbot, window).source == "train.py"
    assert window.settings.value("script/arguments") == "--epochs 2" and window.settings.value("script/steps") == 1.0
    window.recorded_bar.back.click()
    assert window.code.problem_box.isVisible(), "the program waits as it was, with its problem"


@pytest.mark.parametrize("by", ["button", "key"])
def test_a_program_that_is_recorded_gets_its_imports_whichever_way(
    qtbot: QtBot, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """The button ended in ``name 'torch' is not defined``, and F8, which it names, asked for a script by an empty field."""
    window, path = opened.with_graph(), tmp_path / "net.py"
    button = window.code.problem_box.record_button
    text = "model = torch.nn.Linear(2, 1)\nmodel(torch.ones(2)).backward()\n"
    window.session.set_text(text, immediate=True)
    window.code.editor.load(text)
    qtbot.waitUntil(button.isVisible, timeout=20_000)
    monkeypatch.setattr(opened.person, "choose_to_save", lambda suggestion: str(path))
    if by == "button":
        button.click()
    else:
        window.actions_by_id["record_script"].trigger()
    dialog = window.recordings.scripts.dialog
    assert dialog is not None and dialog.isVisible() and dialog.form.path.text() == str(path)
    assert path.read_text() == "import torch\n" + text
    window.code.undo()
    assert window.session.text == text
    dialog.close()


def test_closing_the_window_asks_and_then_ends_a_script_that_runs(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    window.actions_by_id["record_script"].trigger()
    dialog = window.recordings.scripts.dialog
    assert dialog is not None
    dialog.set_script(script(tmp_path, "print('begun', flush=True)\nwhile True:\n    pass\n"))
    dialog.record.click()
    qtbot.waitUntil(lambda: "begun" in dialog.output.toPlainText(), timeout=60_000)
    process = dialog.script._run._process
    opened.person.answer = "cancel"
    assert not window.close() and window.isVisible() and dialog.script.running and process.is_alive()
    assert opened.person.said == ["end train.py?"]
    opened.person.answer = "discard"
    assert window.close()
    assert not dialog.script.running and not process.is_alive() and not dialog.isVisible()


# Nothing is lost -------------------------------------------------------------------------------------------------


class Held:
    """Reading and writing that wait until the test lets them go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, files: RecordingFiles) -> None:
        self.go = threading.Event()
        read, write = files._read, files._write

        def held_read(path: str, cancel: Callable[[], bool]) -> Recording:
            self.wait()
            return read(path, cancel)

        def held_write(recording: Recording, path: str) -> None:
            self.wait()
            write(recording, path)

        monkeypatch.setattr(files, "_read", held_read)
        monkeypatch.setattr(files, "_write", held_write)

    def wait(self) -> None:
        assert self.go.wait(60)


def test_a_file_that_takes_long_is_said_and_need_not_be_waited_for(
    qtbot: QtBot, opened: Opened, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened.with_graph()
    held, status = Held(monkeypatch, window.files), window.toolbar.status
    program = window.session.recording
    window.documents.open(file)
    qtbot.waitUntil(lambda: status.text == "Opening cube.gradwalk…", timeout=20_000)
    assert status.end.isVisible() and status.end.accessibleName() == "Do not open it"
    status.end.click()
    assert status.text == "" and not status.end.isVisible()
    window.documents.open(file)
    qtbot.waitUntil(lambda: status.text == "Opening cube.gradwalk…", timeout=20_000)
    window.actions_by_id["stop"].trigger()
    assert status.text == ""
    held.go.set()
    window.documents.open(file)
    until_shown(qtbot, window)
    assert window.session.recording is not program


def test_a_file_opens_while_the_recorder_is_at_work(qtbot: QtBot, opened: Opened, file: str) -> None:
    window = opened.with_graph()
    window.session.set_text("x = torch.zeros(1)\nfor i in range(10**9):\n    x = x + 1\n", immediate=True)
    qtbot.waitUntil(lambda: window.session.busy, timeout=20_000)
    window.documents.open(file)
    until_shown(qtbot, window)
    assert window.session.busy
    window.runs.stop()


def test_the_window_stays_until_all_is_saved(
    qtbot: QtBot, opened: Opened, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened.with_graph()
    held = Held(monkeypatch, window.files)
    for name in ("one", "two"):
        opened.person.chosen = str(tmp_path / f"{name}.gradwalk")
        window.actions_by_id["save_recording"].trigger()
    window.close()
    assert window.isVisible()
    qtbot.waitUntil(lambda: window.toolbar.status.text == "Saving one.gradwalk…", timeout=20_000)
    held.go.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    assert all((tmp_path / f"{name}.gradwalk").is_file() for name in ("one", "two"))


def test_an_unsaved_recording_comes_back_when_it_cannot_be_written(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    record(qtbot, window, script(tmp_path, "import torch\ntorch.ones(2, requires_grad=True).sum().backward()\n"))
    shown = until_shown(qtbot, window)
    opened.person.answer, opened.person.chosen = "save", str(tmp_path / "no such folder" / "mine.gradwalk")
    with qtbot.waitSignal(window.files.not_saved, timeout=20_000):
        window.recorded_bar.back.click()
    assert "cannot be written" in opened.person.said[-1]
    assert window.session.recording is shown and window.isWindowModified()


def test_another_script_is_not_shown_over_an_unsaved_recording(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    first = script(tmp_path, "import torch\ntorch.ones(2, requires_grad=True).sum().backward()\n")
    record(qtbot, window, first)
    kept = until_shown(qtbot, window)
    record(qtbot, window, first)
    qtbot.waitUntil(lambda: window.session.recording is not kept, timeout=20_000)
    kept = until_shown(qtbot, window)
    opened.person.answer = "cancel"
    (tmp_path / "more").mkdir()
    record(qtbot, window, script(tmp_path / "more", "import torch\ntorch.zeros(2, requires_grad=True).sum().backward()\n"))
    dialog = window.recordings.scripts.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.show_it.isVisible, timeout=20_000)
    assert window.session.recording is kept and dialog.isVisible()
    opened.person.answer = "discard"
    dialog.show_it.click()
    qtbot.waitUntil(lambda: window.session.recording is not kept, timeout=20_000)
    assert not dialog.show_it.isVisible() and dialog.status.text().startswith("The script has ended; its recording is shown.")


def test_a_file_opens_where_one_looked_when_it_was_left(qtbot: QtBot, opened: Opened, file: str) -> None:
    """A file used to open at the same operation, but with neither the zoom nor the selected card."""
    window = opened.with_graph(file)
    until_shown(qtbot, window)
    view = window.graph.view
    qtbot.waitUntil(lambda: len(window.graph.scene.cards) == 4)
    qtbot.wait(500)
    chosen = window.session.recording.graph.cards[1].id  # type: ignore[union-attr]
    view.camera.zoom_to(0.6)
    view.camera.pan(QPointF(40, 30))
    window.session.pointed.select(Selection(card=chosen))
    before = view.camera.zoom, view.mapFromScene(window.graph.scene.places.goal(chosen))
    finish(qtbot, window)
    window = opened.make()
    opened.with_graph(file)
    until_shown(qtbot, window)
    qtbot.waitUntil(lambda: window.session.pointed.selection.card == chosen)
    qtbot.wait(500)
    view = window.graph.view
    after = view.camera.zoom, view.mapFromScene(window.graph.scene.places.goal(chosen))
    assert after[0] == before[0] and (after[1] - before[1]).manhattanLength() <= 2
    window.graph.fitting.fit_whole()
    window.session.pointed.select_nothing()
    whole = window.graph.view.camera.zoom
    finish(qtbot, window)
    window = opened.make()
    opened.with_graph(file)
    until_shown(qtbot, window)
    qtbot.wait(500)
    assert window.session.pointed.selection.card is None and window.graph.view.camera.zoom == whole, "the whole is no place"

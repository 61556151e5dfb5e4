"""What a killed window had recorded comes back, and nothing is left of what was saved or discarded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import engine
from engine.scripts.kept.keeper import PARENT_GONE
from gui.documents.kept_recordings import KeptRecordings
from tests.gui.documents.test_recordings import until_shown
from tests.gui.opened import Opened

ENDLESS = """import os, time, torch
open("pid", "w").write(str(os.getpid()))
w = torch.ones(3, requires_grad=True)
while True:
    (w * 2).sum().backward()
    time.sleep(0.02)
"""
SHORT = "import torch\n(torch.ones(3, requires_grad=True) * 2).sum().backward()\n"
WINDOW = """import sys, time
from pathlib import Path
from engine.scripts import Finished, Progress
from engine.scripts.interpreters import own
from gui.documents.kept_recordings import KeptRecordings
from gui.documents.scripts.watched import start_script

run = start_script(sys.argv[2], [], None, None, own(), KeptRecordings(Path(sys.argv[1])).place)
while True:
    for event in run.poll(None):
        if (isinstance(event, Progress) and event.passes > 2 and event.phase == "running") or isinstance(event, Finished):
            print("now", flush=True)
"""


def kill_a_window(folder: Path, script: Path) -> None:
    """What a window does with a script, in a process that is killed while it does so."""
    with subprocess.Popen([sys.executable, "-c", WINDOW, str(folder), str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "now\n"
        process.kill()


def wait_for(folder: Path) -> Path:
    deadline = time.monotonic() + 120
    while not (found := [*folder.glob("*/*/[!.]*.gradwalk")]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found[0]


@pytest.mark.skipif(sys.platform == "win32", reason="a process of this number may be another one there")
def test_a_script_whose_window_is_killed_ends_and_its_recording_comes_back(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    folder, script = window.documents.unsaved_folder / "recordings", tmp_path / "train.py"
    script.write_text(ENDLESS)
    kill_a_window(folder, script)
    path = wait_for(folder)
    with pytest.raises(ProcessLookupError):
        for _ in range(600):
            os.kill(int((tmp_path / "pid").read_text()), signal.SIG_DFL)
            time.sleep(0.05)
    assert PARENT_GONE in engine.open_recording(path).notes
    assert window.recordings.offer_left()
    shown = until_shown(qtbot, window)
    assert len(shown.passes) > 2 and shown.text == ENDLESS
    assert window.session.opened is not None and window.session.opened.script == str(script)
    assert window.isWindowModified(), "it is in no file of the person's yet"
    kept = Path(window.session.opened.kept)
    assert kept.is_file() and not path.exists()
    saved = tmp_path / "saved.gradwalk"
    window.files.save(shown, str(saved))
    qtbot.waitUntil(lambda: not kept.exists(), timeout=20_000)
    assert saved.is_file() and not window.recordings.offer_left()


@pytest.mark.parametrize("text_comes_back", [True, False])
def test_unsaved_text_and_a_recording_are_both_offered(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, text_comes_back: bool
) -> None:
    window = opened.window
    asked: list[str] = []

    def offer(what: str, answer: bool) -> bool:
        asked.append(what)
        return answer

    monkeypatch.setattr(window.documents, "offer_unsaved", lambda: offer("text", text_comes_back))
    monkeypatch.setattr(window.recordings, "offer_left", lambda: offer("recording", False))
    window.start()
    assert asked == ["text", "recording"]


def test_a_recording_that_nobody_saved_before_the_kill_is_offered_and_may_be_discarded(
    qtbot: QtBot, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened.window
    folder, script = window.documents.unsaved_folder / "recordings", tmp_path / "train.py"
    script.write_text(SHORT)
    kill_a_window(folder, script)
    assert wait_for(folder).is_file()
    asked: list[str] = []
    monkeypatch.setattr(opened.person, "ask_to_restore_recording", asked.append)  # which says no
    assert not window.recordings.offer_left() and asked == ["train.py"]
    assert not window.recordings.offer_left() and asked == ["train.py"]
    assert not [*folder.glob("*/*/*.gradwalk")]


def test_what_a_running_window_keeps_is_its_own_until_it_closes(tmp_path: Path) -> None:
    one, other = KeptRecordings(tmp_path), KeptRecordings(tmp_path)
    path = one.place("/some/train.py")
    assert path is not None and path.name == "train.gradwalk"
    path.write_bytes(b"something")
    assert other.left_behind() == ([], False)
    one.drop(tmp_path / "elsewhere.gradwalk")
    one.drop(path)
    assert not path.parent.exists()
    one.close()
    assert [*tmp_path.iterdir()] == []


def test_what_is_being_written_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = KeptRecordings(tmp_path), KeptRecordings(tmp_path)
    path = one.place("train.py")
    assert path is not None and one._lock is not None
    one._lock.unlock()  # as if its process were gone
    assert other.left_behind() == ([], True)
    path.write_bytes(b"something")
    (left,), waits = other.left_behind()
    assert (left.path, left.script, waits) == (path, "train.py", False)
    path.unlink()
    monkeypatch.setattr("gui.documents.kept_recordings.BEING_WRITTEN", 0.0)
    assert other.left_behind() == ([], False) and not path.parent.exists()

"""Where programs and files open, how the user learns that Space plays, and what is there again at the next start."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine import run_program
from engine.graph.labels import first_view
from engine.lessons.examples import PRESETS
from gui.documents.autosave import Autosave
from gui.documents.documents import Documents
from gui.documents.places import Places
from gui.look.theme import ThemeManager
from gui.panels.timeline.bar import TransportBar
from gui.panels.timeline.player import Player
from gui.session.session import Session
from gui.session.settings import Settings
from gui.session.subject import Opened
from tests.engine.plain_torch import run

CUBIC = "a = torch.tensor([5.], requires_grad=True)\ny = a**3\ny.backward()"
STEPS = "w = torch.tensor([1.], requires_grad=True)\nfor i in range(2):\n    y = w * w\n    y.backward()\n    w.grad.zero_()"


class Answers:
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, title: str, text: str) -> None:
        self.said.append(text)

    def ask_to_save(self, name: str) -> str:
        self.said.append(name)
        return "discard"

    def ask_to_restore(self, name: str) -> bool:
        return False

    def ask_to_restore_recording(self, name: str) -> bool:
        return True


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.ini")


def documents(session: Session, settings: Settings, tmp_path: Path) -> Documents:
    return Documents(session, Answers(), settings, Autosave(tmp_path / "unsaved"))  # type: ignore[arg-type]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.file)
def test_no_example_opens_on_its_epilogue(preset: object) -> None:
    recording = run_program(preset.text)  # type: ignore[attr-defined]
    cursor = first_view(recording)
    assert 0 < cursor < recording.end
    assert recording.moments[cursor].kind == "seed" and recording.moments[cursor - 1].phase == "forward"


def test_a_program_opens_after_its_forward_and_without_backward_at_its_end(qapp: object) -> None:
    session = Session()
    for text, cursor in ((CUBIC, 2), (STEPS, 2), ("a = torch.ones(2)\nb = a + 1", 2)):
        session.replace_text(text)
        session.show_recording(run(text))
        assert session.cursor == cursor


def test_an_edit_stays_at_its_moment_and_a_mended_one_goes_back_there(qapp: object) -> None:
    session = Session()
    session.replace_text(CUBIC)
    session.show_recording(run(CUBIC))
    session.set_cursor(4)
    session.show_recording(run(CUBIC.replace("5.", "-12.75")))
    assert session.cursor == 4
    session.show_recording(run(CUBIC + "\nz = a * 2"))
    assert session.cursor == first_view(session.recording)  # type: ignore[arg-type]
    session.set_cursor(session.recording.end)  # type: ignore[union-attr]
    session.show_recording(run(CUBIC))
    assert session.cursor == session.recording.end, "who went to the end stays there"  # type: ignore[union-attr]


def test_what_is_typed_into_an_empty_program_does_not_open_on_its_epilogue(qapp: object) -> None:
    session = Session()
    session.replace_text("")
    session.show_recording(run(""))
    for text in ("a = torch.tensor([5.], requires_grad=True)", "a = torch.tensor([5.], requires_grad=True)\ny = a**3", CUBIC):
        session.set_text(text)
        session.show_recording(run(text))
    assert session.cursor == 2


def test_the_hint_stays_until_someone_goes_on_and_never_comes_again(qtbot: QtBot, settings: Settings) -> None:
    for used in (False, True):
        session = Session(settings=settings)
        player = Player(session)
        bar = TransportBar(session, ThemeManager("light"), player)
        qtbot.addWidget(bar)
        bar.resize(1180, 104)
        bar.show()
        assert not bar.play.isEnabled() and not bar.hint.isVisible(), "there is nothing to play"
        session.show_recording(run(CUBIC))
        assert bar.hint.isVisible() is not used
        assert bar.hint.accessibleName() == "Press Space to play, or → for one operation"
        assert not bar.hint.geometry().intersects(bar.play.geometry())
        shown, cursor = session.recording, session.cursor
        session.subject.take(None)
        session.recording_changed.emit()
        assert not bar.hint.isVisible(), "as in a mode in which nothing was run yet"
        session.subject.take(shown, cursor)
        session.recording_changed.emit()
        player.seek(1)
        assert bar.hint.isVisible() is not used
        QTest.mouseClick(bar.next, Qt.MouseButton.LeftButton)
        assert not bar.hint.isVisible()


def test_a_slider_makes_no_unsaved_file_of_an_example_but_typing_does(settings: Settings, tmp_path: Path, qapp: object) -> None:
    session = Session()
    files = documents(session, settings, tmp_path)
    files.load(PRESETS[0])
    text = session.text
    session.set_text(text.replace("5.", "4.2"), immediate=True)
    assert not files.modified and files.may_discard()
    session.set_text(text.replace("5.", "7."))
    assert files.modified
    session.set_text(text)
    assert not files.modified
    slid = text.replace("5.", "4.2")
    session.set_text(slid, immediate=True)
    session.set_text(slid + "#")
    assert files.modified
    session.set_text(slid)
    assert not files.modified, "what was typed is gone again"
    session.set_text("c = torch.tensor([1.], requires_grad=True)\n" + text, immediate=True)
    assert files.modified, "a line that a button wrote is one's own"


def test_a_slider_changes_a_file_of_ones_own(settings: Settings, tmp_path: Path, qapp: object) -> None:
    path = tmp_path / "own.py"
    path.write_text(PRESETS[0].text)
    session = Session()
    files = documents(session, settings, tmp_path)
    assert files.open(path)
    session.set_text(session.text.replace("5.", "4.2"), immediate=True)
    assert files.modified


def test_the_last_file_is_there_again_where_it_was_left(settings: Settings, tmp_path: Path, qapp: object) -> None:
    path = tmp_path / "own.py"
    path.write_text(CUBIC)
    session = Session()
    files = documents(session, settings, tmp_path)
    assert files.resume() == "" and files.name == PRESETS[0].file, "at the first start the program of the house"
    assert files.open(path)
    session.show_recording(run(CUBIC))
    session.set_cursor(4)
    files.close()
    session = Session()
    files = documents(session, settings, tmp_path)
    assert files.resume() == "" and files.path == path and not files.modified
    session.show_recording(run(CUBIC))
    assert session.cursor == 4
    files.close()
    path.write_text(CUBIC + "\nz = a * 2")
    session = Session()
    files = documents(session, settings, tmp_path)
    files.resume()
    session.show_recording(run(session.text))
    assert session.cursor == first_view(session.recording), "another program by now"  # type: ignore[arg-type]
    files.close()
    path.unlink()
    files = documents(Session(), settings, tmp_path)
    assert files.resume() == str(path) and files.name == PRESETS[0].file
    assert files._dialogs.said == [], "nothing has to be answered"  # type: ignore[attr-defined]


def test_a_recording_knows_where_it_was_left(settings: Settings, qapp: object) -> None:
    session = Session()
    places = Places(session, settings)
    recording = run(CUBIC)
    session.set_opened(Opened(recording, "/somewhere/a file.gradwalk", "a file.gradwalk"))
    session.show_recording(recording)
    session.set_cursor(3)
    session.set_opened(None)
    assert places.left_at("/somewhere/a file.gradwalk") == (3, recording.end)
    assert places.last()[1] == ""
    for number in range(30):
        places._keep(f"/other/{number}", 1, 2)
    assert places.left_at("/somewhere/a file.gradwalk") is None and len(settings.value("left_at")) == 20

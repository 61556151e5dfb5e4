"""Programs as files: nothing is lost without a question, and every problem with a file is reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.lessons import examples
from engine.text.kind import LONGEST
from gui.documents.autosave import Autosave
from gui.documents.documents import Documents, FileProblem, read_program, write_program
from gui.session.session import Session
from gui.session.settings import MOST_RECENT_FILES, Settings


class Person:
    """Answers the questions; ``asked`` keeps what was asked or said."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.on_save = "cancel"
        self.restores = True
        self.chosen = ""

    def say(self, title: str, text: str) -> None:
        self.asked.append(text)

    def ask_to_save(self, name: str) -> str:
        self.asked.append(f"save {name}?")
        return self.on_save

    def ask_to_keep(self, name: str) -> str:
        raise AssertionError("a program is no recording")

    def choose_runs(self, suggestion: str) -> str:
        raise AssertionError("a program is no run")

    def ask_to_include(self, names: str, size: int) -> str:
        raise AssertionError("a program is no run")

    def ask_to_keep_code(self, name: str) -> bool:
        raise AssertionError("a program is no run")

    def choose_recording(self, suggestion: str) -> str:
        raise AssertionError("a program is no recording")

    def ask_to_end(self, script: str) -> bool:
        raise AssertionError("a program ends by itself")

    def ask_to_lose(self, export: str) -> bool:
        raise AssertionError("a program ends by itself")

    def ask_to_run(self, script: str) -> bool:
        raise AssertionError("a program runs by itself")

    def ask_to_restore(self, name: str) -> bool:
        self.asked.append(f"restore {name}?")
        return self.restores

    def ask_to_restore_recording(self, name: str) -> bool:
        return self.ask_to_restore(name)

    def choose_to_open(self, folder: str) -> str:
        return self.chosen

    def choose_to_save(self, suggestion: str) -> str:
        return self.chosen


class Desk:
    """A session with its documents, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.person = Person()
        self.session = Session()
        self.settings = Settings(folder / "settings.ini")
        self.autosave = Autosave(folder / "unsaved")
        self.documents = Documents(self.session, self.person, self.settings, self.autosave)
        self.documents.load(examples.DEFAULT)

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.documents.close()


def test_the_default_program_is_the_four_lines(desk: Desk) -> None:
    assert desk.session.text.splitlines() == [
        "a = torch.tensor([5.], requires_grad=True)",
        "b = torch.tensor([6.], requires_grad=True)",
        "y = a**3 - b**2",
        "y.backward()",
    ]
    assert desk.documents.name == "cubic.py"
    assert not desk.documents.modified


def test_every_preset_can_be_read_and_has_a_title() -> None:
    assert len({preset.file for preset in examples.PRESETS}) == len(examples.PRESETS) >= 6
    for preset in examples.PRESETS:
        compile(preset.text, preset.file, "exec")
        assert preset.formula is not None and preset.title


def test_open_edit_save_and_the_mark_for_changes(desk: Desk) -> None:
    path = desk.file("mine.py", "x = 1\r\ny = 2\r\n")
    assert desk.documents.open(path)
    assert desk.session.text == "x = 1\ny = 2\n"
    desk.session.set_text("x = 3\n")
    assert desk.documents.modified
    desk.session.set_text("x = 1\ny = 2\n")
    assert not desk.documents.modified
    desk.session.set_text("x = 4\n")
    assert desk.documents.save()
    assert not desk.documents.modified
    assert path.read_bytes() == b"x = 4\n"
    assert desk.person.asked == []


@pytest.mark.parametrize(
    ("answer", "opened", "saved"), [("cancel", False, False), ("discard", True, False), ("save", True, True)]
)
def test_changes_are_not_lost_without_a_question(desk: Desk, answer: str, opened: bool, saved: bool) -> None:
    first, second = desk.file("first.py", "a = 1\n"), desk.file("second.py", "b = 2\n")
    desk.documents.open(first)
    desk.session.set_text("a = 9\n")
    desk.person.on_save = answer
    assert desk.documents.open(second) is opened
    assert desk.person.asked == ["save first.py?"]
    assert desk.session.text == ("b = 2\n" if opened else "a = 9\n")
    assert first.read_text() == ("a = 9\n" if saved else "a = 1\n")


def test_a_question_names_no_file_that_was_never_made(desk: Desk) -> None:
    """The question used to name a changed example by a file that did not exist."""
    desk.person.on_save = "discard"
    desk.session.set_text("a = 1")
    desk.documents.new()
    desk.session.set_text("a = 1")
    desk.documents.new()
    path = desk.folder / "own.py"
    path.write_text("a = 2\n")
    desk.documents.open(path)
    desk.session.set_text("a = 3")
    desk.documents.new()
    assert desk.person.asked == ["save The example y = a³ − b²?", "save Your new program?", "save own.py?"]


def test_saving_a_new_program_asks_for_a_name_and_may_be_cancelled(desk: Desk) -> None:
    desk.session.set_text("z = 1\n")
    assert not desk.documents.save()
    assert desk.documents.modified
    desk.person.chosen = str(desk.folder / "new.py")
    assert desk.documents.save()
    assert (desk.documents.name, desk.documents.path) == ("new.py", desk.folder / "new.py")


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"x" * (LONGEST + 1), "100 kB"), (b"\xff\xfe\x00x", "UTF-8"), (b"a\0b", "null bytes"), (None, "cannot be opened")],
)
def test_a_file_that_is_no_program_is_refused_in_words(desk: Desk, content: bytes | None, word: str) -> None:
    path = desk.folder / "odd.py"
    if content is not None:
        path.write_bytes(content)
    before = desk.session.text
    assert not desk.documents.open(path)
    assert word in desk.person.asked[0]
    assert desk.session.text == before
    with pytest.raises(FileProblem):
        read_program(path)


def test_a_text_of_exactly_the_limit_is_read(desk: Desk) -> None:
    assert len(read_program(desk.file("large.py", b"#" * LONGEST))) == LONGEST


def test_a_folder_and_a_place_that_cannot_be_written_are_said(desk: Desk) -> None:
    with pytest.raises(FileProblem, match="folder"):
        read_program(desk.folder)
    with pytest.raises(FileProblem, match="cannot be saved"):
        write_program(desk.folder / "missing" / "x.py", "x")


def test_recent_files_are_few_unique_and_newest_first(desk: Desk) -> None:
    paths = [desk.file(f"p{number}.py", "x = 1\n") for number in range(MOST_RECENT_FILES + 2)]
    for path in paths:
        desk.documents.open(path)
    desk.documents.open(paths[5])
    assert len(desk.documents.recent) == MOST_RECENT_FILES
    assert desk.documents.recent[:2] == [str(paths[5]), str(paths[-1])]
    paths[5].unlink()
    assert not desk.documents.open(paths[5])
    assert str(paths[5]) not in desk.documents.recent


def test_unsaved_text_is_offered_after_a_crash_and_only_then(qtbot: QtBot, tmp_path: Path) -> None:
    crashed = Desk(tmp_path)
    path = crashed.file("work.py", "a = 1\n")
    crashed.documents.open(path)
    crashed.session.set_text("a = 2\n")
    crashed.documents.keep_unsaved()
    running = Desk(tmp_path)
    assert not running.documents.offer_unsaved(), "the other window still runs"
    # What a killed process leaves behind: the copy, and a lock that nobody holds.
    kept = next((tmp_path / "unsaved").glob("*.json"))
    data = kept.read_bytes()
    crashed.documents.close()
    assert not kept.exists()
    kept.write_bytes(data)

    after = Desk(tmp_path)
    assert after.documents.offer_unsaved()
    assert after.person.asked == ["restore work.py?"]
    assert (after.session.text, after.documents.path) == ("a = 2\n", path)
    assert after.documents.modified
    assert list((tmp_path / "unsaved").glob("*.json")) == []
    after.documents.keep_unsaved()
    assert json.loads(next((tmp_path / "unsaved").glob("*.json")).read_text())["text"] == "a = 2\n"
    after.documents.save()
    assert list((tmp_path / "unsaved").glob("*.json")) == []
    after.documents.close()


def test_unsaved_text_that_is_declined_does_not_come_again(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "unsaved").mkdir()
    (tmp_path / "unsaved" / "old.json").write_text(json.dumps({"text": "q = 1\n", "path": None, "name": "cubic.py"}))
    (tmp_path / "unsaved" / "torn.json").write_text("{")
    desk = Desk(tmp_path)
    desk.person.restores = False
    before = desk.session.text
    assert not desk.documents.offer_unsaved()
    assert not desk.documents.offer_unsaved()
    assert desk.session.text == before
    assert desk.person.asked == ["restore The example y = a³ − b²?"]


def test_a_table_is_never_read_as_a_program_whatever_it_is_called(desk: Desk) -> None:
    offered: list[str] = []
    desk.documents.table_wanted.connect(offered.append)
    before = desk.session.text
    for name in ("spring.csv", "iris.data", "table"):
        path = desk.file(name, "5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n")
        assert desk.documents.open(path) and offered[-1] == str(path)
    assert desk.session.text == before and len(offered) == 3
    assert desk.documents.open(desk.file("program", "w = torch.tensor(2.0)\n")) and desk.documents.name == "program"

"""Home in the window: shown in place of what is open, and gone as soon as something is opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.lessons.examples import GALLERY, by_file
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened

ROOT = Path(__file__).parents[4]


def at_home(opened: Opened) -> MainWindow:
    window = opened.show()
    window.actions_by_id["home"].trigger()
    return window


def test_it_is_made_when_it_is_shown_first_and_esc_leads_back(opened: Opened) -> None:
    window = opened.show()
    assert window.home.panel is None and window.pages.made("home") is None
    assert window.toolbar._home.sizeHint().width() > 100, "until it was used, its button says what is there"
    QTest.mouseClick(window.toolbar._home, Qt.MouseButton.LeftButton)
    assert window.home.shown and window.home.panel is not None and window.home.panel.isVisible()
    assert not window.columns.isVisible() and window.windowTitle() == "Home[*] — Gradwalk"
    assert window.toolbar._home.isChecked() and window.toolbar._home.sizeHint().width() < 50
    assert not window.toolbar._presets.isVisible() and not window.toolbar._modes.current()
    assert not any(word.isChecked() for word in window.toolbar._modes.words.values())
    off = ("save", "save_as", "export_picture", "run_code", "step", "train", "undo", "zoom_in")
    assert not any(window.actions_by_id[name].isEnabled() for name in off) and not window.toolbar._export.isEnabled()
    on = ("open", "record_script", "home", "mode_explore", "quit", "shortcuts")
    assert all(window.actions_by_id[name].isEnabled() for name in on)
    focus = window.focusWidget()
    assert focus is not None and window.home.panel.isAncestorOf(focus)
    window.actions_by_id["stop"].trigger()
    assert not window.home.shown and window.columns.isVisible() and window.focusWidget() is window.graph.view
    assert window.windowTitle() == "cubic.py[*] — Gradwalk" and window.toolbar._modes.current() == "explore"
    assert window.actions_by_id["run_code"].isEnabled() and window.actions_by_id["mode_explore"].isChecked()


def test_the_keys_of_the_walk_do_nothing_there(opened: Opened, qtbot: QtBot) -> None:
    window = opened.with_graph()
    window.home.show()
    cursor = window.session.cursor
    window.toolbar._open.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Home):
        QTest.keyClick(window.toolbar._open, key)
    assert window.session.cursor == cursor and window.home.shown


@pytest.mark.parametrize("mode", ["explore", "train"])
def test_a_mode_leaves_it(opened: Opened, mode: str) -> None:
    window = at_home(opened)
    window.actions_by_id[f"mode_{mode}"].trigger()
    assert not window.home.shown and window.session.mode == window.toolbar._modes.current() == mode
    window.home.show()
    QTest.mouseClick(window.toolbar._modes.words[mode], Qt.MouseButton.LeftButton)
    assert not window.home.shown and window.toolbar._modes.current() == mode


def test_an_example_opens_without_its_head_before_its_first_gradient(opened: Opened, qtbot: QtBot) -> None:
    window = opened.with_graph()
    window.session.set_mode("train")
    window.home.show()
    assert window.home.panel is not None
    window.home.panel.offers.cards[2].click()
    assert not window.home.shown and window.session.mode == "explore"
    assert window.session.text == by_file("chain_rule.py").text and window.documents.name == "chain_rule.py"
    qtbot.waitUntil(lambda: window.session.recording is not None and not window.session.stale, timeout=60_000)
    assert window.session.recording is not None
    assert window.session.recording.moments[window.session.cursor].kind == "seed"
    assert window.toolbar._presets.placeholderText() == "Chain rule", "it is in no list, and is called by its name"


def test_an_example_that_trains_sets_up_the_training_and_can_be_undone(opened: Opened) -> None:
    window = opened.show()
    before = window.session.run.config
    window.home.show()
    assert window.home.panel is not None
    xor = next(card for card in window.home.panel.offers.cards if card.example.file == "xor.py")
    xor.click()
    assert not window.home.shown and window.session.mode == "train"
    assert window.session.run.config == by_file("xor.py").config != before
    window.session.run.undo_config()
    assert window.session.run.config == before


def test_what_was_open_is_listed_with_its_place_and_a_missing_file_can_be_removed(opened: Opened, tmp_path: Path) -> None:
    kept, gone = tmp_path / "kept.py", tmp_path / "gone.py"
    for path in (kept, gone):
        path.write_text(GALLERY[0].text)
    window = opened.show()
    window.documents.open(gone)
    window.documents.open(kept)
    gone.unlink()
    window.home.show()
    assert window.home.panel is not None
    first, second = (card.file for card in window.home.panel.offers.recent)
    assert (first.name, first.place, first.day, first.missing) == ("kept.py", "open now", "today", False)
    assert (second.name, second.place, second.missing) == ("gone.py", "not found", True)
    window.home.panel.offers.recent[1].remove.click()
    assert [card.file.name for card in window.home.panel.offers.recent] == ["kept.py"]
    window.home.panel.offers.recent[0].click()
    assert not window.home.shown and window.documents.path == kept


def test_a_file_that_is_dropped_or_opened_leaves_it(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(GALLERY[1].text)
    window = at_home(opened)
    window.documents.open(path)
    assert not window.home.shown and window.session.text == GALLERY[1].text
    window.home.show()
    opened.person.chosen = ""
    assert window.home.panel is not None
    window.home.panel.offers.rows[2].click()
    assert window.home.shown, "nothing was chosen"


def test_a_lesson_is_told_to_whoever_shows_it(opened: Opened, qtbot: QtBot) -> None:
    window = at_home(opened)
    assert window.home.panel is not None and window.home.panel.lessons.next_button is not None
    with qtbot.waitSignal(window.home.lesson_wanted, timeout=1000) as told:
        window.home.panel.lessons.next_button.click()
    assert not window.home.shown and window.learning.shown and window.pages.isVisible()
    assert window.learning.bench is not None and window.learning.bench.isVisible()
    assert told.args == ["01-nudge"]


def test_nothing_of_it_is_imported_with_the_window() -> None:
    late = ("gui.panels.home", "markdown_it", "yaml", "engine.lessons.model")
    code = f"import sys, gui.window.main_window\nprint(*(name for name in sys.modules if name.startswith({late})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == ""

"""The window as a whole, with the real engine: it opens, shows, switches, folds, remembers and closes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.lessons import examples
from engine.training.program import script
from gui.look import file_dialog
from gui.session.subject import Opened as Shown
from gui.widgets.question import Question
from gui.window.actions import deeds
from gui.window.columns.columns import GRAPH_LEAST, SMALLEST, STRIP_WIDTH, onto_a_screen
from tests.gui.opened import Opened, finish


def test_the_window_shows_the_graph_of_the_default_program(qtbot: QtBot, opened: Opened) -> None:
    window = opened.with_graph()
    recording = window.session.recording
    assert recording is not None
    assert recording.text == examples.DEFAULT.text
    assert window.windowTitle() == "cubic.py[*] — Gradwalk"
    assert not window.isWindowModified()
    # The arrow keys step from the first moment on; in the editor they would move its cursor.
    assert QApplication.focusWidget() in (None, window.graph.view)
    window.session.set_text(examples.DEFAULT.text.replace("5.", "4."))
    with qtbot.waitSignal(window.session.recording_changed, timeout=20_000):
        assert window.isWindowModified()
    assert window.session.recording is not recording


def test_each_mode_shows_its_own_and_explore_comes_back(qtbot: QtBot, opened: Opened) -> None:
    window = opened.with_graph()
    mine = window.session.recording
    window.actions_by_id["mode_train"].trigger()
    assert window.windowTitle() == "regression.py[*] — Gradwalk"
    assert window.code.editor.shows_training and not window.code.editor.isReadOnly()
    qtbot.waitUntil(lambda: window.session.recording not in (None, mine), timeout=60_000)
    with qtbot.waitSignal(window.session.recording_changed, timeout=20_000):
        window.actions_by_id["train_step"].trigger()
    assert window.session.run.latest is not None
    assert window.session.run.latest.step == 1
    window.actions_by_id["mode_explore"].trigger()
    assert window.session.recording is mine
    assert window.code.shows_own and not window.code.editor.isReadOnly()
    assert window.documents.name in window.windowTitle()


def test_closing_in_the_middle_of_a_run_and_of_a_long_program(qtbot: QtBot, opened: Opened) -> None:
    window = opened.with_graph()
    qtbot.waitUntil(lambda: window.session.run.latest is not None, timeout=60_000)
    window.controller.set_epochs(100_000)
    window.controller.train()
    window.session.replace_text("for i in range(10**9):\n    x = 1\n")
    qtbot.waitUntil(lambda: len(window.session.run.snapshots) > 1, timeout=20_000)
    assert window.close()
    assert not window.lingering


def test_an_own_file_is_opened_from_the_command_line_and_by_drop(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text("a = torch.tensor([1.], requires_grad=True)\n")
    second.write_text("b = torch.tensor([2.], requires_grad=True)\n")
    window = opened.show(str(first))
    assert window.windowTitle().startswith("first.py")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(second))])
    drop = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(drop)
    qtbot.waitUntil(lambda: window.windowTitle().startswith("second.py"))
    assert window.session.text == second.read_text()
    assert [action.text() for action in window.actions_by_id["open_recent"].menu().actions()] == ["second.py", "first.py"]


def test_a_file_that_is_not_there_is_said_and_the_window_opens(opened: Opened, tmp_path: Path) -> None:
    window = opened.show(str(tmp_path / "none.py"))
    assert "none.py" in opened.person.said[0]
    assert window.session.text == examples.DEFAULT.text


def test_changes_keep_the_window_open_if_the_question_is_cancelled(opened: Opened) -> None:
    window = opened.show()
    window.session.set_text("x = 1\n", immediate=True)
    opened.person.answer = "cancel"
    assert not window.close()
    assert window.isVisible()
    opened.person.answer = "discard"


def test_one_column_folds_where_there_is_no_room_and_the_graph_stays_wide(opened: Opened) -> None:
    window = opened.show(width=SMALLEST.width(), height=SMALLEST.height())
    columns = window.columns
    assert window.minimumSize() == SMALLEST
    assert columns.folded == "training"
    assert not window.training.isVisible()
    assert window.graph.width() >= GRAPH_LEAST
    columns.open_training()
    assert columns.folded == "code"
    assert window.training.isVisible()
    assert not window.code.isVisible()
    assert window.graph.width() >= GRAPH_LEAST
    window.resize(1600, 1000)
    assert columns.folded == ""
    assert window.code.isVisible()
    window.session.set_mode("train")
    assert window.training.y() > window.graph.y()
    assert window.graph.width() >= GRAPH_LEAST


def test_the_keyboard_goes_from_panel_to_panel(qtbot: QtBot, opened: Opened) -> None:
    window = opened.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    below = [panel for panel in window.columns.below if panel.isVisible()]
    panels = [*below, window.training, window.stepping.bar, window.toolbar, window.code, window.left.foot, window.graph]

    def here() -> QWidget:
        focus = QApplication.focusWidget()
        return next(panel for panel in panels if panel is focus or panel.isAncestorOf(focus))

    assert here() is window.graph
    visited: list[QWidget] = []
    while not visited or visited[-1] is not window.graph:
        window.actions_by_id["next_panel"].trigger()
        visited.append(here())
        assert len(visited) <= len(panels)
    # The story has nothing to focus before anything has happened, and the bar nothing before there is a recording.
    missing = [panel for panel in panels if panel not in visited]
    assert visited == [panel for panel in panels if panel in visited]
    assert all(panel in (window.stepping.bar, window.left.foot) for panel in missing)
    window.actions_by_id["previous_panel"].trigger()
    assert here() is visited[-2]


def test_the_code_gets_room_for_a_problem_and_its_buttons(qtbot: QtBot, opened: Opened) -> None:
    window = opened.show(width=1600, height=1000)
    before = window.left.sizes()[0]
    with qtbot.waitSignal(window.session.problem_changed, timeout=20_000):
        window.session.replace_text("x = tensor(1.)\n" * 8 + "y = x * c")
    button = next(b for b in window.code.problem_box.findChildren(QPushButton) if b.text() == "Make c a leaf")
    qtbot.waitUntil(lambda: not button.visibleRegion().isEmpty() and button.visibleRegion().boundingRect() == button.rect())
    assert window.left.sizes()[0] > before
    window.left.setSizes([300, 500])
    window.left.splitterMoved.emit(300, 1)
    kept = window.left.sizes()[0]
    window.session.replace_text("x = tensor(1.)\n" * 12 + "y = x * c")
    qtbot.waitUntil(lambda: window.session.problem is not None and window.session.problem.line == 13)
    assert window.left.sizes()[0] == kept


def test_theme_mode_size_and_columns_are_remembered(qtbot: QtBot, opened: Opened) -> None:
    window = opened.show(width=1400, height=800)
    window.columns._main.setSizes([380, 480, 540])
    window.columns._main.splitterMoved.emit(380, 1)
    width = window.code.width()
    window.actions_by_id["toggle_theme"].trigger()
    assert window.theme.current.name == "dark"
    window.session.set_mode("train")
    finish(qtbot, window)
    again = opened.make()
    again.show()
    again.start()
    assert again.settings.value("theme") == "dark"
    assert again.session.mode == "train"
    assert again.settings.value("window/geometry")
    again.resize(1400, 800)
    again.session.set_mode("explore")
    assert abs(again.code.width() - width) <= 1


def test_a_preset_is_shown_as_long_as_only_numbers_of_leaves_differ() -> None:
    text = examples.DEFAULT.text
    assert examples.like(text) is examples.DEFAULT
    assert examples.like(text.replace("[5.]", "[-0.25]")) is examples.DEFAULT
    assert examples.like(text.replace("b**2", "b**4")) is None


def test_a_window_off_every_screen_comes_back(qtbot: QtBot) -> None:
    screen = QGuiApplication.primaryScreen().availableGeometry()
    lost = QRect(screen.right() + 5000, 40, 700, 500)
    back = onto_a_screen(lost)
    assert screen.contains(back)
    good = QRect(screen.topLeft() + QPoint(20, 20), screen.size() / 2)
    assert onto_a_screen(good) == good


@pytest.mark.parametrize("width", [1180, 1600])
def test_the_training_is_hidden_and_shown_by_one_control_and_the_choice_is_kept(qtbot: QtBot, opened: Opened, width: int) -> None:
    window = opened.show(width=width, height=720)
    columns, strip = window.columns, window.columns._training_tab
    if width == 1180:
        assert strip.isVisible(), "there is no room for it"
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton)
    button = window.training.hide_button
    assert button.isVisible() and button.toolTip() == "Hide Training (Ctrl+Shift+L)"
    qtbot.wait(20)
    middle = button.mapTo(window, button.rect().center())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert columns.folded == "training" and not window.training.isVisible() and window.code.isVisible()
    assert strip.width() == STRIP_WIDTH and strip.toolTip() == "Show Training (Ctrl+Shift+L)"
    assert abs(strip.mapTo(window, QPoint(STRIP_WIDTH // 2, 20)).x() - middle.x()) <= 1, "the icon stays where it was"
    assert window.settings.value("window/training") is False
    window.resize(1900, 1000)
    assert columns.folded == "training", "the choice is kept where there is room, too"
    window.session.set_mode("train")
    assert window.training.isVisible()
    window.session.set_mode("explore")
    assert columns.folded == "training"
    window.actions_by_id["toggle_training"].trigger()
    assert window.training.isVisible() and window.settings.value("window/training") is True


def test_training_by_key_brings_its_folded_column_back(opened: Opened) -> None:
    window = opened.show(width=SMALLEST.width(), height=SMALLEST.height())
    assert window.columns.folded == "training"
    deeds.in_sight(window, lambda: None)
    assert window.columns.folded == "code" and window.training.isVisible()


@pytest.mark.parametrize("width", [1600, 1180])
def test_whatever_was_written_is_said_at_any_width(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    window = opened.with_graph()
    window.resize(width, 720)
    asked = ""
    monkeypatch.setattr(file_dialog, "name_to_save", lambda *_: asked)
    monkeypatch.setattr(opened.person, "choose_to_save", lambda _: str(tmp_path / "own.py"))
    status = window.toolbar.status
    for name, action in (("own.py", "save_as"), ("graph.svg", "export_picture"), ("all.json", "export_recording")):
        asked = str(tmp_path / name)
        window.actions_by_id[action].trigger()
        assert (tmp_path / name).exists() and status.text == f"Saved {name}"
        QApplication.processEvents()
        assert status.isVisible() and status._line.width() >= status._line.sizeHint().width()
    window.recordings.underway._done.stop()


def test_a_program_that_was_begun_or_does_not_run_is_seen_where_the_code_was_folded(qtbot: QtBot, opened: Opened) -> None:
    """The program used to be typed into a hidden editor, with its error hidden as well."""
    window = opened.with_graph()
    window.resize(1180, 720)
    for begin in (window.actions_by_id["new"].trigger, lambda: window.session.set_text("y = sin(a)\n", immediate=True)):
        window.columns.open_training()
        assert window.columns.folded == "code"
        begin()
        qtbot.waitUntil(lambda: window.columns.folded != "code", timeout=20_000)
        assert window.code.isVisible()
    qtbot.waitUntil(window.code.problem_box.isVisible)
    assert "line 1" in window.code.problem_box.go_button.text()


def test_a_file_that_does_not_run_is_not_shown_with_the_graph_of_another(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("a = torch.tensor([3.], requires_grad=True)\n" + "b = a * 2\n" * 60 + "y = sin(b)\n")
    window = opened.with_graph()
    assert window.documents.open(path)
    qtbot.waitUntil(lambda: window.session.problem is not None, timeout=20_000)
    session = window.session
    assert session.recording is None and session.state is None and not session.stale and not window.graph.scene.card_ids()
    assert "line 62 keeps the program from running" in window.stepping.explanation._sentence.text()
    assert not window.code.problem_box.undo_button.isVisible(), "nothing was typed"
    first = next(iter(window.code.editor.visible_lines()))
    qtbot.waitUntil(lambda: any(block.blockNumber() == 61 for block, *_ in window.code.editor.visible_lines()))
    assert first is not None
    window.code.editor.selectAll()
    window.code.editor.insertPlainText("y = torch.tensor([1.], requires_grad=True) * 2\n")
    qtbot.waitUntil(lambda: session.recording is not None and session.problem is None, timeout=20_000)
    window.code.editor.insertPlainText("z = sin(y)\n")
    qtbot.waitUntil(lambda: session.problem is not None, timeout=20_000)
    assert session.stale and session.recording is not None, "the last valid graph of the same program stays"
    assert window.code.problem_box.undo_button.isVisible()


def test_a_preset_chosen_from_the_list_leaves_the_keyboard_with_the_graph(
    qtbot: QtBot, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Space and End, which the window tells people to press, used to open the list and choose the last preset."""
    window = opened.with_graph()
    box = window.toolbar._presets
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.hasFocus() and window.documents.name == examples.PRESETS[1].file, "who walks through them goes on"
    monkeypatch.setattr(QComboBox, "showPopup", lambda _: None)  # without a screen it cannot have the keyboard
    box.showPopup()
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert window.documents.name == examples.PRESETS[2].file and window.graph.view.hasFocus()


def test_file_dialogs_begin_beside_the_file_that_was_open_last(opened: Opened, tmp_path: Path) -> None:
    documents = opened.window.documents
    assert documents.folder == Path.home()
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "own.py"
    path.write_text("a = torch.tensor([3.])\n")
    documents.open(path)
    assert documents.folder == path.parent
    documents.load(examples.DEFAULT)
    assert documents.folder == path.parent


@pytest.mark.parametrize("preset", examples.PRESETS, ids=lambda preset: preset.file)
def test_every_example_shows_its_formula_in_the_smallest_window(qtbot: QtBot, opened: Opened, preset: examples.Example) -> None:
    """The formula used to be missing at first, and there after another font size and back: one size of a window has one
    layout."""
    window = opened.show(width=SMALLEST.width(), height=SMALLEST.height())
    heading, view = window.heading, window.graph.view

    def settled() -> bool:
        ready = heading.outline
        return bool(ready[1]) and bool(ready[3]) and window.session.recording is not None and not window.session.busy

    window.documents.load(preset)
    qtbot.waitUntil(settled, timeout=60_000)
    qtbot.wait(100)
    assert heading.isVisible()

    def layout() -> tuple[object, ...]:
        return round(view.camera.zoom, 3), heading.geometry(), view.mapFromScene(QPointF(0, 0))

    before = layout()
    window.settings.set_value("font_scale", 1.5)
    qtbot.waitUntil(settled, timeout=60_000)
    qtbot.wait(100)
    window.settings.set_value("font_scale", 1.0)
    qtbot.waitUntil(settled, timeout=60_000)
    qtbot.wait(100)
    assert layout() == before


def test_files_are_suggested_beside_what_is_shown(
    qtbot: QtBot, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture of a recording used to be suggested in the folder that the window was started from."""
    asked: list[str] = []
    monkeypatch.setattr(file_dialog, "name_to_save", lambda *said: asked.append(said[2]) or "")
    window = opened.with_graph()
    home = window.documents.folder
    assert window.session.recording is not None
    path = tmp_path / "far" / "train.gradwalk"
    path.parent.mkdir()

    def suggested() -> list[str]:
        asked.clear()
        for action in ("export_picture", "export_recording", "save_recording"):
            window.actions_by_id[action].trigger()
        return [*asked, opened.person.suggested]

    def names(folder: Path, stem: str) -> list[str]:
        return [str(folder / f"{stem}{ending}") for ending in (".svg", ".json", ".gradwalk")]

    assert suggested() == names(home, "cubic")
    window.session.set_opened(Shown(window.session.recording, str(path), path.name))
    assert suggested() == names(path.parent, "train")
    window.session.set_opened(Shown(window.session.recording, "", "fit.py", str(tmp_path / "fit.py")))
    assert suggested() == names(tmp_path, "fit")
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.session.recording is not None, timeout=60_000)
    assert suggested() == names(home, "regression")
    window.actions_by_id["export_script"].trigger()
    assert asked[-1] == str(home / "regression.py")


def test_the_training_is_exported_as_a_script_and_a_program_not(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Explore there is no training on screen: the entry says so, in the menus of window and toolbar."""
    window = opened.show()
    action, asked = window.actions_by_id["export_script"], str(tmp_path / "mine")
    monkeypatch.setattr(file_dialog, "name_to_save", lambda *_: asked)
    assert not action.isEnabled() and action.toolTip() == "Only a training is exported like this: choose Train first"
    menus = [menu for menu in window.findChildren(QMenu) if action in menu.actions()]
    assert len(menus) == 2 and all(menu.toolTipsVisible() for menu in menus)
    window.session.set_mode("train")
    assert action.isEnabled() and action.toolTip().startswith("Save the training as a Python script")
    action.trigger()
    assert (tmp_path / "mine.py").read_text(encoding="utf-8") == script(window.session.run.config)
    assert window.toolbar.status.text == "Saved mine.py"
    asked = str(tmp_path / "none" / "mine.py")
    action.trigger()
    said = [label.text() for label in window.findChild(Question).findChildren(QLabel)]
    assert "The script was not written" in said and any("mine.py cannot be written" in text for text in said)
    window.findChild(Question).close()
    window.recordings.underway._done.stop()
    window.session.set_mode("explore")
    assert not action.isEnabled()


def test_the_preset_box_says_in_train_where_data_are_chosen(opened: Opened) -> None:
    """It still said "Load one of the programs" where it opens no list."""
    window = opened.show()
    box = window.toolbar._presets
    usual = box.toolTip()
    window.session.set_mode("train")
    assert not box.isEnabled() and "Set-up ▸ Data ▸ Source" in box.toolTip() and "Load" not in box.toolTip()
    assert box.accessibleDescription() == box.toolTip()
    window.session.set_mode("explore")
    assert box.isEnabled() and box.toolTip() == usual and usual.startswith("Load")

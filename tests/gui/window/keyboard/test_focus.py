"""Where the keyboard is after what the window does by itself, and which keys walk where."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from gui.panels.explanation.panel import TITLE
from gui.panels.inspector.rows import Link
from gui.session.selection import Selection
from gui.widgets import IntegerBox, NumberBox
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened, finish

Key, CONTROL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
FOCUS = Qt.FocusReason.TabFocusReason


def active(qtbot: QtBot, opened: Opened) -> MainWindow:
    window = opened.with_graph()
    with qtbot.waitActive(window):
        window.activateWindow()
    return window


def focused() -> QWidget | None:
    return QApplication.focusWidget()


def press(qtbot: QtBot, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    to = focused()
    assert to is not None
    qtbot.keyClick(to, key, modifiers)


def nothing(window: MainWindow) -> bool:
    """Nothing is selected."""
    selection = window.session.pointed.selection
    return selection.card is None and selection.edge is None


def test_the_hint_says_how_to_leave_the_text_that_takes_its_keys(qtbot: QtBot, opened: Opened) -> None:
    """The hint used to promise that Space plays and → walks while both went into the program."""
    window = active(qtbot, opened)
    session, hint = window.session, window.stepping.bar.hint
    window.settings.set_value("hint/walk", "new")
    session.set_cursor(3)
    window.code.editor.setFocus(FOCUS)
    assert hint.isVisible() and hint.accessibleName() == "Press F6 to leave the text, Space to play, or → for one operation"
    assert hint.geometry().right() < window.stepping.bar.track.x()
    press(qtbot, Key.Key_F6)
    assert hint.accessibleName() == "Press Space to play, or → for one operation"
    press(qtbot, Key.Key_Right)
    assert session.cursor == 4 and not hint.isVisible()


def test_walking_keys_work_wherever_no_text_is_edited(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, bar = window.session, window.stepping.bar
    end = session.recording.end if session.recording is not None else 0
    explanation = window.stepping.explanation
    places = [
        window.graph.view,
        bar.play,
        bar.next,
        bar.predict,
        window.training.controls.train_button,
        window.training.hide_button,
        explanation._block,
        bar.track,
    ]
    for place in places:
        session.set_cursor(5)
        place.setFocus(FOCUS)
        assert focused() is place
        for key, cursor in ((Key.Key_Right, 6), (Key.Key_Left, 5), (Key.Key_End, end), (Key.Key_Home, 0)):
            press(qtbot, key)
            assert session.cursor == cursor, (place, key)
            if not place.isVisible():
                break  # nothing is explained with a formula at the end
    row = window.code.leaves.rows[0]
    for control in (row.slider, row.box):
        session.set_cursor(5)
        control.setFocus(FOCUS)
        press(qtbot, Key.Key_Right)
        assert session.recording is None or session.cursor == 5, control
    window.code.editor.setFocus(FOCUS)
    press(qtbot, Key.Key_End)
    press(qtbot, Key.Key_Left)
    assert session.cursor == 5


def test_a_text_that_cannot_be_edited_walks_and_says_so(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    editor, note = window.code.editor, window.code.read_only_note
    recording = window.session.recording
    assert recording is not None
    window.code.set_read_only_text(window.session.text, "regression.py")
    window.session.set_cursor(3)
    assert window.code.header.note().startswith("read-only")
    editor.setFocus(FOCUS)
    for key, cursor in ((Key.Key_Right, 4), (Key.Key_Home, 0), (Key.Key_End, recording.end)):
        press(qtbot, key)
        assert window.session.cursor == cursor
    assert not note.isVisible()
    for key in (Key.Key_X, Key.Key_Backspace, Key.Key_Return):
        press(qtbot, key)
        assert note.isVisible() and note.text() == (
            "Read-only. This is the program of the epoch that is shown, not what trains now."
        )
        assert editor.rect().contains(note.geometry())
        note.hide()
    press(qtbot, Key.Key_V, CONTROL)
    assert note.isVisible()
    window.code.set_editable()
    press(qtbot, Key.Key_X)
    assert not note.isVisible() and "x" in window.session.text


def test_the_focus_is_never_left_where_nobody_put_it(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    view = window.graph.view
    window.training.controls.rate_box.setFocus(FOCUS)
    window.session.set_mode("train")
    assert focused() is window.training.controls.rate_box
    window.session.set_mode("explore")
    window.toolbar._presets.setFocus(FOCUS)
    window.session.set_mode("train")
    assert focused() is view, "the presets are off in Train"
    window.session.set_mode("explore")
    assert window.session.recording is not None
    window.session.pointed.select(Selection(card=window.session.recording.graph.cards[0].id))
    back = window.stepping.explanation._back
    back.setFocus(FOCUS)
    qtbot.keyClick(back, Key.Key_Space)
    qtbot.waitUntil(lambda: focused() is view)
    window.actions_by_id["new"].trigger()
    assert focused() is window.code.editor
    qtbot.keyClicks(window.code.editor, "a = 1")
    assert window.session.text == "a = 1"


@pytest.mark.parametrize("keys", [(Key.Key_Return, Key.Key_Return), (Key.Key_Return, Key.Key_F6)])
def test_the_inspector_is_two_keys_from_the_graph(qtbot: QtBot, opened: Opened, keys: tuple[Key, Key]) -> None:
    window = active(qtbot, opened)
    view, inspector = window.graph.view, window.stepping.inspector
    view.setFocus()
    assert window.session.recording is not None
    view.walk.go_to(window.session.recording.graph.cards[0].id)
    press(qtbot, keys[0])
    assert inspector.isVisible() and focused() is view
    if keys[1] == Key.Key_F6:
        window.cycle_panels(False)
    else:
        press(qtbot, keys[1])
    now = focused()
    assert now is not None and inspector.isAncestorOf(now)
    here = view.walk.focused
    window.stepping.inspector_close.click()
    qtbot.waitUntil(lambda: focused() is view)
    assert view.walk.focused == here, "not on the first card, to which Qt passes the focus of what is hidden"


def test_going_back_from_a_card_selects_nothing(qtbot: QtBot, opened: Opened) -> None:
    """The panel used to go back to the operation, while the card kept its ring and the first one got another."""
    window = active(qtbot, opened)
    assert window.session.recording is not None
    card, view = window.session.recording.graph.cards[2].id, window.graph.view
    window.session.pointed.select(Selection(card=card))
    back = window.stepping.explanation._back
    back.setFocus(Qt.FocusReason.MouseFocusReason)
    back.click()
    assert nothing(window) and focused() is view and view.walk.focused == card
    assert [item for item in window.graph.scene.cards.values() if item.look.thin] == []


def test_a_card_that_is_selected_in_train_says_what_it_is_whatever_tab_is_shown(qtbot: QtBot, opened: Opened) -> None:
    """The set-up stood where "About this card" would, with the ways to when it got its value and its gradient."""
    window = active(qtbot, opened)
    recording = window.session.recording
    assert recording is not None
    window.session.set_mode("train")
    window.session.show_epoch(recording, 3)
    window.side.bring_setup()
    assert window.side.shows_setup
    window.session.pointed.select(Selection(card=recording.graph.cards[0].id))
    assert not window.side.shows_setup and window.stepping.explanation.isVisible()
    assert window.stepping.explanation._header.title() != TITLE


def test_escape_goes_back_from_what_is_selected_and_from_the_inspector(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, view, inspector = window.session, window.graph.view, window.stepping.inspector
    assert session.recording is not None
    card, edge = session.recording.graph.cards[2].id, session.recording.graph.edges[0].id
    for selection in (Selection(card=card), Selection(edge=edge)):
        view.setFocus()
        session.pointed.select(selection)
        assert window.stepping.explanation._header.title() != TITLE
        press(qtbot, Key.Key_Escape)
        assert nothing(window)
        assert window.stepping.explanation._header.title() == TITLE
    session.pointed.select(Selection(card=card))
    window.focus.inspect()
    window.focus.inspect()
    now = focused()
    assert now is not None and inspector.isAncestorOf(now)
    press(qtbot, Key.Key_Escape)
    assert nothing(window) and not inspector.isVisible() and focused() is view
    assert view.walk.focused == card


def test_escape_stops_what_runs_before_it_goes_back(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session = window.session
    assert session.recording is not None
    window.graph.view.setFocus()
    session.pointed.select(Selection(card=session.recording.graph.cards[0].id))
    session.set_busy(True)
    press(qtbot, Key.Key_Escape)
    assert not nothing(window)
    session.set_busy(False)
    press(qtbot, Key.Key_Escape)
    assert nothing(window)


def test_the_inspector_gives_way_where_it_has_nothing_to_say(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, inspector = window.session, window.stepping.inspector
    assert session.recording is not None
    card = session.recording.graph.cards[0].id
    for leave in (
        lambda: window.graph.view.chosen.emit(None, None),
        lambda: session.pointed.select(Selection(card="no such card")),
        lambda: session.set_mode("train"),
    ):
        session.pointed.select(Selection(card=card))
        window.focus.inspect()
        assert inspector.isVisible()
        leave()
        window.side.bring_code()  # beside which Train has the set-up
        assert not inspector.isVisible() and window.stepping.explanation.isVisible()


def test_tab_goes_through_the_inspector_as_it_is_read(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, inspector, close = window.session, window.stepping.inspector, window.stepping.inspector_close
    assert session.recording is not None
    session.set_cursor(session.recording.end)
    for card in session.recording.graph.cards[-2:]:
        session.pointed.select(Selection(card=card.id))
        window.focus.inspect()
        window.focus.inspect()
        assert focused() is close
        seen: list[QWidget] = []
        while (now := focused()) is not None and inspector.isAncestorOf(now):
            assert now.isVisible() and now not in seen
            seen.append(now)
            press(qtbot, Key.Key_Tab)
        shown = [
            control
            for control in inspector.findChildren(QWidget)
            if control.isVisible() and control.isEnabled() and control.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        assert len(shown) > 4 and set(seen) == set(shown)
        tops = [control.mapTo(inspector, QPoint(0, control.height() // 2)).y() for control in seen]
        assert tops == sorted(tops)
        assert now is not None and window.graph.isAncestorOf(now), "what stands to the right comes after it"
        seen[-1].setFocus(FOCUS)
        for control in reversed(seen[:-1]):
            press(qtbot, Key.Key_Backtab)
            assert focused() is control


def test_a_link_of_the_inspector_keeps_the_keyboard_there(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, inspector = window.session, window.stepping.inspector
    assert session.recording is not None
    session.pointed.select(Selection(edge=session.recording.graph.edges[0].id))
    window.focus.inspect()
    link = next(link for link in inspector.findChildren(Link) if link.isVisible())
    link.setFocus(FOCUS)
    press(qtbot, Key.Key_Space)
    now = focused()
    assert session.pointed.selection.card is not None and now is not None and now.isVisible() and inspector.isAncestorOf(now)


def test_a_mended_problem_leaves_the_caret_in_the_text_and_the_keys_walk(qtbot: QtBot, opened: Opened) -> None:
    """Space used to write into the program that a button had just mended; someone who undoes what they typed goes on typing."""
    window = active(qtbot, opened)
    session, editor, box, view = window.session, window.code.editor, window.code.problem_box, window.graph.view
    text = "a = torch.tensor([5.], requires_grad=True)\ny = sin(a)\ny.backward()\n"
    for by_mouse in (True, False):
        session.replace_text(text)
        editor.setFocus(FOCUS)
        qtbot.waitUntil(lambda: session.problem is not None and box.mend_button.isVisible() and box.mend_button.isEnabled())
        if by_mouse:
            qtbot.mouseClick(box.mend_button, Qt.MouseButton.LeftButton)
        else:
            box.mend_button.setFocus(FOCUS)
            press(qtbot, Key.Key_Space)
        assert focused() is view
        qtbot.waitUntil(lambda: session.problem is None and session.recording is not None and not session.busy)
        assert focused() is view and session.text == text.replace("sin", "torch.sin")
        caret = editor.textCursor()
        assert (caret.blockNumber(), caret.positionInBlock()) == (1, len("y = torch.sin"))
        session.set_cursor(0)
        press(qtbot, Key.Key_Right)
        assert session.cursor == 1
    editor.setFocus(FOCUS)
    press(qtbot, Key.Key_End)
    qtbot.keyClicks(editor, " +")
    qtbot.waitUntil(lambda: session.problem is not None and box.undo_button.isVisible())
    box.undo_button.setFocus(FOCUS)
    press(qtbot, Key.Key_Space)
    qtbot.waitUntil(lambda: session.problem is None)
    assert focused() is editor


def test_a_name_made_a_leaf_leaves_the_keys_walking(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, box = window.session, window.code.problem_box
    session.replace_text("a = torch.tensor([5.], requires_grad=True)\ny = a * c\ny.backward()\n")
    window.code.editor.setFocus(FOCUS)
    qtbot.waitUntil(lambda: box.leaf_button.isVisible() and box.leaf_button.isEnabled())
    qtbot.mouseClick(box.leaf_button, Qt.MouseButton.LeftButton)
    assert "c = torch.tensor" in session.text and focused() is window.graph.view


def fields(window: MainWindow) -> list[tuple[NumberBox | IntegerBox, str]]:
    """Number fields of the window, each with another number to type."""
    controls = window.training.controls
    return [
        (window.code.leaves.rows[0].box, "2.5"),
        (controls.rate_box, "5"),
        (controls.epochs_box, "7"),
        (controls.seed_box, "9"),
    ]


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter])
def test_enter_takes_the_number_and_the_keys_walk(qtbot: QtBot, opened: Opened, key: Qt.Key) -> None:
    window = active(qtbot, opened)
    session = window.session
    for box, typed in fields(window):
        box.setFocus(Qt.FocusReason.MouseFocusReason)
        box.selectAll()
        qtbot.keyClicks(box, typed)
        press(qtbot, key, Qt.KeyboardModifier.KeypadModifier if key == Key.Key_Enter else Qt.KeyboardModifier.NoModifier)
        assert box.value() == float(typed) and focused() is window.graph.view, box.accessibleName()
        qtbot.waitUntil(lambda: session.recording is not None and not session.busy)
        session.set_cursor(2)
        press(qtbot, Key.Key_Right)
        assert session.cursor == 3
    assert "[2.5]" in session.text and session.run.config.learning_rate == 5 and session.run.config.epochs == 7


@pytest.mark.parametrize("typed", ["", "7", "1e", "-"])
def test_escape_restores_the_number_and_the_keys_walk(qtbot: QtBot, opened: Opened, typed: str) -> None:
    window = active(qtbot, opened)
    session = window.session
    assert session.recording is not None
    card, text, config = session.recording.graph.cards[0].id, session.text, session.run.config
    session.pointed.select(Selection(card=card))
    for box, _ in fields(window):
        before = box.value(), box.text()
        box.setFocus(Qt.FocusReason.MouseFocusReason)
        box.selectAll()
        press(qtbot, Key.Key_Delete)
        qtbot.keyClicks(box, typed)
        press(qtbot, Key.Key_Escape)
        assert (box.value(), box.text()) == before and focused() is window.graph.view, box.accessibleName()
    assert session.pointed.selection.card == card, "it was the field's"
    assert session.text == text and session.run.config == config
    press(qtbot, Key.Key_Escape)
    assert nothing(window)


def test_a_click_leaves_a_field_whatever_is_clicked(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, controls = window.session, window.training.controls
    for at, clicked in enumerate(
        (controls.reset_button, window.training.header, window.stepping.bar.play, window.code.leaves.header)
    ):
        for box, _ in fields(window):
            box.setFocus(Qt.FocusReason.MouseFocusReason)
            if box is controls.rate_box:
                box.selectAll()
                qtbot.keyClicks(box, f"{at + 1}.5")
            qtbot.mousePress(clicked, Qt.MouseButton.LeftButton)
            assert focused() is window.graph.view, (box.accessibleName(), clicked)
            qtbot.mouseRelease(clicked, Qt.MouseButton.LeftButton)
        assert session.run.config.learning_rate == at + 1.5, "what was typed is taken"
    for box in (controls.speed.box, window.stepping.bar.granularity):
        box.setFocus(Qt.FocusReason.MouseFocusReason)
        qtbot.mouseClick(controls.reset_button, Qt.MouseButton.LeftButton)
        assert focused() is window.graph.view
    box = controls.rate_box
    box.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.mouseClick(box.lineEdit(), Qt.MouseButton.LeftButton)
    assert focused() is box
    qtbot.mouseClick(window.code.editor.viewport(), Qt.MouseButton.LeftButton)
    assert focused() is window.code.editor
    qtbot.mouseClick(controls.reset_button, Qt.MouseButton.LeftButton)
    assert focused() is window.code.editor, "a text is no field"


def test_space_plays_from_a_field_and_what_is_chosen_from_a_list_leaves_the_keys_walking(
    qtbot: QtBot, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = active(qtbot, opened)
    player, monkey = window.stepping.player, monkeypatch
    for box, _ in fields(window):
        text = box.text()
        box.setFocus(FOCUS)
        press(qtbot, Key.Key_Space)
        assert player.playing and box.text() == text
        player.pause()
    monkey.setattr(QComboBox, "showPopup", lambda _: None)  # without a screen it cannot have the keyboard
    for box in (window.training.controls.speed.box, window.stepping.bar.speed, window.stepping.bar.granularity):
        box.setFocus(FOCUS)
        press(qtbot, Key.Key_Down)
        assert focused() is box, "who walks through them goes on"
        box.showPopup()
        box.activated.emit(1)
        assert focused() is window.graph.view


def test_undo_in_a_leafs_field_is_the_texts_once_its_number_is_taken(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, before = window.session, window.session.text
    box = window.code.leaves.rows[0].box
    box.setFocus(FOCUS)
    press(qtbot, Key.Key_Up)
    assert session.text != before
    press(qtbot, Key.Key_Z, CONTROL)
    assert session.text == before and box.value() == 5 and focused() is box
    press(qtbot, Key.Key_Z, CONTROL | SHIFT)
    assert session.text != before and box.value() != 5
    press(qtbot, Key.Key_Z, CONTROL)
    box.selectAll()
    qtbot.keyClicks(box, "2.5")
    press(qtbot, Key.Key_Z, CONTROL)
    assert session.text == before and focused() is box and "2.5" not in box.text(), "what is being typed is the field's"
    box.selectAll()
    qtbot.keyClicks(box, "2.5")
    press(qtbot, Key.Key_Return)
    assert "[2.5]" in session.text
    press(qtbot, Key.Key_Z, CONTROL)
    assert session.text == before and box.value() == 5
    rate = window.training.controls.rate_box
    rate.setFocus(FOCUS)
    press(qtbot, Key.Key_Up)
    press(qtbot, Key.Key_Z, CONTROL)
    assert session.text == before, "another field's undo is its own"


def test_a_field_that_goes_leaves_the_keys_walking(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    window.code.leaves.rows[1].box.setFocus(FOCUS)
    window.session.replace_text("a = torch.tensor([5.], requires_grad=True)\n")
    assert focused() is window.graph.view


def test_edit_menu_acts_on_the_field_that_has_the_keyboard(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    box, text = window.training.controls.rate_box, window.session.text
    QApplication.clipboard().setText("0.25")
    box.setFocus(FOCUS)
    window.actions_by_id["select_all"].trigger()
    window.actions_by_id["paste"].trigger()
    press(qtbot, Key.Key_Return)
    assert window.session.run.config.learning_rate == 0.25 and window.session.text == text


@pytest.mark.parametrize("by", ["mouse", "space", "shortcut"])
@pytest.mark.parametrize("where", ["field", "button", "graph"])
def test_a_training_that_is_hidden_leaves_the_keyboard_with_the_graph(qtbot: QtBot, opened: Opened, by: str, where: str) -> None:
    """Space used to open it again."""
    window = active(qtbot, opened)
    button = window.training.hide_button
    {"field": window.training.controls.rate_box, "button": button, "graph": window.graph.view}[where].setFocus(FOCUS)
    if by == "mouse":
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    elif by == "space":
        button.setFocus(FOCUS)
        press(qtbot, Key.Key_Space)
    else:
        window.actions_by_id["toggle_training"].trigger()
    assert window.columns.folded == "training" and focused() is window.graph.view
    strip = window.columns._training_tab
    strip.setFocus(FOCUS)
    press(qtbot, Key.Key_Space)
    now = focused()
    assert now is not None and window.training.isAncestorOf(now), "who opens it by key is in it"


def test_a_column_that_a_narrow_window_folds_leaves_the_keyboard_with_the_graph(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    window.training.controls.seed_box.setFocus(FOCUS)
    window.resize(1180, 720)
    assert window.columns.folded == "training" and focused() is window.graph.view
    window.columns.open_training()
    window.training.controls.seed_box.setFocus(FOCUS)
    window.columns.open_code()
    assert focused() is window.graph.view


def test_a_column_that_folds_behind_a_dialog_leaves_the_keyboard_with_the_graph(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    window.training.controls.seed_box.setFocus(FOCUS)
    dialog = QDialog(window)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    window.columns.toggle_training()
    assert window.focusWidget() is window.graph.view
    dialog.close()


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True)
def test_escape_leaves_the_menus_at_once(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    view, bar = window.graph.view, window.menuBar()
    view.setFocus()
    qtbot.keyClick(window, Key.Key_F, Qt.KeyboardModifier.AltModifier)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    qtbot.keyClick(menu, Key.Key_Escape)
    qtbot.waitUntil(lambda: bar.activeAction() is None)
    assert QApplication.activePopupWidget() is None and window.focusWidget() is view


def test_the_keyboard_goes_nowhere_once_the_window_is_gone(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    keeper = window.focus
    finish(qtbot, window)
    delete(window)
    keeper._changed(None, None)  # as when an open menu gives the keyboard back while Qt takes the window apart

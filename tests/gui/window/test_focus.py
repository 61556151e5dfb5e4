"""Where the keyboard is after what the window does by itself, and which keys walk where."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.panels.explanation.panel import TITLE
from gui.panels.inspector.rows import Link
from gui.session.session import Selection
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened

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
    selection = window.session.selection
    return selection.card is None and selection.edge is None


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
            "Read-only. This is the training program: it runs as it stands here and cannot be edited."
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
    window.session.select(Selection(card=window.session.recording.graph.cards[0].id))
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
    view.focus_card(window.session.recording.graph.cards[0].id)
    press(qtbot, keys[0])
    assert inspector.isVisible() and focused() is view
    if keys[1] == Key.Key_F6:
        window.cycle_panels(False)
    else:
        press(qtbot, keys[1])
    now = focused()
    assert now is not None and inspector.isAncestorOf(now)
    window.stepping.inspector_close.click()
    qtbot.waitUntil(lambda: focused() is view)


def test_escape_goes_back_from_what_is_selected_and_from_the_inspector(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, view, inspector = window.session, window.graph.view, window.stepping.inspector
    assert session.recording is not None
    card, edge = session.recording.graph.cards[0].id, session.recording.graph.edges[0].id
    for selection in (Selection(card=card), Selection(edge=edge)):
        view.setFocus()
        session.select(selection)
        assert window.stepping.explanation._header.title() != TITLE
        press(qtbot, Key.Key_Escape)
        assert nothing(window)
        assert window.stepping.explanation._header.title() == TITLE
    session.select(Selection(card=card))
    window.focus.inspect()
    window.focus.inspect()
    now = focused()
    assert now is not None and inspector.isAncestorOf(now)
    press(qtbot, Key.Key_Escape)
    assert nothing(window) and not inspector.isVisible() and focused() is view


def test_escape_stops_what_runs_before_it_goes_back(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session = window.session
    assert session.recording is not None
    window.graph.view.setFocus()
    session.select(Selection(card=session.recording.graph.cards[0].id))
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
        lambda: session.select(Selection(card="no such card")),
        lambda: session.set_mode("train"),
    ):
        session.select(Selection(card=card))
        window.focus.inspect()
        assert inspector.isVisible()
        leave()
        assert not inspector.isVisible() and window.stepping.explanation.isVisible()


def test_tab_goes_through_the_inspector_as_it_is_read(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, inspector, close = window.session, window.stepping.inspector, window.stepping.inspector_close
    assert session.recording is not None
    session.set_cursor(session.recording.end)
    for card in session.recording.graph.cards[-2:]:
        session.select(Selection(card=card.id))
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
    session.select(Selection(edge=session.recording.graph.edges[0].id))
    window.focus.inspect()
    link = next(link for link in inspector.findChildren(Link) if link.isVisible())
    link.setFocus(FOCUS)
    press(qtbot, Key.Key_Space)
    now = focused()
    assert session.selection.card is not None and now is not None and now.isVisible() and inspector.isAncestorOf(now)


def test_a_mended_problem_leaves_the_keyboard_in_the_text(qtbot: QtBot, opened: Opened) -> None:
    window = active(qtbot, opened)
    session, editor, box = window.session, window.code.editor, window.code.problem_box
    text = "a = torch.tensor([5.], requires_grad=True)\ny = sin(a)\ny.backward()\n"
    session.replace_text(text)
    for button, after in ((box.mend_button, text.replace("sin", "torch.sin")), (box.undo_button, None)):
        if after is None:
            session.set_text(session.text)
            editor.setFocus(FOCUS)
            press(qtbot, Key.Key_End)
            qtbot.keyClicks(editor, " +")
        qtbot.waitUntil(lambda button=button: session.problem is not None and button.isVisible() and button.isEnabled())
        button.setFocus(FOCUS)
        press(qtbot, Key.Key_Space)
        qtbot.waitUntil(lambda: session.problem is None)
        assert focused() is editor
        if after is not None:
            assert session.text == after
            caret = editor.textCursor()
            assert (caret.blockNumber(), caret.positionInBlock()) == (1, len("y = torch.sin"))


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

"""The code panel: text, sliders, problems and the read-only text share one truth, the session's text."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import ForbiddenError, ProgramSyntaxError, UnknownNameError
from engine.tables import Span
from gui.look import style
from gui.look.theme import ThemeManager
from gui.panels.code.editor.menu import build_menu
from gui.panels.code.panel import CodePanel
from gui.session.selection import Selection
from gui.session.session import Session
from gui.widgets.slider import MARGIN
from tests.gui.shown_panels import PROGRAM, code_panel, code_session, numbers, type_at_end


@pytest.fixture
def session() -> Session:
    return code_session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[CodePanel]:
    yield from code_panel(qtbot, session)


def drag(qtbot: QtBot, panel: CodePanel, row: int, shares: list[float]) -> None:
    slider = panel.leaves.rows[row].slider

    def point(share: float) -> QPoint:
        return QPoint(round(MARGIN + share * (slider.width() - 2 * MARGIN)), slider.height() // 2)

    start = (slider.number() - slider.low()) / (slider.high() - slider.low())
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=point(start))
    for share in shares:
        qtbot.mouseMove(slider, point(share))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=point(shares[-1]))


def test_typing_becomes_the_sessions_text(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    type_at_end(qtbot, panel, "print(a)")
    assert session.text == PROGRAM + "print(a)"
    assert not session.immediate


def test_a_drag_edits_the_literal_and_is_one_undo_step(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    type_at_end(qtbot, panel, "# x")
    typed = session.text
    texts: list[str] = []
    session.text_changed.connect(texts.append)
    drag(qtbot, panel, 0, [0.2, 0.4, 0.9, 0.85])
    assert len(texts) >= 3 and session.immediate
    (value, other) = numbers(panel)
    assert value == pytest.approx(7.0, abs=0.3) and other == 6.0
    assert session.text == typed.replace("[5.]", f"[{value}]".replace(".0]", ".]"))
    panel.undo()
    assert session.text == typed
    assert numbers(panel) == [5.0, 6.0]
    panel.redo()
    assert numbers(panel) == [value, 6.0]
    panel.undo()
    panel.undo()
    assert session.text == PROGRAM


def test_two_drags_are_two_steps(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    drag(qtbot, panel, 0, [0.6])
    first = session.text
    drag(qtbot, panel, 0, [0.3])
    panel.undo()
    assert session.text == first
    panel.undo()
    assert session.text == PROGRAM


def test_typing_after_a_drag_is_its_own_step(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    drag(qtbot, panel, 1, [0.1, 0.2])
    dragged = session.text
    type_at_end(qtbot, panel, "#z")
    panel.undo()
    assert session.text == dragged


def test_the_box_takes_any_number_and_the_range_grows(panel: CodePanel, session: Session) -> None:
    row = panel.leaves.rows[0]
    row.box.setValue(123.456789)
    assert "[123.456789]" in session.text
    assert row.slider.high() == 1000.0
    assert "1000" in row.slider.toolTip()
    assert row.slider.number() == 123.456789


def test_a_number_that_comes_back_brings_its_range_with_it(qtbot: QtBot, panel: CodePanel) -> None:
    row = panel.leaves.rows[0]
    number, first = row.slider.number(), (row.slider.low(), row.slider.high())
    row.box.setValue(12.345)
    assert row.slider.high() == 100.0
    panel.undo()
    assert row.slider.number() == number and (row.slider.low(), row.slider.high()) == first
    row.box.setValue(12.345)
    drag(qtbot, panel, 0, [0.52])
    assert abs(row.slider.number()) < 10 and row.slider.high() == 100.0, "not under the hand"
    row.box.setValue(number)
    assert (row.slider.low(), row.slider.high()) == first


def test_text_moves_the_sliders(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    session.replace_text("w = tensor([1., -2.5], requires_grad=True)\ny = w.sum()")
    assert numbers(panel) == [1.0, -2.5]
    assert [row.box.accessibleName() for row in panel.leaves.rows] == ["Value of w[0]", "Value of w[1]"]
    panel.go_to(1, 13)
    qtbot.keyClicks(panel.editor, "3")
    assert session.text.startswith("w = tensor([31., -2.5]")
    assert numbers(panel) == [31.0, -2.5]


def test_sliders_lock_while_the_text_does_not_parse(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    type_at_end(qtbot, panel, "y = a**")
    row = panel.leaves.rows[0]
    qtbot.waitUntil(lambda: not row.slider.isEnabled(), timeout=3000)
    assert panel.leaves.header.note() == "locked until line 5 is complete"
    assert "until line 5 is complete" in panel.leaves.header.toolTip() and not panel.leaves.reason.isVisible()
    qtbot.keyClicks(panel.editor, "2")
    assert row.slider.isEnabled() and row.box.isEnabled()
    assert not panel.leaves.reason.isVisible()


@pytest.mark.parametrize("before", ["", "größe = 1; ", "s = '🐍🐍é'; "])
def test_error_marks_stand_at_the_exact_columns(qtbot: QtBot, panel: CodePanel, session: Session, before: str) -> None:
    session.replace_text(f"# 🐍\n{before}y = a** / b\n")
    column = len(before) + 9
    session.show_problem(ProgramSyntaxError("a value is missing", line=2, column=column, end_line=2, end_column=column + 1))
    marks = panel.editor.marks
    assert marks.problem is not None and marks.problem.selectedText() == "/"
    assert marks.token is not None and marks.token.selectedText() == "/"
    assert f"Line 2, column {column}: a value is missing" in panel.problem_box.text
    assert marks.tint_of(marks.problem.block()) == ("error_tint", "error_line")
    panel.problem_box.go_button.click()
    qtbot.keyClicks(panel.editor, "3")
    assert session.text == f"# 🐍\n{before}y = a** 3/ b\n"


def test_a_problem_beyond_the_text_is_clamped(panel: CodePanel, session: Session) -> None:
    session.show_problem(ForbiddenError("no", line=99, column=99))
    panel.grab()
    assert panel.problem_box.isVisible()


def test_problem_goes_when_it_is_gone(panel: CodePanel, session: Session) -> None:
    session.show_problem(ForbiddenError("`open` is not allowed", hint="Leave it out", line=1, column=1))
    assert panel.problem_box.isVisible() and panel.problem_box.message.accessibleName().startswith("Line 1, column 1: open")
    session.subject.problem = None
    session.problem_changed.emit()
    assert not panel.problem_box.isVisible() and panel.editor.marks.problem is None


def test_message_is_announced_once(monkeypatch: pytest.MonkeyPatch, panel: CodePanel, session: Session) -> None:
    heard: list[str] = []
    message = panel.problem_box.message
    target = "gui.panels.code.problem_box.QAccessible.updateAccessibility"
    monkeypatch.setattr(target, lambda event: heard.append(message.accessibleName()))
    problem = ForbiddenError("`open` is not allowed", line=1, column=1)
    session.show_problem(problem)
    session.problem_changed.emit()
    panel.problem_box.restyle()
    assert heard == ["Line 1, column 1: open is not allowed"]


def test_an_unknown_name_becomes_a_leaf(panel: CodePanel, session: Session) -> None:
    session.replace_text(PROGRAM.replace("b**2", "b**2 + c"))
    text = session.text
    session.show_problem(UnknownNameError("c", "c is used but never set", line=3, column=19, end_column=20))
    assert panel.problem_box.leaf_button.isVisible() and panel.problem_box.leaf_button.text() == "Make c a leaf"
    panel.problem_box.leaf_button.click()
    assert session.text.split("\n")[2] == "c = torch.tensor([1.], requires_grad=True)"
    assert numbers(panel) == [5.0, 6.0, 1.0]
    panel.problem_box.undo_button.click()
    assert session.text == text


def test_no_button_says_a_cut_name(panel: CodePanel) -> None:
    """``Make learning_si… a leaf`` would make another one."""
    long = "learning_signal_of_first_layer"
    for name, said in (("first_layer_signal", "Make first_layer_signal a leaf"), (long, "Make it a leaf")):
        panel.problem_box.show_problem(UnknownNameError(name, f"{name} is not defined", line=3, column=16))
        assert panel.problem_box.leaf_button.text() == said
        assert panel.problem_box.leaf_button.accessibleName() == f"Make {name} a leaf"


def test_read_only_text_keeps_the_users_text_and_undo(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    type_at_end(qtbot, panel, "# mine")
    mine = session.text
    panel.set_read_only_text("w -= lr * w.grad\n", "regression.py")
    assert panel.editor.toPlainText() == "w -= lr * w.grad\n" and panel.header.note() == "read-only · regression.py"
    qtbot.keyClicks(panel.editor, "zzz")
    panel.undo()
    assert session.text == mine and not panel.leaves.isVisible()
    panel.set_read_only_text("b -= 1\n", "regression.py")
    panel.set_editable()
    assert panel.editor.toPlainText() == mine and panel.leaves.isVisible()
    panel.undo()
    assert session.text == PROGRAM
    qtbot.keyClicks(panel.editor, "q")
    assert "q" in session.text


def test_a_program_opened_while_read_only_is_there_afterwards(panel: CodePanel, session: Session) -> None:
    panel.set_read_only_text("w = 1", "regression.py")
    session.replace_text("x = 2")
    assert panel.editor.toPlainText() == "w = 1"
    panel.set_editable()
    assert panel.editor.toPlainText() == "x = 2"


def test_replaced_text_is_a_new_document(panel: CodePanel, session: Session) -> None:
    session.replace_text("x = 2")
    panel.undo()
    assert panel.editor.toPlainText() == "x = 2"
    assert not panel.editor.user_document.isModified()


def test_tab_and_return_indent(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    session.replace_text("")
    qtbot.keyClicks(panel.editor, "with torch.no_grad():")
    qtbot.keyClick(panel.editor, Qt.Key.Key_Return)
    qtbot.keyClicks(panel.editor, "x = 1")
    qtbot.keyClick(panel.editor, Qt.Key.Key_Return)
    qtbot.keyClick(panel.editor, Qt.Key.Key_Tab)
    qtbot.keyClick(panel.editor, Qt.Key.Key_Backtab)
    qtbot.keyClick(panel.editor, Qt.Key.Key_Backspace)
    assert session.text == "with torch.no_grad():\n    x = 1\n"
    panel.editor.selectAll()
    qtbot.keyClick(panel.editor, Qt.Key.Key_Tab)
    assert session.text == "    with torch.no_grad():\n        x = 1\n"
    panel.undo()
    assert session.text == "with torch.no_grad():\n    x = 1\n"


def test_escape_then_tab_leaves_the_editor(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    panel.focus_editor()
    qtbot.waitUntil(panel.editor.hasFocus)
    qtbot.keyClick(panel.editor, Qt.Key.Key_Escape)
    qtbot.keyClick(panel.editor, Qt.Key.Key_Tab)
    assert session.text == PROGRAM
    assert QApplication.focusWidget() is not panel.editor


@pytest.mark.parametrize(
    ("key", "modifiers", "text", "own"),
    [
        (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", True),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, "", True),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier, "", True),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, "", True),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier, "\r", False),
        (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier, "\x1a", True),
        (Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier, "\x12", False),
        (Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier, "1", False),
        (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier, "", False),
        (Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier, "", False),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier, "\x1b", False),
    ],
)
def test_the_editor_keeps_its_own_keys(
    panel: CodePanel, key: Qt.Key, modifiers: Qt.KeyboardModifier, text: str, own: bool
) -> None:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers, text)
    event.ignore()
    QApplication.sendEvent(panel.editor, event)
    assert event.isAccepted() is own


def test_too_long_a_paste_is_refused_in_words(panel: CodePanel, session: Session) -> None:
    data = QMimeData()
    data.setText("#" * 120_000)
    panel.editor.insertFromMimeData(data)
    assert session.text == PROGRAM
    assert "100 kB" in panel.problem_box.text and panel.problem_box.isVisible()
    data.setText("x\ty\r\n")
    panel.editor.insertFromMimeData(data)
    assert session.text == "x    y\n" + PROGRAM
    assert not panel.problem_box.isVisible()


def test_files_are_left_to_the_window(panel: CodePanel) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("program.py")])
    assert not panel.editor.canInsertFromMimeData(data)


def test_lines_are_24_px_apart_also_new_ones(qtbot: QtBot, panel: CodePanel) -> None:
    panel.focus_editor()
    qtbot.keyClick(panel.editor, Qt.Key.Key_Return)
    lines = list(panel.editor.visible_lines())
    assert [(top, height) for _, top, height in lines[:3]] == [(8, 24), (32, 24), (56, 24)]


def test_marks_and_restyle(panel: CodePanel) -> None:
    panel.editor.mark_line(4, "backward")
    panel.editor.mark_span(Span(3, 5, 3, 9), "forward")
    marks = panel.editor.marks
    assert marks.span is not None and marks.span[0].selectedText() == "a**3"
    assert marks.line is not None and marks.tint_of(marks.line[0].block()) == ("grad_tint", "grad_line")
    panel.grab()
    panel.editor.mark_line(4, None)
    panel.editor.mark_span(None, None)
    assert marks.line is None and marks.span is None


def test_scale_and_theme_keep_the_undo_history(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    type_at_end(qtbot, panel, "# x")
    theme = panel.editor.theme
    theme.set_scale(1.5)
    theme.set_choice("dark")
    panel.grab()
    assert next(panel.editor.visible_lines())[2] == 36
    panel.undo()
    assert session.text == PROGRAM


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_nothing_is_wider_than_a_narrow_panel(qtbot: QtBot, session: Session, scale: float) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme = ThemeManager("light")
    theme.set_scale(scale)
    host = QWidget()
    qtbot.addWidget(host)
    before = app.styleSheet()
    style.apply(app, theme)
    try:
        panel = CodePanel(session, theme)
        QVBoxLayout(host).addWidget(panel)
        session.show_problem(UnknownNameError("c" * 60, "c is used " + "x" * 200, hint="y" * 90, line=3, column=19))
        host.resize(round(330 * scale), 420)
        with qtbot.waitExposed(host):
            host.show()
        for part in (panel.editor, panel.problem_box, panel.leaves):
            assert part.mapTo(panel, QPoint(part.width(), 0)).x() <= panel.width()
    finally:
        app.setStyleSheet(before)


class _Recording(SimpleNamespace):
    """Only what a test needs; can be referred to weakly, as a recording can."""


def test_context_menu_offers_what_can_be_done(qtbot: QtBot, panel: CodePanel) -> None:
    def enabled() -> dict[str, bool]:
        menu = build_menu(panel.editor)
        texts = {action.text(): action.isEnabled() for action in menu.actions() if action.text()}
        found = {text: can for text, can in texts.items() if not text.startswith("Go to when")}
        menu.deleteLater()
        return found

    QGuiApplication.clipboard().clear()
    assert enabled() == {"Undo": False, "Redo": False, "Cut": False, "Copy": False, "Paste": False, "Select all": True}
    type_at_end(qtbot, panel, "x")
    panel.editor.selectAll()
    assert [name for name, on in enabled().items() if on] == ["Undo", "Cut", "Copy", "Select all"]
    panel.set_read_only_text("w = 1", "regression.py")
    panel.editor.selectAll()
    assert [name for name, on in enabled().items() if on] == ["Copy", "Select all"]


def test_output_appears_only_when_there_is_some(panel: CodePanel) -> None:
    assert not panel.output.isVisible()
    panel.output.set_text("\n".join(map(str, range(50))) + "\n")
    assert panel.output.isVisible() and panel.output.view.blockCount() == 50
    assert panel.output.view.height() < 8 * 18 + 20
    panel.output.set_text("")
    assert not panel.output.isVisible()


def test_tab_order_goes_through_rows_made_later(qtbot: QtBot, session: Session) -> None:
    theme, host = ThemeManager("light"), QWidget()
    qtbot.addWidget(host)
    column = QVBoxLayout(host)
    panel, after = CodePanel(session, theme), QPushButton("after")
    column.addWidget(panel)
    column.addWidget(after)
    session.replace_text("c = tensor(1., requires_grad=True)\n" + PROGRAM)
    found, at = [], panel.editor.nextInFocusChain()
    while at is not after:
        found.append(at)
        at = at.nextInFocusChain()
        assert at is not panel.editor
    controls = [control for row in panel.leaves.rows for control in (row.slider, row.box)]
    assert [widget for widget in found if widget in controls] == controls


def test_a_notice_gives_way_to_the_problem_again(panel: CodePanel, session: Session) -> None:
    session.show_problem(ForbiddenError("`open` is not allowed", line=1, column=1))
    data = QMimeData()
    data.setText("#" * 120_000)
    panel.editor.insertFromMimeData(data)
    assert "100 kB" in panel.problem_box.text
    data.setText("#")
    panel.editor.insertFromMimeData(data)
    assert "open is not allowed" in panel.problem_box.text


def test_a_long_text_is_followed_after_the_wait(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    session.replace_text(PROGRAM + "#\n" * 20_000)
    panel.go_to(1, 19)
    qtbot.keyClicks(panel.editor, "7")
    qtbot.waitUntil(lambda: numbers(panel) == [75.0, 6.0], timeout=3000)


def test_a_selected_card_shows_its_text(panel: CodePanel, session: Session) -> None:
    cards = (SimpleNamespace(id="one", span=Span(3, 5, 3, 9)), SimpleNamespace(id="two", span=None))
    session.subject.recording = _Recording(text=PROGRAM, end=0, moments=(), graph=SimpleNamespace(cards=cards))  # type: ignore[assignment]
    session.pointed.select(Selection(card="one"))
    span = panel.editor.marks.span
    assert span is not None and span[0].selectedText() == "a**3"
    session.pointed.select(Selection(card="two"))
    assert panel.editor.marks.span is None
    session.recording.text = "another text"  # type: ignore[misc,union-attr]
    session.pointed.select(Selection(card="one"))
    assert panel.editor.marks.span is None


def test_an_empty_program_has_its_line_and_its_caret_in_place(panel: CodePanel, session: Session) -> None:
    session.replace_text("")
    empty = panel.editor.cursorRect()
    assert [(top, height) for _, top, height in panel.editor.visible_lines()] == [(panel.editor.theme.scale * 8, 24)]
    panel.editor.insertPlainText("y")
    panel.editor.moveCursor(QTextCursor.MoveOperation.Start)
    assert panel.editor.cursorRect() == empty


def test_a_font_of_the_code_is_made_once(panel: CodePanel) -> None:
    """Qt used to read each font's file anew once many fonts were held, as after a graph was shown at many zooms."""
    document = panel.editor.code
    first = [document._font(spacing) for spacing in (100, 90, 76)]
    assert all(document._font(spacing).isCopyOf(font) for spacing, font in zip((100, 90, 76), first, strict=True))
    assert not first[0].isCopyOf(first[1]) and first[0].letterSpacing() == 0 and first[1].letterSpacing() == 90


def test_scrolled_code_ends_before_the_line_numbers(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    """It slid up to them: "3import"."""
    session.replace_text("x = torch.tensor([" + "1., " * 200 + "])\n")
    panel.show()
    editor, gutter = panel.editor, panel.editor._gutter
    qtbot.waitUntil(lambda: editor.horizontalScrollBar().maximum() > 0)
    editor.horizontalScrollBar().setValue(40)
    picture = gutter.grab().toImage()
    assert editor.viewport().x() >= gutter.geometry().right() + 1
    ground, ratio = editor.theme.color("surface").rgb(), picture.devicePixelRatio()
    columns = range(picture.width() - round(8 * ratio), picture.width())
    assert all(picture.pixelColor(x, y).rgb() == ground for x in columns for y in range(picture.height()))

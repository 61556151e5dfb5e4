"""The code panel's menu, output, Tab order, notices and marks."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import ForbiddenError
from engine.recording import Span
from gui.look.theme import ThemeManager
from gui.panels.code.editor.menu import build_menu
from gui.panels.code.panel import CodePanel
from gui.session.session import Selection, Session
from tests.gui.shown_panels import PROGRAM, code_panel, code_session, numbers, type_at_end


@pytest.fixture
def session() -> Session:
    return code_session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[CodePanel]:
    yield from code_panel(qtbot, session)



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
    session.recording = _Recording(text=PROGRAM, end=0, moments=(), graph=SimpleNamespace(cards=cards))  # type: ignore[assignment]
    session.select(Selection(card="one"))
    span = panel.editor.marks.span
    assert span is not None and span[0].selectedText() == "a**3"
    session.select(Selection(card="two"))
    assert panel.editor.marks.span is None
    session.recording.text = "another text"  # type: ignore[misc,union-attr]
    session.select(Selection(card="one"))
    assert panel.editor.marks.span is None


def test_an_empty_program_has_its_line_and_its_caret_in_place(panel: CodePanel, session: Session) -> None:
    session.replace_text("")
    empty = panel.editor.cursorRect()
    assert [(top, height) for _, top, height in panel.editor.visible_lines()] == [(panel.editor.theme.scale * 8, 24)]
    panel.editor.insertPlainText("y")
    panel.editor.moveCursor(QTextCursor.MoveOperation.Start)
    assert panel.editor.cursorRect() == empty

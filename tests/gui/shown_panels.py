"""Panels on the screen, as several files of tests need them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from gui.look.theme import ThemeManager
from gui.panels.code.panel import CodePanel
from gui.panels.graph.panel import GraphPanel
from gui.session.session import Session

PROGRAM = (
    "a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\ny = a**3 - b**2\ny.backward()\n"
)


def graph_panel(qtbot: QtBot, session: Session, height: int = 788) -> Iterator[GraphPanel]:
    """A graph 746 pixels wide that does not move by itself; for a fixture to yield from."""
    panel = GraphPanel(session, ThemeManager("light"), reduced_motion=lambda: True)
    qtbot.addWidget(panel)
    panel.resize(746, height)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    panel.hide()


def code_session() -> Session:
    """A session with `PROGRAM`."""
    session = Session()
    session.replace_text(PROGRAM)
    return session


def code_panel(qtbot: QtBot, session: Session) -> Iterator[CodePanel]:
    """The code of ``session``, with the keyboard; for a fixture to yield from."""
    panel = CodePanel(session, ThemeManager("light"))
    qtbot.addWidget(panel)
    panel.resize(336, 788)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.activateWindow()
    yield panel


def type_at_end(qtbot: QtBot, panel: CodePanel, text: str) -> None:
    """Type ``text`` after the code."""
    panel.editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(panel.editor, text)


def numbers(panel: CodePanel) -> list[float]:
    """Where the sliders are."""
    return [row.slider.number() for row in panel.leaves.rows]

"""Code, graph and timeline walk together: marks follow the cursor, clicks jump, and what the mouse rests on is linked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QMouseEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.code.editor.gutter import Gutter
from gui.panels.code.editor.menu import build_menu
from gui.panels.code.editor.pointing import Pointing
from gui.panels.code.editor.positions import position
from gui.panels.code.panel import CodePanel
from gui.panels.graph.panel import GraphPanel
from gui.panels.timeline.player import Player
from gui.panels.timeline.track import Track
from gui.session.linking import Links
from gui.session.selection import Hover, Selection
from gui.session.session import Session
from tests.engine.explain.formula.test_formula import record
from tests.gui.shown_panels import PROGRAM

LOOP = "y = torch.tensor(1., requires_grad=True)\nfor i in range(3):\n    y = y * 2\ny.backward()\n"


@pytest.fixture(scope="module")
def recorded() -> Recording:
    return record(PROGRAM)


@pytest.fixture
def session(recorded: Recording) -> Session:
    session = Session()
    session.replace_text(PROGRAM)
    session.show_recording(recorded)
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[CodePanel]:
    panel = CodePanel(session, ThemeManager("light"))
    qtbot.addWidget(panel)
    panel.resize(420, 700)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel


def marked(panel: CodePanel) -> tuple[int, str, str, str]:
    """The marked line (0: none) with its phase, and the marked text with its phase."""
    line, span = panel.editor.marks.line, panel.editor.marks.span
    return (
        line[0].block().blockNumber() + 1 if line else 0,
        line[1] if line else "",
        span[0].selectedText() if span else "",
        span[1] if span else "",
    )


def point_of(panel: CodePanel, line: int, column: int) -> QPoint:
    """The middle of a character, in the viewport."""
    editor = panel.editor
    cursor = QTextCursor(editor.document())
    cursor.setPosition(position(editor.document(), line, column))
    left = editor.cursorRect(cursor)
    cursor.movePosition(QTextCursor.MoveOperation.Right)
    return QPoint((left.left() + editor.cursorRect(cursor).left()) // 2, left.center().y())


def rest(widget: QWidget, at: QPoint) -> None:
    """Move the mouse there, without a button."""
    place = QPointF(at)
    none, buttons, keys = Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    where = QPointF(widget.mapToGlobal(at))
    QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, place, where, none, buttons, keys))


def leave(widget: QWidget) -> None:
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def card(recording: Recording, symbol: str) -> str:
    return next(item.id for item in recording.graph.cards if item.symbol == symbol)


# The running line ----------------------------------------------------------------------------------------------------


def test_each_moment_marks_its_line_and_its_text(panel: CodePanel, session: Session) -> None:
    expected = [
        (0, "", "", ""),
        (1, "forward", "torch.tensor([5.], requires_grad=True)", "forward"),
        (2, "forward", "torch.tensor([6.], requires_grad=True)", "forward"),
        (3, "forward", "a**3", "forward"),
        (3, "forward", "b**2", "forward"),
        (3, "forward", "a**3 - b**2", "forward"),
        *[(4, "backward", "y.backward()", "backward")] * 7,
    ]
    found = []
    for cursor in range(13):
        session.set_cursor(cursor)
        found.append(marked(panel))
    assert found == expected
    panel.set_file_name("cubic.py")
    assert panel.header.note() == "running line 4"
    session.set_cursor(3)
    assert panel.header.note() == "running line 3"
    session.set_cursor(0)
    assert panel.header.note() == "cubic.py"


def test_text_that_moved_on_has_no_marks_until_it_has_run(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    panel.set_file_name("cubic.py")
    session.set_cursor(3)
    panel.editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(panel.editor, "#")
    assert marked(panel) == (0, "", "", "") and panel.header.note() == "cubic.py"
    session.set_cursor(4)
    assert marked(panel) == (0, "", "", "")
    session.show_recording(record(PROGRAM + "#"))
    assert marked(panel)[:2] == (3, "forward") and panel.header.note() == "running line 3"


def test_a_slider_keeps_the_marks_for_the_moment_that_its_run_takes(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    session.set_cursor(4)
    panel.leaves.rows[0].box.setValue(7.0)
    assert session.text != PROGRAM and marked(panel)[2] == "b**2"
    session.show_recording(record(session.text))
    assert session.cursor == 4 and marked(panel)[2] == "b**2"
    panel.leaves.rows[0].box.setValue(8.0)
    qtbot.waitUntil(lambda: marked(panel) == (0, "", "", ""))


def test_a_selected_card_wins_until_the_next_step(panel: CodePanel, session: Session, recorded: Recording) -> None:
    session.set_cursor(3)
    session.pointed.select(Selection(card=card(recorded, "b^{2}")))
    assert marked(panel) == (3, "forward", "b**2", "forward")
    session.set_cursor(6)
    assert marked(panel)[2] == "y.backward()"
    session.set_cursor(3)
    session.pointed.select(Selection(card=card(recorded, "b^{2}")))
    session.pointed.select(Selection())
    assert marked(panel)[2] == "a**3"


def test_the_text_of_the_training_step_is_marked_too(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    long = "\n" * 60 + "x = torch.tensor(2., requires_grad=True)\ny = x * 3\n"
    panel.set_read_only_text(long.rstrip("\n"), "step.py")
    assert marked(panel)[0] == 0 and panel.header.note() == "read-only · step.py"
    session.show_recording(record(long))
    assert marked(panel)[:3] == (62, "forward", "x * 3") and panel.header.note() == "read-only · running line 62"
    editor = panel.editor
    qtbot.waitUntil(lambda: editor.viewport().rect().contains(point_of(panel, 62, 5)))
    editor.verticalScrollBar().setValue(0)
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    editor.moveCursor(QTextCursor.MoveOperation.Down, QTextCursor.MoveMode.KeepAnchor)
    session.set_cursor(1)
    assert editor.verticalScrollBar().value() == 0, "what is selected must not scroll away"
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    session.set_cursor(2)
    assert editor.verticalScrollBar().value() > 0


def test_a_result_does_not_scroll_the_text_that_is_being_typed(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    long = PROGRAM + "\n" * 60 + "z = a * 2\n"
    session.replace_text(long)
    session.show_recording(record(long))
    assert panel.editor.verticalScrollBar().value() == 0 and marked(panel)[0] == 3
    session.set_cursor(1)
    session.set_cursor(session.recording.end if session.recording else 0)
    assert panel.editor.verticalScrollBar().value() > 0


# Clicks --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "column", "cursor"), [(3, 5, 3), (3, 8, 3), (3, 10, 5), (3, 12, 4), (3, 1, 5), (1, 8, 1), (4, 3, 12)]
)
def test_ctrl_click_goes_to_the_moment_of_what_is_clicked(
    qtbot: QtBot, panel: CodePanel, session: Session, line: int, column: int, cursor: int
) -> None:
    session.set_cursor(0)
    caret = panel.editor.textCursor().position()
    at = point_of(panel, line, column)
    qtbot.mouseClick(panel.editor.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert session.cursor == 0, "a plain click only places the caret"
    panel.editor.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.mouseClick(panel.editor.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, at)
    assert session.cursor == cursor and panel.editor.textCursor().position() == caret


def test_a_line_number_goes_to_the_last_moment_of_its_line(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    gutter = panel.editor.findChild(Gutter)
    assert gutter is not None and "last time that line ran" in gutter.toolTip()
    reached = []
    for line in (1, 3, 4, 2):
        qtbot.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(10, point_of(panel, line, 1).y()))
        reached.append(session.cursor)
    assert reached == [1, 5, 12, 2]
    qtbot.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(10, gutter.height() - 2))
    assert session.cursor == 2
    session.set_text(PROGRAM + "# more")
    qtbot.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(10, point_of(panel, 1, 1).y()))
    assert session.cursor == 2, "the recording is of another text"


def test_the_menu_goes_to_the_carets_line(panel: CodePanel, session: Session) -> None:
    panel.editor.go_to(2, 1)
    menu = build_menu(panel.editor)
    next(action for action in menu.actions() if action.text() == "Go to when line 2 ran").trigger()
    assert session.cursor == 2
    menu.deleteLater()


def test_a_jump_from_the_code_pauses_the_player(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    player = Player(session)
    session.set_cursor(0)
    player.play()
    assert player.playing
    gutter = panel.editor.findChild(Gutter)
    qtbot.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(10, point_of(panel, 3, 1).y()))
    assert session.cursor == 5 and not player.playing


def test_in_a_text_for_reading_a_plain_click_is_enough(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    panel.set_read_only_text(PROGRAM.rstrip("\n"), "step.py")
    qtbot.mouseClick(panel.editor.viewport(), Qt.MouseButton.LeftButton, pos=point_of(panel, 3, 6))
    assert session.cursor == 3
    qtbot.mousePress(panel.editor.viewport(), Qt.MouseButton.LeftButton, pos=point_of(panel, 1, 1))
    qtbot.mouseRelease(panel.editor.viewport(), Qt.MouseButton.LeftButton, pos=point_of(panel, 1, 9))
    assert session.cursor == 3, "a drag selects"


# Hover ---------------------------------------------------------------------------------------------------------------


def test_resting_on_text_marks_the_narrowest_operations_card(panel: CodePanel, session: Session, recorded: Recording) -> None:
    view = panel.editor.viewport()
    found = []
    for line, column in ((3, 6), (3, 12), (3, 10), (3, 2), (4, 3), (1, 20)):
        rest(view, point_of(panel, line, column))
        found.append(session.pointed.hovered.card)
    names = [card(recorded, symbol) for symbol in ("a^{3}", "b^{2}", "-", "a")]
    assert found == [names[0], names[1], names[2], None, None, names[3]]
    leave(view)
    assert session.pointed.hovered == Hover()


def test_what_is_rested_on_is_marked_in_text_graph_and_timeline(
    qtbot: QtBot, panel: CodePanel, session: Session, recorded: Recording
) -> None:
    theme = ThemeManager("light")
    graph, track = GraphPanel(session, theme), Track(session, theme, Player(session))
    for widget in (graph, track):
        qtbot.addWidget(widget)
        widget.resize(1000, 600 if widget is graph else 104)
        with qtbot.waitExposed(widget):
            widget.show()
    item = graph.scene.cards[card(recorded, "a^{3}")]
    plain = item.look.border()
    rest(panel.editor.viewport(), point_of(panel, 3, 6))
    assert item.look.border() == ("text_3", 1.0) != plain
    assert list(track._hovered) == [2, 9]
    leave(panel.editor.viewport())
    assert item.look.border() == plain and not track._hovered
    rest(track, QPoint(round(track.placement().segment_of(3).x) + 16, 55))
    assert session.pointed.hovered == Hover(card(recorded, "b^{2}"), None, 3) and list(track._hovered) == [3]
    hover = panel.editor.marks.hover
    assert hover is not None and hover.selectedText() == "b**2"
    leave(track)
    assert panel.editor.marks.hover is None
    middle = graph.view.mapFromScene(item.frame().center())
    spot = QPointF(middle)
    QApplication.sendEvent(graph.view.viewport(), QEnterEvent(spot, spot, QPointF(graph.view.viewport().mapToGlobal(middle))))
    rest(graph.view.viewport(), middle)
    assert session.pointed.hovered == Hover(item.card.id)
    hover = panel.editor.marks.hover
    assert hover is not None and hover.selectedText() == "a**3" and list(track._hovered) == [2, 9]
    leave(graph.view.viewport())
    assert session.pointed.hovered == Hover()


def test_an_edge_stands_for_the_gradients_along_it_and_the_operation_it_leads_into(session: Session, recorded: Recording) -> None:
    links = session.links
    assert links is not None and links is session.links
    edge = next(item for item in recorded.graph.edges if item.target == card(recorded, "-") and item.slot == 1)
    assert links.moments_of(edge.id) == [6]
    span = links.span_of(edge.id)
    assert span is not None and (span.column, span.end_column) == (5, 16)


def test_of_operations_in_a_loop_the_one_that_ran_last_is_meant(qapp: QApplication) -> None:
    recording = record(LOOP)
    links = Links(recording)
    assert [links.operation_at(3, 9, cursor) for cursor in range(recording.end + 1)] == [1, 1, 1, 2, *[3] * (recording.end - 3)]
    assert links.moment_of_place(3, 9) == 1 and links.moment_of_place(3) == 3 and links.moment_of_place(2) is None
    cards = [links.card_of(moment) for moment in (1, 2, 3)]
    assert len(set(cards)) == 3 and None not in cards


def test_updates_and_zeroes_belong_to_their_leaf(qapp: QApplication) -> None:
    recording = record(
        "w = torch.tensor(2., requires_grad=True)\n(w * 3).backward()\n"
        "with torch.no_grad():\n    w -= 0.1 * w.grad\nw.grad.zero_()\n"
    )
    links = Links(recording)
    owners = {moment.kind: links.card_of(number) for number, moment in enumerate(recording.moments)}
    leaf = card(recording, "w")
    assert owners["update"] == owners["zero"] == owners["accumulate"] == leaf and owners["free"] is None


def test_columns_count_characters_not_utf16_units(qtbot: QtBot) -> None:
    session = Session()
    text = '"😀😀"; a = torch.tensor(1.) * 2\n'
    session.replace_text(text)
    session.show_recording(record(text))
    panel = CodePanel(session, ThemeManager("light"))
    qtbot.addWidget(panel)
    panel.resize(420, 700)
    panel.show()
    places = []
    pointing = panel.editor.findChild(Pointing)
    assert pointing is not None
    pointing.rested.connect(lambda line, column: places.append((line, column)))
    for column in (2, 7, 10):
        rest(panel.editor.viewport(), point_of(panel, 1, column))
    assert places == [(1, 2), (1, 7), (1, 10)]


def test_the_running_line_stays_in_view_when_the_editor_gets_lower(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    """What a program printed used to take the editor's room and leave the running line below its edge."""
    text = "".join(f"x{at} = torch.tensor([{at}.])\n" for at in range(40))
    session.replace_text(text)
    session.show_recording(record(text))
    session.set_cursor(session.recording.end - 1 if session.recording is not None else 0)

    def lines() -> list[int]:
        area = panel.editor.viewport().height()
        return [block.blockNumber() + 1 for block, top, height in panel.editor.visible_lines() if top + height <= area]

    panel.editor.clearFocus()
    qtbot.waitUntil(lambda: 39 in lines())
    panel.resize(420, 420)
    qtbot.waitUntil(lambda: panel.editor.height() < 400 and 39 in lines())


def test_a_bar_below_the_text_covers_no_line(qtbot: QtBot, panel: CodePanel, session: Session) -> None:
    session.replace_text("".join(f"x{at} = torch.tensor([{at}.]) # {'long ' * 40}\n" for at in range(60)))
    editor = panel.editor
    qtbot.waitUntil(lambda: editor._bar.isVisible() and editor.content_height() > editor.height())
    assert editor.viewport().geometry().bottom() < editor._bar.geometry().top()

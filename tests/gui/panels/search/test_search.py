"""The search over the graph: what is typed is found, visited and left again, and the search keeps its keys to itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import Cancelled
from engine.graph.model import Graph
from engine.graph.state import CardState, Row, State
from engine.recording import Recording
from engine.tables import TensorData, summarise
from gui.documents.autosave import Autosave
from gui.look.theme import ThemeManager
from gui.panels.search.panel import SearchPanel
from gui.panels.search.words import details, findings
from gui.session.session import Session
from gui.session.settings import Settings
from gui.window.main_window import MainWindow
from gui.work import searches as search_thread
from gui.work.searches import Request, Searches
from tests.engine.explain.formula.test_formula import LEAVES, record
from tests.gui.factory import card, cubic, number, recording, tensor, tensors
from tests.gui.opened import Opened, finish

_Key = Qt.Key


@pytest.fixture
def session(qapp: QApplication) -> Session:
    session = Session()
    session.show_recording(cubic())
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[SearchPanel]:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.resize(700, 600)
    panel = SearchPanel(session, ThemeManager("light"), ground)
    panel.fit(QRect(16, 16, 660, 500))
    ground.show()
    qtbot.waitExposed(ground)
    panel.open()
    yield panel
    ground.hide()
    assert panel.close_thread()


def write(qtbot: QtBot, panel: SearchPanel, text: str) -> None:
    """Type a search in place of the present one, and wait for what it finds."""
    panel.field.selectAll()
    qtbot.keyClicks(panel.field, text)
    qtbot.waitUntil(lambda: not panel.searcher.waiting)


def texts(panel: SearchPanel) -> list[str]:
    model = panel.list.hits
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def many(count: int) -> Recording:
    cards = tuple(card(f"c{at}", "x", "operation", "MulBackward0") for at in range(count))
    row = CardState(Row("value", number(1.0)), Row("none"))
    return recording(Graph(cards, (), f"many{count}"), [State(0, {item.id: row for item in cards}, {})])


def test_what_is_typed_is_listed_with_what_meets_it(qtbot: QtBot, panel: SearchPanel, session: Session) -> None:
    write(qtbot, panel, "grad > 0.5")
    assert panel.bar.count.text() == "4 found"
    assert [text.rpartition(", ")[2] for text in texts(panel)] == ["grad = 75", "grad = 1", "grad = 1", "grad = 1"]
    assert panel.list.isVisible() and panel.list.marked == 0
    session.set_cursor(0)
    qtbot.waitUntil(lambda: panel.bar.count.text() == "nothing found")
    assert not panel.list.isVisible()
    session.set_cursor(1)
    qtbot.waitUntil(lambda: panel.bar.count.text() == "4 found")
    with qtbot.waitSignal(panel.searcher.found_changed):
        session.show_recording(cubic(a=-5.0))
    with qtbot.waitSignal(panel.searcher.found_changed):
        session.show_recording(cubic(a=0.0))
    assert panel.bar.count.text() == "3 found"


def test_enter_and_shift_enter_go_from_hit_to_hit(qtbot: QtBot, panel: SearchPanel, session: Session) -> None:
    revealed: list[str] = []
    session.pointed.reveal_wanted.connect(revealed.append)
    write(qtbot, panel, "grad > 0.5")
    enter = [(_Key.Key_Return, Qt.KeyboardModifier.NoModifier)] * 5 + [(_Key.Key_Enter, Qt.KeyboardModifier.ShiftModifier)] * 2
    counts = []
    for key, modifier in enter:
        qtbot.keyClick(panel.field, key, modifier)
        counts.append(panel.bar.count.text())
    assert revealed == ["a", "a3", "sub", "y", "a", "y", "sub"]
    assert counts == [f"{at} of 4" for at in (1, 2, 3, 4, 1, 4, 3)]
    assert session.pointed.selection.card == "sub"
    assert not panel.list.isVisible(), "the graph can be seen"
    assert panel.field.hasFocus()
    session.set_cursor(0)
    session.set_cursor(1)
    qtbot.waitUntil(lambda: not panel.searcher.waiting and panel.bar.count.text() == "3 of 4")


def test_arrows_mark_a_row_and_a_click_goes_to_one(qtbot: QtBot, panel: SearchPanel, session: Session) -> None:
    write(qtbot, panel, "backward0")
    assert panel.list.rows() == 3
    for key, row in ((_Key.Key_Down, 1), (_Key.Key_PageDown, 2), (_Key.Key_Down, 2), (_Key.Key_Up, 1)):
        qtbot.keyClick(panel.field, key)
        assert panel.list.marked == row
        assert "Backward0" in panel.field.accessibleDescription()
    qtbot.keyClick(panel.field, _Key.Key_Return)
    assert session.pointed.selection.card == "b2"
    qtbot.keyClick(panel.field, _Key.Key_Down)
    assert panel.list.isVisible() and panel.list.marked == 1
    row = panel.list.visualRect(panel.list.hits.index(2))
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    assert session.pointed.selection.card == "sub"
    assert panel.bar.count.text() == "3 of 3"


def test_enter_before_anything_is_found_goes_there_afterwards(qtbot: QtBot, panel: SearchPanel, session: Session) -> None:
    with qtbot.waitSignal(session.pointed.reveal_wanted):
        qtbot.keyClicks(panel.field, "sub")
        qtbot.keyClick(panel.field, _Key.Key_Return)
    assert session.pointed.selection.card == "sub"


def test_a_problem_is_said_where_it_is_after_a_moment_or_at_enter(qtbot: QtBot, panel: SearchPanel, session: Session) -> None:
    write(qtbot, panel, "sub")
    qtbot.keyClicks(panel.field, " grad >")
    assert not panel.note.isVisible() and panel.bar.count.text() == "" and not panel.list.isVisible()
    qtbot.waitUntil(panel.note.isVisible)
    assert panel.note.text() == "Column 11: a number is missing after >; for example: grad > 10."
    assert panel.field.accessibleDescription() == panel.note.text()
    qtbot.keyClicks(panel.field, " 0")
    assert not panel.note.isVisible()
    qtbot.waitUntil(lambda: panel.bar.count.text() == "1 found")
    qtbot.keyClicks(panel.field, " |")
    qtbot.keyClick(panel.field, _Key.Key_Return)
    assert panel.note.isVisible()
    assert session.pointed.selection.card is None


def test_what_summaries_do_not_tell_is_said(qtbot: QtBot, panel: SearchPanel, session: Session) -> None:
    shown = tensors()
    values = tensor([0.0, 1.0, 2.0])
    assert values.array is not None
    state = shown.state(0)
    kept = TensorData((9000,), "float32", None, summarise(values.array))
    cards = {key: CardState(Row("value", kept), item.gradient) for key, item in state.cards.items()}
    session.show_recording(recording(shown.graph, [State(0, cards, state.edges)]))
    write(qtbot, panel, "value > 1")
    assert texts(panel)[0].endswith("value up to 2 · at least one element")
    write(qtbot, panel, "value = 1.5")
    assert panel.bar.count.text() == "nothing found"
    assert panel.note.isVisible() and panel.note.text().startswith("3 more cards may match")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("data value < 0", ["value down to −3 · 750 of 1,500 elements"]),
        ("pow all |value| < 10", ["|value| down to 4.005e−6 · all 1,500 elements"]),
        ("mean value != 0", ["value = 3.004"]),
        ("data value != 3", ["value ≠ 3 · 1,499 of 1,500 elements"]),
        ("data grad is not tracked", ["grad is not tracked"]),
        ("pow value is not nan grad > 0", ["value is not nan · all 1,500 elements", "grad up to 6.667e−4 · all 1,500 elements"]),
    ],
)
def test_words_of_a_hit(qtbot: QtBot, panel: SearchPanel, session: Session, query: str, said: list[str]) -> None:
    session.show_recording(tensors())
    write(qtbot, panel, query)
    found = panel.searcher.found
    assert found is not None and len(found) == 1
    assert [text for _, text in findings(found, found[0])] == said
    assert details(found, found[0])


def test_a_hit_says_the_number_of_its_operation_however_little_room_there_is(
    qtbot: QtBot, panel: SearchPanel, session: Session
) -> None:
    session.show_recording(record(f"{LEAVES}y = a**2 + b**2\ny.backward()"))
    write(qtbot, panel, "pow")
    found = panel.searcher.found
    assert found is not None and len(found) == 2
    for text in zip(*(details(found, hit) for hit in found), strict=False):
        assert len(set(text)) == 2 and all(one.startswith("operation ") for one in text), text


def test_keys_of_the_search_go_no_further(qtbot: QtBot, panel: SearchPanel) -> None:
    went_on: list[int] = []
    ground = panel.parentWidget()
    assert ground is not None
    ground.keyPressEvent = lambda event: went_on.append(event.key())  # type: ignore[method-assign, assignment]
    keys = (_Key.Key_Space, _Key.Key_Left, _Key.Key_Right, _Key.Key_Home, _Key.Key_End, _Key.Key_Up, _Key.Key_Down)
    for widget in (panel.field, panel.bar.next, panel.bar.dismiss, panel):
        for key in keys[1:] if widget is panel.bar.dismiss else keys:
            for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
                qtbot.keyClick(widget, key, modifier)
    assert went_on == []
    assert panel.isVisible()


def test_esc_closes_and_f3_goes_on_with_the_search(qtbot: QtBot, panel: SearchPanel, session: Session) -> None:
    write(qtbot, panel, "backward0")
    qtbot.keyClick(panel.field, _Key.Key_Return)
    with qtbot.waitSignals([panel.closed, panel.toggled]):
        qtbot.keyClick(panel.field, _Key.Key_Escape)
    assert not panel.isVisible()
    with qtbot.waitSignal(session.pointed.reveal_wanted):
        panel.walk.find_next()
    assert session.pointed.selection.card == "b2" and panel.isVisible() and not panel.list.isVisible()
    panel.walk.find_previous()
    assert session.pointed.selection.card == "a3"
    panel.open()
    assert panel.field.selectedText() == "backward0"


def test_only_rows_that_are_seen_are_made(
    qtbot: QtBot, panel: SearchPanel, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.show_recording(many(5000))
    asked: list[int] = []
    model = panel.list.hits
    plain = type(model).data
    monkeypatch.setattr(type(model), "data", lambda self, index, role=0: asked.append(index.row()) or plain(self, index, role))
    write(qtbot, panel, "mulbackward0")
    panel.list.viewport().grab()
    assert panel.bar.count.text() == "5,000 found"
    assert 0 < len(set(asked)) < 20


def test_the_newest_search_wins(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running search is asked to give way as soon as a newer one waits; only the newest is answered."""
    first, shown = cubic(), []
    thread = Searches()
    thread.done.connect(lambda request, found: shown.append((request, found)))
    requests = [Request(first, search_thread.search.__globals__["parse"]("a"), 0) for _ in range(3)]
    calls: list[object] = []

    def slow(recording: Recording, query: object, cursor: int, *, cancelled: object) -> object:
        calls.append(query)
        if query is requests[0].query:
            for request in requests[1:]:
                thread.put(request)
            recording.__dict__["_search_index"] = None
            assert cancelled()  # type: ignore[operator]
            raise Cancelled
        return "found"

    monkeypatch.setattr(search_thread, "search", slow)
    thread.put(requests[0])
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == [(requests[2], "found")]
    assert calls == [requests[0].query, requests[2].query]
    assert thread.close()


def test_a_fault_is_told_and_the_search_goes_on(qtbot: QtBot, panel: SearchPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **options: object) -> object:
        raise ZeroDivisionError("on purpose")

    with monkeypatch.context() as patch:
        patch.setattr(search_thread, "search", broken)
        with qtbot.waitSignal(panel.crashed) as caught:
            qtbot.keyClicks(panel.field, "s")
        assert "on purpose" in caught.args[0]
    write(qtbot, panel, "sub")
    assert panel.bar.count.text() == "1 found"


@pytest.mark.parametrize("scale", [0.9, 1.0, 1.5])
@pytest.mark.parametrize("name", ["light", "dark"])
def test_it_stays_in_its_room(qtbot: QtBot, session: Session, scale: float, name: str) -> None:
    ground = QWidget()
    qtbot.addWidget(ground)
    theme = ThemeManager(name)
    panel = SearchPanel(session, theme, ground)
    ground.resize(480, 300)
    room = QRect(16, 16, 448, 210)
    panel.fit(room)
    ground.show()
    panel.open()
    theme.set_scale(scale)
    session.show_recording(many(20))
    write(qtbot, panel, "mulbackward0")
    assert panel.list.isVisible() and panel.list.height() >= 36
    assert room.contains(panel.geometry())
    assert panel.bar_area().bottom() < panel.list.mapTo(ground, QPoint(0, 0)).y() + 3
    write(qtbot, panel, "value is what")
    qtbot.keyClick(panel.field, _Key.Key_Return)
    assert room.contains(panel.geometry()) and panel.note.height() > 12
    ground.hide()
    assert panel.close_thread()


# In the window -----------------------------------------------------------------------------------------------------


def test_the_window_finds_and_gives_the_keyboard_back(qtbot: QtBot, opened: Opened) -> None:
    window = opened.with_graph()
    with qtbot.waitActive(window):
        window.activateWindow()
    assert window.session.recording is not None
    window.session.set_cursor(window.session.recording.end)
    cursor = window.session.cursor
    qtbot.keyClick(window.graph.view, _Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    search = window.search
    assert search.isVisible() and search.field.hasFocus()
    write(qtbot, search, "op:pow grad < 0")
    qtbot.keyClick(search.field, _Key.Key_F3)
    assert window.session.pointed.selection.card is not None
    assert window.graph.view.walk.selected_card == window.session.pointed.selection.card
    for key in (_Key.Key_Home, _Key.Key_Left, _Key.Key_End, _Key.Key_Space):
        qtbot.keyClick(search.field, key)
    assert window.session.cursor == cursor and not window.stepping.player.playing
    canvas = window.graph.canvas
    assert not search.geometry().intersects(canvas.over.zoom_box.geometry())
    assert canvas.rect().contains(search.geometry())
    heading = canvas.over.heading
    assert heading is not None and not (heading.isVisible() and heading.geometry().intersects(search.bar_area()))
    shown = window.graph.view.mapFromScene(window.graph.scene.places.frame(window.graph.view.walk.selected_card)).boundingRect()
    assert not shown.intersects(search.bar_area())
    qtbot.keyClick(search.field, _Key.Key_Escape)
    assert not search.isVisible() and window.graph.view.hasFocus()
    qtbot.keyClick(window.graph.view, _Key.Key_Left)
    assert window.session.cursor == cursor - 1


def test_a_window_that_never_searched_has_no_thread(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(ThemeManager("light"), Settings(tmp_path / "s.ini"), Autosave(tmp_path / "unsaved"))
    assert not window.search.searcher.running
    finish(qtbot, window)

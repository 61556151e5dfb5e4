"""The graph panel draws what the recording's graph and state say, and keeps its items and places."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import ProgramError
from engine.graph.model import Graph
from engine.graph.state import CardState, EdgeState, Row, State
from engine.recording import Recording
from engine.tables import Summary, TensorData
from gui.look.theme import ThemeManager
from gui.panels.graph.canvas.ground import Ground
from gui.panels.graph.cards.card_face import card_face, card_size
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.cards.histogram import histogram
from gui.panels.graph.describe import card_spoken, card_tooltip, counts_text, edge_tooltip
from gui.panels.graph.edges.edge_item import EdgeItem, factor_text, pill_text
from gui.panels.graph.metrics import detail, readable
from gui.panels.graph.panel import GraphPanel
from gui.session.session import Session
from tests.gui.factory import card, cubic, edge, number, recording, tensor, tensors
from tests.gui.shown_panels import graph_panel


@pytest.fixture
def session(qapp: QApplication) -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[GraphPanel]:
    yield from graph_panel(qtbot, session)


def positions(panel: GraphPanel) -> dict[str, QPointF]:
    return {key: item.pos() for key, item in panel.scene.cards.items()}


def test_a_note_takes_no_place_among_cards(panel: GraphPanel) -> None:
    canvas, size = panel.canvas, QSize(200, 20)
    taken = Ground()
    assert canvas.arrangement._free_spot(size, taken, None, corners=True) == canvas.arrangement._free_spot(size, taken, None)
    for right in (0, canvas.width() - 100):
        taken.add(QRect(right, 0, 100, 100))
    assert (
        canvas.arrangement._free_spot(size, taken, None) is not None
        and canvas.arrangement._free_spot(size, taken, None, corners=True) is None
    )


def test_shows_counts_and_hides_the_progress_sign(panel: GraphPanel, session: Session) -> None:
    assert panel.canvas.over.progress.isVisible()
    session.show_recording(cubic())
    assert not panel.canvas.over.progress.isVisible()
    assert panel.header.note() == "6 nodes · 5 edges"
    assert counts_text(tensors().graph) == "3 nodes · 2 edges · big tensors as histograms"
    assert panel.canvas.over.legend.entries == ("value", "gradient")


def test_first_graph_is_shown_whole_at_100_per_cent(panel: GraphPanel, session: Session) -> None:
    session.show_recording(cubic())
    shown = panel.view.mapFromScene(panel.scene.places.extent()).boundingRect()
    assert panel.view.camera.zoom == 1.0
    assert panel.view.viewport().rect().contains(shown)


def test_other_numbers_keep_items_places_and_zoom(panel: GraphPanel, session: Session) -> None:
    session.show_recording(cubic(5))
    panel.canvas.fitting.zoom_in()
    items, places, zoom = dict(panel.scene.cards), positions(panel), panel.view.camera.zoom
    edges = dict(panel.scene.edges)
    session.show_recording(cubic(2))
    assert panel.scene.cards == items and panel.scene.edges == edges
    assert positions(panel) == places and panel.view.camera.zoom == zoom
    data = panel.scene.cards["a3"].state.value.data
    assert data is not None and data.item() == 8


def test_another_structure_keeps_what_stayed(panel: GraphPanel, session: Session) -> None:
    session.show_recording(cubic())
    item = panel.scene.cards["a"]
    session.show_recording(cubic(extra=True))
    assert panel.scene.cards["a"] is item
    assert set(panel.scene.cards) == {"a", "b", "a3", "b2", "sub", "add", "y"}
    assert "sub-y-0" not in panel.scene.edges and panel.scene.edges["add-y-0"].isVisible()
    frames = [item.frame() for item in panel.scene.cards.values()]
    assert not any(one.intersects(two) for at, one in enumerate(frames) for two in frames[at + 1 :])


def test_inputs_arrive_in_the_order_they_come_from_above(panel: GraphPanel, session: Session) -> None:
    leaves = (card(key, key, "leaf", "AccumulateGrad") for key in "ab")
    cards = (*leaves, card("s", "-", "operation", "SubBackward0"))
    graph = Graph(cards, (edge("b", "s", 0), edge("a", "s", 1)), "crossed")
    session.show_recording(recording(graph, [State(0, {}, {})]))
    above, below = sorted(panel.scene.edges.values(), key=lambda item: item.source.y())
    assert (above.rails.index, below.rails.index) == (0, 1) and above.rails.count == 2


def test_cards_glide_and_any_key_ends_it(qtbot: QtBot, session: Session) -> None:
    panel = GraphPanel(session, ThemeManager("dark"))
    qtbot.addWidget(panel)
    session.show_recording(cubic())
    before = positions(panel)
    goal = {key: (pos.x() + 300, pos.y() + 10) for key, pos in before.items()}

    class Moved:
        positions = goal
        routes: dict[str, tuple[tuple[float, float], ...]] = {}

    panel.scene.arrange(Moved())  # type: ignore[arg-type]
    assert positions(panel) == before
    qtbot.keyClick(panel.view, Qt.Key.Key_Left)
    assert {key: (pos.x(), pos.y()) for key, pos in positions(panel).items()} == goal


def test_cursor_moves_only_the_state(panel: GraphPanel, session: Session) -> None:
    session.show_recording(cubic())
    session.set_cursor(0)
    assert panel.scene.cards["y"].state.value.kind == "not_yet"
    assert panel.scene.edges["sub-y-0"].state.value == "idle"
    assert panel.canvas.over.legend.entries == ()


def test_stale_graph_is_dimmed_under_a_banner(panel: GraphPanel, session: Session) -> None:
    session.show_recording(cubic())
    session.show_problem(ProgramError("a value is missing"))
    assert panel.canvas.over.banner.isVisible() and panel.header.note() == ""
    assert all(item.opacity() == 0.5 for item in panel.scene.cards.values())
    session.show_recording(cubic())
    assert not panel.canvas.over.banner.isVisible()
    assert all(item.opacity() == 1.0 for item in panel.scene.edges.values())


def test_problem_before_any_graph_ends_the_waiting(panel: GraphPanel, session: Session) -> None:
    session.show_problem(ProgramError("a value is missing"))
    assert panel.canvas.over.progress.accessibleName() == "no graph yet"


def test_an_empty_program_says_how_to_begin(panel: GraphPanel, session: Session) -> None:
    progress = panel.canvas.over.progress
    session.show_recording(Recording("", (), (), (), (), (), (), ()))
    assert progress.isVisible() and progress.accessibleName() == "Type a program, or choose a preset"
    session.show_problem(ProgramError("a value is missing"))
    assert progress.accessibleName() == "no graph yet", "who typed a program was asked to type one"
    session.show_recording(Recording("", (), (), (), (), (), (), ()))
    assert progress.accessibleName() == "Type a program, or choose a preset"
    session.show_recording(cubic())
    assert not progress.isVisible()


def test_progress_says_what_the_first_graph_waits_for(panel: GraphPanel, session: Session) -> None:
    progress = panel.canvas.over.progress
    session.set_busy(True)
    assert progress.accessibleName() == "starting PyTorch…"
    panel.waiting.engine_ready()
    assert progress.accessibleName() == "running the program…"
    session.set_busy(False)
    assert progress.accessibleName() == "no graph yet"
    session.set_busy(True)
    assert progress.accessibleName() == "running the program…"


def test_what_has_no_graph_yet_does_not_show_the_one_before(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    session.show_recording(cubic())
    shown, cards = session.recording, positions(panel)
    session.set_mode("train")  # whose training is not prepared yet
    assert not panel.scene.cards and not panel.scene.edges and panel.header.note() == ""
    assert panel.canvas.over.progress.isVisible() and panel.canvas.over.progress.accessibleName() == "no graph yet"
    qtbot.wait(50)
    session.set_mode("explore")
    assert session.recording is shown
    assert positions(panel) == cards and not panel.canvas.over.progress.isVisible()


# Rows --------------------------------------------------------------------------------------------------------------

ROWS = {
    "number": Row("value", number(75)),
    "zero": Row("value", number(0)),
    "not yet": Row("not_yet"),
    "None": Row("none"),
    "not tracked": Row("not_tracked"),
    "cleared": Row("cleared", number(0)),
    "nan": Row("value", number(float("nan"))),
    "inf": Row("value", number(float("inf"))),
    "accumulated": Row("value", number(150), number(75), number(75)),
    "updated": Row("value", number(2), number(3)),
}


def picture(row: Row, state: CardState | None = None, zoom: float = 1.0) -> QImage:
    item = CardItem(card("a", "a", "leaf", "AccumulateGrad"), ThemeManager("light"))
    item.set_state(state or CardState(Row("value", number(5)), row))
    image = QImage(140, 150, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    from PySide6.QtWidgets import QStyleOptionGraphicsItem

    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    return image


def test_every_row_state_looks_different(qapp: QApplication) -> None:
    images = {name: picture(row) for name, row in ROWS.items()}
    names = list(images)
    same = [(one, two) for at, one in enumerate(names) for two in names[at + 1 :] if images[one] == images[two]]
    assert same == []


def test_nan_and_failure_have_an_error_border(qapp: QApplication) -> None:
    error = ThemeManager("light").color("error_line")
    state = CardState(Row("value", number(5)), Row("none"), failed=True)
    for image in (picture(ROWS["nan"]), picture(ROWS["inf"]), picture(Row("none"), state)):
        assert image.pixelColor(60, 0) == error and image.pixelColor(60, 1) == error
    assert picture(ROWS["number"]).pixelColor(60, 0) != error


def test_levels_of_detail(qapp: QApplication) -> None:
    assert [detail(zoom) for zoom in (1.0, 0.7, 0.69, 0.35, 0.34, 0.1)] == ["full", "full", "compact", "compact", "dot", "dot"]
    assert all(readable(11, zoom) * zoom >= 11 for zoom in (1.0, 0.93, 0.8, 0.7))
    images = [picture(ROWS["number"], zoom=zoom) for zoom in (0.71, 0.68, 0.36, 0.3, 0.05)]
    assert all(one != two for at, one in enumerate(images) for two in images[at + 1 :])


def test_sizes_and_ports(qapp: QApplication) -> None:
    assert card_size(card("a", "a", "leaf", "AccumulateGrad")) == (132, 137)
    assert card_size(card("p", "a^{3}", "operation", "PowBackward0")) == (126, 137)
    assert card_size(card("y", "y", "result", "result")) == (104, 137)
    assert card_size(card("X", "X", "data", "data", (1500, 1))) == (120, 148)
    assert card_size(card("l", "l", "operation", "NativeLayerNormBackward0")) == (126, 137)
    assert card_size(card("b", "b", "leaf", "AccumulateGrad", (3,))) == (184, 148)
    assert card_size(card("h", "h", "operation", "AddBackward0", (8,))) == (238, 166)
    minus = card("m", "-", "operation", "SubBackward0")
    assert [card_face(minus).input_ports(index, 2) for index in (0, 1)] == [(34, 50), (100, 116)]
    assert card_face(minus).input_ports(0, 1) == (83, 115)
    many = [height for index in range(5) for height in card_face(minus).input_ports(index, 5)]
    assert many == sorted(many) and len(set(many)) == 10 and many[0] > 0 and many[-1] < 137


def test_histograms() -> None:
    flat = histogram(tensor([[0.5]] * 4))
    assert flat.note == "all 0.5" and sum(height > 0 for height in flat.heights) == 1
    assert histogram(tensor(np.full(1500, 1 / 1500))).note == "all 1/1500"
    spread = histogram(tensor(np.linspace(-3, 3, 100)))
    assert (spread.low, spread.high, spread.zero) == ("−3.0", "3.0", 0.5) and len(spread.heights) == 20
    kept = histogram(TensorData((400, 400), "float32", None, Summary(-1.0, 3.0, 1.0, 1.0, 1.0, 0, 0, (1, 4, 2, 0))))
    assert (kept.low, kept.high, kept.zero, kept.heights) == ("−1.0", "3.0", 0.25, (0.25, 1.0, 0.5, 0.0))
    same = histogram(TensorData((400, 400), "float32", None, Summary(2.0, 2.0, 2.0, 0.0, 1.0, 0, 0, (1,))))
    assert same.note == "all 2" and sum(same.heights) == 1
    assert histogram(tensor([1, float("nan"), float("inf"), 2])).bad == "1 nan · 1 ∞"
    assert histogram(tensor(np.zeros((0, 3)))).note == "empty"
    assert histogram(TensorData((2,), "bool", np.array([True, False]))).high == "1.0"


# Edges -------------------------------------------------------------------------------------------------------------


def test_edge_texts() -> None:
    assert factor_text(EdgeState("done", "done", number(-1), number(-1))) == "× (−1)"
    assert pill_text(EdgeState("done", "active", number(-12), number(12))) == "× 12 = −12"
    assert factor_text(EdgeState("done", "done", tensor([1, 2]), tensor([1, 2]))) == ""
    # Only the shape stood there, where a number is expected: "gradient 2" for [1, 1] and for [2, 3].
    assert pill_text(EdgeState("done", "active", tensor([2, 3]), None)) == "gradient [2, 3]"
    assert pill_text(EdgeState("done", "active", tensor([[1], [2]]), None)) == "gradient [[1], [2]]"
    assert pill_text(EdgeState("done", "active", tensor(np.ones(9)), None)) == "gradient of shape [9]"
    assert pill_text(EdgeState("done", "active", tensor(np.ones((4, 3))), None)) == "gradient of shape [4×3]"


def test_labels_cover_no_card(panel: GraphPanel, session: Session) -> None:
    session.show_recording(cubic())
    panel.grab()
    placed = [item.text.place for item in panel.scene.edges.values() if item.text.place is not None]
    assert len(placed) >= 4
    for rect in placed:
        assert not any(item.frame().intersects(rect) for item in panel.scene.cards.values())


@pytest.mark.parametrize("value", ["idle", "active", "done", "freed"])
@pytest.mark.parametrize("gradient", ["none", "pending", "active", "done", "cut", "freed"])
def test_every_edge_state_is_painted(panel: GraphPanel, session: Session, value: str, gradient: str) -> None:
    cards = (card("a", "a", "leaf", "AccumulateGrad"), card("y", "y", "result", "result"))
    graph = Graph(cards, (edge("a", "y"),), "two")
    plain = {item.id: CardState(Row("not_yet"), Row("not_yet")) for item in cards}
    blank = State(0, plain, {"a-y-0": EdgeState("idle", "none")})
    rails = EdgeState(value, gradient, number(2), number(2))  # type: ignore[arg-type]
    session.show_recording(recording(graph, [blank, State(1, plain, {"a-y-0": rails})]))
    after = panel.view.grab().toImage()
    session.set_cursor(0)
    assert (panel.view.grab().toImage() == after) == ((value, gradient) == ("idle", "none"))


# Mouse and keyboard ------------------------------------------------------------------------------------------------


def test_wheel_zooms_to_the_cursor(panel: GraphPanel, session: Session, qapp: QApplication) -> None:
    session.show_recording(cubic())
    at = QPoint(200, 300)
    before = panel.view.mapToScene(at)
    wheel = QWheelEvent(
        QPointF(at),
        QPointF(panel.view.viewport().mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    qapp.sendEvent(panel.view.viewport(), wheel)
    moved = panel.view.mapToScene(at) - before
    assert panel.view.camera.zoom > 1.1 and abs(moved.x()) < 1.5 and abs(moved.y()) < 1.5


def test_click_selects_and_drag_pans(panel: GraphPanel, session: Session, qtbot: QtBot) -> None:
    session.show_recording(cubic())
    port = panel.view.viewport()
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=panel.view.mapFromScene(panel.scene.cards["b2"].frame().center()))
    assert session.pointed.selection.card == "b2" and panel.scene.cards["b2"].look.ringed
    corner = panel.view.mapToScene(0, 0)
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=QPoint(10, 400))
    qtbot.mouseMove(port, QPoint(60, 430))
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(60, 430))
    assert panel.view.mapToScene(0, 0) == corner - QPointF(50, 30)
    assert session.pointed.selection.card == "b2"
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=QPoint(10, 20))
    assert (session.pointed.selection.card, session.pointed.selection.edge) == (None, None)


def test_keyboard_walk(panel: GraphPanel, session: Session, qtbot: QtBot) -> None:
    session.show_recording(cubic())
    panel.canvas.over.zoom_box.fit.setFocus()
    panel.view.setFocus(Qt.FocusReason.TabFocusReason)
    assert panel.view.walk.focused == "a"
    qtbot.keyClick(panel.view, Qt.Key.Key_Tab)
    assert panel.view.walk.focused == "b"
    qtbot.keyClick(panel.view, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert panel.view.walk.focused == "a"
    for expected in ("a3", "sub", "y"):
        qtbot.keyClick(panel.view, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        assert panel.view.walk.focused == expected
    qtbot.keyClick(panel.view, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert panel.view.walk.focused == "sub"
    corner = panel.view.mapToScene(0, 0)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    assert panel.view.walk.focused == "sub" and panel.view.mapToScene(0, 0) == corner
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert session.pointed.selection.card == "sub"
    assert "SubBackward0" in panel.view.accessibleDescription()


def test_words(panel: GraphPanel, session: Session) -> None:
    session.show_recording(cubic(0.1))
    item = panel.scene.cards["a"]
    assert "value: 0.1" in card_tooltip(item) and "float32" in card_tooltip(item) and "AccumulateGrad" in card_tooltip(item)
    assert card_spoken(panel.scene.cards["a3"]).startswith("a³, PowBackward0; value 0.001")
    assert "local slope" in edge_tooltip(panel.scene.edges["a-a3-0"])


def test_menus_copy(panel: GraphPanel, session: Session, qapp: QApplication) -> None:
    session.show_recording(cubic())
    item = panel.scene.cards["b"]
    actions = {action.text(): action for action in panel.menu_for(item).actions()}
    actions["Copy .grad"].trigger()
    assert qapp.clipboard().text() == "-12.0"
    actions["Show in code"].trigger()
    assert session.pointed.selection.card == "b"
    rail: EdgeItem = panel.scene.edges["b-b2-0"]
    assert {action.text() for action in panel.menu_for(rail).actions()} >= {"Copy contribution", "Copy picture of graph"}
    assert {"Fit", "100 %", "Export picture…"} <= {action.text() for action in panel.menu_for(None).actions()}


def test_theme_changes_the_picture(panel: GraphPanel, session: Session) -> None:
    session.show_recording(tensors())
    light = panel.grab().toImage()
    panel.theme.set_choice("dark")
    assert panel.grab().toImage().pixelColor(300, 700).lightness() < 60 < light.pixelColor(300, 700).lightness()


class Heading(QWidget):
    """A formula of a given height, without derivatives of 60 px."""

    resized = Signal(QSize)
    only_note = False

    def __init__(self) -> None:
        super().__init__()
        self.size_now, self.outline = QSize(200, 60), ("y = a", True)
        self.brief = False

    def size_of(self, brief: bool) -> QSize:
        return QSize(self.size_now.width(), min(60, self.size_now.height())) if brief else self.size_now

    def show_brief(self, brief: bool) -> None:
        self.brief = brief

    def fit(self, width: int) -> None:
        pass

    def become(self, height: int, *outline: object) -> None:
        self.size_now, self.outline = QSize(200, height), outline
        self.resized.emit(self.size_now)


def test_longer_numbers_in_the_formula_never_zoom_and_a_longer_formula_does(panel: GraphPanel, session: Session) -> None:
    """While a slider was dragged, a number that took another line used to zoom the graph from 100 to 92 %."""
    heading = Heading()
    panel.set_heading(heading)  # type: ignore[arg-type]
    session.show_recording(cubic())
    zoom, corner = panel.view.camera.zoom, panel.view.mapFromScene(QPointF(0, 0))
    for height in (70, 380, 90, 385):
        session.show_recording(cubic(height))
        heading.become(height, "y = a", True)
        assert panel.view.camera.zoom == zoom and panel.view.mapFromScene(QPointF(0, 0)) == corner
    heading.become(390, "y = a", True, "derivatives")
    assert panel.view.camera.zoom < zoom


def test_a_formula_stays_where_it_is_while_a_slider_is_dragged(
    panel: GraphPanel, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a number that was a digit shorter it jumped from one corner to the other, and its derivatives came and went."""
    heading = Heading()
    panel.set_heading(heading)  # type: ignore[arg-type]
    session.show_recording(cubic())
    panel.resize(746, 540)
    heading.become(420, "y = a", True)
    panel.canvas.fitting.fit()
    assert heading.isVisible() and heading.brief
    where = heading.pos()
    monkeypatch.setattr(QGuiApplication, "mouseButtons", lambda: Qt.MouseButton.LeftButton)
    for height in (40, 420, 60):
        heading.become(height, "y = a", True)
        assert heading.pos() == where and heading.brief, height
    monkeypatch.undo()
    heading.become(40, "y = a", True)
    assert not heading.brief, "after that there is room for all of it"


def test_a_formula_finds_its_place_beside_a_graph_a_little_smaller_or_says_less(panel: GraphPanel, session: Session) -> None:
    """In a low panel the formula used to be missing, although cards a little smaller left room for it, or for its first line."""
    heading = Heading()
    panel.set_heading(heading)  # type: ignore[arg-type]
    session.show_recording(cubic())
    panel.resize(746, 540)
    sizes = {}
    for tall in (60, 170, 190, 210, 300, 420):
        heading.become(tall, "y = a", True, tall)
        panel.canvas.fitting.fit()
        assert heading.isVisible() and panel.view.camera.zoom >= 0.7, tall
        assert not panel.canvas.arrangement._obstacles().touches(heading.geometry())
        assert heading.brief == (tall >= 300), tall
        sizes[tall] = panel.view.camera.zoom
    assert sizes[170] > sizes[190] > sizes[210], "no smaller than needed"
    assert sizes[420] == sizes[300] > sizes[190], "and not for what finds no place anyway"


def test_rails_between_neighbours_are_straight_where_their_rows_differ_by_a_few_px(qapp: QApplication) -> None:
    """From a tensor to its mean they used to bend by six px."""
    theme = ThemeManager("light")
    square = CardItem(card("s", "(\\cdot)^{2}", "operation", "PowBackward0", (1500, 1)), theme)
    mean = CardItem(card("m", "\\mathrm{mean}", "operation", "MeanBackward0"), theme)
    mean.setPos(200, 0)
    one = EdgeItem(edge("s", "m"), square, mean, theme)
    assert square.face.ports != mean.face.ports
    assert one.rails.value.boundingRect().height() < 0.01 > one.rails.gradient.boundingRect().height()
    for row, path in enumerate((one.rails.value, one.rails.gradient)):
        for item in (square, mean):
            assert abs(path.boundingRect().top() - item.face.middles[row]) < 14, "within the rows that it joins"
    mean.setPos(200, 40)
    one.geometry_changed()
    assert one.rails.value.boundingRect().height() > 30


def test_a_larger_font_reaches_cards_legend_and_zoom(panel: GraphPanel, session: Session) -> None:
    """Cards used to get smaller, and the others kept their size."""
    panel.resize(1500, 1000)
    session.show_recording(cubic())
    theme, canvas = panel.canvas._theme, panel.canvas
    canvas.fitting.fit()
    zoom, legend, label = canvas.view.camera.zoom, canvas.over.legend.sizeHint(), canvas.over.zoom_box._label
    small = label.font().pixelSize()
    theme.set_scale(1.5)
    assert zoom == 1.0 and canvas.view.camera.zoom == 1.5
    assert canvas.over.legend.sizeHint().width() > legend.width() and canvas.over.legend.height() <= 44
    assert label.font().pixelSize() == round(1.5 * small)
    assert label.fontMetrics().horizontalAdvance("150%") <= label.width()


def test_the_overview_is_shown_or_not_as_the_settings_say(panel: GraphPanel) -> None:
    settings, arrangement = panel.session.settings, panel.canvas.arrangement
    assert arrangement.minimap_allowed
    settings.set_value("overview", False)
    assert not arrangement.minimap_allowed
    overview = next(action for action in panel.menu_for(None).actions() if action.text() == "Overview")
    overview.trigger()
    assert arrangement.minimap_allowed and settings.value("overview") is True
    settings.set_value("overview", False)
    again = GraphPanel(panel.session, panel.theme)
    assert not again.canvas.arrangement.minimap_allowed
    again.deleteLater()

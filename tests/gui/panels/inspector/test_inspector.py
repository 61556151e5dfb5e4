"""The inspector says what the recording says of the selected card or edge, at the cursor, and lets it be copied."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from engine.graph.state import Row
from engine.recording import Recording
from engine.tables import Place, TensorData
from gui.look.theme import ThemeManager
from gui.panels.inspector.content import card_content, data_item, row_item
from gui.panels.inspector.panel import InspectorPanel
from gui.panels.inspector.rows import ItemRow
from gui.panels.inspector.tensor_model import TensorModel, csv_text
from gui.panels.inspector.tensor_view import TensorView
from gui.session.selection import Selection
from gui.session.session import Session
from tests.engine.plain_torch import PROGRAMS, run
from tests.gui.factory import number, show_end, tensor


@pytest.fixture(scope="module")
def cubic() -> Recording:
    return run(PROGRAMS[0])


@pytest.fixture
def session(qapp: QApplication) -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[InspectorPanel]:
    panel = InspectorPanel(session, ThemeManager("light"))
    qtbot.addWidget(panel)
    panel.resize(360, 700)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    panel.hide()


def select(session: Session, symbol: str) -> None:
    assert session.recording is not None
    session.pointed.select(Selection(card=next(card.id for card in session.recording.graph.cards if card.symbol == symbol)))


def said(panel: InspectorPanel) -> dict[str, str]:
    return {f"{title}/{row.texts()[0]}": row.texts()[1] for title, row in panel.rows}


def row(panel: InspectorPanel, label: str) -> ItemRow:
    return next(row for _, row in panel.rows if row.texts()[0] == label)


def test_nothing_selected_is_a_hint(panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    assert panel.hint.isVisible() and not panel.symbol.isVisible()
    show_end(session, cubic)
    select(session, "a^{3}")
    assert not panel.hint.isVisible() and panel.symbol.accessibleName() == "a³"
    session.pointed.select(Selection())
    assert panel.hint.isVisible() and panel.rows == []


def test_an_operation_is_told_in_full(panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    show_end(session, cubic)
    select(session, "a^{3}")
    assert said(panel) == {
        "Now/value": "125.0",
        "Now/gradient": "1.0",
        "When/got its value": "operation 3 of 12",
        "When/got its gradient": "operation 7 of 12",
        "Facts/shape": "[1]",
        "Facts/dtype": "float32",
        "Facts/requires_grad": "True",
        "Facts/is_leaf": "False",
        "Facts/grad_fn": "PowBackward0",
        "Facts/version": "0",
        "Facts/source": "a**3",
        "Gradients that come in/from −": "1.0",
        "Gradients that go out/to a": "75.0",
        "Backward/by a": "3a²",
        "Saved for backward/exponent": "3",
        "Saved for backward/self": "5.0",
    }
    assert row(panel, "by a").texts()[2] == "here 75.0"


def test_the_cursor_decides_what_is_known(panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    show_end(session, cubic)
    select(session, "a^{3}")
    kept = [row for _, row in panel.rows]
    session.set_cursor(7)
    assert [item for _, item in panel.rows] == kept
    assert said(panel)["Now/gradient"] == "1.0" and said(panel)["Gradients that go out/to a"] == "not yet"
    session.set_cursor(2)
    assert said(panel)["Now/value"] == "not yet" and said(panel)["Saved for backward/self"] == "not yet"


def test_the_four_kinds_of_nothing_are_four_texts() -> None:
    zero = number(0)
    rows = [Row("not_yet"), Row("none"), Row("not_tracked"), Row("value", zero), Row("cleared", zero), Row("undefined")]
    items = [row_item("gradient", item, "grad") for item in rows]
    assert [item.text for item in items] == ["not yet", "None", "not tracked", "0.0", "0", "None"]
    assert items[0].waiting and not items[1].waiting
    assert items[4].note != items[5].note != ""


def test_nan_is_marked() -> None:
    item = row_item("gradient", Row("value", number(float("nan"))), "grad")
    assert item.bad and item.tone == "error" and item.text == "nan"


def test_accumulation_is_told() -> None:
    item = row_item(".grad", Row("value", number(150), number(75), number(75)), "grad")
    assert item.text == "150.0" and item.note == "75.0 before, 75.0 was just added"


@pytest.mark.parametrize("text", PROGRAMS)
def test_every_card_of_every_program_has_content_at_every_cursor(text: str) -> None:
    recording = run(text)
    for cursor in range(recording.end + 1):
        state = recording.state(cursor)
        for card in recording.graph.cards:
            content = card_content(recording, state, card)
            assert content.sections and all(item.text for part in content.sections for item in part.items)


def test_labels_lead_to_their_cards(qtbot: QtBot, panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    show_end(session, cubic)
    select(session, "a^{3}")
    leaf = next(card.id for card in cubic.graph.cards if card.symbol == "a")
    qtbot.mouseClick(row(panel, "to a")._way, Qt.MouseButton.LeftButton)
    assert session.pointed.selection.card == leaf


def test_the_source_is_a_way_to_the_program(qtbot: QtBot, panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    show_end(session, cubic)
    select(session, "a^{3}")
    with qtbot.waitSignal(panel.go_to) as heard:
        qtbot.mouseClick(row(panel, "source")._place, Qt.MouseButton.LeftButton)
    assert heard.args == [3, 5]


def test_an_edge_tells_what_goes_along_it(panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    show_end(session, cubic)
    edge = next(edge for edge in cubic.graph.edges if edge.source == "variable-1")
    session.pointed.select(Selection(edge=edge.id))
    assert list(said(panel).values()) == ["b", "b²", "6.0", "−12.0", "12.0"]
    session.set_cursor(0)
    assert list(said(panel).values())[2:4] == ["not yet", "None"]


def test_a_number_is_copied_as_python_reads_it(qtbot: QtBot, panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    show_end(session, cubic)
    select(session, "b")
    qtbot.mouseClick(row(panel, ".grad")._copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "-12.0"


# Tensors -------------------------------------------------------------------------------------------------------------


def test_a_large_tensor_is_a_table_of_all_its_numbers(qtbot: QtBot, panel: InspectorPanel, session: Session) -> None:
    recording = run("X = torch.arange(3000.).reshape(1500, 2)\nw = torch.ones(2, 1, requires_grad=True)\ny = X @ w")
    show_end(session, recording)
    select(session, "\\mathrm{reshape}")
    shown = row(panel, "value").table()
    assert shown is not None
    model = shown.table.table
    assert (model.rowCount(), model.columnCount()) == (1500, 2)
    assert model.data(model.index(1499, 1)) == "2999"
    assert row(panel, "value").texts()[1] == "1500×2 float32"
    menu = row(panel, "value").copy_menu()
    listed, lines = menu.actions()
    listed.trigger()
    assert np.array_equal(ast.literal_eval(QGuiApplication.clipboard().text()), np.arange(3000).reshape(1500, 2))
    lines.trigger()
    assert QGuiApplication.clipboard().text().splitlines()[1] == "2.0,3.0"
    menu.deleteLater()


def test_more_dimensions_are_turned_through(qtbot: QtBot, qapp: QApplication) -> None:
    view = TensorView(ThemeManager("light"), "t")
    qtbot.addWidget(view)
    numbers = np.arange(24).reshape(2, 3, 4)
    view.set_tensor(tensor(numbers), "value")
    assert len(view._boxes) == 1 and view._boxes[0].maximum() == 1
    view._boxes[0].setValue(1)
    assert view.table.table.number(2, 3) == 23.0 and view.table.table.number(0, 0) == 12.0
    view.set_tensor(tensor([1.0, 2.0, 3.0]), "grad")
    assert view._boxes == [] and (view.table.table.rowCount(), view.table.table.columnCount()) == (3, 1)


def test_heat_grows_with_magnitude_and_bad_numbers_stand_out(qapp: QApplication) -> None:
    theme = ThemeManager("light")
    model = TensorModel(theme)
    model.set_tensor(tensor([[0.0, 1.0, -4.0], [float("nan"), 2.0, 4.0]]), "grad")
    light = [model.heat(value).lightnessF() for value in (0.0, 1.0, 2.0, -4.0)]
    assert light == sorted(light, reverse=True) and light[0] > light[-1]
    assert model.heat(-4.0) == model.heat(4.0)
    assert model.data(model.index(1, 0), Qt.ItemDataRole.ForegroundRole) == theme.color("error")
    assert model.row_text(0) == "[0.0, 1.0, -4.0]"


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0, 3)])
def test_an_empty_tensor_says_so(qtbot: QtBot, shape: tuple[int, ...]) -> None:
    view = TensorView(ThemeManager("light"), "t")
    qtbot.addWidget(view)
    view.set_tensor(tensor(np.zeros(shape)), "value")
    assert view.table.isHidden() and view._words.text().startswith("empty")


def test_a_summary_is_told_in_words(qtbot: QtBot) -> None:
    view = TensorView(ThemeManager("light"), "t")
    qtbot.addWidget(view)
    view.set_tensor(TensorData((9, 9), "float32", None, tensor(np.arange(9)).summary()), "value")
    assert "greatest 8.0" in view._words.text() and view.table.isHidden()


def test_csv_has_a_line_for_each_row() -> None:
    assert csv_text(tensor(np.arange(8).reshape(2, 2, 2))) == "0.0,1.0\n2.0,3.0\n4.0,5.0\n6.0,7.0\n"


def test_selected_cells_are_copied_with_tabs(qtbot: QtBot) -> None:
    view = TensorView(ThemeManager("light"), "t")
    qtbot.addWidget(view)
    view.set_tensor(tensor([[1.0, 2.0], [-3.0, 4.0]]), "value")
    view.table.selectAll()
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1.0\t2.0\n-3.0\t4.0"


# Looks and access ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [300, 520])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_it_fits_its_width(
    panel: InspectorPanel, session: Session, cubic: Recording, width: int, scale: float, qapp: QApplication
) -> None:
    panel._theme.set_scale(scale)
    panel.resize(width, 700)
    show_end(session, cubic)
    select(session, "a^{3}")
    qapp.processEvents()
    assert panel.width() == width
    for _, item in panel.rows:
        assert item.mapTo(panel, item.rect().topRight()).x() <= width
        inside = [part for part in item.findChildren(QLabel) if part.isVisible()]
        boxes = [part.geometry() for part in inside]
        assert not any(one.intersects(two) for at, one in enumerate(boxes) for two in boxes[at + 1 :])


def test_a_hidden_panel_waits_until_it_is_shown(panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    panel.hide()
    show_end(session, cubic)
    select(session, "a")
    assert panel.rows == []
    panel.show()
    assert said(panel)["Now/.grad"] == "75.0"


def test_controls_have_names(panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    show_end(session, cubic)
    select(session, "a^{3}")
    item = row(panel, "value")
    assert item._copy.accessibleName() == "Copy value" and item._copy.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert row(panel, "to a")._way.accessibleName() == "to a, go to this card"


def test_a_selection_that_is_gone_shows_the_hint(panel: InspectorPanel, session: Session, cubic: Recording) -> None:
    show_end(session, cubic)
    session.pointed.select(Selection(card="no such card"))
    assert panel.hint.isVisible()


def test_the_gradients_own_graph_has_rules_too(panel: InspectorPanel, session: Session) -> None:
    show_end(
        session,
        run(
            "a = torch.tensor([5.], requires_grad=True)\ny = a**3\ng, = torch.autograd.grad(y, a, create_graph=True)\n"
            "h, = torch.autograd.grad(g, a)"
        ),
    )
    select(session, "3 \\cdot")
    assert said(panel)["Now/value"] == "75.0" and said(panel)["Saved for backward/other"] == "3.0"
    assert (said(panel)["Backward/by a²"], row(panel, "by a²").texts()[2]) == ("3", "here 3.0")


def test_a_value_that_no_one_was_handed_is_not_called_none(panel: InspectorPanel, session: Session) -> None:
    text = "x = torch.tensor([1., 2., 3.], requires_grad=True)\ny = torch.cat([x, x*2]).prod()\n"
    recording = run(text + "g, = torch.autograd.grad(y, x, create_graph=True)")
    show_end(session, recording)
    missing = [card for card in recording.graph.cards if card.id.startswith("node-") and not card.values]
    for card in missing:
        session.pointed.select(Selection(card=card.id))
        assert said(panel)["Now/value"] == "not recorded"
    assert len(missing) == 1


def test_a_place_in_another_file_and_where_it_was_called_from() -> None:
    recording = run("a = torch.tensor(2., requires_grad=True)\ny = a ** 2\ny.backward()\n")
    card = next(item for item in recording.graph.cards if item.operation is not None and item.kind == "operation")
    elsewhere = replace(recording, elsewhere={card.operation: Place("lib/model.py", 7, "a ** 2", True)})
    items = [item for section in card_content(elsewhere, elsewhere.state(elsewhere.end), card).sections for item in section.items]
    found = {item.label: (item.text, item.note, item.link) for item in items if item.label in ("source", "called from")}
    assert found == {
        "source": ("a ** 2", "lib/model.py, line 7", None),
        "called from": ("a ** 2", "line 2, column 5", (2, 5)),
    }


@pytest.mark.parametrize(("rows", "seen"), [(8, 8), (32, 32), (33, 8), (1000, 8)])
def test_a_table_of_a_few_rows_has_no_scroll_bar_of_its_own(qtbot: QtBot, rows: int, seen: int) -> None:
    """The table used to scroll by itself within a panel that scrolls."""
    view = TensorView(ThemeManager("light"), "value")
    qtbot.addWidget(view)
    view.resize(360, 1200)
    view.set_tensor(tensor(np.arange(rows * 2, dtype=np.float32).reshape(rows, 2)), "value")
    view.show()
    qtbot.waitExposed(view)
    QApplication.processEvents()
    table = view.table
    shown = table.viewport().height() / table.verticalHeader().defaultSectionSize()
    assert seen <= shown < seen + 1 and (table.verticalScrollBar().maximum() == 0) == (seen == rows)


def test_a_shape_of_one_length_is_no_number_and_no_type() -> None:
    """ "8 float32" used to read as a type."""
    assert data_item("value", tensor(np.arange(9)), "value").text == "shape [9], float32"
    assert data_item("value", tensor(np.ones((3, 3))), "value").text == "3×3 float32"


def test_a_minus_in_the_table_is_no_hyphen() -> None:
    model = TensorModel(ThemeManager("light"))
    model.set_tensor(tensor([[-0.5, 2e-7]]), "value")
    assert model.data(model.index(0, 0)) == "−0.5" and "-" not in str(model.data(model.index(0, 1)))


def test_a_minus_in_what_a_node_keeps_is_no_hyphen(qapp: QApplication) -> None:
    recording = run("a = torch.tensor([[1., 2.]], requires_grad=True)\ny = a.sum(dim=(-1, 0))\ny.backward()\n")
    state = recording.state(recording.end)
    found = {
        item.label: (item.text, item.copy)
        for card in recording.graph.cards
        for section in card_content(recording, state, card).sections
        if section.title == "Saved for backward"
        for item in section.items
    }
    assert found["dim"] == ("(−1, 0)", "(-1, 0)")

"""Boxes, sliders, segments: what the user does is reported once, what the program does is not."""

from __future__ import annotations

import ast
import math
import re
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

import gui
from gui.look import style
from gui.look.theme import Theme, ThemeManager, tokens
from gui.panels.timeline.buttons import TransportButton
from gui.widgets import (
    Button,
    FlatButton,
    IntegerBox,
    LeafSlider,
    NumberBox,
    PanelHeader,
    Segmented,
    field_text,
    make_button,
    parse_number,
)


@pytest.fixture
def theme(qapp: QApplication) -> ThemeManager:
    return ThemeManager("light")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5.00"),
        (-3.0, "−3.00"),
        (0.0, "0.00"),
        (0.1, "0.10"),
        (0.001, "0.001"),
        (1e-5, "1e−5"),
        (12.3456789, "12.3457"),
        (1234567.0, "1.23457e6"),
        (-2.5e-9, "−2.5e−9"),
        (100000.0, "100000.00"),
        (math.nan, "nan"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_format_number(value: float, text: str) -> None:
    assert field_text(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("−5", -5.0),
        ("-5", -5.0),
        (" 2,5 ", 2.5),
        (".5", 0.5),
        ("1e−3", 1e-3),
        ("", None),
        ("1e", None),
        ("nan", None),
        ("inf", None),
        ("1_0", None),
        ("1e999", None),
        ("a", None),
    ],
)
def test_parse_number(text: str, value: float | None) -> None:
    assert parse_number(text) == value


def heard(signal) -> list[object]:  # type: ignore[no-untyped-def]
    got: list[object] = []
    signal.connect(got.append)
    return got


def type_into(qtbot, box, text: str) -> None:  # type: ignore[no-untyped-def]
    box.lineEdit().selectAll()
    qtbot.keyClicks(box.lineEdit(), text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


@pytest.mark.parametrize(("text", "value"), [("1e-3", 1e-3), ("-7", -7.0), ("123456.789", 123456.789), ("3e30", 3e30)])
def test_number_box_takes_any_number(qtbot, theme: ThemeManager, text: str, value: float) -> None:  # type: ignore[no-untyped-def]
    box = NumberBox(theme, 5.0)
    qtbot.addWidget(box)
    edits = heard(box.edited)
    type_into(qtbot, box, text)
    assert box.value() == value and edits == [value]
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == value and edits == [value], "confirming what is shown must not round it"


def test_number_box_is_silent_for_the_program(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    box = NumberBox(theme, 5.0)
    qtbot.addWidget(box)
    edits = heard(box.edited)
    box.set_value(-0.123456789)
    assert box.text() == "−0.123457" and box.value() == -0.123456789 and edits == []
    type_into(qtbot, box, "")
    assert box.value() == -0.123456789 and edits == []
    box.set_value(0.2)
    box.stepBy(1)
    assert edits == [0.3], "no 0.30000000000000004"
    assert NumberBox(theme, 1e-3, step=None).value() == 1e-3


def test_number_box_keeps_its_range(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    box = NumberBox(theme, 0.1, 1e-6, 10.0, None)
    qtbot.addWidget(box)
    type_into(qtbot, box, "50")
    assert box.value() == 10.0
    box.set_value(0.01)
    box.stepBy(1)
    assert box.value() == pytest.approx(0.011, abs=1e-15)


def wheel(widget: QWidget) -> None:
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_the_wheel_needs_the_focus(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    parent = QWidget()
    qtbot.addWidget(parent)
    boxes = [NumberBox(theme, 5.0, parent=parent), IntegerBox(theme, 5, parent=parent), LeafSlider(theme, parent=parent)]
    before = [box.value() for box in boxes]
    for box in boxes:
        wheel(box)
    assert [box.value() for box in boxes] == before


def test_integer_box(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    box = IntegerBox(theme, 4, -10, 1000)
    qtbot.addWidget(box)
    edits = heard(box.edited)
    box.set_value(-5)
    assert box.text() == "−5" and edits == []
    type_into(qtbot, box, "30")
    assert edits == [30]
    type_into(qtbot, box, "-7")
    assert edits == [30, -7]


def test_slider_drag(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    slider = LeafSlider(theme, -10, 10)
    qtbot.addWidget(slider)
    slider.resize(220, 28)
    log: list[object] = []
    slider.pressed.connect(lambda: log.append("pressed"))
    slider.moved.connect(log.append)
    slider.released.connect(lambda: log.append("released"))
    slider.set_number(5.0)
    assert log == []
    grip = QPoint(160, 14)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=grip)
    assert log == ["pressed"], "taking hold of the handle must not move it"
    qtbot.mouseMove(slider, QPoint(110, 14))
    qtbot.mouseMove(slider, QPoint(-50, 14))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(-50, 14))
    assert log[-1] == "released" and log[1:-1] == [0.0, -10.0]
    assert slider.number() == -10.0


def test_slider_keys(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    slider = LeafSlider(theme, -10, 10)
    qtbot.addWidget(slider)
    slider.set_number(5.0)
    moves = heard(slider.moved)
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)
    for key in keys:
        qtbot.keyClick(slider, key)
    assert moves == [5.1, 5.0, 6.0, 5.0, -10.0, 10.0]
    assert slider.accessibleDescription() == "10, from −10 to 10"


def test_slider_keeps_numbers_outside_its_range(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    slider = LeafSlider(theme, -10, 10)
    qtbot.addWidget(slider)
    for number in (1e9, -1e9, math.inf, -math.inf):
        slider.set_number(number)
        assert slider.number() == number
        slider.grab()
    with pytest.raises(ValueError, match="increasing"):
        slider.set_range(3, 3)


def test_logarithmic_slider(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    slider = LeafSlider(theme, 1e-4, 10.0, "text_3", from_left=True, log=True)
    qtbot.addWidget(slider)
    slider.set_number(0.1)
    assert slider.value() / slider.maximum() == pytest.approx(0.6)
    moves = heard(slider.moved)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(slider, key)
    assert moves == [1e-4, 10.0]


def test_segmented(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    row = Segmented(theme, [("explore", "Explore"), ("train", "Train")])
    qtbot.addWidget(row)
    row.show()
    chosen = heard(row.chosen)
    row.set_current("train")
    assert row.current() == "train" and chosen == []
    segments = {child.accessibleName(): child for child in row.findChildren(QWidget)}
    qtbot.mouseClick(segments["Explore"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(segments["Explore"], Qt.MouseButton.LeftButton)
    qtbot.keyClick(segments["Explore"], Qt.Key.Key_Right)
    qtbot.keyClick(segments["Train"], Qt.Key.Key_Right)
    assert chosen == ["explore", "train"]
    with pytest.raises(KeyError):
        row.set_current("learn")


def test_panel_header_and_button(qtbot, theme: ThemeManager) -> None:  # type: ignore[no-untyped-def]
    header = PanelHeader("Leaves", theme)
    qtbot.addWidget(header)
    header.set_note("drag to change")
    assert header.height() == 40 and header.note() == "drag to change"
    button = make_button("Train", theme, "primary", "reset", "Start")
    header.add_widget(button)
    assert button.accessibleName() == "Train" and not button.icon().isNull()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_stylesheet_uses_tokens_only(qapp: QApplication, name: str) -> None:
    known = {entry["hex"].lower() for entry in tokens()[name].values()}
    for scale in (0.9, 1.0, 1.5):
        text = style.stylesheet(Theme(name), scale)
        colors = {color.lower() for color in re.findall(r"#[0-9a-fA-F]{3,8}\b", text)}
        assert colors and colors <= known
        sizes = [int(px) for px in re.findall(r"font-size: (\d+)px", text)]
        assert min(sizes) >= 11


def test_live_change_of_theme_and_scale(qtbot, qapp: QApplication) -> None:  # type: ignore[no-untyped-def]
    theme = ThemeManager("light")
    host = QWidget()
    qtbot.addWidget(host)
    style.apply(qapp, theme)
    theme.changed.connect(partial(style.apply, qapp, theme))
    box = NumberBox(theme, 1.0, parent=host)
    button = make_button("Step", theme)
    button.setParent(host)
    host.show()
    light = button.grab().toImage().pixelColor(20, 4)
    theme.set_choice("dark")
    theme.set_scale(1.5)
    button.adjustSize()
    assert light == Theme("light").color("surface")
    assert button.grab().toImage().pixelColor(20, 4) == Theme("dark").color("surface")
    assert box.font().pixelSize() == round(13 * 1.5) and box.height() == 35
    assert button.sizeHint().height() == 40
    qapp.setStyleSheet("")


def test_nobody_asks_qt_for_its_chain_of_focus() -> None:
    """PySide would take each widget for a child of the one before, and declare deleted what comes after one that is."""
    for path in sorted(Path(gui.__file__).parent.rglob("*.py")):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)]
        assert not [node.lineno for node in calls if node.attr.endswith("InFocusChain")], path


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_return_presses_a_button_as_space_does(qtbot: QtBot, key: Qt.Key) -> None:
    """Qt presses buttons by Return in dialogs only: in the window nothing happened."""
    theme = ThemeManager("light")
    buttons = [Button("Go", theme), FlatButton(theme, "open", "Open"), TransportButton(theme, "first", "To the start", "Home")]
    for button in buttons:
        qtbot.addWidget(button)
        pressed: list[bool] = []
        button.clicked.connect(partial(pressed.append, True))
        button.show()
        qtbot.keyClick(button, key)
        assert len(pressed) == 1

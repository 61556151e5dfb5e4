"""The numbers of small tensors on cards: off the border and off the rail that leaves there, at every zoom."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from engine.graph.state import CardState, Row
from engine.tables import TensorData
from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_item import CardItem
from tests.gui.factory import card


def right_of_numbers(item: CardItem, zoom: float) -> float:
    """Px from the rightmost pixel in the ink of values to the card's border."""
    size = QSize(round(item.width * zoom) + 40, round(item.height * zoom) + 40)
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(item.look.theme.color("canvas"))
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.translate(20, 20)
    painter.scale(zoom, zoom)
    item.paint(painter, None)  # type: ignore[arg-type]
    painter.end()
    ink = item.look.theme.color("value")
    bits = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)[:, :, :3].astype(int)
    near = np.abs(bits - [ink.blue(), ink.green(), ink.red()]).sum(axis=2) < 90
    columns = np.flatnonzero(near.any(axis=0))
    return 20 + item.width * zoom - float(columns[-1] + 1)


@pytest.mark.parametrize("zoom", [0.7, 0.75, 0.83, 0.9, 0.99, 1.0])
@pytest.mark.parametrize(
    ("values", "least"), [([2.0, 3.0], 7.0), ([4.0, 9.0], 7.0), ([-12.5, 1.25], 4.0), ([1.5, -2.5, 33.0, 0.1], 4.0)]
)
def test_numbers_keep_off_the_border_where_the_rail_leaves(
    qapp: QApplication, zoom: float, values: list[float], least: float
) -> None:
    """At 83 % the 3 of [2, 3] touched the border and the rail beside it: numbers reached into the padding although they had
    room."""
    theme = ThemeManager("dark")
    item = CardItem(card("p", "p", "leaf", "AccumulateGrad", shape=(len(values),)), theme)
    data = TensorData((len(values),), "float32", np.array(values, np.float32))
    item.set_state(CardState(Row("value", data), Row("none")))
    item.setPos(QPointF(0, 0))
    assert right_of_numbers(item, zoom) >= least

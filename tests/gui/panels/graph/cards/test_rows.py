"""A row of a card says its label and its number beside each other, within its highlight, at every zoom of a full card."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from engine.graph.state import Row
from engine.tables import TensorData
from gui.look.theme import ThemeManager
from gui.panels.graph.cards import rows
from gui.panels.graph.cards.card_face import CARD_WIDTH, LEAF_WIDTH, RESULT_WIDTH, TENSOR_WIDTH
from gui.panels.graph.cards.rows import RowPlace, paint_row
from gui.panels.graph.metrics import text_width
from tests.gui.factory import tensor

Said = dict[str, tuple[float, float, float, float]]
"""By text: where it begins and ends, the middle of its line and its size."""


@pytest.fixture
def said(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Said:
    found: Said = {}

    def draw(
        painter: Any, text: str, x: float, middle: float, color: Any, face: Any = "ui", px: float = 11, weight: int = 400
    ) -> float:
        wide = text_width(text, face, px, weight)
        found[text] = x, x + wide, middle, px
        return wide

    def right(
        painter: Any, text: str, x: float, middle: float, color: Any, face: Any = "ui", px: float = 11, weight: int = 400
    ) -> float:
        return draw(painter, text, x - text_width(text, face, px, weight), middle, color, face, px, weight)

    monkeypatch.setattr(rows, "draw_text", draw)
    monkeypatch.setattr(rows, "draw_text_right", right)
    return found


def paint(said: Said, row: Row, width: float, zoom: float, label: str) -> list[str]:
    """What was written besides the label."""
    said.clear()
    image = QImage(200, 60, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    pad = 11.0 if width == TENSOR_WIDTH else 13.0
    name: rows.RowName = "value" if label == "value" else "gradient"
    place = RowPlace(name, label, pad, width - pad, 30.0, zoom, "forward", False)
    paint_row(painter, ThemeManager("light"), place, row, None)
    painter.end()
    return [text for text in said if text != label]


ROWS = {
    "not yet": Row("not_yet"),
    "not tracked": Row("not_tracked"),
    "not recorded": Row("unknown"),
    "None": Row("none"),
    **{
        str(number): Row("value", tensor(np.float64(number)))
        for number in (7.2129, 0.087731, -1.6053, -12345.6, -1.2345e-5, 2.1e27, 48)
    },
}

LONG = ("not tracked", "not recorded")
"""Words that may stand below their label where the card is smallest, whole and within the row; so may a result's long numbers."""
WIDE = np.complex64(-1.2345 + 3.4567j).reshape(1)
WIDE.flags.writeable = False


@pytest.mark.parametrize("width", [RESULT_WIDTH, CARD_WIDTH, LEAF_WIDTH, TENSOR_WIDTH])
@pytest.mark.parametrize("zoom", [0.7, 0.75, 0.84, 0.91, 1.0])
def test_label_and_number_stand_beside_each_other(said: Said, width: float, zoom: float) -> None:
    """The last card used to show its number below its label, outside the highlight, or "not yet" without saying what of."""
    for name, row in ROWS.items():
        for label in ("value", "grad", ".grad"):
            other = paint(said, row, width, zoom, label)
            assert label in said and len(other) == 1, (name, label, said)
            (start, end, middle, px), (left, right, below, size) = said[label], said[other[0]]
            if middle < 30 and (
                name in LONG
                or (len(name) > 6 and zoom < (0.84 if width == RESULT_WIDTH else 0.8))
                or (len(name) > 8 and zoom < 1)
            ):
                assert size * zoom >= 11 and middle - px / 2 >= 14 and below + size / 2 <= 46 and right <= width - 5, (
                    name,
                    label,
                    said,
                )
                continue
            assert middle == below == 30.0, (name, label, said)
            assert start >= 5 and end + 3 <= left and right <= width - 5, (name, label, said)


def test_equal_numbers_are_equally_large_on_neighbouring_cards(said: Said) -> None:
    for number in (2.5, 12.125, 7.2129):
        row = Row("value", tensor(np.float64(number)))
        sizes = set()
        for width in (RESULT_WIDTH, CARD_WIDTH, LEAF_WIDTH):
            (text,) = paint(said, row, width, 1.0, "value")
            sizes.add(said[text][3])
        assert sizes == {16.0}, number


def test_a_number_that_has_no_room_beside_its_label_stays_within_the_highlight(said: Said) -> None:
    (text,) = paint(said, Row("value", TensorData((1,), "complex64", WIDE)), RESULT_WIDTH, 0.84, "value")
    (_, _, middle, px), (_, _, below, size) = said["value"], said[text]
    assert middle - px / 2 >= 16 and below > middle and below + 0.37 * size <= 44

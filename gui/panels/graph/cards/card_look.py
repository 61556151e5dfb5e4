"""How a card looks now: its texts and measures, the state that is drawn, what marks it, and the ground of each of its sizes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.graph.model import Card
from engine.graph.state import CardState, Row
from engine.tables import TensorData
from gui.look.theme import ThemeManager
from gui.look.tones import TONES
from gui.panels.graph.cards.card_face import MOST_NUMBERS, CardFace, card_face
from gui.panels.graph.cards.histogram import Histogram, histogram
from gui.panels.graph.cards.rows import RowName, is_bad
from gui.panels.graph.metrics import DOT, draw_icon

NOTHING_YET = CardState(Row("not_yet"), Row("not_yet"))


class CardLook:
    """What the painters of a card are given; ``state`` is what they draw, which for a while may be the one before."""

    def __init__(self, card: Card, theme: ThemeManager) -> None:
        self.card, self.theme = card, theme
        self.face: CardFace = card_face(card)
        self.state = NOTHING_YET
        self.ringed, self.thin = False, False
        """A ring around it, and whether that is the thin one of what is only selected."""
        self.pointed_at = False
        """Whether the mouse rests on it, or elsewhere on what belongs to it."""
        self.emphasis = False
        """Whether the row that was touched is outlined."""
        self.highlight = 1.0
        """How far the background of that row has faded in."""
        self._bad: dict[RowName, tuple[Row, bool]] = {}
        self._pictures: dict[RowName, tuple[TensorData, Histogram]] = {}

    @property
    def width(self) -> float:
        return self.face.width

    @property
    def height(self) -> float:
        return self.face.height

    def set_card(self, card: Card) -> None:
        """Another version of the same card."""
        self.card, self.face = card, card_face(card)

    def is_bad(self, name: RowName, row: Row) -> bool:
        """Whether a row shows nan or an infinity; looked up once, since every paint asks."""
        known = self._bad.get(name)
        if known is None or known[0] is not row:
            known = self._bad[name] = row, is_bad(row)
        return known[1]

    def border(self) -> tuple[str, float]:
        state = self.state
        if state.failed or self.is_bad("value", state.value) or self.is_bad("gradient", state.gradient):
            return "error_line", 2.0
        if state.active is not None:
            return TONES[state.active].line, 2.0
        return ("text_3" if self.pointed_at else "line_strong"), 1.0

    def picture(self, name: RowName, row: Row) -> Histogram | None:
        """The histogram of a row that holds more elements than can be written."""
        data = row.data
        if data is None or row.kind != "value" or (data.size <= MOST_NUMBERS and data.array is not None and data.size):
            return None
        known = self._pictures.get(name)
        if known is None or known[0] is not data:
            known = (data, histogram(data))
            self._pictures[name] = known
        return known[1]

    def _paint_sheets(self, painter: QPainter, rect: QRectF, radius: float, unit: float) -> None:
        """The edges of more cards behind a folded module."""
        painter.setPen(QPen(self.theme.color("line_strong"), unit))
        painter.setBrush(self.theme.color("canvas"))
        for sheet in (2, 1):
            inset, up = 5 * sheet * unit, 4 * sheet * unit
            painter.drawRoundedRect(rect.adjusted(inset, -up, -inset, -up), radius, radius)

    def paint_frame(self, painter: QPainter, rect: QRectF, radius: float, unit: float) -> None:
        """Fill and border; ``unit`` is one px on screen in scene units."""
        if self.card.kind == "module" and rect.width() > DOT * unit:
            self._paint_sheets(painter, rect, radius, unit)
        token, weight = self.border()
        half = weight * unit / 2
        pen = QPen(self.theme.color(token), weight * unit)
        if self.state.freed and weight == 1.0:
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(self.theme.color("canvas" if self.state.freed else "card"))
        painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius - half, radius - half)
        if self.ringed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.color("text_2"), unit) if self.thin else QPen(self.theme.color("focus"), 2 * unit))
            out = 3 * unit
            painter.drawRoundedRect(rect.adjusted(-out, -out, out, out), radius + out, radius + out)

    def paint_sign(self, painter: QPainter, rect: QRectF, unit: float) -> None:
        """The warning over the corner of the card, above its title; ``unit`` is one px on screen in scene units."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("canvas"))
        middle = rect.topRight() - QPointF(0, 2 * unit)
        painter.drawEllipse(middle, 8 * unit, 8 * unit)
        draw_icon(painter, "warning", self.theme.color("error"), middle.x() - 7 * unit, middle.y() - 7 * unit, 14 * unit)

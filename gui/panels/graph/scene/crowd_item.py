"""All cards and edges of a large graph that have no item of their own, drawn in a few calls from arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.graph.state import ACTIVE_GRADIENT, ACTIVE_UPDATE, ACTIVE_VALUE, BAD, FREED, GRADIENT, NOTHING, VALUE
from engine.layout.field import Field, Flags, Floats
from engine.layout.large import COLUMN_GAP
from gui.look.theme import ThemeManager
from gui.look.tones import GRADIENT_TONE, TONES, VALUE_TONE

BOXES = 800
"""Up to this many cards are drawn as boxes with a border; more of them as pixels."""
LINES = 800
"""Up to this many lines are drawn as such; more of them as pixels."""
PIXELS = 250_000
"""At most about this many pixels of lines are set one by one; if there are more, only some of the lines are drawn."""
_SHORT = 4.0
"""Px: where the gaps between columns are less than this, lines between neighbours are left out."""
_SMOOTH = 0.2
"""Up to this zoom there are too many lines to smooth them."""
TOKENS: dict[int, tuple[str, str]] = {
    NOTHING: ("pending_line", "pending_tint"),
    VALUE: (VALUE_TONE.line, VALUE_TONE.tint),
    GRADIENT: (GRADIENT_TONE.line, GRADIENT_TONE.tint),
    FREED: ("pending_line", "canvas"),
    BAD: ("error_line", "error_tint"),
    ACTIVE_VALUE: (VALUE_TONE.text, VALUE_TONE.tint),
    ACTIVE_GRADIENT: (GRADIENT_TONE.text, GRADIENT_TONE.tint),
    ACTIVE_UPDATE: (TONES["update"].line, TONES["update"].tint),
}
"""Line and fill of a card by what it shows."""
Codes = NDArray[np.uint8]


class CrowdItem(QGraphicsItem):
    """Drawn under the items that there are; ``own_card`` and ``own_edge`` say which have one and are left out here."""

    def __init__(self, field: Field, theme: ThemeManager, codes: Callable[[], Codes]) -> None:
        """``codes`` gives what every card shows."""
        super().__init__()
        self.field = field
        self.own_card = np.zeros(len(field.left), np.bool_)
        self.own_edge = np.zeros(len(field.source), np.bool_)
        self._theme = theme
        self._codes = codes
        left, top, right, bottom = field.extent
        self._bounds = QRectF(left, top, right - left, bottom - top).adjusted(-400, -400, 400, 400)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(0)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> Any:
        transform = painter.worldTransform()
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(transform)
        shown = transform.inverted()[0].mapRect(QRectF(painter.viewport()))
        device = painter.device()
        density = device.devicePixelRatioF() if device is not None else 1.0
        canvas = _Raster(shown, zoom, density)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, zoom > _SMOOTH)
        self._paint_lines(painter, canvas, zoom)
        self._paint_cards(painter, canvas, zoom, ~self.own_card)
        painter.restore()

    def paint_all(self, painter: QPainter, density: float) -> None:
        """Draw every card, also those that have an item, without edges: for an overview."""
        left, top, right, bottom = self.field.extent
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        shown = QRectF(left, top, right - left, bottom - top)
        self._paint_cards(painter, _Raster(shown, zoom, density), zoom, np.ones_like(self.own_card))

    # Edges -------------------------------------------------------------------------------------------------------

    def _paint_lines(self, painter: QPainter, canvas: _Raster, zoom: float) -> None:
        field = self.field
        found = field.lines_within(*canvas.box)
        found = found[~self.own_edge[field.owner[found]]]
        if len(found) > LINES and COLUMN_GAP * zoom < _SHORT:
            x0, y0, x1, y1 = field.lines[:, found]
            found = found[np.maximum(np.abs(x1 - x0), np.abs(y1 - y0)) * zoom > 2 * _SHORT]
        if not len(found):
            return
        color = self._theme.color("line_strong")
        if len(found) <= LINES:
            painter.setPen(QPen(color, 1 / zoom))
            painter.drawLines([QLineF(*line) for line in field.lines[:, found].T.tolist()])
        else:
            canvas.lines(field.lines[:, found], color.rgba())

    # Cards -------------------------------------------------------------------------------------------------------

    def _paint_cards(self, painter: QPainter, canvas: _Raster, zoom: float, drawn: Flags) -> None:
        field = self.field
        found = field.cards_within(*canvas.box)
        found = found[drawn[found]]
        codes = self._codes()[found]
        if len(found) > BOXES:
            palette = np.array([self._theme.color(TOKENS[code][0]).rgba() for code in range(len(TOKENS))], np.uint32)
            canvas.boxes(field.left[found], field.top[found], field.card_width, field.card_height, palette[codes])
        canvas.draw(painter)
        if not len(found) or len(found) > BOXES:
            return
        boxes = np.stack([field.left[found], field.top[found], field.right[found], field.bottom[found]])
        small = field.card_width * zoom < 9
        for code in np.unique(codes).tolist():
            line, fill = TOKENS[code]
            rects = [QRectF(x, y, right - x, bottom - y) for x, y, right, bottom in boxes[:, codes == code].T.tolist()]
            painter.setBrush(self._theme.color(line if small else fill))
            painter.setPen(Qt.PenStyle.NoPen if small else QPen(self._theme.color(line), 1 / zoom))
            painter.drawRects(rects)


class _Raster:
    """An image of what is shown, one entry per pixel of the screen, that arrays write into."""

    def __init__(self, shown: QRectF, zoom: float, density: float) -> None:
        self.box = shown.left(), shown.top(), shown.right(), shown.bottom()
        self._shown = shown
        self._scale = zoom * density
        self._wide = max(1, round(shown.width() * self._scale))
        self._high = max(1, round(shown.height() * self._scale))
        self._pixels: NDArray[np.uint32] | None = None

    def _image(self) -> NDArray[np.uint32]:
        if self._pixels is None:
            self._pixels = np.zeros((self._high, self._wide), np.uint32)
        return self._pixels

    def boxes(self, left: Floats, top: Floats, width: float, height: float, colors: NDArray[np.uint32]) -> None:
        """Fill boxes of one size, each at least one pixel large."""
        pixels = self._image()
        wide, high = max(1, round(width * self._scale)), max(1, round(height * self._scale))
        x0 = np.floor((left - self._shown.left()) * self._scale).astype(np.intp)
        y0 = np.floor((top - self._shown.top()) * self._scale).astype(np.intp)
        # What reaches over the rim is cut there; it is drawn as part of the rim's own rows and columns.
        whole = (x0 >= 0) & (y0 >= 0) & (x0 <= self._wide - wide) & (y0 <= self._high - high)
        flat, start, inner = pixels.ravel(), (y0 * self._wide + x0)[whole], colors[whole]
        for dy in range(high):
            for dx in range(wide):
                flat[start + (dy * self._wide + dx)] = inner
        for x, y, color in zip(x0[~whole].tolist(), y0[~whole].tolist(), colors[~whole].tolist(), strict=True):
            pixels[max(0, y) : max(0, y + high), max(0, x) : max(0, x + wide)] = color

    def lines(self, lines: Floats, color: int) -> None:
        """Draw lines (x, y to x, y) one pixel thick."""
        pixels = self._image()
        x0, x1 = ((lines[at] - self._shown.left()) * self._scale for at in (0, 2))
        y0, y1 = ((lines[at] - self._shown.top()) * self._scale for at in (1, 3))
        length = np.maximum(np.abs(x1 - x0), np.abs(y1 - y0))
        count = np.ceil(np.minimum(length, 2.0 * max(self._wide, self._high))).astype(np.intp) + 1
        total = int(count.sum())
        if total > PIXELS:
            every = slice(None, None, total // PIXELS + 1)
            x0, y0, x1, y1, count = x0[every], y0[every], x1[every], y1[every], count[every]
            total = int(count.sum())
        which = np.repeat(np.arange(len(count)), count)
        share = (np.arange(total) - np.repeat(np.cumsum(count) - count, count)) / np.maximum(1, count - 1)[which]
        x = np.floor(x0[which] + (x1 - x0)[which] * share).astype(np.intp)
        y = np.floor(y0[which] + (y1 - y0)[which] * share).astype(np.intp)
        inside = (x >= 0) & (x < self._wide) & (y >= 0) & (y < self._high)
        pixels[y[inside], x[inside]] = np.uint32(color)

    def draw(self, painter: QPainter) -> None:
        """Put the image where it belongs, if anything was drawn on it."""
        if self._pixels is None:
            return
        picture = QImage(self._pixels.data, self._wide, self._high, 4 * self._wide, QImage.Format.Format_ARGB32_Premultiplied)
        painter.drawImage(self._shown, picture)

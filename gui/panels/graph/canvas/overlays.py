"""What lies over the canvas: legend, zoom box, the banner of a stale graph, and the sign that PyTorch is starting."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen, QPolygonF, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from engine.graph.state import CardState, EdgeState
from gui.look.theme import ThemeManager, ui_font
from gui.look.tones import RAILS, TONES
from gui.panels.graph.metrics import draw_icon, draw_text, text_width
from gui.widgets.basic import IconButton, VerticalHairline, paint_floating

_SAMPLE, _GAP, _BETWEEN = 26.0, 8.0, 20.0
PLATE = 8
"""Px of the legend's ground at its left and right."""
LEGEND_WORDS = {
    "value": "value",
    "gradient": "gradient",
    "moving": "moving now",
    "moving_value": "moving now",
    "updated": "updated now",
    "pending": "not yet",
    "cut": "detached",
    "freed": "freed",
}

_TOKENS = {
    "value": RAILS["value"],
    "gradient": RAILS["gradient"],
    "moving": RAILS["gradient"],
    "moving_value": RAILS["value"],
    "updated": TONES["update"].line,
}
_STROKES = {"value": (0.0, 19.0), "moving": (9.0, 26.0), "moving_value": (0.0, 17.0), "freed": (0.0, 26.0)}
_WEIGHTS = {"moving": 3.0, "moving_value": 3.0, "updated": 2.0}


def legend_entries(cards: Iterable[CardState], edges: Iterable[EdgeState]) -> tuple[str, ...]:
    """Which kinds of lines occur in these states, in the order of the legend."""
    rails = {(edge.value, edge.gradient) for edge in edges}
    values = {value for value, _ in rails}
    gradients = {gradient for _, gradient in rails}
    found = {
        "value": bool(values & {"done", "active"}),
        "gradient": bool(gradients & {"done", "active"}),
        "moving": "active" in gradients,
        "moving_value": "active" in values and "active" not in gradients,
        "updated": any(card.active == "update" for card in cards),
        "pending": "pending" in gradients,
        "cut": "cut" in gradients,
        "freed": "freed" in values | gradients,
    }
    return tuple(name for name in LEGEND_WORDS if found[name])


class Legend(QWidget):
    """Samples of the lines that occur, with their names, on a background of its own, so that nothing below can be taken for a
    part of it.

    Where the graph extends below it, that background is a strip across the whole width: cards end at its edge, and none is half
    hidden by a text.
    """

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[str, ...] = ()
        self._indent: int | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Legend")
        theme.changed.connect(self.update)

    @property
    def entries(self) -> tuple[str, ...]:
        return self._entries

    def set_entries(self, entries: tuple[str, ...]) -> None:
        if entries != self._entries:
            self._entries = entries
            self.setAccessibleDescription(", ".join(LEGEND_WORDS[name] for name in entries))
            self.resize(self.sizeHint())
            self.update()

    @property
    def strip(self) -> bool:
        """Whether it takes the whole width."""
        return self._indent is not None

    def set_strip(self, indent: int | None) -> None:
        """Be a strip whose first sample stands at ``indent`` px, or with None a plate around the samples."""
        if indent != self._indent:
            self._indent = indent
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, indent is None)
            self.update()

    def sizeHint(self) -> QSize:
        scale = self._theme.scale
        widths = [_SAMPLE + _GAP + text_width(LEGEND_WORDS[name], "ui", 12 * scale) for name in self._entries]
        high = round(28 * max(1.0, scale)) if widths else 0
        return QSize(round(sum(widths) + _BETWEEN * max(0, len(widths) - 1) + 1) + 2 * PLATE, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("canvas"))
        if self._indent is None:
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        else:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            painter.fillRect(0, 0, self.width(), 1, self._theme.color("line"))
        x = float(PLATE if self._indent is None else self._indent)
        px, middle, ink = 12 * self._theme.scale, 14 * max(1.0, self._theme.scale), self._theme.color("text_2")
        for name in self._entries:
            self._sample(painter, name, x, middle)
            x += _SAMPLE + _GAP
            x += draw_text(painter, LEGEND_WORDS[name], x, middle, ink, "ui", px) + _BETWEEN
        painter.end()

    def _sample(self, painter: QPainter, name: str, x: float, y: float) -> None:
        theme = self._theme
        token = _TOKENS.get(name, "pending_line")
        pen = QPen(theme.color(token, 0.55 if name == "freed" else 1.0), _WEIGHTS.get(name, 1.5))
        if name == "pending":
            pen.setDashPattern([2 / 1.5, 5 / 1.5])
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(theme.color(TONES["update"].tint))
        if name == "updated":
            painter.drawRoundedRect(QRectF(x + 12, y - 6, 13, 12), 3, 3)
            return
        if name == "cut":
            painter.drawLine(QLineF(x + 10, y, x + 26, y))
            painter.drawLine(QLineF(x + 10, y - 5, x + 10, y + 5))
            painter.drawLine(QLineF(x + 14, y - 5, x + 14, y + 5))
            return
        start, end = _STROKES.get(name, (7.0, 26.0))
        painter.drawLine(QLineF(x + start, y, x + end, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(token))
        if name == "value":
            painter.drawPolygon(QPolygonF([QPointF(x + 26, y), QPointF(x + 20, y - 3.2), QPointF(x + 20, y + 3.2)]))
        elif name == "moving_value":
            painter.drawPolygon(QPolygonF([QPointF(x + 26, y), QPointF(x + 17, y - 4.8), QPointF(x + 17, y + 4.8)]))
        elif name in ("gradient", "moving"):
            length, half = (9.0, 4.8) if name == "moving" else (6.0, 3.2)
            painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x + length, y - half), QPointF(x + length, y + half)]))


class ZoomBox(QWidget):
    """Zoom out, the zoom in per cent (a click sets 100 %), zoom in, fit."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.out = IconButton(theme, "minus", "Zoom out", 28, self)
        self.into = IconButton(theme, "plus", "Zoom in", 28, self)
        self.fit = IconButton(theme, "fit", "Fit the graph into the panel", 28, self)
        self._label = QLabel("100%", self)
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._label.setToolTip("Zoom")
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        for widget in (self.out, self._label, self.into):
            row.addWidget(widget)
        row.addWidget(VerticalHairline(theme, 20, self))
        row.addWidget(self.fit)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot(float)
    def set_zoom(self, zoom: float) -> None:
        text = f"{round(zoom * 100)}%"
        self._label.setText(text)
        self._label.setAccessibleName(f"Zoom {text}")

    @Slot()
    def restyle(self) -> None:
        self._label.setFont(ui_font(12 * self._theme.scale, 500))
        self._label.setFixedWidth(round(42 * max(1.0, self._theme.scale)))
        palette = self._label.palette()
        palette.setColor(self._label.foregroundRole(), self._theme.color("text_2"))
        self._label.setPalette(palette)
        self.setFixedSize(QSize(self.sizeHint().width(), max(32, self.sizeHint().height())))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_floating(painter, self, self._theme)
        painter.end()


class Banner(QWidget):
    """One line over the top of the canvas with an information icon."""

    def __init__(self, text: str, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self.setAccessibleName(text)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedHeight(36)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_floating(painter, self, self._theme)
        draw_icon(painter, "info", self._theme.color("text_2"), 13, 10, 16)
        draw_text(painter, self._text, 37, 18, self._theme.color("text"), "ui", 13 * self._theme.scale, 500)
        painter.end()


class Progress(QWidget):
    """Three quiet dots and a line, until there is a first graph. Its timer runs only while it is seen and may move."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self._step = 0
        self._timer = QTimer(self)
        self._timer.setInterval(300)
        self._timer.timeout.connect(self._advance)
        self.still = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.resize(320, 48)
        theme.changed.connect(self.update)

    def set_text(self, text: str, busy: bool = True) -> None:
        """Show ``text``; ``busy`` draws the dots."""
        self._text = text
        self.show()
        self.setAccessibleName(text)
        if not busy:
            self._step = -1
            self._timer.stop()
        elif self._step < 0:
            self._step = 0
            if self.isVisible() and not self.still:
                self._timer.start()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.still and self._step >= 0:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    @Slot()
    def _advance(self) -> None:
        self._step += 1
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.width() / 2
        if self._step >= 0:
            painter.setPen(Qt.PenStyle.NoPen)
            for index in range(3):
                painter.setBrush(self._theme.color("pending_line", 1.0 if self._step % 3 == index or self.still else 0.4))
                painter.drawEllipse(QPointF(middle + (index - 1) * 12, 10), 3, 3)
        px = 13 * self._theme.scale
        width = text_width(self._text, "ui", px)
        draw_text(painter, self._text, middle - width / 2, 32, self._theme.color("text_2"), "ui", px)
        painter.end()

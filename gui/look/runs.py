"""What tells runs apart: colour, marker and dashes together, from the tokens; five of each, then the next marker."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui.look.theme import ThemeManager, tokens

COLOURS = 5


def run_token(number: int) -> str:
    """The token of the colour of run ``number``, from 0."""
    return f"run_{number % COLOURS + 1}"


def run_color(theme: ThemeManager, number: int, opacity: float = 1.0) -> QColor:
    """The colour of run ``number``, from 0."""
    return theme.color(run_token(number), opacity)


def run_marker(number: int) -> str:
    """``circle``, ``square``, ``diamond``, ``triangle`` or ``cross``; the sixth run has the first colour with the next marker."""
    markers: list[str] = tokens()["run"]["marker"]
    return markers[(number + number // COLOURS) % len(markers)]


def run_dashes(number: int) -> list[float]:
    """The dashes of its validation curve, in px."""
    dashes: list[list[float]] = tokens()["run"]["dash"]
    return dashes[(number + number // COLOURS) % len(dashes)]


def paint_marker(
    painter: QPainter, marker: str, at: QPointF, color: QColor, radius: float = 3.5, rim: QColor | None = None
) -> None:
    """Paint the marker around ``at``, with a ``rim`` that sets it off from what it stands on."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen if rim is None else QPen(rim, 1.2))
    painter.setBrush(color)
    if marker == "circle":
        painter.drawEllipse(at, radius, radius)
    elif marker == "square":
        side = radius * 0.9
        painter.drawRect(QRectF(at.x() - side, at.y() - side, 2 * side, 2 * side))
    elif marker == "cross":
        for pen in ([] if rim is None else [QPen(rim, 4.4)]) + [QPen(color, 2)]:
            painter.setPen(pen)
            for way in (1, -1):
                painter.drawLine(at + QPointF(-radius * 0.8, -way * radius * 0.8), at + QPointF(radius * 0.8, way * radius * 0.8))
    else:
        corners = 4 if marker == "diamond" else 3
        first = -math.pi / 2
        points = [first + 2 * math.pi * corner / corners for corner in range(corners)]
        size = radius * 1.2
        painter.drawPolygon(QPolygonF([at + QPointF(size * math.cos(angle), size * math.sin(angle)) for angle in points]))
    painter.restore()


def paint_sample(painter: QPainter, theme: ThemeManager, number: int, area: QRectF) -> None:
    """Paint a sample of its curves: the training line with its marker, over the dashes of the validation."""
    color = run_color(theme, number)
    middle = area.center()
    above, below = middle.y() - 3, middle.y() + 6
    painter.setPen(QPen(color, 2))
    painter.drawLine(QPointF(area.left(), above), QPointF(area.right(), above))
    dashed = QPen(color, 1.25)
    dashed.setDashPattern([length / 1.25 for length in run_dashes(number)])
    dashed.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(dashed)
    painter.drawLine(QPointF(area.left(), below), QPointF(area.right(), below))
    paint_marker(painter, run_marker(number), QPointF(middle.x(), above), color)

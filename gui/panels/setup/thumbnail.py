"""The data of the training in a small picture: points, and rings for the rows that are set aside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.theme import ThemeManager

WIDTH, HEIGHT, INSET, DOT = 112, 60, 7, 1.5
MOST = 400
"""How many points are drawn, evenly chosen: more would be a blot at this size."""
Places = NDArray[np.float64]


class Thumbnail(QWidget):
    """112 x 60 px. With two classes, class 1 is filled and class 0 a ring, and the rows set aside are not marked."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._filled = self._rings = np.zeros((0, 2))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_points(self, filled: Places, rings: Places, meaning: str) -> None:
        """Show ``filled`` and ``rings``, both [rows, 2]; ``meaning`` says what they are."""
        self._filled, self._rings = _some(filled), _some(rings)
        self.setToolTip(meaning)
        self.setAccessibleName(meaning)
        self.update()

    @property
    def shown(self) -> tuple[int, int]:
        """How many points and rings are drawn."""
        return len(self._filled), len(self._rings)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("canvas"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5.5, 5.5)
        every = np.concatenate((self._filled, self._rings))
        if len(every):
            low, high = every.min(0), every.max(0)
            span = np.where(high > low, high - low, 1.0)
            room = np.array([WIDTH - 2 * INSET, HEIGHT - 2 * INSET])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("data", 0.7))
            for x, y in (self._filled - low) / span * room:
                painter.drawEllipse(QPointF(INSET + x, HEIGHT - INSET - y), DOT, DOT)
            painter.setPen(QPen(theme.color("data"), 1))
            painter.setBrush(theme.color("canvas"))
            for x, y in (self._rings - low) / span * room:
                painter.drawEllipse(QPointF(INSET + x, HEIGHT - INSET - y), DOT + 0.5, DOT + 0.5)
        painter.end()


def _some(points: Places) -> Places:
    finite = points[np.isfinite(points).all(1)]
    if len(finite) <= MOST:
        return finite
    chosen = np.linspace(0, len(finite) - 1, MOST).astype(int)
    return np.asarray(finite[chosen])

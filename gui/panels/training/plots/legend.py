"""The names of what the plot of data and fit draws: in a line of their own above it, where they cover nothing and stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.theme import ThemeManager, ui_font

Sample = Literal["dot", "ring", "line", "dashes"]
_WIDTHS: dict[Sample, float] = {"dot": 12.0, "ring": 12.0, "line": 24.0, "dashes": 24.0}
"""Px of a sample with the gap behind it."""
_BETWEEN = 14.0
"""Px from one name to the next sample."""
_ROW = 16.0
_PX = 11.0


class Legend(QWidget):
    """``left`` is where its names begin, in px. Nothing is written before ``set_entries``, but the room is kept."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._entries: tuple[tuple[Sample, str, str], ...] = ()
        self._longest: tuple[str, ...] = ()
        self.left = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.fit(1)

    def set_entries(self, entries: Sequence[tuple[Sample, str, str]], longest: Sequence[str]) -> None:
        """Sample, colour token and name of each thing that is drawn, and how long each name may become: none moves then."""
        if (tuple(entries), tuple(longest)) != (self._entries, self._longest):
            self._entries, self._longest = tuple(entries), tuple(longest)
            self.setAccessibleName(", ".join(name for _, _, name in entries))
            self.update()

    def rows(self, names: Sequence[tuple[Sample, str]], wide: float) -> int:
        """How many lines these take in ``wide`` px."""
        return len({round(place.y()) for place in self._places(names, wide)}) or 1

    def fit(self, rows: int) -> None:
        """Be so many lines high."""
        self.setFixedHeight(round(rows * _ROW * self._theme.scale))

    def places(self) -> list[QRectF]:
        """Where each name with its sample stands."""
        metrics, row = self._metrics(), _ROW * self._theme.scale
        rooms = [(sample, name) for (sample, _, _), name in zip(self._entries, self._longest, strict=True)]
        return [
            QRectF(place.x(), place.y(), _WIDTHS[sample] + metrics.horizontalAdvance(name), row)
            for place, (sample, _, name) in zip(self._places(rooms, self.width()), self._entries, strict=True)
        ]

    def sizeHint(self) -> QSize:
        return QSize(0, self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(_PX * self._theme.scale))
        for box, (sample, token, name) in zip(self.places(), self._entries, strict=True):
            middle, color = box.center().y(), self._theme.color(token)
            if sample == "dot":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color(token, 0.8))
                painter.drawEllipse(QPointF(box.left() + 4, middle), 3, 3)
            elif sample == "ring":
                painter.setPen(QPen(color, 1.25))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(QPointF(box.left() + 4, middle), 3, 3)
            else:
                pen = QPen(color, 2.5 if sample == "line" else 1.5)
                if sample == "dashes":
                    pen.setDashPattern([4, 3])
                painter.setPen(pen)
                painter.drawLine(QPointF(box.left(), middle), QPointF(box.left() + 19, middle))
            painter.setPen(self._theme.color("text_2"))
            painter.drawText(box.adjusted(_WIDTHS[sample], 0, 2, 0), Qt.AlignmentFlag.AlignVCenter, name)
        painter.end()

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(ui_font(_PX * self._theme.scale))

    def _places(self, names: Sequence[tuple[Sample, str]], wide: float) -> list[QPointF]:
        """The top left corner of each, in lines of ``wide`` px."""
        metrics, found, x, y = self._metrics(), list[QPointF](), self.left, 0.0
        for sample, name in names:
            takes = _WIDTHS[sample] + metrics.horizontalAdvance(name)
            if x > self.left and x + takes > wide:
                x, y = self.left, y + _ROW * self._theme.scale
            found.append(QPointF(x, y))
            x += takes + _BETWEEN
        return found

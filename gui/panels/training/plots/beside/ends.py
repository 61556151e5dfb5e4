"""The names of runs to the right of a plot, at the ends of their curves: marker and name, apart from each other, with a lead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.look.runs import paint_marker, run_color, run_marker
from gui.look.theme import ThemeManager, ui_font

APART = 16.0
"""Px from one name to the next."""
LEAD = 10.0
"""Px from the end of a curve to its name's marker."""
_MARKER, _GAP, _END = 4.0, 5.0, 2.0
NAMED_FROM = 190.0
"""Px at 100 % that a plot keeps for its curves; where names would leave less, only markers stand beside it."""
_PX = 12.0
_STILL = 0.25
"""Px that no eye tells."""


class End(NamedTuple):
    """The end of a run's curve: the run's number and name, its ``y`` in the view, and whether it is the one that is trained."""

    number: int
    name: str
    y: float
    own: bool


def apart(heights: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """``heights``, moved as little as keeps them ``least`` apart, in their order, and between ``low`` and ``high``."""
    if not heights:
        return []
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    least = min(least, (high - low) / max(1, len(heights) - 1))
    places: list[float] = []
    for index in order:
        places.append(max(heights[index], low, places[-1] + least if places else low))
    limit = high
    for at in range(len(places) - 1, -1, -1):
        places[at] = min(places[at], limit)
        limit = places[at] - least
    found = [0.0] * len(heights)
    for at, index in enumerate(order):
        found[index] = places[at]
    return found


class EndNames(QWidget):
    """Stands in the margin that it keeps free to the right of ``view``; empty, and without a margin, without ends."""

    def __init__(self, plot: QWidget, drawing: pg.PlotWidget, view: pg.ViewBox, theme: ThemeManager) -> None:
        super().__init__(plot)
        self._drawing, self._view, self._theme = drawing, view, theme
        self._ends: tuple[End, ...] = ()
        self.names_shown = False
        """Whether there is room for names, and not just for markers."""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        view.sigResized.connect(self.place)
        view.sigRangeChanged.connect(self.update)
        theme.changed.connect(self.place)

    @property
    def ends(self) -> tuple[End, ...]:
        """What is named, in the order in which it was given."""
        return self._ends

    def set_ends(self, ends: Sequence[End]) -> None:
        """Name these; one alone needs no name."""
        found = tuple(ends) if len(ends) > 1 else ()
        if not self._stand(found):
            others = [(end.number, end.name) for end in found] != [(end.number, end.name) for end in self._ends]
            self._ends = found
            if others:
                self.setAccessibleName("Runs: " + ", ".join(end.name for end in found) if found else "")
                self.place()
            self.update()

    def _stand(self, ends: tuple[End, ...]) -> bool:
        """Whether no eye tells these from those that are named."""
        if len(ends) != len(self._ends):
            return False
        low, high = self._view.viewRange()[1]
        px = float(self._view.height()) / (high - low) if high > low else math.inf
        return all(
            now._replace(y=before.y) == before and (now.y == before.y or abs(now.y - before.y) * px < _STILL)
            for now, before in zip(ends, self._ends, strict=True)
        )

    def place(self) -> None:
        """Keep as much room as the names take, and stand there."""
        scale = self._theme.scale
        names = max((QFontMetricsF(self._font(end)).horizontalAdvance(end.name) for end in self._ends), default=0.0)
        bare = LEAD + 2 * _MARKER + _END
        whole = bare + _GAP + names
        free = self._view.width() + self._margin
        self.names_shown = bool(self._ends) and free - whole >= NAMED_FROM * scale
        self._keep(round(whole if self.names_shown else bare) if self._ends else 0)
        self.setVisible(bool(self._ends))
        area = self._area()
        # Beside what a frame paints, so that it is not painted with each of them.
        left = math.ceil(area.right())
        self.setGeometry(left, round(area.top() - APART), self._margin, round(area.height() + 2 * APART))
        self.update()

    @property
    def _margin(self) -> int:
        margins = self._drawing.getPlotItem().layout.getContentsMargins()
        return round(float(margins[2]))

    def _keep(self, margin: int) -> None:
        layout = self._drawing.getPlotItem().layout
        left, top, right, bottom = layout.getContentsMargins()
        if round(right) != margin:
            layout.setContentsMargins(left, top, margin, bottom)
            layout.activate()

    def _font(self, end: End) -> QFont:
        return ui_font(_PX * self._theme.scale, 600 if end.own else 500)

    def _area(self) -> QRectF:
        """The view in px of the plot."""
        area: QRectF = self._view.sceneBoundingRect()
        corner = self._drawing.mapTo(self.parentWidget(), QPoint(0, 0))
        return area.translated(QPointF(corner))

    def places(self) -> list[float]:
        """The height of each name's middle, in px of this widget."""
        area = self._area()
        heights = [area.top() + self._height(end) - self.y() for end in self._ends]
        return apart(heights, APART * self._theme.scale, area.top() - self.y(), area.bottom() - self.y())

    def _height(self, end: End) -> float:
        """Px of the curve's end below the top of the view, within it."""
        low, high = self._view.viewRange()[1]
        share = (high - end.y) / (high - low) if high > low else 0.0
        return min(max(share, 0.0), 1.0) * float(self._view.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        for end, middle in zip(self._ends, self.places(), strict=True):
            color = run_color(self._theme, end.number)
            start = area.top() + self._height(end) - self.y()
            painter.setPen(QPen(color, 1))
            painter.drawPolyline([QPointF(0, start), QPointF(2, start), QPointF(LEAD - 2, middle), QPointF(LEAD, middle)])
            at = QPointF(LEAD + _MARKER, middle)
            paint_marker(painter, run_marker(end.number), at, color, _MARKER)
            if self.names_shown:
                painter.setFont(self._font(end))
                painter.setPen(color)
                left = LEAD + 2 * _MARKER + _GAP
                box = QRectF(left, middle - APART, self.width() - left, 2 * APART)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, end.name)
        painter.end()

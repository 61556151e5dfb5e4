"""Where the numbers of a plot's view lie in px of its canvas, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from gui.panels.training.plots.plot import Plot
from gui.panels.training.plots.series import Floats


@dataclass(frozen=True, slots=True)
class Frame:
    """The view from ``x0`` to ``x1`` and from ``y0`` (below) to ``y1`` fills ``area``, in px."""

    x0: float
    x1: float
    y0: float
    y1: float
    area: QRectF

    @classmethod
    def of(cls, plot: Plot) -> Frame:
        """That of ``plot`` as it is now."""
        (x0, x1), (y0, y1) = plot.box.viewRange()
        return cls(x0, x1, y0, y1, plot.canvas.viewportTransform().mapRect(plot.box.sceneBoundingRect()))

    @property
    def per_px(self) -> tuple[float, float]:
        """What one px is across, and upwards."""
        return (self.x1 - self.x0) / max(1.0, self.area.width()), (self.y1 - self.y0) / max(1.0, self.area.height())

    def px(self, x: float, y: float) -> QPointF:
        """Where (x, y) is drawn."""
        across, up = self.per_px
        return QPointF(self.area.left() + (x - self.x0) / across, self.area.bottom() - (y - self.y0) / up)

    def all_px(self, x: Floats, y: Floats) -> Floats:
        """Where each of these is drawn: [points, 2]."""
        across, up = self.per_px
        return np.column_stack((self.area.left() + (x - self.x0) / across, self.area.bottom() - (y - self.y0) / up))

    def at(self, place: QPointF) -> tuple[float, float]:
        """The numbers at ``place``, or at the edge of the view that is nearest to it; to a tenth of a px, without more digits."""
        across, up = self.per_px
        x = min(max(place.x(), self.area.left()), self.area.right()) - self.area.left()
        y = self.area.bottom() - min(max(place.y(), self.area.top()), self.area.bottom())
        right, above = rounded(self.x0 + x * across, across / 10), rounded(self.y0 + y * up, up / 10)
        return min(max(right, self.x0), self.x1), min(max(above, self.y0), self.y1)


def rounded(value: float, step: float) -> float:
    """``value`` with no more decimals than steps of ``step`` need."""
    if not (math.isfinite(value) and step > 0):
        return value
    return float(round(value, max(-300, math.ceil(-math.log10(step)))))

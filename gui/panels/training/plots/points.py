"""The data as points: dots and rings, or where they would cover each other how many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform

from gui.panels.training.plots.field import shares
from gui.panels.training.plots.room import NO_POINTS, in_px
from gui.panels.training.plots.series import Floats

if TYPE_CHECKING:
    from engine.training.data import TrainingData

POINT = 5.6
"""Diameter of a data point in px."""
MOST_POINTS = 6000
"""Up to so many points in view each is drawn by itself."""
MOST_NEAR = 2000
"""So many points at most are asked where a notice covers least of them."""
CELL = 2.0
"""Px of a cell in which points are counted, where there are more."""


class Cloud:
    """Some points of the same kind, ``filled`` or rings, in x and y of the view."""

    def __init__(self, x: NDArray[np.floating], y: NDArray[np.floating], filled: bool) -> None:
        self.x, self.y, self.filled = np.asarray(x, np.float64), np.asarray(y, np.float64), filled

    def seen(self, view: QRectF) -> Cloud:
        """Those that are in the part ``view``."""
        inside = (self.x >= view.left()) & (self.x <= view.right()) & (self.y >= view.top()) & (self.y <= view.bottom())
        return Cloud(self.x[inside], self.y[inside], self.filled)


def clouds_of(data: TrainingData, axes: tuple[int, ...], lifted: int | None = None) -> list[Cloud]:
    """The points of ``data`` over these features: rows trained on and those set aside, or the two classes; without ``lifted``."""
    clouds = []
    for X, y, trained in ((data.X, data.y, True), (data.X_val, data.y_val, False)):
        if trained and lifted is not None:
            X, y = np.delete(X, lifted, 0), np.delete(y, lifted, 0)
        upward = X[:, axes[1]] if len(axes) == 2 else y[:, 0]
        if not data.classes:
            clouds.append(Cloud(X[:, axes[0]], upward, trained))
        elif trained:
            clouds += [Cloud(X[y[:, 0] == of, axes[0]], upward[y[:, 0] == of], bool(of)) for of in (0, 1)]
    return [cloud for cloud in clouds if len(cloud.x)]


def in_px_all(clouds: Sequence[Cloud], transform: QTransform) -> Floats:
    """The points in px, as many as are enough to say where they are."""
    found = [NO_POINTS]
    for cloud in clouds:
        every = max(1, len(cloud.x) // MOST_NEAR)
        found.append(in_px(cloud.x[::every], cloud.y[::every], transform))
    return np.concatenate(found)


def are_within(clouds: Sequence[Cloud], home: tuple[float, float, float, float], view: QRectF) -> bool:
    """Whether each point can be seen in ``view``, or in the range ``home``."""
    ranges = home, (view.left(), view.right(), view.top(), view.bottom())

    def seen(cloud: Cloud, x0: float, x1: float, y0: float, y1: float) -> NDArray[np.bool_]:
        across, up = 1e-5 * (x1 - x0), 1e-5 * (y1 - y0)  # the edges count, and data are float32
        inside = (cloud.x >= x0 - across) & (cloud.x <= x1 + across) & (cloud.y >= y0 - up) & (cloud.y <= y1 + up)
        return np.asarray(inside)

    return all(bool((seen(cloud, *ranges[0]) | seen(cloud, *ranges[1])).all()) for cloud in clouds)


def paint_clouds(
    painter: QPainter, clouds: Sequence[Cloud], transform: QTransform, view: QRectF, color: QColor, ground: QColor
) -> None:
    """Each point in view if these are few; else how crowded each place is, exact again when zoomed in."""
    if sum(len(cloud.x) for cloud in clouds) > MOST_POINTS:
        clouds = [cloud.seen(view) for cloud in clouds]
    if sum(len(cloud.x) for cloud in clouds) > MOST_POINTS:
        for cloud in clouds:
            _paint_density(painter, cloud, transform, view, color if cloud.filled else ground)
        return
    soft = QColor(color)
    soft.setAlphaF(0.42)
    for cloud in clouds:
        painter.setPen(Qt.PenStyle.NoPen if cloud.filled else QPen(color, 1.1))
        painter.setBrush(soft if cloud.filled else ground)
        size = POINT / 2 if cloud.filled else POINT / 2 - 0.5
        for x, y in zip(cloud.x.tolist(), cloud.y.tolist(), strict=True):
            painter.drawEllipse(transform.map(QPointF(x, y)), size, size)


def _paint_density(painter: QPainter, cloud: Cloud, transform: QTransform, view: QRectF, color: QColor) -> None:
    area = transform.mapRect(view)
    wide, high = math.ceil(area.width() / CELL), math.ceil(area.height() / CELL)
    x = (cloud.x * transform.m11() + transform.dx() - area.left()) / CELL
    y = (cloud.y * transform.m22() + transform.dy() - area.top()) / CELL
    alpha = shares(x, y, wide, high)
    strength = np.where(alpha > 0, 0.2 + 0.8 * alpha, 0.0)
    # Premultiplied, so that a faint cell is not darker than its colour.
    channels = [np.round(part * strength).astype(np.uint32) for part in (color.red(), color.green(), color.blue())]
    pixels = np.round(255 * strength).astype(np.uint32) << 24 | channels[0] << 16 | channels[1] << 8 | channels[2]
    pixels = np.ascontiguousarray(pixels.astype(np.uint32))
    image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32_Premultiplied).copy()
    painter.drawImage(QRectF(area.left(), area.top(), wide * CELL, high * CELL), image)

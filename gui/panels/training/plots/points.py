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

if TYPE_CHECKING:
    from engine.training.data import TrainingData

POINT = 5.6
"""Diameter of a data point in px."""
MOST_POINTS = 6000
"""Up to so many points in view each is drawn by itself."""
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


def clouds_of(data: TrainingData, axes: tuple[int, ...]) -> list[Cloud]:
    """The points of ``data`` over these features: rows trained on and those set aside, or the two classes."""
    clouds = []
    for X, y, trained in ((data.X, data.y, True), (data.X_val, data.y_val, False)):
        upward = X[:, axes[1]] if len(axes) == 2 else y[:, 0]
        if not data.classes:
            clouds.append(Cloud(X[:, axes[0]], upward, trained))
        elif trained:
            clouds += [Cloud(X[y[:, 0] == of, axes[0]], upward[y[:, 0] == of], bool(of)) for of in (0, 1)]
    return [cloud for cloud in clouds if len(cloud.x)]


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

"""The data as points: dots and rings, or where they would cover each other how many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QTransform
from shiboken6 import Shiboken

from gui.panels.training.plots.room import NO_POINTS, in_px
from gui.panels.training.plots.series import Floats

if TYPE_CHECKING:
    from engine.training.data import TrainingData

POINT = 5.6
"""Diameter of a data point in px."""
PHASES = 4
"""A stamp stands at whole pixels, so there is one for each of so many parts of a pixel across, and as many down."""
_FARTHEST = 1e6
"""Px from the picture's corner beyond which nothing is drawn."""
MOST_POINTS = 6000
"""Up to so many points in view each is drawn by itself."""
MOST_NEAR = 2000
"""So many points at most are asked where a notice covers least of them."""
CELL = 2.0
"""Px of a cell in which points are counted, where there are more."""
CHUNK = 1 << 18
"""So many points are counted at a time."""
AROUND = 8.0
"""How many times as wide as the part in view the part may be whose points are kept apart."""
MOST_NEARBY = 0.5
"""The share of all points up to which those near the part in view are kept apart."""
ASKED = 4000
"""Of about so many that share is found."""
NEAR_POINTS = 30_000
"""Of up to so many near the part in view those within it are picked out without counting them."""

Counts = NDArray[np.intp]


class Cloud:
    """Some points of the same kind, ``filled`` or rings, in x and y of the view.

    Of many points those near the part in view are kept apart, and what counting them needs: a frame in which the view moves
    takes no memory anew, which costs more than the counting itself.
    """

    def __init__(self, x: NDArray[np.floating], y: NDArray[np.floating], filled: bool) -> None:
        self.x, self.y, self.filled = np.asarray(x, np.float64), np.asarray(y, np.float64), filled
        self._near: tuple[QRectF, Cloud] | None = None
        self._counted: _Counted | None = None

    def seen(self, view: QRectF) -> Cloud:
        """Those that are in the part ``view``."""
        inside = (self.x >= view.left()) & (self.x <= view.right()) & (self.y >= view.top()) & (self.y <= view.bottom())
        return Cloud(self.x[inside], self.y[inside], self.filled)

    def _share(self, view: QRectF) -> float:
        """About which share of the points is in the part ``view``: of some, since a look at all of a million takes a frame."""
        every = max(1, len(self.x) // ASKED)
        few = Cloud(self.x[::every], self.y[::every], self.filled)
        return len(few.seen(view).x) / max(1, len(few.x))

    def near(self, view: QRectF) -> Cloud:
        """Those in ``view`` and around it: itself, where these would be most of them."""
        if len(self.x) <= MOST_POINTS:
            return self
        if self._near is not None:
            area, cloud = self._near
            wide = area.width() > AROUND * view.width() or area.height() > AROUND * view.height()
            if area.contains(view) and not (wide and cloud is self):
                return cloud.near(view) if wide else cloud
        area = view.adjusted(-view.width(), -view.height(), view.width(), view.height())
        cloud = self if self._share(area) > MOST_NEARBY else self.seen(area)
        self._near = area, cloud
        return cloud

    def counts(self, corner: tuple[float, float], size: tuple[float, float], wide: int, high: int) -> Counts:
        """How many are in each of ``high`` times ``wide`` cells of that ``size``, the first of which begins at ``corner``."""
        if self._counted is None:
            self._counted = _Counted(self.x, self.y)
        return self._counted.counts(corner, size, wide, high)


class _Counted:
    """Points as numbers that are quick to count: from the least of them, in single precision, with room to work in.

    That is exact to a hundredth of a cell down to a thousandth of their range; of what is nearer there are few, drawn one by one.
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        self._least = float(x.min()), float(y.min())
        self._x, self._y = ((ends - least).astype(np.float32) for ends, least in zip((x, y), self._least, strict=True))
        room = min(len(x), CHUNK)
        self._place, self._column, self._row = np.empty(room, np.float32), np.empty(room, np.intp), np.empty(room, np.intp)

    def counts(self, corner: tuple[float, float], size: tuple[float, float], wide: int, high: int) -> Counts:
        left, top = (np.float32(at - least) for at, least in zip(corner, self._least, strict=True))
        across, down = np.float32(1 / size[0]), np.float32(1 / size[1])
        found = np.zeros((wide + 2) * (high + 2), np.intp)
        for first in range(0, len(self._x), CHUNK):
            x, y = self._x[first : first + CHUNK], self._y[first : first + CHUNK]
            place, column, row = (array[: len(x)] for array in (self._place, self._column, self._row))
            cells = (x, left, across, wide, column), (y, top, down, high, row)
            for numbers, begin, per, last, cell in cells:
                np.subtract(numbers, begin, out=place)
                np.multiply(place, per, out=place)
                np.clip(place, -1, last, out=place)  # what is out of view falls into a rim of one cell
                np.add(place, np.float32(1), out=place)
                np.copyto(cell, place, casting="unsafe")
            np.multiply(row, wide + 2, out=row)
            np.add(row, column, out=row)
            found += np.bincount(row, minlength=len(found))
        return found.reshape(high + 2, wide + 2)[1:-1, 1:-1]


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
    painter: QPainter,
    clouds: Sequence[Cloud],
    transform: QTransform,
    view: QRectF,
    color: QColor,
    ground: QColor,
    *,
    as_lines: bool = False,
) -> None:
    """Each point in view if these are few; else how crowded each place is, exact again when zoomed in.

    ``as_lines``: for a file that may hold no pixels.
    """
    if sum(len(cloud.x) for cloud in clouds) > MOST_POINTS:
        clouds = [cloud.near(view) for cloud in clouds]
        if sum(len(cloud.x) for cloud in clouds) <= NEAR_POINTS:
            clouds = [cloud.seen(view) for cloud in clouds]
    if sum(len(cloud.x) for cloud in clouds) > MOST_POINTS:
        area = transform.mapRect(view)
        across, down = transform.m11(), transform.m22()
        corner = (area.left() - transform.dx()) / across, (area.top() - transform.dy()) / down
        cells = math.ceil(area.width() / CELL), math.ceil(area.height() / CELL)
        counted = [cloud.counts(corner, (CELL / across, CELL / down), *cells) for cloud in clouds]
        if sum(int(counts.sum()) for counts in counted) > MOST_POINTS:
            for cloud, counts in zip(clouds, counted, strict=True):
                _paint_density(painter, counts, area, color if cloud.filled else ground)
            return
        clouds = [cloud.seen(view) for cloud in clouds]
    for cloud in clouds:
        paint = paint_circles if as_lines else paint_stamps
        paint(painter, in_px(cloud.x, cloud.y, transform), cloud.filled, color, ground)


def _paint_density(painter: QPainter, counts: Counts, area: QRectF, color: QColor) -> None:
    high, wide = counts.shape
    strength = np.where(counts > 0, 51 + 204 * np.log1p(counts) / math.log1p(max(1, int(counts.max()))), 0)
    # Premultiplied, so that a faint cell is not darker than its colour.
    steps = np.arange(256) / 255
    channels = [np.round(part * steps).astype(np.uint32) for part in (255, color.red(), color.green(), color.blue())]
    colors = channels[0] << 24 | channels[1] << 16 | channels[2] << 8 | channels[3]
    pixels = np.ascontiguousarray(colors.astype(np.uint32)[np.round(strength).astype(np.intp)])
    image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32_Premultiplied).copy()
    painter.drawImage(QRectF(area.left(), area.top(), wide * CELL, high * CELL), image)


def paint_circles(painter: QPainter, places: Floats, filled: bool, color: QColor, ground: QColor) -> None:
    """A dot, or a ring, at each of the ``places`` in px, (n, 2)."""
    _dress(painter, filled, color, ground)
    for x, y in places.tolist():
        painter.drawEllipse(QPointF(x, y), _radius(filled), _radius(filled))


def paint_stamps(painter: QPainter, places: Floats, filled: bool, color: QColor, ground: QColor) -> None:
    """The same in one call, into pixels, to an eighth of one: a call for each took most of a frame in which the view moves."""
    to_device = painter.deviceTransform()
    ratio = to_device.m11()
    near = places * ratio + np.array((to_device.dx(), to_device.dy()))
    near = near[(np.abs(near) < _FARTHEST).all(axis=1)]
    if not len(near):
        return
    middle, whole = _middle(ratio), np.floor(near)
    side = 2 * middle + 1
    stamps = np.empty(
        (len(near), 10)
    )  # QPainter.PixmapFragment: x, y, source's left and top, width, height, scales, angle, opacity
    stamps[:, :2] = whole - middle + side / 2
    stamps[:, 2:4] = np.floor((near - whole) * PHASES) * side
    stamps[:, 4:6] = side
    stamps[:, 6:] = 1, 1, 0, 1
    first: Any = Shiboken.wrapInstance(stamps.ctypes.data, QPainter.PixmapFragment)
    painter.save()
    painter.setWorldTransform(
        QTransform.fromScale(1 / painter.device().devicePixelRatioF(), 1 / painter.device().devicePixelRatioF())
    )
    painter.drawPixmapFragments(first, len(stamps), _stamps(filled, color.rgba(), ground.rgba(), ratio))
    painter.restore()


def _dress(painter: QPainter, filled: bool, color: QColor, ground: QColor) -> None:
    soft = QColor(color)
    soft.setAlphaF(0.42)
    painter.setPen(Qt.PenStyle.NoPen if filled else QPen(color, 1.1))
    painter.setBrush(soft if filled else ground)


def _radius(filled: bool) -> float:
    return POINT / 2 if filled else POINT / 2 - 0.5


def _middle(ratio: float) -> int:
    """Of a stamp, the pixel in which the point is, from its corner."""
    return math.ceil(POINT / 2 * ratio) + 1


@lru_cache(maxsize=16)
def _stamps(filled: bool, color: int, ground: int, ratio: float) -> QPixmap:
    """All stamps in one picture."""
    middle = _middle(ratio)
    side = 2 * middle + 1
    picture = QPixmap(side * PHASES, side * PHASES)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _dress(painter, filled, QColor.fromRgba(color), QColor.fromRgba(ground))
    for down in range(PHASES):
        for across in range(PHASES):
            painter.resetTransform()
            painter.translate(across * side + middle + (across + 0.5) / PHASES, down * side + middle + (down + 0.5) / PHASES)
            painter.scale(ratio, ratio)
            painter.drawEllipse(QPointF(0, 0), _radius(filled), _radius(filled))
    painter.end()
    return picture

"""The paths of the runs beside the one that is trained, over the loss surface, each with its name near it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap, QTransform

from gui.look.runs import paint_marker, run_color, run_marker
from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.plots.beside.runs import Beside, Own
from gui.panels.training.plots.plot import STILL, Layer, polygon
from gui.panels.training.plots.room import NO_POINTS, along, emptiest, in_px
from gui.panels.training.plots.series import Floats, thinned_steps

if TYPE_CHECKING:
    from engine.training.pictures.surfaces import Surface

FAR = 50.0
"""So many times the view away, a point is drawn there and no farther."""
_HALO = 2.0
"""Px around a name that are painted with it."""
ROOM, GROWING_ROOM = 0.04, 0.12
"""Shares of the range beyond a path that are held, too: more of one that grows, so that the range moves rarely."""
_ALONG = (0.3, 0.5, 0.7, 0.15, 0.85)
"""Where along a path its name may stand."""


class SurfaceBeside:
    """Draws them into ``view``; ``fit`` gives it another range. ``paint_names`` keeps off the path of the run that is trained."""

    def __init__(self, view: pg.ViewBox, theme: ThemeManager, fit: Callable[[], None]) -> None:
        self._view, self._theme, self._fit = view, theme, fit
        self.own = Own()
        self.runs: Sequence[Beside] = ()
        self._surface: Surface | None = None
        self._cursor = 0
        self._paths = Layer(view, self._paint_resting, True, 4)
        self._growing = Layer(view, self._paint_growing, False, 4)
        self._places = Layer(view, self._paint_places, False, 12)
        self.names: dict[str, QRectF] = {}
        """Where the name of each path stood at the last paint."""
        self._named: tuple[object, Floats] = (), np.empty((1, 2))
        """Of what these places were found, and the ends of the paths that grow."""
        self._pictures: dict[object, QPixmap] = {}
        """Each name with its halo, which takes a hundred times as long to paint."""
        self._known: dict[Beside, tuple[Surface, int, Floats | None, Floats]] = {}
        """Each way, after what it was found of."""
        self._stood: list[int] | None = None
        """Where in its way each was at the last paint."""

    def set_runs(self, own: Own, runs: Sequence[Beside]) -> None:
        """The one that is trained, and those that are drawn beside it."""
        self.own, self.runs = own, [run for run in runs if "surface" in run.plots]
        self._known = {run: known for run, known in self._known.items() if run in self.runs}
        self._fit()
        self.invalidate()

    def set_surface(self, surface: Surface | None) -> None:
        """Over which they are drawn."""
        self._surface = surface
        self.invalidate()

    def invalidate(self) -> None:
        """What stands still is drawn anew."""
        self._paths.invalidate()
        self._stood, self._named = None, ((), np.empty((1, 2)))
        self._pictures.clear()
        self._growing.refresh()
        self._places.refresh()

    def show(self, cursor: int) -> None:
        """The run that is trained is at step ``cursor``."""
        self._cursor = cursor
        if self._leaves():
            self._fit()
        if self.runs and self._stood != [at for _run, _way, at in self._at_cursor()]:
            self._places.refresh()
            self._growing.refresh()

    def _leaves(self) -> bool:
        """Whether a path has grown out of what is in view."""
        if self._surface is None or self._surface.bowl is None:
            return False
        (x0, x1), (y0, y1) = self._view.viewRange()
        for run in self.runs:
            if run.grows and run.numbers.places and run.is_over(self._surface):
                u, v = self._surface.places_of(run.numbers.parameters[-1:])[0].tolist()
                if not (x0 <= u <= x1 and y0 <= v <= y1):
                    return True
        return False

    def ways(self) -> list[tuple[Beside, Floats]]:
        """Each with its way, (n, 3): step, u and v, up to the first that is no number."""
        found = []
        for run in self.runs if self._surface is not None else ():
            assert self._surface is not None
            if run.is_over(self._surface):
                found.append((run, self._way(run, self._surface)))
        return [(run, way) for run, way in found if len(way)]

    def _way(self, run: Beside, surface: Surface) -> Floats:
        """Found once: a run that is not trained any more stays as it is."""
        known = self._known.get(run)
        if known is not None and known[0] is surface and known[1] == run.last and known[2] is run.path:
            return known[3]
        way = run.way(surface)
        lost = np.flatnonzero(~np.isfinite(way).all(axis=1))
        way = way[: lost[0]] if len(lost) else way
        self._known[run] = surface, run.last, run.path, way
        return way

    def _at_cursor(self) -> list[tuple[Beside, Floats, int]]:
        """Each with its way, and where in it the run is at the cursor; -1: not in it yet."""
        found = []
        for run, way in self.ways():
            found.append((run, way, int(np.searchsorted(way[:, 0], run.step(self._cursor), side="right")) - 1))
        return found

    def own_steps(self, count: int) -> NDArray[np.intp]:
        """Those of the first ``count`` steps of the run that is trained that are drawn: of a branch, its own."""
        begins = max(0, min(self.own.begins, count - 1))
        return begins + thinned_steps(count - begins)

    def widened(self, ends: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """``ends`` with room for these paths, where that is no more than twice as much."""
        x0, x1, y0, y1 = ends
        for run, way in self.ways():
            near = (np.abs(way[:, 1] - (x0 + x1) / 2) <= x1 - x0) & (np.abs(way[:, 2] - (y0 + y1) / 2) <= y1 - y0)
            if near.any():
                share = GROWING_ROOM if run.grows else ROOM
                rooms = share * (ends[1] - ends[0]), share * (ends[3] - ends[2])
                x, y = way[near, 1], way[near, 2]
                x0, x1 = min(x0, float(x.min()) - rooms[0]), max(x1, float(x.max()) + rooms[0])
                y0, y1 = min(y0, float(y.min()) - rooms[1]), max(y1, float(y.max()) + rooms[1])
        return x0, x1, y0, y1

    def _points(self, way: Floats, transform: QTransform) -> Floats:
        """In px; far points are drawn far outside, not lost."""
        (x0, x1), (y0, y1) = self._view.viewRange()
        x = np.clip(way[:, 1], x0 - FAR * (x1 - x0), x1 + FAR * (x1 - x0))
        y = np.clip(way[:, 2], y0 - FAR * (y1 - y0), y1 + FAR * (y1 - y0))
        return in_px(x, y, transform)

    def _paint_resting(self, painter: QPainter, transform: QTransform) -> None:
        self._paint_paths(painter, transform, grows=False)

    def _paint_growing(self, painter: QPainter, transform: QTransform) -> None:
        self._paint_paths(painter, transform, grows=True)

    def _paint_paths(self, painter: QPainter, transform: QTransform, *, grows: bool) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for run, way in self.ways():
            if run.grows == grows:
                points = self._points(way, transform)
                paint_path(painter, self._theme, run.number, points)

    def _paint_places(self, painter: QPainter, transform: QTransform) -> None:
        """Where each is at the cursor."""
        there = self._at_cursor() if self.runs else []
        self._stood = [at for _run, _way, at in there]
        for run, way, at in there:
            if at >= 0:
                place = self._points(way[at : at + 1], transform)[0]
                color = run_color(self._theme, run.number)
                paint_marker(painter, run_marker(run.number), QPointF(*place), color, 5, self._theme.color("surface"))

    def paint_names(self, painter: QPainter, transform: QTransform, own: Floats, taken: Sequence[QRectF]) -> list[QRectF]:
        """Write each run's name beside its path, where there is room for it: that of the one that is trained along ``own``."""
        ways = self.ways() if self.runs else []
        if not ways:
            self.names = {}
            return []
        area = transform.mapRect(QRectF(self._view.viewRect()))
        of = (
            (transform.m11(), transform.m22(), transform.dx(), transform.dy(), area, self.own, self._theme.scale),
            [(0 if run.grows else id(way), run.short) for run, way in ways],
            list(taken),
        )
        # Of a path that goes on its end moves, and what was drawn of it stays.
        ends = np.concatenate([own[-1:], *(self._points(way[-1:], transform) for run, way in ways if run.grows)])
        if of != self._named[0] or ends.shape != self._named[1].shape or not (np.abs(ends - self._named[1]) < STILL).all():
            self._place_names(painter, transform, area, ways, own, taken)
            self._named = of, ends
        numbers = {run.short: run.number for run, _ in ways} | {self.own.short: self.own.number}
        for name, box in self.names.items():
            self._paint_name(painter, box, name, numbers[name])
        return list(self.names.values())

    def _place_names(
        self,
        painter: QPainter,
        transform: QTransform,
        area: QRectF,
        ways: Sequence[tuple[Beside, Floats]],
        own: Floats,
        taken: Sequence[QRectF],
    ) -> None:
        self.names = {}
        paths = [(run.short, self._points(way, transform)) for run, way in ways]
        paths.append((self.own.short, own))
        every = np.concatenate([along(points, area) for _, points in paths] or [NO_POINTS])
        boxes = list(taken)
        painter.setFont(ui_font(11 * self._theme.scale, 600))
        metrics = painter.fontMetrics()
        for name, points in paths:
            size = QSizeF(metrics.horizontalAdvance(name) + 4.0, float(metrics.height()))
            box = emptiest(_near(along(points, area), size, area), every, boxes)
            if box is not None:
                boxes.append(box)
                self.names[name] = box

    def _paint_name(self, painter: QPainter, box: QRectF, name: str, number: int) -> None:
        if self._places.elsewhere:  # a picture in a file may be made of lines, or be larger
            painter.setFont(ui_font(11 * self._theme.scale, 600))
            _write(painter, box, name, self._theme, number)
            return
        ratio = painter.device().devicePixelRatioF()
        key = name, number, box.size().toTuple(), ratio
        if key not in self._pictures:
            room = box.size() + QSizeF(2 * _HALO, 2 * _HALO)
            picture = QPixmap(math.ceil(room.width() * ratio), math.ceil(room.height() * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(picture)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            inner.setFont(ui_font(11 * self._theme.scale, 600))
            _write(inner, QRectF(QPointF(_HALO, _HALO), box.size()), name, self._theme, number)
            inner.end()
            self._pictures[key] = picture
        painter.drawPixmap(QPointF(round(box.left() - _HALO), round(box.top() - _HALO)), self._pictures[key])


def paint_path(painter: QPainter, theme: ThemeManager, number: int, points: Floats, dots: int = 60) -> None:
    """A path through ``points`` in px, on a casing that keeps it off the bands and off other paths."""
    places = polygon(points[:, 0], points[:, 1], QTransform())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    color = run_color(theme, number)
    for pen in (QPen(theme.color("surf_1"), 3.5), QPen(color, 1.5)):
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolyline(places)
    if places.size() <= dots:
        painter.setPen(QPen(color, 3.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(places)


def _near(points: Floats, size: QSizeF, area: QRectF) -> list[QRectF]:
    """Boxes beside some of the ``points``, whole within ``area``."""
    found = []
    for share in _ALONG if len(points) else ():
        x, y = points[min(len(points) - 1, int(share * len(points)))].tolist()
        for box in (
            QRectF(QPointF(x + 8, y - size.height() - 4), size),
            QRectF(QPointF(x - 8 - size.width(), y - size.height() - 4), size),
            QRectF(QPointF(x + 8, y + 4), size),
            QRectF(QPointF(x - 8 - size.width(), y + 4), size),
        ):
            if area.contains(box):
                found.append(box)
    return found


def _write(painter: QPainter, box: QRectF, name: str, theme: ThemeManager, number: int) -> None:
    """The name on a halo, so that it can be read on any band."""
    font = painter.font()
    outline = QPainterPath()
    outline.addText(QPointF(box.left() + 2, box.top() + painter.fontMetrics().ascent()), font, name)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    halo = QPen(theme.color("surf_1"), 3)
    halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(halo)
    painter.drawPath(outline)
    painter.setPen(run_color(theme, number))
    painter.drawText(QPointF(box.left() + 2, box.top() + painter.fontMetrics().ascent()), name)

"""The loss over two parameters, or a slice of it, as bands between curves of equal loss, with the way that the run took."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPen, QTransform

from gui.look.runs import paint_marker, run_color, run_marker
from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.plots.beside.surface import SurfaceBeside, paint_path
from gui.panels.training.plots.field import bands, contour
from gui.panels.training.plots.names import italic, named
from gui.panels.training.plots.plot import CHOOSER, STILL, Layer, Plot, dot, polygon
from gui.panels.training.plots.reading.told import Told
from gui.panels.training.plots.room import NO_POINTS, along, emptiest, in_px
from gui.panels.training.plots.series import Floats, RunSeries, significant, thinned_steps, two_decimals
from gui.widgets import ComboBox

if TYPE_CHECKING:
    from engine.training.pictures.surfaces import Surface
    from engine.training.planes import Bowl

BANDS = 6
"""Filled bands, ``surf_1`` at the optimum to ``surf_6`` outside."""
LOOK_WAIT = 120
"""Milliseconds after the view was moved before the loss is computed for what is in view."""


class SurfacePlot(Plot):
    """Shows nothing until ``set_surface``.

    Signals
    -------
    chosen(object)
        The loss is to be shown over these two parameters, each a name and a place; None for a slice.
    start_wanted(float, float)
        It was clicked at this u and v.
    ends_wanted(object)
        The loss is to be computed for this part: least and greatest of the one, then of the other.
    """

    chosen = Signal(object)
    start_wanted = Signal(float, float)
    ends_wanted = Signal(object)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Loss surface and descent path", "Loss surface", "and descent path", italic("w"), italic("b"))
        self._surface: Surface | None = None
        self.keeps_view = False
        """Whether another start stays in the same range, as while it is dragged."""
        self.kept_off: Floats = np.empty((0, 2))
        """Places in px that the name of the start keeps off."""
        self._series = RunSeries()
        self._places: Sequence[tuple[float, float, float]] = ()
        self._parameters: tuple[tuple[str, int], ...] = ()
        self._reason = ""
        self._known_run: tuple[object, Floats] = (), np.empty((0, 2))
        """What ``_run`` found last, and of what."""
        self._painted: tuple[object, int, Floats, Floats] | None = None
        """At the last paint, where that lasts until the run moves: of what, how many steps, the last of them, px of 1."""
        self.choosers = ComboBox(theme, row=True), ComboBox(theme, row=True)
        for box, name in zip(self.choosers, ("Parameter across", "Parameter upwards"), strict=True):
            box.setAccessibleName(name)
            box.setToolTip("Show the loss over two parameters, the rest as they are, or a slice through points of the run")
            box.activated.connect(self._chosen)
            box.setFixedHeight(CHOOSER)
            box.hide()
            self._head.addWidget(box)
        self._looking = QTimer(self)
        self._looking.setSingleShot(True)
        self._looking.setInterval(LOOK_WAIT)
        self._looking.timeout.connect(self._want_ends)
        self._bands = Layer(self._view, self._paint_bands, True, -10)
        self._path = Layer(self._view, self._paint_path, False, 10)
        self.beside = SurfaceBeside(self._view, theme, self._widen)

    def _widen(self) -> None:
        """Hold the paths of other runs, unless the user looks at a part."""
        if self._surface is not None and self._at_home():
            self.set_home(*self._ends())

    @property
    def _bowl(self) -> Bowl | None:
        return None if self._surface is None else self._surface.bowl

    def set_parameters(self, names: Sequence[str], places: Sequence[tuple[str, int]]) -> None:
        """Of which parameters two can be chosen, where there are more."""
        self._parameters = tuple(places)
        offered = len(places) > 2
        for index, box in enumerate(self.choosers):
            box.clear()
            box.addItems((["slice"] if index == 0 else []) + list(names) if offered else [])
            box.setVisible(offered and index == 0)

    @Slot()
    def _chosen(self) -> None:
        first, second = (box.currentIndex() for box in self.choosers)
        self.choosers[1].setVisible(first > 0)
        if first <= 0:
            self.chosen.emit(None)
            return
        if second == first - 1 or second < 0:
            second = 0 if first > 1 else 1
            self.choosers[1].setCurrentIndex(second)
        self.chosen.emit((self._parameters[first - 1], self._parameters[second]))

    def forget_surface(self, reason: str = "") -> None:
        """The loss of another run is on its way; or it is not drawn, for this ``reason``."""
        self._reason = reason
        if reason:
            self.show_subtitle(["not drawn"])
            self.setToolTip(f"The loss around the run is not drawn: {reason}")
        self._surface, self._places = None, ()
        self.beside.set_surface(None)
        self._bands.invalidate()
        self._path.refresh()

    def set_surface(self, surface: Surface, series: RunSeries) -> None:
        """Another surface, or another start: the range holds the start, the optimum and some room around them."""
        moved = self._surface is not None and surface.plane is not self._surface.plane and self._at_home()
        computed = self._surface is not None and not moved and not self._at_home()
        self._surface, self._series = surface, series
        self.set_names(*map(named, surface.names))
        self.show_subtitle([surface.said, "a slice"] if surface.said else ["and descent path"])
        self.setToolTip(f"{surface.said[0].upper()}{surface.said[1:]}" if surface.said else "")
        self.beside.set_surface(surface)
        if not computed and not self.keeps_view:
            self.set_home(*self._ends())
        self._bands.invalidate()
        self.show_run()

    def _at_home(self) -> bool:
        """Whether the view was not moved."""
        seen = [end for ends in self._view.viewRange() for end in ends]
        return bool(np.allclose(seen, self._home, rtol=1e-6))

    def _ends(self) -> tuple[float, float, float, float]:
        surface = self._surface
        assert surface is not None
        if surface.bowl is None or surface.plane.slice or not len(self._series.w):
            return surface.ends
        w, b = surface.bowl.optimum
        start_w, start_b = float(self._series.w[0]), float(self._series.b[0])
        reach_w, reach_b = max(1.25 * abs(start_w - w), 1.6), max(1.25 * abs(start_b - b), 1.6)
        toward_w, toward_b = math.copysign(1.0, start_w - w), math.copysign(1.0, start_b - b)
        w_ends = sorted((w + toward_w * reach_w, w - toward_w * 0.65 * reach_w))
        b_ends = sorted((b + toward_b * reach_b, b - toward_b * 0.45 * reach_b))
        return self.beside.widened((w_ends[0], w_ends[1], b_ends[0], b_ends[1]))

    @Slot()
    def _range_changed(self) -> None:
        super()._range_changed()
        if getattr(self, "_surface", None) is not None and self._bowl is None:
            self._looking.start()

    @Slot()
    def _want_ends(self) -> None:
        """Ask for the loss of what is in view, where it has no closed form."""
        if self._surface is None or self._bowl is not None:
            return
        (x0, x1), (y0, y1) = self._view.viewRange()
        if self._at_home():
            self.ends_wanted.emit(None)
        else:
            self.ends_wanted.emit((x0, x1, y0, y1))

    def set_places(self, places: Sequence[tuple[float, float, float]]) -> None:
        """Where the run is on the surface, of a model with many parameters: step, u and v."""
        if places != self._places:
            self._places = places
            self._path.refresh()

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "_bands"):
            self._bands.invalidate()
            self.beside.invalidate()
            self._path.refresh()

    def clicked(self, place: QPointF) -> None:
        if self._surface is not None and self._view.sceneBoundingRect().contains(place):
            point = self._view.mapSceneToView(place)
            self.start_wanted.emit(point.x(), point.y())

    def way(self) -> Floats:
        """The run up to the step that is shown, on the surface: [points, 2], its start first; nothing while that is another's."""
        surface, rows = self._surface, self._series.rows
        if surface is None or (rows is not None and rows.shape[1] != sum(item.size for item in surface.plane.origin.values())):
            return np.empty((0, 2))
        return self._run()

    def show_run(self) -> None:
        """Draw the way so far, unless all of it that was not drawn lies where the marker of the newest step stands."""
        if not _stands(self):
            self._path.refresh()
        self.beside.show(self._series.fit_step)

    def reading(self, x: float, y: float) -> str:
        text, loss = super().reading(x, y), _loss_at(self._surface, x, y)
        return text if loss is None else f"{text}   loss {significant(loss)}"

    def told(self, x: float, y: float) -> Told:
        """The loss there; of two parameters also the place, which along a slice says nothing."""
        loss, place = _loss_at(self._surface, x, y), super().reading(x, y)
        if loss is None:
            return Told(place, x, y)
        slice_ = self._surface is not None and self._surface.said != "" and self._surface.chosen is None
        return Told(f"loss {significant(loss)}", x, y, foot="" if slice_ else place)

    def _paint_bands(self, painter: QPainter, transform: QTransform) -> None:
        if self._surface is None:
            return
        if self._surface.bowl is None:
            self._paint_grid_of_losses(painter, transform, self._surface)
            return
        painter.fillRect(transform.mapRect(QRectF(self._view.viewRect())), self.color(f"surf_{BANDS}"))
        bowl = self._surface.bowl
        low, high = self._home[2:]
        reach = 0.92 * max(abs(low - bowl.optimum[1]), abs(high - bowl.optimum[1]))
        levels = bowl.levels(bowl.optimum[0], bowl.optimum[1] + reach, BANDS - 1)
        painter.setPen(QPen(self.color("surface", 0.55), 1))
        for band in range(BANDS - 1, 0, -1):
            curve = bowl.ellipse(levels[band - 1])
            painter.setBrush(self.color(f"surf_{band}"))
            painter.drawPolygon(polygon(curve[:, 0], curve[:, 1], transform))
        place = transform.map(QPointF(*bowl.optimum))
        painter.setPen(QPen(self.color("text"), 1.5))
        painter.drawLine(place + QPointF(-5, 0), place + QPointF(5, 0))
        painter.drawLine(place + QPointF(0, -5), place + QPointF(0, 5))

    def _paint_grid_of_losses(self, painter: QPainter, transform: QTransform, surface: Surface) -> None:
        finite = surface.losses[np.isfinite(surface.losses)]
        if not len(finite):
            return
        least = float(finite.min())
        reach = math.sqrt(max(float(np.quantile(finite, 0.9)) - least, 1e-30))
        levels = [least + (reach * band / (BANDS - 1)) ** 2 for band in range(1, BANDS)]
        colors = [self.color(f"surf_{band}") for band in range(1, BANDS + 1)]
        u, v = surface.u, surface.v
        area = transform.mapRect(QRectF(QPointF(u[0], v[0]), QPointF(u[-1], v[-1])))
        view = transform.mapRect(QRectF(self._view.viewRect()))
        painter.fillRect(view, colors[-1])
        scale = max(1.0, area.width() / max(1.0, view.width()), area.height() / max(1.0, view.height()))
        image = bands(surface.losses, levels, colors, round(area.width() / scale), round(area.height() / scale))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area, image)
        painter.setPen(QPen(self.color("surface", 0.55), 1))
        for level in levels:
            pieces = contour(u, v, surface.losses, level)
            painter.drawLines([QLineF(transform.map(piece.p1()), transform.map(piece.p2())) for piece in pieces])

    def _run(self) -> Floats:
        """The run up to the step that is shown, on the surface: (n, 2), thinned; found once, however many ask in a frame."""
        of = self._surface, self._places, self.beside.own, self._series, self._series.state
        if of != self._known_run[0]:
            found = _found_run(self)
            found.setflags(write=False)
            self._known_run = of, found
        return self._known_run[1]

    def _way(self, transform: QTransform) -> Floats:
        """The way in px, (n, 2), up to the first number that is not finite; far points are drawn far outside, not lost."""
        way = self._run()
        lost = np.flatnonzero(~np.isfinite(way).all(axis=1))
        if len(lost):
            way = way[: lost[0]]
        (x0, x1), (y0, y1) = self._view.viewRange()
        far = 50.0
        x = np.clip(way[:, 0], x0 - far * (x1 - x0), x1 + far * (x1 - x0))
        y = np.clip(way[:, 1], y0 - far * (y1 - y0), y1 + far * (y1 - y0))
        return in_px(x, y, transform)

    def left(self) -> tuple[str, ...]:
        """What is said where the run has gone beyond what is in view, the fullest first; nothing if it has not."""
        run = self._run()
        if not len(run):
            return ()
        w, b = run[-1].tolist()
        views = (self._home, tuple(end for ends in self._view.viewRange() for end in ends))
        seen = any(x0 <= w <= x1 and y0 <= b <= y1 for x0, x1, y0, y1 in views)
        said = "the run has left the plot"
        if seen or self._surface is None:
            return ()
        if self._surface.chosen is None:
            return (said,)
        first, second = self._surface.names
        return (f"{said}: {first} {two_decimals(w)}, {second} {two_decimals(b)}", said)

    def _paint_path(self, painter: QPainter, transform: QTransform) -> None:
        self._painted = None
        if self._reason:
            area = transform.mapRect(QRectF(self._view.viewRect()))
            said = self.find_notice(painter, area, (f"not drawn: {self._reason}", "not drawn"), NO_POINTS)
            self.paint_notice(painter, said, calm=True)
            return
        if self._surface is None or not len(self._series):
            return
        way = self._way(transform)
        if not len(way):
            return
        number = self.beside.own.number
        start, newest = QPointF(*way[0]), QPointF(*way[-1])
        color = run_color(self._theme, number)
        paint_path(painter, self._theme, number, way)
        dot(painter, start, 4, self.color("surface"), self.color("text"), 1.8)
        area = transform.mapRect(QRectF(self._view.viewRect()))
        points = np.concatenate((along(way, area), self.kept_off))
        if self._surface.bowl is not None:
            best = transform.map(QPointF(*self._surface.bowl.optimum))
            points = np.concatenate((points, [[best.x(), best.y()]]))
        name = self._paint_start(painter, area, start, points)
        if len(way) > 1:
            paint_marker(painter, run_marker(number), newest, color, 5.5, self.color("surface"))
        left, said = self.left(), None
        names = self.beside.paint_names(painter, transform, way, [QRectF(start.x() - 6, start.y() - 6, 12, 12), name])
        if left:
            taken = [QRectF(start.x() - 6, start.y() - 6, 12, 12), name, *names]
            said = self.find_notice(painter, area, left, points, taken) or self.find_notice(painter, area, left, points)
        self.paint_notice(painter, said, calm=not self._series.worse)
        if self._series.is_line and self._series.goes_on and not left and not self._surface.plane.slice:
            last = np.array((self._series.w[-1], self._series.b[-1]))
            px = np.abs(np.array((transform.m11(), transform.m22())))
            self._painted = _painted_of(self), len(self._series), last, px

    def _paint_start(self, painter: QPainter, area: QRectF, start: QPointF, points: Floats) -> QRectF:
        """Write the name of the start beside it, whole and where the way is not; where it stands."""
        painter.setFont(ui_font(11 * self._theme.scale))
        metrics = painter.fontMetrics()
        begins = self.beside.own.begins
        text = f"epoch {begins:,}" if begins else "start"
        wide, high = metrics.horizontalAdvance(text) + 2.0, float(metrics.height())
        boxes = []
        for x, y in ((-12.0, 6.0), (-12.0, -6 - high), (9.0, -high / 2), (-9 - wide, -high / 2), (7.0, 4.0), (-7 - wide, 4.0)):
            box = QRectF(start.x() + x, start.y() + y, wide, high)
            box.moveLeft(max(area.left() + 2, min(box.left(), area.right() - 2 - wide)))
            if area.top() <= box.top() and box.bottom() <= area.bottom():
                boxes.append(box)
        marker = QRectF(start.x() - 6, start.y() - 6, 12, 12)
        box = emptiest(boxes, points, [marker]) or QRectF()
        painter.setPen(self.color("text_2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        return box


def _loss_at(surface: Surface | None, x: float, y: float) -> float | None:
    """The loss there; None beyond what is computed."""
    if surface is None:
        return None
    if surface.bowl is not None:
        return float(surface.bowl.value(x, y))
    inside = surface.u[0] <= x <= surface.u[-1] and surface.v[0] <= y <= surface.v[-1]
    row, column = int(np.abs(surface.v - y).argmin()), int(np.abs(surface.u - x).argmin())
    return float(surface.losses[row, column]) if inside else None


def _found_run(plot: SurfacePlot) -> Floats:
    surface, series = plot._surface, plot._series
    if surface is None:
        return np.empty((0, 2))
    if series.is_line and not surface.plane.slice:
        w, b = series.w, series.b
        index = plot.beside.own_steps(len(w))
        return np.column_stack((w[index], b[index]))
    rows = series.rows
    if rows is not None:
        return surface.places_of(rows[plot.beside.own_steps(len(rows))])
    begins = min(plot.beside.own.begins, series.fit_step)
    places = np.array([place for place in plot._places if begins <= place[0] < len(series)]).reshape(-1, 3)
    return np.asarray(places[thinned_steps(len(places)), 1:])


def _painted_of(plot: SurfacePlot) -> object:
    return plot._surface, plot._series, plot._series.begun, plot.beside.own, id(plot.kept_off)


def _stands(plot: SurfacePlot) -> bool:
    """Whether what was painted last is what there is to paint: a run at full speed need not wait for that."""
    series, painted = plot._series, plot._painted
    if painted is None or not (series.is_line and series.goes_on) or painted[0] != _painted_of(plot):
        return False
    _of, count, newest, px = painted
    if len(series) < count:
        return False
    with np.errstate(over="ignore", invalid="ignore"):  # of a run that diverged
        moved = np.abs(np.column_stack((series.w[count:], series.b[count:])) - newest) * px
    return bool((moved < STILL).all())

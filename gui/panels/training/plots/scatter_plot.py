"""The data and what the model says of them: the fit with a trail of earlier ones and residuals, or the regions of two classes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph import ViewBox
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent, QTransform
from PySide6.QtWidgets import QVBoxLayout

from gui.look.runs import run_color, run_token
from gui.look.theme import ThemeManager
from gui.panels.training.plots.beside.ends import EndNames
from gui.panels.training.plots.beside.fit import FitBeside
from gui.panels.training.plots.field import bands, contour
from gui.panels.training.plots.legend import Legend, Sample
from gui.panels.training.plots.names import italic, named
from gui.panels.training.plots.plot import CHOOSER, STILL, Layer, Plot, polygon
from gui.panels.training.plots.points import Cloud, are_within, clouds_of, in_px_all, paint_clouds
from gui.panels.training.plots.reading.told import Told
from gui.panels.training.plots.room import NO_POINTS, in_px, on_line
from gui.panels.training.plots.series import Floats, RunSeries, clipped_line, error_said, two_decimals
from gui.widgets import ComboBox

if TYPE_CHECKING:
    from engine.training.data import TrainingData
    from engine.training.pictures.fits import Fit

TRAIL = 8
"""Earlier fits that stay visible."""
NO_LEGEND, LOW_LEGEND = 110, 160
"""Below these heights in px at 100 % there is no legend, since the plot needs the room, and one of one line."""


class ScatterPlot(Plot):
    """Points and lines; shows nothing until ``set_data``.

    Signals
    -------
    axes_wanted(object)
        Other features are to be shown: a tuple of their places.
    """

    axes_wanted = Signal(object)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Data and fitted line", "Not computed yet", "", italic("x"), italic("y"))
        self._head.insertStretch(0, 1)
        self.data: TrainingData | None = None
        self._truth: tuple[float, float] | None = None
        self._fit: Fit | None = None
        self._clouds: list[Cloud] = []
        self._series = RunSeries()
        self._legend_fit = "random first line"
        self._legend_of: tuple[object, list[tuple[Sample, str]]] = None, []
        """Of what the words of the legend were chosen, and these."""
        self._loss_said = ""
        """What is known of the loss of the epoch that is shown."""
        self.heading = ""
        """Which epoch that is, and its loss, also where the head has no room for that."""
        self._lifted: int | None = None
        self._painted: tuple[object, int, tuple[float, float], float] | None = None
        """At the last paint, where that lasts until the run moves: of what, how many steps, weight and bias, px of 1 upwards."""
        self.keeps_view = False
        """Whether other data stay in the same range, where that holds all of them."""
        self.no_fit = ""
        self.by_code = False
        """Whether edited code predicts, and not the set-up's model; ``no_fit``: why nothing does."""
        """Why the model is not drawn; empty where it is."""
        self.choosers = ComboBox(theme, row=True), ComboBox(theme, row=True)
        for box, name in zip(self.choosers, ("Feature that is shown", "Second feature that is shown"), strict=True):
            box.setAccessibleName(name)
            box.setToolTip(f"{name}; the others are at their means")
            box.activated.connect(self._chosen)
            box.setFixedHeight(CHOOSER)
            box.hide()
            self._head.addWidget(box)
        self.legend = Legend(theme)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self.legend)
        self._regions = Layer(self._view, self._paint_regions, True, -30)
        self._points = Layer(self._view, self._paint_points, True, -10)
        self._true = Layer(self._view, self._paint_true_line, True, -5)
        self._lines = Layer(self._view, self._paint_lines, False, 10)
        self.ends = EndNames(self, self._plot, self._view, theme)
        self.beside = FitBeside(self._view, theme, self.ends, self._show_legend)

    # What is shown -----------------------------------------------------------------------------------------------

    def set_data(self, data: TrainingData, truth: tuple[float, float] | None, series: RunSeries, fit: Fit | None = None) -> None:
        """Another data set, or another start: fixes the range that is shown while the run goes on.

        ``truth``: weight and bias of the line that the data were made from, if they were. ``fit``: that of the start.
        """
        self.data, self._truth, self._series, self._fit = data, truth, series, fit
        self._offer_features()
        axes = self.axes
        x = data.X[:, axes[0]]
        x0, x1 = float(x.min()), float(x.max())
        margin = 0.03 * (x1 - x0) or 1.0
        self._clouds = clouds_of(data, axes, self._lifted)
        if len(axes) == 2:
            y0, y1 = float(data.X[:, axes[1]].min()), float(data.X[:, axes[1]].max())
            room = 0.03 * (y1 - y0) or 1.0
            home = x0 - margin, x1 + margin, y0 - room, y1 + room
        else:
            y0, y1 = float(data.y.min()), float(data.y.max())
            span = y1 - y0 or max(1.0, abs(y0))
            low, high = y0 - 0.3 * span, y1 + 0.12 * span
            middle = self._middle()
            if middle is not None:
                low, high = min(low, middle - 0.15 * span), max(high, middle + 0.15 * span)
            home = x0 - margin, x1 + margin, low, high
        if not (self.keeps_view and are_within(self._clouds, self._home, self._view.viewRect())):
            self.set_home(*home)
        scaled = " (scaled)" if "X" in data.scales else ""
        second = data.features[axes[1]] if len(axes) == 2 else f"P({data.target} = 1)" if data.classes else data.target
        self.set_names(named(data.features[axes[0]]) + scaled, named(second) + (scaled if len(axes) == 2 else ""))
        self.setAccessibleName("Data and regions of two classes" if data.classes else "Data and fitted line")
        self._regions.invalidate()
        self._true.invalidate()
        if self._lifted is None:
            self._points.invalidate()
        self.show_run()

    def lift(self, row: int | None) -> None:
        """Leave out the point of that row, which is dragged and drawn by others; None: draw all again.

        Meanwhile the others stay as they are painted, so where moving one moves all, or rows are set aside, nothing is left out.
        """
        data = self.data
        if data is None or (row is not None and (data.scales or len(data.X_val) or row >= len(data.X))):
            return
        self._lifted = row
        self._clouds = clouds_of(data, self.axes, row)
        self._points.invalidate()

    def set_fit(self, fit: Fit | None) -> None:
        """What the model says at the step that is shown."""
        if fit is self._fit:
            return
        moved = fit is not None and self._fit is not None and fit.axes != self._fit.axes
        self._fit = fit
        if moved and self.data is not None:
            self.set_data(self.data, self._truth, self._series, fit)
        if fit is not None and len(fit.axes) == 2:
            self._regions.invalidate()
        self._lines.refresh()

    @property
    def axes(self) -> tuple[int, ...]:
        """The features that are shown."""
        if self._fit is not None:
            return self._fit.axes
        return (0, 1) if self.data is not None and self.data.classes and self.data.X.shape[1] > 1 else (0,)

    @property
    def _is_line(self) -> bool:
        """Whether the fit is the straight line of w and b themselves."""
        return self._series.is_line and not self.by_code and not self.no_fit and (self.data is None or not self.data.classes)

    def _middle(self) -> float | None:
        """Where the first fit is in the middle of the data."""
        assert self.data is not None
        if self._is_line and len(self._series):
            return float(self._series.w[0] * self.data.X.mean() + self._series.b[0])
        if self._fit is None or not len(self._fit.curve) or self.data.classes:
            return None
        middle = float(np.median(self._fit.curve))
        return middle if math.isfinite(middle) else None

    def _offer_features(self) -> None:
        """Which features can be chosen, where there are more than are shown."""
        assert self.data is not None
        features, axes = self.data.features, self.axes
        more = len(features) > len(axes)
        for place, box in enumerate(self.choosers):
            box.setVisible(more and place < len(axes))
            if more and place < len(axes):
                if [box.itemText(index) for index in range(box.count())] != list(features):
                    box.clear()
                    box.addItems(list(features))
                box.setCurrentIndex(axes[place])

    @Slot()
    def _chosen(self) -> None:
        axes = tuple(box.currentIndex() for box, _axis in zip(self.choosers, self.axes, strict=False))
        if len(set(axes)) == len(axes):
            self.axes_wanted.emit(axes)
        else:
            self._offer_features()

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "_points"):
            for layer in (self._regions, self._points, self._true):
                layer.invalidate()
            self._lines.refresh()
            self._show_legend()

    def show_run(self) -> None:
        """Draw the newest fit, unless no eye tells it from the one that is drawn."""
        if not _stands(self):
            self._lines.refresh()
        self.beside.show(self._series, self.axes, self._fit, classes=self.data is not None and self.data.classes)
        self.read_out.renew()

    # Texts -------------------------------------------------------------------------------------------------------

    def show_texts(self) -> None:
        """Say epoch, loss and errors; apart from ``show_run`` because texts are dear and need not follow every frame."""
        step = self._series.step
        if step < 0:
            self._loss_said = ""
        elif step == 0:
            self._loss_said = "not trained yet"
        elif len(self._series.loss) <= step:
            self._loss_said = "loss not computed yet"
        else:
            # An epoch's loss is that of the parameters it begins with: its update has moved them on.
            self._loss_said = f"began with loss {two_decimals(float(self._series.loss[-1]))}"
        self.set_title("Not computed yet" if step < 0 else f"Epoch {step}")
        self.heading = " · ".join(filter(None, (self.title.text(), self._loss_said)))
        self.title.setToolTip(self.heading)
        made = self._made
        shape = "boundary" if self.data is not None and self.data.classes else "fit"
        if self._is_line and self._series.half_updated:
            self._legend_fit = f"fit within epoch {made}"
        else:
            first = "random first line" if self._is_line else f"random first {shape}"
            self._legend_fit = f"{shape} after epoch {made}" if made else first
        self._show_errors()
        self._show_legend()
        self._lines.refresh()

    @property
    def _made(self) -> int:
        """The step whose fit is drawn."""
        if self._is_line or self._fit is None:
            return max(len(self._series.w) - 1, 0)
        return self._fit.step

    def _show_errors(self) -> None:
        """The errors of the fit that is drawn, in as many as have room."""
        fit = self._fit
        known = fit.errors if fit is not None and (not self._is_line or fit.step == self._made) else {}
        said, loss = [f"{name} {error_said(name, known)}" for name in known], self._loss_said
        ways = ["   ".join((*([loss] if loss else []), *said[:most])) for most in (4, 2, 1, 0)]
        if self._series.step > 0 and len(self._series.loss) > self._series.step and said:
            # The loss stands in its own plot, too: the errors are worth more.
            ways = [ways[0], *("   ".join(said[:most]) for most in (4, 2, 1)), loss]
        self.show_subtitle(ways)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_errors()
        self._show_legend()

    def _show_legend(self) -> None:
        """Names for what is drawn, in as many words as have room; its height is the same for every epoch."""
        self.legend.setVisible(self.height() >= NO_LEGEND * self._theme.scale)
        if self.data is None:
            return
        self.legend.left = self._axes["left"].width()
        digits = "0" * max(2, len(str(len(self._series))))
        shape = "boundary" if self.data.classes else "fit"
        first = "random first line" if self._is_line else f"random first {shape}"
        longest = max(first, f"{shape} {'within' if self._is_line else 'after'} epoch {digits}", key=len)
        of = (
            self.legend.left,
            self.size(),
            self._theme.scale,
            self.data,
            longest,
            self.no_fit,
            self._truth,
            self._fit is not None and len(self._fit.truth),
        )
        if of != self._legend_of[0]:
            self._legend_of = of, _legend_shown(self, longest)
        shown = self._legend_of[1]
        fit_token = "text" if self.data.classes else run_token(self.beside.own.number)
        tokens: dict[Sample, str] = {"dot": "data", "ring": "data", "dashes": "text", "line": fit_token}
        self.legend.set_entries(
            [(sample, tokens[sample], self._legend_fit if sample == "line" else name) for sample, name in shown],
            [name for _, name in shown],
        )

    # Drawing -----------------------------------------------------------------------------------------------------

    def _paint_regions(self, painter: QPainter, transform: QTransform) -> None:
        fit = self._fit
        if fit is None or len(fit.axes) != 2:
            return
        area = transform.mapRect(QRectF(QPointF(fit.across[0], fit.up[0]), QPointF(fit.across[-1], fit.up[-1])))
        colors = self.color("surface"), self.color("surf_3")
        view = transform.mapRect(QRectF(self._view.viewRect()))
        scale = max(1.0, area.width() / max(1.0, view.width()))  # zoomed in, the picture is not made larger than it was
        image = bands(fit.regions, [0.5], colors, round(area.width() / scale), round(area.height() / scale))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area, image)

    def _paint_points(self, painter: QPainter, transform: QTransform) -> None:
        if self.data is None:
            return
        view = QRectF(self._view.viewRect())
        as_lines = self._points.elsewhere
        paint_clouds(painter, self._clouds, transform, view, self.color("data"), self.color("surface"), as_lines=as_lines)

    def told(self, x: float, y: float) -> Told:
        """What the models of all runs say there."""
        data = self.data
        if data is None or self.no_fit or not len(self._series):
            return super().told(x, y)
        if len(self.axes) == 2:
            return self.beside.told((x, y), self.reading(x, y), f"P({data.target} = 1)")
        said = f"P({data.target} = 1)" if data.classes else "ŷ"
        return self.beside.told((x, y), f"{self.axis_names[0]} {two_decimals(x)}", said)

    def left(self) -> tuple[str, ...]:
        """What is said where the learned line cannot be seen, too steep or too far, the fullest first; nothing if it can be."""
        if not len(self._series):
            return ()
        if not self._is_line:
            return _curve_left(self._fit, self.no_fit, self._home)
        w, b = float(self._series.w[-1]), float(self._series.b[-1])
        views = (self._home, tuple(end for ends in self._view.viewRange() for end in ends))
        lost = not (math.isfinite(w) and math.isfinite(b)) or all(clipped_line(w, b, *view) is None for view in views)
        said = "the line has left the plot"
        return (f"{said}: w {two_decimals(w)}, b {two_decimals(b)}", said) if lost else ()

    def _paint_lines(self, painter: QPainter, transform: QTransform) -> None:
        self._painted = None
        if self.data is None or not len(self._series):
            return
        area = transform.mapRect(QRectF(self._view.viewRect()))
        self._paint_residuals(painter, transform)
        left = self.left()
        if self._is_line:
            fit = self._paint_fitted_line(painter, transform)
            true = None if self._truth is None else _line(self._view, *self._truth, transform)
            drawn = np.concatenate((on_line(fit, area), on_line(true, area))) if left else NO_POINTS
        else:
            drawn = self._paint_curve(painter, transform)
        said = (
            self.find_notice(painter, area, left, np.concatenate((drawn, in_px_all(self._clouds, transform)))) if left else None
        )
        self.paint_notice(painter, said, calm=bool(self.no_fit) or not self._series.worse)
        if self._is_line and self._series.goes_on and not left and not _has_residuals(self):
            newest = float(self._series.w[-1]), float(self._series.b[-1])
            self._painted = _painted_of(self), len(self._series), newest, abs(transform.m22())

    def _paint_residuals(self, painter: QPainter, transform: QTransform) -> None:
        """From some points to the fit that is drawn."""
        fit, data = self._fit, self.data
        if not _has_residuals(self) or fit is None or data is None:
            return
        x, y = data.X[fit.rows, fit.axes[0]].astype(np.float64), data.y[fit.rows, 0].astype(np.float64)
        points, feet = in_px(x, y, transform), in_px(x, np.clip(fit.predictions, -1e9, 1e9), transform)
        seen = np.isfinite(feet).all(axis=1)
        painter.setPen(QPen(self.color("data", 0.55), 1))
        high = 4 * max(1.0, self._view.height())
        feet[:, 1] = np.clip(feet[:, 1], -high, high)
        painter.drawLines([QLineF(*point, *foot) for point, foot in zip(points[seen].tolist(), feet[seen].tolist(), strict=True)])

    def _paint_true_line(self, painter: QPainter, transform: QTransform) -> None:
        true = None if self._truth is None or not self._is_line else _line(self._view, *self._truth, transform)
        if true is not None:
            painter.setPen(_dashes(self.color("text")))
            painter.drawLine(true)

    def _paint_fitted_line(self, painter: QPainter, transform: QTransform) -> QLineF | None:
        """The line, over those before it; in px."""
        w, b = self._series.w, self._series.b
        fit = _line(self._view, float(w[-1]), float(b[-1]), transform)
        trail = 0 if self.beside.runs else min(TRAIL, len(w) - 1)  # among other runs' it would be taken for one of these
        next_one, earlier = fit, list[tuple[int, QLineF]]()
        for age in range(1, trail + 1):
            line = _line(self._view, float(w[-1 - age]), float(b[-1 - age]), transform)
            if line is not None and not _alike(line, next_one):
                earlier.append((age, line))
                next_one = line
        for age, line in reversed(earlier):
            painter.setPen(QPen(run_color(self._theme, self.beside.own.number, 0.5 * (1 - age / (TRAIL + 1))), 1))
            painter.drawLine(line)
        if fit is not None:
            painter.setPen(QPen(run_color(self._theme, self.beside.own.number), 2.5))
            painter.drawLine(fit)
        return fit

    def _paint_curve(self, painter: QPainter, transform: QTransform) -> Floats:
        """The fitted curve with the data's own, or the boundary of the regions; points along them in px."""
        fit = self._fit
        if fit is None:
            true = None if self._truth is None else _line(self._view, *self._truth, transform)
            if true is not None:
                painter.setPen(_dashes(self.color("text")))
                painter.drawLine(true)
            return on_line(true, transform.mapRect(QRectF(self._view.viewRect())))
        if len(fit.axes) == 2:
            painter.setPen(QPen(self.color("text"), 1.5))
            pieces = contour(fit.across, fit.up, fit.regions, 0.5)
            painter.drawLines([QLineF(transform.map(piece.p1()), transform.map(piece.p2())) for piece in pieces])
            return NO_POINTS
        painter.setBrush(Qt.BrushStyle.NoBrush)
        drawn, own = [NO_POINTS], run_color(self._theme, self.beside.own.number)
        for curve, pen in ((fit.truth, _dashes(self.color("text"))), (fit.curve, QPen(own, 2.5))):
            seen = np.isfinite(curve)
            if len(curve) and seen.any():
                low, high = self._view.viewRange()[1]
                near = np.clip(curve[seen], low - 50 * (high - low), high + 50 * (high - low))
                painter.setPen(pen)
                painter.drawPolyline(polygon(fit.x[seen], near, transform))
                drawn.append(in_px(fit.x[seen], near, transform))
        return np.concatenate(drawn)


def _curve_left(fit: Fit | None, no_fit: str, home: tuple[float, float, float, float]) -> tuple[str, ...]:
    """As ``ScatterPlot.left``, of what is no straight line; ``home`` is the range that is shown at first."""
    if no_fit:
        return (f"no fit: {no_fit}", "no fit is drawn")
    if fit is None:
        return ()
    shown = fit.regions.ravel() if len(fit.axes) == 2 else fit.curve
    if not np.isfinite(shown).any():
        return ("the model says no numbers any more",)
    lost = len(fit.axes) == 1 and not ((shown >= home[2]) & (shown <= home[3])).any()
    return ("the fit has left the plot",) if lost else ()


def _line(view: ViewBox, w: float, b: float, transform: QTransform) -> QLineF | None:
    """The part of y = w x + b that is in ``view``, in px; None where none is."""
    (x0, x1), (y0, y1) = view.viewRange()
    ends = clipped_line(w, b, x0, x1, y0, y1)
    if ends is None:
        return None
    return QLineF(transform.map(QPointF(ends[0], ends[1])), transform.map(QPointF(ends[2], ends[3])))


def _alike(one: QLineF, other: QLineF | None) -> bool:
    """Whether no eye tells the two apart."""
    if other is None:
        return False
    return (
        max(abs(one.x1() - other.x1()), abs(one.y1() - other.y1()), abs(one.x2() - other.x2()), abs(one.y2() - other.y2())) < 0.25
    )


def _dashes(color: QColor) -> QPen:
    pen = QPen(color, 1.5)
    pen.setDashPattern([4.5, 3])
    return pen


def _legend_shown(plot: ScatterPlot, longest: str) -> list[tuple[Sample, str]]:
    """Samples and names in the most words that have room, where that of the fit may become so long."""
    assert plot.data is not None
    data = _names_of(plot.data)
    lines: list[tuple[Sample, str]] = [] if plot.no_fit else [("line", longest)]
    if plot._truth is not None:
        lines.insert(0, ("dashes", "true line"))
    elif plot._fit is not None and len(plot._fit.truth):
        lines.insert(0, ("dashes", "without noise"))
    short_data: list[tuple[Sample, str]] = [("dot", "data")] if len(data) == 1 else data
    wide, low = float(plot.width()), plot.height() < LOW_LEGEND * plot._theme.scale
    ways = [([*data, *lines], 1), ([*short_data, *lines], 1), ([*data, *lines], 1 if low else 2), (lines, 1)]
    # At the least the line that the title does not speak of has its name.
    shown = next((way for way, rows in ways if plot.legend.rows(way, wide) <= rows), lines[:1])
    plot.legend.fit(plot.legend.rows(shown, wide))
    return shown


def _names_of(data: TrainingData) -> list[tuple[Sample, str]]:
    """What the points are."""
    if data.classes:
        return [("dot", f"{data.target} = 1"), ("ring", f"{data.target} = 0")]
    if len(data.X_val):
        return [("dot", f"train {len(data.X)}"), ("ring", f"validation {len(data.X_val)}")]
    return [("dot", f"data, {len(data.X)} points")]


def _painted_of(plot: ScatterPlot) -> object:
    return plot.data, plot._truth, plot._series, plot._series.begun, plot.beside.own, plot._view.viewRange()


def _has_residuals(plot: ScatterPlot) -> bool:
    """Whether the fit is of the step that is drawn, so that its residuals are."""
    fit, data = plot._fit, plot.data
    if fit is None or data is None or data.classes or fit.step != plot._made or len(fit.axes) != 1:
        return False
    return not (plot._is_line and plot._series.half_updated)


def _stands(plot: ScatterPlot) -> bool:
    """Whether the line, and each of those before it, lies where it was painted last; and no residuals come or go."""
    series, painted = plot._series, plot._painted
    if painted is None or _has_residuals(plot) or not (plot._is_line and series.goes_on):
        return False
    of, count, (w, b), px = painted
    if len(series) < count or of != _painted_of(plot):
        return False
    trail = slice(max(0, count - 1 - TRAIL), None)
    with np.errstate(over="ignore", invalid="ignore"):  # of a run that diverged
        moved = [np.abs((series.w[trail] - w) * x + (series.b[trail] - b)) * px for x in plot._view.viewRange()[0]]
    return all(bool((ends < STILL).all()) for ends in moved)

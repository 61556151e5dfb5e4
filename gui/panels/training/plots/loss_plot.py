"""The loss by epoch, on a logarithmic scale or a linear one, with that of the validation rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPen, QTransform
from PySide6.QtWidgets import QMenu, QVBoxLayout

from gui.look.runs import run_color, run_dashes, run_token
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.training.epochs.columns import Columns
from gui.panels.training.plots.beside.ends import EndNames
from gui.panels.training.plots.beside.loss import LossBeside, paint_markers
from gui.panels.training.plots.legend import Legend
from gui.panels.training.plots.plot import TICK_HALF, Layer, Plot, dot, dots, polygon
from gui.panels.training.plots.reading.told import Told
from gui.panels.training.plots.room import NO_POINTS, along, boxes_at, emptiest, hits, in_px, on_line
from gui.panels.training.plots.series import Floats, RunSeries, two_decimals
from gui.session.run_numbers import RunNumbers
from gui.widgets.text_button import TextButton

WITHOUT_FLOOR = 1.5
"""Powers of ten that are shown below the first loss where nothing says how far it can fall."""
_SAME = 1.5
"""Px to the left and right in which all epochs are meant by one place."""
_LATER = 0.35
"""Opacity of the curve after the epoch that is shown."""
_FLOOR_ROOM = 20.0
"""Px below the line of the floor."""
_ALONG = ((0.02, 0.0), (1.0, 0.0), (0.5, 0.0))
"""Where along that line its name may stand, as shares of the room."""
DOTS = 60
"""Up to so many epochs each has its dot."""


class LossPlot(Plot):
    """The y of the view is the loss, or its decimal logarithm; losses that are nan or infinite, or then 0, have no place in it.

    Signals
    -------
    epoch_wanted(int)
        It was clicked where it reads this epoch, which was trained.
    """

    epoch_wanted = Signal(int)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Loss per epoch", "Loss per epoch", "", "epoch", "loss", log_y=True)
        self.scale = TextButton(theme)
        self.scale.setCheckable(True)
        self.scale.say("log scale", "Show the loss on a linear scale")
        self.scale.toggled.connect(self.set_linear)
        self._key = Legend(theme)
        self._key.hide()
        self._head.insertWidget(2, self.scale)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self._key)
        self._changes: Sequence[tuple[int, str]] = ()
        self._series = RunSeries()
        self._floor_called, self._floor = "", 0.0
        self._top, self._least = 1.0, math.inf
        self._epochs = 1
        self._label = ""
        self.floor_text = QRectF()
        """Where the name of the floor stood at the last paint."""
        self._floor_covered = False
        """Whether that is on a curve."""
        self._placed: object = None
        """Of what the place was found: a run that goes on has it found anew as often as the texts are."""
        self._static = Layer(self._view, self._paint_floor, True, -10)
        self._curve = Layer(self._view, self._paint_curve, False, 10)
        self.columns = Columns(self, theme, positive=True)
        self.ends = EndNames(self, self._plot, self._view, theme)
        self.beside = LossBeside(self._view, theme, self._heights, self.columns, self.ends, self._resized)

    def set_run(self, series: RunSeries, epochs: int, floor: tuple[str, float] | None, first_loss: float) -> None:
        """Fix the range: ``epochs`` to the right, from below the ``floor`` (name and loss) to above ``first_loss``."""
        self._series, self._epochs = series, epochs
        self._floor_called, self._floor = floor or ("", 0.0)
        self._least = self._floor or math.inf
        self._top = first_loss if math.isfinite(first_loss) and first_loss > 0 else 1.0
        self._range()
        self._static.invalidate()
        self.show_run()

    def set_changes(self, changes: Sequence[tuple[int, str]]) -> None:
        """From which epochs on something else acted, and what."""
        self._changes = changes

    @Slot(bool)
    def set_linear(self, linear: bool) -> None:
        """Show the loss itself, or its decimal logarithm."""
        self._log_y = self.columns.positive = not linear
        now, other = ("linear", "logarithmic") if linear else ("log", "linear")
        self.scale.say(f"{now} scale", f"Show the loss on a {other} scale")
        self._range()
        self._static.invalidate()
        self.beside.invalidate()
        self._curve.refresh()

    def menu(self) -> QMenu:
        """Linear scale, and what every plot has."""
        menu = super().menu()
        entry = QAction("Linear scale", menu)
        entry.setCheckable(True)
        entry.setChecked(self.scale.isChecked())
        entry.toggled.connect(self.scale.setChecked)
        menu.insertAction(menu.actions()[0], entry)
        return menu

    def _heights(self, loss: Floats) -> Floats:
        """Where losses are in the view; not finite where they have no place."""
        if not self._log_y:
            return loss
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log10(loss))

    def _range(self) -> None:
        last = max(self._epochs, self.beside.epochs)
        room = max(last - 1, 1)
        if not self._log_y:
            low, top = min(0.0, self._floor), self._top * 1.08
            self.set_home(1 - 0.035 * room, last + 0.035 * room, low - 0.06 * (top - low), top)
            return
        top = math.log10(self._top) + 0.18
        low = min(math.log10(self._floor) if self._floor > 0 else top - WITHOUT_FLOOR, top - 0.5)
        if 0 < self._least < 10**low:
            low = math.log10(self._least)
        # The name of the floor has room below its line, and at a power of ten its number the upper half.
        high = max(60.0, self._view.height())
        below = max(0.32, (top - low) * min(0.3, _FLOOR_ROOM * self._theme.scale / high))
        top = max(top, math.floor(top) + max(0.15, (top - low + below) * min(0.3, (TICK_HALF + 1) * self._theme.scale / high)))
        self.set_home(1 - 0.035 * room, last + 0.035 * room, low - below, top)

    @Slot()
    def _resized(self) -> None:
        if self._ready:
            self._range()
        super()._resized()

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "_static"):
            self._static.invalidate()
            self.beside.invalidate()
            self._curve.refresh()

    def show_run(self) -> None:
        """Draw the curve; where the loss outgrows the range it is widened by a thousandfold, so that this stays rare."""
        greatest, least = _extremes(self._series, self.beside.extremes)
        if least < self._least:
            # Half a power of ten at a time, so that this stays rare.
            self._least = 10 ** (math.floor(2 * math.log10(least)) / 2) if least > 0 else self._least
            self._range()
        if greatest > self._top:
            while self._top < greatest:
                self._top *= 1000.0
            self._range()
        self._curve.refresh()
        self.beside.show(self._series)
        self.read_out.renew()

    def told(self, x: float, y: float) -> Told:
        """The epoch that a click there would go to, which is a whole number, and the losses that the runs have in it."""
        epoch, reach = self._named(x, y), max(self._reach(), 0.5)
        near = [what for at, what in self._changes if abs(at - epoch) <= reach and epoch < len(self._series.trained_loss)]
        return self.beside.told(self._series, epoch, f"from here {near[-1]}" if near else "")

    def show_texts(self) -> None:
        """Write the newest loss beside its point."""
        self._placed = None
        loss = self._series.loss
        self._label = two_decimals(float(loss[-1])) if len(loss) > 1 else ""
        both = validated(self._series.numbers)
        self.columns.set_steps(len(self._series.numbers))
        if both != self._key.isVisibleTo(self):
            self._key.setVisible(both)
        if both:
            names = ("train", "validation")
            self._key.left = self._axes["left"].width()
            token = run_token(self.beside.own.number)
            self._key.set_entries([("line", token, names[0]), ("dashes", token, names[1])], names)
        self._curve.refresh()

    def clicked(self, place: QPointF) -> None:
        if not self._view.sceneBoundingRect().contains(place):
            return
        at = self._view.mapSceneToView(place)
        epoch = self._named(at.x(), at.y())
        if epoch < len(self._series.trained_loss):
            self.epoch_wanted.emit(epoch)

    def _named(self, x: float, y: float) -> int:
        """The epoch that a place of the view stands for, at any height; it need not be trained yet."""
        meant = self._meant(QPointF(x, y))
        if meant is None or x - self._reach() > len(self._series.trained_loss) - 1:
            return min(max(round(x), 1), max(self._epochs, self.beside.epochs, 1))
        return meant

    def _meant(self, at: QPointF) -> int | None:
        """The trained epoch that a place of the view means; None where there is none.

        If a px holds several epochs, the one whose loss is nearest to the place, so that each of them can be reached.
        """
        loss = self._series.trained_loss
        if len(loss) < 2:
            return None
        reach = self._reach()
        first = min(max(1, math.ceil(at.x() - reach)), len(loss) - 1)
        last = min(max(first, math.floor(at.x() + reach)), len(loss) - 1)
        near = np.arange(first, last + 1)
        heights = self._heights(loss[near])
        wide, high = map(float, self._view.viewPixelSize())
        with np.errstate(invalid="ignore", over="ignore"):
            away = np.hypot((near - at.x()) / wide, (heights - at.y()) / high)
        if not np.isfinite(away).any():
            return None
        return int(near[int(np.nanargmin(away))])

    def _reach(self) -> float:
        """How many epochs to either side one place means."""
        wide, _ = self._view.viewPixelSize()
        return max(0.5, _SAME * float(wide))

    def left(self) -> tuple[str, ...]:
        """What the curve does not show of a run that diverged: from which epoch on the loss is not finite."""
        loss = self._series.loss
        lost = self._series.numbers.lost
        if len(loss) > len(self._series.numbers) and not math.isfinite(loss[-1]):
            lost = len(loss) - 1  # the first epoch's, before it is made
        if lost is None or lost >= len(loss):
            return ()
        value = "nan" if math.isnan(loss[lost]) else "∞"
        return (f"the loss is {value} from epoch {lost} on",)

    def _paint_floor(self, painter: QPainter, transform: QTransform) -> None:
        if self._floor <= 0:
            return
        area = transform.mapRect(QRectF(self._view.viewRect()))
        y = transform.map(QPointF(0, float(self._heights(np.array(self._floor))))).y()
        pen = QPen(self.color("text_3"), 1.2)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _floor_box(self, painter: QPainter, area: QRectF, y: float, points: Floats, taken: Sequence[QRectF]) -> QRectF:
        """Where the name of the line at ``y`` stands: below it, or above it, where the curve is not; empty if all is taken."""
        painter.setFont(ui_font(11 * self._theme.scale))
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(_floor_name(self._floor_called, self._floor)) + 8.0, float(metrics.height())
        below = QRectF(area.left(), y + 1, area.width(), area.bottom() - y - 1)
        above = QRectF(area.left(), y - 2 - height, area.width(), height)
        boxes: list[QRectF] = []
        for room in (below, above):
            if room.height() >= height and area.contains(room):
                boxes += boxes_at(QRectF(room.left(), room.top(), room.width(), height), QSizeF(width, height), _ALONG, 0)
        return emptiest(boxes, points, taken) or QRectF()

    def _paint_floor_name(self, painter: QPainter) -> None:
        box = self.floor_text
        if box.isEmpty():
            return
        painter.setFont(ui_font(11 * self._theme.scale))
        if self._floor_covered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.color("surface"))
            painter.drawRoundedRect(box, 3, 3)
        painter.setPen(self.color("text_3"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _floor_name(self._floor_called, self._floor))

    def _paint_curve(self, painter: QPainter, transform: QTransform) -> None:
        first = max(1, self.beside.own.begins)
        loss = self._series.loss
        area = transform.mapRect(QRectF(self._view.viewRect()))
        taken, left, said = list[QRectF](), self.left(), None
        of = area, self._series.begun, self._floor, self._floor_called, len(self.beside.runs)
        anew = of != self._placed or bool(left) or not self._series.goes_on
        self._placed = of
        if len(loss) > len(self._series.numbers):  # of the first epoch, before it is made
            x, y = np.array([len(loss) - 1.0]), self._heights(loss[-1:])
            x, y = x[np.isfinite(y)], y[np.isfinite(y)]
        else:
            x, y = self.columns.curve(self._series.numbers, "loss", first, len(loss))
            y = self._heights(y)
        later = self._paint_later(painter, transform, max(first, len(loss) - 1))
        self._paint_validation(painter, transform)
        self._paint_changes(painter, transform, area)
        if len(x):
            places = polygon(x, y, transform)
            color = run_color(self._theme, self.beside.own.number)
            painter.setPen(QPen(color, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(places)
            here = self._heights(loss[-1:])
            at = QPointF(len(loss) - 1, float(here[0])) if np.isfinite(here[0]) else QPointF(float(x[-1]), float(y[-1]))
            newest = transform.map(at)
            if self.beside.runs:
                paint_markers(painter, self._theme, self.beside.own.number, x, y, transform)
            elif len(x) <= DOTS:
                dots(painter, places, 2.5, color)
            dot(painter, newest, 5, color, self.color("surface"), 1.5)
            taken = [QRectF(newest.x() - 6, newest.y() - 6, 12, 12)]
            if not self.beside.runs:  # among other curves it would stand on one of them; the title says it, too
                taken.append(self._paint_label(painter, newest, area))
        points = later
        if anew and len(x):
            cursor = QLineF(newest.x(), area.top(), newest.x(), area.bottom())  # the cursor over the epochs
            points = np.concatenate((along(in_px(x, y, transform), area), later, on_line(cursor, area)))
        if anew:
            self.floor_text = QRectF()
        if anew and self._floor > 0:
            line = transform.map(QPointF(0, float(self._heights(np.array(self._floor))))).y()
            self.floor_text = self._floor_box(painter, area, line, points, taken[1:])
            self._floor_covered = not self.floor_text.isEmpty() and bool(hits(self.floor_text, points))
        if left:
            said = self.find_notice(painter, area, left, points, [*taken, self.floor_text])
            if said is None:
                said = self.find_notice(painter, area, left, points)
                if said is not None and said.box.intersects(self.floor_text):
                    self.floor_text = QRectF()  # what is said of the run is worth more
        self._paint_floor_name(painter)
        self.paint_notice(painter, said)

    def _paint_validation(self, painter: QPainter, transform: QTransform) -> None:
        """The loss on the rows set aside, which is that of the parameters after the epoch: at the place of the next one's own."""
        aside = self._series.validation
        if len(aside) < 2 or math.isnan(aside[0]):
            return
        first = self.beside.own.begins  # of a branch, what was trained before is the other run's
        x, y = self.columns.curve(self._series.numbers, "validation", first, len(aside), 1)
        y = self._heights(y)
        x = np.minimum(x, max(self._epochs, 1))
        number = self.beside.own.number
        pen = QPen(run_color(self._theme, number, 0.72), 1.25)
        pen.setDashPattern([length / 1.25 for length in run_dashes(number)])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(polygon(x, y, transform))

    def _paint_changes(self, painter: QPainter, transform: QTransform, area: QRectF) -> None:
        """A tick below the curve where something else acted from then on."""
        painter.setPen(QPen(self.color("text_2"), 1.5))
        for epoch, _what in self._changes:
            if epoch < len(self._series.trained_loss):
                x = transform.map(QPointF(epoch, 0)).x()
                painter.drawLine(QPointF(x, area.bottom() - 7), QPointF(x, area.bottom()))

    def _paint_later(self, painter: QPainter, transform: QTransform, shown: int) -> Floats:
        """What was trained after epoch ``shown``, faint: a click goes on to there as it goes back. Its points in px."""
        loss = self._series.trained_loss[shown:]
        if len(loss) < (3 if "loss" in self._series.behind else 2):
            return NO_POINTS  # the newest epoch's own is not told before it is computed
        x, y = self.columns.curve(self._series.numbers, "loss", shown, shown + len(loss))
        y = self._heights(y)
        if len(x) < 2:
            return NO_POINTS
        painter.setPen(QPen(run_color(self._theme, self.beside.own.number, _LATER), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(polygon(x, y, transform))
        return along(in_px(x, y, transform), transform.mapRect(QRectF(self._view.viewRect())))

    def _paint_label(self, painter: QPainter, place: QPointF, area: QRectF) -> QRectF:
        """Write the newest loss beside its point; where that stands."""
        painter.setFont(mono_font(12 * self._theme.scale, 500))
        painter.setPen(self.color("value"))
        metrics, label = painter.fontMetrics(), self._label
        width = metrics.horizontalAdvance(label)
        left = place.x() + 9 if place.x() + 12 + width < area.right() else place.x() - 10 - width
        top = max(area.top(), place.y() - 8 - metrics.ascent())
        painter.drawText(QPointF(left, top + metrics.ascent()), label)
        return QRectF(left, top, width, metrics.height())


def _floor_name(called: str, loss: float) -> str:
    return f"{called} {two_decimals(loss)}"


def _extremes(series: RunSeries, beside: Sequence[tuple[float, float] | None]) -> tuple[float, float]:
    """The greatest finite loss of all that is drawn, and the least above 0; ``beside`` has those of other runs."""
    numbers, newest = series.numbers, series.loss[-1:]  # before the first is made, the numbers have none
    known = [*beside, *((loss, loss) for loss in newest.tolist() if math.isfinite(loss))]
    for column, count in (("loss", len(series.loss)), ("validation", len(series.validation))):
        if column == "loss" or validated(numbers):
            known += [numbers.extent(column, positive, count) for positive in (False, True)]
    ends = [end for end in known if end is not None]
    return max([0.0, *(high for _, high in ends)]), min([math.inf, *(low for low, _ in ends if low > 0)])


def validated(numbers: RunNumbers) -> bool:
    """Whether rows are set aside: then the start has their loss, too."""
    return bool(np.isfinite(numbers.validation[:2]).any())

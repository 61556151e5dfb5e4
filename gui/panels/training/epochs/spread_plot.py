"""The distribution of a tensor over the epochs: least, quartiles and greatest of its numbers, as bands around the median."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QResizeEvent, QTransform

from gui.look.theme import ThemeManager, ui_font
from gui.look.tones import GRADIENT_TONE
from gui.panels.training.epochs import line_names
from gui.panels.training.epochs.epoch_plot import LATER, EpochPlot
from gui.panels.training.epochs.line_names import LineName
from gui.panels.training.plots.plot import CHOOSER, dot, polygon
from gui.panels.training.plots.room import NO_POINTS
from gui.panels.training.plots.series import Floats, RunSeries, significant
from gui.widgets import ComboBox

if TYPE_CHECKING:
    from engine.training.pictures.spreads import Spread

NAMES = ("min", "25 %", "50 %", "75 %", "max")
"""What the lines are called, from the lowest."""
_BANDS = ((0, 4, 0.16), (1, 3, 0.3))
"""Which lines each band lies between, and its opacity."""


class SpreadPlot(EpochPlot):
    """Shows nothing until ``set_spread``.

    Signals
    -------
    tensor_wanted(str, bool)
        The numbers of this parameter, or those of its gradient, are to be shown.
    """

    tensor_wanted = Signal(str, bool)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Distribution")
        self._series = RunSeries()
        self._spread: Spread | None = None
        self._labels = NAMES
        self._serial = -1
        self.names: list[tuple[QRectF, LineName]] = []
        """Where the names stood at the last paint."""
        self.tensors: list[tuple[str, bool]] = []
        """What can be chosen: parameters, and their gradients."""
        self.box = ComboBox(theme, row=True)
        self.box.setAccessibleName("Tensor")
        self.box.setToolTip("Whose numbers are shown: those of a parameter, or of its gradient")
        self.box.setFixedHeight(CHOOSER)
        self.box.activated.connect(self._chosen)
        self._head.addWidget(self.box)

    def set_tensors(self, names: Sequence[str], shown: tuple[str, bool]) -> None:
        """Offer these parameters and their gradients; ``shown`` is one of them."""
        tensors = [(name, gradient) for gradient in (False, True) for name in names]
        if tensors != self.tensors:
            self.tensors = tensors
            self.box.clear()
            self.box.addItems([f"gradient of {name}" if gradient else name for name, gradient in tensors])
        if shown in tensors:
            self.box.setCurrentIndex(tensors.index(shown))

    @Slot()
    def _chosen(self) -> None:
        self.tensor_wanted.emit(*self.tensors[self.box.currentIndex()])

    def set_run(self, series: RunSeries, made: int, epochs: int, serial: int) -> None:
        """The run has ``made`` so many of its ``epochs``, or another one is shown; another ``serial`` is another run."""
        if serial != self._serial:
            self._serial, self._spread, self._extent = serial, None, None
        self._series, self._made, self._epochs = series, made, epochs
        self._range()
        self._curves.refresh()

    def set_spread(self, spread: Spread | None) -> None:
        """What was computed; None while another tensor's is on its way."""
        before, self._spread = self._spread, spread
        if spread is None or before is None or before.what != spread.what:
            self._extent = None
        if spread is not None:
            finite = spread.lines[np.isfinite(spread.lines)]
            self._widen(finite)
            self.set_names(self._x_name(spread), "gradient" if spread.what.gradient else "value")
            self.setToolTip(self.said)
            self._fit_subtitle()
        self._range()
        self._describe()
        self._curves.refresh()

    def _fit_subtitle(self) -> None:
        """How many numbers there are, where the box beside leaves room for it."""
        room = self.width() - self.title.minimumWidth() - self.box.sizeHint().width() - 20
        metrics = QFontMetrics(ui_font(12 * self._theme.scale))
        ways = [] if self._spread is None else [f"of {self._spread.size:,} numbers", f"of {self._spread.size:,}"]
        self.show_subtitle([way for way in ways if metrics.horizontalAdvance(way) <= room])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_subtitle()

    def _x_name(self, spread: Spread) -> str:
        return "epoch" if spread.every else f"epoch, {len(spread.steps):,} of {spread.last:,} looked at"

    @property
    def said(self) -> str:
        """What is shown, in a sentence."""
        spread = self._spread
        if spread is None:
            return ""
        whose = f"the gradient of {spread.what.name}" if spread.what.gradient else spread.what.name
        which = "each epoch" if spread.every else f"{len(spread.steps):,} of {spread.last:,} epochs"
        return f"Least, quartiles and greatest of the {spread.size:,} numbers of {whose}, from the snapshots of {which}"

    def _widen(self, finite: Floats) -> None:
        """Have all of it in view, with some room, and rarely anew."""
        if not len(finite):
            return
        low, high, known = float(finite.min()), float(finite.max()), self._extent
        if known is not None and known[0] <= low and high <= known[1]:
            return
        room = 0.08 * (high - low) or max(0.5 * abs(high), 0.1)
        more = 0.0 if known is None else 0.25 * (high - low)
        self._extent = low - room - more, high + room + more
        if known is not None:
            self._extent = min(known[0], self._extent[0]), max(known[1], self._extent[1])

    def _row(self) -> int | None:
        """The place of the epoch that is shown, or of the last before it that was looked at; None where there is none."""
        if self._spread is None:
            return None
        place = int(np.searchsorted(self._spread.steps, self._series.fit_step, side="right")) - 1
        return place if place >= 0 else None

    def _describe(self) -> None:
        """Say the numbers at the cursor to who cannot see the bands."""
        spread, row = self._spread, self._row()
        if spread is not None and row is not None:
            self.canvas.setAccessibleDescription(f"{self.said}. {self._numbers(spread, row)}")

    def _numbers(self, spread: Spread, row: int) -> str:
        parts = [f"{name} {significant(value)}" for name, value in zip(NAMES, spread.lines[row].tolist(), strict=True)]
        return f"epoch {int(spread.steps[row])}   {'   '.join(parts)}"

    def reading(self, x: float, y: float) -> str:
        """The numbers of the nearest epoch that was looked at."""
        spread = self._spread
        if spread is None or not len(spread.steps) or self._epoch(x) > spread.last:
            return f"epoch {self._epoch(x)}"
        place = int(np.abs(spread.steps - x).argmin())
        if self.guessing and spread.what.gradient and spread.steps[place] > self._series.fit_step:
            return f"epoch {int(spread.steps[place])}"
        return self._numbers(spread, place)

    def left(self) -> tuple[str, ...]:
        """From which epoch on there is no distribution, since not all numbers are finite."""
        if self._spread is None:
            return ()
        lost = np.flatnonzero(~np.isfinite(self._spread.lines).all(axis=1))
        return (f"not all numbers are finite from epoch {int(self._spread.steps[lost[0]])} on",) if len(lost) else ()

    def _paint_curves(self, painter: QPainter, transform: QTransform) -> None:
        spread, here = self._spread, self._row()
        self.names = []
        if spread is None or here is None:
            return
        area = transform.mapRect(QRectF(self._view.viewRect()))
        token, text = (GRADIENT_TONE.line, "grad") if spread.what.gradient else ("value_line", "value")
        finite = np.asarray(np.isfinite(spread.lines).all(axis=1))
        newest = len(spread.steps) if spread.last > self._series.step or not self._series.behind else here + 1
        if self.guessing and spread.what.gradient:
            newest = here + 1
        for first, last, strength in ((0, here + 1, 1.0), (here, newest, LATER)):
            seen = np.arange(first, last)[finite[first:last]]
            if len(seen) > 1:
                self._paint_bands(painter, transform, spread, seen, (token, strength))
        end = self._end(transform, area)
        painter.fillRect(QRectF(end + 5, area.top(), area.right() - end - 4, area.height()), self.color("surface"))
        names = []
        ends = np.flatnonzero(finite[:newest])
        for line, name in enumerate(NAMES):
            value = float(spread.lines[here, line])
            if math.isfinite(value):
                place = transform.map(QPointF(float(spread.steps[here]), value))
                dot(painter, place, 3.5, self.color(token), self.color("surface"), 1.2)
            if len(ends):
                y = transform.map(QPointF(0, float(spread.lines[ends[-1], line]))).y()
                names.append(LineName(y, name, significant(value)))
        self.names = line_names.paint(painter, self._theme, area, end, names[::-1], (self.color("line_strong"), self.color(text)))
        left = self.left()
        self.paint_notice(painter, self.find_notice(painter, area, left, NO_POINTS) if left else None)

    def _paint_bands(
        self, painter: QPainter, transform: QTransform, spread: Spread, seen: NDArray[np.intp], look: tuple[str, float]
    ) -> None:
        """Those of the epochs ``seen``: bands, their edges, the median."""
        token, strength = look
        x = spread.steps[seen].astype(np.float64)
        lines = spread.lines[seen]
        painter.setPen(Qt.PenStyle.NoPen)
        for below, above, opacity in _BANDS:
            painter.setBrush(self.color(token, opacity * strength))
            around = np.concatenate((lines[:, below], lines[::-1, above]))
            painter.drawPolygon(polygon(np.concatenate((x, x[::-1])), around, transform))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line, wide, opacity in ((0, 1.0, 0.7), (4, 1.0, 0.7), (2, 2.0, 1.0)):
            painter.setPen(QPen(self.color(token, opacity * strength), wide))
            painter.drawPolyline(polygon(x, lines[:, line], transform))

"""The runs of a sweep as small multiples: a loss curve each, all over the same axes, with the value of the knob above it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.look.runs import run_color
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.runs.model import number_text, state_text
from gui.panels.runs.sweep import Sweep
from gui.session.runs import Run
from gui.widgets.basic import paint_focus_ring

LEAST = 112
"""Px of width of a multiple at 100 %."""
HIGH, HEAD, GAP = 96, 20, 10
ABOVE = 10.0
"""How many times the greatest first loss is still in sight; what grows beyond leaves at the top, which is said."""

Floats = NDArray[np.float64]


class Multiples(QWidget):
    """Shows nothing before ``set_sweep``.

    Signals
    -------
    chosen(object)
        The set-up of this run is wanted: its config.
    """

    chosen = Signal(object)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.sweep: Sweep | None = None
        self.runs: list[Run | None] = []
        """The run of each, once it has begun."""
        self.waiting = True
        """Whether those that have not begun are going to."""
        self.place = 0
        """Which one the keyboard is at."""
        self.setAccessibleName("Runs of the sweep")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        theme.changed.connect(self.restyle)

    @Slot()
    def restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def set_sweep(self, sweep: Sweep) -> None:
        """Another sweep begins."""
        self.sweep, self.place = sweep, 0
        self.set_runs([None] * len(sweep.configs))
        self.updateGeometry()

    def set_runs(self, runs: Sequence[Run | None], *, waiting: bool = True) -> None:
        """What became of each so far; ``waiting``: the others are going to be trained."""
        self.runs, self.waiting = list(runs), waiting
        self._describe()
        self.update()

    # Where each stands -------------------------------------------------------------------------------------------

    def _columns(self, wide: int) -> int:
        return max(1, int((wide + GAP) // (LEAST * self._theme.scale + GAP)))

    def heightForWidth(self, wide: int) -> int:
        rows = -(-len(self.runs) // self._columns(wide)) if self.runs else 0
        return round(rows * ((HIGH + HEAD) * self._theme.scale + GAP))

    def sizeHint(self) -> QSize:
        return QSize(round(3 * LEAST * self._theme.scale), self.heightForWidth(max(self.width(), 1)))

    def box(self, place: int) -> QRectF:
        """Where one of them stands."""
        columns = self._columns(self.width())
        wide = (self.width() - GAP * (columns - 1)) / columns
        high = (HIGH + HEAD) * self._theme.scale
        row, column = divmod(place, columns)
        return QRectF(column * (wide + GAP), row * (high + GAP), wide, high)

    def at(self, point: QPointF) -> int | None:
        """Which one stands there."""
        return next((place for place in range(len(self.runs)) if self.box(place).contains(point)), None)

    @property
    def ends(self) -> tuple[float, float]:
        """Least and greatest loss of the common axis, above 0; nan where nothing was trained."""
        losses = [run.numbers.loss[1:] for run in self.runs if run is not None and run.epochs]
        firsts = [float(loss[0]) for loss in losses if math.isfinite(loss[0])]
        if not firsts:
            return math.nan, math.nan
        top = ABOVE * max(firsts)
        seen = np.concatenate([loss[np.isfinite(loss) & (loss > 0) & (loss <= top)] for loss in losses])
        return (float(seen.min()), float(seen.max())) if len(seen) else (math.nan, math.nan)

    @property
    def epochs(self) -> int:
        """How far the common axis goes."""
        return max((config.epochs for config in self.sweep.configs), default=1) if self.sweep is not None else 1

    def said(self, place: int) -> str:
        """What became of one of them: its last loss, or that it diverged, or that it waits or was not run."""
        run = self.runs[place]
        if run is None or not run.epochs:
            return "waiting" if self.waiting else "not run"
        return state_text(run) if run.state == "diverged" else number_text(run.at(None)[0])

    def _describe(self) -> None:
        if self.sweep is not None and self.runs:
            title = f"{self.sweep.knob.label} {self.sweep.title(self.place)}"
            self.setAccessibleDescription(f"{title}: {self.said(self.place)}")

    # Painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ends = self.ends
        for place in range(len(self.runs)):
            box = self.box(place)
            if box.intersects(QRectF(event.rect())):
                self._paint(painter, place, box, ends)
        painter.end()

    def _paint(self, painter: QPainter, place: int, box: QRectF, ends: tuple[float, float]) -> None:
        theme, scale, run = self._theme, self._theme.scale, self.runs[place]
        assert self.sweep is not None
        bad = run is not None and run.state == "diverged"
        head = QRectF(box.left() + 4, box.top(), box.width() - 8, HEAD * scale)
        painter.setFont(ui_font(12 * scale, 600))
        painter.setPen(theme.color("text"))
        title = self.sweep.title(place)
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, title)
        taken = painter.fontMetrics().horizontalAdvance(title) + 8
        said = self.said(place)
        painter.setFont(ui_font(11 * scale, 600) if bad else mono_font(11 * scale))
        painter.setPen(theme.color("error" if bad else "text_2"))
        right = head.adjusted(taken, 0, 0, 0)
        for text in (said, "diverged" if bad else said):
            if painter.fontMetrics().horizontalAdvance(text) <= right.width():
                painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
                break
        area = box.adjusted(0.5, HEAD * scale, -0.5, -0.5)
        here = place == self.place and self.hasFocus()
        painter.setPen(QPen(theme.color("line_strong" if here else "line"), 1))
        painter.setBrush(theme.color("canvas"))
        painter.drawRect(area)
        if run is not None and run.epochs and math.isfinite(ends[0]):
            self._paint_curve(painter, run, area.adjusted(4, 5, -4, -5), ends)
        if here:
            paint_focus_ring(painter, box.adjusted(-1, -1, 1, 1), theme.color("focus"), 3)

    def _paint_curve(self, painter: QPainter, run: Run, area: QRectF, ends: tuple[float, float]) -> None:
        low, top = math.log10(ends[0]), math.log10(ends[1])
        span = max(top - low, 1e-9)
        epochs, heights = _thinned(run.numbers.loss[1:], max(8, int(area.width())))
        x = area.left() + (epochs - 1) / max(1, self.epochs - 1) * area.width()
        y = area.bottom() - (heights - low) / span * area.height()
        painter.save()
        painter.setClipRect(area.adjusted(-3, -4, 3, 4))
        color = run_color(self._theme, run.number)
        painter.setPen(QPen(color, 1.75))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        y = np.clip(y, area.top() - 50, area.bottom() + 50)
        points = [QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]
        painter.drawPolyline(QPolygonF(points))
        if points:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(points[-1], 2.5, 2.5)
        painter.restore()

    # Mouse and keys ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.at(event.position())
        if place is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._go(place)
        self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._columns(self.width())
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        if event.key() in steps:
            place = self.place + steps[Qt.Key(event.key())]
            if 0 <= place < len(self.runs):
                self._go(place)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _go(self, place: int) -> None:
        self.place = place
        self._describe()
        self.update()

    def _choose(self) -> None:
        if self.sweep is not None and self.runs:
            self.chosen.emit(self.sweep.configs[self.place])

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QHelpEvent.Type.ToolTip:
            place = self.at(QPointF(event.pos()))
            if place is None or self.sweep is None:
                QToolTip.hideText()
            else:
                text = f"{self.sweep.knob.label} {self.sweep.title(place)}: {self.said(place)}\nA click takes this set-up"
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)  # type: ignore[arg-type]


def _thinned(loss: Floats, bins: int) -> tuple[Floats, Floats]:
    """Epochs and logarithms of losses, at most two of each of ``bins``: the least and the greatest; without those not above 0."""
    epochs = np.arange(1.0, len(loss) + 1)
    seen = np.isfinite(loss) & (loss > 0)
    epochs, heights = epochs[seen], np.log10(loss[seen])
    size = len(heights) // bins
    if size < 3:
        return epochs, heights
    starts = np.arange(0, len(heights), size)
    parts = [heights[start : start + size] for start in starts]
    index = np.unique([start + at for start, part in zip(starts, parts, strict=True) for at in (part.argmin(), part.argmax())])
    return epochs[index], heights[index]

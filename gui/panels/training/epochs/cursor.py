"""The cursor over the epochs of a plot: a line at the epoch that is shown, with a handle on top that leads to others."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QTransform

from gui.look.theme import ThemeManager
from gui.panels.training.epochs.handle import BELOW, EpochHandle
from gui.panels.training.plots.plot import CLICK, STILL, Layer, Plot

_GRIP = 4.0
"""Px to either side of the line in which that is taken."""


class EpochCursor(EpochHandle):
    """The handle; the line is drawn in the plot, whose x are epochs. It stands at whole epochs only.

    It is dragged by the handle or by the line. While it is, or walks by keys, the plot's read-out tells of its epoch.
    """

    def __init__(self, theme: ThemeManager, plot: Plot) -> None:
        super().__init__(theme, plot)
        self._plot = plot
        self._taken: QPointF | None = None
        self._dragged = False
        self._by_keys = False
        """Whether the keyboard leads it."""
        self._kept: int | None = None
        """The epoch at which it stands on the screen, while a picture of another one is made."""
        self._placed = math.nan
        """Where it was put last, in px of the plot's drawing."""
        self._line = Layer(plot.view, self._paint_line, False, 5)
        plot.view.sigRangeChanged.connect(self.place)
        plot.view.sigResized.connect(self.place)
        plot.canvas.installEventFilter(self)
        plot.canvas.viewport().installEventFilter(self)
        theme.changed.connect(self.restyle)
        self.restyle()

    def set_epochs(self, shown: int, made: int, total: int) -> None:
        if (shown, made, total) != (self.shown, self.made, self.total):
            stands = shown > 0 and self.shown > 0 and abs(self._x(shown) - self._placed) < STILL
            super().set_epochs(shown, made, total)
            if not stands:
                self.place()
                self._line.refresh()
            self._tell()

    def picture(self, epoch: int | None) -> None:
        """Stand at ``epoch`` for a picture in a file, which is told to nobody; None: where it stood."""
        if self._kept is None:
            self._kept = self.shown
        self.shown = self._kept if epoch is None else epoch
        if epoch is None:
            self._kept = None
        self.place()
        self._line.refresh()

    @Slot()
    def restyle(self) -> None:
        self.fit()
        layout = self._plot.canvas.getPlotItem().layout
        left, _, right, bottom = layout.getContentsMargins()
        layout.setContentsMargins(left, round(self.high + 1), right, bottom)  # the handle stands above what is drawn
        self.place()
        self._line.refresh()

    # Where it is ---------------------------------------------------------------------------------------------------

    def _x(self, epoch: int | None = None) -> float:
        """Of the line, or where it would stand at another ``epoch``, in px of the plot's drawing."""
        plot = self._plot
        at = self.shown if epoch is None else epoch
        scene = plot.view.mapViewToScene(QPointF(at, plot.view.viewRect().center().y()))
        return float(scene.x())

    def epoch_at(self, x: float) -> int:
        """The epoch nearest to ``x`` px of the plot's drawing, of those that can be gone to; 0 if there is none."""
        plot = self._plot
        place = plot.view.mapSceneToView(plot.canvas.mapToScene(QPoint(round(x), 0)))
        return min(max(1, round(place.x())), self.made) if self.made else 0

    @Slot()
    def place(self) -> None:
        """Stand above the line, unless that is out of view."""
        plot = self._plot
        area = plot.view.sceneBoundingRect()
        self._placed = x = self._x()
        seen = self.shown > 0 and area.left() - 1 <= x <= area.right() + 1
        if not seen and self._kept is not None and self.hasFocus():
            self.move(-self.width(), 0)  # hidden, it would give the keyboard away
            return
        self.setVisible(seen)
        if seen:
            corner = plot.canvas.geometry().topLeft()
            self.move(round(corner.x() + x - self.width() / 2), round(corner.y() + area.top() - self.height() + BELOW))
            self.raise_()

    def _paint_line(self, painter: QPainter, transform: QTransform) -> None:
        if self.shown > 0:
            area = transform.mapRect(QRectF(self._plot.view.viewRect()))
            x = transform.map(QPointF(self.shown, 0)).x()
            painter.setPen(QPen(self._theme.color("ink"), 1.5))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    # What is told --------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Have the read-out tell of this epoch while it is led."""
        if self._kept is None and (self._taken is not None or (self._by_keys and self.hasFocus())) and self.shown:
            self._plot.read_out.stand_at(self.shown)
            told = self._plot.read_out.told
            if told is not None:
                self.setAccessibleDescription(f"Epoch {self.shown:,} of {self.total:,}: {told.words}")

    def _drop(self) -> None:
        self._taken = None
        self._plot.read_out.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_keys = True
        super().keyPressEvent(event)
        self._tell()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._tell()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._by_keys:
            self._by_keys = False
            self._plot.read_out.leave()

    # The mouse -----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.made:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.begin()
            self._taken, self._by_keys = event.position(), False
            self._tell()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._taken is not None:
            self.ask(self.epoch_at(self._plot.canvas.mapFrom(self._plot, self.mapToParent(event.position())).x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The line is taken as the handle is; a press on it that does not move is a click on the plot."""
        if watched is self._plot.canvas:
            if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
                self.place()
            return False
        if not isinstance(event, QMouseEvent) or not self.made:
            return False
        kind, place = event.type(), event.position()
        if self._taken is None:
            return self._without(event, place)
        if kind == QEvent.Type.MouseMove:
            self._tell()
            self._dragged = self._dragged or (place - self._taken).manhattanLength() >= CLICK
            if self._dragged:
                self.ask(self.epoch_at(place.x()))
        elif kind == QEvent.Type.MouseButtonRelease:
            self._drop()
            if not self._dragged:
                self._plot.clicked(self._plot.canvas.mapToScene(place.toPoint()))
        return True

    def _without(self, event: QMouseEvent, place: QPointF) -> bool:
        """The mouse while nothing is dragged: whether it takes the line."""
        viewport, near = self._plot.canvas.viewport(), self._on_line(place)
        if event.type() == QEvent.Type.MouseMove:
            if near:
                viewport.setCursor(Qt.CursorShape.SizeHorCursor)
            else:
                viewport.unsetCursor()
        pressed = event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton
        if not (pressed and near):
            return False
        self._plot.pressed.emit()
        self.begin()
        self._taken, self._dragged = place, False
        return True

    def _on_line(self, place: QPointF) -> bool:
        inside = self._plot.view.sceneBoundingRect().contains(self._plot.canvas.mapToScene(place.toPoint()))
        return self.shown > 0 and inside and abs(place.x() - self._x()) <= _GRIP

"""What lies over the plot of the data while its points are drawn: it takes the mouse and the keys, and rings the chosen point."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.editing.drawing import nearest
from gui.panels.training.editing.frame import Frame
from gui.panels.training.plots.plot import CLICK, Plot
from gui.panels.training.plots.series import Floats
from gui.widgets.basic import paint_focus_ring

REACH = 9.0
"""Px from a point within which the mouse means it."""
BESIDE = 170
"""Px to both sides of a dragged point in which its numbers stand."""
FAR = 10
"""Px that an arrow key with Shift moves a point, in place of 1."""
KEYS = "Page Up and Page Down choose a point, arrows move it (Shift: farther), Insert adds one, Delete removes it, Esc ends"


class PointsPad(QWidget):
    """Covers the canvas of ``plot``. ``places`` gives x and y of all points in the view.

    Signals
    -------
    grabbed(int)
        This point is about to be dragged.
    moved(int, float, float)
        It is to be at (x, y) of the view, by mouse while it is grabbed, or by keys.
    dropped(bool)
        The drag is over; False: it was given up, and all is to be as it was.
    added(float, float)
        A point is wanted at (x, y) of the view.
    removed(int)
        That one is to go.
    menu_wanted(int, QPoint)
        The menu of that point (-1: of none), at this place of the screen.
    left()
        Enough is drawn.
    """

    grabbed = Signal(int)
    moved = Signal(int, float, float)
    dropped = Signal(bool)
    added = Signal(float, float)
    removed = Signal(int)
    menu_wanted = Signal(int, QPoint)
    left = Signal()

    ARROWS: ClassVar[dict[Qt.Key, tuple[int, int]]] = {
        Qt.Key.Key_Left: (-1, 0),
        Qt.Key.Key_Right: (1, 0),
        Qt.Key.Key_Up: (0, 1),
        Qt.Key.Key_Down: (0, -1),
    }

    def __init__(self, plot: Plot, theme: ThemeManager, places: Callable[[], tuple[Floats, Floats]]) -> None:
        super().__init__(plot.canvas.viewport())
        self._plot, self._theme, self._places = plot, theme, places
        self._pressed: QPointF | None = None
        self._panned: QPointF | None = None
        self._held: tuple[float, float] | None = None
        """Where the point that is dragged is, in numbers of the view."""
        self._under: int | None = None
        self.selected: int | None = None
        """The point that keys act on."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Points of the data")
        self.setAccessibleDescription(KEYS)
        self.setCursor(Qt.CursorShape.CrossCursor)
        plot.box.sigRangeChanged.connect(self._range_changed)
        plot.canvas.viewport().installEventFilter(self)
        self.resize(plot.canvas.viewport().size())
        self.hide()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """As large as what it lies over."""
        if event.type() == QEvent.Type.Resize:
            self.resize(self._plot.canvas.viewport().size())
        return False

    @Slot()
    def _range_changed(self) -> None:
        self.update()

    def select(self, index: int | None) -> None:
        """Let keys act on that point."""
        self.selected = index
        self.update()

    def _drawn(self) -> Floats:
        """All points in px."""
        return Frame.of(self._plot).all_px(*self._places())

    def _at(self, place: QPointF) -> int | None:
        return nearest(self._drawn(), place.x(), place.y(), REACH) if self._inside(place) else None

    def _inside(self, place: QPointF) -> bool:
        return Frame.of(self._plot).area.contains(place)

    # The mouse -----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        if event.button() != Qt.MouseButton.LeftButton or not self._inside(place):
            if event.button() != Qt.MouseButton.RightButton:
                event.ignore()  # the plot's own, such as moving the view with the middle button
            return
        self._pressed, self._panned = place, None
        self._plot.read_out.leave()  # what is dragged says itself where it is
        index = self._at(place)
        self.select(index)
        if index is not None:
            x, y = self._places()
            self._held = float(x[index]), float(y[index])
            self.grabbed.emit(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        if self._pressed is None:
            under = self._at(place)
            if under != self._under:
                self._under = under
                self.setCursor(Qt.CursorShape.OpenHandCursor if under is not None else Qt.CursorShape.CrossCursor)
                self.update()
            event.ignore()  # so that the plot reads where it is
            return
        far = self._panned is not None or (place - self._pressed).manhattanLength() >= CLICK
        if self._held is not None and self.selected is not None:
            if far:
                self._panned = place
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                before, self._held = self._held, Frame.of(self._plot).at(place)
                self._update_around(before)
                self._update_around(self._held)
                self.moved.emit(self.selected, *self._held)
        elif far:
            across, up = Frame.of(self._plot).per_px
            by = place - (self._panned or self._pressed)
            self._panned = place
            self._plot.box.translateBy(x=-by.x() * across, y=by.y() * up)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            event.ignore()
            return
        held, clicked = self._held, self._panned is None
        self._let_go()
        if held is not None:
            self.dropped.emit(True)
        elif clicked:
            self.added.emit(*Frame.of(self._plot).at(event.position()))

    def _update_around(self, at: tuple[float, float]) -> None:
        """Paint the dragged point there anew, and no more: below it is all of the plot."""
        place = Frame.of(self._plot).px(*at).toPoint()
        wide = round(BESIDE * self._theme.scale)
        self.update(QRect(place.x() - wide, place.y() - 40, 2 * wide, 80))

    def _let_go(self) -> None:
        self._pressed = self._panned = self._held = None
        self.setCursor(Qt.CursorShape.OpenHandCursor if self._under is not None else Qt.CursorShape.CrossCursor)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._under = None
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.selected
        else:
            index = self._at(QPointF(event.pos()))
            self.select(index)
        self.menu_wanted.emit(-1 if index is None else index, event.globalPos())

    # Keys ----------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """These keys are its own, whatever they are elsewhere in the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        own = {Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Insert, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        return plain and (event.key() in own or event.key() in self.ARROWS or event.key() == Qt.Key.Key_Escape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not self._is_own(event):
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            if self._held is not None:
                self._let_go()
                self.dropped.emit(False)
            else:
                self.left.emit()
        elif self._held is not None:
            return  # one thing after the other
        elif key == Qt.Key.Key_Insert:
            frame = Frame.of(self._plot)
            self.added.emit(*frame.at(self._beside() or frame.area.center()))
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._walk(1 if key == Qt.Key.Key_PageDown else -1)
        elif self.selected is None:
            self._walk(1)
        elif key in self.ARROWS:
            self._push(*self.ARROWS[key], FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            self.removed.emit(self.selected)

    def _push(self, across: int, up: int, far: int) -> None:
        frame, (x, y) = Frame.of(self._plot), self._places()
        assert self.selected is not None
        place = frame.px(float(x[self.selected]), float(y[self.selected])) + QPointF(across * far, -up * far)
        to = frame.at(place)
        # What it is not pushed along stays to the last digit.
        self.moved.emit(self.selected, to[0] if across else float(x[self.selected]), to[1] if up else float(y[self.selected]))

    def _beside(self) -> QPointF | None:
        """A little to the upper right of the chosen point."""
        if self.selected is None:
            return None
        return QPointF(*self._drawn()[self.selected].tolist()) + QPointF(2 * FAR, -2 * FAR)

    def _walk(self, step: int) -> None:
        """Choose the next point to the right or to the left, of those in view."""
        drawn, area = self._drawn(), Frame.of(self._plot).area
        seen = [at for at in np.argsort(drawn[:, 0], kind="stable").tolist() if area.contains(QPointF(*drawn[at].tolist()))]
        if not seen:
            return
        if self.selected not in seen:
            self.select(seen[0 if step > 0 else -1])
        else:
            self.select(seen[(seen.index(self.selected) + step) % len(seen)])

    # Drawing -------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame, (x, y) = Frame.of(self._plot), self._places()
        painter.setClipRect(frame.area)
        for index, token, radius in ((self._under, "text_2", 5.0), (self.selected, "ink", 6.5)):
            if index is not None and index < len(x) and not (index == self.selected and self._held is not None):
                painter.setPen(QPen(self._theme.color(token), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(frame.px(float(x[index]), float(y[index])), radius, radius)
        if self._held is not None:
            self._paint_held(painter, frame, frame.px(*self._held))
        painter.setClipping(False)
        if self.hasFocus():
            paint_focus_ring(painter, frame.area, self._theme.color("focus"), 2)
        painter.end()

    def _paint_held(self, painter: QPainter, frame: Frame, place: QPointF) -> None:
        """The point that is dragged, and where it is."""
        assert self._held is not None
        painter.setPen(QPen(self._theme.color("surface"), 1.5))
        painter.setBrush(self._theme.color("ink"))
        painter.drawEllipse(place, 5.0, 5.0)
        words = self._plot.reading(*self._held)
        painter.setFont(ui_font(11 * self._theme.scale))
        metrics = painter.fontMetrics()
        box = QRectF(0, 0, metrics.horizontalAdvance(words) + 10, metrics.height() + 4)
        right, above = place.x() + 10 + box.width() <= frame.area.right(), place.y() - 8 - box.height() >= frame.area.top()
        box.moveTo(
            place.x() + 10 if right else max(frame.area.left(), place.x() - 10 - box.width()),
            place.y() - 8 - box.height() if above else place.y() + 8,
        )
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("surface"))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self._theme.color("text_2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

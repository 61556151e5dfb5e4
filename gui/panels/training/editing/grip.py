"""The start of the run as something that can be taken: it lies over its ring on the loss surface, and is dragged."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.look.theme import ThemeManager
from gui.panels.training.editing.pad import FAR, PointsPad
from gui.widgets.basic import paint_focus_ring

SIDE = 22
"""Px: the ring is smaller, and a mouse is not that exact."""
TIP = "Drag the start to begin elsewhere; arrow keys move it (Shift: farther)"


class StartGrip(QWidget):
    """A part of the canvas ``parent``.

    Signals
    -------
    taken()
        It is about to be dragged.
    moved(QPointF)
        It is at this place of the canvas, in px.
    let_go(bool)
        The drag is over; False: it was given up.
    pushed(QPointF)
        Keys move it by so many px.
    """

    taken = Signal()
    moved = Signal(QPointF)
    let_go = Signal(bool)
    pushed = Signal(QPointF)

    def __init__(self, parent: QWidget, theme: ThemeManager) -> None:
        super().__init__(parent)
        self._theme = theme
        self._from: QPointF | None = None
        self.setFixedSize(SIDE, SIDE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip(TIP)
        self.setAccessibleName("Start of the run")
        self.setAccessibleDescription(TIP)
        self.only_on_screen = True
        self.hide()

    @property
    def is_dragged(self) -> bool:
        """Whether the mouse has it."""
        return self._from is not None

    def place(self, at: QPointF) -> None:
        """Lie around that place of the canvas."""
        self.move(round(at.x() - SIDE / 2), round(at.y() - SIDE / 2))

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._from = event.position() - QPointF(SIDE / 2, SIDE / 2)
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.taken.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            at = QPointF(self.mapToParent(event.position().toPoint())) - self._from
            self.place(at)
            self.moved.emit(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._from is not None:
            self._release(True)

    def _release(self, stays: bool) -> None:
        self._from = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.let_go.emit(stays)

    def event(self, event: object) -> bool:
        """Arrows are its own, and while it is dragged Esc is."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.ShortcutOverride and self._is_own(event):
            event.accept()
            return True
        return super().event(event)  # type: ignore[arg-type]

    def _is_own(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        return plain and (event.key() in PointsPad.ARROWS or (event.key() == Qt.Key.Key_Escape and self.is_dragged))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_own(event):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self._release(False)
        elif not self.is_dragged:
            across, up = PointsPad.ARROWS[Qt.Key(event.key())]
            far = FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self.pushed.emit(QPointF(across * far, -up * far))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            paint_focus_ring(painter, QRectF(self.rect()), self._theme.color("focus"), SIDE / 2)
            painter.end()

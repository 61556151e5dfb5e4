"""A slider for a real number, filled from zero (leaves) or from the left (learning rate)."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from gui.look.theme import ThemeManager
from gui.widgets.basic import paint_focus_ring
from gui.widgets.number_range import NumberRange
from gui.widgets.numbers import field_text

HANDLE = 16.5
"""Outer width in px of the handle: 14.5 and a ring of 2."""
MARGIN = 10
"""Room in px at both ends for the handle and the focus ring."""
_MOVING_KEYS = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
}


class LeafSlider(QSlider):
    """A horizontal slider for a real number.

    ``token`` colours fill and handle; ``from_left`` fills from the left end and draws no tick; ``log`` makes equal distances
    equal factors (``low`` > 0) and steps of a fiftieth of a power of ten. Arrows move by one step, Page Up and Page Down
    by ten, Home and End to the ends. Numbers outside the range show the handle at the near end and are kept.

    Signals
    -------
    moved(float)
        The user moved it to this number.
    pressed()
        A movement begins: mouse down, or the first press of a key.
    released()
        The movement is over: mouse or key up, or the focus went away.
    """

    moved = Signal(float)
    pressed = Signal()
    released = Signal()

    def __init__(
        self,
        theme: ThemeManager,
        low: float = -10.0,
        high: float = 10.0,
        token: str = "value_line",
        from_left: bool = False,
        log: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._token = token
        self._from_left = from_left
        self._log = log
        self._number = low
        self._moving = False
        self._programmatic = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(self._steps_changed)
        theme.changed.connect(self.update)
        self.set_range(low, high)

    # Numbers -----------------------------------------------------------------------------------------------------

    def number(self) -> float:
        """The number shown."""
        return self._number

    def set_number(self, number: float) -> None:
        """Show ``number``; ``moved`` is not emitted."""
        self._number = number
        self._programmatic = True
        self.setValue(self._range.steps_to(number))
        self._programmatic = False
        self._describe()
        self.update()

    def set_range(self, low: float, high: float, step: float | None = None) -> None:
        """Show numbers from ``low`` to ``high``, in steps of ``step`` (a round part of the range, if None; unused with ``log``).

        Raises
        ------
        ValueError
            If ``low`` is not less than ``high``, or not positive with ``log``.
        """
        self._range = NumberRange(low, high, step, log=self._log)
        self._programmatic = True
        self.setRange(0, self._range.steps)
        self.setPageStep(10)
        self._programmatic = False
        self.set_number(self._number)

    def low(self) -> float:
        return self._range.low

    def high(self) -> float:
        return self._range.high

    @Slot(int)
    def _steps_changed(self, steps: int) -> None:
        if not self._programmatic:
            self._number = self._range.number_after(steps)
            self._describe()
            self.update()
            self.moved.emit(self._number)

    def _describe(self) -> None:
        low, high = field_text(self._range.low, 6, 0), field_text(self._range.high, 6, 0)
        self.setAccessibleDescription(f"{field_text(self._number, 6, 0)}, from {low} to {high}")

    # Mouse and keys ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if not self._moving:
            self._moving = True
            self.pressed.emit()

    def _end(self) -> None:
        if self._moving:
            self._moving = False
            self.setSliderDown(False)
            self.released.emit()
            self.update()

    def _move_to(self, x: float) -> None:
        share = (x - MARGIN) / max(1, self.width() - 2 * MARGIN)
        self.setValue(round(min(max(share, 0.0), 1.0) * self.maximum()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._begin()
            # Grabbing the handle off its centre must not move it.
            if abs(event.position().x() - self._handle_x()) > HANDLE / 2:
                self._move_to(event.position().x())
            event.accept()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._moving and event.buttons() & Qt.MouseButton.LeftButton:
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _MOVING_KEYS:
            self._begin()
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _MOVING_KEYS and not event.isAutoRepeat():
            self._end()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._end()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    # Looks -------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(180, 28)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 28)

    def _x_of(self, number: float) -> float:
        return MARGIN + self._range.share_of(number) * (self.width() - 2 * MARGIN)

    def _handle_x(self) -> float:
        return self._x_of(self._number)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        x = self._handle_x()
        accent = theme.color(self._token if self.isEnabled() else "line_strong")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line_strong", 0.75))
        painter.drawRoundedRect(QRectF(MARGIN, middle - 2, self.width() - 2 * MARGIN, 4), 2, 2)
        start = MARGIN if self._from_left else self._x_of(0.0)
        painter.setBrush(accent)
        painter.drawRect(QRectF(min(start, x), middle - 2, abs(x - start), 4))
        if not self._from_left and self._range.low < 0 < self._range.high:
            painter.fillRect(QRectF(round(start) - 1, middle - 7, 2, 14), theme.color("line_strong"))
        painter.setPen(QPen(accent, 2))
        held = self._moving or (self.isEnabled() and self.underMouse())
        painter.setBrush(theme.color("hover" if held else "surface"))
        painter.drawEllipse(QPointF(x, middle), 7.25, 7.25)
        if self.hasFocus():
            ring = QRectF(x - 10.5, middle - 10.5, 21, 21)
            paint_focus_ring(painter, ring, theme.color("focus"), 10.5)
        painter.end()

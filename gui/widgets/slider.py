"""A slider for a real number, filled from zero (leaves) or from the left (learning rate)."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import leaves_wheel, paint_focus_ring
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


DASH = 3.0
"""Px of a dash, and of a gap, of the track beyond a limit."""


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
        self._limit: float | None = None
        self._limits, self._limit_name = False, ""
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

    def set_limit(self, limit: float | None, limits: bool = True, name: str = "") -> None:
        """Mark a number that should not be passed, and say it by its ``name`` below the track where there is room.

        Where it is no limit of what goes on now (not ``limits``) it is hollow.
        """
        if (limit, limits, name) != (self._limit, self._limits, self._limit_name):
            self._limit, self._limits, self._limit_name = limit, limits, name
            self.update()

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
        if not leaves_wheel(self, event):
            super().wheelEvent(event)

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
        end = self.width() - MARGIN
        limit = None
        if self._limit is not None and self._range.low < self._limit < self._range.high:
            limit = self._x_of(self._limit)
        if limit is not None and self._limits:
            painter.drawRoundedRect(QRectF(MARGIN, middle - 2, limit - MARGIN, 4), 2, 2)
            at = limit + DASH / 2
            while at < end:
                painter.drawRect(QRectF(at, middle - 2, min(DASH, end - at), 4))
                at += 2 * DASH
        else:
            painter.drawRoundedRect(QRectF(MARGIN, middle - 2, end - MARGIN, 4), 2, 2)
        start = MARGIN if self._from_left else self._x_of(0.0)
        painter.setBrush(accent)
        painter.drawRect(QRectF(min(start, x), middle - 2, abs(x - start), 4))
        if not self._from_left and self._range.low < 0 < self._range.high:
            painter.fillRect(QRectF(round(start) - 1, middle - 7, 2, 14), theme.color("line_strong"))
        if limit is not None:
            self._paint_limit(painter, limit, middle)
        painter.setPen(QPen(accent, 2))
        held = self._moving or (self.isEnabled() and self.underMouse())
        painter.setBrush(theme.color("hover" if held else "surface"))
        painter.drawEllipse(QPointF(x, middle), 7.25, 7.25)
        if self.hasFocus():
            ring = QRectF(x - 10.5, middle - 10.5, 21, 21)
            paint_focus_ring(painter, ring, theme.color("focus"), 10.5)
        painter.end()

    def _paint_limit(self, painter: QPainter, x: float, middle: float) -> None:
        """A triangle above the track, and a tick below it."""
        ink = self._theme.color("text")
        painter.setPen(QPen(ink, 1.2))
        painter.setBrush(ink if self._limits else Qt.BrushStyle.NoBrush)
        painter.drawPolygon([QPointF(x - 3.5, middle - 13), QPointF(x + 3.5, middle - 13), QPointF(x, middle - 8)])
        painter.drawLine(QPointF(x, middle + 5), QPointF(x, middle + 9))
        painter.setFont(ui_font(10 * self._theme.scale))
        metrics = painter.fontMetrics()
        if middle + 9 + metrics.height() - metrics.descent() > self.height():
            return
        value = field_text(self._limit, 3, 0) if self._limit is not None else ""
        for text in (f"{self._limit_name} = {value}", value):
            wide = metrics.horizontalAdvance(text)
            left = min(max(0.0, x - wide / 2), self.width() - wide)
            if left >= 0:
                painter.setPen(self._theme.color("text_2"))
                painter.drawText(QPointF(left, middle + 8 + metrics.ascent()), text)
                return

"""Boxes for numbers: any number can be typed, and only the user's own edits are reported."""

from __future__ import annotations

import math

from PySide6.QtCore import QLocale, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

from engine.mathematics.numbers import MINUS, not_finite
from gui.look.style import STEPPER_WIDTH, control_height
from gui.look.theme import ThemeManager, mono_font
from gui.widgets.basic import ICON_SIZE, leaves_wheel, paint_icon

FLOAT32_MAX = 3.4028234663852886e38
_AROUND = 7
"""Px of a field that Qt keeps free beside the text and for the caret, and that the frame of the focus takes."""
_SMALLEST = 8.5
"""The size in px down to which a number is written smaller, so that it stays whole."""


def field_text(value: float, digits: int = 6, least_decimals: int = 2) -> str:
    """``value`` with up to ``digits`` significant digits and at least ``least_decimals`` decimals, minus as U+2212.

    Powers of ten appear below 1e-4 and where the integer part has more than ``digits`` digits: ``1e−5``.
    """
    if not math.isfinite(value):
        return not_finite(value)
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        whole, _, decimals = text.partition(".")
        decimals = decimals.ljust(least_decimals, "0")
        text = f"{whole}.{decimals}" if decimals else whole
    return text.replace("-", MINUS)


def parse_number(text: str) -> float | None:
    """The finite number that ``text`` writes (U+2212 or ``-``, a decimal comma too, ``1e-3``), or None."""
    plain = text.strip().replace(MINUS, "-").replace(",", ".")
    if "_" in plain:
        return None
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _paint_steppers(box: QAbstractSpinBox, theme: ThemeManager) -> None:
    painter = QPainter(box)
    enabled = box.stepEnabled() if box.isEnabled() else QAbstractSpinBox.StepEnabledFlag.StepNone
    half = box.height() / 2
    left = box.width() - STEPPER_WIDTH + 1
    for name, flag, top in (
        ("spin_up", QAbstractSpinBox.StepEnabledFlag.StepUpEnabled, 0.0),
        ("spin_down", QAbstractSpinBox.StepEnabledFlag.StepDownEnabled, half),
    ):
        color = theme.color("text_3", 1.0 if flag in enabled else 0.4)
        area = QRect(left, round(top + half / 2) - ICON_SIZE // 2, STEPPER_WIDTH - 2, ICON_SIZE)
        paint_icon(painter, name, color, area, 14)
    painter.end()


def _prepare(box: QDoubleSpinBox | QSpinBox) -> None:
    """What all boxes for numbers have in common."""
    box.setLocale(QLocale.c())
    box.setKeyboardTracking(False)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _restyle(box: QDoubleSpinBox | QSpinBox, theme: ThemeManager) -> None:
    font = mono_font(13 * theme.scale, 500)
    box.setFont(font)
    # With a style sheet, the field does not take over later changes of font from the box around it.
    box.lineEdit().setFont(font)
    box.setFixedHeight(control_height(28, theme.scale))
    box.lineEdit().setTextMargins(5, 0, 0, 1)
    box.updateGeometry()
    _fit(box, theme)


def _fit(box: QDoubleSpinBox | QSpinBox, theme: ThemeManager) -> None:
    """Write the number smaller where the field is too narrow for it: cut at its left it would be another number."""
    line, px = box.lineEdit(), 13 * theme.scale
    room = line.width() - line.textMargins().left() - _AROUND
    while px > _SMALLEST and QFontMetrics(mono_font(px, 500)).horizontalAdvance(line.text()) > room:
        px -= 0.5
    font = mono_font(px, 500)
    if font != line.font():
        line.setFont(font)


def _says_its_number(box: NumberBox | IntegerBox) -> bool:
    return box.text() == box.prefix() + box.textFromValue(box.value()) + box.suffix()  # type: ignore[arg-type]


def _size(box: QDoubleSpinBox | QSpinBox, chars: int) -> QSize:
    width = QFontMetrics(box.font()).horizontalAdvance("0") * chars
    return QSize(width + STEPPER_WIDTH + 18, box.height())


class NumberBox(QDoubleSpinBox):
    """A box for one real number, 28 px high.

    ``step`` is what an arrow adds; None means a tenth of the number's own power of ten. The number keeps all its
    digits even where only ``digits`` are shown. Its width has room for ``chars`` characters at every font scale.

    Signals
    -------
    edited(float)
        The user set another number (typed and confirmed, arrow keys or buttons, wheel); never for ``set_value``.
    """

    edited = Signal(float)

    def __init__(
        self,
        theme: ThemeManager,
        value: float = 0.0,
        minimum: float = -FLOAT32_MAX,
        maximum: float = FLOAT32_MAX,
        step: float | None = 0.1,
        digits: int = 6,
        chars: int = 6,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chars = chars
        self._step = step
        self._digits = digits
        self._programmatic = True
        _prepare(self)
        self.setDecimals(60)
        self.setRange(minimum, maximum)
        self.setValue(value)
        self._programmatic = False
        self.valueChanged.connect(self._changed)
        theme.changed.connect(self.restyle)
        self.valueChanged.connect(self._fit_text)
        self.lineEdit().textChanged.connect(self._fit_text)  # while it is typed; Qt keeps it silent for ``setValue``
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        _restyle(self, self._theme)

    @Slot()
    def _fit_text(self) -> None:
        _fit(self, self._theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_text()

    def set_value(self, value: float) -> None:
        """Show ``value`` without reporting it as an edit; text that the user is typing is left alone if it says the same."""
        if value == self.value():
            return
        self._programmatic = True
        self.setValue(value)
        self._programmatic = False

    @property
    def committed(self) -> bool:
        """Whether the field shows its number, and not a text that is being typed."""
        return _says_its_number(self)

    def restore(self) -> None:
        """Show the number again in place of what has been typed since."""
        self.setValue(self.value())

    @Slot(float)
    def _changed(self, value: float) -> None:
        if not self._programmatic:
            self.edited.emit(value)

    def textFromValue(self, value: float) -> str:
        return field_text(value, self._digits)

    def valueFromText(self, text: str) -> float:
        if text == self.textFromValue(self.value()):
            return self.value()
        number = parse_number(text)
        return self.value() if number is None else number

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        number = parse_number(text)
        if number is not None:
            inside = self.minimum() <= number <= self.maximum()
            return (QValidator.State.Acceptable if inside else QValidator.State.Intermediate), text, position
        allowed = set("0123456789+-.,eE " + MINUS)
        state = QValidator.State.Intermediate if set(text) <= allowed else QValidator.State.Invalid
        return state, text, position

    def fixup(self, text: str) -> str:
        number = parse_number(text)
        if number is None:
            return self.textFromValue(self.value())
        return repr(min(max(number, self.minimum()), self.maximum()))

    def stepBy(self, steps: int) -> None:
        value = self.value()
        step = self._step
        if step is None:
            step = 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.01
        decimals = max(0, 2 - math.floor(math.log10(step)))
        moved = value + steps * step
        self.setValue(round(moved, decimals) if decimals < 300 else moved)
        self.selectAll()

    def sizeHint(self) -> QSize:
        return _size(self, self._chars)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leaves_wheel(self, event):
            super().wheelEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_steppers(self, self._theme)


class IntegerBox(QSpinBox):
    """A box for one whole number, 28 px high, with room for ``chars`` characters.

    Signals
    -------
    edited(int)
        The user set another number; never for ``set_value``.
    """

    edited = Signal(int)

    def __init__(
        self,
        theme: ThemeManager,
        value: int = 0,
        minimum: int = 0,
        maximum: int = 2**31 - 1,
        chars: int = 4,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chars = chars
        self._programmatic = True
        _prepare(self)
        self.setRange(minimum, maximum)
        self.setValue(value)
        self._programmatic = False
        self.valueChanged.connect(self._changed)
        theme.changed.connect(self.restyle)
        self.valueChanged.connect(self._fit_text)
        self.lineEdit().textChanged.connect(self._fit_text)  # while it is typed; Qt keeps it silent for ``setValue``
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        _restyle(self, self._theme)

    @Slot()
    def _fit_text(self) -> None:
        _fit(self, self._theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_text()

    def set_value(self, value: int) -> None:
        """Show ``value`` without reporting it as an edit."""
        self._programmatic = True
        self.setValue(value)
        self._programmatic = False

    @property
    def committed(self) -> bool:
        """Whether the field shows its number, and not a text that is being typed."""
        return _says_its_number(self)

    def restore(self) -> None:
        """Show the number again in place of what has been typed since."""
        self.setValue(self.value())

    @Slot(int)
    def _changed(self, value: int) -> None:
        if not self._programmatic:
            self.edited.emit(value)

    def textFromValue(self, value: int) -> str:
        return str(value).replace("-", MINUS)

    def valueFromText(self, text: str) -> int:
        if text == self.specialValueText():
            return self.minimum()
        return int(text.strip().removesuffix(self.suffix().strip()).strip().replace(MINUS, "-"))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        state, _, _ = super().validate(text.replace(MINUS, "-"), position)
        return state, text, position

    def sizeHint(self) -> QSize:
        return _size(self, self._chars)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leaves_wheel(self, event):
            super().wheelEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_steppers(self, self._theme)

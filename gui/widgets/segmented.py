"""A choice of a few words in a row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from gui.look.style import CARD_RADIUS, CONTROL_RADIUS, control_height
from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import paint_focus_ring


class _Segment(QRadioButton):
    """One word of the row; a radio button to keyboards and screen readers.

    Signals
    -------
    walked(int)
        An arrow key asks for the next (+1) or previous (-1) segment.
    """

    walked = Signal(int)

    def __init__(self, text: str, theme: ThemeManager) -> None:
        super().__init__(text)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        # As wide as in the weight of a chosen segment, so that nothing shifts.
        width = QFontMetrics(self.font()).horizontalAdvance(self.text()) + 32
        return QSize(width, control_height(32, self._theme.scale) - 6)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.walked.emit(step)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self.isChecked():
            painter.setPen(QPen(theme.color("line_strong"), 1))
            painter.setBrush(theme.color("card"))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), CONTROL_RADIUS - 0.5, CONTROL_RADIUS - 0.5)
        elif self.isEnabled() and self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("hover"))
            painter.drawRoundedRect(rect, CONTROL_RADIUS, CONTROL_RADIUS)
        token = "text_3" if not self.isEnabled() else "text" if self.isChecked() else "text_2"
        painter.setPen(theme.color(token))
        painter.setFont(self.font())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            paint_focus_ring(painter, rect, theme.color("focus"))
        painter.end()


class Segmented(QWidget):
    """A row of words, one of which is chosen, 32 px high; arrow keys walk along it.

    Signals
    -------
    chosen(str)
        The user chose the entry with this id; never for ``set_current``.
    """

    chosen = Signal(str)

    def __init__(self, theme: ThemeManager, entries: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._segments: dict[str, _Segment] = {}
        self._current = ""
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(0)
        for key, text in entries:
            segment = _Segment(text, theme)
            self._segments[key] = segment
            segment.clicked.connect(self._clicked)
            segment.walked.connect(self._walk)
            layout.addWidget(segment)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.restyle)
        self.restyle()
        self.set_current(entries[0][0])

    @Slot()
    def restyle(self) -> None:
        for segment in self._segments.values():
            segment.setFont(ui_font(13 * self._theme.scale, 500))
            segment.setFixedHeight(control_height(32, self._theme.scale) - 6)
            segment.updateGeometry()
        self.setFixedHeight(control_height(32, self._theme.scale))
        self.update()

    def current(self) -> str:
        """Id of the chosen entry."""
        return self._current

    def set_current(self, key: str) -> None:
        """Choose the entry ``key`` without a signal. Raises KeyError for an unknown one."""
        chosen = self._segments[key]
        self._current = key
        chosen.setChecked(True)
        for segment in self._segments.values():
            segment.setFocusPolicy(Qt.FocusPolicy.TabFocus if segment is chosen else Qt.FocusPolicy.NoFocus)

    def set_tooltip(self, key: str, tooltip: str) -> None:
        """Tooltip and accessible description of one entry."""
        self._segments[key].setToolTip(tooltip)
        self._segments[key].setAccessibleDescription(tooltip)

    def _choose(self, key: str) -> None:
        if key != self._current:
            self.set_current(key)
            self.chosen.emit(key)

    @Slot()
    def _clicked(self) -> None:
        self._choose(next(key for key, segment in self._segments.items() if segment.isChecked()))

    @Slot(int)
    def _walk(self, step: int) -> None:
        keys = list(self._segments)
        key = keys[min(max(keys.index(self._current) + step, 0), len(keys) - 1)]
        self._choose(key)
        self._segments[key].setFocus(Qt.FocusReason.TabFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("sunken"))
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, CARD_RADIUS - 0.5, CARD_RADIUS - 0.5)
        painter.end()

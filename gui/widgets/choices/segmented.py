"""A choice of a few words in a row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from gui.look.style import CARD_RADIUS, CONTROL_RADIUS, control_height
from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import paint_focus_ring
from gui.widgets.choices.choice import Choice, Word


class _Segment(Word):
    """One word of the row."""

    def __init__(self, text: str, theme: ThemeManager, room: int) -> None:
        super().__init__(text, theme, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._room = room

    def sizeHint(self) -> QSize:
        # As wide as in the weight of a chosen segment, so that nothing shifts.
        width = QFontMetrics(self.font()).horizontalAdvance(self.text()) + self._room
        return QSize(width, self.minimumHeight())

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


class Segmented(Choice[_Segment]):
    """A row of words, one of which is chosen, 32 px high; with ``small`` 28, in smaller letters."""

    def __init__(
        self, theme: ThemeManager, entries: Sequence[tuple[str, str]], parent: QWidget | None = None, *, small: bool = False
    ) -> None:
        super().__init__(theme, parent)
        self._high, self._px = (28, 12) if small else (32, 13)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(0)
        for key, text in entries:
            layout.addWidget(self._add(key, _Segment(text, theme, 20 if small else 32)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.restyle)
        self.restyle()
        self.set_current(self._current)

    @Slot()
    def restyle(self) -> None:
        high = control_height(self._high, self._theme.scale)
        for segment in self.words.values():
            segment.setFont(ui_font(self._px * self._theme.scale, 500))
            segment.setFixedHeight(high - 6)
            segment.updateGeometry()
        self.setFixedHeight(high)
        self.update()

    def set_tooltip(self, key: str, tooltip: str) -> None:
        """Tooltip and accessible description of one entry."""
        self.words[key].setToolTip(tooltip)
        self.words[key].setAccessibleDescription(tooltip)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("sunken"))
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, CARD_RADIUS - 0.5, CARD_RADIUS - 0.5)
        painter.end()

"""Chips: a few words, one of which is chosen, in as many lines as they take."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QWidget

from gui.look.style import CONTROL_RADIUS, control_height
from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import paint_focus_ring
from gui.widgets.choices.choice import Choice, Word
from gui.widgets.flow import FlowLayout

HEIGHT, GAP, PADDING = 26, 6, 10


class Chip(Word):
    """One of the words."""

    def __init__(self, text: str, theme: ThemeManager) -> None:
        super().__init__(text, theme, QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        # As wide as in the weight of a chosen chip, so that nothing shifts.
        width = QFontMetrics(ui_font(12 * self._theme.scale, 600)).horizontalAdvance(self.text()) + 2 * PADDING
        return QSize(width, control_height(HEIGHT, self._theme.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, chosen = self._theme, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, width = QRectF(self.rect()), 1.5 if chosen else 1.0
        painter.setPen(QPen(theme.color("ink" if chosen else "line_strong"), width))
        painter.setBrush(theme.color("hover" if self.underMouse() and not chosen else "surface"))
        inset = width / 2
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), CONTROL_RADIUS - inset, CONTROL_RADIUS - inset)
        painter.setPen(theme.color("text" if chosen else "text_2"))
        painter.setFont(ui_font(12 * theme.scale, 600 if chosen else 400))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            paint_focus_ring(painter, rect, theme.color("focus"))
        painter.end()


class Chips(Choice[Chip]):
    """A few words, one of which is chosen, 26 px high."""

    def __init__(
        self, theme: ThemeManager, name: str, entries: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        """``entries`` are ids, words and tooltips; ``name`` says what is being chosen, for a screen reader."""
        super().__init__(theme, parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        flow = FlowLayout(GAP, self)
        for key, text, tooltip in entries:
            chip = self._add(key, Chip(text, theme))
            chip.setAccessibleName(f"{name}: {text}")
            chip.setToolTip(tooltip)
            chip.setAccessibleDescription(tooltip)
            self._group.addButton(chip)
            flow.addWidget(chip)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.restyle)
        self.set_current(self._current)

    @Slot()
    def restyle(self) -> None:
        for chip in self.words.values():
            chip.updateGeometry()
            chip.update()
        self.updateGeometry()

"""Some formulas, one below the other, and a small note beside the last."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.mathematics.expression import Expression
from gui.look.mathtext import draw_math, math_width
from gui.look.theme import ThemeManager, ui_font

LINE, SIZE, LEAST_SIZE = 24, 16, 11
NOTE_LINE = 30
"""Px of a note that stands alone, beside a field."""


class Formulas(QWidget):
    """Drawn from the tree of mathematics; smaller where they would not fit, and read aloud in words."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._formulas: tuple[Expression, ...] = ()
        self._note = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.restyle)

    def show_formulas(self, formulas: tuple[Expression, ...], note: str, meaning: str) -> None:
        """Show ``formulas`` with ``note`` at the right; ``meaning`` is the tooltip."""
        self._formulas, self._note = formulas, note
        self.setToolTip(meaning)
        spoken = "; ".join(formula.to_spoken() for formula in formulas)
        self.setAccessibleName(", ".join(part for part in (spoken, note) if part))
        self.setVisible(bool(formulas or note))
        self.restyle()

    @property
    def said(self) -> tuple[str, ...]:
        """The formulas as lines of text."""
        return tuple(map(str, self._formulas))

    @property
    def note(self) -> str:
        """What stands at the right."""
        return self._note

    @Slot()
    def restyle(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        lines = max(1, len(self._formulas))
        scale, small = self._theme.scale, ui_font(12 * self._theme.scale)
        wide = max((math_width(formula, SIZE * scale) for formula in self._formulas), default=0.0)
        wide += QFontMetrics(small).horizontalAdvance(self._note) + (12 if self._note and self._formulas else 0) + 2
        return QSize(round(wide), round((LINE if self._formulas else NOTE_LINE) * scale) * lines)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, scale = self._theme, self._theme.scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = ui_font(12 * scale)
        aside = QFontMetrics(small).horizontalAdvance(self._note)
        line = round(LINE * scale)
        for at, formula in enumerate(self._formulas):
            room = self.width() - (aside + 12 if self._note and at == len(self._formulas) - 1 else 0)
            size = SIZE * scale
            wide = math_width(formula, size)
            if wide > room:
                size = max(LEAST_SIZE, size * room / wide)
            draw_math(painter, 0, at * line + line / 2 + size * 0.34, formula, size, theme.color("text_2"))
        if self._note:
            painter.setFont(small)
            painter.setPen(theme.color("text_3"))
            room_for_note = QRect(0, self.height() - line, self.width(), line) if self._formulas else self.rect()
            painter.drawText(room_for_note, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._note)
        painter.end()

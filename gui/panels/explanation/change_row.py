"""What a moment replaced, before and after."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.explain import Change
from gui.look.fitting import fitting_tail
from gui.look.theme import ThemeManager, mono_font

_ROW = 18


class ChangeRow(QWidget):
    """``b.grad … None → −12`` in the code font; name, old and new value go into rows of their own where the width is small."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._change: Change | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_change(self, change: Change | None) -> None:
        """Show ``change``, or with None nothing."""
        self._change = change
        if self.isHidden() != (change is None):
            self.setVisible(change is not None)
        if change is not None:
            text = f"{change.name}: {change.before} → {change.after}" if change.before else f"{change.name}: {change.after}"
            self.setAccessibleName(text)
            self.setToolTip(text)
            self.updateGeometry()
            self.update()

    @property
    def rows(self) -> int:
        """How many rows it needs at its width, from 1 to 3."""
        change = self._change
        if change is None:
            return 1
        plain, bold = self._metrics()
        before, after = plain.horizontalAdvance(_from(change)), bold.horizontalAdvance(change.after)
        name, room = plain.horizontalAdvance(f"{change.name}  "), max(1, self.width())
        if name + before + after < room:
            return 1
        return 2 if before + after < room or not before else 3

    def _metrics(self) -> tuple[QFontMetricsF, QFontMetricsF]:
        scale = self._theme.scale
        return QFontMetricsF(mono_font(12 * scale)), QFontMetricsF(mono_font(12 * scale, 700))

    def sizeHint(self) -> QSize:
        return QSize(100, round(_ROW * self.rows * self._theme.scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        change = self._change
        if change is None:
            return
        painter = QPainter(self)
        rows, row, room = self.rows, round(_ROW * self._theme.scale), self.width()
        plain, bold = self._metrics()
        middle = Qt.AlignmentFlag.AlignVCenter
        elide, right = Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignRight | middle
        name = fitting_tail(change.name, room, plain.horizontalAdvance)
        before, after = plain.elidedText(_from(change), elide, room), bold.elidedText(change.after, elide, room)
        painter.setFont(mono_font(12 * self._theme.scale))
        painter.setPen(self._theme.color("text_2"))
        painter.drawText(0, 0, room, row, Qt.AlignmentFlag.AlignLeft | middle, name)
        painter.setPen(self._theme.color("text_3"))
        beside = 0 if rows == 3 else round(bold.horizontalAdvance(after)) + 1
        painter.drawText(0, row * min(1, rows - 1), room - beside, row, right, before)
        painter.setFont(mono_font(12 * self._theme.scale, 700))
        painter.setPen(self._theme.color(change.role if change.role != "plain" else "pending"))
        painter.drawText(0, row * (rows - 1), room, row, right, after)
        painter.end()


def _from(change: Change) -> str:
    return f"{change.before} → " if change.before else ""

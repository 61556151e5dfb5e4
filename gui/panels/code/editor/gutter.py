"""Line numbers beside the code, with the tint, bar and warning icon of marked lines."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QTextBlock, QTextCursor
from PySide6.QtWidgets import QTextEdit, QWidget

from gui.look.theme import ThemeManager, icon, mono_font
from gui.panels.code.editor.marks import Marks

NUMBER_RIGHT = 34
"""Where the line numbers end, in px; the text begins 14 px further right."""

_GAP = 10
"""Px of its ground behind the numbers, under which text slides that is scrolled."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Lines(QTextEdit):
    """A text with a gutter beside its lines."""

    theme: ThemeManager
    marks: Marks

    def visible_lines(self) -> Iterator[tuple[QTextBlock, float, float]]:
        """Each line that can be seen: its block, top and height in pixels of the viewport."""
        raise NotImplementedError


class Gutter(QWidget):
    """The strip left of an editor's viewport.

    Signals
    -------
    line_clicked(int)
        The number of this line (from 1) was clicked.
    """

    line_clicked = Signal(int)

    def __init__(self, editor: Lines) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setAccessibleName("Line numbers")
        self.setToolTip("Click a line number to go to the last time that line ran; Ctrl+click in the text does the same")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def line_at(self, y: float) -> int | None:
        """The line (from 1) at height ``y``; None below the last one."""
        for block, top, height in self._editor.visible_lines():
            if top <= y < top + height:
                return int(block.blockNumber()) + 1
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        line = self.line_at(event.position().y()) if event.button() == Qt.MouseButton.LeftButton else None
        if line is not None:
            self.line_clicked.emit(line)
        event.accept()

    def needed_width(self) -> int:
        """Pixels for the numbers of the document that is shown."""
        digits = len(str(self._editor.document().blockCount()))
        scale = self._editor.theme.scale
        return round((NUMBER_RIGHT + max(0, digits - 2) * 7.2) * max(1.0, scale)) + _GAP

    def sizeHint(self) -> QSize:
        return QSize(self.needed_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        editor, theme = self._editor, self._editor.theme
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("surface"))
        current = editor.textCursor().block() if editor.hasFocus() else None
        right = self.width() - _GAP
        for block, top, height in editor.visible_lines():
            tint = editor.marks.tint_of(block)
            if tint is not None:
                painter.fillRect(QRectF(0, top, self.width(), height), theme.color(tint[0]))
                painter.fillRect(QRectF(0, top, 3, height), theme.color(tint[1]))
            bar = editor.marks.next_bar_of(block)
            if bar is not None:
                painter.fillRect(QRectF(0, top, 3, height), theme.color(bar))
            strong = tint is not None or block == current
            painter.setFont(mono_font(12 * theme.scale, 600 if strong else 400))
            painter.setPen(theme.color("text" if strong else "text_3"))
            painter.drawText(QRectF(0, top, right, height), _RIGHT, str(block.blockNumber() + 1))
            if editor.marks.has_problem(block):
                size = 14
                place = QRect(4, round(top + (height - size) / 2), size, size)
                icon("warning", theme.color("error"), size).paint(painter, place)
        painter.end()


def first_block_cursor(editor: Lines) -> QTextCursor:
    """A cursor in the first line that can be seen."""
    return editor.cursorForPosition(editor.viewport().rect().topLeft())

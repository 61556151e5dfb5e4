"""What the editor paints around its text: tinted lines with a bar, marked spans, the wavy underline of a problem."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QTextBlock, QTextCursor, QTextDocument

from engine.errors import ProgramError
from engine.tables import Span
from gui.look.theme import ThemeManager
from gui.look.tones import TONES
from gui.panels.code.editor.positions import position, units

_TOKEN = re.compile(r"\w+|\S")


@dataclass(eq=False)
class Marks:
    """The marks of one document, held as cursors, so that they move with the text while it is edited."""

    line: tuple[QTextCursor, str] | None = None
    """A running line and its phase."""
    next: tuple[QTextCursor, str] | None = None
    """The line that runs next and its phase, if that is a different line."""
    span: tuple[QTextCursor, str] | None = None
    """An operation's text and its phase."""
    hover: QTextCursor | None = None
    """The text that belongs to what the mouse rests on."""
    problem: QTextCursor | None = None
    """The exact range of the problem; may be empty."""
    token: QTextCursor | None = field(default=None)
    """The token at which the problem is."""

    def tint_of(self, block: QTextBlock) -> tuple[str, str] | None:
        """Tokens (tint, bar) of a marked line; a problem wins over a running line."""
        if self.problem is not None:
            first = block.document().findBlock(self.problem.selectionStart())
            if first == block:
                return "error_tint", "error_line"
        if self.line is not None and self.line[0].block() == block:
            tone = TONES[self.line[1]]
            return tone.tint, tone.line
        return None

    def next_bar_of(self, block: QTextBlock) -> str | None:
        """The token of the bar beside the line that runs next."""
        if self.next is None or self.next[0].block() != block or self.tint_of(block) is not None:
            return None
        return TONES[self.next[1]].line

    def line_says_span(self) -> bool:
        """Whether the marked span is all that stands in the marked line, so that a frame in it would add nothing."""
        if self.line is None or self.span is None or self.line[1] != self.span[1]:
            return False
        block, span = self.line[0].block(), self.span[0]
        inside = block.contains(span.selectionStart()) and block.contains(span.selectionEnd())
        return inside and span.selectedText() == block.text().strip()

    def has_problem(self, block: QTextBlock) -> bool:
        return self.problem is not None and block.contains(self.problem.selectionStart())


def select(document: QTextDocument, start: int, end: int) -> QTextCursor:
    """A cursor over Qt's positions ``start`` to ``end``."""
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(max(start, end), QTextCursor.MoveMode.KeepAnchor)
    return cursor


def span_cursor(document: QTextDocument, span: Span) -> QTextCursor:
    """A cursor over ``span``, clamped to the document."""
    return select(document, position(document, span.line, span.column), position(document, span.end_line, span.end_column))


def problem_cursors(document: QTextDocument, problem: ProgramError) -> tuple[QTextCursor, QTextCursor]:
    """The range of ``problem`` (one token where only a point is known) and the token at which it is."""
    start = position(document, problem.line, problem.column)
    end = position(document, problem.end_line, problem.end_column)
    block = document.findBlock(start)
    text = block.text()
    rest = text[max(0, problem.column - 1) :]
    token = _TOKEN.match(rest)
    token_end = start + (units(token.group()) if token else 0)
    whole = select(document, start, end if end > start else token_end)
    return whole, select(document, start, min(token_end, whole.selectionEnd()))


def segments(cursor: QTextCursor, to_viewport: QPointF, minimum: float) -> list[QRectF]:
    """Rectangles of the selected text in the viewport, one a line; an empty selection gets the width ``minimum``."""
    document = cursor.document()
    layout = document.documentLayout()
    found: list[QRectF] = []
    block = document.findBlock(cursor.selectionStart())
    while block.isValid() and block.position() <= cursor.selectionEnd():
        line = block.layout().lineAt(0) if block.layout().lineCount() else None
        if line is not None and line.isValid():
            origin = layout.blockBoundingRect(block).topLeft() + to_viewport
            first = max(0, cursor.selectionStart() - block.position())
            last = min(block.length() - 1, cursor.selectionEnd() - block.position())
            indent = len(block.text()) - len(block.text().lstrip()) if first == 0 and found else 0
            left, right = _x(line, max(first, indent)), _x(line, last)
            if right > left or not found:
                found.append(QRectF(origin.x() + left, origin.y() + line.y(), max(right - left, minimum), line.height()))
        block = block.next()
    return found


def _x(line: object, index: int) -> float:
    value = line.cursorToX(index)  # type: ignore[attr-defined]
    return float(value[0] if isinstance(value, tuple) else value)


def paint_behind(painter: QPainter, marks: Marks, theme: ThemeManager, to_viewport: QPointF) -> None:
    """Marked span and problem token, under the text."""
    if marks.hover is not None:
        painter.setBrush(theme.color("pending_tint"))
        painter.setPen(QPen(theme.color("text_3"), 1))
        for rect in segments(marks.hover, to_viewport, 2):
            painter.drawRoundedRect(rect.adjusted(-1.5, -0.5, 1.5, 0.5), 3, 3)
    if marks.span is not None and not marks.line_says_span():
        tone = TONES[marks.span[1]]
        painter.setBrush(theme.color(tone.tint))
        painter.setPen(QPen(theme.color(tone.line), 1))
        for rect in segments(marks.span[0], to_viewport, 2):
            painter.drawRoundedRect(rect.adjusted(-1.5, -0.5, 1.5, 0.5), 3, 3)
    if marks.token is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("error_line", 0.22))
        for rect in segments(marks.token, to_viewport, 7):
            painter.drawRoundedRect(rect.adjusted(-0.5, 0, 0.5, 0), 3, 3)


def paint_over(painter: QPainter, marks: Marks, theme: ThemeManager, to_viewport: QPointF) -> None:
    """The wavy underline, 1.5 px thick with waves of 8 px, exactly as wide as the problem."""
    if marks.problem is None:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("error_line"), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for rect in segments(marks.problem, to_viewport, 8):
        y = rect.bottom()
        path = QPainterPath(QPointF(rect.left(), y))
        x, up = rect.left(), True
        while x < rect.right() - 0.5:
            width = min(4.0, rect.right() - x)
            path.quadTo(x + width / 2, y + (-3 if up else 3) * width / 4, x + width, y)
            x, up = x + width, not up
        painter.drawPath(path)

"""The sunken block with the formula: lines on one column of equals signs, parts in the colours of their meaning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from engine.explain import Explanation, Line, Piece
from engine.explain.formula.substitution import single
from engine.mathematics.letters import Sign
from engine.mathematics.numbers import format_number
from gui.look.mathtext import math_width
from gui.look.style import CARD_RADIUS
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.explanation.boxes import Box, box

PX, LEAST_PX = 19.0, 13.0
STRONG_PX = 19.0
CAPTION_PX = 11.0
PADDING = 16
_ROW_GAP = 10.0
_PIECE_GAP = 0.24
_BREAKS = frozenset(map(Sign, "·+−=⊙→"))
_OPENING, _MINUS = Sign("("), Sign("−")
_TIGHT = frozenset((_OPENING, Sign(")"), Sign(",")))
_TOKENS = {"value": "value", "grad": "grad", "update": "update", "error": "error", "plain": "text"}


@dataclass(slots=True)
class _Placed:
    piece: Piece
    box: Box | None
    x: float
    width: float
    mono: str = ""


@dataclass(slots=True)
class _Row:
    pieces: list[_Placed]
    ascent: float
    descent: float
    captions: bool
    baseline: float = 0.0


@dataclass(slots=True)
class _Layout:
    rows: list[_Row]
    width: float
    height: float
    px: float


@lru_cache(maxsize=16)
def _mono(px: float) -> tuple[QFont, QFontMetricsF]:
    font = mono_font(px, 700)
    return font, QFontMetricsF(font)


@lru_cache(maxsize=16)
def _small(px: float) -> tuple[QFont, QFontMetricsF]:
    font = ui_font(px)
    return font, QFontMetricsF(font)


class FormulaBlock(QWidget):
    """Draws the lines of an Explanation; takes the height that they need. Ctrl+C copies the LaTeX."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._explanation: Explanation | None = None
        self._layouts: dict[int, _Layout] = {}
        self._by_key = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("formula")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for title, slot, key in (("Copy as LaTeX", self.copy_latex, True), ("Copy as text", self.copy_text, False)):
            action = QAction(title, self)
            action.triggered.connect(slot)
            if key:
                action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.addAction(action)
        theme.changed.connect(self._restyle)

    def show_explanation(self, explanation: Explanation | None) -> None:
        """Draw the lines of ``explanation``; hides itself when there are none."""
        self._explanation = explanation
        self._layouts.clear()
        has_lines = explanation is not None and bool(explanation.lines)
        if self.isHidden() == has_lines:
            self.setVisible(has_lines)
        if explanation is not None and has_lines:
            self.setAccessibleName(explanation.to_text())
            self.setAccessibleDescription("; ".join(line.symbol.to_spoken() for line in explanation.lines))
            self.updateGeometry()
            self.update()

    @Slot()
    def _restyle(self) -> None:
        self._layouts.clear()
        self.updateGeometry()
        self.update()

    # Size --------------------------------------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._laid_out(width).height) + 2 * PADDING

    def sizeHint(self) -> QSize:
        width = self.width() if self.width() > 0 else 304
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    # Layout ------------------------------------------------------------------------------------------------------

    def _laid_out(self, width: int) -> _Layout:
        found = self._layouts.get(width)
        if found is None:
            lines = self._explanation.lines if self._explanation is not None else ()
            room = max(40.0, width - 2.0 * PADDING)
            px = PX * self._theme.scale
            found = self._place(lines, px, room)
            while found.width > room and px > LEAST_PX:
                px = max(LEAST_PX, px - 2.0)
                found = self._place(lines, px, room)
            self._layouts[width] = found
        return found

    def _measure(self, piece: Piece, px: float, strong: bool) -> _Placed:
        number = single(piece.data) if strong and piece.data is not None else None
        if number is not None:
            text = format_number(number)
            return _Placed(piece, None, 0.0, _mono(px)[1].horizontalAdvance(text), text)
        made = box(piece.symbol, px)
        return _Placed(piece, made, 0.0, made.width)

    def _place(self, lines: tuple[Line, ...], px: float, room: float) -> _Layout:
        gap = _PIECE_GAP * px
        lefts = [sum(box(piece.symbol, px).width for piece in line.left) for line in lines]
        column = max(lefts, default=0.0)
        signs = max((math_width(Sign(line.sign), px) for line in lines if line.sign), default=0.0)
        start = column + (0.45 * px if column else 0.0)
        body = start + signs + (0.55 * px if signs else 0.0)
        rows: list[_Row] = []
        for line, left_width in zip(lines, lefts, strict=True):
            row: list[_Placed] = []
            x = 0.0 if not line.sign else column - left_width
            x = 0.0 if len(line.left) and left_width < column * 0.6 and line.sign == "" else x
            for piece in line.left:
                placed = self._measure(piece, px, False)
                placed.x = x
                row.append(placed)
                x += placed.width
            if line.sign:
                role = "update" if line.sign == "←" else "plain"
                sign = self._measure(Piece(Sign(line.sign), role), px, False)  # type: ignore[arg-type]
                sign.x = start + (signs - sign.width) / 2
                row.append(sign)
            indent = body if line.sign else (x + gap if line.left else 0.0)
            self._flow(rows, row, line, indent, room, px, gap)
        width = max((max(item.x + item.width, sum(self._caption(item))) for made in rows for item in made.pieces), default=0.0)
        height = 0.0
        for index, made in enumerate(rows):
            height += _ROW_GAP * px / PX if index else 0.0
            made.baseline = height + made.ascent
            height = made.baseline + made.descent
        return _Layout(rows, width, height, px)

    def _flow(self, rows: list[_Row], row: list[_Placed], line: Line, indent: float, room: float, px: float, gap: float) -> None:
        x, caption_end = indent, -1e9
        for index, piece in enumerate(line.right):
            placed = self._measure(piece, px, line.strong)
            tight = piece.symbol in _TIGHT or (index > 0 and line.right[index - 1].symbol == _OPENING)
            minus_first = index > 0 and index == 1 and line.right[0].symbol == _MINUS
            x += 0.0 if index == 0 or (tight and piece.symbol != _OPENING) or minus_first else gap
            end = max(self._stood(line, index, placed, x, caption_end)[1:])
            if piece.symbol in _BREAKS and index + 1 < len(line.right):
                following = self._measure(line.right[index + 1], px, line.strong)
                end = max(self._stood(line, index + 1, following, x + placed.width + gap, caption_end)[1:])
            if end > room and row and index and (piece.symbol in _BREAKS or line.right[index - 1].symbol not in _BREAKS):
                rows.append(self._row(row, px))
                row, x, caption_end = [], indent, -1e9
            placed.x, x, caption_end = self._stood(line, index, placed, x, caption_end)
            row.append(placed)
        rows.append(self._row(row, px))

    def _stood(self, line: Line, index: int, placed: _Placed, x: float, caption_end: float) -> tuple[float, float, float]:
        """Where a piece begins that may begin at ``x``, and where it and the last caption end: captions keep off each other."""
        piece, after = placed.piece, 0.0
        if piece.caption:
            wide = self._caption_width(piece.caption)
            if piece.data is not None and len(line.right) > 2:
                after = max(0.0, (wide - placed.width) / 2)
                x += after if index else 0.0
            begin = x + (placed.width - wide) / 2
            x += max(0.0, caption_end + 8 - begin)
            caption_end = max(begin, caption_end + 8) + wide
        return x, x + placed.width + after, caption_end

    def _caption_font_px(self) -> float:
        return CAPTION_PX * self._theme.scale

    def _caption_width(self, caption: str) -> float:
        return _small(self._caption_font_px())[1].horizontalAdvance(caption)

    def _caption(self, item: _Placed) -> tuple[float, float]:
        """Where the caption of a piece begins, and how wide it is."""
        wide = self._caption_width(item.piece.caption) if item.piece.caption else 0.0
        return max(0.0, item.x + (item.width - wide) / 2), wide

    def _row(self, pieces: list[_Placed], px: float) -> _Row:
        ascent = max((item.box.ascent for item in pieces if item.box is not None), default=0.74 * px)
        descent = max((item.box.descent for item in pieces if item.box is not None), default=0.24 * px)
        captions = any(item.piece.caption for item in pieces)
        if captions:
            descent += 16 * self._theme.scale
        return _Row(pieces, ascent, descent, captions)

    # Drawing -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("sunken"))
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, CARD_RADIUS, CARD_RADIUS)
        layout = self._laid_out(self.width())
        room = self.width() - 2.0 * PADDING
        painter.save()
        painter.translate(PADDING, PADDING)
        if layout.width > room:
            painter.scale(room / layout.width, room / layout.width)
        for row in layout.rows:
            self._paint_row(painter, row, layout.px)
        painter.restore()
        if self.hasFocus() and self._by_key:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), CARD_RADIUS, CARD_RADIUS)
        painter.end()

    def _paint_row(self, painter: QPainter, row: _Row, px: float) -> None:
        deepest = max((item.box.descent for item in row.pieces if item.box is not None), default=0.24 * px)
        for item in row.pieces:
            color = self._color(item.piece)
            if item.mono:
                painter.setFont(_mono(px)[0])
                painter.setPen(color)
                painter.drawText(QPointF(item.x, row.baseline), item.mono)
            elif item.box is not None:
                item.box.draw(painter, item.x, row.baseline, color)
            if item.piece.caption:
                painter.setFont(_small(self._caption_font_px())[0])
                painter.setPen(color if item.piece.role != "plain" else self._theme.color("text_2"))
                left, _ = self._caption(item)
                painter.drawText(QPointF(left, row.baseline + deepest + 12 * self._theme.scale), item.piece.caption)

    def _color(self, piece: Piece) -> QColor:
        return self._theme.color(_TOKENS[piece.role])

    def focusInEvent(self, event: QFocusEvent) -> None:
        reason = Qt.FocusReason
        self._by_key = event.reason() in (reason.TabFocusReason, reason.BacktabFocusReason, reason.ShortcutFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    # Copying -----------------------------------------------------------------------------------------------------

    @Slot()
    def copy_latex(self) -> None:
        """Put the formula on the clipboard as LaTeX."""
        if self._explanation is not None:
            QGuiApplication.clipboard().setText(self._explanation.to_latex())

    @Slot()
    def copy_text(self) -> None:
        """Put the whole explanation on the clipboard as plain text."""
        if self._explanation is not None:
            QGuiApplication.clipboard().setText(self._explanation.to_text())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.actions())
        where = event.globalPos()
        menu.popup(where if not where.isNull() else self.mapToGlobal(QPoint(PADDING, PADDING)))

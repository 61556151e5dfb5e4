"""The lines of a statement, within a width: the formula typeset, numbers below or beside it, and a line for each derivative."""

from __future__ import annotations

import math
from collections import OrderedDict

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgRenderer

from engine.explain.formula.formula import FormulaLine
from engine.mathematics.expression import Expression
from gui.look.theme import ThemeManager
from gui.panels.graph.formula.pieces import DERIVATIVE_PX, Piece, derivative_pieces, draw_pieces, pieces_width
from gui.panels.graph.formula.statement import Statement
from gui.work.typesetter import Typesetter

HEAD_PX, LINE_PX, LEAST_PX = 30.0, 19.0, 16.0
_EQUALS_SPACE = 0.4
"""From the end of the left side to the equals sign, in em."""
_WIDTH_STEP = 32
_GAP = 8.0
_MOST_RENDERERS = 24


class Lines:
    """Measures and draws one statement, with the symbols that the typesetter has by now."""

    def __init__(self, statement: Statement, theme: ThemeManager, typesetter: Typesetter) -> None:
        self._statement, self._theme, self._typesetter = statement, theme, typesetter
        self.width = 640
        """Px that it may take."""
        self._renderers: OrderedDict[tuple[Expression, float, str], QSvgRenderer] = OrderedDict()

    def forget_colours(self) -> None:
        """The theme changed."""
        self._renderers.clear()

    @property
    def outline(self) -> tuple[object, ...]:
        """What stays the same while only numbers change: the formula, and how much of it and its derivatives is there by now."""
        shown, derivatives, scale = self._statement.formula, self._statement.derivatives, self._theme.scale
        made = shown is not None and all(
            self._typesetter.get(line.symbol, (LINE_PX if at else HEAD_PX) * scale) is not None
            for at, line in enumerate(shown.lines)
        )
        ready = [self._typesetter.get(item.symbol, DERIVATIVE_PX * scale) is not None for item in derivatives]
        return (None if shown is None else shown.key, made, bool(ready), all(ready), self.width)

    def shows(self, symbol: Expression, px: float) -> bool:
        """Whether ``symbol`` at ``px`` is among what it draws."""
        shown, scale = self._statement.formula, self._theme.scale
        if px == DERIVATIVE_PX * scale and any(item.symbol == symbol for item in self._statement.derivatives):
            return True
        lines = () if shown is None else shown.lines
        return any(
            px == (LINE_PX if at else HEAD_PX) * scale and symbol in (line.symbol, line.left) for at, line in enumerate(lines)
        )

    def size(self, brief: bool) -> QSize:
        """Px that it takes, ``brief`` without the derivatives."""
        box = self.draw(None, brief)
        # In steps, so that a number that gains a digit under a slider does not set everything around it in motion.
        width = min(math.ceil(box.width() / _WIDTH_STEP) * _WIDTH_STEP, math.ceil(max(box.width(), self.width)))
        return QSize(width, math.ceil(box.height()))

    def draw(self, painter: QPainter | None, brief: bool) -> QRectF:
        """Go through all that is shown, drawing it if there is a painter; the rectangle that it takes."""
        box = QRectF(0, 0, 0, 0)
        shown, derivatives, more = self._statement.formula, self._statement.derivatives, self._statement.more
        if shown is None:
            return box
        y = 0.0
        for index, line in enumerate(shown.lines):
            taken = self._draw_formula(painter, line, y, index == 0)
            box = box.united(taken)
            y = taken.bottom() + (2 if index == 0 else 4)
        if shown.note:
            taken = self._draw_pieces(painter, 0, y + 16 * self._theme.scale, [Piece(shown.note, "text_3", 13, False, 0)])
            box = box.united(taken)
            y = taken.bottom() + 4
        count = len(derivatives) + more
        if derivatives and brief:
            left_out = Piece(f"+ {count} derivative{'s' if count > 1 else ''}", "text_3", 12, False, 0)
            box = box.united(self._draw_pieces(painter, 0, y + 14 * self._theme.scale, [left_out]))
        elif derivatives:
            box = box.united(self._draw_derivatives(painter, y + _GAP))
        return QRectF(0, 0, min(self.width, box.right() + 2), box.bottom() + 2) if box.height() else box

    def _draw_formula(self, painter: QPainter | None, line: FormulaLine, y: float, head: bool) -> QRectF:
        px = (HEAD_PX if head else LINE_PX) * self._theme.scale
        numbers = [
            Piece(
                part.text,
                "value" if part.role == "value" else "text_2",
                LINE_PX if head else DERIVATIVE_PX,
                True,
                0,
                not self._statement.known(part),
            )
            for part in line.substitution
        ]
        made = self._typesetter.get(line.symbol, px)
        if made is None:
            return QRectF(0, y, 1, px * 38 / 30)
        shrink = min(1.0, self.width / made.size.width())
        if px * shrink < min(LEAST_PX * self._theme.scale, px):
            return self._draw_pieces(painter, 0, y + 18, [Piece("the formula is wider than this panel", "text_3", 13, False, 0)])
        height = max(made.size.height() * shrink, px * 38 / 30 if head else px * 26 / 19)
        top = y + (height - made.size.height() * shrink) / 2
        box = self._draw_svg(painter, line.symbol, px, QPointF(0, top), shrink, "text")
        box = box.united(QRectF(0, y, 1, height))
        if not numbers:
            return box
        if not head:
            baseline = top + made.baseline
            if box.right() + _GAP + self._wide(numbers) <= self.width:
                return box.united(self._draw_pieces(painter, box.right() + _GAP, baseline, numbers))
            return box
        left = self._typesetter.get(line.left, px) if line.left is not None else None
        indent = (left.size.width() - 2 + _EQUALS_SPACE * px) * shrink if left is not None else 0.0
        wide = self._wide(numbers)
        if indent + wide > self.width:
            indent = max(0.0, self.width - wide)
        if wide > self.width:
            numbers = numbers[-2:]
        baseline = box.bottom() + 20 * self._theme.scale
        taken = self._draw_pieces(painter, indent, baseline, numbers)
        return box.united(taken).united(QRectF(0, box.bottom(), 1, 26 * self._theme.scale))

    def _draw_derivatives(self, painter: QPainter | None, y: float) -> QRectF:
        px = DERIVATIVE_PX * self._theme.scale
        box = QRectF(0, y, 1, 1)
        made = [self._typesetter.get(item.symbol, px) for item in self._statement.derivatives]
        fitting = [one.size.width() for one in made if one is not None and one.size.width() <= 0.6 * self.width]
        column = max(fitting, default=0.0)
        for index, (item, one) in enumerate(zip(self._statement.derivatives, made, strict=True)):
            if one is None:
                y += 36 * self._theme.scale
                box = box.united(QRectF(0, y, 1, 1))
                continue
            shrink = min(1.0, self.width / one.size.width())
            taken = self._draw_svg(painter, item.symbol, px, QPointF(0, y), shrink, "text")
            # As large as it can get, so that no step moves the cards below it.
            variants = [derivative_pieces(item, arrived) for arrived in (True, False)]
            wide = max(self._wide(pieces) for pieces in variants)
            start = max(taken.right(), column if taken.width() <= column else 0.0) + _GAP
            baseline = y + one.baseline * shrink
            if start + wide > self.width:
                start, baseline = 2 * _GAP, taken.bottom() + 16 * self._theme.scale
            for pieces in variants:
                taken = taken.united(self._draw_pieces(None, start, baseline, pieces))
            if painter is not None:
                self._draw_pieces(painter, start, baseline, self._statement.numbers_of(index))
            box = box.united(taken)
            y = taken.bottom() + 8
        if self._statement.more:
            more = [Piece(f"+ {self._statement.more} more", "text_3", 12, False, 0)]
            box = box.united(self._draw_pieces(painter, 0, y + 14 * self._theme.scale, more))
        return box

    def _wide(self, pieces: list[Piece]) -> float:
        return pieces_width(pieces, self._theme.scale)

    def _draw_pieces(self, painter: QPainter | None, x: float, baseline: float, pieces: list[Piece]) -> QRectF:
        return draw_pieces(painter, self._theme, QPointF(x, baseline), pieces, self.width)

    def _draw_svg(
        self, painter: QPainter | None, symbol: Expression, px: float, at: QPointF, shrink: float, token: str
    ) -> QRectF:
        made = self._typesetter.get(symbol, px)
        if made is None:
            return QRectF(at.x(), at.y(), 1, 1)
        place = QRectF(at, made.size * shrink)
        if painter is not None:
            self._renderer(symbol, px, self._theme.color(token)).render(painter, place)
        return place

    def _renderer(self, symbol: Expression, px: float, color: QColor) -> QSvgRenderer:
        key = (symbol, px, color.name())
        known = self._renderers.get(key)
        if known is None:
            made = self._typesetter.get(symbol, px)
            known = QSvgRenderer(QByteArray(made.svg(color) if made is not None else b""))
            self._renderers[key] = known
            while len(self._renderers) > _MOST_RENDERERS:
                self._renderers.popitem(last=False)
        else:
            self._renderers.move_to_end(key)
        return known

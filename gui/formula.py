"""The heading over the graph: the formula, the last operation in numbers, and sympy's derivatives beside autograd's."""

from __future__ import annotations

import math
from collections import OrderedDict

from PySide6.QtCore import QByteArray, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetricsF,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QWidget

from engine.calculus import Derivative
from engine.formula import Formula, FormulaLine, formula
from engine.recording import Recording
from gui.calculus_thread import CalculusThread
from gui.numbers import short
from gui.session import Session
from gui.theme import ThemeManager, math_font, ui_font
from gui.typesetter import Typesetter, plain_math

HEAD_PX, LINE_PX, DERIVATIVE_PX, LEAST_PX = 30.0, 19.0, 16.0, 16.0
MOST_DERIVATIVES = 4
_EQUALS_SPACE = 0.4
"""From the end of the left side to the equals sign, in em."""
MARGIN = 4
"""Round what is shown, in px; leaves room for the focus ring."""
_GAP = 8.0
_WORD_GAP = 6.0
_COLUMN_GAP = 12.0

Piece = tuple[str, str, float, bool, float]
"""Text, colour token, font size in px, whether in the mathematical font, space after it in px."""


class FormulaHeading(QWidget):
    """Overlay for the graph: transparent, as large as what it says and ``MARGIN`` around it, never wider than ``fit`` allows.

    ``stop`` ends its thread and must be called before it is deleted.

    Signals
    -------
    resized(QSize)
        What it shows takes another size (0 × 0 when there is nothing to say).
    """

    resized = Signal(QSize)

    def __init__(self, session: Session, theme: ThemeManager, typesetter: Typesetter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._typesetter = typesetter
        self._formula: Formula | None = None
        self._derivatives: tuple[Derivative, ...] = ()
        self._more = 0
        self._by_key = False
        self._width = 640
        self._size = QSize(0, 0)
        self._renderers: OrderedDict[tuple[str, float, str], QSvgRenderer] = OrderedDict()
        self._calculus = CalculusThread()
        self._calculus.done.connect(self._differentiated)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("formula")
        self._add_actions()
        session.recording_changed.connect(self._recording_changed)
        typesetter.ready.connect(self._typeset)
        theme.changed.connect(self._restyle)
        self._recording_changed()

    def _add_actions(self) -> None:
        for title, slot, keys in (("Copy as LaTeX", self.copy_latex, True), ("Copy as text", self.copy_text, False)):
            action = QAction(title, self)
            action.triggered.connect(slot)
            if keys:
                action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.addAction(action)

    # What to say -------------------------------------------------------------------------------------------------

    @Slot()
    def _recording_changed(self) -> None:
        recording = self._session.recording
        before = self._formula
        self._formula = formula(recording) if recording is not None else None
        same = before is not None and self._formula is not None and before.key == self._formula.key
        if not same:
            self._derivatives, self._more = (), 0
        if recording is not None and recording.passes and self._formula is not None and self._formula.lines:
            if not self._calculus.isRunning():
                self._calculus.start()
            self._calculus.put(recording)
        else:
            self._derivatives, self._more = (), 0
        self._refresh()

    @Slot(object, object)
    def _differentiated(self, recording: Recording, found: tuple[Derivative, ...]) -> None:
        shown = self._session.recording
        if shown is None or self._formula is None:
            return
        # A drag makes recordings faster than they can be differentiated: an older one of the same structure will do for a frame.
        if recording is not shown and formula(recording).key != self._formula.key:
            return
        useful = [item for item in found if item.symbolic_value is not None or item.recorded is not None]
        self._derivatives = tuple(useful[:MOST_DERIVATIVES])
        self._more = len(useful) - len(self._derivatives)
        self._refresh()

    @Slot(str, float)
    def _typeset(self, latex: str, px: float) -> None:
        self._refresh()

    @Slot()
    def _restyle(self) -> None:
        self._renderers.clear()
        self._refresh()

    def _refresh(self) -> None:
        box = self._layout(None)
        around = 2 * MARGIN if box.height() else 0
        size = QSize(math.ceil(box.width()) + around, math.ceil(box.height()) + around)
        text = self.plain_text()
        self.setAccessibleName(text or "no formula")
        self.setToolTip(text)
        if size != self._size:
            self._size = size
            self.resize(size)
            self.updateGeometry()
            self.resized.emit(size)
        self.update()

    def sizeHint(self) -> QSize:
        return self._size

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def fit(self, width: int) -> None:
        """Never be wider than ``width`` px, and never narrower than 80."""
        width = max(80, width - 2 * MARGIN)
        if width != self._width:
            self._width = width
            self._refresh()

    def stop(self) -> None:
        """End the thread; the heading then shows formulas without new derivatives."""
        self._calculus.close()
        self._calculus.wait(5000)

    # As text -----------------------------------------------------------------------------------------------------

    def latex(self) -> str:
        """The formula and its derivatives as LaTeX, one a line."""
        lines = [line.latex for line in self._formula.lines] if self._formula is not None else []
        return "\n".join([*lines, *(item.latex for item in self._derivatives)])

    def plain_text(self) -> str:
        """All that is shown, in words and plain characters."""
        if self._formula is None:
            return ""
        lines = []
        for line in self._formula.lines:
            lines.append(" ".join([plain_math(line.latex), "".join(part.text for part in line.substitution)]).strip())
        if self._formula.note:
            lines.append(self._formula.note)
        for item in self._derivatives:
            numbers = "".join(f" {text}" if text != "✓" else ", equal" for text, *_ in self._numbers(item))
            lines.append(plain_math(item.latex) + numbers)
        if self._more:
            lines.append(f"+ {self._more} more")
        return "\n".join(lines)

    @Slot()
    def copy_latex(self) -> None:
        """Put the LaTeX on the clipboard."""
        QGuiApplication.clipboard().setText(self.latex())

    @Slot()
    def copy_text(self) -> None:
        """Put the plain text on the clipboard."""
        QGuiApplication.clipboard().setText(self.plain_text())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.latex():
            event.ignore()
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.actions())
        where = event.globalPos()
        menu.popup(where if not where.isNull() else self.mapToGlobal(QPoint(MARGIN, self.height())))

    # Drawing -----------------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        reason = Qt.FocusReason
        self._by_key = event.reason() in (reason.TabFocusReason, reason.BacktabFocusReason, reason.ShortcutFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._session.stale:
            painter.setOpacity(0.5)
        painter.translate(MARGIN, MARGIN)
        self._layout(painter)
        painter.translate(-MARGIN, -MARGIN)
        if self.hasFocus() and self._by_key:
            painter.setOpacity(1.0)
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _layout(self, painter: QPainter | None) -> QRectF:
        """Go through all that is shown, drawing it if there is a painter; the rectangle that it takes."""
        box = QRectF(0, 0, 0, 0)
        if self._formula is None:
            return box
        y = 0.0
        for index, line in enumerate(self._formula.lines):
            taken = self._draw_formula(painter, line, y, index == 0)
            box = box.united(taken)
            y = taken.bottom() + (2 if index == 0 else 4)
        if self._formula.note:
            taken = self._draw_pieces(painter, 0, y + 16 * self._theme.scale, [(self._formula.note, "text_3", 13, False, 0)])
            box = box.united(taken)
            y = taken.bottom() + 4
        if self._derivatives:
            box = box.united(self._draw_derivatives(painter, y + _GAP))
        return QRectF(0, 0, min(self._width, box.right() + 2), box.bottom() + 2) if box.height() else box

    def _draw_formula(self, painter: QPainter | None, line: FormulaLine, y: float, head: bool) -> QRectF:
        px = (HEAD_PX if head else LINE_PX) * self._theme.scale
        numbers: list[Piece] = [
            (part.text, "value" if part.role == "value" else "text_2", LINE_PX if head else DERIVATIVE_PX, True, 0)
            for part in line.substitution
        ]
        made = self._typesetter.get(line.latex, px)
        if made is None:
            return QRectF(0, y, 1, px * 38 / 30)
        shrink = min(1.0, self._width / made.size.width())
        if px * shrink < min(LEAST_PX * self._theme.scale, px):
            return self._draw_pieces(painter, 0, y + 18, [("the formula is wider than this panel", "text_3", 13, False, 0)])
        height = max(made.size.height() * shrink, px * 38 / 30 if head else px * 26 / 19)
        top = y + (height - made.size.height() * shrink) / 2
        box = self._draw_svg(painter, line.latex, px, QPointF(0, top), shrink, "text")
        box = box.united(QRectF(0, y, 1, height))
        if not numbers:
            return box
        if not head:
            baseline = top + made.baseline
            if box.right() + _GAP + self._pieces_width(numbers) <= self._width:
                return box.united(self._draw_pieces(painter, box.right() + _GAP, baseline, numbers))
            return box
        left = self._typesetter.get(line.left, px) if line.left else None
        indent = (left.size.width() - 2 + _EQUALS_SPACE * px) * shrink if left is not None else 0.0
        wide = self._pieces_width(numbers)
        if indent + wide > self._width:
            indent = max(0.0, self._width - wide)
        if wide > self._width:
            numbers = numbers[-2:]
        baseline = box.bottom() + 20 * self._theme.scale
        taken = self._draw_pieces(painter, indent, baseline, numbers)
        return box.united(taken).united(QRectF(0, box.bottom(), 1, 26 * self._theme.scale))

    def _numbers(self, item: Derivative) -> list[Piece]:
        """What stands right of a derivative: sympy's number, autograd's number, and what to think of them."""
        pieces: list[Piece] = []
        if item.symbolic_value is not None:
            pieces.append((f"= {short(item.symbolic_value)}", "text_2", DERIVATIVE_PX, True, _WORD_GAP))
            pieces.append(("sympy", "text_3", 11, False, _COLUMN_GAP))
        if item.recorded is not None:
            pieces.append((short(item.recorded.item()), "grad", DERIVATIVE_PX, True, _WORD_GAP))
            pieces.append(("autograd", "text_3", 11, False, _COLUMN_GAP))
        if not item.applies:
            pieces.append((f"not compared: {item.why_not}", "text_3", 12, False, 0))
        elif item.agrees is True:
            pieces.append(("✓", "text_3", 12, False, 0))
        elif item.agrees is False:
            pieces.append(("the two differ", "error", 12, False, 0))
        return pieces

    def _draw_derivatives(self, painter: QPainter | None, y: float) -> QRectF:
        px = DERIVATIVE_PX * self._theme.scale
        box = QRectF(0, y, 1, 1)
        made = [self._typesetter.get(item.latex, px) for item in self._derivatives]
        fitting = [one.size.width() for one in made if one is not None and one.size.width() <= 0.6 * self._width]
        column = max(fitting, default=0.0)
        for item, one in zip(self._derivatives, made, strict=True):
            if one is None:
                y += 36 * self._theme.scale
                box = box.united(QRectF(0, y, 1, 1))
                continue
            shrink = min(1.0, self._width / one.size.width())
            taken = self._draw_svg(painter, item.latex, px, QPointF(0, y), shrink, "text")
            pieces = self._numbers(item)
            start = max(taken.right(), column if taken.width() <= column else 0.0) + _GAP
            baseline = y + one.baseline * shrink
            if start + self._pieces_width(pieces) > self._width:
                start, baseline = 2 * _GAP, taken.bottom() + 16 * self._theme.scale
            taken = taken.united(self._draw_pieces(painter, start, baseline, pieces))
            box = box.united(taken)
            y = taken.bottom() + 8
        if self._more:
            more: list[Piece] = [(f"+ {self._more} more", "text_3", 12, False, 0)]
            box = box.united(self._draw_pieces(painter, 0, y + 14 * self._theme.scale, more))
        return box

    def _font_of(self, piece: Piece) -> QFontMetricsF:
        px = piece[2] * self._theme.scale
        return QFontMetricsF(math_font(px) if piece[3] else ui_font(px))

    def _pieces_width(self, pieces: list[Piece]) -> float:
        return sum(self._font_of(piece).horizontalAdvance(piece[0]) + piece[4] for piece in pieces)

    def _draw_pieces(self, painter: QPainter | None, x: float, baseline: float, pieces: list[Piece]) -> QRectF:
        """Texts one after another on a baseline; what does not fit is elided."""
        box = QRectF(x, baseline - 1, 1, 1)
        for piece in pieces:
            metrics = self._font_of(piece)
            text = piece[0]
            if x + metrics.horizontalAdvance(text) > self._width + 1:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, self._width - x))
            width = metrics.horizontalAdvance(text)
            if painter is not None:
                px = piece[2] * self._theme.scale
                painter.setFont(math_font(px) if piece[3] else ui_font(px))
                painter.setPen(self._theme.color(piece[1]))
                painter.drawText(QPointF(x, baseline), text)
            # The mathematical font's own ascent leaves room for integrals; a text takes its size.
            height = piece[2] * self._theme.scale
            box = box.united(QRectF(x, baseline - 0.8 * height, width, 1.1 * height))
            x += width + piece[4]
        return box

    def _draw_svg(
        self, painter: QPainter | None, latex: str, px: float, at: QPointF, shrink: float, token: str
    ) -> QRectF:
        made = self._typesetter.get(latex, px)
        if made is None:
            return QRectF(at.x(), at.y(), 1, 1)
        place = QRectF(at, made.size * shrink)
        if painter is not None:
            self._renderer(latex, px, self._theme.color(token)).render(painter, place)
        return place

    def _renderer(self, latex: str, px: float, color: QColor) -> QSvgRenderer:
        key = (latex, px, color.name())
        known = self._renderers.get(key)
        if known is None:
            made = self._typesetter.get(latex, px)
            known = QSvgRenderer(QByteArray(made.svg(color) if made is not None else b""))
            self._renderers[key] = known
            while len(self._renderers) > 24:
                self._renderers.popitem(last=False)
        else:
            self._renderers.move_to_end(key)
        return known

"""The heading over the graph: the formula, the last operation in numbers, and sympy's derivatives beside autograd's."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QByteArray, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QWidget

from engine.explain.formula.calculus import Derivative
from engine.explain.formula.formula import Formula, FormulaLine, formula
from engine.explain.formula.substitution import SubstitutionPart
from engine.mathematics.expression import Expression
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.formula.pieces import (
    DERIVATIVE_PX,
    DOTS,
    Piece,
    arrivals,
    derivative_pieces,
    draw_pieces,
    known_from,
    pieces_width,
)
from gui.session.session import Session
from gui.work.calculus import Calculus
from gui.work.typesetter import Typesetter

HEAD_PX, LINE_PX, LEAST_PX = 30.0, 19.0, 16.0
MOST_DERIVATIVES = 4
_EQUALS_SPACE = 0.4
"""From the end of the left side to the equals sign, in em."""
_WIDTH_STEP = 32
MARGIN = 4
"""Round what is shown, in px; leaves room for the focus ring."""
_GAP = 8.0


class FormulaHeading(QWidget):
    """Overlay for the graph: transparent, as large as what it says and ``MARGIN`` around it, never wider than ``fit`` allows.

    ``stop`` ends its thread and must be called before it is deleted.

    Signals
    -------
    resized(QSize)
        What it shows takes another size (0 × 0 when there is nothing to say).
    crashed(str traceback)
        A fault of ours while it differentiated.
    """

    resized = Signal(QSize)
    crashed = Signal(str)

    def __init__(self, session: Session, theme: ThemeManager, typesetter: Typesetter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._typesetter = typesetter
        self._formula: Formula | None = None
        self._derivatives: tuple[Derivative, ...] = ()
        self._more = 0
        self._values_from: dict[int, int] = {}
        """From which cursor on each value in the formula's numbers is known."""
        self._arrivals: tuple[int, ...] = ()
        """From which cursor on autograd's number of each derivative is known."""
        self._said: tuple[object, ...] = ()
        self._by_key = False
        self._covered = False
        self._width = 640
        self._sizes = QSize(0, 0), QSize(0, 0)
        """With all that it has to say, and without the derivatives."""
        self._brief = False
        self._renderers: OrderedDict[tuple[Expression, float, str], QSvgRenderer] = OrderedDict()
        self._calculus = Calculus(self)
        self._calculus.done.connect(self._differentiated)
        self._calculus.crashed.connect(self.crashed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("formula")
        self._add_actions()
        session.recording_changed.connect(self._recording_changed)
        session.cursor_changed.connect(self._cursor_changed)
        session.cursor_changed.connect(self._cover)
        session.guess_changed.connect(self._cover)
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
        self._values_from = {}
        if recording is not None and self._formula is not None and self._formula.lines:
            self._values_from = known_from(recording, self._formula)
        same = before is not None and self._formula is not None and before.key == self._formula.key
        if not same:
            self._derivatives, self._more = (), 0
        if recording is not None and recording.passes and self._formula is not None and self._formula.lines:
            self._calculus.put(recording)
        else:
            self._derivatives, self._more = (), 0
        self._refresh()

    @Slot()
    def _cover(self) -> None:
        """While gradients are guessed, sympy's numbers too are kept back until autograd's have arrived."""
        if self._covers() != self._covered:
            self._refresh()

    def _covers(self) -> bool:
        session = self._session
        return session.guessing and session.recording is not None and session.cursor < session.recording.end

    @Slot()
    def _cursor_changed(self) -> None:
        cursor = self._session.cursor
        said = ([cursor >= first for first in self._values_from.values()], [cursor >= first for first in self._arrivals])
        if said != self._said:
            self._said = said
            self._refresh()

    def _known(self, part: SubstitutionPart) -> bool:
        """Whether the program has computed it at the cursor."""
        return part.value is None or self._session.cursor >= self._values_from.get(part.value, 0)

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
        self._arrivals = arrivals(recording, self._derivatives)
        self._refresh()

    @Slot(object, float)
    def _typeset(self, symbol: Expression, px: float) -> None:
        self._refresh()

    @Slot()
    def _restyle(self) -> None:
        self._renderers.clear()
        self._refresh()

    def _refresh(self) -> None:
        self._covered = self._covers()
        sizes = self._measure(brief=False), self._measure(brief=True)
        text = self.plain_text()
        self.setAccessibleName(text or "no formula")
        self.setToolTip(text)
        if sizes != self._sizes:
            self._sizes = sizes
            self.resize(self.sizeHint())
            self.updateGeometry()
            self.resized.emit(self.sizeHint())
        self.update()

    def _measure(self, *, brief: bool) -> QSize:
        box = self._layout(None, brief)
        around = 2 * MARGIN if box.height() else 0
        # In steps, so that a number that gains a digit under a slider does not set everything around it in motion.
        width = min(math.ceil(box.width() / _WIDTH_STEP) * _WIDTH_STEP, math.ceil(max(box.width(), self._width)))
        return QSize(width + around, math.ceil(box.height()) + around)

    def sizeHint(self) -> QSize:
        return self.size_of(self._brief)

    def size_of(self, brief: bool) -> QSize:
        """Px that it takes; ``brief`` without the derivatives, which it counts then."""
        return self._sizes[brief]

    def show_brief(self, brief: bool) -> None:
        """Leave the derivatives out, or show them again; the tooltip has them always."""
        if brief != self._brief:
            self._brief = brief
            self.resize(self.sizeHint())
            self.update()

    @property
    def outline(self) -> tuple[object, ...]:
        """The same while only numbers change: the formula, and how much of it and of its derivatives there is by now."""
        made = self._formula is not None and all(
            self._typesetter.get(line.symbol, (LINE_PX if at else HEAD_PX) * self._theme.scale) is not None
            for at, line in enumerate(self._formula.lines)
        )
        ready = [self._typesetter.get(item.symbol, DERIVATIVE_PX * self._theme.scale) is not None for item in self._derivatives]
        return (None if self._formula is None else self._formula.key, made, bool(ready), all(ready), self._width)

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

    @property
    def only_note(self) -> bool:
        """Whether there is no formula, only why there is none."""
        return self._formula is not None and not self._formula.lines

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
            numbers = "".join(part.text if self._known(part) else DOTS for part in line.substitution)
            lines.append(" ".join([line.symbol.to_plain(), numbers]).strip())
        if self._formula.note:
            lines.append(self._formula.note)
        for index, item in enumerate(self._derivatives):
            numbers = "".join(f" {piece.text}" if piece.text != "✓" else ", equal" for piece in self._shown_numbers(index))
            lines.append(item.symbol.to_plain() + numbers)
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
        self._layout(painter, self._brief)
        painter.translate(-MARGIN, -MARGIN)
        if self.hasFocus() and self._by_key:
            painter.setOpacity(1.0)
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Meanwhile it is as large as all that it has to say, and can be rendered elsewhere."""
        brief = self._brief
        self._brief = False
        self.resize(self.sizeHint())
        try:
            yield
        finally:
            self._brief = brief
            self.resize(self.sizeHint())

    def _layout(self, painter: QPainter | None, brief: bool) -> QRectF:
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
            taken = self._draw_pieces(painter, 0, y + 16 * self._theme.scale, [Piece(self._formula.note, "text_3", 13, False, 0)])
            box = box.united(taken)
            y = taken.bottom() + 4
        count = len(self._derivatives) + self._more
        if self._derivatives and brief:
            left_out = Piece(f"+ {count} derivative{'s' if count > 1 else ''}", "text_3", 12, False, 0)
            box = box.united(self._draw_pieces(painter, 0, y + 14 * self._theme.scale, [left_out]))
        elif self._derivatives:
            box = box.united(self._draw_derivatives(painter, y + _GAP))
        return QRectF(0, 0, min(self._width, box.right() + 2), box.bottom() + 2) if box.height() else box

    def _draw_formula(self, painter: QPainter | None, line: FormulaLine, y: float, head: bool) -> QRectF:
        px = (HEAD_PX if head else LINE_PX) * self._theme.scale
        numbers = [
            Piece(
                part.text,
                "value" if part.role == "value" else "text_2",
                LINE_PX if head else DERIVATIVE_PX,
                True,
                0,
                not self._known(part),
            )
            for part in line.substitution
        ]
        made = self._typesetter.get(line.symbol, px)
        if made is None:
            return QRectF(0, y, 1, px * 38 / 30)
        shrink = min(1.0, self._width / made.size.width())
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
            if box.right() + _GAP + self._wide(numbers) <= self._width:
                return box.united(self._draw_pieces(painter, box.right() + _GAP, baseline, numbers))
            return box
        left = self._typesetter.get(line.left, px) if line.left is not None else None
        indent = (left.size.width() - 2 + _EQUALS_SPACE * px) * shrink if left is not None else 0.0
        wide = self._wide(numbers)
        if indent + wide > self._width:
            indent = max(0.0, self._width - wide)
        if wide > self._width:
            numbers = numbers[-2:]
        baseline = box.bottom() + 20 * self._theme.scale
        taken = self._draw_pieces(painter, indent, baseline, numbers)
        return box.united(taken).united(QRectF(0, box.bottom(), 1, 26 * self._theme.scale))

    def _shown_numbers(self, index: int) -> list[Piece]:
        """What stands right of a derivative at the cursor."""
        if self._covered and self._session.cursor < self._arrivals[index]:
            return []
        return derivative_pieces(self._derivatives[index], self._session.cursor >= self._arrivals[index])

    def _draw_derivatives(self, painter: QPainter | None, y: float) -> QRectF:
        px = DERIVATIVE_PX * self._theme.scale
        box = QRectF(0, y, 1, 1)
        made = [self._typesetter.get(item.symbol, px) for item in self._derivatives]
        fitting = [one.size.width() for one in made if one is not None and one.size.width() <= 0.6 * self._width]
        column = max(fitting, default=0.0)
        for index, (item, one) in enumerate(zip(self._derivatives, made, strict=True)):
            if one is None:
                y += 36 * self._theme.scale
                box = box.united(QRectF(0, y, 1, 1))
                continue
            shrink = min(1.0, self._width / one.size.width())
            taken = self._draw_svg(painter, item.symbol, px, QPointF(0, y), shrink, "text")
            # As large as it can get, so that no step moves the cards below it.
            variants = [derivative_pieces(item, arrived) for arrived in (True, False)]
            wide = max(self._wide(pieces) for pieces in variants)
            start = max(taken.right(), column if taken.width() <= column else 0.0) + _GAP
            baseline = y + one.baseline * shrink
            if start + wide > self._width:
                start, baseline = 2 * _GAP, taken.bottom() + 16 * self._theme.scale
            for pieces in variants:
                taken = taken.united(self._draw_pieces(None, start, baseline, pieces))
            if painter is not None:
                self._draw_pieces(painter, start, baseline, self._shown_numbers(index))
            box = box.united(taken)
            y = taken.bottom() + 8
        if self._more:
            more = [Piece(f"+ {self._more} more", "text_3", 12, False, 0)]
            box = box.united(self._draw_pieces(painter, 0, y + 14 * self._theme.scale, more))
        return box

    def _wide(self, pieces: list[Piece]) -> float:
        return pieces_width(pieces, self._theme.scale)

    def _draw_pieces(self, painter: QPainter | None, x: float, baseline: float, pieces: list[Piece]) -> QRectF:
        return draw_pieces(painter, self._theme, QPointF(x, baseline), pieces, self._width)

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
            while len(self._renderers) > 24:
                self._renderers.popitem(last=False)
        else:
            self._renderers.move_to_end(key)
        return known

"""A text view with line numbers and marks: what the editor looks like, apart from what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QMargins, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QTextBlock
from PySide6.QtWidgets import QScrollBar, QTextEdit

from engine.errors import ProgramError
from engine.tables import Span
from gui.look.style import selection_color
from gui.look.theme import ThemeManager, ui_font
from gui.panels.code.editor import keys
from gui.panels.code.editor.document import LINE_HEIGHT, CodeDocument
from gui.panels.code.editor.gutter import Gutter, Lines, first_block_cursor
from gui.panels.code.editor.marks import Marks, paint_behind, paint_over, problem_cursors, select, span_cursor
from gui.panels.code.editor.positions import position
from gui.panels.code.editor.spacing import Spacing

_BAR = 8
"""Height of the horizontal scroll bar, which lies over the margin below the text."""


def _never(_undo: bool) -> bool:
    return False


class CodeView(Lines):
    """Shows a CodeDocument with gutter, marks, matching brackets and focus ring.

    Signals
    -------
    height_changed()
        The content needs another height: see ``content_height``.
    line_clicked(int)
        The number of a line (from 1) was clicked.
    resized()
        Its size changed, and its contents are laid out for the new one.
    """

    height_changed = Signal()
    line_clicked = Signal(int)
    resized = Signal()

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self.theme = theme
        self.marks = Marks()
        self.training_turns: Callable[[bool], bool] = _never
        """Whether the training's code can be undone, or else done again: its document keeps no history of its own."""
        self._focus_ring = False
        self._height = 0
        self.spacing = Spacing(self)
        self.spacing.settled.connect(self.measure)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.setAcceptRichText(False)
        self.setFrameStyle(0)
        self.viewport().setAutoFillBackground(False)
        # Qt's own bar would take room as soon as one line is too long, and move everything below while someone is typing.
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._bar = QScrollBar(Qt.Orientation.Horizontal, self)
        self._bar.hide()
        self._bar.valueChanged.connect(self.horizontalScrollBar().setValue)
        self.horizontalScrollBar().valueChanged.connect(self._bar.setValue)
        self._gutter = Gutter(self)
        self._gutter.line_clicked.connect(self.line_clicked)
        self.setDocument(CodeDocument(theme, self))
        self.document().documentLayout().documentSizeChanged.connect(self.measure)
        self.cursorPositionChanged.connect(self._caret_moved)
        self.verticalScrollBar().valueChanged.connect(self._gutter.update)
        self.horizontalScrollBar().rangeChanged.connect(self.measure)
        theme.changed.connect(self.restyle)
        self.restyle()

    @property
    def code(self) -> CodeDocument:
        """The document that is shown."""
        shown = self.document()
        assert isinstance(shown, CodeDocument)
        return shown

    def show_document(self, shown: CodeDocument) -> None:
        """Show another document where it was left; the one shown stays alive."""
        leaving = self.code
        leaving.caret = self.textCursor()
        leaving.scroll = (self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        leaving.documentLayout().documentSizeChanged.disconnect(self.measure)
        self.spacing.end_typing()
        self.marks = Marks()
        caret, (across, down) = shown.caret, shown.scroll
        self.setDocument(shown)
        self.setTextCursor(caret)
        shown.restyle()
        shown.documentLayout().documentSizeChanged.connect(self.measure)
        self.horizontalScrollBar().setValue(across)
        self.verticalScrollBar().setValue(down)
        self.measure()

    # Marks -------------------------------------------------------------------------------------------------------

    def mark_line(self, line: int, phase: str | None) -> None:
        """Tint ``line`` (from 1) in the colour of ``phase`` (forward, backward, update, zero); None takes the mark away."""
        self.marks.line = None if phase is None else (select(self.code, *[position(self.code, line, 1)] * 2), phase)
        self._repaint()

    def mark_next(self, line: int, phase: str | None) -> None:
        """Give ``line`` (from 1) the bar of ``phase`` and the word 'next', without a tint; None takes the mark away."""
        self.marks.next = None if phase is None else (select(self.code, *[position(self.code, line, 1)] * 2), phase)
        self._repaint()

    def mark_span(self, span: Span | None, phase: str | None) -> None:
        """Frame an operation's text in the colour of ``phase``; None takes the mark away."""
        self.marks.span = None if span is None or phase is None else (span_cursor(self.code, span), phase)
        self._repaint()

    def mark_hover(self, span: Span | None) -> None:
        """Frame the text that belongs to what the mouse rests on elsewhere; None takes the mark away."""
        if span is not None or self.marks.hover is not None:
            self.marks.hover = None if span is None else span_cursor(self.code, span)
            self._repaint()

    def mark_problem(self, problem: ProgramError | None) -> None:
        """Underline the text that ``problem`` is about, with its icon in the gutter; None takes the mark away."""
        self.marks.problem = self.marks.token = None
        if problem is not None:
            self.marks.problem, self.marks.token = problem_cursors(self.code, problem)
        self._repaint()

    def _repaint(self) -> None:
        self.viewport().update()
        self._gutter.update()

    # Size and painting -------------------------------------------------------------------------------------------

    def content_height(self) -> int:
        """Pixels that all lines take, with room below them for the horizontal scroll bar, whether one is needed or not."""
        return round(self.document().size().height()) + _BAR // 2

    def _place_bar(self) -> None:
        own, area = self.horizontalScrollBar(), self.contentsRect()
        self._bar.setRange(own.minimum(), own.maximum())
        self._bar.setPageStep(own.pageStep())
        self._bar.setSingleStep(own.singleStep())
        self._bar.setValue(own.value())
        left = self._gutter.needed_width()
        self._bar.setGeometry(area.left() + left, area.bottom() + 1 - _BAR, area.width() - left, _BAR)
        self._bar.setVisible(own.maximum() > 0)

    @Slot()
    def measure(self) -> None:
        """Fit the gutter to the line numbers and emit ``height_changed`` if the height changed."""
        width = self._gutter.needed_width()
        # Where all lines are in view the bar lies over the room below them.
        barred = self.horizontalScrollBar().maximum() > 0 and self.content_height() > self.height()
        margins = QMargins(width, 0, 0, _BAR if barred else 0)
        if self.viewportMargins() != margins:
            self.setViewportMargins(margins)
        self._place_gutter()
        self.spacing.fit(self.code, self.viewport().width())
        self._place_bar()
        height = self.content_height()
        if height != self._height:
            self._height = height
            self.height_changed.emit()
        self._repaint()

    def _place_gutter(self) -> None:
        area = self.contentsRect()
        self._gutter.setGeometry(QRect(area.left(), area.top(), self._gutter.needed_width(), area.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.measure()
        self.resized.emit()

    def _to_viewport(self) -> QPointF:
        return QPointF(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())

    def visible_lines(self) -> Iterator[tuple[QTextBlock, float, float]]:
        """Each line that can be seen: its block, top and height in pixels of the viewport."""
        height = LINE_HEIGHT * self.theme.scale
        block = first_block_cursor(self).block()
        layout, shift = self.code.documentLayout(), self._to_viewport()
        while block.isValid():
            # Asking for the rectangle lays the block out; before that it may have no line at all, and Qt reads one regardless.
            top = layout.blockBoundingRect(block).top() + shift.y()
            line = block.layout().lineAt(0) if block.layout().lineCount() else None
            middle = top + (height / 2 if line is None else line.y() + line.height() / 2)
            if middle - height / 2 > self.viewport().height():
                return
            yield block, round(middle - height / 2), round(height)
            block = block.next()

    def show_line(self, line: int) -> tuple[int, int]:
        """Scroll as little as needed for ``line`` (from 1) and half a line around it; its top and bottom in pixels then."""
        block = self.code.findBlockByNumber(line - 1)
        place = self.code.documentLayout().blockBoundingRect(block)
        spare = LINE_HEIGHT * self.theme.scale / 2
        bar, height = self.verticalScrollBar(), self.viewport().height()
        top, bottom = place.top() - spare, place.bottom() + spare
        bar.setValue(round(max(min(bar.value(), top), bottom - height)))
        return round(place.top()) - bar.value(), round(place.bottom()) - bar.value()

    def paintEvent(self, event: QPaintEvent) -> None:
        shift, area = self._to_viewport(), self.viewport().rect()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(area, self.theme.color("surface"))
        for block, top, height in self.visible_lines():
            tint = self.marks.tint_of(block)
            if tint is not None:
                painter.fillRect(QRectF(0, top, area.width(), height), self.theme.color(tint[0]))
        paint_behind(painter, self.marks, self.theme, shift)
        painter.end()
        super().paintEvent(event)
        painter.begin(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_over(painter, self.marks, self.theme, shift)
        self._paint_next(painter, shift)
        if self._focus_ring and self.hasFocus():
            painter.setPen(QPen(self.theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _paint_next(self, painter: QPainter, shift: QPointF) -> None:
        """The word 'next' behind the text of the line that runs next, where there is room for it."""
        if self.marks.next is None or self.marks.next_bar_of(block := self.marks.next[0].block()) is None:
            return
        place = next((item for item in self.visible_lines() if item[0] == block), None)
        line = block.layout().lineAt(0) if block.layout().lineCount() else None
        if place is None or line is None:
            return
        painter.setFont(ui_font(11 * self.theme.scale))
        left = self.code.documentLayout().blockBoundingRect(block).left() + line.naturalTextRect().right() + shift.x() + 12
        if left + painter.fontMetrics().horizontalAdvance("next") <= self.viewport().width() - 8:
            painter.setPen(self.theme.color("text_2"))
            painter.drawText(QRectF(left, place[1], 80, place[2]), Qt.AlignmentFlag.AlignVCenter, "next")

    @Slot()
    def restyle(self) -> None:
        """Take colours and font scale from the theme again."""
        self.code.restyle()
        self.setStyleSheet(
            "QTextEdit { background: transparent; border: none; "
            f"color: {self.theme.hex('text')}; selection-background-color: {selection_color(self.theme.current).name()}; "
            f"selection-color: {self.theme.hex('text')}; }}"
        )
        self._caret_moved()
        self.measure()

    @Slot()
    def _caret_moved(self) -> None:
        pair = keys.bracket_pair(self.textCursor()) if self.hasFocus() else None
        shown = []
        for at in pair or ():
            extra = QTextEdit.ExtraSelection()
            extra.cursor = select(self.code, at, at + 1)
            extra.format.setBackground(self.theme.color("pressed"))
            shown.append(extra)
        self.setExtraSelections(shown)
        self._gutter.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = Qt.FocusReason
        self._focus_ring = event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason, reasons.ShortcutFocusReason)
        super().focusInEvent(event)
        self._caret_moved()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._caret_moved()

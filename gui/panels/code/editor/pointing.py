"""Which place in the text the mouse rests on or clicks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QTextLine

from gui.panels.code.editor.positions import characters
from gui.panels.code.editor.view import CodeView


class Pointing(QObject):
    """Watches the mouse over an editor's text; places are lines and columns from 1, in characters.

    Signals
    -------
    rested(int, int)
        The mouse is over this character now; (0, 0) when it is over none.
    clicked(int, int)
        A place was clicked, with Ctrl or in a text that cannot be edited, and nothing was selected. Beside the text the column is
        0.
    """

    rested = Signal(int, int)
    clicked = Signal(int, int)

    def __init__(self, editor: CodeView) -> None:
        super().__init__(editor)
        self._editor = editor
        self._last = (0, 0)
        self._pressed: QPointF | None = None
        editor.viewport().setMouseTracking(True)
        editor.viewport().installEventFilter(self)

    def place_at(self, point: QPointF) -> tuple[int, int]:
        """The line and the column at ``point`` of the viewport; 0 where there is none."""
        editor = self._editor
        across = editor.horizontalScrollBar().value()
        for block, top, height in editor.visible_lines():
            if not top <= point.y() < top + height:
                continue
            if not block.layout().lineCount():
                return block.blockNumber() + 1, 0
            line = block.layout().lineAt(0)
            x = point.x() + across - editor.code.documentLayout().blockBoundingRect(block).left() - line.x()
            number = block.blockNumber() + 1
            if not 0 <= x < line.naturalTextWidth():
                return number, 0
            found = line.xToCursor(x, QTextLine.CursorPosition.CursorOnCharacter)
            return number, characters(block.text(), int(found)) + 1
        return 0, 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Leave:
            self._rest(0, 0)
        elif isinstance(event, QMouseEvent):
            if kind == QEvent.Type.MouseMove and event.buttons() == Qt.MouseButton.NoButton:
                line, column = self.place_at(event.position())
                self._rest(line if column else 0, column)
            elif kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self._pressed = event.position() if control or self._editor.isReadOnly() else None
                # The caret stays where one types.
                return control
            elif kind == QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.LeftButton:
                self._release(event.position())
        return super().eventFilter(watched, event)

    def _rest(self, line: int, column: int) -> None:
        if (line, column) != self._last:
            self._last = (line, column)
            self.rested.emit(line, column)

    def _release(self, point: QPointF) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or (point - pressed).manhattanLength() > 3:
            return
        line, column = self.place_at(point)
        if line:
            self.clicked.emit(line, column)

"""Says, where someone is typing, that the text cannot be edited."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QLabel

from gui.look.theme import ThemeManager, ui_font
from gui.panels.code.editor.editor import CodeEditor

SHOWN_MS = 5000


class ReadOnlyNote(QLabel):
    """A small box below the caret that disappears by itself."""

    def __init__(self, theme: ThemeManager, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._theme, self._editor = theme, editor
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setContentsMargins(10, 6, 10, 6)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(SHOWN_MS)
        self._wait.timeout.connect(self.hide)
        editor.typed_in_vain.connect(self.say)
        editor.textChanged.connect(self.hide)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot(str)
    def say(self, help: str) -> None:
        """Show the sentence of ``help`` that says why."""
        self.setText(f"Read-only. {help.split('. ')[0]}.")
        area, caret = self._editor.viewport().geometry(), self._editor.cursorRect()
        self.setFixedWidth(min(300, area.width() - 16))
        self.setFixedHeight(self.heightForWidth(self.width()))
        below = area.top() + caret.bottom() + 4
        above = area.top() + caret.top() - 4 - self.height()
        y = below if below + self.height() <= area.bottom() or above < area.top() else above
        x = min(area.left() + max(0, caret.left()), area.right() - self.width() - 8)
        self.move(QPoint(max(area.left(), x), max(0, min(y, area.bottom() - self.height()))))
        self.show()
        self.raise_()
        self._wait.start()
        self.setAccessibleName(self.text())
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    @Slot()
    def restyle(self) -> None:
        """Take colours and font scale from the theme again."""
        self.setFont(ui_font(12 * self._theme.scale))
        self.setStyleSheet(
            f"QLabel {{ background: {self._theme.hex('surface')}; color: {self._theme.hex('text')}; "
            f"border: 1px solid {self._theme.hex('line_strong')}; border-radius: 6px; }}"
        )

"""The bar of the search: field, how many were found, buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from gui.look.style import control_height
from gui.look.theme import ThemeManager, ui_font
from gui.panels.search.words import PLACEHOLDER, SYNTAX
from gui.widgets import IconButton

_PAD = 6
_Key = Qt.Key
_ROWS = {_Key.Key_Up: -1, _Key.Key_Down: 1, _Key.Key_PageUp: -7, _Key.Key_PageDown: 7}


class SearchField(QLineEdit):
    """The text of the search. Keys that it has no use for go no further: the graph must not step meanwhile.

    Signals
    -------
    go(int)
        Enter: to the next hit (1) or with Shift to the previous one (-1).
    moved(int)
        An arrow up or down, or a page key: move by this many rows.
    """

    go = Signal(int)
    moved = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == _Key.Key_Escape:
            event.ignore()
            return
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in (_Key.Key_Return, _Key.Key_Enter):
            self.go.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif plain and event.key() in _ROWS:
            self.moved.emit(_ROWS[_Key(event.key())])
        else:
            super().keyPressEvent(event)
        event.accept()


class SearchBar(QWidget):
    """``field``, ``count`` and the buttons ``previous``, ``next`` and ``dismiss``."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.field = SearchField(self)
        self.field.setPlaceholderText(PLACEHOLDER)
        self.field.setAccessibleName("Find in graph")
        self.field.setToolTip(SYNTAX)
        self.field.setMinimumWidth(120)
        self.count = QLabel(self)
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.previous = IconButton(theme, "chevron_up", "Previous hit (Shift+F3)", 28, self)
        self.next = IconButton(theme, "chevron_down", "Next hit (F3)", 28, self)
        self.dismiss = IconButton(theme, "close", "Close the search (Esc)", 28, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(_PAD, _PAD, _PAD, _PAD)
        row.setSpacing(2)
        row.addWidget(self.field, 1)
        row.addSpacing(6)
        row.addWidget(self.count)
        row.addSpacing(6)
        for button in (self.previous, self.next, self.dismiss):
            row.addWidget(button)
        self.show_count("", False)
        theme.changed.connect(self.restyle)
        self.restyle()

    def show_count(self, text: str, hits: bool) -> None:
        """Say how many were found; the buttons go through them if there are ``hits``."""
        self.count.setText(text)
        for button in (self.previous, self.next):
            button.setEnabled(hits)

    def announce(self, text: str) -> None:
        """Have a screen reader say ``text``, as the description of the field."""
        self.field.setAccessibleDescription(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self.field, QAccessible.Event.DescriptionChanged))

    @Slot()
    def restyle(self) -> None:
        scale = self._theme.scale
        self.count.setFont(ui_font(12 * scale))
        self.count.setMinimumWidth(self.count.fontMetrics().horizontalAdvance("nothing found"))
        tint = self.count.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
        self.count.setPalette(tint)
        self.setFixedHeight(control_height(28, scale) + 2 * _PAD)

"""A sentence where it belongs: why a value was refused, or what else a choice changed."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy

from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import paint_icon

ICON, GAP = 14, 6


class Said(QLabel):
    """Hidden while there is nothing to say; screen readers are told once."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._refused = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setContentsMargins(ICON + GAP, 0, 0, 0)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()
        theme.changed.connect(self.restyle)
        self.restyle()

    def say(self, text: str, *, refused: bool = False) -> None:
        """Show ``text``, or hide if it is empty; ``refused``: it is an error."""
        self._refused = refused
        self.setText(text)
        self.setVisible(bool(text))
        self.restyle()
        if text and self.isVisible():
            self.setAccessibleName(text)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    @property
    def refused(self) -> bool:
        """Whether what is said is an error."""
        return self._refused and bool(self.text())

    @Slot()
    def restyle(self) -> None:
        self.setFont(ui_font(12 * self._theme.scale))
        tint = self.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("error" if self._refused else "text_2"))
        self.setPalette(tint)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        token = "error" if self._refused else "text_2"
        line = self.fontMetrics().height()
        name = "warning" if self._refused else "info"
        paint_icon(painter, name, self._theme.color(token), QRect(0, 0, ICON, line + 2), ICON)
        painter.end()

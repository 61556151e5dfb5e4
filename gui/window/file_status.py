"""A line in the toolbar that says what goes on with files and scripts, with a button to end it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.widgets import IconButton

LEAST = 200
"""Pixels at the usual font size that the line would like to have."""


class _Line(QWidget):
    """One line of text, elided in the middle where it has no room."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._theme.color("text_2"))
        shown = self.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideMiddle, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.end()


class FileStatus(QWidget):
    """Empty while nothing goes on. It takes whatever room there is, and asks for a little of its own only while it has something
    to say.

    Signals
    -------
    end_wanted()
        The button was pressed.
    toggled()
        It became empty, or no longer is.
    """

    toggled = Signal()
    end_wanted = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._line = _Line(theme)
        self.end = IconButton(theme, "stop", "Stop")
        self.end.clicked.connect(self.end_wanted)
        self.end.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._line)
        row.addWidget(self.end)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.restyle)
        self.restyle()

    @property
    def text(self) -> str:
        """What is said."""
        return self._line.text

    @Slot(str, str)
    def show_text(self, text: str, end: str = "") -> None:
        """Say ``text``; ``end`` is what the button does, in words; without it, no button is shown."""
        before, begins = self._line.text, not self._line.text
        self._line.text = text
        self._line.setToolTip(text)
        self._line.updateGeometry()
        self._line.update()
        self.end.setVisible(bool(end))
        self.end.setToolTip(end)
        self.end.setAccessibleName(end)
        self.setAccessibleName(text)
        if bool(before) != bool(text):
            self.updateGeometry()
            self.toggled.emit()
        # A screen reader hears that something begins or is done, not every count of it.
        if text and (begins or not end) and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    @Slot()
    def restyle(self) -> None:
        """Take the font from the theme again."""
        self._line.setFont(ui_font(12 * self._theme.scale))
        self._line.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(round(LEAST * self._theme.scale) if self._line.text else 0, 28)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

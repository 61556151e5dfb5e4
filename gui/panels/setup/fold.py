"""A section that folds: its title and, while it is folded, its content in words."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from gui.look.style import control_height
from gui.look.theme import ThemeManager, ui_font
from gui.panels.setup.said import Said
from gui.widgets import Hairline
from gui.widgets.basic import paint_focus_ring, paint_icon

HEAD, LEFT, RIGHT, ARROW = 32, 10, 16, 20


class _Head(QAbstractButton):
    """Arrow, title and, while it is folded, the words; Space and Return fold and unfold."""

    def __init__(self, title: str, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.words = ""
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        self.setFixedHeight(control_height(HEAD, self._theme.scale))
        self.update()

    def tell(self, words: str) -> None:
        self.words = words
        self.setAccessibleName(f"{self.text()}: {words}" if words else self.text())
        self.setAccessibleDescription("unfolded" if self.isChecked() else "folded")
        self.setToolTip("" if self.isChecked() else words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, control_height(HEAD, self._theme.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, scale = self._theme, self._theme.scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("hover" if self.underMouse() else "surface"))
        arrow = QRect(LEFT - 2, 0, ARROW, self.height())
        paint_icon(painter, "chevron_down" if self.isChecked() else "chevron_right", theme.color("text_3"), arrow, 14)
        title = ui_font(13 * scale, 600)
        painter.setFont(title)
        painter.setPen(theme.color("text"))
        room = self.rect().adjusted(LEFT + ARROW, 0, -RIGHT, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if not self.isChecked():
            small = ui_font(12 * scale)
            metrics = QFontMetrics(small)
            room.setLeft(room.left() + QFontMetrics(title).horizontalAdvance(self.text()) + 12)
            painter.setFont(small)
            painter.setPen(theme.color("text_3"))
            words = metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
        if self.hasFocus():
            paint_focus_ring(painter, QRectF(self.rect()).adjusted(2, 1, -2, -1), theme.color("focus"))
        painter.end()

    def keyPressEvent(self, event: object) -> None:
        if getattr(event, "key", lambda: None)() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]


class Section(QWidget):
    """A head and below it, unless folded, ``body`` and what was said about the last change in it.

    Signals
    -------
    folded(str, bool)
        The user folded the section of this name, or unfolded it.
    """

    folded = Signal(str, bool)

    def __init__(self, name: str, title: str, theme: ThemeManager, body: QWidget) -> None:
        super().__init__()
        self.name = name
        self.head = _Head(title, theme)
        self.body = body
        self.said = Said(theme)
        self._inside = QWidget()
        inside = QVBoxLayout(self._inside)
        inside.setContentsMargins(16, 2, 16, 10)
        inside.setSpacing(6)
        inside.addWidget(body)
        inside.addWidget(self.said)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self._inside)
        layout.addWidget(Hairline(theme))
        self.head.clicked.connect(self._clicked)
        self.set_unfolded(True)

    def set_unfolded(self, unfolded: bool) -> None:
        """Show the body, or only the words."""
        self.head.setChecked(unfolded)
        self._inside.setVisible(unfolded)
        self.head.tell(self.head.words)

    @property
    def unfolded(self) -> bool:
        """Whether the body is shown."""
        return self.head.isChecked()

    @Slot()
    def _clicked(self) -> None:
        self.set_unfolded(self.head.isChecked())
        QAccessible.updateAccessibility(QAccessibleEvent(self.head, QAccessible.Event.NameChanged))
        self.folded.emit(self.name, not self.unfolded)

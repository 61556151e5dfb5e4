"""What stands on the canvas while a large graph is placed: the progress, and a way not to wait for it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from gui.look.theme import ThemeManager, ui_font


class Working(QWidget):
    """``placing 100000 nodes · 40 %`` and Cancel; ``cancel`` is the button."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = QLabel(self)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setToolTip("Show the cards in rows at once")
        self.cancel.setAccessibleName("Cancel the layout")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(16)
        row.addWidget(self._label)
        row.addWidget(self.cancel)
        self.setFixedSize(QSize(340, 48))
        self.hide()
        theme.changed.connect(self.restyle)
        self.restyle()

    def show_share(self, nodes: int, share: float) -> None:
        """``share`` of the work is done, from 0 to 1."""
        text = f"placing {nodes:,} nodes · {round(100 * share)} %"
        self._label.setText(text)
        self.setAccessibleName(text)

    @Slot()
    def restyle(self) -> None:
        self._label.setFont(ui_font(13))
        palette = self._label.palette()
        palette.setColor(self._label.foregroundRole(), self._theme.color("text_2"))
        self._label.setPalette(palette)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line_strong"), 1, Qt.PenStyle.SolidLine))
        painter.setBrush(self._theme.color("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7.5, 7.5)
        painter.end()

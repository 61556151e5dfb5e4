"""What the program printed, under the code."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.widgets.terminal import as_shown

MOST_LINES = 6
"""Lines that are shown before the text scrolls."""


class Output(QWidget):
    """The printed text, to select and copy; hidden while there is none."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._title = QLabel("Output")
        self.view = QPlainTextEdit()
        self.view.setReadOnly(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setTabChangesFocus(True)
        self.view.document().setDocumentMargin(0)
        self.view.setAccessibleName("What the program printed")
        self.view.setToolTip("What print wrote")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self.view)
        self.view.horizontalScrollBar().rangeChanged.connect(self._fit)
        theme.changed.connect(self.restyle)
        self.restyle()
        self.hide()

    def set_text(self, text: str) -> None:
        """Show ``text``, or hide if it is empty."""
        text = as_shown(text).removesuffix("\n")
        if text != self.view.toPlainText():
            self.view.setPlainText(text)
            self._fit()
        self.setVisible(bool(text))

    @Slot()
    def _fit(self) -> None:
        lines = min(MOST_LINES, self.view.blockCount())
        bar = self.view.horizontalScrollBar()
        room = bar.sizeHint().height() if bar.maximum() > 0 else 0
        self.view.setFixedHeight(lines * self.view.fontMetrics().lineSpacing() + room + 2)

    @Slot()
    def restyle(self) -> None:
        """Take colours and font scale from the theme again."""
        scale = self._theme.scale
        self._title.setFont(ui_font(12 * scale, 600))
        self._title.setStyleSheet(f"color: {self._theme.hex('text_2')};")
        self.view.setFont(mono_font(12 * scale))
        self.view.setStyleSheet(f"QPlainTextEdit {{ background: {self._theme.hex('surface')}; border: none; }}")
        self._fit()

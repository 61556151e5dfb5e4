"""Help ▸ About Gradwalk: what it is, and the licence of everything in this copy of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPlainTextEdit, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.widgets import lay_out_dialog, make_button
from gui.window.dialogs.licences import Work, is_bundle, works

ICON = 56
_WHAT = "Walk through the computation graph that PyTorch really built, with every value and gradient."
_BUNDLE = (
    "Gradwalk is under the MIT licence. This copy includes the works below. Qt is used under the LGPL 3: its text, and how to "
    "put another Qt in its place, are in the folder “licences” beside the program."
)
_SOURCE = (
    "Gradwalk is under the MIT licence. It runs from its source, with the works below installed beside it. "
    "Qt is used under the LGPL 3."
)


class AboutDialog(QDialog):
    """A list of works on the left, the terms of the chosen one on the right."""

    def __init__(self, theme: ThemeManager, version: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        scale = theme.scale
        self.setWindowTitle("About Gradwalk")
        self.resize(round(960 * scale), round(600 * scale))
        self._works = works()
        icon = QLabel()
        icon.setPixmap(QGuiApplication.windowIcon().pixmap(QSize(ICON, ICON)))
        icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.title = _label(f"Gradwalk {version}", 20, 600, theme)
        what = _label(_WHAT, 13, 400, theme)
        terms = _label(_BUNDLE if is_bundle() else _SOURCE, 12, 400, theme)
        tint = terms.palette()
        tint.setColor(QPalette.ColorRole.WindowText, theme.color("text_2"))
        terms.setPalette(tint)
        self.heading = _label("Licences", 13, 600, theme)
        self.list = QListWidget()
        self.list.setAccessibleName("Works in this copy")
        self.list.setFixedWidth(round(280 * scale))
        self.list.setFont(ui_font(12 * scale))
        for work in self._works:
            item = QListWidgetItem(f"{work.name} {work.version}".strip())
            item.setToolTip(work.licence)
            self.list.addItem(item)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Terms of the chosen work")
        self.text.setFont(mono_font(11 * scale))
        self.shut = make_button("Close", theme, "primary")
        self.shut.setDefault(True)
        self.shut.clicked.connect(self.accept)
        self.list.currentRowChanged.connect(self._show)
        self._compose(icon, what, terms)
        self.list.setCurrentRow(0)
        self.shut.setFocus()

    def _compose(self, icon: QLabel, what: QLabel, terms: QLabel) -> None:
        words = QVBoxLayout()
        words.setSpacing(4)
        for label in (self.title, what, terms):
            words.addWidget(label)
        head = QHBoxLayout()
        head.setContentsMargins(24, 20, 24, 12)
        head.setSpacing(16)
        head.addWidget(icon)
        head.addLayout(words, 1)
        middle = QHBoxLayout()
        middle.setContentsMargins(24, 0, 24, 12)
        middle.setSpacing(12)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.heading)
        left.addWidget(self.list, 1)
        middle.addLayout(left)
        middle.addWidget(self.text, 1)
        lay_out_dialog(self, self._theme, [(head, 0), (middle, 1)], [self.shut])

    @Slot(int)
    def _show(self, row: int) -> None:
        if 0 <= row < len(self._works):
            self.text.setPlainText(described(self._works[row]))


def described(work: Work) -> str:
    """A work's name, licence, home page and terms."""
    head = [f"{work.name} {work.version}".strip(), work.licence, work.homepage]
    text = work.text or "It has no licence text of its own; its licence is named above."
    return "\n".join([*(line for line in head if line), "", text])


def _label(text: str, px: int, weight: int, theme: ThemeManager) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFont(ui_font(px * theme.scale, weight))
    return label

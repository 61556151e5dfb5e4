"""Says over the training's code that it was written by hand, what follows from that, and leads back to the set-up's."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.widgets import Hairline, make_button

TITLE = "Written by hand"


class ByHandBar(QWidget):
    """Hidden while the code is as the set-up writes it.

    Signals
    -------
    back_wanted()
        The user wants the set-up's code.
    told()
        It says something else.
    allowed()
        The user has looked at code that came with a file: it may run.
    """

    back_wanted = Signal()
    allowed = Signal()
    told = Signal()

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._in_place = self._applies = False
        self.title, self.words = QLabel(TITLE), QLabel()
        for label in (self.title, self.words):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setWordWrap(True)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.back = make_button(
            "Back to the set-up", theme, tooltip="The code that the set-up writes; undo brings this one again"
        )
        self.allow = make_button("Run it", theme, "primary", tooltip="Let this code run, in a process of its own")
        self.back.clicked.connect(self.back_wanted)
        self.allow.clicked.connect(self.allowed)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.allow)
        head.addWidget(self.back)
        texts = QVBoxLayout()
        texts.setContentsMargins(16, 8, 12, 8)
        texts.setSpacing(6)
        texts.addLayout(head)
        texts.addWidget(self.words)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(texts)
        whole.addWidget(Hairline(theme))
        self.setAccessibleName(TITLE)
        theme.changed.connect(self.restyle)
        self.restyle()
        self.hide()

    def set_in_place(self, in_place: bool) -> None:
        """Whether the training's code is what is shown."""
        self._in_place = in_place
        self.setVisible(self._in_place and self._applies)

    def tell(self, words: str, came_with: str = "", *, applies: bool) -> None:
        """Say ``words`` below the title where that ``applies``; of code that came with a file, offer to run it."""
        self._applies = applies
        self.setVisible(self._in_place and self._applies)
        self.title.setText(f"Came with {came_with}" if came_with else TITLE)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.allow.setVisible(bool(came_with))
        self.setAccessibleDescription(words)
        self.told.emit()

    @Slot()
    def restyle(self) -> None:
        """Take colours and font scale from the theme again."""
        scale = self._theme.scale
        self.title.setFont(ui_font(13 * scale, 600))
        self.words.setFont(ui_font(12 * scale))
        for label, token in ((self.title, "text"), (self.words, "text_2")):
            tint = label.palette()
            tint.setColor(QPalette.ColorRole.WindowText, self._theme.color(token))
            label.setPalette(tint)
        colors = self.palette()
        colors.setColor(QPalette.ColorRole.Window, self._theme.color("surface"))
        self.setPalette(colors)
        self.setAutoFillBackground(True)

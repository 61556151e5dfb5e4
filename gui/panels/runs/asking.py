"""What the questions about runs share: their parts one below the other, a note, and the buttons that begin or leave."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.widgets import make_button


def plain_label() -> QLabel:
    """A label whose text is as it is, in as many lines as it takes."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


class AskingBox(QWidget):
    """Asks what is to be trained.

    Signals
    -------
    left()
        The user does not want it.
    """

    left = Signal()

    def __init__(self, theme: ThemeManager, begins: str, tooltip: str = "") -> None:
        super().__init__()
        self._theme = theme
        self._note = plain_label()
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(6)
        self.cancel = make_button("Cancel", theme)
        self.begin = make_button(begins, theme, "primary", tooltip=tooltip)
        theme.changed.connect(self.restyle)

    def lay_out(self, *parts: QWidget | QLayout) -> None:
        """Put the ``parts`` one below the other, then the note and the buttons."""
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        for button in (self.cancel, self.begin):
            button.setAutoDefault(True)  # Return presses it, too
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(8)
        for part in (*parts, self._note, foot):
            if isinstance(part, QLayout):
                column.addLayout(part)
            else:
                column.addWidget(part)
        column.addStretch(1)
        self.cancel.clicked.connect(self.left)
        self.begin.clicked.connect(self._begin)
        self.restyle()

    def add_field(self, name: str, field: QWidget, tooltip: str, of: str) -> None:
        """A row of the grid: ``name`` and its field, which is read out as that ``of`` this question."""
        label, row = QLabel(name), self.grid.count() // 2
        label.setBuddy(field)
        field.setAccessibleName(of.format(name=name, small=name.lower()))
        field.setToolTip(tooltip)
        self.grid.addWidget(label, row, 0)
        self.grid.addWidget(field, row, 1)

    @Slot()
    def restyle(self) -> None:
        self._note.setFont(ui_font(12 * self._theme.scale))

    @Slot()
    def _begin(self) -> None:
        raise NotImplementedError

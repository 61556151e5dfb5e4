"""What the questions about runs share: fields in as few rows as the width allows, and below them a note and the buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from gui.look.style import control_height
from gui.look.theme import ThemeManager, ui_font
from gui.widgets import FlowLayout, make_button
from gui.widgets.dialogs import Form

MARGINS = 16, 8, 16, 8
GAP, FIELD_GAP = 8, 6


def plain_label() -> QLabel:
    """A label whose text is as it is, in as many lines as it takes."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


class AskingBox(Form):
    """Asks what is to be trained; Enter begins it, Esc leaves it as *Cancel* does.

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
        self._fields = QWidget()
        self._flow = FlowLayout(FIELD_GAP, self._fields)
        self._title: QLabel | None = None
        self.cancel = make_button("Cancel", theme, tooltip="Back to the table (Esc)")
        self.begin = make_button(begins, theme, "primary", tooltip=tooltip)
        self._foot = QHBoxLayout()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.restyle)

    def lay_out(self, title: QLabel | None = None) -> None:
        """Put the ``title`` above the fields, and below them, which scroll where they must, the note and the buttons."""
        self._title = title
        self._foot.setSpacing(8)
        self._foot.addWidget(self._note, 1)
        for button in (self.cancel, self.begin):
            button.setProperty("row", True)
            button.setAutoDefault(True)  # Return presses it, too
            self._foot.addWidget(button)
        self._scrolled = QScrollArea()
        self._scrolled.setWidget(self._fields)
        self._scrolled.setWidgetResizable(True)
        self._scrolled.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scrolled.setMinimumHeight(control_height(32, 1.0))
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(GAP)
        if title is not None:
            column.addWidget(title)
        column.addWidget(self._scrolled, 1)
        column.addLayout(self._foot)
        self.cancel.clicked.connect(self.left)
        self.begin.clicked.connect(self._begin)
        self.restyle()

    def heightForWidth(self, width: int) -> int:
        left, top, right, bottom = MARGINS
        room = max(1, width - left - right)
        title = 0 if self._title is None else self._title.heightForWidth(room) + GAP
        buttons = self._foot.sizeHint().width() - self._note.sizeHint().width()
        foot = max(self.begin.sizeHint().height(), self._note.heightForWidth(max(100, room - buttons)))
        return top + title + self._flow.heightForWidth(room) + GAP + foot + bottom

    def minimumSizeHint(self) -> QSize:
        """One row of fields, which scroll, and the buttons."""
        title = 0 if self._title is None else self._title.sizeHint().height() + GAP
        cells = self._flow.minimumSize()
        high = MARGINS[1] + title + cells.height() + GAP + self.begin.sizeHint().height() + MARGINS[3]
        return QSize(max(320, cells.width() + MARGINS[0] + MARGINS[2]), high)

    def hasHeightForWidth(self) -> bool:
        return True

    def add_field(self, name: str, field: QWidget, tooltip: str, of: str) -> None:
        """A labelled ``field``, which is read out as that ``of`` this question."""
        label = QLabel(name)
        label.setBuddy(field)
        field.setAccessibleName(of.format(name=name, small=name.lower()))
        field.setToolTip(tooltip)
        self.add_parts(label, field)

    def add_parts(self, *parts: QWidget) -> QWidget:
        """What stands together in one row; how wide it is, its parts say."""
        cell = QWidget()
        row = QHBoxLayout(cell)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(parts[0], 1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for part in parts[1:]:
            row.addWidget(part)
        self._flow.addWidget(cell)
        return cell

    @Slot()
    def restyle(self) -> None:
        self._note.setFont(ui_font(12 * self._theme.scale))

    def accept(self) -> None:
        if self.begin.isEnabled():
            self.begin.click()

    def reject(self) -> None:
        self.cancel.click()

    @Slot()
    def _begin(self) -> None:
        raise NotImplementedError

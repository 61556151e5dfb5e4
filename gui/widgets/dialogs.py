"""How every dialog is laid out: its parts, a hairline, a row of buttons; and a question in a panel that keys answer as in one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager
from gui.widgets.basic import Hairline, takes_escape

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Form(QWidget):
    """A question that stands in a panel: Enter answers it, Esc leaves it, wherever in it the keyboard is."""

    def accept(self) -> None:
        """Do what the button of the answer does."""
        raise NotImplementedError

    def reject(self) -> None:
        """Do what *Cancel* does."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        return takes_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or event.key() not in (*_ENTER, Qt.Key.Key_Escape):
            super().keyPressEvent(event)
        elif event.key() in _ENTER:
            self.accept()
        else:
            self.reject()

    @staticmethod
    def around(widget: QWidget) -> Form | None:
        """The form that ``widget`` stands in."""
        at: QWidget | None = widget
        while at is not None and not isinstance(at, Form):
            at = at.parentWidget()
        return at


def told_below(heading: QWidget, *below: QWidget) -> QVBoxLayout:
    """A heading and what is said below it, with the margins of a dialog that tells something; what comes last takes the room."""
    told = QVBoxLayout()
    told.setContentsMargins(24, 20, 24, 16)
    told.setSpacing(8)
    told.addWidget(heading)
    for at, part in enumerate(below, 1):
        told.addWidget(part, int(at == len(below) > 1))
    return told


def lay_out_dialog(
    dialog: QDialog,
    theme: ThemeManager,
    parts: Sequence[tuple[QLayout | QWidget, int]],
    right: Sequence[QWidget],
    left: Sequence[QWidget] = (),
) -> None:
    """Put ``parts`` below each other, each with its share of the remaining height, and the buttons of both sides under them."""
    column = QVBoxLayout(dialog)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part, share in parts:
        if isinstance(part, QLayout):
            column.addLayout(part, share)
        else:
            column.addWidget(part, share)
    foot = QHBoxLayout()
    foot.setContentsMargins(24, 12, 24, 16)
    foot.setSpacing(8)
    for button in left:
        foot.addWidget(button)
    foot.addStretch(1)
    for button in right:
        foot.addWidget(button)
    column.addWidget(Hairline(theme))
    column.addLayout(foot)

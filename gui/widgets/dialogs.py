"""How every dialog is laid out: its parts, a hairline, and a row of buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager
from gui.widgets.basic import Hairline


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

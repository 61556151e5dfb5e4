"""The way that Tab takes through controls."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def stops(parent: QWidget) -> list[QWidget]:
    """What Tab stops at within ``parent``, as that was put together; some may be hidden.

    Qt's own chain is never asked: PySide takes what ``nextInFocusChain`` returns for a child of the widget before, and when one
    widget of the chain is deleted, it declares what came after it deleted as well, down to the menus' actions (PySide6 6.11).
    """
    window = parent.window()  # the list of a combo box is a window of its own
    children = parent.findChildren(QWidget)
    return [child for child in children if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.window() is window]


def put_in_order(controls: Iterable[QWidget]) -> None:
    """Let Tab go from each of ``controls`` to the next. Qt's own order is that of creation."""
    for before, after in pairwise(controls):
        QWidget.setTabOrder(before, after)

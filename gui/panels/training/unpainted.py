"""What is left out of a picture of a widget: controls, which nobody can use there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget


def controls_of(widget: QWidget) -> list[QWidget]:
    """The buttons and boxes in it, and what else says of itself that it is ``only_on_screen``; not what says that it is more."""
    children = widget.findChildren(QWidget)
    return [child for child in children if getattr(child, "only_on_screen", isinstance(child, QAbstractButton | QComboBox))]


@contextmanager
def without_controls(widget: QWidget) -> Iterator[None]:
    """While a picture is made of ``widget``, its controls are not painted; their room stays, so that nothing shifts."""
    unpainted, controls = _Unpainted(), controls_of(widget)
    for control in controls:
        control.installEventFilter(unpainted)
    try:
        yield
    finally:
        for control in controls:
            control.removeEventFilter(unpainted)


class _Unpainted(QObject):
    """What it filters is not painted: hidden, it would shift what stands beside it, and give the keyboard away."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return event.type() == QEvent.Type.Paint

"""The field of a knob, made from what it is: a number, a whole number, one of some names, on or off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QWidget

from engine.training.choices.knobs import Knob, Number, OneOf, Switch, Whole
from gui.look.theme import ThemeManager
from gui.widgets import ComboBox, IntegerBox, NumberBox, Toggle, field_text

LARGEST = 2**31 - 1
"""What Qt's box for whole numbers can hold."""

Edited = Callable[[Any], object]
"""Told what the user set; whether that is allowed is for the engine to say."""


class _NumberField(NumberBox):
    """A box that also takes numbers out of range, so that the reason for a refusal can be given; 0 may be shown as a word."""

    def __init__(self, theme: ThemeManager, zero: str) -> None:
        self._zero = zero
        super().__init__(theme, step=None, chars=6)

    def _bare(self, text: str) -> str:
        return text.strip().removesuffix(self.suffix().strip() or "\0").strip()

    def textFromValue(self, value: float) -> str:
        if self._zero and value == 0:
            return self._zero
        return field_text(value, least_decimals=0 if self.suffix() else 2)

    def valueFromText(self, text: str) -> float:
        bare = self._bare(text)
        return 0.0 if self._zero and bare == self._zero else super().valueFromText(bare)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        bare = self._bare(text)
        if self._zero and bare and self._zero.startswith(bare):
            return (QValidator.State.Acceptable if bare == self._zero else QValidator.State.Intermediate), text, position
        return super().validate(bare, position)[0], text, position

    def fixup(self, text: str) -> str:
        return super().fixup(self._bare(text))


def knob_field(knob: Knob, theme: ThemeManager, edited: Edited) -> tuple[QWidget, Callable[[Any], object]] | None:
    """What edits ``knob``, and how it shows a value; None for a knob that is not set in a field."""
    name = knob.label
    made: tuple[QWidget, Callable[[Any], object]] | None = None
    if isinstance(knob, Switch):
        toggle = Toggle(name, theme, knob.meaning)
        toggle.clicked.connect(lambda: edited(toggle.isChecked()))
        return toggle, toggle.setChecked
    if isinstance(knob, OneOf):
        combo = ComboBox(theme, row=True)
        for item in knob.names:
            combo.addItem(item)
        combo.activated.connect(lambda index: edited(knob.names[index]))
        made = combo, lambda value: combo.setCurrentIndex(knob.names.index(value))
    elif isinstance(knob, Whole):
        whole = IntegerBox(theme, knob.least, -LARGEST, LARGEST, chars=5)
        whole.edited.connect(edited)
        made = whole, whole.set_value
    elif isinstance(knob, Number):
        number = _NumberField(theme, knob.zero)
        if knob.share:
            number.setSuffix(" %")
            number.edited.connect(lambda value: edited(round(value / 100, 12)))
            made = number, lambda value: number.set_value(round(value * 100, 9))
        else:
            number.edited.connect(edited)
            made = number, number.set_value
    if made is not None:
        made[0].setAccessibleName(name)
        made[0].setAccessibleDescription(f"{knob.meaning}; {knob.allowed}")
        made[0].setToolTip(f"{knob.meaning}: {knob.allowed}")
    return made

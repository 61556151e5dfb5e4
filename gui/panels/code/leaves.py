"""The leaves whose numbers stand in the text: a slider and a box for each number."""

from __future__ import annotations

import sys

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Indices
from engine.mathematics.tree import Item
from engine.operations.symbols import name_symbol
from engine.text.literals import LeafLiteral, LiteralElement, find_leaves, slider_range
from gui.look.mathtext import draw_math, math_width
from gui.look.style import control_height
from gui.look.symbols import whole_symbol
from gui.look.theme import ThemeManager, ui_font
from gui.widgets import LeafSlider, NumberBox, PanelHeader, field_text
from gui.widgets.tab_order import put_in_order

ROW_HEIGHT, LEAST_ROW_HEIGHT = 44, 28
"""Px of a row where all have room, and where many share little room: as high as its box then."""
_AROUND = 8
"""Px over and under the rows; half of that where they share little room."""
DRAG_DIGITS = 4
"""Significant digits that a slider writes."""

Key = tuple[int, str, tuple[int, ...]]
"""Which number a row edits: the leaf's place among the leaves, its name, the element's index."""

_WIDEST_NAME = 96
"""Px of the column of names, at 100 %; a longer name takes up to three lines."""
_NAME_PX, _SMALL_NAME_PX, _NAME_LINES = 20.0, 12.0, 3


def element_name(leaf: LeafLiteral, element: LiteralElement) -> str:
    """``w`` for a leaf of one number, else ``w[0]`` or ``w[0, 1]``."""
    if len(leaf.elements) == 1:
        return leaf.name
    return f"{leaf.name}[{', '.join(map(str, element.index))}]"


class _Name(QWidget):
    """A leaf's name as mathematics, 20 px italic; a long one smaller and in lines."""

    def __init__(self, theme: ThemeManager, leaf: LeafLiteral, element: LiteralElement) -> None:
        super().__init__()
        self._theme = theme
        self._symbol = name_symbol(leaf.name)
        if len(leaf.elements) > 1:
            self._symbol = Item(self._symbol, Indices(",".join(map(str, element.index))))
        self.setToolTip(f"{element_name(leaf, element)}, line {leaf.line}")

    def natural_width(self) -> int:
        return round(math_width(self._symbol, _NAME_PX * self._theme.scale)) + 1

    def lines(self) -> tuple[tuple[Expression, ...], float]:
        """What is drawn below each other, and its size: all of the name, and which element it is."""
        scale = self._theme.scale
        return whole_symbol(self._symbol, _NAME_PX * scale, _SMALL_NAME_PX * scale, self.width(), _NAME_LINES)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(QRectF(-2, 0, self.width() + 2, self.height()))
        color = self._theme.color("text" if self.isEnabled() else "text_3")
        lines, size = self.lines()
        for at, line in enumerate(lines):
            middle = self.height() / 2 + (at - (len(lines) - 1) / 2) * 1.1 * size
            draw_math(painter, 0, middle + 0.3 * size, line, size, color)
        painter.end()


class LeafRow(QWidget):
    """One number: name, slider, box.

    Signals
    -------
    begun()
        A drag begins.
    changed(float, bool)
        The user wants this number; True while a slider moves.
    """

    begun = Signal()
    changed = Signal(float, bool)

    def __init__(self, theme: ThemeManager, leaf: LeafLiteral, element: LiteralElement) -> None:
        super().__init__()
        self._theme = theme
        self._called = element_name(leaf, element)
        self.name = _Name(theme, leaf, element)
        self.slider = LeafSlider(theme)
        self.box = NumberBox(theme, element.value, -sys.float_info.max, sys.float_info.max)
        self.slider.setAccessibleName(f"Slider of {self._called}")
        self.box.setAccessibleName(f"Value of {self._called}")
        self.box.setToolTip(f"Value of {self._called}: any number")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(4)
        row.addWidget(self.name)
        row.addWidget(self.slider, 1)
        row.addWidget(self.box)
        self._high = 0.0
        self._followed: float | None = None
        """The number that stands in the text."""
        self._sliding = False
        """Whether the slider is what changes the text now."""
        self.show_number(element.value)
        self.slider.pressed.connect(self.begun)
        self.slider.moved.connect(self._slider_moved)
        self.box.edited.connect(self._box_edited)
        self.restyle(14, control_height(ROW_HEIGHT, theme.scale))

    def restyle(self, name_width: int, height: int) -> None:
        self.setFixedHeight(height)
        self.name.setFixedSize(name_width, self.height())
        self.box.setFixedWidth(round(82 * max(1.0, self._theme.scale)))

    def show_number(self, number: float) -> None:
        """Follow the text: the range suits the number, but does not shrink while the slider itself is what writes it."""
        low, high = slider_range(number)
        another, self._followed = number != self._followed, number
        if high > self._high or (another and not self._sliding and high != self._high):
            self._high = high
            self.slider.set_range(low, high)
            ends = f"{field_text(low, 6, 0)} to {field_text(high, 6, 0)}"
            self.slider.setToolTip(f"{self._called}: {ends}. The box takes any number.")
        if number != self.slider.number():
            self.slider.set_number(number)
        self.box.set_value(number)

    def set_locked(self, reason: str) -> None:
        """Disable the controls, for ``reason``; an empty one enables them."""
        for control in (self.name, self.slider, self.box):
            control.setEnabled(not reason)
        self.setToolTip(reason)

    @Slot(float)
    def _slider_moved(self, number: float) -> None:
        self._sliding = True
        try:
            self.changed.emit(number, True)
        finally:
            self._sliding = False

    @Slot(float)
    def _box_edited(self, number: float) -> None:
        self.begun.emit()
        self.changed.emit(number, False)


class Leaves(QWidget):
    """Rows for all numbers of all leaves of the text; they always follow the text.

    Signals
    -------
    begun()
        A drag begins: what follows is one undo step.
    changed(object, object, float, bool)
        The user wants this number for a LeafLiteral's LiteralElement (as they stand in the text now); True while dragging.
    left()
        The control that had the keyboard is gone.
    """

    begun = Signal()
    changed = Signal(object, object, float, bool)
    left = Signal()

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._keys: tuple[Key, ...] = ()
        self._places: tuple[tuple[LeafLiteral, LiteralElement], ...] = ()
        self._before: QWidget | None = None
        self._locked = ""
        self._room = 0
        self.rows: list[LeafRow] = []
        self.header = PanelHeader("Leaves", theme)
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.reason.setContentsMargins(16, 8, 16, 0)
        self.reason.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.header, self.reason):
            column.addWidget(part)
        column.addLayout(self._rows)
        theme.changed.connect(self.restyle)
        self._explain("")
        self.restyle()

    def share(self, room: int) -> None:
        """Stand within ``room`` px of height, if rows that are closer together can; 0: as far apart as usual."""
        if room != self._room:
            self._room = room
            self.restyle()

    def _row_height(self) -> int:
        """The same for all rows: it follows how many there are and the window's height, never their numbers."""
        most, least = (control_height(height, self._theme.scale) for height in (ROW_HEIGHT, LEAST_ROW_HEIGHT))
        if not self.rows or not self._room:
            return most
        return max(least, min(most, (self._room - self.header.height() - 2 * _AROUND) // len(self.rows)))

    def set_focus_after(self, before: QWidget) -> None:
        """Tab goes from ``before`` to the rows, also to those that are made later."""
        self._before = before

    def follow(self, text: str) -> None:
        """Show the numbers of a text that parses; rows stay where the leaves are the same."""
        places = [
            ((number, leaf.name, element.index), leaf, element)
            for number, leaf in enumerate(find_leaves(text))
            for element in leaf.elements
        ]
        keys = tuple(key for key, _, _ in places)
        self._places = tuple((leaf, element) for _, leaf, element in places)
        if keys != self._keys:
            self._keys = keys
            self._rebuild()
        for row, (_, element) in zip(self.rows, self._places, strict=True):
            row.set_locked("")
            row.show_number(element.value)
        self._locked = ""
        self._explain("")

    def lock(self, line: int) -> None:
        """The text does not parse, from ``line`` on: no number can be found, so nothing can be dragged."""
        reason = f"Locked: the number they edit cannot be found until line {line} is complete."
        self._places = ()
        for row in self.rows:
            row.set_locked(reason)
        self._locked = f"locked until line {line} is complete"
        if self.rows:
            self._explain(reason)

    def forget_ranges(self) -> None:
        """Another program is coming: its rows start with their own ranges."""
        self._keys = ()
        self._rebuild()

    def _explain(self, reason: str) -> None:
        if not reason and not self.rows:
            reason = "A leaf made from numbers, such as a = torch.tensor([5.], requires_grad=True), gets a slider here."
        # The header says why rows are locked: a line below it would move them.
        self.reason.setText("" if self.rows else reason)
        self.reason.setVisible(bool(reason) and not self.rows)
        self.header.set_note(self._locked or "drag to change" if self.rows else "")
        self.header.setToolTip(reason if self.rows else "")

    def _rebuild(self) -> None:
        focus = QApplication.focusWidget()
        held = focus is not None and any(row.isAncestorOf(focus) for row in self.rows)
        for row in self.rows:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for leaf, element in self._places if self._keys else ():
            row = LeafRow(self._theme, leaf, element)
            row.begun.connect(self.begun)
            row.changed.connect(self._row_changed)
            self._rows.addWidget(row)
            self.rows.append(row)
        first = [] if self._before is None else [self._before]
        put_in_order([*first, *(control for row in self.rows for control in (row.slider, row.box))])
        self.restyle()
        if held:
            self.left.emit()

    @Slot(float, bool)
    def _row_changed(self, number: float, dragging: bool) -> None:
        row = self.sender()
        at = self.rows.index(row) if row in self.rows else -1
        if 0 <= at < len(self._places):
            leaf, element = self._places[at]
            self.changed.emit(leaf, element, number, dragging)

    @Slot()
    def restyle(self) -> None:
        """Take colours and font scale from the theme again."""
        names = [row.name.natural_width() for row in self.rows]
        width = min(max([14, *names]), round(_WIDEST_NAME * self._theme.scale**0.5))
        height = self._row_height()
        around = _AROUND if height > control_height(LEAST_ROW_HEIGHT, self._theme.scale) else _AROUND // 2
        self._rows.setContentsMargins(0, around, 0, around)
        for row in self.rows:
            row.restyle(width, height)
        self.reason.setFont(ui_font(12 * self._theme.scale))
        self.reason.setStyleSheet(f"color: {self._theme.hex('text_2')};")
        self.reason.setAlignment(Qt.AlignmentFlag.AlignTop)

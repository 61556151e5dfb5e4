"""Rows of knobs: a label and a field each, made from what the knobs are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from engine.mathematics.expression import Expression
from engine.training.choices.knobs import Knob, OneOf, Switch
from gui.look.mathtext import draw_math, math_width
from gui.look.theme import ThemeManager, ui_font
from gui.panels.setup.knob_field import knob_field

LABEL, FIELD, GAP = 70, 82, 6
LONGEST_SHORT = 11
"""The most letters of a label that has a neighbour; a longer one has the row to itself."""


class _Letter(QWidget):
    """A knob's letter in formulas, as its label."""

    def __init__(self, theme: ThemeManager, symbol: Expression) -> None:
        super().__init__()
        self._theme, self._symbol = theme, symbol
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        size = 16 * self._theme.scale
        return QSize(round(math_width(self._symbol, size)) + 4, round(24 * self._theme.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        size = 16 * self._theme.scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_math(painter, 0, self.height() / 2 + size * 0.3, self._symbol, size, self._theme.color("text_2"))
        painter.end()


class KnobRows(QWidget):
    """Knobs in two columns; one with a long name, or with names to choose from, has a row of its own.

    Signals
    -------
    edited(str, object)
        The user set the knob of this name to this value.
    """

    edited = Signal(str, object)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._knobs: tuple[Knob, ...] = ()
        self._fields: dict[str, QWidget] = {}
        self._show: dict[str, Callable[[Any], object]] = {}
        self._labels: list[QLabel] = []
        self._rows: list[tuple[Knob, QWidget | None, QWidget]] = []
        """Each knob that has a field, with its label and that."""
        self._two = True
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setHorizontalSpacing(8)
        theme.changed.connect(self.restyle)

    def field(self, name: str) -> QWidget:
        """What edits the knob ``name``. Raises KeyError where there is no such row."""
        return self._fields[name]

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What Tab stops at, in that order."""
        return tuple(self._fields.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The knobs that have a row."""
        return tuple(self._fields)

    def show_knobs(self, knobs: Sequence[Knob], get: Callable[[str], Any]) -> None:
        """Show rows for ``knobs``, with their values; rows that stay are left in place, with the keyboard if they have it."""
        if tuple(knobs) != self._knobs:
            self._build(tuple(knobs))
        for name, show in self._show.items():
            show(get(name))
        self.setVisible(bool(self._fields))

    def _build(self, knobs: tuple[Knob, ...]) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._knobs, self._fields, self._show, self._labels, self._rows = knobs, {}, {}, [], []
        for knob in knobs:
            made = knob_field(knob, self._theme, partial(self.edited.emit, knob.name))
            if made is not None:
                field, self._show[knob.name] = made
                self._fields[knob.name] = field
                self._rows.append((knob, None if isinstance(knob, Switch) else self._label(knob, field), field))
        self._place()
        self.restyle()

    def _in_two(self) -> bool:
        """Whether two knobs stand side by side: where the numbers of both can be read."""
        return self.width() >= 2 * (LABEL + FIELD) * self._theme.scale + 3 * self._grid.horizontalSpacing()

    def _place(self) -> None:
        grid, two = self._grid, self._in_two()
        self._two = two
        while grid.count():
            grid.takeAt(0)
        row = column = 0
        for knob, label, field in self._rows:
            names = isinstance(knob, OneOf)
            wide = label is None or names or (len(knob.label) > LONGEST_SHORT and knob.symbol is None)
            if wide and column:
                row, column = row + 1, 0
            if label is None:
                grid.addWidget(field, row, 0, 1, 4, Qt.AlignmentFlag.AlignLeft)
            elif wide and not names:
                grid.addWidget(label, row, 0, 1, 2)
                grid.addWidget(field, row, 2, 1, 2, Qt.AlignmentFlag.AlignRight)
            else:
                grid.addWidget(label, row, column)
                if names or not two:
                    field.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
                    grid.addWidget(field, row, column + 1, 1, 3, Qt.AlignmentFlag.AlignLeft)
                else:
                    field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                    grid.addWidget(field, row, column + 1)
            column = 0 if wide or column or not two else 2
            row += 0 if column else 1
        for at in (1, 3):
            grid.setColumnStretch(at, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._in_two() != self._two:
            self._place()

    def minimumSizeHint(self) -> QSize:
        """Narrow, so that ``_place`` may put the knobs below each other."""
        return QSize(0, super().minimumSizeHint().height())

    def _label(self, knob: Knob, field: QWidget) -> QWidget:
        label: QWidget
        if knob.symbol is not None:
            label = _Letter(self._theme, knob.symbol)
        else:
            label = QLabel(knob.label)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setBuddy(field)
            self._labels.append(label)
        label.setToolTip(field.toolTip())
        return label

    @Slot()
    def restyle(self) -> None:
        for label in self._labels:
            label.setFont(ui_font(12 * self._theme.scale))
            tint = label.palette()
            tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
            label.setPalette(tint)
        if self._in_two() != self._two:
            self._place()
        least = round(LABEL * self._theme.scale)
        for at in (0, 2):
            self._grid.setColumnMinimumWidth(at, least if self._fields and (at == 0 or self._two) else 0)

"""Curves of more steps than a plot has px: each column has its least and its greatest, which is said; all of them zoomed in."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QFontMetrics

from engine.training.pictures.thinned import Places, Row, Thinned, column_size, seen
from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.plots.plot import Plot
from gui.panels.training.plots.series import Floats
from gui.session.run_numbers import RunNumbers

_PX = 2
"""Of a column."""
_LEAST = 60
"""So many columns there are at least."""


class Columns(QObject):
    """Of one plot over the steps; its lower axis says what a column shows, where that is not a single step."""

    def __init__(self, plot: Plot, theme: ThemeManager, *, positive: bool = False) -> None:
        super().__init__(plot)
        self._plot, self._theme = plot, theme
        self.positive = positive
        """Whether only numbers above 0 have a place, as on a logarithmic scale."""
        self._steps, self._instead = 0, ""
        plot.view.sigRangeChanged.connect(self.say)

    @property
    def count(self) -> int:
        """How many there are."""
        return max(_LEAST, round(float(self._plot.view.width()) / _PX))

    @property
    def in_view(self) -> tuple[float, float]:
        """The first and the last step."""
        low, high = self._plot.view.viewRange()[0]
        return float(low), float(high)

    def places(self, thinned: Thinned, row: Row, ends: tuple[int, int], later: int = 0) -> Places:
        """Which numbers of ``row`` from the first to before the last of ``ends`` are drawn, each ``later`` steps on."""
        low, high = self.in_view
        return thinned.places(row, ends, (low - later, high - later), self.count)[0]

    def curve(self, numbers: RunNumbers, column: str, first: int, last: int, later: int = 0) -> tuple[Floats, Floats]:
        """Steps and numbers of a run's ``loss`` or ``validation`` that are drawn, each ``later`` steps on."""
        row = numbers.loss if column == "loss" else numbers.validation
        places = self.places(numbers.thinned(column, self.positive), row, (first, last), later)
        return places.astype(np.float64) + later, row[places]

    def set_steps(self, steps: int, instead: str = "") -> None:
        """So many are drawn; ``instead`` is said of them where there is more to say than what a column shows."""
        if (steps, instead) != (self._steps, self._instead):
            self._steps, self._instead = steps, instead
            self.say()

    @Slot()
    def say(self) -> None:
        """Call the axis ``epoch``, with what a column shows in as many words as have room; the tooltip has all of them."""
        notes = [self._instead] if self._instead else self.notes()
        axis = self._plot.canvas.getAxis("bottom")
        metrics = QFontMetrics(ui_font(12 * self._theme.scale))
        room = float(self._plot.view.width()) - 4
        ways = [f"epoch · {note}" for note in notes]
        said = next((way for way in ways if metrics.horizontalAdvance(way) <= room), "epoch")
        self._plot.set_names(said, self._plot.axis_names[1])
        axis.setToolTip(f"{notes[0][0].upper()}{notes[0][1:]}" if notes else "")

    def notes(self) -> list[str]:
        """What a column shows, the fullest first; nothing where each step is drawn."""
        first, last = seen(0, self._steps, self.in_view)
        size = column_size(last - first, self.count)
        if size == 1:
            return []
        shown = f"{size:,} epochs"
        return [f"every column shows the least and greatest of {shown}", f"least and greatest of each {shown}", f"each {shown}"]

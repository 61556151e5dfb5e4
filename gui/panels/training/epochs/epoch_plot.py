"""What plots over the epochs share: room for names right of the last epoch, whole epochs, a click that goes to one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QTransform

from gui.look.theme import ThemeManager
from gui.panels.training.epochs import line_names
from gui.panels.training.plots.plot import Layer, Plot, tick_name
from gui.panels.training.plots.reading.told import Told

_MOST_SHARE = 0.6
"""Of the width that the names take at most."""
_LONGEST = "−0.00000"
LATER = 0.35
"""Opacity of what was trained after the epoch that is shown."""


class EpochPlot(Plot):
    """From epoch 0, the start, to the last; right of that stand the names of ``labels``. Subclasses paint ``_curves``.

    Signals
    -------
    epoch_wanted(int)
        It was clicked at this epoch, which was trained.
    """

    epoch_wanted = Signal(int)

    def __init__(self, theme: ThemeManager, title: str) -> None:
        super().__init__(theme, f"{title} by epoch", title, "", "epoch", "", log_y=False)
        self._epochs = 1
        self._made = 0
        self._labels: Sequence[str] = ()
        self.guessing = False
        """Whether gradients are guessed: then those after the epoch that is shown are not told."""
        self._extent: tuple[float, float] | None = None
        """Least and greatest height that is in view."""
        self._curves = Layer(self._view, self._paint_curves, False, 10)

    def _paint_curves(self, painter: QPainter, transform: QTransform) -> None:
        raise NotImplementedError

    def _names_width(self) -> float:
        wide = line_names.width(self._theme, self._labels, _LONGEST)
        return min(wide, _MOST_SHARE * max(1.0, float(self._view.width())))

    def _end(self, transform: QTransform, area: QRectF) -> float:
        """Where the lines end and the leads of the names begin, in px."""
        end = transform.map(QPointF(max(self._epochs, self._made), 0)).x()
        return max(area.left(), min(end, area.right() - self._names_width()))

    def _range(self) -> None:
        """Show all epochs, the names, and ``_extent``."""
        low, high = self._extent or (-1.0, 1.0)
        last, wide = max(self._epochs, 1), max(60.0, float(self._view.width()))
        left = -0.035 * last
        self.set_home(left, left + 1.035 * last * wide / max(30.0, wide - self._names_width()), low, high)

    @Slot()
    def _range_changed(self) -> None:
        super()._range_changed()
        last = max(getattr(self, "_epochs", 1), 1)
        self._ticks["bottom"] = [tick for tick in self._ticks["bottom"] if 0 <= tick <= last]  # beyond, there are the names
        self._axes["bottom"].setTicks([[(tick, tick_name(tick, False)) for tick in self._ticks["bottom"]]])

    @Slot()
    def _resized(self) -> None:
        if self._ready:
            self._range()
        super()._resized()

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "_curves"):
            self._curves.refresh()

    def _epoch(self, x: float) -> int:
        """The whole epoch that a place of the view means."""
        return min(max(round(x), 0), max(self._epochs, self._made, 1))

    def told(self, x: float, y: float) -> Told:
        """Of the whole epoch there."""
        return Told(self.reading(x, y), self._epoch(x))

    def clicked(self, place: QPointF) -> None:
        if self._view.sceneBoundingRect().contains(place):
            epoch = round(self._view.mapSceneToView(place).x())
            if 1 <= epoch <= self._made:
                self.epoch_wanted.emit(epoch)

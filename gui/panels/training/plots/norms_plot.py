"""How large the gradient of each parameter is at the epoch that is shown: bars on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.mathematics.numbers import format_number
from gui.look.runs import paint_marker, run_color, run_marker
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.look.tones import GRADIENT_TONE
from gui.panels.training.plots.beside.runs import Beside
from gui.panels.training.plots.names import named
from gui.panels.training.plots.series import significant
from gui.widgets.basic import ICON_SIZE

LEAST = 180
"""Px of width at 100 % below which it says nothing that could be read."""
_ROW, _BAR, _HEAD, _FOOT = 22.0, 12.0, 24.0, 22.0
_CLOSE, _BETWEEN, _MARKER = 16.0, 8.0, 14.0
"""Of several runs: px from one bar to the next, more between two parameters, and px of the marker before a bar."""
_OTHERS = 0.62
"""Opacity of their bars."""


class Bar(NamedTuple):
    """One bar: of which parameter, how long, of which run, whether that is the one that is trained, and its top in px."""

    name: str
    norm: float
    run: int
    own: bool
    top: float


class NormsPlot(QWidget):
    """Shows nothing until ``set_norms``.

    Signals
    -------
    seen()
        It was not to be seen before, and may show what is long past.
    """

    seen = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._norms: dict[str, float] = {}
        self._step = 0
        self.titled = True
        """Whether it writes its title itself."""
        self._own = 0
        self._beside: list[tuple[int, Mapping[str, float]]] = []
        self._low, self._high = -2, 1
        self.setAccessibleName("Gradient norm of each parameter")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.restyle)

    def sizeHint(self) -> QSize:
        return QSize(round(LEAST * self._theme.scale), 120)

    @Slot()
    def restyle(self) -> None:
        self.update()

    def dress(self) -> None:
        """As ``Plot.dress``: it has no fonts of its own that Qt could give back."""
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit()

    def forget(self) -> None:
        """Another run begins, with a scale of its own."""
        self._low, self._high = -2, 1
        self.set_norms(0, {})

    def set_norms(self, step: int, norms: Mapping[str, float]) -> None:
        """Of the update of epoch ``step``, by parameter; none before the first."""
        if (step, norms) == (self._step, self._norms):
            return
        self._step, self._norms = step, dict(norms)
        self._fit_scale()
        said = ", ".join(f"{name} {significant(norm)}" for name, norm in norms.items())
        self.setAccessibleDescription(f"Epoch {step}: {said}" if norms else "No gradients yet")
        self.update()

    def set_beside(self, own: int, runs: Sequence[Beside]) -> None:
        """The number of the run that is trained, and the runs beside it, each at the cursor's epoch or its last."""
        found = [(run.number, run.fit.gradient_norms) for run in runs if run.fit is not None and "norms" in run.plots]
        if (own, found) != (self._own, self._beside):
            self._own, self._beside = own, found
            self._fit_scale()
            self.update()

    def _fit_scale(self) -> None:
        """Hold all of them; the scale only becomes wider, so that bars of two epochs can be compared."""
        every = [norm for norms in (self._norms, *(norms for _, norms in self._beside)) for norm in norms.values()]
        powers = [math.floor(math.log10(norm)) for norm in every if norm > 0 and math.isfinite(norm)]
        if powers:
            self._low, self._high = min(self._low, *powers), max(self._high, *(power + 1 for power in powers))

    def bars(self) -> list[Bar]:
        """As many parameters as have room, each with a bar of every run: the first ones, and the last, where there are more."""
        scale = self._theme.scale
        runs = sorted([(self._own, True, self._norms), *((number, False, norms) for number, norms in self._beside)], key=_number)
        group = (_ROW if len(runs) == 1 else _CLOSE * len(runs) + _BETWEEN) * scale
        rows = max(1, int((self.height() - (_HEAD + _FOOT) * scale) / group))
        names = list(self._norms)
        if len(names) > rows:
            names = [*names[: (rows + 1) // 2], *names[len(names) - rows // 2 :]]
        found, high = [], group if len(runs) == 1 else _CLOSE * scale
        for at, name in enumerate(names):
            for index, (number, own, norms) in enumerate(runs):
                if name in norms:
                    found.append(Bar(name, norms[name], number, own, _HEAD * scale + at * group + index * high))
        return found

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QHelpEvent.Type.ToolTip:
            high = self._high_of_bars()
            bar = next((bar for bar in self.bars() if bar.top <= event.pos().y() < bar.top + high), None)
            if bar is not None:
                QToolTip.showText(event.globalPos(), f"|∂L/∂{bar.name}| = {format_number(bar.norm, 6)}", self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, scale = self._theme, self._theme.scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(13 * scale, 600))
        painter.setPen(theme.color("text"))
        wide = painter.fontMetrics().horizontalAdvance("Gradient norm") + (0 if self.titled else ICON_SIZE + 4)
        if self.titled:
            painter.drawText(QRectF(0, 0, self.width(), _HEAD * scale), Qt.AlignmentFlag.AlignTop, "Gradient norm")
        painter.setFont(ui_font(12 * scale))
        painter.setPen(theme.color("text_3"))
        note = "log scale" if self._norms else "none yet"
        if wide + 6 + painter.fontMetrics().horizontalAdvance(note) <= self.width():
            painter.drawText(QRectF(wide + 6, 0, self.width(), _HEAD * scale), Qt.AlignmentFlag.AlignTop, note)
        bars = self.bars()
        if bars:
            self._paint_bars(painter, bars)
        painter.end()

    def _high_of_bars(self) -> float:
        return (_CLOSE if self._beside else _ROW) * self._theme.scale

    def _paint_bars(self, painter: QPainter, bars: list[Bar]) -> None:
        theme, scale = self._theme, self._theme.scale
        names, numbers, high = ui_font(12 * scale), mono_font(11 * scale), self._high_of_bars()
        marker = _MARKER if self._beside else 0.0
        left = min(0.36 * self.width(), max(QFontMetricsF(names).horizontalAdvance(named(bar.name)) for bar in bars)) + 8 + marker
        right = self.width() - QFontMetricsF(numbers).horizontalAdvance("0.00e-00") - 6
        self._paint_scale(painter, left, right, bars[-1].top + high)
        for bar in bars:
            same = [other for other in bars if other.name == bar.name]
            if bar is same[0]:
                line = QRectF(0, bar.top, left - 8 - marker, same[-1].top + high - bar.top)
                painter.setFont(names)
                painter.setPen(theme.color("text_2"))
                text = painter.fontMetrics().elidedText(named(bar.name), Qt.TextElideMode.ElideMiddle, int(line.width()) + 1)
                painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            if marker:
                place = QPointF(left - _MARKER / 2 - 2, bar.top + high / 2)
                paint_marker(painter, run_marker(bar.run), place, run_color(theme, bar.run), 3.5)
            share = 0.0
            if bar.norm > 0:
                span = max(1, self._high - self._low)
                share = 1.0 if not math.isfinite(bar.norm) else (math.log10(bar.norm) - self._low) / span
            wide = max(0.0, min(1.0, share)) * (right - left)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(GRADIENT_TONE.line, 1.0 if bar.own else _OTHERS))
            painter.drawRoundedRect(QRectF(left, bar.top + (high - _BAR * scale) / 2, wide, _BAR * scale), 2, 2)
            painter.setFont(numbers)
            painter.setPen(theme.color("grad"))
            after = QRectF(left + wide + 5, bar.top, self.width(), high)
            painter.drawText(after, Qt.AlignmentFlag.AlignVCenter, significant(bar.norm))

    def _paint_scale(self, painter: QPainter, left: float, right: float, bottom: float) -> None:
        """Lines and numbers of some powers of ten."""
        theme, scale, span = self._theme, self._theme.scale, max(1, self._high - self._low)
        painter.setFont(ui_font(11 * scale))
        every = max(1, math.ceil(span / 3))
        for power in range(self._low, self._high + 1, every):
            x = round(left + (power - self._low) / span * (right - left)) + 0.5
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(int(x), round(_HEAD * scale), int(x), round(bottom))
            painter.setPen(theme.color("text_3"))
            text = f"{10.0**power:g}" if -3 <= power <= 3 else f"1e{power}".replace("-", "\N{MINUS SIGN}")
            painter.drawText(QRectF(x - 40, bottom + 2, 80, 18 * scale), Qt.AlignmentFlag.AlignHCenter, text)


def _number(run: tuple[int, bool, Mapping[str, float]]) -> int:
    return run[0]

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
_LEAST_ROW, _LEAST_CLOSE, _LEAST_BETWEEN = 14.0, 6.0, 4.0
"""The same where there are many parameters: a name stands in its row; of several runs only bars and markers are told apart."""
_NUMBERED = 12.0
"""Px from one bar to the next from which each has its number; else only the run's that is trained, or the first one's."""
_MORE = 16.0
"""Px of the line that says how many parameters have no room."""
_TOLD = 20
"""Of the parameters without a bar, so many are named where the mouse rests."""
_OTHERS = 0.62
"""Opacity of their bars."""


class Bar(NamedTuple):
    """One bar: of which parameter, how long, of which run, whether that is the one that is trained; top and height in px."""

    name: str
    norm: float
    run: int
    own: bool
    top: float
    high: float


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
        """As many parameters as have room, each with a bar of every run: the largest first, where there are more."""
        return self._laid_out()[0]

    @property
    def more(self) -> list[str]:
        """The parameters that have no room even in the thinnest rows, the largest first."""
        return self._laid_out()[1]

    def _laid_out(self) -> tuple[list[Bar], list[str]]:
        scale = self._theme.scale
        runs = sorted([(self._own, True, self._norms), *((number, False, norms) for number, norms in self._beside)], key=_number)
        names = list(dict.fromkeys(name for _, _, norms in runs for name in norms))
        room, alone = self.height() - (_HEAD + _FOOT) * scale, len(runs) == 1
        least = (_LEAST_ROW if alone else _LEAST_CLOSE * len(runs) + _LEAST_BETWEEN) * scale
        most = (_ROW if alone else _CLOSE * len(runs) + _BETWEEN) * scale
        left_out: list[str] = []
        if len(names) * least > room:
            rows = max(1, int((room - _MORE * scale) / least))
            by_size = sorted(names, key=lambda name: -max(_size(norms.get(name, 0.0)) for _, _, norms in runs))
            names, left_out, group = by_size[:rows], by_size[rows:], least
        else:
            group = min(most, room / max(1, len(names)))
        share = 1.0 if most == least else (group - least) / (most - least)
        high = group if alone else (_LEAST_CLOSE + share * (_CLOSE - _LEAST_CLOSE)) * scale
        found = []
        for at, name in enumerate(names):
            for index, (number, own, norms) in enumerate(runs):
                if name in norms:
                    found.append(Bar(name, norms[name], number, own, _HEAD * scale + at * group + index * high, high))
        return found, left_out

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QHelpEvent.Type.ToolTip:
            bars, more = self._laid_out()
            bar = next((bar for bar in bars if bar.top <= event.pos().y() < bar.top + bar.high), None)
            if bar is not None:
                QToolTip.showText(event.globalPos(), f"|∂L/∂{bar.name}| = {format_number(bar.norm, 6)}", self)
            elif more and event.pos().y() > bars[-1].top:
                said = [f"{name} {significant(self._norms[name])}" if name in self._norms else name for name in more[:_TOLD]]
                said += [f"and {len(more) - _TOLD:,} smaller ones"] if len(more) > _TOLD else []
                QToolTip.showText(event.globalPos(), "No room for\n" + "\n".join(said), self)
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
        note = "log scale" if self._norms or any(norms for _, norms in self._beside) else "none yet"
        if wide + 6 + painter.fontMetrics().horizontalAdvance(note) <= self.width():
            painter.drawText(QRectF(wide + 6, 0, self.width(), _HEAD * scale), Qt.AlignmentFlag.AlignTop, note)
        bars, more = self._laid_out()
        if bars:
            self._paint_bars(painter, bars)
        if more:
            painter.setFont(ui_font(12 * scale))
            painter.setPen(theme.color("text_2"))
            place = QRectF(0, self.height() - _MORE * scale, self.width(), _MORE * scale)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, more_said(len(more)))
        painter.end()

    def _paint_bars(self, painter: QPainter, bars: list[Bar]) -> None:
        theme, scale = self._theme, self._theme.scale
        names, numbers, high = ui_font(12 * scale), mono_font(11 * scale), bars[0].high
        every_number = high >= _NUMBERED * scale
        wide_bar = min(_BAR * scale, high - 2)
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
                paint_marker(painter, run_marker(bar.run), place, run_color(theme, bar.run), min(3.5, high / 2))
            share = 0.0
            if bar.norm > 0:
                span = max(1, self._high - self._low)
                share = 1.0 if not math.isfinite(bar.norm) else (math.log10(bar.norm) - self._low) / span
            wide = max(0.0, min(1.0, share)) * (right - left)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(GRADIENT_TONE.line, 1.0 if bar.own else _OTHERS))
            painter.drawRoundedRect(QRectF(left, bar.top + (high - wide_bar) / 2, wide, wide_bar), 2, 2)
            if not every_number and bar is not next((other for other in same if other.own), same[0]):
                continue
            painter.setFont(numbers)
            painter.setPen(theme.color("grad"))
            tall = max(high, painter.fontMetrics().height())
            after = QRectF(left + wide + 5, bar.top + (high - tall) / 2, self.width(), tall)
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


def more_said(count: int) -> str:
    """What is said of so many parameters without a bar."""
    return f"{count:,} more parameter{'' if count == 1 else 's'}"


def _size(norm: float) -> float:
    """By which it is put before others: what is no number is what must be seen first."""
    return norm if math.isfinite(norm) else math.inf


def _number(run: tuple[int, bool, Mapping[str, float]]) -> int:
    return run[0]

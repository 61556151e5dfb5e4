"""Formulas with fractions, roots and sums: mathematics to SVG by ziamath, on a thread of its own."""

from __future__ import annotations

import html
from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QObject, QSizeF, Signal
from PySide6.QtGui import QColor

from engine.mathematics.expression import Expression
from gui.look.theme import MATH_FAMILY
from gui.work.newest_wins import Cancel, Job, NewestWins

KEEP = 256
"""How many typeset formulas are kept."""
LONGEST = 2000
"""Longer LaTeX, in characters, is not typeset but shown as words."""
_LONGEST_TEXT = 200
_MARGIN = 1.0
CLOSE_WITHIN = 3000
"""Milliseconds that ``close`` waits for the thread."""


class Typeset:
    """One typeset formula, without a colour yet.

    Attributes
    ----------
    size : QSizeF
        In logical px, with a margin of 1 px on each side.
    baseline : float
        From the top of the picture to the baseline, in px.
    failed : bool
        It could not be typeset: the picture shows its text.
    """

    __slots__ = ("_svg", "baseline", "failed", "size")

    def __init__(self, svg: str, size: QSizeF, baseline: float, failed: bool = False) -> None:
        self._svg = svg
        self.size = size
        self.baseline = baseline
        self.failed = failed

    def svg(self, color: QColor) -> bytes:
        """The picture in one colour."""
        return self._svg.replace('"black"', f'"{color.name()}"').encode()


def typeset(symbol: Expression, px: float) -> Typeset:
    """Typeset now, on the calling thread (10 ms or so; the first call imports ziamath). Never raises."""
    import ziamath

    # QSvgRenderer draws only fragments of SVG 2, and reports success.
    ziamath.config.svg2 = False
    try:
        latex = symbol.to_typeset()
        if len(latex) > LONGEST:
            raise ValueError("too long")
        math = ziamath.Latex(latex, size=px, color="black", margin=_MARGIN)
        picture = math.svg()
        width, height = math.getsize()
        below = -math.getyofst()
    except Exception:
        # ziamath and latex2mathml raise whatever their parsers stumble over; the formula is then shown as text.
        return _as_text(symbol, px)
    if not (width > 0 and height > 0):
        return _as_text(symbol, px)
    size = QSizeF(width + 2 * _MARGIN, height + 2 * _MARGIN)
    return Typeset(picture, size, size.height() - _MARGIN - below)


def _as_text(symbol: Expression, px: float) -> Typeset:
    text = "".join(character for character in symbol.to_plain()[:_LONGEST_TEXT] if character.isprintable())
    width, height = max(1.0, 0.6 * px * len(text)), 1.4 * px
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<text x="0" y="{px}" font-size="{px * 0.8}" font-family="{MATH_FAMILY}" fill="black">{html.escape(text)}</text></svg>'
    )
    return Typeset(picture, QSizeF(width, height), px, failed=True)


class Typesetter(QObject):
    """Typesets mathematics off the GUI thread and keeps what it made.

    The thread starts with the first request. ``close`` ends it; until then the Typesetter must be kept.

    Signals
    -------
    ready(Expression, float)
        ``symbol`` at ``px`` is typeset: ``get`` gives it.
    crashed(str traceback)
        A fault of our own; other formulas are typeset all the same.
    """

    ready = Signal(object, float)
    crashed = Signal(str)

    def __init__(self, parent: QObject | None = None, render: Callable[[Expression, float], Typeset] = typeset) -> None:
        super().__init__(parent)
        self._render = render
        self._kept: OrderedDict[tuple[Expression, float], Typeset] = OrderedDict()
        self._underway: set[tuple[Expression, float]] = set()
        """What the thread has begun to make, until it is here."""
        self._work = NewestWins("typesetter", self, newest_first=True, most=KEEP)
        self._work.crashed.connect(self.crashed)

    @property
    def running(self) -> bool:
        """Whether there is a thread: it starts with the first formula."""
        return self._work.running

    def get(self, symbol: Expression, px: float) -> Typeset | None:
        """The formula at font size ``px``, if it has been typeset; else None, and it will be soon (``ready`` tells when).

        What was asked for last is made first; if too much waits, the oldest is dropped.
        """
        key = symbol, px
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        if key in self._underway:
            return None

        def render(cancel: Cancel) -> Typeset:
            self._underway.add(key)
            return self._render(symbol, px)

        def keep(made: Typeset) -> None:
            self._underway.discard(key)
            self._kept[key] = made
            while len(self._kept) > KEEP:
                self._kept.popitem(last=False)
            self.ready.emit(symbol, px)

        def failed(error: Exception) -> None:
            self._underway.discard(key)

        self._work.put(Job(render, keep, failed, kind=key))
        return None

    def close(self) -> None:
        """End the thread; later requests are not answered."""
        self._work.close(CLOSE_WITHIN)

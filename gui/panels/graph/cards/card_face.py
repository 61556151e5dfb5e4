"""How large a card is and where its parts stand, from what it says: header, rows, columns of numbers, ports of its rails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, prod

from engine.graph.model import Card
from engine.mathematics.expression import Expression
from gui.look.mathtext import math_width
from gui.look.numbers import shape_text
from gui.look.symbols import symbol_lines, symbol_room, word_of
from gui.panels.graph.cards.names import name_lines, name_room
from gui.panels.graph.metrics import COMPACT_SIDES, LEAST_READABLE, SMALLEST_TEXT, name_text, readable, text_width

CARD_WIDTH, LEAF_WIDTH, RESULT_WIDTH, TENSOR_WIDTH = 126, 132, 104, 120
SYMBOL_PX, TENSOR_SYMBOL_PX, LEAST_SYMBOL_PX = 25.0, 22.0, 15.0
NAME_PX = 11.0
MOST_NUMBERS = 8
"""A tensor of up to this many elements shows each of them."""
_ALIKE = 22.0
"""Px between the rails of two inputs from one card."""
COLUMN, LINE = 46.0, 15.0
"""The width of a column of numbers, and the height of a line, at 100 %."""
_ROOM = 54.0
"""The width that a card gives a column, so that four digits fit down to 75 %, where they are larger relative to the card."""
TIGHT_LINE, NUMBER_SIDES = 17.0, ((0.0, 0.0), (7.0, 4.0), (7.0, 7.0))
"""A line's height in px at 100 % where a card is smallest and numbers are largest relative to it, and how far they may then reach
into the card's padding at the left and at the right: only where the digits need it, and last on the side where the value's rail
leaves."""
_WIDE_SYMBOL = 184.0
"""A card grows to this width before its symbol shrinks."""
_WIDEST = 340.0
"""Nothing makes a card wider: what needs more takes two lines."""
_HEADER, _TENSOR_HEADER, _TALL_HEADER, _TALLEST_HEADER = 62.0, 51.0, 66.0, 80.0
_ROW, _TENSOR_ROW = 32.0, 46.0
_LINES_OF_A_MATRIX = 4
ACCUMULATE = "AccumulateGrad"
"""What every leaf says under its name: it is left out where there is no room for it, while other names are given room."""
_CLOSEST = 0.7
"""The least zoom at which a card is drawn in full: its name is then largest, relative to the rest of it."""


@dataclass(frozen=True, slots=True)
class CardFace:
    """``header`` is the line below it, ``row`` the height of a row, all in px at 100 %.

    ``columns`` and ``lines`` say how the numbers of a small tensor stand; 0 where it has one number or too many.
    """

    width: float
    height: float
    header: float
    row: float
    tensor: bool
    columns: int = 0
    lines: int = 0

    @property
    def middles(self) -> tuple[float, float]:
        """The centre lines of the value row and of the gradient row."""
        if self.tensor:
            return self.header + 2 + self.row / 2, self.header + 2.5 + 1.5 * self.row
        return self.header + 5 + self.row / 2, self.header + 5 + 1.5 * self.row

    @property
    def ports(self) -> tuple[float, float]:
        """Heights from the card's top at which its value leaves and its gradient arrives."""
        if self.tensor:
            return self.header + 2 + self.row / 2, self.header + 14 + self.row
        return self.header + 4 + self.row / 2, self.header + 4 + 1.5 * self.row

    def input_ports(self, index: int, count: int, *, alike: bool = False) -> tuple[float, float]:
        """Heights at which input ``index`` of ``count`` arrives and its gradient leaves.

        Where they are ``alike``, all from one card (``x * x``), their values arrive above their gradients, as they leave there:
        as pairs, the second value would cross the first gradient.
        """
        if count <= 1:
            return self.ports
        if alike:
            shift = (index - (count - 1) / 2) * min(_ALIKE, (self.ports[1] - self.ports[0] - 10) / (count - 1))
            return self.ports[0] + shift, self.ports[1] + shift
        if count == 2:
            if self.tensor:
                return (self.ports, (self.height - 21, self.height - 9))[index]
            return ((34.0, 50.0), (self.height - 37, self.height - 21))[index]
        top, bottom = 22.0, self.height - 10.0
        pitch = (bottom - top) / count
        centre = top + (index + 0.5) * pitch
        half = min(8.0, pitch * 0.28)
        return centre - half, centre + half


def grid(shape: tuple[int, ...]) -> tuple[int, int]:
    """Columns and lines in which the elements of a tensor of ``shape`` are written; (0, 0) if they are not.

    Up to three stand in one line, more in lines of four; a matrix keeps its rows, unless that would take more than four lines.
    """
    size = prod(shape)
    if not 1 < size <= MOST_NUMBERS:
        return 0, 0
    last = shape[-1]
    if len(shape) > 1 and 0 < last <= 4 and size // last <= _LINES_OF_A_MATRIX:
        return last, size // last
    return (size, 1) if size <= 3 else (4, ceil(size / 4))


def card_face(card: Card) -> CardFace:
    """The measures of ``card``: they depend on its texts and its shape, never on its numbers."""
    return _face(card.kind, card.mathematics, card.subtitle, card.name or "", card.shape, card.tensor)


def card_size(card: Card) -> tuple[float, float]:
    """Width and height of ``card``'s place."""
    face = card_face(card)
    return face.width, face.height


def badge_width(shape: tuple[int, ...]) -> float:
    """How wide the badge with a tensor's shape is, in px."""
    return text_width(shape_text(shape), "mono", 11, 500) + 10


def sign_room(kind: str) -> float:
    """What the sign that unfolds a module takes beside the card's name."""
    return 18.0 if kind == "module" else 0.0


@lru_cache(maxsize=8192)
def _face(kind: str, symbol: Expression, subtitle: str, name: str, shape: tuple[int, ...], tensor: bool) -> CardFace:
    columns, lines = grid(shape) if tensor else (0, 0)
    pad = 22.0 if tensor else 26.0
    if tensor:
        least = max(140.0, pad + _ROOM * columns) if columns else float(TENSOR_WIDTH)
    else:
        least = float({"operation": CARD_WIDTH, "result": RESULT_WIDTH}.get(kind, LEAF_WIDTH))
    beside = pad + (8 + badge_width(shape) if tensor else 0.0) + (8 + math_width(name_text(name), 15) if name else 0.0)
    full_px = TENSOR_SYMBOL_PX if tensor else SYMBOL_PX
    width = max(least, min(_WIDE_SYMBOL, beside + math_width(symbol, full_px)))
    # It must fit as a small symbol in two lines, and so must the name in the size that it has where the card is smallest.
    largest, room = readable(NAME_PX, _CLOSEST), pad + sign_room(kind) + 1
    width = max(width, min(_WIDEST, beside + symbol_room(symbol, largest)))
    # As a small card it says its name, too, down to the zoom at which a long graph is shown whole; other symbols can be short.
    if word_of(symbol) is not None:
        width = max(width, min(_WIDEST, symbol_room(symbol, SMALLEST_TEXT / LEAST_READABLE) + COMPACT_SIDES / LEAST_READABLE))
    tall = False
    if not tensor:
        width = max(width, min(_WIDEST, name_room(subtitle, largest) + room))
    elif subtitle != ACCUMULATE:
        one = name_room(subtitle, largest, 1) + room
        tall = one > _WIDE_SYMBOL
        width = max(width, min(_WIDEST, name_room(subtitle, largest) + room) if tall else one)
    width = float(ceil(width))
    symbols = len(symbol_lines(symbol, full_px, LEAST_SYMBOL_PX, width - beside)[0])
    names = len(name_lines(subtitle, NAME_PX, width - pad - sign_room(kind)))
    more = (symbols > 1) + (names > 1 or tall)
    header = (_TENSOR_HEADER if tensor else _HEADER, _TALL_HEADER, _TALLEST_HEADER)[more]
    row = max(_TENSOR_ROW, TIGHT_LINE * (lines + 1) + 4 if lines else 0.0) if tensor else _ROW
    height = header + 1 + (4 if tensor else 10) + 2 * row
    return CardFace(width, height, header + 1, row, tensor, columns, lines)

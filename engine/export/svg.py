"""A recording as a static picture in SVG, for notebooks. Needs neither torch nor Qt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import resources
from engine.graph.model import Card, Graph, GraphEdge
from engine.graph.state import EdgeState, Row, State
from engine.layout.layering import TENSOR, Point, Problem
from engine.layout.placing import RAILS, solve
from engine.mathematics.numbers import format_number
from engine.mathematics.plain_math import math_plain
from engine.operations.symbols import GREEK

if TYPE_CHECKING:
    from engine.recording.recording import Recording

MOST_CARDS = 200
"""Cards of a larger graph are left out, from this one on; the picture says how many."""
MOST_NOTES = 4
HEIGHT = 134
"""Of a card, in px."""
_MARGIN = 24
_VALUE, _GRADIENT = RAILS - 12, RAILS + 14
"""How far below a card's top its value row and its gradient row have their middle, and the edges between them go."""
_NAME_LIMIT = 30
_MONO = "ui-monospace, 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"
_SANS = "Inter, system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
_WORD = re.compile(r"\\(?:mathrm|operatorname|text|mathit|mathbf)\{([^{}]*)\}")
_ACCENT = re.compile(r"\\(hat|bar|tilde)\{([^{}]*)\}")
_RAISED = re.compile(r"([\^_])(?:\{([^{}]*)\}|(.))")
_COMMAND = re.compile(r"\\([A-Za-z]+|.)")
_BAD_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LETTERS = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega upsilon "
        "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        "αβγδεζηθικλμνξπρστφχψωυΓΔΘΛΞΠΣΦΨΩ",
        strict=True,
    )
)
_SIGNS = {
    "cdot": "·",
    "times": "×",
    "div": "÷",
    "odot": "⊙",
    "oplus": "⊕",
    "top": "ᵀ",
    "sqrt": "√",
    "sum": "Σ",
    "prod": "Π",
    "to": "→",
    "ldots": "…",
    "dots": "…",
    "cdots": "⋯",
    "infty": "∞",
    "leq": "≤",
    "geq": "≥",
    "le": "≤",
    "ge": "≥",
    "neq": "≠",
    "ne": "≠",
    "lVert": "‖",
    "rVert": "‖",
    "Vert": "‖",
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "partial": "∂",
    "wedge": "∧",
    "vee": "∨",
    "neg": "¬",
    "mid": "|",
    "vert": "|",
    "lvert": "|",
    "rvert": "|",
    "circ": "∘",
    "star": "⋆",
    "ast": "∗",
    "pm": "±",
    "_": "\ue000",
    "left": "",
    "right": "",
    "quad": " ",
    " ": " ",
    ",": " ",
    ";": " ",
    ":": " ",
    "!": "",
}
_SUPERSCRIPTS = str.maketrans("0123456789−+nT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿᵀ")
_CAN_BE_RAISED = set("0123456789−+nT")
_MARKS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}


def svg_of(recording: Recording) -> str:
    """The graph at the end of the recording: values, gradients and the edges along which they went, as one ``<svg>`` element.

    Well-formed XML on its own. Modules are folded as the window folds them at first. Of more than ``MOST_CARDS`` cards the first
    ones are drawn, and the rest is counted.
    """
    view = recording.folds.first_view
    graph = view.graph
    left_out = max(0, len(graph.cards) - MOST_CARDS)
    part = _first(graph) if left_out else graph
    state = view.state(recording.state(recording.end))
    sizes = {card.id: (_width(card, state), float(HEIGHT)) for card in part.cards}
    places, routes = _placed(part, sizes)
    width = max((places[card.id][0] + sizes[card.id][0] for card in part.cards), default=0.0)
    height = max((place[1] + HEIGHT for place in places.values()), default=0.0)
    height = max([height, *(y for route in routes.values() for _, y in route)])
    lines = _words(recording, left_out, len(view.groups))
    top = 30 if lines[1] else 10
    full_width = max(width, 8.0 * max(map(len, lines[0])), 7.0 * max(map(len, lines[1]), default=0)) + 2 * _MARGIN
    full_height = height + 2 * _MARGIN + 24 + 18 * len(lines[1]) + (0 if not lines[1] else top - 22)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full_width:.0f}" height="{full_height:.0f}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {full_width:.0f} {full_height:.0f}" style="max-width: none" '
        f'role="img" aria-label={_quoted(lines[0][0])}>',
        f'<rect x="{-_MARGIN}" y="{-_MARGIN}" width="{full_width:.0f}" height="{full_height:.0f}" rx="8" '
        f'fill="{_color("canvas")}"/>',
    ]
    ends: dict[float, float] = {}
    for card in part.cards:
        left = places[card.id][0]
        ends[left] = max(ends.get(left, 0.0), left + sizes[card.id][0])
    for edge in part.edges:
        parts.append(_edge(edge, state.edges[edge.id], places, sizes, routes.get(edge.id, ()), ends[places[edge.source][0]]))
    for card in part.cards:
        parts.append(_card(card, state, places[card.id], sizes[card.id][0]))
    y = height + 26
    for line in lines[0]:
        parts.append(_text(0, y, line, 12, "text_2", bold=True))
    for number, line in enumerate(lines[1]):
        parts.append(_text(0, y + 19 + 18 * number, line, 11, "text_3"))
    parts.append("</svg>")
    return "".join(parts)


def html_of(recording: Recording) -> str:
    """The picture in a box that scrolls where the page is narrower than it."""
    return f'<div style="overflow-x: auto; max-width: 100%">{svg_of(recording)}</div>'


def describe(recording: Recording) -> str:
    """One line: of what, how much."""
    name = recording.source or "a program"
    counts = (
        _count(recording.end, "operation"),
        _count(len(recording.nodes), "autograd Node"),
        _count(len(recording.passes), "backward pass"),
    )
    return f"Recording of {name}: {', '.join(counts)}" + (", failed" if recording.failed else "")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}es" if what.endswith("s") else f"{number:,} {what}s"


def _words(recording: Recording, left_out: int, folded: int) -> tuple[list[str], list[str]]:
    """The line under the picture, and smaller ones: what is not in it."""
    small = []
    if left_out:
        small.append(f"{left_out:,} more cards are not drawn here; save the recording and open it in Gradwalk to see them all.")
    if folded:
        small.append("What ran in a module is folded into one card; Gradwalk unfolds it.")
    if recording.failed and recording.moments:
        small.append(f"It ended with an error: {recording.moments[-1].text}")
    if not recording.passes:
        small.append("No backward pass was recorded: this is the forward graph.")
    small += recording.notes[:MOST_NOTES]
    if len(recording.notes) > MOST_NOTES:
        small.append(f"and {len(recording.notes) - MOST_NOTES} more notes")
    return [describe(recording)], [_cut(line, 160) for line in small]


def _first(graph: Graph) -> Graph:
    cards = graph.cards[:MOST_CARDS]
    known = {card.id for card in cards}
    return Graph(cards, tuple(edge for edge in graph.edges if edge.source in known and edge.target in known), "")


def _placed(graph: Graph, sizes: Mapping[str, Point]) -> tuple[dict[str, Point], dict[str, tuple[Point, ...]]]:
    number = {card.id: at for at, card in enumerate(graph.cards)}
    solution = solve(
        Problem(
            tuple((*sizes[card.id], TENSOR) for card in graph.cards),
            tuple((number[edge.source], number[edge.target], edge.slot, int(edge.tracked)) for edge in graph.edges),
            (None,) * len(graph.cards),
        )
    )
    places = {card.id: place for card, place in zip(graph.cards, solution.positions, strict=True)}
    return places, {edge.id: route for edge, route in zip(graph.edges, solution.routes, strict=True) if route}


# Cards ---------------------------------------------------------------------------------------------------------------


def _width(card: Card, state: State) -> float:
    shown = state.cards[card.id]
    head = 11.5 * len(_plain(card.symbol)) + (9.0 * (len(_name(card)) + 3) if card.name else 0.0)
    head += 7.0 * (len(_shape(card)) + 2) if card.tensor else 0.0
    rows = max(len(_row(shown.value)[0]), len(_row(shown.gradient)[0])) * 8.0 + 70
    return float(round(max(132.0, min(340.0, max(head + 30, rows + 24, 6.6 * len(_cut(card.subtitle, 44)) + 26)))))


def _card(card: Card, state: State, place: Point, width: float) -> str:
    x, y = place
    shown = state.cards[card.id]
    border = "error_line" if shown.failed else "line_strong"
    name = f" = {_name(card)}" if card.name else ""
    parts = [
        f"<g><title>{_clean(' '.join(filter(None, (_plain(card.symbol), card.name, card.subtitle))))}</title>",
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.0f}" height="{HEIGHT}" rx="8" fill="{_color("card")}" '
        f'stroke="{_color(border)}" stroke-width="{1.5 if shown.failed else 1}"/>',
        f'<text x="{x + 13:.1f}" y="{y + 31:.1f}" font-family="{_SANS}" font-size="20" fill="{_color("text")}">'
        f'{_math(card.symbol)}<tspan font-size="15" fill="{_color("text_2")}">{_clean(name)}</tspan></text>',
        _text(x + 13, y + 50, _cut(card.subtitle, 44), 11, "text_3"),
        f'<path d="M{x + 1:.1f} {y + 61:.1f}h{width - 2:.0f}" stroke="{_color("line")}"/>',
    ]
    if card.tensor:
        parts.append(_text(x + width - 12, y + 26, _shape(card), 11, "text_3", mono=True, end=True))
    rows = (("value", shown.value, _VALUE, "value"), ("grad", shown.gradient, _GRADIENT, "grad"))
    for label, row, middle, token in rows:
        text, kind = _row(row)
        color = {"number": token, "bad": "error", "word": "pending"}[kind]
        parts.append(_text(x + 13, y + middle + 4, label, 11, "text_3"))
        parts.append(_text(x + width - 12, y + middle + 4.5, text, 13 if kind != "word" else 11, color, mono=True, end=True))
    parts.append("</g>")
    return "".join(parts)


def _row(row: Row) -> tuple[str, str]:
    """What a row says, and whether that is a ``number``, a ``bad`` one or a ``word``."""
    if row.kind in ("not_yet", "not_tracked", "unknown"):
        return "not recorded" if row.kind == "unknown" else row.kind.replace("_", " "), "word"
    if row.data is None:
        return "None", "word"
    data = row.data
    if data.size == 0:
        return "empty", "word"
    if data.size == 1 and data.array is not None:
        number = data.item()
        good = not isinstance(number, float | complex) or (isfinite(number.real) and isfinite(number.imag))
        return format_number(number), "number" if good else "bad"
    kept = data.summary()
    bad = "bad" if kept.nan or kept.infinite else "number"
    if kept.minimum is None or kept.maximum is None:
        return ("all nan" if kept.nan else "all ∞" if kept.infinite else "not kept"), bad if bad == "bad" else "word"
    extra = " nan" if kept.nan else " ∞" if kept.infinite else ""
    return f"{format_number(_short(kept.minimum))} … {format_number(_short(kept.maximum))}{extra}", bad


def _short(number: float) -> float:
    return float(f"{number:.3g}")


def _name(card: Card) -> str:
    return _cut(card.name or "", _NAME_LIMIT)


def _shape(card: Card) -> str:
    return "×".join(map(str, card.shape))


# Edges ---------------------------------------------------------------------------------------------------------------


def _edge(
    edge: GraphEdge,
    state: EdgeState,
    places: Mapping[str, Point],
    sizes: Mapping[str, Point],
    route: tuple[Point, ...],
    column: float,
) -> str:
    """``column``: where the widest card of the source's column ends, up to which the edge goes level."""
    (left, top), (right, bottom) = places[edge.source], places[edge.target]
    left += sizes[edge.source][0]
    value, gradient = [
        [(left, top + rail), (column, top + rail), *((x, y + rail - RAILS) for x, y in route), (right, bottom + rail)]
        for rail in (_VALUE, _GRADIENT)
    ]
    parts = [_path(value, "value_line"), _tip(right, bottom + _VALUE, -7, "value_line")]
    if state.gradient in ("active", "done") or (state.gradient == "freed" and state.contribution is not None):
        parts += [_path(gradient, "grad_line"), _tip(left, top + _GRADIENT, 7, "grad_line")]
    elif edge.cut:
        parts.append(_path(gradient, "pending_line", dashed=True))
    return "".join(parts)


def _path(points: list[Point], token: str, *, dashed: bool = False) -> str:
    """Level through each stretch, and in an S from one height to the next."""
    x, y = points[0]
    text = f"M{x:.1f} {y:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (x + to_x) / 2
        text += f"H{to_x:.1f}" if y == to_y else f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<path d="{text}" fill="none" stroke="{_color(token)}" stroke-width="1.75"{dash}/>'


def _tip(x: float, y: float, back: float, token: str) -> str:
    return f'<path d="M{x:.1f} {y:.1f}l{back} -4v8z" fill="{_color(token)}"/>'


# Text ----------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _colors() -> dict[str, str]:
    tokens = json.loads(resources.read_text("themes/tokens.json"))["light"]
    return {name: entry["hex"] for name, entry in tokens.items() if isinstance(entry, dict) and "hex" in entry}


def _color(token: str) -> str:
    return _colors()[token]


def _text(
    x: float, y: float, text: str, px: int, token: str, *, mono: bool = False, end: bool = False, bold: bool = False
) -> str:
    anchor = ' text-anchor="end"' if end else ""
    weight = ' font-weight="600"' if bold else ""
    family = _MONO if mono else _SANS
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{family}" font-size="{px}" fill="{_color(token)}"{anchor}{weight}>'
        f"{_clean(text)}</text>"
    )


def _clean(text: str) -> str:
    """Text as XML may hold it."""
    return escape(_BAD_CHARACTERS.sub("\ufffd", text).replace("\ue000", "_"))


def _quoted(text: str) -> str:
    return quoteattr(_BAD_CHARACTERS.sub("\ufffd", text))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _readable(latex: str) -> str:
    """A card's symbol with signs instead of commands; raised and lowered parts stay marked."""
    text = _WORD.sub(r"\1", latex)
    text = _ACCENT.sub(lambda found: found[2] + _MARKS[found[1]], text)
    text = _COMMAND.sub(_sign, text)
    return text.replace("-", "−")


def _sign(found: re.Match[str]) -> str:
    name = found[1]
    if name in GREEK:
        return _LETTERS[name]
    return _SIGNS.get(name, name)


def _plain(latex: str) -> str:
    return _cut(math_plain(latex), 2 * _NAME_LIMIT)


def _math(latex: str) -> str:
    """A symbol as the inside of a ``<text>``: powers raised, indices lowered."""
    text = _readable(latex)
    if len(_plain(latex)) >= 2 * _NAME_LIMIT or "{" in _RAISED.sub("", text):
        return _clean(_plain(latex))
    parts, at = [], 0
    for found in _RAISED.finditer(text):
        content = found[2] if found[2] is not None else found[3]
        at_once = content.translate(_SUPERSCRIPTS) if found[1] == "^" and set(content) <= _CAN_BE_RAISED else None
        shift = -7 if found[1] == "^" else 4
        parts.append(_clean(text[at : found.start()]))
        parts.append(
            at_once or f'<tspan dy="{shift}" font-size="13">{_clean(content)}</tspan><tspan dy="{-shift}">\u200b</tspan>'
        )
        at = found.end()
    return "".join(parts) + _clean(text[at:])

"""A recording as a static picture in SVG, for notebooks. Needs neither torch nor Qt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from math import isfinite
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import resources
from engine.graph.folding import folds_of
from engine.graph.model import Card, Graph, GraphEdge
from engine.graph.state import EdgeState, Row, State
from engine.graph.timeline import timeline_of
from engine.layout.layering import TENSOR, Point, Problem
from engine.layout.placing import RAILS, solve
from engine.mathematics.atoms import Atom, plain_text
from engine.mathematics.expression import Expression
from engine.mathematics.letters import Word
from engine.mathematics.numbers import format_number
from engine.tables.tables import Tables

MOST_CARDS = 200
"""Cards of a larger graph are left out, from this one on; the picture says how many."""
MOST_NOTES = 4
HEIGHT = 134
"""The height of a card, in px."""
_MARGIN = 24
_VALUE, _GRADIENT = RAILS - 12, RAILS + 14
"""How far below a card's top its value row and its gradient row have their middle, and the edges between them go."""
_NAME_LIMIT = 30
_MONO = "ui-monospace, 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"
_SANS = "Inter, system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
_BAD_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SUPERSCRIPTS = str.maketrans("0123456789−+nT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿᵀ")
_CAN_BE_RAISED = set("0123456789−+nT")


def svg_of(recording: Tables) -> str:
    """The graph at the end of the recording: values, gradients and the edges along which they went, as one ``<svg>`` element.

    Well-formed XML on its own. Modules are folded as the window folds them at first. Of more than ``MOST_CARDS`` cards the first
    ones are drawn, and the rest is counted.
    """
    view = folds_of(recording).first_view
    graph = view.graph
    left_out = max(0, len(graph.cards) - MOST_CARDS)
    part = _first(graph) if left_out else graph
    state = view.state(timeline_of(recording).state(recording.end))
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


def html_of(recording: Tables) -> str:
    """The picture in a box that scrolls where the page is narrower than it."""
    return f'<div style="overflow-x: auto; max-width: 100%">{svg_of(recording)}</div>'


def describe(recording: Tables) -> str:
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


def _words(recording: Tables, left_out: int, folded: int) -> tuple[list[str], list[str]]:
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
    head = 11.5 * len(_plain(card.mathematics)) + (9.0 * (len(_name(card)) + 3) if card.name else 0.0)
    head += 7.0 * (len(_shape(card)) + 2) if card.tensor else 0.0
    rows = max(len(_row(shown.value)[0]), len(_row(shown.gradient)[0])) * 8.0 + 70
    return float(round(max(132.0, min(340.0, max(head + 30, rows + 24, 6.6 * len(_cut(card.subtitle, 44)) + 26)))))


def _card(card: Card, state: State, place: Point, width: float) -> str:
    x, y = place
    shown = state.cards[card.id]
    border = "error_line" if shown.failed else "line_strong"
    name = f" = {_name(card)}" if card.name else ""
    parts = [
        f"<g><title>{_clean(' '.join(filter(None, (_plain(card.mathematics), card.name, card.subtitle))))}</title>",
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.0f}" height="{HEIGHT}" rx="8" fill="{_color("card")}" '
        f'stroke="{_color(border)}" stroke-width="{1.5 if shown.failed else 1}"/>',
        f'<text x="{x + 13:.1f}" y="{y + 31:.1f}" font-family="{_SANS}" font-size="20" fill="{_color("text")}">'
        f'{_math(card.mathematics)}<tspan font-size="15" fill="{_color("text_2")}">{_clean(name)}</tspan></text>',
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
    rails = _tokens()["rails"]
    parts = [_path(value, rails["value"]), _tip(right, bottom + _VALUE, -7, rails["value"])]
    if state.gradient in ("active", "done") or (state.gradient == "freed" and state.contribution is not None):
        parts += [_path(gradient, rails["gradient"]), _tip(left, top + _GRADIENT, 7, rails["gradient"])]
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
def _tokens() -> dict[str, Any]:
    return json.loads(resources.read_text("themes/tokens.json"))  # type: ignore[no-any-return]


def _color(token: str) -> str:
    return str(_tokens()["light"][token]["hex"])


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
    return escape(_BAD_CHARACTERS.sub("\ufffd", text))


def _quoted(text: str) -> str:
    return quoteattr(_BAD_CHARACTERS.sub("\ufffd", text))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _plain(symbol: Expression) -> str:
    return _cut(symbol.to_plain(), 2 * _NAME_LIMIT)


def _math(symbol: Expression) -> str:
    """A symbol as the inside of a ``<text>``: powers raised, indices lowered."""
    if isinstance(symbol, Word):
        return _clean(_cut(symbol.shown, 2 * _NAME_LIMIT))
    atoms = symbol.atoms
    scripts = [atom for atom in atoms if atom.kind == "script"]
    nested = any(part.kind in ("script", "root", "frac") for atom in scripts for part in (*atom.body, *atom.sup, *atom.sub))
    if nested or any(atom.kind in ("root", "frac") for atom in atoms) or len(_plain(symbol)) >= 2 * _NAME_LIMIT:
        return _clean(_plain(symbol))
    parts = []
    for at, atom in enumerate(atoms):
        parts.append(" " if at and _apart(atoms, at) else "")
        if atom.kind != "script":
            parts.append(_clean(plain_text((atom,)) if atom.kind == "hat" else atom.plain))
            continue
        parts.append(_clean(plain_text(atom.body)))
        parts.append(_shifted(plain_text(atom.sub), 4) if atom.sub else "")
        parts.append(_shifted(plain_text(atom.sup), -7) if atom.sup else "")
    return "".join(parts)


def _shifted(text: str, by: int) -> str:
    if by < 0 and set(text) <= _CAN_BE_RAISED:
        return text.translate(_SUPERSCRIPTS)
    return f'<tspan dy="{by}" font-size="13">{_clean(text)}</tspan><tspan dy="{-by}">\u200b</tspan>'


_OPERANDS = ("ord", "script", "hat", "name")


def _apart(atoms: tuple[Atom, ...], at: int) -> bool:
    """Whether a space stands before an atom: beside signs and between symbols, but not behind the minus of ``−(·)``."""
    one, other = atoms[at - 1], atoms[at]
    if {"space", "punct"} & {one.kind, other.kind} or "|" in (one.plain, other.plain) or (one.kind, other.plain) == ("bin", "="):
        return False
    if "/" in (one.plain, other.plain) or "rel" in (one.kind, other.kind):
        return True
    if one.kind == "bin":
        hole = other.kind == "open" and atoms[at + 1].plain == "·"
        return (
            at == 1 and (one.plain != "−" or not (hole or other.plain[:1].isalpha()))
            if _is_sign(atoms, at - 1)
            else other.kind != "close"
        )
    if other.kind == "bin":
        return one.kind != "open"
    digits = one.plain[:1].isdigit() and (other.body or (other,))[0].plain[:1].isdigit()
    return one.kind in _OPERANDS and other.kind in _OPERANDS and not digits and other.plain not in ("′", "i")


def _is_sign(atoms: tuple[Atom, ...], at: int) -> bool:
    return at == 0 or atoms[at - 1].kind in ("open", "bin", "rel", "punct")

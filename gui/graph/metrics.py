"""Measures of cards, rails and texts in the graph, in logical px at 100 %."""

from __future__ import annotations

import re
from functools import lru_cache
from math import floor
from typing import Literal

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtSvg import QSvgRenderer

from engine.recording import Card
from engine.symbols import escape, name_symbol
from gui.mathtext import draw_math, math_width
from gui.numbers import shape_text
from gui.theme import icon_svg, mono_font, ui_font

Detail = Literal["full", "compact", "dot"]
Face = Literal["ui", "mono"]

SMALLEST_TEXT = 11
CARD_HEIGHT, TENSOR_HEIGHT = 137, 148
CARD_WIDTH, LEAF_WIDTH, RESULT_WIDTH, TENSOR_WIDTH = 126, 132, 104, 120
WIDEST = 220
COMPACT_TOP = 30
"""A compact card leaves out this much of the top of its place: it is then 64 px high at 60 %."""
DOT = 24
_MEASURED = 20
_WORD = re.compile(r"\\mathrm\{([^{}]*)\}")


def detail(zoom: float) -> Detail:
    """How much of a card is drawn at ``zoom`` (1.0 is 100 %)."""
    if zoom >= 0.699:
        return "full"
    return "compact" if zoom >= 0.349 else "dot"


@lru_cache(maxsize=256)
def font(face: Face, px: float, weight: int = 400) -> tuple[QFont, QFontMetricsF]:
    """A cached font with its metrics."""
    made = mono_font(px, weight) if face == "mono" else ui_font(px, weight)
    return made, QFontMetricsF(made)


@lru_cache(maxsize=16384)
def text_width(text: str, face: Face, px: float, weight: int = 400) -> float:
    return font(face, px, weight)[1].horizontalAdvance(text)


@lru_cache(maxsize=4096)
def elided(text: str, face: Face, px: float, width: float, middle: bool = True) -> str:
    """``text``, shortened with an ellipsis to fit ``width``."""
    mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
    return font(face, px)[1].elidedText(text, mode, width)


def readable(px: float, zoom: float) -> float:
    """``px``, or more where the text would be under 11 px on screen at ``zoom``."""
    return max(px, round(SMALLEST_TEXT / zoom + 0.499)) if zoom < 1 else px


def card_size(card: Card) -> tuple[float, float]:
    """Width and height of ``card``'s place: wider than usual where its symbol, name or Node name needs it."""
    if card.tensor:
        least, height, pad = TENSOR_WIDTH, TENSOR_HEIGHT, 22.0
    else:
        least = {"operation": CARD_WIDTH, "result": RESULT_WIDTH}.get(card.kind, LEAF_WIDTH)
        height, pad = CARD_HEIGHT, 26.0
    header = math_width(card.symbol, symbol_px(card)) + pad
    if card.name:
        header += 8 + math_width(name_text(card.name), 15)
    if card.tensor:
        header += 8 + badge_width(card)
    sign = 18 if card.kind == "module" else 0
    need = max(least, header, text_width(card.subtitle, "ui", 11) + pad + sign)
    return float(min(WIDEST, round(need + 0.499))), float(height)


def name_text(name: str) -> str:
    """What stands behind the symbol of an operation whose value the program gave a name: ``= \\hat{y}``."""
    return f"= {name_symbol(name)}"


def fitting_px(symbol: str, px: float, smallest: float, room: float) -> float:
    """``px``, or if ``symbol`` is wider than ``room`` then, the whole size at which it is not; not below ``smallest``."""
    wide = math_width(symbol, px)
    return px if wide <= room else max(smallest, floor(px * room / wide))


def short_symbol(symbol: str, px: float, width: float) -> str:
    """``symbol``; if it is one word wider than ``width``, with an ellipsis in its middle."""
    return symbol if math_width(symbol, px) <= width else _shortened(symbol, floor(0.98 * _MEASURED * width / px))


@lru_cache(maxsize=4096)
def _shortened(symbol: str, width: int) -> str:
    """As ``_MEASURED`` px high: while the zoom changes, the same few widths are asked for again and again."""
    found = _WORD.fullmatch(symbol)
    if found is None:
        return symbol
    name = found[1].replace("\\_", "_")
    for kept in range(len(name) - 1, 1, -1):
        head = (kept + 1) // 2
        short = f"\\mathrm{{{escape(name[:head])}…{escape(name[head - kept :])}}}"
        if math_width(short, _MEASURED) <= width:
            return short
    return symbol


def symbol_px(card: Card) -> int:
    return 22 if card.tensor else 25


def badge_width(card: Card) -> float:
    return text_width(shape_text(card.shape), "mono", 11, 500) + 10


def own_ports(card: Card) -> tuple[float, float]:
    """Heights from the card's top at which its value leaves and its gradient arrives."""
    return (77.0, 112.0) if card.tensor else (83.0, 115.0)


def input_ports(card: Card, index: int, count: int) -> tuple[float, float]:
    """Heights at which input ``index`` of ``count`` arrives and its gradient leaves."""
    if count <= 1:
        return own_ports(card)
    if count == 2:
        if card.tensor:
            return ((77.0, 112.0), (127.0, 139.0))[index]
        return ((34.0, 50.0), (100.0, 116.0))[index]
    top, bottom = 22.0, (TENSOR_HEIGHT if card.tensor else CARD_HEIGHT) - 10.0
    pitch = (bottom - top) / count
    centre = top + (index + 0.5) * pitch
    half = min(8.0, pitch * 0.28)
    return centre - half, centre + half


@lru_cache(maxsize=32)
def _icon(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(icon_svg(name, color)))


def draw_icon(painter: QPainter, name: str, color: QColor, x: float, y: float, size: float) -> None:
    """The icon ``name`` with its top left corner at (x, y)."""
    _icon(name, color.name()).render(painter, QRectF(x, y, size, size))


def draw_symbol(painter: QPainter, symbol: str, left: float, baseline: float, px: float, room: float, color: QColor) -> float:
    """Draw ``symbol`` in a width of ``room``, shortened or cut off with an ellipsis where it must be; the width it took."""
    short = short_symbol(symbol, px, room + 0.5)
    wide = math_width(short, px)
    if wide <= room + 0.5:
        draw_math(painter, left, baseline, short, px, color)
        return wide
    dots = math_width("\\ldots", px)
    painter.save()
    painter.setClipRect(QRectF(left, baseline - 2 * px, room - dots, 3 * px), Qt.ClipOperation.IntersectClip)
    draw_math(painter, left, baseline, short, px, color)
    painter.restore()
    draw_math(painter, left + room - dots, baseline, "\\ldots", px, color)
    return room


def draw_text(
    painter: QPainter, text: str, x: float, middle: float, color: QColor, face: Face = "ui", px: float = 11, weight: int = 400
) -> float:
    """``text`` from ``x``, vertically centred on ``middle`` by the height of its digits; the width drawn."""
    made, measured = font(face, px, weight)
    painter.setFont(made)
    painter.setPen(color)
    painter.drawText(QRectF(x, middle + measured.capHeight() / 2 - measured.ascent(), 10000, measured.height()), 0, text)
    return text_width(text, face, px, weight)


def draw_text_right(
    painter: QPainter, text: str, right: float, middle: float, color: QColor, face: Face = "ui", px: float = 11, weight: int = 400
) -> float:
    """As ``draw_text``, but ending at ``right``."""
    width = text_width(text, face, px, weight)
    draw_text(painter, text, right - width, middle, color, face, px, weight)
    return width

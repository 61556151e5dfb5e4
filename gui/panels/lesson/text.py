"""Lines of a lesson as rich text: words, code, mathematics, and numbers once they are computed."""

from __future__ import annotations

import html
from collections.abc import Mapping

from engine.lessons.model import Code, Computed, Line, Maths, Words
from gui.look.theme import MATH_FAMILY, MONO_FAMILY, ThemeManager
from gui.look.words import italic

_MATH_SIZE = 1.2


def rich_line(
    line: Line,
    numbers: Mapping[str, str],
    theme: ThemeManager,
    px: int,
    height: int,
    *,
    strong: bool = False,
    token: str = "text",
) -> str:
    """``line`` as HTML, ``px`` large and ``height`` px from line to line; ``numbers`` has what is computed, by expression."""
    parts = [_piece(piece, numbers, theme, px) for piece in line]
    weight = "font-weight:600;" if strong else ""
    style = f"margin:0; line-height:{height}px; -qt-line-height-type:fixed; color:{theme.hex(token)}; {weight}"
    return f'<p style="{style}">{"".join(parts)}</p>'


def _piece(piece: Words | Code | Maths | Computed, numbers: Mapping[str, str], theme: ThemeManager, px: int) -> str:
    match piece:
        case Words():
            text = html.escape(piece.text)
            if piece.strong:
                text = f"<b>{text}</b>"
            if piece.emphasised:
                text = f"<i>{text}</i>"
            if piece.address:
                text = f'<a href="{html.escape(piece.address)}" style="color:{theme.hex("value")};">{text}</a>'
            return text
        case Code():
            return f"<span style=\"font-family:'{MONO_FAMILY}'; font-size:{px - 1}px;\">{html.escape(piece.text)}</span>"
        case Maths():
            style = f"font-family:'{MATH_FAMILY}'; font-size:{round(px * _MATH_SIZE)}px;"
            return f'<span style="{style}">{html.escape(italic(piece.expression.to_plain()))}</span>'
        case Computed():
            shown = numbers.get(piece.expression, "…")
            token = "grad" if ".grad" in piece.expression else "value"
            style = f"font-family:'{MONO_FAMILY}'; font-size:{px - 1}px; color:{theme.hex(token)};"
            return f'<span style="{style}">{html.escape(shown)}</span>'


def spoken(line: Line, numbers: Mapping[str, str]) -> str:
    """``line`` as a screen reader says it."""
    said = []
    for piece in line:
        match piece:
            case Words() | Code():
                said.append(piece.text)
            case Maths():
                said.append(piece.expression.to_spoken())
            case Computed():
                said.append(numbers.get(piece.expression, "…"))
    return "".join(said)

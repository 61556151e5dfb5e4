"""Sentences with inline mathematics and code as rich text for labels."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from gui.look.theme import MATH_FAMILY, MONO_FAMILY

_MATH_SIZE = 1.2


def italic(text: str) -> str:
    """Single letters as mathematical italics; words stay upright."""
    out = []
    for index, letter in enumerate(text):
        before, after = text[index - 1 : index], text[index + 1 : index + 2]
        alone = not (before.isascii() and before.isalpha()) and not (after.isascii() and (after.isalpha() or after == "_"))
        if not (letter.isascii() and letter.isalpha() and alone) or before == "_":
            out.append(letter)
        elif letter == "h":
            out.append("\u210e")
        else:
            first = ("A", 0x1D434) if letter.isupper() else ("a", 0x1D44E)
            out.append(chr(first[1] + ord(letter) - ord(first[0])))
    return "".join(out)


@lru_cache(maxsize=512)
def rich(text: str, px: int, line: int, code_color: str, ways: tuple[tuple[str, int], ...] = ()) -> str:
    """``text`` (mathematics, as plain text, between ``$``, code between backticks) as HTML with lines ``line`` px high.

    ``ways`` are words in it that lead to a moment; each links to the cursor of that moment.
    """
    parts = []
    for number, part in enumerate(text.split("$")):
        if number % 2:
            style = f"font-family:'{MATH_FAMILY}'; font-size:{round(px * _MATH_SIZE)}px;"
            parts.append(f'<span style="{style}">{html.escape(italic(part))}</span>')
            continue
        for index, piece in enumerate(part.split("`")):
            escaped = html.escape(piece)
            if index % 2:
                style = f"font-family:'{MONO_FAMILY}'; font-size:{px - 1}px; color:{code_color};"
                escaped = f'<span style="{style}">{escaped}</span>'
            else:
                for words, cursor in ways:
                    link = f'<a href="{cursor}" style="color:{code_color};">{words}</a>'
                    escaped = re.sub(rf"\b{words}\b", link, escaped)
            parts.append(escaped)
    height = f"line-height:{line}px; -qt-line-height-type:fixed;"
    return f'<p style="margin:0; {height}">{"".join(parts)}</p>'

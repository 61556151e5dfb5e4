"""Lines of Markdown as pieces: words, code, formulas and computed numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from engine.lessons.model import Code, Computed, Line, Maths, Piece, Words
from engine.lessons.play.expressions import check_expression
from engine.lessons.reading.formulas import read_formula
from engine.lessons.reading.problems import Problem

_ALLOWED_LINKS = ("https://", "http://")


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """CommonMark without HTML, with a head and formulas between dollar signs."""
    made = MarkdownIt("commonmark", {"html": False})
    made.use(front_matter_plugin)
    made.use(dollarmath_plugin, allow_digits=True, allow_space=False, double_inline=False)
    made.disable(["html_block", "html_inline"])
    return made


class Inline:
    """Reads lines; what is wrong goes to ``problems``."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems

    def line(self, text: str, line: int) -> Line:
        """The text of a key, which stands in line ``line`` of the file."""
        found: list[Piece] = []
        for token in parser().parseInline(text):
            found += self.pieces(token.children or (), line)
        return tuple(found)

    def pieces(self, tokens: Sequence[Token], line: int) -> Line:
        """The pieces of an inline token's children; ``line`` is the first line of its paragraph."""
        found: list[Piece] = []
        strong = emphasised = 0
        address = ""
        for token in tokens:
            match token.type:
                case "text" | "text_special":
                    if token.content:
                        found.append(Words(token.content, strong > 0, emphasised > 0, address))
                case "softbreak" | "hardbreak":
                    found.append(Words(" "))
                    line += 1
                case "code_inline":
                    found.append(self._code(token.content, line))
                case "math_inline":
                    found += self._formula(token.content, line)
                case "strong_open":
                    strong += 1
                case "strong_close":
                    strong -= 1
                case "em_open":
                    emphasised += 1
                case "em_close":
                    emphasised -= 1
                case "link_open":
                    address = str(token.attrGet("href") or "")
                    if not address.startswith(_ALLOWED_LINKS):
                        self._wrong(line, f"a link leads to https:// or http://, not to “{address}”")
                        address = ""
                case "link_close":
                    address = ""
                case "image":
                    self._wrong(line, "a picture stands on a line of its own")
                case _:
                    self._wrong(line, f"{token.type.replace('_', ' ')} cannot stand in a line")
        return tuple(found)

    def _code(self, text: str, line: int) -> Piece:
        """Code, or, where it begins with = and a space, a number to compute."""
        if not text.startswith("= "):
            return Code(text)
        expression = text[2:].strip()
        try:
            check_expression(expression)
        except ValueError as error:
            self._wrong(line, str(error))
        return Computed(expression, line)

    def _formula(self, text: str, line: int) -> list[Piece]:
        try:
            return [Maths(read_formula(text))]
        except ValueError as error:
            self._wrong(line, str(error))
            return [Code(text)]

    def _wrong(self, line: int, message: str) -> None:
        self._problems.append(Problem(line, message))

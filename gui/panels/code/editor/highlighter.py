"""Syntax colours: numbers in the colour of values, keywords semibold, keyword arguments and comments quieter, nothing else."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.look.theme import ThemeManager
from gui.panels.code.editor.positions import units

_TOKEN = re.compile(
    r"""(?P<comment>\#.*)
    |(?P<string>[rRbBfFuU]{0,2}(?:'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?))
    |(?P<number>(?<![\w.])(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?))
    |(?P<argument>[^\W\d]\w*\s*=(?!=))
    |(?P<word>[^\W\d]\w*)
    |(?P<open>[([{])
    |(?P<close>[)\]}])""",
    re.VERBOSE,
)
_WORDS = frozenset(keyword.kwlist)


class Highlighter(QSyntaxHighlighter):
    """Colours a document of program text; a block's state is how many brackets are open at its end."""

    def __init__(self, document: QTextDocument, theme: ThemeManager) -> None:
        super().__init__(document)
        self._theme = theme
        self._formats: dict[str, QTextCharFormat] = {}
        self.restyle()

    def restyle(self) -> None:
        """Take the theme's colours again."""
        for name, token in {"number": "value", "argument": "text_2", "comment": "text_3"}.items():
            style = QTextCharFormat()
            style.setForeground(self._theme.color(token))
            self._formats[name] = style
        word = QTextCharFormat()
        word.setFontWeight(QFont.Weight.DemiBold)
        self._formats["word"] = word
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        depth = max(0, self.previousBlockState())
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or ""
            if kind == "open":
                depth += 1
            elif kind == "close":
                depth = max(0, depth - 1)
            elif kind == "argument" and depth == 0:
                continue
            elif kind in self._formats and (kind != "word" or match.group() in _WORDS):
                self.setFormat(units(text[: match.start()]), units(match.group()), self._formats[kind])
        self.setCurrentBlockState(depth)

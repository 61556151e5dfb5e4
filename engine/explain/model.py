"""What an explanation is made of: words, and formulas in pieces that carry the recorded numbers they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.mathematics.plain_math import math_plain
from engine.recording import TensorData

Role = Literal["plain", "value", "grad", "update", "error"]


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """A part of a formula in one colour.

    Attributes
    ----------
    latex : str
    role : plain, value (blue), grad (orange), update (green) or error (red)
    caption : str
        A word or two to stand below it; plain text.
    data : TensorData or None
        The recorded tensor that it shows, when it is a number or a list of numbers.
    """

    latex: str
    role: Role = "plain"
    caption: str = ""
    data: TensorData | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """``left sign right``; signs stand below one another. ``strong``: the result, set large."""

    left: tuple[Piece, ...]
    sign: str
    right: tuple[Piece, ...]
    strong: bool = False

    @property
    def latex(self) -> str:
        return " ".join([*(piece.latex for piece in self.left), self.sign, *(piece.latex for piece in self.right)]).strip()


@dataclass(frozen=True, eq=False, slots=True)
class Change:
    """What was replaced: ``name`` as in the program, the texts before and after, and the colour of the new one."""

    name: str
    before: str
    after: str
    role: Role


@dataclass(frozen=True, eq=False, slots=True)
class NumberLine:
    """A parameter that moved from ``before`` to ``after`` (both finite)."""

    before: float
    after: float


@dataclass(frozen=True, eq=False, slots=True)
class Explanation:
    """One moment, card or edge in words and numbers.

    ``sentence`` and ``note`` hold inline mathematics between ``$`` and code between backticks. ``phase`` is the phase of the
    moment (it gives the colour). ``moment`` is the cursor that it tells about; for cards and edges the one of the last change.
    ``ways`` are the words in them that name another moment, each with the cursor there: a view leads to it.
    """

    title: str
    phase: str
    sentence: str
    lines: tuple[Line, ...] = ()
    change: Change | None = None
    note: str = ""
    number_line: NumberLine | None = None
    moment: int = 0
    warning: str = ""
    ways: tuple[tuple[str, int], ...] = ()

    def to_latex(self) -> str:
        """The formulas, ready to be pasted into a LaTeX document."""
        if not self.lines:
            return ""
        rows = []
        for line in self.lines:
            left = " ".join(piece.latex for piece in line.left)
            right = " ".join(piece.latex for piece in line.right)
            rows.append(f"{left} &{line.sign} {right}".strip())
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def to_text(self) -> str:
        """Everything as plain text."""
        parts = [self.title, plain_words(self.sentence)]
        parts += [plain_latex(line.latex) for line in self.lines]
        if self.change is not None:
            parts.append(f"{self.change.name}: {self.change.before} → {self.change.after}")
        parts += [plain_words(text) for text in (self.warning, self.note) if text]
        return "\n".join(parts)


def plain_words(text: str) -> str:
    """A sentence without its marks: ``$a^{2}$`` is ``a²``."""
    parts = text.split("$")
    return "".join(plain_latex(part) if index % 2 else part for index, part in enumerate(parts)).replace("`", "")


def plain_latex(latex: str) -> str:
    """The subset of LaTeX used here as one line of text: ``\\frac{\\partial y}{\\partial b}`` is ``∂y/∂b``."""
    return " ".join(math_plain(latex).split())

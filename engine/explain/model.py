"""What an explanation is made of: words, and formulas in pieces that carry the recorded numbers they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Sign
from engine.mathematics.tree import Row
from engine.runtime.cached import cached_property
from engine.tables import TensorData

Role = Literal["plain", "value", "grad", "update", "error"]


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """A part of a formula in one colour.

    Attributes
    ----------
    symbol : Expression
    role : plain, value (blue), grad (orange), update (green) or error (red)
    caption : str
        A word or two to stand below it; plain text.
    data : TensorData or None
        The recorded tensor that it shows, if it is a number or a list of numbers.
    """

    symbol: Expression
    role: Role = "plain"
    caption: str = ""
    data: TensorData | None = None

    @property
    def latex(self) -> str:
        return self.symbol.to_latex()


@dataclass(frozen=True, eq=False)
class Line:
    """``left sign right``; signs (``=``, ``→``, ``←`` or none) stand below one another. ``strong``: the result, set large."""

    left: tuple[Piece, ...]
    sign: str
    right: tuple[Piece, ...]
    strong: bool = False

    @cached_property
    def symbol(self) -> Expression:
        """All of it, without captions and colours."""
        sign = (Sign(self.sign),) if self.sign else ()
        return Row((*(piece.symbol for piece in self.left), *sign, *(piece.symbol for piece in self.right)))

    @property
    def latex(self) -> str:
        return self.symbol.to_latex()


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

    ``sentence`` and ``note`` hold inline mathematics, as plain text, between ``$`` and code between backticks. ``phase`` is the
    phase of the moment (it gives the colour). ``moment`` is the cursor that it tells about; for cards and edges, that of the last
    change. ``ways`` are the words in them that name another moment, each with the cursor there: a view leads to it. ``subject``
    is what the title is about in few words, such as ``Operation 9`` or a card's label; empty: the title says it. ``failed``: it
    tells about the error that ended the program.
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
    subject: str = ""
    failed: bool = False

    def to_latex(self) -> str:
        """The formulas, ready to be pasted into a LaTeX document."""
        if not self.lines:
            return ""
        rows = []
        for line in self.lines:
            left = " ".join(piece.latex for piece in line.left)
            right = " ".join(piece.latex for piece in line.right)
            sign = Sign(line.sign).to_latex() if line.sign else ""
            rows.append(f"{left} &{sign} {right}".strip())
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def to_text(self) -> str:
        """Everything as plain text."""
        parts = [self.title, plain_words(self.sentence)]
        parts += [line.symbol.to_plain() for line in self.lines]
        if self.change is not None:
            parts.append(f"{self.change.name}: {self.change.before} → {self.change.after}")
        parts += [plain_words(text) for text in (self.warning, self.note) if text]
        return "\n".join(parts)


def plain_words(text: str) -> str:
    """A sentence without its marks."""
    return text.replace("$", "").replace("`", "")

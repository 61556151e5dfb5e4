"""What an explanation is made of: words, and formulas in pieces that carry the recorded numbers they show."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from engine.recording import TensorData

Role = Literal["plain", "value", "grad", "update", "error"]
_FRACTION = re.compile(r"\\frac\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_ROOT = re.compile(r"\\sqrt\{([^{}]*)\}")
_PLAIN = {
    "\\cdot": "·", "\\times": "×", "\\odot": "⊙", "\\partial": "∂", "\\leftarrow": "←", "\\to": "→", "\\Sigma": "Σ", "\\sum": "Σ",
    "\\infty": "∞", "\\left": "", "\\right": "", "\\|": "‖", "\\prod": "∏", "\\approx": "≈", "\\pi": "π", "\\ldots": "…",
    "\\le": "≤", "\\ge": "≥", "\\ne": "≠", "\\,": " ", "\\_": "_",
}  # fmt: skip


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


_RAISED = str.maketrans("0123456789+-−T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ᵀ")


def _letter(match: re.Match[str]) -> str:
    """A Greek letter for its command, else the command's name."""
    name = match[1]
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return name


def plain_latex(latex: str) -> str:
    """The subset of LaTeX used here as one line of text: ``\\frac{\\partial y}{\\partial b}`` is ``∂y/∂b``."""
    latex = re.sub(r"\^\{([0-9+\-−T]+)\}", lambda match: match[1].translate(_RAISED), latex)
    while (found := _ROOT.search(latex)) is not None:
        latex = f"{latex[: found.start()]}√({found[1]}){latex[found.end() :]}"
    while (found := _FRACTION.search(latex)) is not None:
        over, under = (part if len(part) < 4 or part.startswith("\\partial") else f"({part})" for part in found.groups())
        latex = f"{latex[: found.start()]}{over}/{under}{latex[found.end() :]}"
    latex = re.sub(r"\\(?:mathrm|text|operatorname)\{((?:[^{}])*)\}", r"\1", latex)
    latex = re.sub(r"\\hat\{([^{}]*)\}", "\\1\u0302", latex)
    latex = re.sub(r"\\partial\s+", "∂", latex)
    for sign, character in _PLAIN.items():
        latex = re.sub(re.escape(sign) + (r"(?![a-zA-Z])" if sign[-1].isalpha() else ""), character, latex)
    latex = re.sub(r"\\([A-Za-z]+)", _letter, latex).replace("\\", "")
    latex = re.sub(r"([_^])\{([^{}]*)\}", lambda match: match[1] + (match[2] if len(match[2]) == 1 else f"({match[2]})"), latex)
    latex = latex.replace("{", "").replace("}", "").replace("-", "−")
    return " ".join(latex.split())

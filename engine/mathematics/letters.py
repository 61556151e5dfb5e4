"""What stands alone in mathematics: letters, words, numbers and signs; and names with marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.mathematics.atoms import GREEK, Atom, character, italic, joined, scripted, upright
from engine.mathematics.expression import APPLIED, ATOM, POWER, PRODUCT, SUM, Expression, Writing
from engine.runtime.cached import cached_property

_HARMLESS = " .,:;+-*/()[]<>=!"
"""What stays in a word besides letters, digits and ``_``; LaTeX could trip over others."""


@dataclass(frozen=True, eq=False)
class Letter(Expression):
    """A single letter, or a Greek one by its name in LaTeX."""

    name: str

    def _write(self, to: Writing) -> None:
        letter = GREEK.get(self.name)
        if letter is None:
            to.put(self.name, character(self.name))
        else:
            to.put(f"\\{self.name}", Atom("ord", letter, letter if self.name[0].isupper() else italic(letter)))


@dataclass(frozen=True, eq=False)
class Word(Expression):
    """An upright word, such as ``loss``."""

    text: str

    @property
    def is_word(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        """Its text as it is written: letters, digits, ``_`` and other characters that LaTeX can take; the rest becomes ``?``."""
        return "".join(char if char == "_" or char.isalnum() or char in _HARMLESS else "?" for char in self.text) or "?"

    def _write(self, to: Writing) -> None:
        latex = "".join({"_": "\\_", " ": "\\ "}.get(char, char) for char in self.shown)
        to.put(f"\\mathrm{{{latex}}}", *upright(self.shown))
        to.has_word = True


@dataclass(frozen=True, eq=False)
class Function(Expression):
    """The name of a function that LaTeX has a command for: ``sin``."""

    name: str

    def _write(self, to: Writing) -> None:
        to.put(f"\\{self.name}", Atom("name", self.name, self.name))


@dataclass(frozen=True, eq=False)
class Sign(Expression):
    """A sign that stands for itself, by its character: ``+``, ``·``, ``→``, ``…``."""

    char: str

    def _write(self, to: Writing) -> None:
        to.sign(self.char)


@dataclass(frozen=True, eq=False)
class Space(Expression):
    """A space that is seen: ``thin``, ``word``; or ``none`` at all."""

    kind: str

    def _write(self, to: Writing) -> None:
        to.space(self.kind)


@dataclass(frozen=True, eq=False)
class Number(Expression):
    """A finite real number, with at most 5 significant digits: ``3``, ``0.5``, ``10^{-5}``, ``2.5 \\cdot 10^{7}``."""

    value: float | int

    @cached_property
    def _digits(self) -> tuple[str, str]:
        """Mantissa (without a 1 in front of a power of ten) and exponent."""
        value = self.value
        if (isinstance(value, int) or value == int(value)) and abs(value) < 10**6:
            return str(int(value)), ""
        mantissa, _, exponent = f"{float(value):.5g}".partition("e")
        if exponent and mantissa in ("1", "-1"):
            mantissa = mantissa[:-1]
        return mantissa, str(int(exponent)) if exponent else ""

    @property
    def plainly_written(self) -> bool:
        """Whether it is written without a power of ten."""
        return not self._digits[1]

    @property
    def level(self) -> int:
        mantissa, exponent = self._digits
        return SUM if self.minus else ATOM if not exponent else PRODUCT if mantissa else POWER

    @property
    def minus(self) -> bool:
        return self.value < 0

    def _write(self, to: Writing) -> None:
        mantissa, exponent = self._digits
        _characters(to, mantissa)
        if exponent:
            if mantissa.strip("-"):
                to.blank()
                to.sign("·")
                to.blank()
            _characters(to, "10")
            raised = Writing()
            _characters(raised, exponent)
            to.latex.append(f"^{{{''.join(raised.latex)}}}")
            scripted(to.atoms, joined(raised.atoms), ())


def _characters(to: Writing, text: str) -> None:
    """Digits, points, minus and colons, one by one: something may be raised at the last."""
    for char in text:
        if char == "-":
            to.negative()
        elif char in ":,":
            to.put(char, character(char, "rel" if char == ":" else "punct"))
        else:
            to.put(char, character(char))


@dataclass(frozen=True, eq=False)
class Complex(Expression):
    """``(1 + 2i)``, which brings its own brackets."""

    real: Expression
    imaginary: Expression
    sign: str = "+"

    def _write(self, to: Writing) -> None:
        to.sign("(")
        to.part(self.real)
        to.blank()
        to.sign(self.sign)
        to.blank()
        to.part(self.imaginary)
        to.put("i", character("i"))
        to.sign(")")


@dataclass(frozen=True, eq=False)
class Indices(Expression):
    """Whole numbers and slices as Python writes them: ``:,0``."""

    text: str

    def _write(self, to: Writing) -> None:
        _characters(to, self.text)


@dataclass(frozen=True, eq=False)
class Shape(Expression):
    """The lengths of a tensor: ``[2 × 3]``; of one length ``shape [8]``, since ``[8]`` would be a list that holds 8."""

    lengths: tuple[int, ...]

    def _write(self, to: Writing) -> None:
        if len(self.lengths) == 1:
            to.part(Word("shape"))
            to.space("thin")
        to.sign("[")
        if not self.lengths:
            to.space("thin")
        for at, length in enumerate(self.lengths):
            if at:
                to.blank()
                to.sign("×")
                to.blank()
            _characters(to, str(length))
        to.sign("]")


@dataclass(frozen=True, eq=False)
class Hole(Expression):
    """Stands for a compound operand: ``(·)``."""

    def _write(self, to: Writing) -> None:
        to.part(DOT, True)


@dataclass(frozen=True, eq=False)
class Operand(Expression):
    """A place in a rule that ``filled`` puts an expression in."""

    key: object

    def filled(self, operands: Mapping[object, Expression]) -> Expression:
        return operands[self.key]

    def _write(self, to: Writing) -> None:
        to.put("?", Atom("ord", "?", "?"))


DOT, HOLE, NOTHING = Sign("·"), Hole(), Indices("")
TENSOR = Word("tensor")
GRADIENT = Letter("G")
"""The gradient that came in, in rules of operations that are not element-wise."""


# Names with marks ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Accented(Expression):
    """``ŷ``: ``accent`` is hat, bar or tilde."""

    accent: str
    body: Expression

    def _write(self, to: Writing) -> None:
        to.put(f"\\{self.accent}{{{self.body.written.latex}}}", Atom("hat", plain=self.accent, body=to.inner(self.body)))


@dataclass(frozen=True, eq=False)
class Primed(Expression):
    """``x′``: a name that was set again."""

    body: Expression
    primes: int

    def _write(self, to: Writing) -> None:
        to.part(self.body)
        for _ in range(self.primes):
            to.sign("′")


@dataclass(frozen=True, eq=False)
class Indexed(Expression):
    """``w_{1,2}``."""

    body: Expression
    indices: tuple[Expression, ...]

    @property
    def level(self) -> int:
        return ATOM if self.body.level == ATOM else APPLIED

    def _write(self, to: Writing) -> None:
        to.part(self.body, not self.body.whole)
        below = Writing()
        for at, item in enumerate(self.indices):
            if at:
                below.sign(",")
            below.part(item)
        to.latex.append(f"_{{{''.join(below.latex)}}}")
        to.has_word |= below.has_word
        scripted(to.atoms, (), joined(below.atoms))

"""What a formula is made of."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain.formula.substitution import Substitution


@dataclass(frozen=True, slots=True)
class FormulaLine:
    """One equation.

    Attributes
    ----------
    latex : str
        Such as ``y = a^{3} - b^{2}``.
    left : str
        What stands before the equals sign; empty when the value has no name.
    root : int or None
        Id of the value that it gives; None for the definition of a part.
    substitution : tuple of SubstitutionPart
        Such as ``= 125 − 36 = 89``; empty when the value has more than one element.
    """

    latex: str
    left: str
    root: int | None
    substitution: Substitution = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """What a program computes.

    Attributes
    ----------
    lines : tuple of FormulaLine
        First one for each root, then the definitions of the parts they name.
    complete : bool
        Whether the lines say everything; if not, ``note`` says why.
    note : str
        Words, when the formula is too long to write.
    """

    lines: tuple[FormulaLine, ...]
    complete: bool
    note: str = ""

    @property
    def latex(self) -> str:
        """All lines, parted by ``\\\\``."""
        return " \\\\ ".join(line.latex for line in self.lines)

    @property
    def substitution(self) -> Substitution:
        """That of the first line."""
        return self.lines[0].substitution if self.lines else ()

    @property
    def key(self) -> str:
        """Equal for two formulas that look the same, whatever the numbers."""
        return self.latex or self.note

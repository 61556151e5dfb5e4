"""The programs that ship with Gradwalk, each declared once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import resources
from engine.mathematics.expression import Expression
from engine.mathematics.letters import DOT, Accented, Function, Letter, Number, Word
from engine.mathematics.tree import Applied, Call, Power, Product, Relation, Row, minus, plus
from engine.text.literals import find_leaves


@dataclass(frozen=True, slots=True)
class Preset:
    """One program: ``file`` is its name in ``resources/programs``, ``symbol`` and ``title`` what it is called."""

    file: str
    symbol: Expression
    title: str

    @property
    def latex(self) -> str:
        return self.symbol.to_latex()

    @property
    def text(self) -> str:
        """The program's text, without the newline at its end, which would show as an empty line."""
        return resources.read_text(f"programs/{self.file}").rstrip("\n")


_A, _B, _W, _X = map(Letter, "abwx")
_Y, _Y_HAT, _TWO, _THREE = Letter("y"), Accented("hat", Letter("y")), Number(2), Number(3)
_CUBIC = minus(Power(_A, _THREE), Power(_B, _TWO))
_SIN_TIMES_EXP = Row((Applied(Function("sin"), _A), DOT, Power(Letter("e"), _B)))

PRESETS: tuple[Preset, ...] = (
    Preset("cubic.py", Relation(_Y, "=", _CUBIC), "y = a³ − b²"),
    Preset("cubic_plus_3.py", Relation(_Y, "=", plus(_CUBIC, _THREE)), "y = a³ − b² + 3"),
    Preset(
        "functions.py",
        Relation(_Y, "=", plus(_SIN_TIMES_EXP, Applied(Function("log"), _A), Applied(Word("relu"), _B))),
        "y = sin a · eᵇ + log a + relu b",
    ),
    Preset("shared_leaf.py", Relation(_Y, "=", plus(Product((_X, _X), "·"), _X)), "y = x · x + x"),
    Preset("neuron.py", Relation(_Y, "=", Call(Function("tanh"), (plus(Product((_W, _X)), _B),))), "y = tanh(w x + b)"),
    Preset(
        "regression_step.py",
        Relation(_Y_HAT, "=", plus(Product((Letter("X"), _W), "@"), _B)),
        "ŷ = X w + b, one update",
    ),
)

DEFAULT = PRESETS[0]
TRAINING_FILE = "regression.py"


def by_file(file: str) -> Preset:
    """The preset in ``file``. Raises KeyError if there is none."""
    for preset in PRESETS:
        if preset.file == file:
            return preset
    raise KeyError(file)


TRAINING_PRESET = by_file("regression_step.py")
"""What the toolbar shows in Train: the same model."""


def _shape(text: str) -> tuple[str, ...]:
    """The text around the numbers of its leaves."""
    parts, end = [], 0
    for element in sorted((element for leaf in find_leaves(text) for element in leaf.elements), key=lambda one: one.start):
        parts.append(text[end : element.start])
        end = element.end
    return (*parts, text[end:].rstrip("\n"))


@lru_cache(maxsize=1)
def _shapes() -> dict[tuple[str, ...], Preset]:
    return {_shape(preset.text): preset for preset in PRESETS}


def like(text: str) -> Preset | None:
    """The preset that ``text`` is, whatever the numbers of its leaves are; None for a program of the user's own."""
    return _shapes().get(_shape(text))

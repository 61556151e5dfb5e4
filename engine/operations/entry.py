"""What an entry says about one operation: its names, how it is written, its derivative, its words and what programs may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.mathematics.expression import Expression
from engine.operations.arrays import Rule, Sent
from engine.operations.signs import Card

Cost = Literal[
    "each element",
    "creation",
    "shape",
    "product",
    "cubic",
    "convolution",
    "sizes",
    "float sizes",
    "pool",
    "adaptive pool",
    "repeated",
    "spread",
    "of many",
    "parts",
    "from data",
    "order",
    "rounded",
    "given numbers",
    "index",
    "range",
    "steps",
    "square",
    "shape among others",
    "cut at places",
    "so many parts",
    "parts of a length",
    "classes",
    "best order",
    "rows by rows",
    "times the order",
    "any side",
    "along rows",
    "power",
    "norm",
    "letters",
    "pairs",
    "all pairs",
    "grid",
]
"""What ``engine.programs.costs`` has to know about an operation; it says what each means."""


@dataclass(frozen=True, eq=False)
class Slot:
    """What a Node sends through one slot: the rule in terms of its ``Operand``s 0, 1 … (the Node's slots) and ``G``, and its
    numbers.

    ``shapes`` names the two factors of a matrix product: ``G 1T`` is ``G`` times what belongs to slot 1, transposed.
    """

    rule: Expression
    numbers: Sent
    shapes: str = ""


@dataclass(frozen=True, eq=False)
class WayBack:
    """What a kind of Node does with the incoming gradient ``G``, where the local slope does not say it.

    Attributes
    ----------
    words : str
        One sentence.
    caption : str
        What ``G`` becomes if nothing is multiplied, shown below it.
    each : bool
        Whether each element that is sent is the one that came in there, or 0, or half of it where two are equal.
    kept : bool
        Whether the gradient passes wherever the result is the input.
    rule : Expression or None
        In terms of ``Operand("in")``, the operand; ``Operand("other")``, the second one; ``Operand("out")``, the result.
    numbers : callable or None
        What the rule gives.
    slots : mapping
        For Nodes whose rule differs from slot to slot.
    spreads : str
        For a reduction: whether each element gets the ``whole`` gradient of its sum, or its ``share``.
    """

    words: str = ""
    caption: str = ""
    each: bool = False
    kept: bool = False
    rule: Expression | None = None
    numbers: Rule | None = None
    slots: Mapping[int, Slot] = field(default_factory=dict)
    spreads: Literal["", "whole", "share"] = ""


@dataclass(frozen=True, eq=False)
class InPlace:
    """What an operation does to a tensor that is there already.

    Attributes
    ----------
    words : str
        One sentence without its full stop, in which ``{said}`` is the program's text for it, ``{it}`` the tensor, and ``{given}``
        what it was given beside that.
    alone : str
        The same where it was given nothing, and the words need it.
    leaves : bool
        Whether something stays of what was there; it does not go into the rest in either case.
    """

    words: str
    alone: str = ""
    leaves: bool = False


@dataclass(frozen=True, eq=False)
class Entry:
    """What is known of one operation. Trees are made of ``Operand(0)``, ``Operand(1)`` …, its inputs in order.

    Attributes
    ----------
    names : str
        What torch calls it, separated by blanks; the first is its name here.
    words : str
        What it computes, in one sentence.
    programs : str
        Where a program may call it: ``torch``, ``x`` (a method), ``x_`` (in place), ``F``, ``F_``, ``linalg``, ``special``; this
        holds for all its names except those written with their place, ``special.expit``.
    also : str
        Names that nobody calls directly: those of Python's operators, ``radd``.
    assigned : str
        The operator that assigns: ``iadd``.
    reverses : str
        The same operation with its operands the other way round: ``sub`` for ``rsub``.
    value : Expression or None
        Its result for single elements. ``Operand(0)`` alone: one element comes back as it was, whatever else is given.
    written : Expression or None
        How a formula writes it, if that is not its name with the operands in brackets.
    card : callable or None
        How its card writes it; None: by its name.
    sign : str
        What stands between its two operands in a line of numbers.
    shapes : bool
        Whether everything after the first operand only names a shape, and is left out of formulas.
    slope : tuple of Expression
        For an element-wise operation: how fast its result changes with each of its inputs. At kinks these follow torch's choices
        (``relu`` at 0 gives 0), which is why they are not made by sympy.
    kink : bool
        Whether it has no derivative where its operand (for a loss: the difference of its operands) is 0.
    rough : bool
        Whether torch computes the slope from something of size 1, beside which anything small is lost.
    sent : tuple of Expression
        For other operations: what becomes of ``G`` (spread out to the input's shape) for each input.
    reshapes : bool
        Whether the gradient goes on in the input's own shape, whatever else is given.
    nodes : mapping
        The Nodes that it leaves, by their name without ``Backward0``, if there is more to say about them than the slope.
    in_place : InPlace or None
        For operations that put other elements in the place of what was there, rather than compute with it.
    adds : Expression or None
        For operations that optimizers write in place with: what a number times is added to the first operand.
    numbers : tuple of two callables, or None
        For functions that occur in slopes: it and its own slope, on arrays.
    answer : callable or None
        For functions that a person may write in an answer of *Predict*.
    draws : bool
        Whether it draws random numbers.
    cost : tuple of str
        What decides its cost to a program.
    """

    names: str
    words: str = ""
    programs: str = ""
    also: str = ""
    assigned: str = ""
    reverses: str = ""
    value: Expression | None = None
    written: Expression | None = None
    card: Card | None = None
    sign: str = ""
    shapes: bool = False
    slope: tuple[Expression, ...] = ()
    kink: bool = False
    rough: bool = False
    sent: tuple[Expression, ...] = ()
    reshapes: bool = False
    nodes: Mapping[str, WayBack] = field(default_factory=dict)
    in_place: InPlace | None = None
    adds: Expression | None = None
    numbers: tuple[Callable[[Any], Any], Callable[[Any], Any]] | None = None
    answer: Callable[[float], float] | None = None
    draws: bool = False
    cost: tuple[Cost, ...] = ()

    @property
    def name(self) -> str:
        """Its name here."""
        return self.names.partition(" ")[0]

    @property
    def called(self) -> dict[str, tuple[str, ...]]:
        """The names by which a program may call it in each place: ``{"torch": ("sigmoid",), "special": ("expit",)}``."""
        placed = [part.partition(".") for part in self.programs.split()]
        own = {name for _, _, name in placed if name}
        others = tuple(name for name in self.names.split() if name not in own)
        found: dict[str, tuple[str, ...]] = {}
        for place, _, name in placed:
            found[place] = (*found.get(place, ()), *((name,) if name else others))
        return found


def nodes(names: str, way: WayBack) -> dict[str, WayBack]:
    """Several Nodes that do the same."""
    return dict.fromkeys(names.split(), way)

"""The in-place operations that optimizers are made of, written out: those of which the entry says what they add."""

from __future__ import annotations

from engine.explain.facts import Facts, product_sign
from engine.explain.model import Line, Piece
from engine.mathematics.expression import BIG, Expression
from engine.mathematics.letters import DOT, Operand, Sign
from engine.mathematics.tree import Product, enclosed
from engine.operations.registry import entry_of
from engine.operations.symbols import number_symbol
from engine.tables import Argument, Operation


def fused_lines(facts: Facts, operation: Operation, label: Expression) -> list[Line]:
    """``w ← w − 0.01 · m / d`` for ``w.addcdiv_(m, d, value=-0.01)``; nothing for any other operation.

    Parameters
    ----------
    label : Expression
        What the operation changes.
    """
    adds = entry_of(operation.name).adds if operation.name.endswith("_") else None
    given = [item for item in operation.inputs if item.value is not None]
    constants = [item.constant for item in operation.inputs if item.value is None]
    scale = constants[0] if constants else 1
    if adds is None or isinstance(scale, bool) or not isinstance(scale, int | float):
        return []
    operands = {0, *(part.key for part in adds.walk() if isinstance(part, Operand))}
    if operands != {*range(len(given))}:  # the number that it is multiplied by is a tensor
        return []
    known: dict[object, Argument] = dict(enumerate(given))
    labels: dict[object, Expression] = {at: facts.label(item.value) for at, item in known.items() if item.value is not None}
    labels[0] = label
    change: tuple[Piece, ...]
    if isinstance(adds, Product):
        one, other = (part.key for part in adds.factors if isinstance(part, Operand))
        by = Sign(product_sign(facts.recording, known[one], known[other]))
        change = (Piece(enclosed(labels[one], BIG)), Piece(by), Piece(enclosed(labels[other], BIG)))
    else:
        change = (Piece(enclosed(adds.filled(labels))),)
    sign, size, dot = Piece(Sign("−" if scale < 0 else "+")), Piece(number_symbol(abs(scale))), Piece(DOT)
    return [Line((Piece(label),), "←", (Piece(label), sign, size, dot, *change))]

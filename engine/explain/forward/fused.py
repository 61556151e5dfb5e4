"""The in-place operations that optimizers are made of, written out: ``addcdiv_``, ``addcmul_`` and ``lerp_``."""

from __future__ import annotations

from engine.explain.facts import Facts, product_sign
from engine.explain.model import Line, Piece
from engine.mathematics.expression import BIG, Expression
from engine.mathematics.letters import DOT, Sign
from engine.mathematics.tree import Bracketed, Quotient, enclosed, minus
from engine.operations.registry import canonical
from engine.operations.symbols import number_symbol
from engine.tables import Operation

_NAMES = frozenset(("addcdiv_", "addcmul_", "lerp_"))


def fused_lines(facts: Facts, operation: Operation, label: Expression) -> list[Line]:
    """``w ← w − 0.01 · m / d`` for ``w.addcdiv_(m, d, value=-0.01)``; nothing for any other operation.

    Parameters
    ----------
    label : Expression
        What the operation changes.
    """
    name = canonical(operation.name)
    given = [facts.label(item.value) for item in operation.inputs if item.value is not None]
    constants = [item.constant for item in operation.inputs if item.value is None]
    scale = constants[0] if constants else 1
    if name not in _NAMES or isinstance(scale, bool) or not isinstance(scale, int | float):
        return []
    sign, size, dot = Piece(Sign("−" if scale < 0 else "+")), Piece(number_symbol(abs(scale))), Piece(DOT)
    change: tuple[Piece, ...]
    if name == "lerp_" and len(given) == 2 and constants:
        change = (Piece(Bracketed(minus(given[1], label))),)
    elif name == "addcdiv_" and len(given) == 3:
        change = (Piece(Quotient(given[1], given[2])),)
    elif name == "addcmul_" and len(given) == 3:
        factors = [item for item in operation.inputs if item.value is not None][1:]
        by = Sign(product_sign(facts.recording, *factors))
        change = (Piece(enclosed(given[1], BIG)), Piece(by), Piece(enclosed(given[2], BIG)))
    else:
        return []
    return [Line((Piece(label),), "←", (Piece(label), sign, size, dot, *change))]

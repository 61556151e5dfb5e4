"""The in-place operations that optimizers are made of, written out: ``addcdiv_``, ``addcmul_`` and ``lerp_``."""

from __future__ import annotations

from engine.explain.facts import Facts, product_sign
from engine.explain.model import Line, Piece
from engine.operations.symbols import canonical, number_symbol
from engine.recording import Operation

_NAMES = frozenset(("addcdiv_", "addcmul_", "lerp_"))


def fused_lines(facts: Facts, operation: Operation, label: str) -> list[Line]:
    """``w ← w − 0.01 · m / d`` for ``w.addcdiv_(m, d, value=-0.01)``; nothing for any other operation.

    Parameters
    ----------
    label : str
        LaTeX of what the operation changes.
    """
    name = canonical(operation.name)
    given = [facts.label(item.value) for item in operation.inputs if item.value is not None]
    constants = [item.constant for item in operation.inputs if item.value is None]
    scale = constants[0] if constants else 1
    if name not in _NAMES or isinstance(scale, bool) or not isinstance(scale, int | float):
        return []
    sign, size, dot = Piece("-" if scale < 0 else "+"), Piece(number_symbol(abs(scale))), Piece("\\cdot")
    change: tuple[Piece, ...]
    if name == "lerp_" and len(given) == 2 and constants:
        change = (Piece(f"({given[1]} - {label})"),)
    elif name == "addcdiv_" and len(given) == 3:
        change = (Piece(f"\\frac{{{given[1]}}}{{{given[2]}}}"),)
    elif name == "addcmul_" and len(given) == 3:
        factors = [item for item in operation.inputs if item.value is not None][1:]
        change = (Piece(_factor(given[1])), Piece(product_sign(facts.recording, *factors)), Piece(_factor(given[2])))
    else:
        return []
    return [Line((Piece(label),), "\\leftarrow", (Piece(label), sign, size, dot, *change))]


def _factor(symbol: str) -> str:
    return f"({symbol})" if " + " in symbol or " - " in symbol else symbol

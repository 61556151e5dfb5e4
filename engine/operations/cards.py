"""The symbols of operations on their cards."""

from __future__ import annotations

from collections.abc import Sequence

from engine.mathematics.expression import Expression
from engine.mathematics.letters import DOT, Sign, Word
from engine.mathematics.tree import Call, Row, enclosed
from engine.operations.registry import canonical, entry_of
from engine.operations.signs import SymbolInput
from engine.operations.symbols import number_symbol

MAIN_KEYWORDS = (None, "other", "exponent", "mat2", "input", "self")
"""Keywords for what an operation computes with, rather than how."""


def operation_symbol(name: str, inputs: Sequence[SymbolInput]) -> Expression:
    """The symbol on an operation's card, such as ``a^{3}``, ``-``, ``3 \\cdot``, ``\\sin a``, ``\\mathrm{relu}``.

    Parameters
    ----------
    name : str
        Short name of the operation as recorded; an unknown one is shown as an upright word.
    inputs : sequence of SymbolInput
        In the order of the call.
    """
    name = canonical(name)
    inplace = name.endswith("_") and not name.endswith("__") and len(name) > 1
    bare = canonical(name[:-1]) if inplace else name
    entry = entry_of(bare)
    operands = [item for item in inputs if item.keyword in MAIN_KEYWORDS]
    scale = next((item.constant for item in inputs if item.keyword == "alpha"), 1)
    if any(item.keyword == "rounding_mode" and item.constant is not None for item in inputs):
        return Word(f"{bare} {next(item.constant for item in inputs if item.keyword == 'rounding_mode')}")
    if entry.sign in ("+", "−") and scale != 1:
        return Row((Sign(entry.sign), enclosed(number_symbol(scale)), DOT))
    if inplace and entry.sign and len(operands) == 2:
        sign = Row((Sign(entry.sign), Sign("=")), close=True)
        return Row((sign, enclosed(operands[1].written))) if operands[1].fixed else sign
    symbol = None if entry.card is None else entry.card(operands)
    return Word(bare) if symbol is None else symbol


def function_symbol(name: str) -> Expression | None:
    """How mathematics writes a function: ``\\sin``, ``\\arctan``, ``\\log_{2}``; None for any other."""
    written = entry_of(name).written
    return written.function if isinstance(written, Call) else None

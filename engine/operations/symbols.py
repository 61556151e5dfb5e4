"""Short mathematics for names, numbers and operations: the symbols on the cards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.mathematics.atoms import GREEK as _LETTERS
from engine.mathematics.expression import Expression
from engine.mathematics.letters import (
    DOT,
    HOLE,
    NOTHING,
    Accented,
    Complex,
    Function,
    Indexed,
    Indices,
    Letter,
    Number,
    Sign,
    Space,
    Word,
)
from engine.mathematics.tree import (
    Bars,
    Item,
    Listing,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Row,
    Sum,
    applied,
    enclosed,
    negated,
)

GREEK = frozenset(_LETTERS) - {"varepsilon", "varphi"}
"""Names that Python programs give to Greek letters."""
_GREEK_NAMES = {letter: name for name, letter in _LETTERS.items()} | {"ε": "epsilon", "φ": "phi"}
_ACCENTS = ("hat", "bar", "tilde")

ALIASES = {
    "truediv": "div",
    "true_divide": "div",
    "divide": "div",
    "rtruediv": "rdiv",
    "multiply": "mul",
    "subtract": "sub",
    "negative": "neg",
    "absolute": "abs",
    "rmul": "mul",
    "radd": "add",
    "mm": "matmul",
    "bmm": "matmul",
    "mv": "matmul",
    "dot": "matmul",
    "inner": "matmul",
    "rmatmul": "rmatmul",
    "t": "T",
    "adjoint": "mT",
    "iadd": "add_",
    "isub": "sub_",
    "imul": "mul_",
    "itruediv": "div_",
    "idiv": "div_",
    "ipow": "pow_",
    "float_power": "pow",
    "invert": "logical_not",
    "log_sigmoid": "logsigmoid",
}
"""Other names under which torch offers the same operation."""

FUNCTIONS = frozenset(("sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "exp"))
"""Function names that LaTeX has a command for, and that mean the same in torch."""

_ARCS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "arcsin": "arcsin", "arccos": "arccos", "arctan": "arctan"}


@dataclass(frozen=True, slots=True)
class SymbolInput:
    """One input of an operation, as its card's symbol sees it.

    Attributes
    ----------
    symbol : Expression or None
        The input's own short symbol, if it is a named leaf or data; None for anything compound.
    constant : object
        The Python constant, when the input is no tensor.
    keyword : str or None
        Its keyword, when it was passed by one.
    is_constant : bool or None
        Whether it is a constant; None (the default) takes ``symbol is None and constant is not None`` for it.
    """

    symbol: Expression | None = None
    constant: object = None
    keyword: str | None = None
    is_constant: bool | None = None

    @property
    def fixed(self) -> bool:
        return self.is_constant if self.is_constant is not None else self.symbol is None and self.constant is not None

    @property
    def written(self) -> Expression:
        """Its constant, its symbol, or a hole for what is compound."""
        return number_symbol(self.constant) if self.fixed else self.symbol or HOLE


def canonical(name: str) -> str:
    """The one name of an operation: ``__rsub__`` is ``rsub``, ``true_divide`` is ``div``, ``iadd`` is ``add_``."""
    if name.startswith("__") and name.endswith("__") and len(name) > 4:
        name = name[2:-2]
    name = name.rsplit(".", 1)[-1]
    return ALIASES.get(name, name)


def _base(name: str) -> Expression | None:
    """A single letter or Greek letter, else None."""
    if name in GREEK:
        return Letter(name)
    if name in _GREEK_NAMES:
        return Letter(_GREEK_NAMES[name])
    return Letter(name) if len(name) == 1 and name.isalpha() else None


def _subscript(part: str) -> Expression:
    return Indices(part) if part.isdigit() else _base(part) or Word(part)


@lru_cache(maxsize=8192)
def name_symbol(name: str) -> Expression:
    """The symbol of a Python name: ``y_hat`` is ``\\hat{y}``, ``w1`` and ``w_1`` are ``w_{1}``, ``loss`` is ``\\mathrm{loss}``.

    Never raises; an empty name gives ``?``.
    """
    plain = "lambda" if name == "lambda_" else name
    if plain.startswith("_") or plain.endswith("_") or not plain:
        return Word(name)
    parts = [part for part in plain.split("_") if part]
    head, rest = parts[0], parts[1:]
    letters = head.rstrip("0123456789")
    digits = head[len(letters) :]
    if not letters:
        return Word(plain)
    base = _base(letters)
    if base is not None and rest and rest[0] in _ACCENTS and not digits:
        base = Accented(rest[0], base)
        rest = rest[1:]
    if base is None:
        if rest and not (len(rest) == 1 and rest[0].isdigit() and not digits):
            return Word(plain)
        base = Word(letters)
    subscripts = ([digits] if digits else []) + rest
    return Indexed(base, tuple(map(_subscript, subscripts))) if subscripts else base


def number_symbol(number: object) -> Expression:
    """A Python constant with at most 5 significant digits: ``3``, ``0.5``, ``10^{-5}``; else words."""
    if isinstance(number, bool) or number is None or isinstance(number, str):
        return Word(str(number))
    if isinstance(number, complex):
        if number.imag == 0:
            return number_symbol(number.real)
        return Complex(number_symbol(number.real), number_symbol(abs(number.imag)), "−" if number.imag < 0 else "+")
    if isinstance(number, (list, tuple)):
        return Listing(tuple(map(number_symbol, number[:3])), more=len(number) > 3, square=True)
    if not isinstance(number, (int, float)):
        return Word(str(number)[:20])
    try:
        value = float(number)
    except OverflowError:
        return Word("huge")
    if math.isnan(value):
        return Word("nan")
    if math.isinf(value):
        return Sign("∞") if value > 0 else negated(Sign("∞"))
    return _number(number)


@lru_cache(maxsize=8192)
def _number(number: int | float) -> Number:
    return Number(number)


def _power(base: SymbolInput, exponent: SymbolInput) -> Expression:
    return Power(base.written, exponent.written)


def _binary(sign: str, left: SymbolInput, right: SymbolInput) -> Expression:
    """Both operands where the left one is a constant, the constant on the right alone, or only the sign."""
    if right.fixed:
        return Row((Sign(sign), enclosed(right.written)))
    if not left.fixed:
        return Sign(sign)
    if sign in "+−":
        return Sum("+-" if sign == "−" else "++", (left.written, right.written))
    if sign in "/÷":
        return Quotient(left.written, right.written, sign)
    return Relation(left.written, sign, right.written)


def index_text(constant: object) -> str:
    """``0``, ``:,0`` or ``1:`` for an index made of whole numbers and slices; empty for any other."""
    entries = constant if isinstance(constant, (list, tuple)) else (constant,)
    whole = all(
        (isinstance(entry, int) and not isinstance(entry, bool)) or (isinstance(entry, str) and not entry.strip("-0123456789:."))
        for entry in entries
    )
    return ",".join(str(entry) for entry in entries) if whole else ""


def indexable(symbol: Expression) -> bool:
    """Whether an index may be lowered at it: nothing in it is lowered yet, or looks like it."""
    return not any(isinstance(item, Indexed) or (isinstance(item, Word) and "_" in item.text) for item in symbol.walk())


def _index(item: SymbolInput, index: SymbolInput) -> Expression:
    if not index.fixed:
        return Item(NOTHING, DOT)
    constant = index.constant
    entries = list(constant) if isinstance(constant, (list, tuple)) else [constant]
    text = index_text(constant)
    if text:
        if item.symbol is not None and indexable(item.symbol) and not isinstance(item.symbol, Power):
            return Indexed(item.symbol, (Indices(text),))
        return Item(NOTHING, Indices(text))
    text = ",".join(str(entry) for entry in entries)
    return Item(NOTHING, Word(text) if len(text) <= 12 else Sign("⋯"))


def _two(name: str, left: SymbolInput, right: SymbolInput) -> Expression | None:
    """The symbol of an operation on two operands, or None if it is none of the known ones."""
    match name:
        case "add":
            # Addition commutes, and "3 +" in front of a compound would read as unfinished.
            return _binary("+", right, left) if left.fixed else _binary("+", left, right)
        case "sub":
            return _binary("−", left, right)
        case "rsub":
            return _binary("−", right, left)
        case "mul":
            constant = left if left.fixed else right if right.fixed else None
            return Sign("×") if constant is None else Row((enclosed(constant.written), DOT))
        case "div" | "rdiv":
            over, under = (left, right) if name == "div" else (right, left)
            return _binary("/" if over.fixed and not under.fixed else "÷", over, under)
        case "pow":
            return _power(left, right)
        case "rpow":
            return _power(right, left)
        case "matmul" | "rmatmul":
            first, second = (left, right) if name == "matmul" else (right, left)
            return Sign("@") if first.symbol is None or second.symbol is None else Product((first.symbol, second.symbol), "@")
        case "getitem":
            return _index(left, right)
        case "floor_divide" | "floordiv":
            return Row((Word("floor"), Sign("÷")))
        case "remainder" | "mod" | "fmod":
            return Row((Word("mod"), Space("thin"), enclosed(right.written))) if right.fixed else Word("mod")
        case "eq" | "ne" | "lt" | "le" | "gt" | "ge":
            return _binary({"eq": "=", "ne": "≠", "lt": "<", "le": "≤", "gt": ">", "ge": "≥"}[name], left, right)
    return None


def _applied(function: Expression, symbol: Expression | None) -> Expression:
    return function if symbol is None else applied(function, symbol)


def function_symbol(name: str) -> Expression | None:
    """How mathematics writes a function: ``\\sin``, ``\\arctan``, ``\\log_{2}``; None for any other."""
    if name in ("log2", "log10"):
        return Indexed(Function("log"), (Indices(name.removeprefix("log")),))
    command = _ARCS.get(name, name if name in FUNCTIONS else "")
    return Function(command) if command else None


def _one(name: str, item: SymbolInput) -> Expression | None:
    """The symbol of an operation on one operand, or None if it is none of the known ones."""
    symbol = item.symbol
    if name == "neg":
        return negated(symbol or HOLE)
    if name == "pos" or name == "positive":
        return Sign("+")
    if name == "exp" and symbol:
        return Power(Letter("e"), symbol)
    function = Word(name) if name == "log1p" else function_symbol(name)
    if function is not None:
        return _applied(function, symbol)
    if name == "sqrt":
        return Root(symbol or DOT)
    if name == "square":
        return _power(item, SymbolInput(constant=2))
    if name == "reciprocal":
        return Quotient(Number(1), symbol or HOLE, "/")
    if name == "abs":
        return Bars(symbol or DOT)
    if name in ("T", "mT", "H", "mH"):
        power = Letter("T" if name in ("T", "mT") else "H")
        return Power(symbol if symbol is not None and not isinstance(symbol, Power) else HOLE, power)
    return None


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
    operands = [item for item in inputs if item.keyword is None or item.keyword in ("other", "exponent", "mat2", "input", "self")]
    scale = next((item.constant for item in inputs if item.keyword == "alpha"), 1)
    if any(item.keyword == "rounding_mode" and item.constant is not None for item in inputs):
        return Word(f"{bare} {next(item.constant for item in inputs if item.keyword == 'rounding_mode')}")
    if bare in ("add", "sub") and scale != 1:
        return Row((Sign("+" if bare == "add" else "−"), enclosed(number_symbol(scale)), DOT))
    if inplace and bare in ("add", "sub", "mul", "div") and len(operands) == 2:
        sign = Row((Sign({"add": "+", "sub": "−", "mul": "×", "div": "÷"}[bare]), Sign("=")), close=True)
        return Row((sign, enclosed(operands[1].written))) if operands[1].fixed else sign
    if bare == "sum":
        return SIGMA
    if len(operands) == 2:
        two = _two(bare, operands[0], operands[1])
        if two is not None:
            return two
    if len(operands) >= 1:
        one = _one(bare, operands[0])
        if one is not None:
            return one
    return Word(bare)


SIGMA = Sign("Σ")
"""A sum over all elements, as a card's symbol."""

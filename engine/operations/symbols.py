"""Short mathematics for names, numbers and operations: the symbols on the cards, in a small subset of LaTeX."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega upsilon "
    "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
)
GREEK = frozenset(_GREEK_NAMES.split())
_GREEK_LETTERS = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}
_ACCENTS = {"hat": "hat", "bar": "bar", "tilde": "tilde"}

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

HOLE = "(\\cdot)"
"""Stands for a compound operand."""

_ARCS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "arcsin": "arcsin", "arccos": "arccos", "arctan": "arctan"}


@dataclass(frozen=True, slots=True)
class SymbolInput:
    """One input of an operation, as its card's symbol sees it.

    Attributes
    ----------
    symbol : str or None
        The input's own short symbol, if it is a named leaf or data; None for anything compound.
    constant : object
        The Python constant, when the input is no tensor.
    keyword : str or None
        Its keyword, when it was passed by one.
    is_constant : bool or None
        Whether it is a constant; None (the default) takes ``symbol is None and constant is not None`` for it.
    """

    symbol: str | None = None
    constant: object = None
    keyword: str | None = None
    is_constant: bool | None = None

    @property
    def fixed(self) -> bool:
        return self.is_constant if self.is_constant is not None else self.symbol is None and self.constant is not None


def canonical(name: str) -> str:
    """The one name of an operation: ``__rsub__`` is ``rsub``, ``true_divide`` is ``div``, ``iadd`` is ``add_``."""
    if name.startswith("__") and name.endswith("__") and len(name) > 4:
        name = name[2:-2]
    name = name.rsplit(".", 1)[-1]
    return ALIASES.get(name, name)


def escape(text: str) -> str:
    """``text`` for use inside ``\\mathrm{…}``: letters, digits and ``_`` stay, whatever LaTeX could trip over becomes ``?``."""
    out: list[str] = []
    for character in text:
        if character == "_":
            out.append("\\_")
        elif character.isalnum() or character in " .,:;+-*/()[]<>=!":
            out.append(character)
        else:
            out.append("?")
    return "".join(out)


def word(text: str) -> str:
    """An upright word, such as ``\\mathrm{loss}``."""
    return f"\\mathrm{{{escape(text) or '?'}}}"


def _base(name: str) -> str | None:
    """A single letter or Greek letter as LaTeX, else None."""
    if name in GREEK:
        return f"\\{name}"
    if name in _GREEK_LETTERS:
        return f"\\{_GREEK_LETTERS[name]}"
    return name if len(name) == 1 and name.isalpha() else None


def _subscript(part: str) -> str:
    return part if part.isdigit() else _base(part) or word(part)


def name_symbol(name: str) -> str:
    """The symbol of a Python name: ``y_hat`` is ``\\hat{y}``, ``w1`` and ``w_1`` are ``w_{1}``, ``loss`` is ``\\mathrm{loss}``.

    Never raises; an empty name gives ``?``.
    """
    plain = "lambda" if name == "lambda_" else name
    if plain.startswith("_") or plain.endswith("_") or not plain:
        return word(name)
    parts = [part for part in plain.split("_") if part]
    head, rest = parts[0], parts[1:]
    letters = head.rstrip("0123456789")
    digits = head[len(letters) :]
    if not letters:
        return word(plain)
    base = _base(letters)
    if base is not None and rest and rest[0] in _ACCENTS and not digits:
        base = f"\\{_ACCENTS[rest[0]]}{{{base}}}"
        rest = rest[1:]
    if base is None:
        if rest and not (len(rest) == 1 and rest[0].isdigit() and not digits):
            return word(plain)
        base = word(letters)
    subscripts = ([digits] if digits else []) + rest
    if not subscripts:
        return base
    return f"{base}_{{{','.join(_subscript(part) for part in subscripts)}}}"


def number_symbol(number: object) -> str:
    """A Python constant as LaTeX with at most 5 significant digits: ``3``, ``0.5``, ``10^{-5}``; else words."""
    if isinstance(number, bool) or number is None or isinstance(number, str):
        return word(str(number))
    if isinstance(number, complex):
        if number.imag == 0:
            return number_symbol(number.real)
        sign = "-" if number.imag < 0 else "+"
        return f"({number_symbol(number.real)} {sign} {number_symbol(abs(number.imag))}i)"
    if isinstance(number, (list, tuple)):
        inner = ", ".join(number_symbol(item) for item in number[:3])
        return f"[{inner}, ...]" if len(number) > 3 else f"[{inner}]"
    if not isinstance(number, (int, float)):
        return word(str(number)[:20])
    if isinstance(number, int) and abs(number) < 10**6:
        return str(number)
    try:
        value = float(number)
    except OverflowError:
        return word("huge")
    if math.isnan(value):
        return word("nan")
    if math.isinf(value):
        return "\\infty" if value > 0 else "-\\infty"
    if value == int(value) and abs(value) < 10**6:
        return str(int(value))
    text = f"{value:.5g}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    power = f"10^{{{int(exponent)}}}"
    if mantissa in ("1", "-1"):
        return mantissa[:-1] + power
    return f"{mantissa} \\cdot {power}"


def _signed(item: SymbolInput) -> str:
    """A constant as an operand on the right: negative ones in parentheses."""
    text = number_symbol(item.constant)
    return f"({text})" if text.startswith("-") else text


def _power(base: SymbolInput, exponent: SymbolInput) -> str:
    if base.fixed:
        text = number_symbol(base.constant)
        below = text if text.replace(".", "").isdigit() else f"({text})"
    else:
        below = base.symbol or HOLE
        if "^" in below:
            below = f"({below})"
    above = number_symbol(exponent.constant) if exponent.fixed else exponent.symbol or HOLE
    return f"{below}^{{{above}}}"


def _binary(sign: str, left: SymbolInput, right: SymbolInput) -> str:
    if right.fixed:
        return f"{sign} {_signed(right)}"
    if left.fixed:
        return f"{number_symbol(left.constant)} {sign} {right.symbol or HOLE}"
    return sign


def index_text(constant: object) -> str:
    """``0``, ``:,0`` or ``1:`` for an index made of whole numbers and slices; empty for any other."""
    entries = constant if isinstance(constant, (list, tuple)) else (constant,)
    whole = all(
        (isinstance(entry, int) and not isinstance(entry, bool)) or (isinstance(entry, str) and not entry.strip("-0123456789:."))
        for entry in entries
    )
    return ",".join(str(entry) for entry in entries) if whole else ""


def _index(item: SymbolInput, index: SymbolInput) -> str:
    if not index.fixed:
        return "[\\cdot]"
    constant = index.constant
    entries = list(constant) if isinstance(constant, (list, tuple)) else [constant]
    text = index_text(constant)
    if text:
        if item.symbol is not None and "_" not in item.symbol and "^" not in item.symbol:
            return f"{item.symbol}_{{{text}}}"
        return f"[{text}]"
    text = escape(",".join(str(entry) for entry in entries))
    return f"[\\mathrm{{{text}}}]" if len(text) <= 12 else "[\\cdots]"


def _two(name: str, left: SymbolInput, right: SymbolInput) -> str | None:
    """The symbol of an operation on two operands, or None if it is none of the known ones."""
    match name:
        case "add":
            # Addition commutes, and "3 +" in front of a compound would read as unfinished.
            return _binary("+", right, left) if left.fixed else _binary("+", left, right)
        case "sub":
            return _binary("-", left, right)
        case "rsub":
            return _binary("-", right, left)
        case "mul":
            constant = left if left.fixed else right if right.fixed else None
            return "\\times" if constant is None else f"{_signed(constant)} \\cdot"
        case "div" | "rdiv":
            over, under = (left, right) if name == "div" else (right, left)
            if over.fixed:
                return f"{number_symbol(over.constant)} / {under.symbol or HOLE}"
            return _binary("\\div", over, under)
        case "pow":
            return _power(left, right)
        case "rpow":
            return _power(right, left)
        case "matmul" | "rmatmul":
            first, second = (left, right) if name == "matmul" else (right, left)
            return "@" if first.symbol is None or second.symbol is None else beside(first.symbol, second.symbol)
        case "getitem":
            return _index(left, right)
        case "floor_divide" | "floordiv":
            return "\\mathrm{floor} \\div"
        case "remainder" | "mod" | "fmod":
            return f"\\mathrm{{mod}} \\, {_signed(right)}" if right.fixed else "\\mathrm{mod}"
        case "eq" | "ne" | "lt" | "le" | "gt" | "ge":
            sign = {"eq": "=", "ne": "\\ne", "lt": "<", "le": "\\le", "gt": ">", "ge": "\\ge"}[name]
            return _binary(sign, left, right)
    return None


def _is_word(symbol: str) -> bool:
    """Whether it is made of whole words, which run together with what stands beside them."""
    return "\\mathrm" in symbol


_WORD = re.compile(r"\\mathrm\{[^{}]*\}")


def is_word(symbol: str) -> bool:
    """Whether it is one whole name, as ``\\mathrm{mean}`` is, and ``\\mathrm{linear} - t`` is not."""
    return _WORD.fullmatch(symbol) is not None


def beside(first: str, second: str) -> str:
    """Two symbols next to each other: ``X w``, with a space that is seen where one is a word."""
    return f"{first} \\, {second}" if _is_word(first) or _is_word(second) else f"{first} {second}"


def _applied(function: str, symbol: str | None) -> str:
    """``\\sin a``; a word is put in parentheses: ``\\sin(\\mathrm{loss})``."""
    if symbol is None:
        return function
    return f"{function}({symbol})" if _is_word(symbol) else f"{function} {symbol}"


def _one(name: str, item: SymbolInput) -> str | None:
    """The symbol of an operation on one operand, or None if it is none of the known ones."""
    symbol = item.symbol
    if name == "neg":
        return f"-{symbol}" if symbol else "-(\\cdot)"
    if name == "pos" or name == "positive":
        return "+"
    if name == "exp" and symbol:
        return f"e^{{{symbol}}}"
    command = _ARCS.get(name, name if name in FUNCTIONS else "")
    if command:
        return _applied(f"\\{command}", symbol)
    if name in ("log2", "log10", "log1p"):
        return _applied({"log2": "\\log_{2}", "log10": "\\log_{10}", "log1p": "\\mathrm{log1p}"}[name], symbol)
    if name == "sqrt":
        return f"\\sqrt{{{symbol}}}" if symbol else "\\sqrt{\\cdot}"
    if name == "square":
        return _power(item, SymbolInput(constant=2))
    if name == "reciprocal":
        return f"1 / {symbol or HOLE}"
    if name == "abs":
        return f"|{symbol}|" if symbol else "|\\cdot|"
    if name in ("T", "mT", "H", "mH"):
        power = "T" if name in ("T", "mT") else "H"
        return f"{symbol}^{{{power}}}" if symbol and "^" not in symbol else f"(\\cdot)^{{{power}}}"
    return None


def operation_symbol(name: str, inputs: Sequence[SymbolInput]) -> str:
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
        return word(f"{bare} {next(item.constant for item in inputs if item.keyword == 'rounding_mode')}")
    if bare in ("add", "sub") and scale != 1:
        return f"{'+' if bare == 'add' else '-'} {_signed(SymbolInput(constant=scale))} \\cdot"
    if inplace and bare in ("add", "sub", "mul", "div") and len(operands) == 2:
        sign = {"add": "+", "sub": "-", "mul": "\\times", "div": "\\div"}[bare]
        return f"{sign}= {_signed(operands[1])}" if operands[1].fixed else f"{sign}="
    if bare == "sum":
        return "\\Sigma"
    if len(operands) == 2:
        two = _two(bare, operands[0], operands[1])
        if two is not None:
            return two
    if len(operands) >= 1:
        one = _one(bare, operands[0])
        if one is not None:
            return one
    return word(bare)


def symbol_size(symbol: str) -> int:
    """About how many glyphs wide a symbol or formula in this subset is: commands count one, braces and spaces nothing."""
    size = 0
    at = 0
    while at < len(symbol):
        character = symbol[at]
        if character == "\\":
            end = at + 1
            while end < len(symbol) and symbol[end].isalpha():
                end += 1
            command = symbol[at + 1 : end]
            if command in ("mathrm", "hat", "bar", "tilde", "left", "right", "frac", "sqrt", "color", "quad", "operatorname"):
                size += 0
            elif command in FUNCTIONS or command.startswith("arc"):
                size += len(command)
            else:
                size += 1
            at = max(end, at + 2) if end == at + 1 else end
            continue
        if character not in "{}^_ &":
            size += 1
        at += 1
    return size

"""Recorded numbers as pieces of a formula."""

from __future__ import annotations

import re

import numpy as np

from engine.explain.formula.substitution import single
from engine.explain.model import Piece, Role
from engine.mathematics.numbers import format_number
from engine.operations.symbols import is_word, number_symbol
from engine.recording import Span, TensorData

MOST_LISTED = 4
"""Tensors of one dimension up to this many elements are written out."""


def listed(data: TensorData) -> bool:
    """Whether all elements are written in a formula."""
    return data.whole and (data.size == 1 or (len(data.shape) == 1 and 0 < data.size <= MOST_LISTED))


def data_latex(data: TensorData, *, enclosed: bool = False) -> str:
    """The elements as LaTeX if they are few (negative ones in parentheses with ``enclosed``), else the shape."""
    number = single(data)
    if number is not None:
        text = number_symbol(number)
        return f"({text})" if enclosed and (text.startswith("-") or isinstance(number, complex)) and text[0] != "(" else text
    numbers = data.numbers()
    if listed(data) and numbers is not None:
        return "[" + ",".join(number_symbol(item) for item in numbers.tolist()) + "]"
    return shape_latex(data.shape)


def data_piece(data: TensorData, role: Role, caption: str = "", *, enclosed: bool = False) -> Piece:
    """The recorded elements (or, for many, the shape) in the colour of ``role``; red if any is no finite number."""
    return Piece(data_latex(data, enclosed=enclosed), "error" if not finite(data) else role, caption, data)


def shape_latex(shape: tuple[int, ...]) -> str:
    return "[" + " \\times ".join(str(length) for length in shape) + "]" if shape else "[\\,]"


def shape_text(shape: tuple[int, ...]) -> str:
    return "[" + "×".join(str(length) for length in shape) + "]" if shape else "scalar"


def told(data: TensorData) -> str:
    """For a sentence: the elements as inline mathematics if they are few, else the shape and the range."""
    return f"${data_piece(data, 'value').latex}$" if listed(data) else f"a tensor {data_text(data)}"


def source_line(span: Span | None) -> str:
    """`` (line 7)``, or nothing where no line is known."""
    return "" if span is None else f" (line {span.line})"


def finite(data: TensorData) -> bool:
    """Whether no element is nan or infinite."""
    if data.kept is not None:
        return data.kept.nan == 0 and data.kept.infinite == 0
    numbers = data.numbers()
    if numbers is None or numbers.dtype.kind not in "fc":
        return True
    return bool(np.isfinite(numbers).all())


def data_text(data: TensorData | None) -> str:
    """For a line of code: the number, a short list, or the shape with least and greatest element; ``None``."""
    if data is None:
        return "None"
    number = single(data)
    if number is not None:
        return format_number(number)
    numbers = data.numbers()
    if listed(data) and numbers is not None:
        return "[" + ", ".join(format_number(item) for item in numbers.tolist()) + "]"
    summary = data.summary()
    if summary.minimum is None or summary.maximum is None:
        return shape_text(data.shape)
    return f"{shape_text(data.shape)} {format_number(summary.minimum)} to {format_number(summary.maximum)}"


def partial(over: str, under: str) -> str:
    """``∂over/∂under`` as LaTeX; anything longer than a symbol is put in parentheses."""
    return f"\\frac{{\\partial {_enclosed(over)}}}{{\\partial {_enclosed(under)}}}"


def _one_pair(symbol: str) -> bool:
    """Whether one pair of parentheses holds all of it: not of ``(-a) \\cdot (-b)``."""
    depth = 0
    for at, character in enumerate(symbol):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return at == len(symbol) - 1 and character == ")"
    return False


_CALLED = re.compile(r"^\\mathrm\{[^{}]*\}(?=\()")


def _enclosed(symbol: str) -> str:
    plain = not any(sign in symbol for sign in (" ", "^", "+", "-", "/", "\\sqrt"))
    simple = plain or is_word(symbol) or _one_pair(_CALLED.sub("", symbol, count=1))
    return symbol if simple else f"({symbol})"

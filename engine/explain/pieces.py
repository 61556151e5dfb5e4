"""Recorded numbers as pieces of a formula."""

from __future__ import annotations

import re

import numpy as np

from engine.explain.formula.substitution import single
from engine.explain.model import Piece, Role
from engine.mathematics.numbers import format_number
from engine.operations.symbols import HOLE, is_word, number_symbol
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
    """``[32×8]``; of one length ``shape [8]``, since ``[8]`` would be a list that holds 8."""
    if len(shape) == 1:
        return f"\\mathrm{{shape}}\\,[{shape[0]}]"
    return "[" + " \\times ".join(str(length) for length in shape) + "]" if shape else "[\\,]"


def shape_text(shape: tuple[int, ...]) -> str:
    return "[" + "×".join(str(length) for length in shape) + "]" if shape else "scalar"


def of_shape(shape: tuple[int, ...]) -> str:
    """The shape behind a noun: ``[32×8]``, and ``of shape [8]``, since ``[8]`` would be a list that holds 8."""
    return f"of shape {shape_text(shape)}" if len(shape) == 1 else shape_text(shape)


def told(data: TensorData) -> str:
    """For a sentence: the elements as inline mathematics if they are few, else the shape and the range."""
    return f"${data_piece(data, 'value').latex}$" if listed(data) else f"a tensor {_of_text(data)}"


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
    return _of_text(data).removeprefix("of ")


def _of_text(data: TensorData) -> str:
    """The shape and the range, behind a noun."""
    summary, shape = data.summary(), of_shape(data.shape)
    if summary.minimum is None or summary.maximum is None:
        return shape
    comma = "," if len(data.shape) == 1 else ""
    return f"{shape}{comma} {format_number(summary.minimum)} to {format_number(summary.maximum)}"


def partial(over: str, under: str) -> str:
    """``∂over/∂under`` as LaTeX; anything longer than a symbol is put in parentheses. By what has no name: a gradient."""
    if under == HOLE:
        return "\\mathrm{gradient}"
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

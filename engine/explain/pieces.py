"""Recorded numbers as pieces of a formula."""

from __future__ import annotations

import numpy as np

from engine.explain.formula.substitution import single
from engine.explain.model import Piece, Role
from engine.mathematics.expression import Expression
from engine.mathematics.letters import Shape
from engine.mathematics.numbers import format_number
from engine.mathematics.tree import Listing, enclosed
from engine.operations.symbols import number_symbol
from engine.tables import Span, TensorData

MOST_LISTED = 4
"""Tensors of one dimension up to this many elements are written out."""


def listed(data: TensorData) -> bool:
    """Whether all elements are written in a formula."""
    return data.whole and (data.size == 1 or (len(data.shape) == 1 and 0 < data.size <= MOST_LISTED))


def data_symbol(data: TensorData) -> Expression:
    """The elements if they are few, else the shape."""
    number = single(data)
    if number is not None:
        return number_symbol(number)
    numbers = data.numbers()
    if listed(data) and numbers is not None:
        return Listing(tuple(map(number_symbol, numbers.tolist())), square=True)
    return Shape(data.shape)


def data_piece(data: TensorData, role: Role, caption: str = "", *, factor: bool = False) -> Piece:
    """The recorded elements (or, for many, the shape) in the colour of ``role``; red if any is not finite.

    A ``factor`` that begins with a minus is put in parentheses.
    """
    symbol = data_symbol(data)
    return Piece(enclosed(symbol) if factor else symbol, "error" if not finite(data) else role, caption, data)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as it is written: ``[32×8]``, and ``scalar`` for no dimensions."""
    return "[" + "×".join(str(length) for length in shape) + "]" if shape else "scalar"


def of_shape(shape: tuple[int, ...]) -> str:
    """The shape behind a noun: ``[32×8]``, and ``of shape [8]``, since ``[8]`` would be a list that holds 8."""
    return f"of shape {shape_text(shape)}" if len(shape) == 1 else shape_text(shape)


def told(data: TensorData) -> str:
    """For a sentence: the elements as inline mathematics if they are few, else the shape and the range."""
    return f"${data_symbol(data)}$" if listed(data) else f"a tensor {_of_text(data)}"


def source_line(span: Span | None) -> str:
    """`` (line 7)``, or nothing if no line is known."""
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

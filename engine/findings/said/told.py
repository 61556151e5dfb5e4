"""One thing that torch may say of what it was given: its words, which recorded tensor they fit, and how that is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.tables import Span, Value
from engine.text.fix import Fix

Fits = Callable[[Value, tuple[str, ...], list[Value]], bool]
"""Whether a failure's words, by their parts, are true of this one of the given tensors."""

Mends = Callable[[str, Span, tuple[str, ...]], Fix | None]
"""What to write, given the text, the place that failed and the parts of a failure's words."""


class Part(str):
    """A piece of torch's words; ``{0:x}`` writes ``1, 2, 4`` as ``1×2×4``, ``{0:or}`` dimensions that may be missing."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        if spec == "or":
            return f" or {self}D" if self else ""
        if spec != "x":
            return format(str(self), spec)
        return "×".join(re.findall(r"-?\d+", self)) or "a single number"


@dataclass(frozen=True, slots=True)
class Told:
    """One row of a table of such words.

    Attributes
    ----------
    said : str
        The pattern of torch's words; its groups are the parts.
    message, hint : str
        What is told; ``{at}`` is what failed, ``{it}`` the tensor that fits, ``{shaped}`` that with its shape, ``{n}`` how many
        dimensions and ``{dtype}`` which dtype it has, ``{first}`` and ``{first_dtype}`` the first tensor given.
    fits : Fits or None
        Which tensor that is; None where the words alone say it all.
    mends : Mends or None
        Makes the change that the hint speaks of.
    """

    said: str
    message: str
    hint: str
    fits: Fits | None = None
    mends: Mends | None = None

    def plain(self, parts: tuple[str, ...]) -> tuple[str, str]:
        """Message and hint as long as no recording was asked."""
        words = {"at": "this", "n": "not ", "dtype": "of another dtype", "first": "the first", "first_dtype": "one dtype"}
        return self.filled(parts, {**words, "it": "what it was given", "shaped": "what it was given"})

    def filled(self, parts: tuple[str, ...], words: dict[str, str]) -> tuple[str, str]:
        """Message and hint with these parts and names put in."""
        pieces = [Part(part) for part in parts]
        return self.message.format(*pieces, **words), self.hint.format(*pieces, **words)


def sizes(text: str) -> tuple[int, ...]:
    """``[2, 4]`` as torch writes a shape."""
    return tuple(map(int, re.findall(r"-?\d+", text)))


def size_at(place: int, part: int) -> Fits:
    """A tensor that has the size of this part in dimension ``place``."""

    def fits(value: Value, parts: tuple[str, ...], given: list[Value]) -> bool:
        rank = len(value.shape)
        return -rank <= place < rank and value.shape[place] == int(parts[part])

    return fits


def shape_is(part: int) -> Fits:
    """A tensor of the shape in this part."""
    return lambda value, parts, given: value.shape == sizes(parts[part])


def rank_is(part: int) -> Fits:
    """A tensor with as many dimensions as this part says."""
    return lambda value, parts, given: len(value.shape) == int(parts[part])


def rank_is_not(*allowed: int, among: int | None = None) -> Fits:
    """A tensor with another number of dimensions; ``among`` says which of those given it has to be."""

    def fits(value: Value, parts: tuple[str, ...], given: list[Value]) -> bool:
        right = among is None or (among < len(given) and value is given[among])
        return right and len(value.shape) not in allowed

    return fits


def dtype_in(part: int) -> Fits:
    """A tensor of the dtype that this part names, in torch's words: ``Long`` or ``int64``."""
    return lambda value, parts, given: value.dtype == _DTYPES.get(parts[part], parts[part])


def no_index(value: Value, parts: tuple[str, ...], given: list[Value]) -> bool:
    """A tensor that was given as indices, and is not of whole numbers."""
    return (len(given) == 1 or value is not given[0]) and not value.dtype.startswith(("int", "uint"))


def no_mask(value: Value, parts: tuple[str, ...], given: list[Value]) -> bool:
    """A tensor that was given as a mask behind what it chooses from, and is not of bools."""
    return value is not given[0] and value.dtype != "bool"


def other_dtype(value: Value, parts: tuple[str, ...], given: list[Value]) -> bool:
    """The last tensor, where its dtype is not that of the first."""
    return value is given[-1] and value.dtype != given[0].dtype


def any_given(value: Value, parts: tuple[str, ...], given: list[Value]) -> bool:
    """The first tensor: the words alone say what is wrong with it."""
    return True


_DTYPES = {
    "Long": "int64",
    "Int": "int32",
    "Short": "int16",
    "Char": "int8",
    "Byte": "uint8",
    "Bool": "bool",
    "Half": "float16",
    "BFloat16": "bfloat16",
    "Float": "float32",
    "Double": "float64",
    "ComplexFloat": "complex64",
    "ComplexDouble": "complex128",
}

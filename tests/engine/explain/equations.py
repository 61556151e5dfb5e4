"""The equations that an explanation shows, read as anyone reads them, and computed to the digits that stand there."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.explain import Explanation
from engine.explain.model import Line

DIGITS = 5
"""Significant digits of a number that is shown."""
ROUNDING = 2e-6
"""How far float32 may be off, relative to what is added up."""
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:e[+−-]?\d+)?|∞|nan)|(?P<word>[^\W\d⁰¹²³⁴⁵⁶⁷⁸⁹]\w*(?:\.\w+)*)|(?P<raised>ᵀ|⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?:[·⁄][⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)|(?P<sign>.))"
)
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "exp": np.exp,
    "ln": np.log,
    "log": np.log,
    "sqrt": np.sqrt,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "sign": np.sign,
}


class Unread(Exception):
    """Something that is not computed here: a derivative's name, words, a function of several elements."""


@dataclass(frozen=True)
class Shown:
    """Numbers, and by how much their digits leave them open."""

    value: np.ndarray
    error: np.ndarray

    def through(self, function: Callable[[np.ndarray], np.ndarray]) -> Shown:
        with np.errstate(all="ignore"):
            value = function(self.value)
            off = np.maximum(abs(function(self.value + self.error) - value), abs(function(self.value - self.error) - value))
        return Shown(value, off + abs(value) * ROUNDING)

    def equals(self, other: Shown) -> bool:
        """Whether both may be the same numbers."""
        try:
            one, two = np.broadcast_arrays(self.value, other.value)
        except ValueError:
            return False
        with np.errstate(all="ignore"):
            off, open_by = abs(one - two), self.error + other.error
            alike = (one == two) | (np.isnan(one) & np.isnan(two)) | (off <= open_by)
            return bool(np.all(alike | ~np.isfinite(open_by)))


def exact(value: object) -> Shown:
    found = np.asarray(value, dtype=np.float64)
    return Shown(found, np.zeros_like(found))


def number(text: str) -> Shown:
    value = math.inf if text == "∞" else float(text.replace("−", "-"))
    if value == 0 or not math.isfinite(value):
        return exact(value)
    return Shown(np.asarray(value), np.asarray(0.5 * 10.0 ** (math.floor(math.log10(abs(value))) + 1 - DIGITS)))


def added(one: Shown, other: Shown, sign: int) -> Shown:
    size = abs(one.value) + abs(other.value)
    return Shown(one.value + sign * other.value, one.error + other.error + size * ROUNDING)


def times(one: Shown, other: Shown) -> Shown:
    value = one.value * other.value
    error = abs(one.value) * other.error + abs(other.value) * one.error + one.error * other.error
    return Shown(value, error + abs(value) * ROUNDING)


class _Reader:
    """Reads one side of an equation in plain text."""

    def __init__(self, text: str, known: Mapping[str, Shown], shape: tuple[int, ...] | None = None) -> None:
        found = [item for item in _TOKEN.finditer(text) if item.lastgroup]
        self._tokens = [(item.lastgroup or "", item[item.lastgroup or 0]) for item in found]
        self._starts = [item.start(item.lastgroup or 0) for item in found]
        self._ends = [item.end() for item in found]
        self._known, self._at, self._shape = known, 0, shape

    def read(self) -> Shown:
        found = self._sum()
        if self._at < len(self._tokens):
            raise Unread(self._tokens[self._at][1])
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self, *signs: str) -> str:
        kind, text = self._peek()
        if text not in signs or kind == "number":
            return ""
        self._at += 1
        return text

    def _sum(self) -> Shown:
        found = self._product()
        while sign := self._take("+", "−"):
            found = added(found, self._product(), 1 if sign == "+" else -1)
        return found

    def _product(self) -> Shown:
        found = self._signed()
        while True:
            if self._take("·", "⊙", "×"):
                found = times(found, self._signed())
            elif self._take("/"):
                found = times(found, self._signed().through(lambda x: 1 / x))
            elif self._peek()[0] in ("number", "word") or self._peek()[1] == "(":
                other = self._power()
                if found.value.ndim and other.value.ndim:
                    raise Unread("a product of matrices")
                found = times(found, other)
            else:
                return found

    def _signed(self) -> Shown:
        if self._take("−"):
            found = self._signed()
            return Shown(-found.value, found.error)
        return self._power()

    def _power(self) -> Shown:
        found = self._atom()
        kind, text = self._peek()
        if kind == "raised":
            self._at += 1
            if text == "ᵀ" and found.value.ndim > 1:
                return Shown(found.value.swapaxes(-1, -2), found.error.swapaxes(-1, -2))
            if not text.translate(_RAISED).lstrip("-").isdecimal() or text == "ᵀ":
                raise Unread(text)
            exponent = int(text.translate(_RAISED))
            return found.through(lambda x: x**exponent)
        if self._take("^"):
            exponent_of = self._signed()
            if exponent_of.value.ndim:
                raise Unread("^")
            power = float(exponent_of.value)
            near = found.through(lambda x: x ** (power + float(exponent_of.error)))
            found = found.through(lambda x: x**power)
            return Shown(found.value, found.error + abs(near.value - found.value))
        return found

    def _atom(self) -> Shown:
        kind, text = self._peek()
        self._at += 1
        if kind == "number":
            return number(text)
        if text == "(":
            return self._closed(self._sum(), ")")
        if text == "|":
            return self._closed(self._sum().through(abs), "|")
        if text == "[":
            parts = [self._signed()]
            while self._take(","):
                parts.append(self._signed())
            whole = Shown(np.stack([item.value for item in parts]), np.stack([item.error for item in parts]))
            return self._closed(whole, "]")
        if text == "Σ":
            return self._summed(self._product() if self._peek()[1] != "(" else self._power())
        if text == "√":
            return self._power().through(np.sqrt)
        called = self._at < len(self._tokens) and self._tokens[self._at][1] == "(" and self._touching(self._at)
        if kind == "word" and called and text in _FUNCTIONS:
            return self._atom().through(_FUNCTIONS[text])
        if kind == "word" and text in self._known and not called:
            return self._known[text]
        raise Unread(text)

    def _summed(self, found: Shown) -> Shown:
        """Added up to the shape of what is compared: which axes that means is not written where there are fewer of them."""
        shape = self._shape
        if shape is None or self._at < len(self._tokens) or (shape and len(shape) != found.value.ndim):
            raise Unread("Σ")
        axes = tuple(axis for axis in range(found.value.ndim) if not shape or shape[axis] == 1)
        size = np.abs(found.value).sum(axes, keepdims=bool(shape))
        error = found.error.sum(axes, keepdims=bool(shape)) + size * ROUNDING
        return Shown(found.value.sum(axes, keepdims=bool(shape)), error)

    def _touching(self, at: int) -> bool:
        return self._ends[at - 1] == self._starts[at]

    def _closed(self, found: Shown, sign: str) -> Shown:
        if not self._take(sign):
            raise Unread(self._peek()[1])
        return found


def sides(lines: tuple[Line, ...]) -> Iterator[list[str]]:
    """What stands between equals signs, as plain text; lines that begin with the sign belong to the one above."""
    chain: list[str] = []
    for line in lines:
        left = " ".join(piece.symbol.to_plain() for piece in line.left).strip()
        right = " ".join(piece.symbol.to_plain() for piece in line.right)
        if left or line.sign != "=":
            if chain:
                yield chain
            chain = [left] if line.sign == "=" else []
        if line.sign == "=":
            chain += [part.strip() for part in right.split(" = ")]
    if chain:
        yield chain


def false_equations(found: Explanation, known: Mapping[str, Shown] | None = None) -> tuple[list[str], int]:
    """The equations of an explanation that do not hold to their shown digits, and how many sides were compared."""
    false, compared, names = [], 0, dict(known or {})
    for chain in sides(found.lines):
        if chain[0] == "G":
            names.pop("G", None)
        computed: list[tuple[str, Shown]] = []
        last = read(chain[-1])
        for side in chain:
            try:
                if not side or "…" in side:
                    raise Unread(side)
                with np.errstate(all="ignore"):
                    computed.append((side, _Reader(side, names, None if last is None else last.value.shape).read()))
            except (Unread, ValueError, OverflowError):
                continue
        if computed and chain[0] == "G":
            names["G"] = computed[-1][1]
        for (one, left), (other, right) in itertools.pairwise(computed):
            compared += 1
            if not left.equals(right):
                false.append(f"{found.title}: {one} = {other}")
    return false, compared


def read(side: str) -> Shown | None:
    """The numbers of one side; None if there is more than numbers."""
    try:
        return _Reader(side, {}).read()
    except (Unread, ValueError, OverflowError):
        return None

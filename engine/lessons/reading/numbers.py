"""The numbers that keys of a lesson's file have: single ones, shares, whole ones, and those by name."""

from __future__ import annotations

import math

from engine.lessons.reading.mapping import Mapping, Node, Several
from engine.lessons.reading.values import Values


class Numbers:
    """The numbers of one mapping."""

    def __init__(self, values: Values) -> None:
        self._values, self._where = values, values.where

    def _number(self, node: Node, key: str) -> float | None:
        text = self._values.scalar(node, key)
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self._values.wrong(node.line, f"“{key}” of {self._where} is a number such as 2.5, not “{text}”")
            return None
        return number

    def number(self, key: str, default: float) -> float:
        """A finite number."""
        node = self._values.node(key)
        found = None if node is None else self._number(node, key)
        return default if found is None else found

    def percent(self, key: str, default: float) -> float:
        """A share of 1, written as such or with %; greater than 0, up to 1."""
        text = self._values.plain(key)
        if not text:
            return default
        try:
            share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
        except ValueError:
            share = math.nan
        if not 0 < share <= 1:
            said = f"“{key}” of {self._where} is a share such as 5% or 0.05, up to 100%, not “{text}”"
            self._values.wrong(self._values.line_of(key), said)
            return default
        return share

    def whole(self, key: str, least: int, greatest: int, default: int | None = None) -> int | None:
        """A whole number from ``least`` to ``greatest``."""
        text = self._values.plain(key)
        if not text:
            return default
        if not text.isdecimal() or not least <= int(text[:12]) <= greatest:
            self._values.wrong(
                self._values.line_of(key),
                f"“{key}” of {self._where} is a whole number from {least} to {greatest:,}, not “{text}”",
            )
            return default
        return int(text)

    def numbers(self, key: str) -> dict[str, float]:
        """Names with a number each."""
        found: dict[str, float] = {}
        for name, node in self._named(key, "{a: 2, b: 3}"):
            number = self._number(node, f"{key}.{name}")
            if number is not None:
                found[name] = number
        return found

    def choices(self, key: str) -> dict[str, tuple[float, ...]]:
        """Names with a list of numbers each."""
        found: dict[str, tuple[float, ...]] = {}
        for name, node in self._named(key, "{a: [2, 3, 4]}"):
            items = node.items if isinstance(node, Several) else (node,)
            numbers = [self._number(item, f"{key}.{name}") for item in items]
            if len(set(numbers)) < 2 and None not in numbers:
                self._values.wrong(node.line, f"“{key}.{name}” of {self._where} needs two numbers or more to draw from")
            found[name] = tuple(number for number in numbers if number is not None)
        return found

    def _named(self, key: str, example: str) -> list[tuple[str, Node]]:
        node = self._values.node(key)
        if node is None:
            return []
        if not isinstance(node, Mapping):
            self._values.wrong(node.line, f"“{key}” of {self._where} is a mapping such as {example}")
            return []
        return [(name, value) for name, _, value in node.entries]

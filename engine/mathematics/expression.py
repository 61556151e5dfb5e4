"""What every piece of mathematics has: how tightly it holds together, and its forms as LaTeX, as a line of text and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from engine.mathematics.atoms import Atom, character, joined, plain_text, size_of, spoken_text
from engine.runtime.cached import cached_property

SUM, BIG, PRODUCT, APPLIED, POWER, ATOM = 1, 2, 3, 4, 5, 6
"""How tightly an expression holds together. ``BIG``: a sum sign, or a function without brackets, that takes all that follows."""

_SIGNS = {
    "+": ("+", "bin"),
    "−": ("-", "bin"),
    "·": ("\\cdot", "bin"),
    "×": ("\\times", "bin"),
    "⊙": ("\\odot", "bin"),
    "÷": ("\\div", "bin"),
    "@": ("@", "bin"),
    "/": ("/", "ord"),
    "=": ("=", "rel"),
    "<": ("<", "rel"),
    ">": (">", "rel"),
    "≤": ("\\le", "rel"),
    "≥": ("\\ge", "rel"),
    "≠": ("\\ne", "rel"),
    "→": ("\\to", "rel"),
    "←": ("\\leftarrow", "rel"),
    "(": ("(", "open"),
    ")": (")", "close"),
    "[": ("[", "open"),
    "]": ("]", "close"),
    ",": (",", "punct"),
    ".": (".", "ord"),
    "′": ("'", "ord"),
    "|": ("|", "ord"),
    "‖": ("\\|", "ord"),
    "∂": ("\\partial", "ord"),
    "∑": ("\\sum", "ord"),
    "∏": ("\\prod", "ord"),
    "Σ": ("\\Sigma", "ord"),
    "∞": ("\\infty", "ord"),
    "…": ("\\ldots", "ord"),
    "⋯": ("\\cdots", "ord"),
    "?": ("?", "ord"),
}
"""What stands for itself, by its character: its LaTeX, and what kind of atom it is."""
_NEGATIVE = "\N{MINUS SIGN}"
"""Stands in the stored LaTeX for a minus that is not a subtraction; typesetters need to be told."""
_SPACES = {"thin": ("\\,", " ", 0.17), "word": ("\\ ", " ", 0.25), "none": ("\\!", "", 0.0)}


class Writing:
    """An expression while it is written: its LaTeX and its atoms, side by side."""

    def __init__(self) -> None:
        self.latex: list[str] = []
        self.atoms: list[Atom] = []
        self.tall = False
        self.has_word = False

    def sign(self, char: str) -> None:
        latex, kind = _SIGNS[char]
        self.put(latex, character(char, kind))

    def sized(self, char: str, side: str) -> None:
        """A bracket that grows with what is in it, at the ``left`` or ``right`` of it."""
        latex, kind = _SIGNS[char]
        self.put(f"\\{side}{latex}", character(char, kind))

    def negative(self) -> None:
        """The minus of a negative number: a sign, not a subtraction."""
        self.put(_NEGATIVE, character("−", "bin"))

    def put(self, latex: str, *atoms: Atom) -> None:
        self.latex.append(latex)
        self.atoms += atoms

    def blank(self) -> None:
        """A space in the LaTeX that does not show."""
        self.latex.append(" ")

    def space(self, kind: str) -> None:
        latex, plain, width = _SPACES[kind]
        self.put(latex, Atom("space", plain, "", width=width))

    def part(self, item: Expression, bracketed: bool = False) -> None:
        """A part of it, in brackets if need be; these grow around anything taller than a line."""
        written = item.written
        if bracketed:
            self.put("\\left(" if written.tall else "(", character("(", "open"))
        self.latex.append(written.latex)
        self.atoms += written.loose
        if bracketed:
            self.put("\\right)" if written.tall else ")", character(")", "close"))
        self.tall |= written.tall
        self.has_word |= written.has_word

    def inner(self, item: Expression) -> tuple[Atom, ...]:
        """The atoms of what stands in a place of its own: raised, lowered, under a root."""
        self.tall |= item.written.tall
        self.has_word |= item.written.has_word
        return item.atoms


@dataclass(frozen=True, slots=True)
class _Written:
    latex: str
    loose: tuple[Atom, ...]
    """Not yet joined to words and numbers: something may be raised at the last."""
    tall: bool
    has_word: bool


@dataclass(frozen=True, eq=False)
class Expression:
    """A piece of mathematics. Immutable; two that are built alike are equal.

    ``str`` gives its plain text, so it can stand in a sentence. Fields are expressions, tuples of them, texts and numbers.
    """

    @property
    def level(self) -> int:
        """How tightly it holds together: ``SUM`` to ``ATOM``."""
        return ATOM

    @property
    def minus(self) -> bool:
        """Whether it begins with a minus, and stands in brackets behind a sign."""
        return False

    @property
    def open(self) -> bool:
        """Whether it ends in a sum sign, which would take what follows as well."""
        return False

    @property
    def whole(self) -> bool:
        """Whether something may be raised at it, and a sign stand before it, without brackets: a symbol, or a call."""
        return self.level == ATOM

    def _write(self, to: Writing) -> None:
        raise NotImplementedError

    @cached_property
    def written(self) -> _Written:
        """Both its forms, made once for all that are built alike."""
        return _written(self)

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        """What is set, in order."""
        return joined(self.written.loose)

    def to_latex(self) -> str:
        """The expression as LaTeX, ready to be typeset: ``\\frac{\\partial y}{\\partial b}``."""
        return self.written.latex.replace(_NEGATIVE, "-")

    def to_typeset(self) -> str:
        """The same for a typesetter: otherwise a minus sign would be set with the spaces of a subtraction."""
        return self.written.latex.replace(_NEGATIVE, "{-}")

    def to_plain(self) -> str:
        """The expression as one line of characters: ``∂y/∂b``."""
        return _plain(self)

    def to_spoken(self) -> str:
        """In words, for a screen reader: ``partial y over partial b``."""
        return _spoken(self)

    @cached_property
    def size(self) -> int:
        """About how many glyphs wide it is."""
        return size_of(self.written.loose)

    @property
    def is_word(self) -> bool:
        """Whether it is one whole name, as ``mean`` is."""
        return False

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The expressions that it is directly made of."""
        found: list[Expression] = []
        for value in self._values:
            if isinstance(value, Expression):
                found.append(value)
            elif isinstance(value, tuple):
                found += (item for item in value if isinstance(item, Expression))
        return tuple(found)

    def walk(self) -> Iterator[Expression]:
        """The expression and all its parts, depth first."""
        stack: list[Expression] = [self]
        while stack:
            item = stack.pop()
            yield item
            stack += reversed(item.parts)

    def mapped(self, change: Callable[[Expression], Expression]) -> Expression:
        """This expression with each of its ``parts`` changed."""
        changed: dict[str, Any] = {}
        for name, value in zip(_names(type(self)), self._values, strict=True):
            if isinstance(value, Expression):
                changed[name] = change(value)
            elif isinstance(value, tuple):
                changed[name] = tuple(change(item) if isinstance(item, Expression) else item for item in value)
        return replace(self, **changed) if changed else self

    def filled(self, operands: Mapping[object, Expression]) -> Expression:
        """The same with expressions put in where an ``Operand`` stands. Raises KeyError for one that has none."""
        return self.mapped(lambda part: part.filled(operands))

    @cached_property
    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _names(type(self)))

    @cached_property
    def _hashed(self) -> int:
        return hash((type(self), self._values))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or not isinstance(other, Expression):
            return NotImplemented if not isinstance(other, Expression) else False
        return self._hashed == other._hashed and self._values == other._values

    def __hash__(self) -> int:
        return self._hashed

    def __str__(self) -> str:
        return self.to_plain()


_known_names: dict[type, tuple[str, ...]] = {}


def _names(kind: type[Expression]) -> tuple[str, ...]:
    """The names of its fields."""
    known = _known_names.get(kind)
    if known is None:
        known = _known_names[kind] = tuple(field.name for field in fields(kind))
    return known


@lru_cache(maxsize=8192)
def _written(item: Expression) -> _Written:
    to = Writing()
    item._write(to)
    return _Written("".join(to.latex), tuple(to.atoms), to.tall, to.has_word)


@lru_cache(maxsize=8192)
def _plain(item: Expression) -> str:
    return plain_text(item.atoms)


@lru_cache(maxsize=1024)
def _spoken(item: Expression) -> str:
    return spoken_text(item.atoms)

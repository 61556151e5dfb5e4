"""The text of a search → what it asks for. ``docs/engine.md`` describes the syntax."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, cast

from engine.errors import SearchError

Field = Literal["name", "op", "node", "module", "shape"]
Subject = Literal["value", "grad"]
Relation = Literal["<", "<=", ">", ">=", "=", "!="]
Kind = Literal["nan", "inf", "none", "cleared", "undefined", "not_yet", "not_tracked"]

FIELDS: tuple[Field, ...] = ("name", "op", "node", "module", "shape")
LONGEST = 1000
"""Characters of a search."""

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<quoted>"[^"]*")|(?P<open>")|(?P<bar>\|)|(?P<relation><=|>=|==|!=|[<>=≤≥≠])"""
    r"""|(?P<word>(?:[\[(][\d\s,x×*]*[\])]|!(?!=)|[^\s"|<>=≤≥≠!])+)"""
)
_SHAPE = re.compile(r"(?P<open>[\[(]?)\s*(?P<lengths>(?:[0-9]+(?:\s*[,x×*]\s*[0-9]+)*\s*,?)?)\s*(?P<close>[\])]?)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|[+-]?(?:inf|infinity|∞)")
_FIELD = re.compile(r"(?P<field>[A-Za-z_]+):(?P<rest>.*)", re.DOTALL)
_RELATIONS: dict[str, Relation] = {
    "<": "<",
    "<=": "<=",
    "≤": "<=",
    ">": ">",
    ">=": ">=",
    "≥": ">=",
    "=": "=",
    "==": "=",
    "!=": "!=",
    "≠": "!=",
}
_SUBJECTS: dict[str, Subject] = {"value": "value", "grad": "grad", ".grad": "grad", "gradient": "grad"}
_KINDS: dict[str, Kind] = {
    "nan": "nan",
    "inf": "inf",
    "∞": "inf",
    "none": "none",
    "cleared": "cleared",
    "undefined": "undefined",
    "not_yet": "not_yet",
    "not_tracked": "not_tracked",
}
_AFTER_IS = "nan, inf, none, cleared, not yet"


@dataclass(frozen=True, slots=True)
class Text:
    """Cards with ``text`` (lower case) in a field: in ``field``, or in any.

    ``whole``: it was in quotes, and is all of the name. ``shape``: its lengths, where it can be read as a shape (then it is
    looked for among shapes too); ``whole_shape``: all of them, else some next to each other. ``negated``: cards without it.
    """

    field: Field | None
    text: str
    whole: bool = False
    negated: bool = False
    shape: tuple[int, ...] | None = None
    whole_shape: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """``value`` or ``grad``, or the absolute of it, compared with a number: any element of it, or ``every`` one."""

    subject: Subject
    relation: Relation
    number: float
    absolute: bool = False
    every: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """``value`` or ``grad`` is of a kind: any element is nan or infinite (``every`` one), or the row says None and so on.

    ``negated``: there is a number, and it is not so.
    """

    subject: Subject
    kind: Kind
    negated: bool = False
    every: bool = False


@dataclass(frozen=True, slots=True)
class RequiresGrad:
    """Cards whose value requires a gradient, or with ``wanted`` False does not."""

    wanted: bool = True


Condition = Compare | Is
Term = Text | Compare | Is | RequiresGrad


@dataclass(frozen=True, slots=True)
class Query:
    """A search that is understood; a card is found if all of its ``terms`` hold. One without terms finds nothing."""

    text: str
    terms: tuple[Term, ...]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The terms about values and gradients, which depend on the cursor."""
        return tuple(term for term in self.terms if isinstance(term, Compare | Is))

    @property
    def depends_on_cursor(self) -> bool:
        return any(not isinstance(term, Text) for term in self.terms)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.lower()


def parse(query: str) -> Query:
    """What the text of a search asks for.

    Raises
    ------
    SearchError
        If it cannot be understood; it says where, what is wrong, and what can be written instead.
    """
    if len(query) > LONGEST:
        raise SearchError(
            f"a search has at most {LONGEST:,} characters, this one {len(query):,}",
            hint="for example: linear |grad| > 1",
            column=LONGEST + 1,
            end_column=len(query) + 1,
        )
    return Query(query, tuple(_Parser(query).terms()))


def _tokens(query: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(query):
        kind = match.lastgroup or ""
        if kind == "open":
            raise SearchError(
                "this quotation mark is not closed",
                hint='for example: name:"y"',
                column=match.start() + 1,
                end_column=len(query) + 1,
            )
        if kind != "space":
            found.append(_Token(kind, match.group(), match.start(), match.end()))
    return found


class _Parser:
    def __init__(self, query: str) -> None:
        self._length = len(query)
        self._tokens = _tokens(query)
        self._at = 0

    # Reading -----------------------------------------------------------------------------------------------------

    def _peek(self, ahead: int = 0) -> _Token | None:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _word(self, ahead: int = 0) -> str:
        """The word that comes, in lower case; empty if something else comes."""
        token = self._peek(ahead)
        return token.lower if token is not None and token.kind == "word" else ""

    def _is(self, kind: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token is not None and token.kind == kind

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _wrong(self, message: str, hint: str, token: _Token | None = None) -> SearchError:
        """At ``token``; without one at what comes, or at the end."""
        token = self._peek() if token is None else token
        if token is None:
            return SearchError(message, hint=hint, column=self._length + 1)
        return SearchError(message, hint=hint, column=token.start + 1, end_column=token.end + 1)

    # Terms -------------------------------------------------------------------------------------------------------

    def terms(self) -> list[Term]:
        found: list[Term] = []
        while self._peek() is not None:
            if self._word() == "or":
                raise self._wrong("or is not known: all terms must match", 'to look for the word, write "or"')
            if self._word() == "and":
                token = self._take()
                if not found or self._peek() is None or self._word() == "and":
                    raise self._wrong("and stands between two terms", "for example: linear and |grad| > 1", token)
                continue
            found.append(self._term())
        return found

    def _term(self) -> Term:
        if self._word() == "not":
            return self._negated()
        if self._word() in ("all", "any", "every") and self._condition_comes(1):
            every = self._take().lower != "any"
            return self._condition(every)
        if self._condition_comes(0):
            return self._condition(False)
        if self._word() == "requires_grad":
            self._take()
            return RequiresGrad()
        if self._is("relation"):
            raise self._wrong("value or grad must come before this", "for example: grad > 0")
        return self._text(False)

    def _negated(self) -> Term:
        token = self._take()
        if self._peek() is None:
            raise self._wrong("not of what?", "for example: not requires_grad")
        if self._word() == "requires_grad":
            self._take()
            return RequiresGrad(False)
        if self._condition_comes(0) or self._is("relation") or self._word() in ("not", "and", "or"):
            raise self._wrong("not stands before a word or requires_grad", "reverse the condition: value <= 0", token)
        return self._text(True)

    def _condition_comes(self, ahead: int) -> bool:
        if self._is("bar", ahead):
            return True
        follows = self._peek(ahead + 1)
        if follows is None or self._peek(ahead) is None or not self._is("word", ahead):
            return False
        if follows.kind == "relation":
            return True
        return self._word(ahead) in _SUBJECTS and follows.lower == "is" and follows.kind == "word"

    def _condition(self, every: bool) -> Term:
        absolute = self._is("bar")
        if absolute:
            self._take()
        subject = _SUBJECTS.get(self._word())
        if subject is None:
            what = self._peek()
            if what is None:
                raise self._wrong("the absolute of what?", "write |grad| or |value|")
            raise self._wrong(f"{what.text} cannot be compared; value and grad can", "for example: |grad| > 10")
        self._take()
        if absolute:
            if not self._is("bar"):
                raise self._wrong("the second | is missing", "for example: |grad| > 10")
            self._take()
        if self._is("relation"):
            return self._compare(subject, absolute, every)
        if self._word() == "is":
            return self._state(subject, every)
        raise self._wrong("a comparison must come here", "for example: |grad| > 10, or: grad is nan")

    def _compare(self, subject: Subject, absolute: bool, every: bool) -> Compare:
        relation = self._take()
        number = self._peek()
        if number is None:
            raise self._wrong(f"a number is missing after {relation.text}", f"for example: {subject} {relation.text} 10")
        text = number.lower.replace("−", "-")
        if text in ("nan", "none"):
            raise self._wrong(f"nothing compares with {number.text}", f"write: {subject} is {text}")
        if number.kind != "word" or not _NUMBER.fullmatch(text):
            raise self._wrong(f"{number.text} is not a number", f"for example: {subject} {relation.text} 1e-3")
        value = float(text.replace("∞", "inf"))
        if math.isinf(value) and text.lstrip("+-")[0].isdigit():
            raise self._wrong(f"{number.text} is too large", "the largest number is 1.797e308")
        self._take()
        return Compare(subject, _RELATIONS[relation.text], value, absolute, every)

    def _state(self, subject: Subject, every: bool) -> Is:
        self._take()
        negated = False
        word = self._word()
        if word == "not":
            joined = f"not_{self._word(1)}"
            if joined in _KINDS:
                self._take()
                word = joined
            else:
                self._take()
                negated, word = True, self._word()
        kind = _KINDS.get(word)
        if kind is None:
            what = self._peek()
            if what is None:
                raise self._wrong(f"{subject} is what?", f"for example {_AFTER_IS}")
            if _NUMBER.fullmatch(what.lower.replace("−", "-")):
                raise self._wrong("numbers are compared with =", f"write: {subject} = {what.text}")
            raise self._wrong(f"{what.text} is not something {subject} can be", f"for example {_AFTER_IS}")
        token = self._take()
        if every and kind not in ("nan", "inf"):
            message = f"all is for elements, and {token.text} applies to the whole"
            raise self._wrong(message, f"write: {subject} is {token.text}", token)
        return Is(subject, kind, negated, every)

    def _text(self, negated: bool) -> Text:
        token = self._take()
        if token.kind == "quoted":
            return self._quoted(token, None, negated)
        match = _FIELD.fullmatch(token.text)
        if match is None:
            return _read_text(None, token.text, negated)
        name, rest = match["field"].lower(), match["rest"]
        field = cast(Field, name)
        if field not in FIELDS:
            raise self._wrong(
                f"there is nothing called {match['field']}:", "there are " + " ".join(f"{one}:" for one in FIELDS), token
            )
        if rest:
            read = _read_text(field, rest, negated)
        else:
            follows = self._peek()
            if follows is None or follows.start != token.end or follows.kind != "quoted":
                raise SearchError(
                    f"what to look for must follow {token.text} without a space",
                    hint=f"for example: {_EXAMPLES[field]}",
                    column=token.end + 1,
                )
            read = self._quoted(self._take(), field, negated)
        if field == "shape" and read.shape is None:
            raise self._wrong("this is not a shape", f"for example: {_EXAMPLES[field]}", token)
        return read

    def _quoted(self, token: _Token, field: Field | None, negated: bool) -> Text:
        text = token.text[1:-1]
        if not text:
            raise self._wrong("there is nothing between the quotation marks", 'for example: name:"y"', token)
        shape, _ = _read_shape(text) if field == "shape" else (None, False)
        return Text(field, text.lower(), True, negated, shape, shape is not None)


_EXAMPLES: dict[Field, str] = {
    "name": "name:weight",
    "op": "op:matmul",
    "node": "node:AddmmBackward0",
    "module": "module:Linear",
    "shape": "shape:[8,3]",
}


def _read_text(field: Field | None, text: str, negated: bool) -> Text:
    shape, whole = _read_shape(text) if field in (None, "shape") else (None, False)
    return Text(field, text.lower(), False, negated, shape, whole)


def _read_shape(text: str) -> tuple[tuple[int, ...] | None, bool]:
    """The lengths that ``text`` names, and whether they are all of a shape (``[8, 3]``) or some (``8x3``)."""
    match = _SHAPE.fullmatch(text.strip())
    if match is None or bool(match["open"]) != bool(match["close"]) or not text.strip():
        return None, False
    return tuple(int(length) for length in re.findall("[0-9]+", match["lengths"])), bool(match["open"])

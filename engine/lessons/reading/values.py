"""What a key of a lesson's file has, checked by what the key is: texts, expressions, moments, numbers. Mistakes go to a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engine.lessons.model import Line
from engine.lessons.play.expressions import check_expression
from engine.lessons.play.moments import read_moment
from engine.lessons.reading.inline import Inline
from engine.lessons.reading.keys import Key
from engine.lessons.reading.mapping import Mapping, Node, Scalar, Several
from engine.lessons.reading.problems import Problem

_NAME = re.compile(r"[A-Za-z_]\w*")
LONGEST_TEXT = 2000


class Values:
    """The values of one mapping of the file, by key. ``where`` names the mapping in what is said of mistakes."""

    def __init__(
        self, mapping: Mapping, keys: Sequence[Key], where: str, problems: list[Problem], *, others: bool = False
    ) -> None:
        self._mapping, self.where, self._problems = mapping, where, problems
        known = {key.name: key for key in keys}
        for name, line, _ in mapping.entries:
            if name not in known and not others:
                self.wrong(line, f"{where} has no key “{name}”; it has {', '.join(known)}")
        for key in keys:
            if key.needed and mapping.get(key.name) is None:
                self.wrong(mapping.line, f"{where} needs the key “{key.name}”: {key.meaning[0].lower()}{key.meaning[1:]}")

    @property
    def line(self) -> int:
        return self._mapping.line

    def line_of(self, key: str) -> int:
        """The line on which what ``key`` has begins; that of the mapping where it is not there."""
        node = self._mapping.get(key)
        return self._mapping.line if node is None else node.line

    def wrong(self, line: int, message: str) -> None:
        """Add a mistake."""
        self._problems.append(Problem(line, message))

    def node(self, key: str) -> Node | None:
        """What ``key`` has, as it was read."""
        return self._mapping.get(key)

    def all(self) -> tuple[tuple[str, int, Node], ...]:
        """Each key, its line, and what it has."""
        return self._mapping.entries

    # One scalar --------------------------------------------------------------------------------------------------

    def plain(self, key: str, default: str = "") -> str:
        """A text as it stands there."""
        return self.scalar(self._mapping.get(key), key, default)

    def scalar(self, node: Node | None, key: str, default: str = "") -> str:
        """The text that ``node`` is."""
        if node is None:
            return default
        if not isinstance(node, Scalar):
            colon = "; a text with “: ” in it goes in quotes" if isinstance(node, Mapping) else ""
            self.wrong(node.line, f"“{key}” of {self.where} is one text, not a {_called(node)}{colon}")
            return default
        if len(node.text) > LONGEST_TEXT:
            self.wrong(node.line, f"“{key}” of {self.where} has more than {LONGEST_TEXT:,} characters")
            return default
        return node.text.strip()

    def text(self, key: str) -> Line:
        """A line with code, formulas and numbers."""
        return self._line(self._mapping.get(key), key)

    def _line(self, node: Node | None, key: str) -> Line:
        text = self.scalar(node, key)
        return Inline(self._problems).line(text, node.line if node is not None else self.line) if text else ()

    def texts(self, key: str) -> tuple[Line, ...]:
        """Lines, of a list or of a single one."""
        return tuple(self._line(node, key) for node in self.items(key))

    def items(self, key: str) -> Iterable[Node]:
        """What is in the list that ``key`` has, or the one thing."""
        node = self._mapping.get(key)
        return () if node is None else node.items if isinstance(node, Several) else (node,)

    def word(self, key: str, allowed: Sequence[str], default: str) -> str:
        """One of the words ``allowed``."""
        found = self.plain(key, default)
        if found not in allowed:
            self.wrong(self.line_of(key), f"“{key}” of {self.where} is one of {', '.join(allowed)}, not “{found}”")
            return default
        return found

    def words(self, key: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """Some of the words ``allowed``."""
        found = []
        for node in self.items(key):
            word = self.scalar(node, key)
            if word in allowed:
                found.append(word)
            else:
                self.wrong(node.line, f"“{key}” of {self.where} can have {', '.join(allowed)}, not “{word}”")
        return tuple(found)

    def name(self, key: str, default: str) -> str:
        """A name such as Python's."""
        found = self.plain(key, default)
        if found and _NAME.fullmatch(found) is None:
            self.wrong(self.line_of(key), f"“{key}” of {self.where} is a name of letters, digits and _, not “{found}”")
            return default
        return found

    def names(self, key: str) -> tuple[str, ...]:
        """Several of those."""
        return tuple(self.scalar(node, key) for node in self.items(key))

    def yes(self, key: str) -> bool:
        """``true`` or ``false``; false where it is not there."""
        found = self.plain(key, "false").lower()
        if found not in ("true", "false"):
            self.wrong(self.line_of(key), f"“{key}” of {self.where} is true or false, not “{found}”")
        return found == "true"

    # Expressions and moments -------------------------------------------------------------------------------------

    def expression(self, key: str) -> str:
        """An expression over what was recorded."""
        node = self._mapping.get(key)
        return "" if node is None else self._expression(node, key)

    def expressions(self, key: str) -> tuple[str, ...]:
        """Expressions, of a list or of a single one."""
        return tuple(self._expression(node, key) for node in self.items(key))

    def _expression(self, node: Node, key: str) -> str:
        text = self.scalar(node, key)
        try:
            check_expression(text)
        except ValueError as error:
            self.wrong(node.line, f"“{key}” of {self.where}: {error}")
        return text

    def moment(self, key: str, default: str) -> str:
        """A moment of the program."""
        text = self.plain(key, default)
        try:
            read_moment(text)
        except ValueError as error:
            self.wrong(self.line_of(key), f"“{key}” of {self.where}: {error}")
            return default
        return text

    def mappings(self, key: str, keys: Sequence[Key], where: str) -> list[Values]:
        """A list of mappings."""
        found = []
        for node in self.items(key):
            if isinstance(node, Mapping):
                found.append(Values(node, keys, where, self._problems))
            else:
                self.wrong(node.line, f"{where} has keys: {', '.join(one.name for one in keys)}")
        return found


def _called(node: Node) -> str:
    return "list" if isinstance(node, Several) else "mapping"

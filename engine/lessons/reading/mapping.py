"""YAML mappings of a lesson's file, with the line of each key. All scalars are text: what a key means decides its type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from engine.lessons.reading.problems import Problem

LONGEST_BLOCK = 20_000
"""Characters of one block."""
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, and the line of the file that it begins on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Several:
    """A list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, with the line of each, and what they have."""

    entries: tuple[tuple[str, int, Node], ...]
    line: int

    def get(self, key: str) -> Node | None:
        """What ``key`` has; None where it is not there."""
        return next((node for name, _, node in self.entries if name == key), None)


Node = Scalar | Several | Mapping


class _Refused(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def read_mapping(text: str, first_line: int, problems: list[Problem]) -> Mapping:
    """The mapping that ``text`` is; its first line is line ``first_line`` of the file. What is wrong is added to ``problems``."""
    nothing = Mapping((), first_line)
    if len(text) > LONGEST_BLOCK:
        problems.append(Problem(first_line, f"a block has at most {LONGEST_BLOCK:,} characters, not {len(text):,}"))
        return nothing
    try:
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
                mark = event.start_mark
                raise _Refused(
                    0 if mark is None else mark.line, "anchors and aliases (& and *) cannot be used; put the text in quotes"
                )
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        if node is None:
            return nothing
        found = _read(node, first_line, 0)
    except _Refused as refusal:
        problems.append(Problem(first_line + refusal.line, refusal.message))
        return nothing
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = first_line + (mark.line if mark is not None else 0)
        # PyYAML points behind the last line where something was not closed.
        last = first_line + max(0, text.rstrip("\n").count("\n"))
        problems.append(
            Problem(min(at, last), f"this is not YAML: {error.problem or error.context}; text with : or # goes in quotes")
        )
        return nothing
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problems.append(Problem(first_line, f"this is not YAML: {_first_line(error)}"))
        return nothing
    if not isinstance(found, Mapping):
        problems.append(Problem(first_line, "expected keys with values, such as “ask: What will a.grad be?”"))
        return nothing
    seen: dict[str, int] = {}
    for key, line, _ in found.entries:
        if key in seen:
            problems.append(Problem(line, f"the key “{key}” is there twice, first in line {seen[key]}"))
        seen.setdefault(key, line)
    return found


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _read(node: yaml.Node, first_line: int, depth: int) -> Node:
    line = first_line + node.start_mark.line
    if depth > _DEEPEST:
        raise _Refused(node.start_mark.line, f"lists and mappings are nested more than {_DEEPEST} deep")
    if isinstance(node, yaml.ScalarNode):
        return Scalar(str(node.value), line)
    if isinstance(node, yaml.SequenceNode):
        return Several(tuple(_read(item, first_line, depth + 1) for item in node.value), line)
    return Mapping(tuple(_entries(node, first_line, depth)), line)


def _entries(node: yaml.Node, first_line: int, depth: int) -> Iterator[tuple[str, int, Node]]:
    pairs: Sequence[tuple[yaml.Node, yaml.Node]] = node.value
    for key, value in pairs:
        if not isinstance(key, yaml.ScalarNode):
            raise _Refused(key.start_mark.line, "a key is a word")
        yield str(key.value), first_line + key.start_mark.line, _read(value, first_line, depth + 1)

"""The tables of docs/writing-lessons.md, made from the declared keys; ``python docs/write_tables.py`` puts them there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.lessons.play.expressions import FUNCTIONS, RUN_HAS
from engine.lessons.reading.keys import BLOCKS, HEAD, KINDS, MISCONCEPTION, OPTION, Key


def rendered() -> str:
    """All tables, as Markdown."""
    parts = [_keys("The head", HEAD)]
    parts += [_keys(f"The block `{name}`", keys) for name, keys in BLOCKS.items()]
    parts += [_keys("Each of `options`", OPTION), _keys("Each of `misconceptions`", MISCONCEPTION)]
    parts.append(_named("What a key can be", "is", KINDS))
    parts.append(_named("What of a run can be asked for", "written", {f"run.{name}": said for name, said in RUN_HAS.items()}))
    functions = ", ".join(f"`{name}`" for name in FUNCTIONS)
    parts.append(f"### Functions in expressions\n\n{functions}; `min` and `max` also of several numbers.\n")
    return "\n".join(parts)


def _keys(title: str, keys: Iterable[Key]) -> str:
    lines = [f"### {title}", "", "| key | is | meaning |", "|---|---|---|"]
    lines += [f"| `{key.name}`{' (needed)' if key.needed else ''} | {key.is_} | {_cell(key.meaning)} |" for key in keys]
    return "\n".join(lines) + "\n"


def _named(title: str, head: str, meanings: Mapping[str, str]) -> str:
    lines = [f"### {title}", "", f"| {head} | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {_cell(said)} |" for name, said in meanings.items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

"""What a file of runs says: a table of runs, one of their set-ups and one of their data, made of what the model declares."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from engine.files.columns import FIRST, REQUIRED, Column, Declarations, Table
from engine.files.kinds import NAME, NUMBER, TEXT, WHOLE, Kind, Sources, or_null
from engine.files.values import Malformed, constant, constant_as_json, listing, name
from engine.tables.declared import declared
from engine.training.choices.common import FIELDS
from engine.training.configs import TrainingConfig
from engine.training.run_files.model import RunFile

FORMAT = "gradwalk runs"
VERSION = 1
"""Raised when a reader of an older version could misread what is written."""
MOST_OPTIONS = 200
_AT_FIRST = "learning_rate epochs seed n_samples noise bias data_seed data model loss optimizer batch_size options code".split()
"""The fields of a config that files have from the first on; a file that lacks another one says its default."""


def _options(_: Sources, what: str) -> Callable[[Any], dict[str, Any]]:
    def read(item: object) -> dict[str, Any]:
        pairs = listing(item, what)
        if len(pairs) > MOST_OPTIONS:
            raise Malformed(f"“{what}” holds {len(pairs):,} options")
        found: dict[str, Any] = {}
        for pair in pairs:
            key, value = listing(pair, what, 2)
            if name(key, what) in found:
                raise Malformed(f"“{what}” says an option twice")
            found[key] = constant(value, what)
        return found

    return read


OPTIONS = Kind(
    "list, each: `[name, constant]`",
    _options,
    lambda _: lambda options: [[key, constant_as_json(value)] for key, value in options.items()],
)
_KINDS: dict[type[Any], Kind] = {float: NUMBER, int: WHOLE, str: NAME, type(None): or_null(WHOLE)}
_MEANINGS = {knob.name: knob.meaning for knob in FIELDS}


def _config_column(field: str, default: object) -> Column:
    kind = TEXT if field == "code" else _KINDS.get(type(default), OPTIONS)
    own = {"options": "knobs by name", "code": "training code that was edited, in place of what the rest describes"}
    meaning = _MEANINGS.get(field) or own.get(field, "what is chosen, by name")
    missing = REQUIRED if field in _AT_FIRST else constant_as_json(default)
    return Column(field, kind, meaning[0].lower() + meaning[1:], default=missing)


CONFIGS = Table(
    "configs",
    "the set-ups, each checked as the constructor of `TrainingConfig` does",
    tuple(_config_column(field.name, getattr(TrainingConfig(), field.name)) for field in fields(TrainingConfig)),
    TrainingConfig,
)
_DECLARED = Declarations({})
_PARTS = {item.name: item for item in declared(RunFile)}
TORCH = _DECLARED.column(_PARTS["torch"])
DATA, RUNS = (_DECLARED.table(_PARTS[key], kind) for key, kind in RunFile.rows().items())
TABLES = (DATA, CONFIGS, RUNS)


def rendered() -> str:
    """The schema as a table of Markdown, as ``docs/run-files.md`` has it; ``python docs/write_tables.py`` puts it there."""
    lines = [
        "| key | column | holds | where it is missing | since | meaning |",
        "|---|---|---|---|---|---|",
        f"| `format` | | `{json.dumps(FORMAT)}` | refused | {FIRST} | what this is |",
        f"| `version` | | `{VERSION}` | refused | {FIRST} | a reader refuses a higher one than it knows |",
        _line(f"`{TORCH.name}`", "", TORCH),
    ]
    for table in TABLES:
        lines.append(f"| `{table.name}` | | table | refused | {table.since} | **{table.meaning}** |")
        lines += [_line("", f"`{column.name}`", column) for column in table.columns]
    return "\n".join(lines) + "\n"


def _line(key: str, called: str, column: Column) -> str:
    missing = "refused" if column.default is REQUIRED else f"`{json.dumps(column.default)}`"
    return f"| {key} | {called} | {column.kind.words} | {missing} | {column.since} | {column.meaning} |"

"""Files that Gradwalk 0.1 wrote open in every later one, and give the JSON that they gave then.

``script`` is a training with a module, a function of one's own, batches, another file, a history, reads and an error at its end;
``summaries`` has tensors of which only a summary was kept, some of numbers that are none. They are never written again.
"""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.files.recordings import DOCUMENT

FOLDER = Path(__file__).parent / "of_0_1"
NAMES = "script summaries".split()


def lacks(found: Any, said: Any, where: str = "it") -> list[str]:
    """Where ``found`` does not say what ``said`` says; it may say more, which later versions know."""
    if isinstance(said, dict) and isinstance(found, dict):
        return [
            item
            for key, part in said.items()
            for item in (lacks(found[key], part, f"{where}.{key}") if key in found else [f"{where}.{key}"])
        ]
    if isinstance(said, list) and isinstance(found, list) and len(found) == len(said):
        return [item for at, part in enumerate(said) for item in lacks(found[at], part, f"{where}[{at}]")]
    if type(found) is type(said) is float and ".summary." in where and math.isclose(found, said, rel_tol=1e-12):
        return []  # sums may be added up in another order
    return [] if found == said and type(found) is type(said) else [where]


def document(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(DOCUMENT))


@pytest.mark.parametrize("name", NAMES)
def test_they_give_the_json_that_they_gave(name: str) -> None:
    recording = engine.open_recording(FOLDER / f"{name}.gradwalk")
    said = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert lacks(json.loads(recording.to_json()), said) == []


@pytest.mark.parametrize("name", NAMES)
def test_they_keep_all_that_is_in_them(name: str, tmp_path: Path) -> None:
    engine.open_recording(FOLDER / f"{name}.gradwalk").save(tmp_path / "again.gradwalk")
    assert lacks(document(tmp_path / "again.gradwalk"), document(FOLDER / f"{name}.gradwalk")) == []


def test_together_they_have_something_in_every_table_and_column() -> None:
    found = [document(FOLDER / f"{name}.gradwalk") for name in NAMES]
    for table, columns in found[0].items():
        if isinstance(columns, dict):
            for column in columns:
                listed = [entry for item in found for entry in item.get(table, {}).get(column, ())]
                assert any(entry not in (None, [], "") for entry in listed), f"{table}.{column}"


def test_what_is_not_said_is_seen() -> None:
    assert lacks({"a": [1, {"b": 2}], "c": 3}, {"a": [1, {"b": 2}]}) == []
    assert lacks({"a": [1, {"b": 3}]}, {"a": [1, {"b": 2}], "c": 1}) == ["it.a[1].b", "it.c"]
    assert lacks({"a": True, "b": [1, 2]}, {"a": 1, "b": [1]}) == ["it.a", "it.b"]

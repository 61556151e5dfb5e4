"""``.gradwalk`` files: everything comes back, whole or not at all, and what is wrong is refused in words."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.errors import RecordingFileError
from engine.explain import explain_moment
from engine.files import json_pieces as file_json
from engine.files import recordings as files
from engine.files.json_pieces import decode, encode
from engine.files.values import Malformed
from engine.recording import Recording
from engine.tables import TensorData
from tests.engine.plain_torch import PROGRAMS, run
from tests.engine.recorder.follow.test_record_names import SCRIPT, record

KINDS = """
x = torch.tensor([1.5, -2.0], dtype=torch.bfloat16, requires_grad=True)
(x * 2).sum().backward()
h = torch.tensor([1.0, 65504.0], dtype=torch.float16)
z = torch.tensor([1 + 2j, complex(float('nan'), float('-inf'))], requires_grad=True)
abs(z * 2j).sum().backward()
e = torch.zeros(0, 3)
s = torch.tensor(7)
m = torch.tensor([True, False]) & True
u = torch.tensor([255], dtype=torch.uint8) + 1
q = torch.arange(12).reshape(3, 4)[:, ::2].clone()
f8 = torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn).clone()
n = torch.full((3,), float('nan')) * float('inf')
d = torch.tensor([1., 2.], dtype=torch.float64) ** 2
big = torch.randn(70, 70) + 1
"""


def recordings() -> list[Recording]:
    torch.manual_seed(0)
    return [record(SCRIPT), record("import torch\n" + KINDS), *(run(text) for text in PROGRAMS)]


@pytest.fixture(scope="module")
def made() -> list[Recording]:
    return recordings()


def differences(first: Any, second: Any, where: str = "recording") -> list[str]:
    """Where two recordings are not bit-identical, walking through every field."""
    if type(first) is not type(second) and not (isinstance(first, TensorData) and isinstance(second, TensorData)):
        return [f"{where}: {type(first).__name__} and {type(second).__name__}"]
    if isinstance(first, np.ndarray):
        same = first.shape == second.shape and first.dtype == second.dtype and first.tobytes() == second.tobytes()
        return [] if same else [f"{where}: arrays"]
    if dataclasses.is_dataclass(first):
        names = [field.name for field in dataclasses.fields(first)]
        return [item for name in names for item in differences(getattr(first, name), getattr(second, name), f"{where}.{name}")]
    if isinstance(first, tuple):
        if len(first) != len(second):
            return [f"{where}: {len(first)} and {len(second)}"]
        return [item for at, pair in enumerate(zip(first, second, strict=True)) for item in differences(*pair, f"{where}[{at}]")]
    return [] if repr(first) == repr(second) else [f"{where}: {first!r} and {second!r}"]


def tensors(recording: Recording) -> list[TensorData | None]:
    found: list[TensorData | None] = [value.data for value in recording.values]
    for item in recording.runs:
        found += [*item.incoming, *item.outgoing, *item.local, item.grad_before, item.grad_after]
    return found


def test_everything_comes_back(made: list[Recording], tmp_path: Path) -> None:
    for recording in made:
        path = tmp_path / "one.gradwalk"
        recording.save(path)
        back = engine.open_recording(path)
        assert differences(recording, back) == []
        assert back.graph.signature == recording.graph.signature
        assert back.to_json() == recording.to_json()


def test_the_comparison_sees_a_difference(made: list[Recording]) -> None:
    changed = dataclasses.replace(made[0].moments[0], text="x")
    assert differences(made[0], dataclasses.replace(made[0], moments=(changed, *made[0].moments[1:])))


def test_shared_tensors_stay_shared(made: list[Recording], tmp_path: Path) -> None:
    for recording in made[:5]:
        recording.save(tmp_path / "one.gradwalk")
        back = engine.open_recording(tmp_path / "one.gradwalk")
        mine, theirs = tensors(recording), tensors(back)
        first = {id(item): at for at, item in reversed(list(enumerate(mine)))}
        other = {id(item): at for at, item in reversed(list(enumerate(theirs)))}
        assert [first[id(item)] for item in mine] == [other[id(item)] for item in theirs]


def test_summaries_come_back(tmp_path: Path) -> None:
    from engine.recorder.open_recorder import OpenRecorder

    recorder = OpenRecorder("", "<none>")
    recorder.draft.snapshots.budget = 0
    with recorder:
        (torch.randn(100, 100, requires_grad=True) * 2).sum().backward()
    recording = recorder.finish()
    assert any(value.data.array is None for value in recording.values)
    recording.save(tmp_path / "one.gradwalk")
    assert differences(recording, engine.open_recording(tmp_path / "one.gradwalk")) == []


def test_arrays_cannot_be_written(made: list[Recording], tmp_path: Path) -> None:
    made[0].save(tmp_path / "one.gradwalk")
    back = engine.open_recording(tmp_path / "one.gradwalk")
    assert all(not value.data.array.flags.writeable for value in back.values if value.data.array is not None)


def test_the_same_recording_gives_the_same_bytes(made: list[Recording], tmp_path: Path) -> None:
    made[0].save(tmp_path / "one.gradwalk")
    made[0].save(tmp_path / "two.gradwalk")
    assert (tmp_path / "one.gradwalk").read_bytes() == (tmp_path / "two.gradwalk").read_bytes()


def test_nothing_is_left_when_writing_fails(made: list[Recording], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one.gradwalk"
    path.write_bytes(b"before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.files.places.os.fsync", full)
    with pytest.raises(RecordingFileError, match=r"one\.gradwalk cannot be written: No space left"):
        made[0].save(path)
    assert path.read_bytes() == b"before"
    assert [item.name for item in tmp_path.iterdir()] == ["one.gradwalk"]


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_links_and_permissions_stay(made: list[Recording], tmp_path: Path) -> None:
    real = tmp_path / "real.gradwalk"
    made[0].save(real)
    real.chmod(0o640)
    link = tmp_path / "link.gradwalk"
    link.symlink_to(real)
    made[1].save(link)
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert differences(made[1], engine.open_recording(real)) == []


def test_a_file_from_before_places_in_other_files_opens(made: list[Recording], tmp_path: Path) -> None:
    path = tmp_path / "one.gradwalk"
    made[0].save(path)
    rewrite(path, lambda document: document.pop("elsewhere"))
    assert engine.open_recording(path).elsewhere == {}


def test_a_folder_that_is_not_there(made: list[Recording], tmp_path: Path) -> None:
    with pytest.raises(RecordingFileError, match="cannot be written"):
        made[0].save(tmp_path / "none" / "one.gradwalk")


# What is refused ---------------------------------------------------------------------------------------------------


def rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        document, block = json.loads(archive.read(files.DOCUMENT)), archive.read(files.ARRAYS)
    change(document)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(files.DOCUMENT, json.dumps(document))
        archive.writestr(files.ARRAYS, block)


def put(table: str, column: str, at: int, content: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document[table][column][at] = content

    return change


def elsewhere(operation: Any, file: Any, line: Any) -> Callable[[dict[str, Any]], None]:
    rows = {"operation": [operation], "file": [file], "line": [line], "text": ["f(x)"], "direct": [True]}
    return lambda document: document.update(elsewhere=rows)


HOSTILE: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    ("newer", lambda d: d.update(version=2), "newer Gradwalk"),
    ("no version", lambda d: d.pop("version"), "version"),
    ("other format", lambda d: d.update(format="zip"), "not a Gradwalk recording"),
    ("missing table", lambda d: d.pop("nodes"), "no table “nodes”"),
    ("uneven columns", lambda d: d["nodes"]["name"].pop(), "different lengths"),
    ("dangling node", put("runs", "node", 0, 10**6), "reference to nodes"),
    ("dangling value", put("operations", "outputs", 0, [10**6]), "reference to values"),
    ("negative id", put("values", "variable", 0, -1), "reference to variables"),
    ("huge integer", put("values", "version", 0, 10**30), "version"),
    ("a place of no operation", elsewhere(10**6, "a.py", 1), "reference to operations"),
    ("a place before a file", elsewhere(0, "a.py", 0), "elsewhere.line"),
    ("a file that is no text", elsewhere(0, 1, 1), "elsewhere"),
    ("a circle of Nodes", put("nodes", "edges", 0, [[0, 0, 0]]), "circle"),
    ("unknown kind of moment", put("moments", "kind", 0, "jump"), "no moment of the kind"),
    ("unknown type of array", put("arrays", "type", 0, "|O8"), "unknown type"),
    ("array outside", put("arrays", "offset", 0, 1 << 40), "offset"),
    ("array too large", put("arrays", "shape", 0, [1 << 30, 1 << 30]), "outside"),
    ("other shape", put("tensors", "shape", 0, [5, 5, 5]), "another shape"),
    ("dtype that lies", put("tensors", "dtype", 0, "int64"), "stored as"),
    ("dtype that is no word", put("tensors", "dtype", 0, "float32; rm"), "no dtype"),
    ("text that is none", lambda d: d.update(text=5), "not a text"),
    ("moments out of order", lambda d: d["variables"]["values"][0].reverse(), "not in order"),
    ("a value of two variables", put("variables", "values", 0, [[0, 1]]), "two variables"),
    ("an output that the Node has not", lambda d: d["values"].update(output=[9] * len(d["values"]["output"])), "does not have"),
    ("no result", lambda d: d["operations"].update(outputs=[[]] * len(d["operations"]["outputs"])), "no result"),
    ("a change of nothing", lambda d: d["operations"].update(inputs=[[]] * len(d["operations"]["inputs"])), "changes nothing"),
    ("failed without an error", lambda d: d.update(failed=True), "does not end with an error"),
]


@pytest.fixture
def good(made: list[Recording], tmp_path: Path) -> Path:
    path = tmp_path / "run.gradwalk"
    text = "w = torch.tensor([2.], requires_grad=True)\nfor i in range(2):\n    loss = w*w\n    loss.backward()\n"
    run(text + "    with torch.no_grad():\n        w -= w.grad\n").save(path)
    return path


@pytest.mark.parametrize(("name", "change", "words"), HOSTILE, ids=[item[0] for item in HOSTILE])
def test_what_contradicts_itself_is_refused(good: Path, name: str, change: Callable[[dict[str, Any]], None], words: str) -> None:
    rewrite(good, change)
    with pytest.raises(RecordingFileError, match=words) as caught:
        engine.open_recording(good)
    assert good.name in str(caught.value)


def test_no_file_a_folder_and_other_files(tmp_path: Path) -> None:
    for content in (b"", b"print(1)", b"PK\x03\x04", bytes(1000)):
        (tmp_path / "x.gradwalk").write_bytes(content)
        with pytest.raises(RecordingFileError, match="not a Gradwalk recording"):
            engine.open_recording(tmp_path / "x.gradwalk")
    with pytest.raises(RecordingFileError, match="No such file"):
        engine.open_recording(tmp_path / "none.gradwalk")
    with pytest.raises(RecordingFileError, match="cannot be opened"):
        engine.open_recording(tmp_path)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("../../evil.py", "x")
    with pytest.raises(RecordingFileError, match="parts"):
        engine.open_recording(tmp_path / "other.zip")


def test_a_bomb_is_refused_before_it_is_unpacked(good: Path) -> None:
    with zipfile.ZipFile(good) as archive:
        document = archive.read(files.DOCUMENT)
    with zipfile.ZipFile(good, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(files.DOCUMENT, document)
        archive.writestr(files.ARRAYS, bytes(64 << 20))
    with pytest.raises(RecordingFileError, match="larger than what is in it"):
        engine.open_recording(good)


def test_a_file_cut_in_half(good: Path) -> None:
    data = good.read_bytes()
    for share in range(1, 20):
        good.write_bytes(data[: len(data) * share // 20])
        with pytest.raises(RecordingFileError):
            engine.open_recording(good)


def test_deep_json_is_refused(good: Path) -> None:
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr(files.DOCUMENT, "[" * 200_000)
        archive.writestr(files.ARRAYS, b"")
    with pytest.raises(RecordingFileError, match="nested too deeply"):
        engine.open_recording(good)


def usable(path: Path) -> bool:
    """Whether a file opens; then everything that the window asks of a recording must work."""
    try:
        recording = engine.open_recording(path)
    except RecordingFileError:
        return False
    for cursor in (0, recording.end // 2, recording.end):
        state = recording.state(cursor)
        for card in recording.graph.cards:
            assert state.cards[card.id].value.kind
        for edge in recording.graph.edges:
            assert state.edges[edge.id].value
    assert recording.to_json()
    for cursor in range(0, recording.end + 1, max(1, recording.end // 4)):
        assert explain_moment(recording, cursor).title
    assert recording._repr_svg_()
    return True


def mutate(item: Any, chance: random.Random) -> Any:
    """``item`` with one thing changed somewhere inside."""
    if isinstance(item, dict) and item:
        key = chance.choice(list(item))
        return {**item, key: mutate(item[key], chance)}
    if isinstance(item, list) and item and chance.random() < 0.9:
        at = chance.randrange(len(item))
        what = chance.random()
        if what < 0.1:
            return item[:at] + item[at + 1 :]
        if what < 0.2:
            return [*item[:at], item[chance.randrange(len(item))], *item[at:]]
        return [*item[:at], mutate(item[at], chance), *item[at + 1 :]]
    if type(item) is int:
        return item + chance.choice((-2, -1, 1, 2, 1000))
    return chance.choice((None, 0, 1, -1, 2**40, 2**70, "x", "", [], {}, True, 1.5, [0], {"float": "nan"}))


def move_rows(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The document with one row of a table twice, gone, or in another one's place."""
    name = chance.choice([name for name, part in document.items() if isinstance(part, dict) and next(iter(part.values()))])
    count = len(next(iter(document[name].values())))
    first, second, way = chance.randrange(count), chance.randrange(count), chance.randrange(3)
    changed = {}
    for column, rows in document[name].items():
        rows = list(rows)
        if way == 0:
            rows[first] = rows[second]
        elif way == 1:
            del rows[first]
        else:
            rows.insert(first, rows[second])
        changed[column] = rows
    return {**document, name: changed}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_changed_it_opens_or_is_refused(made: list[Recording], good: Path, seed: int) -> None:
    chance = random.Random(seed)
    if seed >= 4:
        made[2 + chance.randrange(len(made) - 2)].save(good)
    with zipfile.ZipFile(good) as archive:
        document, block = json.loads(archive.read(files.DOCUMENT)), archive.read(files.ARRAYS)
    data = good.read_bytes()
    opened = 0
    for number in range(150):
        if number % 3:
            with zipfile.ZipFile(good, "w") as archive:
                changed = move_rows(document, chance) if number % 6 == 1 else mutate(document, chance)
                archive.writestr(files.DOCUMENT, json.dumps(changed))
                archive.writestr(files.ARRAYS, block)
        else:
            at = chance.randrange(len(data))
            good.write_bytes(data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :])
        opened += usable(good)
    assert 0 < opened < 150


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=30,
    )
)
def test_json_in_pieces_is_json(value: object) -> None:
    document = {"a": value, "b": {"c": value, "d": [value] * 5}, "": {}, "e": [value] * 5}
    with pytest.MonkeyPatch.context() as patch:
        # Lists in one go, then in pieces.
        for most in (file_json.PIECE, 2):
            patch.setattr(file_json, "PIECE", most)
            text = "".join(encode(json.loads(json.dumps(document))))
            assert text == json.dumps(document, separators=(",", ":"))
        for most in (file_json.WHOLE, 0):
            patch.setattr(file_json, "WHOLE", most)
            for layout in (text, json.dumps(document, indent=3), json.dumps(document)):
                assert decode(layout, bool) == document
            assert decode(f" {json.dumps(value)}\n", bool) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "{,}",
        '{"a"}',
        '{"a":}',
        '{"a":1,}',
        '{"a":1 "b":2}',
        "{1:2}",
        '{"a":1}x',
        '{"a":{"b":1,}}',
        '{"a":{"b"',
        "{'a':1}",
        '{"a":NaN}',
        '{"a":{"b":Infinity}}',
        "[1,2",
        '{"a":[1,}',
        '{"a":{"b":{"c":1}',
        "\ufeff{}",
        '{"a":tru}',
    ],
)
def test_what_is_no_json_is_refused_in_pieces_too(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for most in (file_json.WHOLE, 0):
        monkeypatch.setattr(file_json, "WHOLE", most)
        with pytest.raises((ValueError, Malformed)):
            decode(text, bool)
    with pytest.raises(ValueError):
        "".join(encode({"a": {"b": float("nan")}}))

"""Parquet files: columns are read as numbers, what is missing is named by its row, and each refusal says what to do."""

from __future__ import annotations

import decimal
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import engine
from engine.errors import Cancelled
from engine.training import script
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.program import program_text
from engine.training.table_files.form import FileRefused
from engine.training.table_files.reading import look, read_columns

Write = Any


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(columns: Any, name: str = "data.parquet", **how: Any) -> str:
        table = columns if isinstance(columns, pa.Table) else pa.table(columns)
        parquet.write_table(table, tmp_path / name, **how)
        return str(tmp_path / name)

    return written


def config_of(path: str, **choices: Any) -> TrainingConfig:
    return TrainingConfig(data="file", epochs=3, learning_rate=0.01, **choices, options=look(path).options())


def read(path: str, *places: int) -> Any:
    return read_columns(path, places[:-1], places[-1], format="parquet")


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "brotli", "zstd", "lz4"])
def test_it_is_looked_at_and_trained_on(compression: str, write: Write) -> None:
    path = write(
        {"x": [1.0, 2.5, 4.0], "name": ["Ada", "Emmy", "Lise"], "y": [1, 2, 3]}, compression=compression, row_group_size=2
    )
    form = look(path)
    assert (form.format, form.names, form.numeric) == ("parquet", ("x", "name", "y"), (True, False, True))
    assert form.rows == (("1.0", "text", "1"), ("2.5", "text", "2"), ("4.0", "text", "3"))
    assert form.said == "Parquet, 3 rows in 2 groups, 3 columns"
    assert form.options() == {
        "path": path,
        "x_columns": (0,),
        "y_column": 2,
        "format": "parquet",
        "contents": hashlib.sha256(Path(path).read_bytes()).hexdigest(),
    }
    data = training_data(config_of(path))
    assert data.X.tolist() == [[1.0], [2.5], [4.0]] and data.y.tolist() == [[1.0], [2.0], [3.0]]
    assert (data.features, data.target) == (("x",), "y")


def test_every_kind_of_number(write: Write) -> None:
    kinds = {
        "i8": pa.int8(),
        "u64": pa.uint64(),
        "i64": pa.int64(),
        "f16": pa.float16(),
        "f32": pa.float32(),
        "f64": pa.float64(),
        "bool": pa.bool_(),
        "d128": pa.decimal128(9, 3),
        "d256": pa.decimal256(50, 3),
    }
    values: dict[str, list[Any]] = {
        name: [np.float16(1), np.float16(0)] if name == "f16" else [True, False] if name == "bool" else [1, 0] for name in kinds
    }
    values["d128"] = values["d256"] = [decimal.Decimal("1.125"), decimal.Decimal("-2")]
    values["i64"] = [2**53 + 1, 0]
    path = write(pa.table({name: pa.array(values[name], kind) for name, kind in kinds.items()}))
    assert all(look(path).numeric)
    numbers = read(path, *range(len(kinds))).numbers
    assert numbers[:, :7].tolist() == [[1, 1, 2.0**53, 1, 1, 1, 1], [0] * 7]
    assert numbers[:, 7:].tolist() == [[1.125, 1.125], [-2, -2]]


def test_rows_without_a_value_are_left_out_and_named(write: Write) -> None:
    x = pa.array([1.0, None, 3.0, float("nan"), 5.0])
    path = write(pa.table({"x": x, "y": pa.array([1, 2, None, 4, 5])}), row_group_size=2)
    found = read(path, 0, 1)
    assert found.left_out == (2, 3, 4) and found.numbers.tolist() == [[1, 1], [5, 5]]
    assert look(path).rows[1] == ("", "2")
    with pytest.raises(FileRefused, match=r"data.parquet: all 2 rows lack a value in these columns. Choose other columns"):
        read(write(pa.table({"x": pa.array([None, None], pa.float64()), "y": [1, 2]})), 0, 1)


@pytest.mark.parametrize("edited", [False, True])
def test_its_script_runs_alone_and_prints_the_same(write: Write, tmp_path: Path, edited: bool) -> None:
    generator = np.random.default_rng(3)
    x = [None if row == 4 else float(value) for row, value in enumerate(generator.normal(size=50))]
    path = write(pa.table({"a.b": x, "n": pa.array(range(50), pa.int32()), "": generator.normal(size=50)}), row_group_size=7)
    config = TrainingConfig(
        data="file",
        model="features",
        epochs=3,
        learning_rate=1e-4,
        batch_size=8,
        options={"path": path, "x_columns": (0, 1), "y_column": 2, "format": "parquet", "validation": 0.2},
    )
    if edited:
        config = replace(config, code="# by hand\n" + program_text(config))
    text = script(config)
    assert "from pyarrow import parquet" in text and "import csv" not in text
    done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False)
    expected = [shot.loss for shot in engine.train(config)][1:]
    assert done.stdout.split("\n")[:-1] == [f"{epoch} {loss!r}" for epoch, loss in enumerate(expected, 1)], done.stderr


def test_what_holds_no_numbers_is_refused_by_name(write: Write) -> None:
    columns = {
        "when": pa.array([datetime(2026, 1, 1)] * 2),
        "who": pa.array(["a", "b"]),
        "kind": pa.array(["a", "b"]).dictionary_encode(),
        "points": pa.array([[1.0], [2.0]]),
        "both": pa.array([{"a": 1.0}, {"a": 2.0}]),
        "raw": pa.array([b"a", b"b"]),
        "none": pa.nulls(2),
        "x": pa.array([1.0, 2.0]),
    }
    path = write(pa.table(columns))
    form = look(path)
    assert form.numeric == (*[False] * 7, True)
    words = ("dates or times", "text", "categories", "lists or records", "lists or records", "bytes", "nothing", "numbers")
    assert form.kinds == tuple(f"has {kind}" for kind in words)
    with pytest.raises(FileRefused) as refused:
        form.options()
    assert str(refused.value) == (
        "data.parquet: only column 'x' holds numbers ('when' has dates or times, 'who' has text, 'kind' has categories, "
        "'points' has lists or records …). Two are needed: one that is known, and one that is predicted."
    )
    for place, kind in ((0, "dates or times"), (3, "lists or records")):
        with pytest.raises(FileRefused, match=rf"holds {kind}, no numbers. Choose another column"):
            read(path, place, 7)


def _names(path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0])], names=["x", "x"])
    parquet.write_table(table, path)


def _cut(path: Path) -> None:
    parquet.write_table(pa.table({"x": [1.0], "y": [2.0]}), path)
    path.write_bytes(path.read_bytes()[:-9])


def _long_metadata(path: Path) -> None:
    parquet.write_table(pa.table({"x": [1.0], "y": [2.0]}), path)
    path.write_bytes(path.read_bytes()[:-8] + (1 << 30).to_bytes(4, "little") + b"PAR1")


def _no_metadata(path: Path) -> None:
    path.write_bytes(b"PAR1" + bytes(40) + (20).to_bytes(4, "little") + b"PAR1")


def _encrypted(path: Path) -> None:
    path.write_bytes(b"PARE" + bytes(40) + b"PARE")


REFUSED = {
    "names twice": (_names, "columns 1 and 2 are both called 'x'. Give each a name of its own"),
    "cut": (_cut, "is a damaged Parquet file: its end is missing. Write it anew."),
    "a gigabyte of metadata": (
        _long_metadata,
        "is a damaged Parquet file: its metadata would take 1,073,741,824 bytes. Write it anew.",
    ),
    "no metadata": (_no_metadata, "is a damaged Parquet file: "),
    "encrypted": (_encrypted, "is an encrypted Parquet file. Write it without encryption."),
    "no rows": (
        lambda path: parquet.write_table(pa.table({"x": pa.array([], pa.float64())}), path),
        "holds names only, and no rows.",
    ),
    "wide": (
        lambda path: parquet.write_table(pa.table({f"c{place}": [1.0] for place in range(1001)}), path),
        "has 1,001 columns; at most 1,000 are read. Save those that are needed.",
    ),
    "long": (
        lambda path: parquet.write_table(pa.table({"x": np.zeros(1_000_001), "y": np.zeros(1_000_001)}), path),
        "has more than 1,000,000 rows. Choose a part of it.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_with_what_to_do(name: str, tmp_path: Path) -> None:
    make, said = REFUSED[name]
    make(tmp_path / "data.parquet")
    for ask in (lambda path: look(path), lambda path: read(path, 0, 1)):
        with pytest.raises(FileRefused, match=re.escape(said)):
            if name == "no rows" and ask.__code__.co_names == ("read",):
                raise FileRefused(said)
            ask(str(tmp_path / "data.parquet"))


def test_what_no_float32_can_hold_is_refused_with_its_row(write: Write) -> None:
    path = write({"x": [1.0, 2.0, 1e39], "y": [1.0, float("-inf"), 2.0]}, row_group_size=1)
    with pytest.raises(
        FileRefused, match=r"data.parquet, row 2, column 'y': '-inf' is beyond what float32 can hold. Mend or empty"
    ):
        read(path, 0, 1)
    with pytest.raises(FileRefused, match=r"row 3, column 'x': '1e\+39' is beyond"):
        read(path, 0, 0)


def test_reading_is_told_and_can_be_cancelled(write: Write) -> None:
    path = write({"x": np.arange(300_000.0), "y": np.arange(300_000.0)}, row_group_size=20_000)
    told: list[tuple[int, int]] = []
    found = read_columns(path, (0,), 1, format="parquet", progress=lambda done, of: told.append((done, of)))
    assert len(found.numbers) == 300_000 and found.numbers[-1].tolist() == [299_999.0] * 2
    assert len(told) > 3 and told == sorted(told) and told[-1] == (300_000, 300_000)
    asked: list[int] = []
    with pytest.raises(Cancelled):
        read_columns(path, (0,), 1, format="parquet", cancel=lambda: asked.append(0) or len(asked) > 1)
    assert len(asked) == 2


def test_another_format_than_before_is_told(write: Write, tmp_path: Path) -> None:
    path = Path(write({"x": [1.0, 2.0], "y": [2.0, 3.0]}))
    options = look(str(path)).options()
    path.write_text("x,y\n1,2\n3,4\n")
    with pytest.raises(FileRefused, match=r"data.parquet is no Parquet file any more. Choose the file anew"):
        read_columns(**options)
    text = look(str(path)).options()
    write({"x": [1.0, 2.0], "y": [2.0, 3.0]})
    with pytest.raises(FileRefused, match=r"data.parquet is a Parquet file now. Choose the file anew"):
        read_columns(**text)


def test_without_pyarrow_it_says_what_to_install(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write({"x": [1.0], "y": [2.0]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(FileRefused, match=r"To read such files install pyarrow \(pip install pyarrow\)"):
        look(path)


def test_a_file_that_says_it_unpacks_to_gigabytes_is_refused(write: Write) -> None:
    path = Path(write({"x": np.arange(1000.0), "y": np.arange(1000.0)}, compression="zstd"))
    size = parquet.ParquetFile(path).metadata.row_group(0).column(0).total_uncompressed_size
    before, after = _varint(2 * size), _varint(2 * (1 << 40))
    content = path.read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    body, metadata = content[: -8 - length], content[-8 - length : -8]
    assert before in metadata
    metadata = metadata.replace(before, after, 1)
    path.write_bytes(body + metadata + len(metadata).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(FileRefused, match=r"column 'x' would take 1,099,511,627,776 bytes for 1,000 numbers"):
        look(str(path))


def _varint(number: int) -> bytes:
    found = bytearray()
    while number >= 128:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


DAMAGE = """
import random, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from engine.training.table_files.form import FileRefused
from engine.training.table_files.reading import look, read_columns
content, path = Path(sys.argv[1]).read_bytes(), Path(sys.argv[1] + ".bad")
look(sys.argv[1])
least = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
draw = random.Random(7)
refused = 0
for _ in range(400):
    bad = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        bad[draw.randrange(4, len(bad) - 8)] = draw.randrange(256)
    path.write_bytes(bad)
    try:
        read_columns(**look(str(path)).options())
    except FileRefused as said:
        assert str(said).startswith(path.name), said
        refused += 1
print(refused, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - least) // 1024)
"""


def test_damaged_files_are_refused_and_take_no_memory(write: Write) -> None:
    """In a process of their own: what reads them is no Python, and could end it."""
    rows = 3000
    table = pa.table({"x": pa.array([None if row % 7 == 0 else row / 3 for row in range(rows)]), "y": pa.array(range(rows))})
    path = write(table, row_group_size=1000, compression="zstd", data_page_size=2000)
    root = Path(engine.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", DAMAGE, path, str(root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refused, megabytes = map(int, done.stdout.split())
    assert refused > 100 and megabytes < 400

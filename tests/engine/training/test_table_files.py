"""Text files of numbers: what is found of them, what is read, and each refusal with what to do."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import Cancelled
from engine.training import script
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.figures import figures
from engine.training.table_files.form import MOST_BYTES, FileRefused
from engine.training.table_files.reading import fingerprint, holds_table, look, read_columns
from engine.training.training import record_step, step_from

GOOD: dict[str, tuple[bytes, tuple[str, str, str, str], list[str]]] = {
    "commas": (b"x,y\n1,2\n3,4.5\n-1e-3,0\n", (",", ".", "utf-8-sig", "yes"), ["x", "y"]),
    "no names": (b"1,2\n3,4.5\n", (",", ".", "utf-8-sig", "no"), ["column 1", "column 2"]),
    "semicolons and decimal commas": (b"x;y\n1,5;2\n3,25;-4,5\n", (";", ",", "utf-8-sig", "yes"), ["x", "y"]),
    "semicolons and points": (b"x;y\n1.5;2\n3.25;-4.5\n", (";", ".", "utf-8-sig", "yes"), ["x", "y"]),
    "whole numbers and semicolons": (b"1;2\n3;4\n", (";", ".", "utf-8-sig", "no"), ["column 1", "column 2"]),
    "tabs": (b"x\ty\n1.5\t2\n", ("\t", ".", "utf-8-sig", "yes"), ["x", "y"]),
    "tabs and decimal commas": (b"x\ty\n1,5\t2\n3,5\t4\n", ("\t", ",", "utf-8-sig", "yes"), ["x", "y"]),
    "bars": (b"x|y\n1|2\n", ("|", ".", "utf-8-sig", "yes"), ["x", "y"]),
    "spaces": (b"x y\n1.5 2\n3 4\n", (" ", ".", "utf-8-sig", "yes"), ["x", "y"]),
    "a comma and a space": (b"x, y\n1.5, 2\n3, 4\n", (",", ".", "utf-8-sig", "yes"), ["x", "y"]),
    "a mark": (b"\xef\xbb\xbfx,y\n1,2\n", (",", ".", "utf-8-sig", "yes"), ["x", "y"]),
    "UTF-16": ("größe;y\n1,5;2\n2,5;1\n".encode("utf-16"), (";", ",", "utf-16", "yes"), ["größe", "y"]),
    "Windows letters": ("größe,y\n1,2\n".encode("cp1252"), (",", ".", "cp1252", "yes"), ["größe", "y"]),
    "Windows lines": (b"x,y\r\n1,2\r\n3,4\r\n", (",", ".", "utf-8-sig", "yes"), ["x", "y"]),
    "quotes": (b'"a, b","c"\n"1","2"\n3,4\n', (",", ".", "utf-8-sig", "yes"), ["a, b", "c"]),
    "decimal commas between quotes": (b'x,y\n"1,5","2"\n"3,25","4,5"\n', (",", ",", "utf-8-sig", "yes"), ["x", "y"]),
    "a number before each row": (b",x,y\n0,1,2\n1,3,4\n", (",", ".", "utf-8-sig", "yes"), ["column 1", "x", "y"]),
    "empty lines": (b"\n\nx,y\n\n1,2\n\n\n3,4\n\n", (",", ".", "utf-8-sig", "yes"), ["x", "y"]),
    "a last comma": (b"x,y,\n1,2,\n3,4,\n", (",", ".", "utf-8-sig", "yes"), ["x", "y", "column 3"]),
    "texts beside": (b"name,x,y\nAnn,1,2\nBo,3,4\n", (",", ".", "utf-8-sig", "yes"), ["name", "x", "y"]),
}
ABOVE: dict[str, tuple[bytes, tuple[str, int], list[str], int]] = {
    "remarks": (b"# measured, in May\n# by us\nx,y\n7,2\n3,4\n", ("yes", 3), ["x", "y"], 4),
    "remarks of which the last is the names": (b"% by us\n# x,y\n7,2\n3,4\n", ("yes", 2), ["# x", "y"], 3),
    "a title": (b"Report 2024\n\nx,y\n7,2\n3,4\n", ("yes", 3), ["x", "y"], 4),
    "a title and empty cells": (b"Report,,\n\n\nx,y,z\n7,2,3\n3,4,5\n", ("yes", 4), ["x", "y", "z"], 5),
    "what is for Excel": (b"sep=;\nx;y\n7,5;2\n3;4\n", ("yes", 2), ["x", "y"], 3),
    "units": (b"x,y,name\ncm,[kg],\n7,2,a\n3,4,b\n", ("units", 1), ["x (cm)", "y (kg)", "name"], 3),
    "remarks and units": (b"# us\r\nx;y\r\n(cm);-\r\n7,5;2\r\n3;4\r\n", ("units", 2), ["x (cm)", "y"], 4),
    "runs of spaces": (b"  x     y\n 7.5     2  \n   3    14\n", ("yes", 1), ["x", "y"], 2),
    "a quote behind a space": (b'name, x, y\n"a, b", 7, 2\nc, "3", 4\n', ("yes", 1), ["name", "x", "y"], 2),
}
"""Contents; what the first row holds and where the table begins; names; the line of the first numbers."""

COMMAS = {"separator": ",", "decimal": ".", "encoding": "utf-8-sig", "header": "yes", "first_line": 1}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(content: bytes, name: str = "data.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return written


def config_of(path: str, **choices: Any) -> TrainingConfig:
    return TrainingConfig(data="file", epochs=3, learning_rate=0.01, **choices, options=look(path).options())


@pytest.mark.parametrize("name", GOOD)
def test_the_form_is_found_and_the_file_trained_on(name: str, write: Any) -> None:
    content, form, names = GOOD[name]
    path = write(content)
    found = look(path)
    assert (found.separator, found.decimal, found.encoding, found.header) == form
    assert list(found.names) == names and found.size == len(content)
    config = config_of(path)
    data = training_data(config)
    assert data.X.shape == data.y.shape and data.left_out == ()
    own = [item for item in names if item not in ("name", "column 3")]
    assert (*data.features, data.target) == (("x", "y") if "x" in own else tuple(own))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(script(config), {"__name__": "__main__"})
    assert out.getvalue() == "".join(f"{shot.step} {shot.loss!r}\n" for shot in engine.train(config) if shot.step)


@pytest.mark.parametrize("name", ABOVE)
def test_what_stands_above_the_numbers_is_found(name: str, write: Any) -> None:
    content, found, names, line = ABOVE[name]
    form = look(write(content))
    assert (form.header, form.first_line) == found and list(form.names) == names and len(form.rows) == 2
    config = config_of(form.path)
    assert config.options["first_line"] == found[1]
    data = training_data(config)
    numbers = [item for item in names if item != "name"]
    assert len(data.X) == 2 and (data.features[0], data.target) == (numbers[0], numbers[-1])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(script(config), {"__name__": "__main__"})
    assert out.getvalue() == "".join(f"{shot.step} {shot.loss!r}\n" for shot in engine.train(config) if shot.step)
    spoilt = write(re.sub(rb"7[.,]?5?(?=[ ,;])", b"NA", content))
    assert read_columns(**{**form.options(), "path": spoilt, "contents": ""}).left_out == (line,), "lines are those of the file"


def test_where_a_table_begins_can_be_said(write: Any) -> None:
    path = write(b"Station,Rome\nHeight,12\nx,y\n1,2\n3,4\n")
    form = look(path, first_line=3)
    assert (form.names, form.header, form.first_line) == (("x", "y"), "yes", 3)
    assert training_data(TrainingConfig(data="file", options=form.options())).X.tolist() == [[1], [3]]
    with pytest.raises(FileRefused, match=r"has nothing from line 9 on"):
        look(path, first_line=9)
    path = write(b"Report\n1,5\n2,5\n")
    with pytest.raises(
        FileRefused, match=r"the first line has one cell, and others have more. Say in which line the table begins"
    ):
        look(path)
    assert look(path, first_line=2).header == "no"


def test_an_index_of_pandas_is_not_the_first_choice(write: Any) -> None:
    assert look(write(b"Unnamed: 0,x,y\n0,1,2\n1,3,4\n")).options()["x_columns"] == (1,)


def test_what_stands_in_it_is_what_is_trained_on(write: Any) -> None:
    path = write(b"a;b;y\n1,5;10;-1e2\n 2,25 ;20;3\n")
    form = look(path)
    assert form.rows == (("1,5", "10", "-1e2"), ("2,25", "20", "3")) and form.numeric == (True, True, True)
    config = TrainingConfig(data="file", model="features", options=form.options((1, 0), 2))
    data = training_data(config)
    assert data.X.tolist() == [[10, 1.5], [20, 2.25]] and data.y.tolist() == [[-100], [3]]
    assert data.features == ("b", "a") and data.target == "y"
    assert training_data(config) is data


def test_thousands_are_decimals_only_where_that_is_said(write: Any) -> None:
    path = write(b'x,y\n"1,200",2\n"2,400",3\n')
    assert look(path).numeric == (False, True)
    form = look(path, separator=",", decimal=",")
    assert form.numeric == (True, True) and read_columns(**form.options()).numbers[0].tolist() == [1.2, 2.0]
    assert look(write(b'x,y\n"1,200",2\n"2,45",3\n')).decimal == ",", "one of them has no three digits after it"


def test_what_is_said_of_a_file_is_taken_as_it_is(write: Any) -> None:
    path = write("größe;b\n1,5;2\n".encode("cp1252"))
    assert look(path).names == ("größe", "b")
    assert look(path, header="no").names == ("column 1", "column 2") and look(path, header="no").rows[0] == ("größe", "b")
    assert look(path).numeric == (True, True) and look(path, decimal=".").numeric == (False, True)
    years = write(b"2019,2020\n1,2\n3,4\n")
    assert look(years).header == "no" and look(years, header="yes").names == ("2019", "2020")
    assert look(years, header="yes").options()["header"] == "yes"
    with pytest.raises(FileRefused, match="has one column"):
        look(years, separator=";")
    with pytest.raises(FileRefused, match="is not written in utf-16"):
        look(write(b"x,y\n1,2\n3"), encoding="utf-16")


def test_rows_that_lack_a_value_are_left_out_and_named(write: Any) -> None:
    path = write(b"x,other,y\n1,,2\n,5,3\n4,5,NA\n\n6,?,7\n8,9\n10,n/a,nan\n11,a,12\n")
    config = TrainingConfig(data="file", options=look(path).options((0,), 2))
    data = training_data(config)
    assert data.X[:, 0].tolist() == [1, 6, 11] and data.left_out == (3, 4, 7, 8)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(script(config), {"__name__": "__main__"})
    assert out.getvalue().splitlines()[-1] == f"30 {list(engine.train(config))[-1].loss!r}"


def test_a_file_that_changed_is_read_anew_or_refused(write: Any) -> None:
    path = write(b"x,y\n1,2\n3,4\n")
    chosen = config_of(path)
    first, mark = training_data(chosen), fingerprint(path)
    anyhow = chosen.choosing(options={"contents": ""})
    assert chosen.options["contents"] == mark and training_data(anyhow).y[1, 0] == 4
    other = chosen.choosing(options={"x_columns": [1], "y_column": 0})
    write(b"x,y\n1,2\n3,5\n")
    os.utime(path, ns=(1, 1))
    assert training_data(anyhow).y[1, 0] == 5 and fingerprint(path) != mark
    with pytest.raises(FileRefused, match=r"data.csv has changed since its columns were chosen. Choose them anew"):
        training_data(other)
    chosen = config_of(path)
    first = training_data(chosen)
    write(b"x,y\n1,2\n3,6\n")
    assert training_data(chosen) is first, "what was read is that file"


def test_a_run_goes_on_with_its_rows_when_the_file_is_changed_or_gone(write: Any) -> None:
    path = write(b"x,y\n1,2\n2,4\n3,6.5\n")
    for config in (config_of(path), config_of(path).choosing(options={"contents": ""})):
        shots = list(engine.train(config))
        kept = Path(path).read_bytes()
        if config.options["contents"]:
            write(b"x,y\n1,200\n2,4\n3,6.5\n")
            assert step_from(config, shots[1]).loss == shots[2].loss
        Path(path).unlink()
        assert step_from(config, shots[1]).loss == shots[2].loss
        assert figures(config, shots[1]).data.y[0, 0] == 2
        assert record_step(config, shots[1]) is not None
        write(kept)


def test_the_rows_before_a_bad_one_are_read_before_it_is_told(write: Any) -> None:
    path = write(b"x,y\n" + b"1,2\n" * 2500 + b"3,bad\n" + b"4," + b"5" * 1_000_001)
    with pytest.raises(FileRefused, match=r"line 2502, column 'y': 'bad' is no number"):
        training_data(config_of(path))
    told: list[int] = []
    path = write(b"x,y\n" + b"1,2\n" * 2500 + b" ,\n\n,7\n" + b"3,1_0\n" + b"8,9\n" * 2500)
    with pytest.raises(FileRefused, match=r"line 2505, column 'y': '1_0' is no number"):
        training_data(config_of(path))
    path = write(b"x,y\n" + b"1,2\n" * 2500 + b" ,\n\n,7\n" + b"8,9\n" * 2500)
    read = read_columns(**look(path).options(), progress=lambda done, of: told.append(done))
    assert read.left_out == (2504,) and len(read.numbers) == 5000 and told == [0, 1999, 3996]
    assert read.numbers[2499].tolist() == [1, 2] and read.numbers[2500].tolist() == [8, 9]


def test_two_words_are_two_classes(write: Any) -> None:
    path = write(b"x,z,kind\n1,2,no\n2,4,yes\n3,5, no\n4,6,NA\n5,7,yes\n")
    form = look(path)
    assert form.classes == ("", "", "no\nyes") and form.options()["y_column"] == 1
    config = TrainingConfig(data="file", model="logistic", loss="cross_entropy", epochs=3, options=form.options((0,), 2))
    data = training_data(config)
    assert data.y[:, 0].tolist() == [0, 1, 0, 1] and data.left_out == (5,) and data.target == "kind"
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(script(config), {"__name__": "__main__"})
    assert out.getvalue() == "".join(f"{shot.step} {shot.loss!r}\n" for shot in engine.train(config) if shot.step)
    assert look(write(b"x,kind\n1,False\n2,True\n3,True\n")).options()["classes"] == "False\nTrue"
    assert look(write(b"x,kind\n1,a\n2,b\n3,c\n")).classes == ("", "")
    path = write(b"x,kind\n" + b"1,no\n2,yes\n" * 300 + b"3,perhaps\n")
    with pytest.raises(FileRefused, match=r"line 602, column 'kind': 'perhaps' is neither 'no' nor 'yes'. Mend or empty"):
        training_data(config_of(path))


def test_a_table_is_known_by_what_it_holds(write: Any) -> None:
    assert holds_table(write(b"5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n", "iris.data"))
    for content in (b"import torch\nw = torch.tensor(1.0)\n", b"w = 2\nb = 3\nw = 4\n", b"", b"a text, with\na comma, in it\n"):
        assert not holds_table(write(content, "text"))


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", r"data.csv is empty. Choose"),
    "blank": (b"\n \n\n", r"data.csv is empty"),
    "names only": (b"x,y\n", r"holds names only, and no rows. Choose"),
    "one column": (b"x\n1\n2\n", r"has one column. Two are needed.*comma, semicolon or tab"),
    "no numbers": (
        b"a,b\nx,y\nz,w\n",
        r"no column holds numbers \('a' has texts, as 'x', 'b' has texts, as 'y'\). Two are needed",
    ),
    "thousands": (b'x,y\n"1,200",2\n"2,400",3\n', r"'x' has separators between thousands, as '1,200': save it without them"),
    "thousands and decimals": (b"x;y\n1.200,5;2\n7.000,5;3\n", r"'x' has separators between thousands, as '1.200,5'"),
    "one of thousands": (b"x;y\n1;2\n7;3\n7 000;3\n", r"line 4, column 'x': '7 000' has separators between thousands. Save"),
    "one column of numbers": (b"a,b\nx,1\nz,2\n", r"only column 'b' holds numbers \('a' has texts, as 'x'\). Two are needed"),
    "duplicate names": (b"x,y,x\n1,2,3\n", r"columns 1 and 3 are both called 'x'. Give each a name of its own"),
    "inf": (b"x,y\n1,2\ninf,3\n", r"line 3, column 'x': 'inf' is beyond what float32 can hold. Mend or empty"),
    "too great": (b"x,y\n1,2\n3,1e39\n", r"line 3, column 'y': '1e39' is beyond"),
    "mixed types": (b"x,y\n1,2\n3,4\nfive,6\n", r"line 4, column 'x': 'five' is no number. Mend or empty that cell, or choose"),
    "too many cells": (b"x,y\n1,2\n3,4,5\n", r"line 3: 3 cells, where the first line has 2. Check the separator"),
    "digits with a line between": (b"x,y\n1,2\n1_0,3\n4,5\n", r"line 3, column 'x': '1_0' is no number"),
    "all missing": (b"x,y\n1,\n,2\n3,\n,4\n", r"all 4 rows lack a value in these columns. Choose other columns"),
    "no text": (b"x,y\n1,2\x00\n", r"is no text, or UTF-16 that does not say so. Save it as CSV in UTF-8"),
    "UTF-16 without a mark": ("x,y\n1,2\n".encode("utf-16-le"), r"is no text, or UTF-16 that does not say so"),
    "UTF-32": ("x,y\n1,2\n".encode("utf-32"), r"is written in UTF-32. Save it as UTF-8"),
    "half of UTF-16": (b"\xff\xfex\x00,\x00y", r"is not written in utf-16|has one column|names only"),
    "Parquet": (b"PAR1rest", r"is a damaged Parquet file: its end is missing. Write it anew"),
    "a workbook": (b"PK\x03\x04rest", r"is a workbook or an archive. Save the sheet as CSV"),
    "compressed": (b"\x1f\x8brest", r"is compressed. Unpack it first"),
    "an endless cell": (
        b'x,y\n1,"' + b"a" * 200_000 + b'"\n',
        r"line 2: a cell has more than 131,072 characters. Look for a quote that is not closed",
    ),
    "an endless line": (b"x,y,note\n1,2," + b"a" * 400_000, r"line 2: is longer than 1,000,000 characters. Save the table anew"),
    "a point where decimals come after a comma": (
        b"a;b\n1.000;0,5\n2.500;1,5\n",
        r"only column 'b' holds numbers \('a' has separators between thousands, as '1.000': save it without them\)",
    ),
    "two decimal signs": (
        b"a;b;c\n1,5;0,5;1\n2.25;1,5;2\n2,75;1,5;3\n",
        r"line 3, column 'a': '2.25' has decimals after a point",
    ),
    "percent": (b"a,b\n1.5%,2\n2.5 %,3\n", r"'a' has signs beside numbers, as '1.5%': save it without them"),
    "a currency": ("a;b\n€ 1,5;2\n€ 2,5;3\n".encode(), r"'a' has signs beside numbers, as '€ 1,5': save it"),
    "another minus": (
        "a,b\n1,2\n3,4\n\N{MINUS SIGN}1.5,2\n".encode(),
        r"line 4, column 'a': '\u22121.5' has signs beside numbers. Save",
    ),
    "a few numbers among texts": (b"a,b,c\n1,2,3\nx,3,z\ny,3,z\n", r"'a' has texts, as 'x', 'c' has texts, as 'z'"),
    "a cell that lacks between spaces": (
        b"x y z\n1  3\n4 5 6\n",
        r"line 2: 2 cells, where the first line has 3. With spaces.*write NA",
    ),
    "a picture": (b"\xff\xd8\xff\xe0....", r"is a picture. Choose a table of numbers, as CSV"),
    "bytes": (
        bytes(range(129, 255)) * 9,
        r"is no text, or its letters are written neither in UTF-8 nor in Windows-1252. Save it as CSV in UTF-8, or choose",
    ),
    "a web page": (b"<!DOCTYPE html><html>1,2</html>", r"is a web page. Save its table as CSV"),
    "JSON": (b'[{"x": 1, "y": 2}, {"x": 2, "y": 3}]', r"is JSON. Save the table as CSV"),
    "nothing but remarks": (b"# one\n# two\n", r"no column holds numbers|holds names only"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_used_is_refused_with_what_to_do(name: str, write: Any) -> None:
    content, said = REFUSED[name]
    path = write(content)
    with pytest.raises(FileRefused, match=said):
        training_data(config_of(path))


def test_missing_and_strange_files(tmp_path: Path, write: Any) -> None:
    with pytest.raises(FileRefused, match=r"gone.csv cannot be read: No such file.*Choose the file anew"):
        look(str(tmp_path / "gone.csv"))
    with pytest.raises(FileRefused, match="is no file"):
        look(str(tmp_path))
    path = write(b"x,y\n1,2\n")
    config = config_of(path)
    Path(path).unlink()
    with pytest.raises(FileRefused, match="cannot be read"):
        next(engine.train(config))
    with pytest.raises(FileRefused, match="cannot be read"):
        fingerprint(path)


def test_two_gigabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)  # takes no room
    for ask in (
        look,
        fingerprint,
        lambda name: read_columns(name, (0,), 1, **COMMAS),
    ):
        with pytest.raises(FileRefused, match=r"big.csv has 1,907 MiB; at most 256 MiB are read. Save a part of it"):
            ask(str(path))  # type: ignore[operator]
    assert MOST_BYTES == 256 * 1024**2


def test_too_many_rows_are_refused(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.table_files.form.MOST_ROWS", 3)
    path = write(b"x,y\n" + b"1,2\n" * 4)
    with pytest.raises(FileRefused, match=r"has more than 3 rows. Choose a part of it"):
        training_data(config_of(path))


def test_one_endless_line_is_refused(write: Any) -> None:
    path = write(b"x,y\n1,2\n" + b"1," * 600_000)
    with pytest.raises(FileRefused, match=r"line 3: is longer than 1,000,000 characters. Save the table anew"):
        training_data(config_of(path))
    with pytest.raises(FileRefused, match=r"has 2,000 columns; at most 1,000 are read"):
        look(write(b",".join(b"1" for _ in range(2000)) + b"\n"))


def test_reading_can_be_cancelled(write: Any) -> None:
    config = config_of(write(b"x,y\n" + b"1,2\n" * 5000))
    asked: list[bool] = []

    def cancel() -> bool:
        asked.append(True)
        return len(asked) == 2

    with pytest.raises(Cancelled):
        training_data(config, cancel)
    assert len(asked) == 2 and len(training_data(config, lambda: False).X) == 5000
    assert training_data(config, lambda: True) is training_data(config)


def test_a_column_that_is_not_there(write: Any) -> None:
    path = write(b"x,y\n1,2\n")
    config = config_of(path)
    with pytest.raises(FileRefused, match=r"has 2 columns, and no column 6. Choose the columns anew"):
        training_data(config.choosing(options={"x_columns": [5]}))


def test_the_form_is_found_by_the_beginning_of_a_long_file(write: Any) -> None:
    rows = b"".join(b"%d,%d.5\n" % (number, number % 7) for number in range(60_000))
    path = write(b"x,y\n" + rows)
    form = look(path)
    assert (form.separator, form.header, len(form.rows)) == (",", "yes", 20)
    data = training_data(config_of(path))
    assert len(data.X) == 60_000 and data.X[-1, 0] == 59_999
    assert np.array_equal(data.y[:7, 0], np.arange(7) + np.float32(0.5))


def test_classes_are_called_0_and_1(write: Any) -> None:
    path = write(b"x,y\n1,0\n2,1\n3,2\n")
    config = config_of(path, model="logistic", loss="cross_entropy")
    with pytest.raises(ValueError, match=r"y must be 0 or 1 where two classes are told apart, got 2"):
        training_data(config)


def test_one_row_is_trained_on(write: Any) -> None:
    config = config_of(write(b"x,y\n1,2\n"))
    losses = [shot.loss for shot in engine.train(config)][1:]
    assert len(losses) == 3 and losses == sorted(losses, reverse=True)

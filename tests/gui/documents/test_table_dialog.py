"""A table of numbers is looked at before it is used: form shown, columns chosen, each bad one told in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from gui.documents.tables.dialog import TableDialog
from gui.documents.tables.reading import Tables
from gui.look.theme import ThemeManager

Opens = Callable[..., TableDialog]


@pytest.fixture
def opens(qtbot: QtBot, tmp_path: Path) -> Iterator[Opens]:
    tables = Tables()
    crashes: list[str] = []
    tables.crashed.connect(crashes.append)

    def make(text: str | bytes, name: str = "spring.csv", given: dict[str, object] | None = None) -> TableDialog:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        dialog = TableDialog(ThemeManager("light"), tables, str(path))
        qtbot.addWidget(dialog)
        dialog.show()
        dialog.begin(given)
        qtbot.waitUntil(lambda: not dialog.verdict.text().endswith("…"), timeout=20_000)
        return dialog

    yield make
    assert tables.close() and crashes == []


def form(dialog: TableDialog) -> tuple[object, ...]:
    return tuple(box.currentData() for box in dialog.boxes.values())


def settled(qtbot: QtBot, dialog: TableDialog) -> str:
    qtbot.waitUntil(lambda: not dialog.verdict.text().endswith("…"), timeout=20_000)
    return dialog.verdict.text()


def options_of(qtbot: QtBot, dialog: TableDialog) -> dict[str, object]:
    assert dialog.train.isEnabled()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.train, Qt.MouseButton.LeftButton)
    assert chosen.args is not None
    return dict(chosen.args[0])


def test_what_was_found_is_shown_and_can_be_trained_on(qtbot: QtBot, opens: Opens) -> None:
    dialog = opens("load,length\n1,2.5\n2,3.5\n3,4.5\n")
    assert form(dialog) == (",", ".", "utf-8-sig", "yes")
    assert [dialog.table.horizontalHeaderItem(at).text() for at in range(2)] == ["x ← load", "y ← length"]
    assert dialog.table.rowCount() == 3 and dialog.table.item(1, 1).text() == "3.5"
    assert dialog.verdict.text() == "3 rows, all complete." and not dialog.verdict.refused
    config = TrainingConfig().choosing(data="file", options=options_of(qtbot, dialog))
    data = training_data(config)
    assert data.X.tolist() == [[1], [2], [3]] and data.y.tolist() == [[2.5], [3.5], [4.5]]
    assert (data.features, data.target) == (("load",), "length")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a;b\n0,5;1,5\n1,5;2,5\n", (";", ",", "utf-8-sig", "yes")),
        ("a\tb\n0.5\t1.5\n1.5\t2.5\n", ("\t", ".", "utf-8-sig", "yes")),
        ("0.5,1.5\n1.5,2.5\n", (",", ".", "utf-8-sig", "no")),
        ("a,b\n0.5,1.5\n1.5,2.5\n".encode("utf-16"), (",", ".", "utf-16", "yes")),
        ("größe,länge\n0.5,1.5\n1.5,2.5\n".encode("cp1252"), (",", ".", "cp1252", "yes")),
    ],
)
def test_forms_are_found(qtbot: QtBot, opens: Opens, text: str | bytes, found: tuple[object, ...]) -> None:
    dialog = opens(text)
    assert form(dialog) == found and dialog.verdict.text() == "2 rows, all complete."
    assert training_data(TrainingConfig().choosing(data="file", options=options_of(qtbot, dialog))).X.tolist() == [[0.5], [1.5]]


def test_what_was_found_can_be_changed(qtbot: QtBot, opens: Opens) -> None:
    dialog = opens("1,2\n3,4\n5,6\n")
    assert dialog.verdict.text() == "3 rows, all complete."
    header = dialog.boxes["header"]
    header.setCurrentIndex(0)
    header.activated.emit(0)
    assert settled(qtbot, dialog) == "2 rows, all complete." and dialog.table.horizontalHeaderItem(0).text() == "x ← 1"
    separator = dialog.boxes["separator"]
    separator.setCurrentIndex(1)
    separator.activated.emit(1)
    assert settled(qtbot, dialog).startswith("spring.csv has one column.") and dialog.verdict.refused
    assert not dialog.train.isEnabled()
    separator.setCurrentIndex(0)
    separator.activated.emit(0)
    assert settled(qtbot, dialog) == "2 rows, all complete."


def test_where_the_table_begins_is_shown_and_can_be_changed(qtbot: QtBot, opens: Opens) -> None:
    dialog = opens("# by us\nx,y\ncm,kg\n1,2\n3,4\n")
    assert form(dialog) == (",", ".", "utf-8-sig", "units") and dialog.first_line.value() == 2
    assert dialog.table.horizontalHeaderItem(0).text() == "x ← x (cm)" and dialog.verdict.text() == "2 rows, all complete."
    dialog.first_line.setValue(4)
    assert settled(qtbot, dialog) == "2 rows, all complete." and form(dialog)[3] == "no"
    assert options_of(qtbot, dialog)["first_line"] == 4
    dialog = opens("Station,Rome\nBy,us\nx,y\n1,2\n3,4\n")
    assert dialog.verdict.refused and not dialog.train.isEnabled()
    dialog.first_line.setValue(3)
    assert settled(qtbot, dialog) == "2 rows, all complete." and form(dialog)[3] == "yes"
    assert dialog.columns.x_columns == (0,) and dialog.table.horizontalHeaderItem(1).text() == "y ← y"


def test_a_column_of_two_words_can_be_predicted(qtbot: QtBot, opens: Opens) -> None:
    dialog = opens("x,z,kind\n1,2,no\n2,4,yes\n3,4,no\n")
    box = dialog.columns.predicted
    assert [box.itemText(row) for row in range(box.count())] == ["x", "z", "kind: no = 0, yes = 1"]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert settled(qtbot, dialog) == "3 rows, all complete." and dialog.table.horizontalHeaderItem(2).text() == "y ← kind"
    options = options_of(qtbot, dialog)
    assert (options["y_column"], options["classes"]) == (2, "no\nyes")
    again = opens("x,z,kind\n1,2,no\n2,4,yes\n3,4,no\n", given=options)
    assert again.columns.y_column == 2 and again.verdict.text() == "3 rows, all complete."


def test_columns_are_chosen_by_mouse_and_keyboard(qtbot: QtBot, opens: Opens) -> None:
    dialog = opens("day,a,name,b,c\n1,2,x,4,5\n2,3,y,5,7\n3,5,z,6,8\n")
    assert dialog.columns.x_columns == (0,) and dialog.columns.y_column == 4
    assert [dialog.columns.known.item(row).text() for row in range(dialog.columns.known.count())] == ["day", "a", "b", "c"]
    head = dialog.table.horizontalHeader()
    at = QPoint(head.sectionViewportPosition(1) + head.sectionSize(1) // 2, head.height() // 2)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert settled(qtbot, dialog) and dialog.columns.x_columns == (0, 1)
    qtbot.keyClick(dialog.columns.known, Qt.Key.Key_Space)
    assert settled(qtbot, dialog) and dialog.columns.x_columns == (1,)
    dialog.columns.predicted.setCurrentIndex(1)
    dialog.columns.predicted.activated.emit(1)
    assert dialog.columns.x_columns == () and dialog.verdict.text() == "Tick at least one known column."
    assert not dialog.train.isEnabled()
    dialog.columns.toggle(3)
    dialog.columns.toggle(4)
    assert settled(qtbot, dialog) == "3 rows, all complete."
    options = options_of(qtbot, dialog)
    assert (options["x_columns"], options["y_column"]) == ((3, 4), 1)


def test_rows_without_a_value_are_counted_and_named(opens: Opens) -> None:
    rows = "".join(f"{at},{'NA' if at % 5 == 0 else at * 2}\n" for at in range(1, 61))
    dialog = opens(f"x,y\n{rows}")
    assert dialog.verdict.text() == (
        "48 of 60 rows are used: lines 6, 11, 16, 21, 26, 31, 36, 41 and 4 more lack a value in a chosen column and are left out."
    )
    assert dialog.train.isEnabled()
    one = "2 of 3 rows are used: line 3 lacks a value in a chosen column and is left out."
    assert opens("x,y\n1,2\n2,\n3,4\n").verdict.text() == one


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "spring.csv is empty. Choose a file with a row for each example."),
        (
            "name,town\nAda,London\nEmmy,Erlangen\n",
            "spring.csv: no column holds numbers ('name' has texts, as 'Ada', 'town' has texts, as 'London'). Two are",
        ),
        ("x\n1\n2\n", "spring.csv has one column. Two are needed"),
        ("name,x\nAda,1\nEmmy,2\n", "spring.csv: only column 'x' holds numbers ('name' has texts, as 'Ada'). Two are needed"),
        ("x,y\n1,2\n2,three\n3,4\n", "spring.csv, line 3, column 'y': 'three' is no number. Mend or empty that cell"),
        ("x,y\n1,2\n2,inf\n3,4\n", "spring.csv, line 3, column 'y': 'inf' is beyond what float32 can hold."),
        ("x,y\n", "spring.csv holds names only, and no rows."),
        ("x,x\n1,2\n2,3\n", "spring.csv: columns 1 and 2 are both called 'x'. Give each a name of its own in the file."),
        ("x,y\n,1\n2,\n", "spring.csv: all 2 rows lack a value in these columns."),
        (b"\x00\x01\x02,\x03\n", "spring.csv is no text"),
        (b"PAR1xxxx", "spring.csv is a damaged Parquet file: its end is missing. Write it anew."),
        (b"PK\x03\x04xxxx", "spring.csv is a workbook or an archive. Save the sheet as CSV."),
        ("x,y\n1,2\n2,3,4,5\n", "spring.csv, line 3: 4 cells, where the first line has 2."),
    ],
)
def test_a_bad_table_is_told_in_a_sentence(opens: Opens, text: str | bytes, sentence: str) -> None:
    dialog = opens(text)
    assert dialog.verdict.text().startswith(sentence) and dialog.verdict.refused
    assert dialog.verdict.accessibleName() == dialog.verdict.text() and not dialog.train.isEnabled()


def test_one_row_and_a_constant_column_can_be_used(opens: Opens) -> None:
    assert opens("x,y\n1,2\n").verdict.text() == "1 row, which is complete."
    assert opens("x,y\n1,2\n1,3\n1,4\n").train.isEnabled()


def test_a_file_that_went_is_told(qtbot: QtBot, opens: Opens, tmp_path: Path) -> None:
    dialog = opens("x,z,y\n1,2,3\n2,3,4\n")
    (tmp_path / "spring.csv").unlink()
    dialog.columns.changed.emit()
    assert settled(qtbot, dialog) == "2 rows, all complete.", "these columns were read"
    dialog.columns.toggle(1)
    assert settled(qtbot, dialog) == "spring.csv cannot be read: No such file or directory. Choose the file anew."


def test_it_opens_as_it_was_used_before(opens: Opens) -> None:
    given = {"separator": ";", "decimal": ",", "encoding": "utf-8-sig", "header": "no", "x_columns": (2,), "y_column": 0}
    dialog = opens("1,5;2,5;3,5\n4,5;5,5;6,5\n", given=given)
    assert form(dialog) == (";", ",", "utf-8-sig", "no")
    assert dialog.columns.x_columns == (2,) and dialog.columns.y_column == 0


def test_closing_it_ends_the_reading(qtbot: QtBot, opens: Opens, tmp_path: Path) -> None:
    dialog = opens("x,y\n" + "1.5,2.5\n" * 300_000)
    dialog.columns.changed.emit()
    assert dialog.verdict.text() == "Reading …"
    dialog.reject()
    qtbot.wait(300)
    assert dialog.verdict.text() == "Reading …", "what was given up says nothing any more"
    assert dialog._tables._work.empty


def test_a_parquet_file_is_shown_without_what_only_a_text_has(qtbot: QtBot, opens: Opens, tmp_path: Path) -> None:
    x = pa.array([None if row == 6 else float(row) for row in range(100)])
    table = pa.table({"x": x, "name": ["a"] * 100, "y": pa.array(range(100))})
    parquet.write_table(table, tmp_path / "made.parquet", row_group_size=30)
    dialog = opens((tmp_path / "made.parquet").read_bytes(), "spring.parquet")
    assert dialog.found.text() == "Parquet, 100 rows in 4 groups, 3 columns" and dialog.found.isVisible()
    assert not any(box.isVisible() for box in dialog.boxes.values())
    assert dialog.verdict.text() == "99 of 100 rows are used: row 7 lacks a value in a chosen column and is left out."
    assert dialog.table.item(0, 1).text() == "text" and dialog.table.item(6, 0).text() == "missing"
    options = options_of(qtbot, dialog)
    assert len(options.pop("contents")) == 64
    assert options == {"path": str(tmp_path / "spring.parquet"), "x_columns": (0,), "y_column": 2, "format": "parquet"}
    assert training_data(TrainingConfig().choosing(data="file", options=options)).left_out == (7,)
    again = opens((tmp_path / "made.parquet").read_bytes(), "spring.parquet", {**options, "x_columns": (2,), "y_column": 0})
    assert again.columns.x_columns == (2,) and again.columns.y_column == 0


def test_a_long_table_says_how_far_it_was_read(qtbot: QtBot, opens: Opens) -> None:
    said: list[str] = []
    dialog = opens("x,y\n1,2\n")
    dialog._tables.progressed.connect(lambda done, of: said.append(dialog.verdict.text()))
    dialog.verdict.say("Reading …")
    dialog._tables.progressed.emit(65_536, 300_000)
    dialog._tables.progressed.emit(2_000, 0)
    assert said == ["Reading … 65,536 of 300,000 rows …", "Reading … 2,000 rows …"]
    dialog.verdict.say("1 row, which is complete.")
    dialog._tables.progressed.emit(1, 2)
    assert dialog.verdict.text() == "1 row, which is complete.", "a word that was on its way when it was read"

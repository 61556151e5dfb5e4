"""One schema: the model has what it declares, the document says it, and files of yesterday and tomorrow are read by it."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest

import engine
from engine.errors import RecordingFileError
from engine.files import schema
from engine.files.columns import REQUIRED, Column, Table
from engine.files.kinds import WHOLE, Kind
from engine.files.recordings import DOCUMENT
from engine.files.values import Malformed
from engine.recording import Recording
from engine.tables import Argument, Hook, Operation, Span, TensorData
from engine.tables.declared import Called, LeftOut, Since, declared
from tests.engine.files.test_files import differences, rewrite
from tests.engine.files.test_of_0_1 import FOLDER, lacks

PAGE = Path(__file__).resolve().parents[3] / "docs" / "file-format.md"
ALL = (*schema.TABLES, schema.TENSORS, schema.HISTORIES, schema.ARRAYS)
COLUMNS = [(table, column) for table in ALL for column in table.all_columns]
NAMES = [f"{table.name}.{column.name}" for table, column in COLUMNS]


@pytest.fixture
def yesterday(tmp_path: Path) -> Path:
    """A file of 0.1 with something in every table."""
    path = tmp_path / "yesterday.gradwalk"
    path.write_bytes((FOLDER / "script.gradwalk").read_bytes())
    return path


@pytest.fixture
def today(yesterday: Path) -> Path:
    """The same as it is written now, with something in the tables that are younger, too."""
    opened = engine.open_recording(yesterday)
    dataclasses.replace(opened, hooks=(Hook("register_hook", opened.operations[0].span),)).save(yesterday)
    return yesterday


def test_the_document_has_the_table_that_the_schema_renders() -> None:
    assert schema.rendered() in PAGE.read_text(encoding="utf-8"), "`python docs/write_tables.py` puts it there"


def test_every_field_says_what_it_means() -> None:
    said = [*NAMES, *(entry.name for entry in schema.ENTRIES)]
    meanings = [*(column.meaning for _, column in COLUMNS), *(entry.meaning for entry in schema.ENTRIES)]
    lacking = [name for name, meaning in zip(said, meanings, strict=True) if not meaning]
    assert lacking == [], "say it among the Attributes of its class"


def test_every_field_of_the_model_is_in_the_schema_once() -> None:
    held = [entry.source for entry in schema.ENTRIES] + [table.name for table in schema.TABLES]
    assert sorted(held) == sorted(field.name for field in dataclasses.fields(Recording))
    for table in schema.TABLES:
        assert table.model is not None
        fields = [field.name for field in dataclasses.fields(table.model) if field.name != "id"]
        assert sorted(column.source for column in table.columns) == sorted(fields), table.name


def test_a_file_has_the_columns_of_the_schema_in_their_order(today: Path) -> None:
    with zipfile.ZipFile(today) as archive:
        document = json.loads(archive.read(DOCUMENT))
    entries = [entry.name for entry in schema.ENTRIES]
    assert [*document] == ["format", "version", *entries, *(table.name for table in ALL), schema.SPANS.name]
    for table in ALL:
        assert [*document[table.name]] == [column.name for column in table.all_columns]


def test_what_is_younger_than_the_first_files_may_be_missing() -> None:
    with pytest.raises(ValueError, match="needs a default"):
        Column("seconds", WHOLE, "how long it took", since="0.2")
    with pytest.raises(ValueError, match="optional"):
        Table("weather", "how it was", (), since="0.2")


# Yesterday's files -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Timed(Operation):
    """An Operation as a later Gradwalk may have it.

    Attributes
    ----------
    seconds : float or None
        How long it took.
    device : str
        Where it ran.
    shares : tuple of float
        What each core did of it.
    """

    seconds: Annotated[float | None, Since("0.2")] = None
    device: Annotated[str, Since("0.2"), Called("place")] = "cpu"
    shares: Annotated[tuple[float, ...], Since("0.2"), LeftOut("nobody asks")] = (1.0,)


SECONDS, DEVICE, SHARES = (schema.DECLARED.column(field) for field in declared(Timed)[-3:])


def tomorrow(monkeypatch: pytest.MonkeyPatch, *columns: Column) -> None:
    """Let the schema be one that has more columns of operations."""
    changed = [
        dataclasses.replace(table, model=Timed, columns=(*columns, *table.columns)) if table.model is Operation else table
        for table in schema.TABLES
    ]
    monkeypatch.setattr(schema, "TABLES", tuple(changed))


def test_a_column_is_added_and_yesterdays_file_opens(yesterday: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = engine.open_recording(yesterday)
    tomorrow(monkeypatch, SECONDS, DEVICE, SHARES)
    opened = engine.open_recording(yesterday)
    assert all(type(item) is Timed and item.seconds is None and item.device == "cpu" for item in opened.operations)
    assert all(item.shares == (1.0,) for item in opened.operations)  # type: ignore[attr-defined]
    said, more = json.loads(before.to_json()), json.loads(opened.to_json())
    assert lacks(more, said) == []
    assert {*more["operations"][0]} - {*said["operations"][0]} == {"seconds", "place"}

    slow = [dataclasses.replace(item, seconds=item.id / 2, device="cuda") for item in opened.operations]  # type: ignore[call-arg]
    dataclasses.replace(opened, operations=tuple(slow)).save(tmp_path / "tomorrow.gradwalk")
    again = engine.open_recording(tmp_path / "tomorrow.gradwalk")
    assert [(item.seconds, item.device) for item in again.operations] == [  # type: ignore[attr-defined]
        (item.id / 2, "cuda") for item in opened.operations
    ]
    assert differences(again, dataclasses.replace(opened, operations=tuple(slow))) == []

    monkeypatch.undo()
    assert differences(engine.open_recording(tmp_path / "tomorrow.gradwalk"), before) == []


def test_what_is_declared_is_its_column() -> None:
    """Name, kind and default, where the type says them and where something beside it does."""
    columns = (SECONDS, DEVICE, SHARES)
    assert [(column.name, column.source) for column in columns] == [
        ("seconds", "seconds"),
        ("place", "device"),
        ("shares", "shares"),
    ]
    assert [column.kind.words for column in columns] == ["number or null", "text", "list, each: number"]
    assert [column.default for column in columns] == [None, "cpu", [1.0]]
    assert SECONDS.meaning == "how long it took" and SECONDS.since == "0.2"
    with pytest.raises(TypeError, match="cannot hold"):
        schema.DECLARED.kind(set[int])


@dataclass(frozen=True, eq=False)
class Placed(Argument):
    """An Argument as a later Gradwalk may have it."""

    place: Annotated[int, Since("0.2")] = 7


class _Nothing:
    """What no cell of the test refers to."""

    numbers = range(100)

    def count(self, table: str) -> int:
        return 100


def test_a_row_within_a_cell_gets_a_field(yesterday: Path) -> None:
    """Yesterday's lists end before it; today leaves alone what tomorrow's lists have more."""
    read = schema.DECLARED.row(Placed).reading(_Nothing(), "inputs")  # type: ignore[arg-type]
    assert [read(cells).place for cells in ([1, None, None], [1, None, None, 3], [1, None, None, 3, "later"])] == [7, 3, 3]
    for wrong in ([1, None], [1, None, None, "three"], None):
        with pytest.raises(Malformed):
            read(wrong)

    before = engine.open_recording(yesterday)
    rewrite(yesterday, lambda document: [cell.append(3) for cells in document["operations"]["inputs"] for cell in cells])
    assert differences(engine.open_recording(yesterday), before) == []


def test_a_column_of_all_tensors_is_added(yesterday: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a field of theirs, whichever way their elements are stored."""
    known: dict[int, str] = {}
    field = property(lambda data: known.get(id(data), "cpu"), lambda data, said: known.update({id(data): said}))
    monkeypatch.setattr(TensorData, "device", field, raising=False)
    before = engine.open_recording(yesterday)
    monkeypatch.setattr(schema, "TENSORS", dataclasses.replace(schema.TENSORS, columns=(DEVICE, *schema.TENSORS.columns)))
    opened = engine.open_recording(yesterday)
    assert {value.data.device for value in opened.values} == {"cpu"}  # type: ignore[attr-defined]
    for value in opened.values:
        known[id(value.data)] = "cuda"
    opened.save(tmp_path / "tomorrow.gradwalk")
    again = engine.open_recording(tmp_path / "tomorrow.gradwalk")
    assert {value.data.device for value in again.values} == {"cuda"}  # type: ignore[attr-defined]

    monkeypatch.undo()
    assert differences(engine.open_recording(tmp_path / "tomorrow.gradwalk"), before) == []


def test_an_older_file_says_of_hooks_what_its_notes_say(yesterday: Path) -> None:
    where = "between its contributions and the Node that receives it; what is shown at the Node is what came out of the hook"
    notes = [
        f"register_hook in line 3: a hook may change a gradient {where}",
        "register_full_backward_hook: a hook may change a gradient where a module is entered or left",
        "register_hook in line 99999: a hook may change a gradient between its contributions",
        "`a hook may change a gradient ` was printed",
    ]

    def older(document: dict[str, Any]) -> None:
        document.pop("hooks", None)
        document["notes"] = notes
        document["text"] = "import torch\n\n    y.register_hook(twice)\n"

    rewrite(yesterday, older)
    opened = engine.open_recording(yesterday)
    assert [(hook.how, hook.span) for hook in opened.hooks] == [
        ("register_hook", Span(3, 5, 3, 27)),
        ("register_full_backward_hook", None),
        ("register_hook", None),
    ]
    assert engine.open_recording(yesterday).notes[:4] == tuple(notes)


def test_a_default_is_checked_as_what_a_file_says(yesterday: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow(monkeypatch, dataclasses.replace(SECONDS, default="long"), DEVICE, SHARES)
    with pytest.raises(RecordingFileError, match=r"“operations\.seconds” holds"):
        engine.open_recording(yesterday)


def test_a_new_column_is_checked(yesterday: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow(monkeypatch, SECONDS, DEVICE, SHARES)
    rewrite(yesterday, lambda document: document["operations"].update(seconds=[[]] * len(document["operations"]["name"])))
    with pytest.raises(RecordingFileError, match=r"“operations\.seconds” holds"):
        engine.open_recording(yesterday)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_a_missing_column_takes_its_default_or_is_named(today: Path, table: Table, column: Column) -> None:
    before = engine.open_recording(today)
    rewrite(today, lambda document: document[table.name].pop(column.name))
    if column.default is REQUIRED or table is schema.TENSORS:
        # Without “written” the tensors of a history have nothing that says what is in them.
        says_nothing = "neither elements nor a summary" if column.default is not REQUIRED else ""
        with pytest.raises(RecordingFileError) as caught:
            engine.open_recording(today)
        assert (says_nothing or f"there is no column “{table.name}.{column.name}”") in str(caught.value)
    else:
        opened = engine.open_recording(today)
        assert len(getattr(opened, table.name)) == len(getattr(before, table.name))


@pytest.mark.parametrize("table", ALL, ids=[table.name for table in ALL])
def test_a_missing_table_is_empty_or_named(today: Path, table: Table) -> None:
    def without(document: dict[str, Any]) -> None:
        document.pop(table.name)
        if table is schema.HISTORIES:
            written = [entry is not None for entry in document["tensors"].pop("written")]
            arrays = [None if gone else entry for gone, entry in zip(written, document["tensors"]["array"], strict=True)]
            summary = [0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, [], None]
            summaries = [summary if gone else entry for gone, entry in zip(written, document["tensors"]["summary"], strict=True)]
            document["tensors"] |= {"array": arrays, "summary": summaries}

    rewrite(today, without)
    if table.optional:
        opened = engine.open_recording(today)
        assert not getattr(opened, table.name, ())
    else:
        with pytest.raises(RecordingFileError, match=f"there is no table “{table.name}”"):
            engine.open_recording(today)


@pytest.mark.parametrize("entry", [*schema.ENTRIES, schema.SPANS], ids=lambda entry: entry.name)
def test_what_the_document_does_not_say_is_its_default_or_named(yesterday: Path, entry: Column) -> None:
    rewrite(yesterday, lambda document: document.pop(entry.name, None))
    if entry.default is REQUIRED:
        with pytest.raises(RecordingFileError, match=f"there is no “{entry.name}”"):
            engine.open_recording(yesterday)
    else:
        said = getattr(engine.open_recording(yesterday), entry.source)
        assert (list(said) if isinstance(said, tuple) else said) == entry.default


@pytest.mark.parametrize(("name", "default"), [("source", ""), ("notes", []), ("failed", False)])
def test_an_entry_that_is_younger_than_a_file_has_its_default_there(
    yesterday: Path, monkeypatch: pytest.MonkeyPatch, name: str, default: object
) -> None:
    older = next(entry for entry in schema.ENTRIES if entry.name == name)
    younger = dataclasses.replace(older, default=default, since="0.2")
    monkeypatch.setattr(schema, "ENTRIES", tuple(younger if entry is older else entry for entry in schema.ENTRIES))
    test_what_the_document_does_not_say_is_its_default_or_named(yesterday, younger)


# Tomorrow's files --------------------------------------------------------------------------------------------------


def more_of_everything(document: dict[str, Any]) -> None:
    for table in (table for table in ALL if table.name in document):
        rows = len(document[table.name][table.all_columns[0].name])
        document[table.name] = {"colour": [{"deep": [number]} for number in range(rows)], **document[table.name]}
        document[table.name]["short"] = ["of another length"] * (rows + 3)
    document["weather"] = {"rain": [1, 2], "sun": []}
    document["mood"] = ["good"]
    document["author"] = None


def test_tomorrows_file_opens_today(yesterday: Path) -> None:
    before = engine.open_recording(yesterday)
    rewrite(yesterday, more_of_everything)
    assert differences(engine.open_recording(yesterday), before) == []


def test_tomorrows_long_file_opens_today(yesterday: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose columns are read one by one."""
    before = engine.open_recording(yesterday)
    rewrite(yesterday, more_of_everything)
    monkeypatch.setattr("engine.files.json_pieces.WHOLE", 0)
    assert differences(engine.open_recording(yesterday), before) == []


# What is wrong is said where it is ---------------------------------------------------------------------------------


def put(table: str, column: str, content: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document[table][column] = [content] * len(document[table][column])

    return change


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_a_cell_of_the_wrong_kind_is_refused_by_name(today: Path, table: Table, column: Column) -> None:
    rewrite(today, put(table.name, column.name, {"wrong": 1}))
    with pytest.raises(RecordingFileError) as caught:
        engine.open_recording(today)
    own_words = {"moments.kind": "no moment of the kind", "moments.phase": "no phase", "arrays.type": "unknown type"}
    name = f"{table.name}.{column.name}"
    assert own_words.get(name, name) in str(caught.value)


def test_every_kind_says_what_it_is() -> None:
    kinds: list[Kind] = [column.kind for _, column in COLUMNS] + [entry.kind for entry in schema.ENTRIES]
    assert all(kind.words and "|" not in kind.words for kind in kinds)

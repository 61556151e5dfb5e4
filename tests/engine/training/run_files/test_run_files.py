"""Files of runs: what is written comes back digit by digit, is trained again exactly, and what is damaged is refused."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Cancelled, RecordingFileError
from engine.files import recordings
from engine.training.configs import TrainingConfig
from engine.training.run_files import schema
from engine.training.run_files.files import DOCUMENT, open_runs, save_runs
from engine.training.run_files.model import DataSet, FiledRun, RunFile
from engine.training.run_files.replay import data_hash, difference, replayed
from engine.training.table_files.reading import fingerprint
from engine.training.training import Controls, train

ADAM = TrainingConfig(
    epochs=6,
    data="moons",
    model="mlp",
    loss="cross_entropy",
    optimizer="adam",
    batch_size=16,
    n_samples=40,
    options={"width": 3, "validation": 0.25, "clip": 1.0},
)
FAR = TrainingConfig(epochs=200, learning_rate=50.0, n_samples=20)


def filed(config: TrainingConfig, name: str = "") -> FiledRun:
    shots = list(train(config))
    nan = math.nan
    return FiledRun(
        name,
        3,
        "done",
        "",
        0,
        ((1, 0),),
        tuple(nan if shot.loss is None else shot.loss for shot in shots[1:]),
        tuple(nan if shot.validation is None else shot.validation for shot in shots),
        tuple(shot.learning_rate for shot in shots[1:]),
        (),
        (),
        (),
        (),
        (),
    )


def file_of(config: TrainingConfig, **data: str) -> RunFile:
    digest, rows = data_hash(config)
    return RunFile("2.6", (DataSet(digest, rows, **data),), (config,), (filed(config, "mine"),))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.gradruns"
    save_runs(file_of(ADAM), path, {})
    return path


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(parts[DOCUMENT])
    change(document)
    parts[DOCUMENT] = json.dumps(document).encode()
    made = path.with_name("changed.gradruns")
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made


@pytest.mark.parametrize("config", [TrainingConfig(epochs=3), ADAM, FAR], ids=["line", "network", "far"])
def test_what_is_written_comes_back_digit_by_digit(tmp_path: Path, config: TrainingConfig) -> None:
    made, path = file_of(config), tmp_path / "x.gradruns"
    save_runs(made, path, {})
    found, tables = open_runs(path)
    assert tables == {} and found.configs == made.configs and found.data == made.data
    assert repr(found.runs) == repr(made.runs), "nan and infinite losses among them"


def test_points_and_other_options_come_back(tmp_path: Path) -> None:
    config = TrainingConfig(data="points", epochs=2, options={"points": ((0.0, 1.0), (0.5, 2.0), (1.0, 3.5)), "zero_grad": False})
    save_runs(file_of(config), tmp_path / "x.gradruns", {})
    assert open_runs(tmp_path / "x.gradruns")[0].configs == (config,)


def test_a_run_is_trained_again_with_its_changes_and_comes_out_the_same() -> None:
    """The rate changed by the slider, momentum on the way: neither is in the first set-up."""
    first = replace(ADAM, optimizer="momentum")
    controls = Controls()
    shots = [shot for shot, _ in zip(train(first, controls), range(4), strict=False)]
    controls.learning_rate = 0.01
    later = replace(first, options={**first.options, "momentum": 0.5})
    shots += list(train(later, controls, start=shots[-1]))
    changes, rates = {1: first, 4: later}, [shot.learning_rate for shot in shots[1:]]
    assert rates[:3] == [0.1] * 3 and rates[3:] == [0.01] * 3
    again = list(replayed(changes, rates))
    assert [shot.loss for shot in again] == [shot.loss for shot in shots]
    for one, other in zip(again, shots, strict=True):
        assert all((one.parameters[name] == other.parameters[name]).all() for name in one.parameters)
    losses = [shot.loss for shot in shots[1:] if shot.loss is not None]
    validation = [math.nan if shot.validation is None else shot.validation for shot in shots]
    assert difference(changes, rates, losses, validation, lambda shot: True) == ""
    assert difference({1: first}, rates, losses, validation, lambda shot: True).startswith("the loss of epoch 4 is ")
    assert difference(changes, rates, losses, validation, lambda shot: shot.step < 2) == "parameters after epoch 2 are others"
    with pytest.raises(Cancelled):
        difference(changes, rates, losses, validation, lambda shot: True, cancel=lambda: True)
    with pytest.raises(ValueError, match="begin with epoch 1"):
        next(replayed({2: first}, rates))


def test_the_hash_is_that_of_the_numbers() -> None:
    digest, rows = data_hash(ADAM)
    assert rows == 40 and data_hash(replace(ADAM, learning_rate=1.0)) == (digest, rows)
    assert data_hash(replace(ADAM, data_seed=1))[0] != digest
    assert data_hash(replace(ADAM, options={**ADAM.options, "standardise": "x"}))[0] != digest


def test_a_table_goes_with_the_run(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("x,y\n1,2\n2,4\n3,6.5\n", encoding="utf-8")
    options = {"path": str(table), "x_columns": (0,), "y_column": 1}
    config = TrainingConfig(data="file", epochs=2, options=options)
    made = file_of(config, name="mine.csv", file_sha256=fingerprint(str(table)), member="data/0")
    path = tmp_path / "x.gradruns"
    save_runs(made, path, {"data/0": table})
    assert open_runs(path)[1] == {"data/0": table.read_bytes()}
    table.write_text("x,y\n1,2\n2,4\n3,7.5\n", encoding="utf-8")
    save_runs(made, path, {"data/0": table})
    with pytest.raises(RecordingFileError, match=r"mine\.csv is not the one that was trained on"):
        open_runs(path)


def put(table: str, column: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda document: document[table].__setitem__(column, [value])


HOSTILE = {
    "another format": (lambda d: d.update(format="gradwalk"), "not a Gradwalk file of runs"),
    "newer": (lambda d: d.update(version=2), "made by a newer Gradwalk"),
    "no table": (lambda d: d.pop("runs"), "no table “runs”"),
    "no column": (lambda d: d["runs"].pop("losses"), "no column “runs.losses”"),
    "ragged": (lambda d: d["runs"]["name"].append("x"), "different lengths"),
    "no runs": (lambda d: [column.clear() for column in d["runs"].values()], "holds 0 runs"),
    "many runs": (lambda d: [column.extend(column * 60) for column in d["runs"].values()], "holds 61 runs"),
    "text for a loss": (put("runs", "losses", ["0.1"] * 6), "holds"),
    "too few losses": (put("runs", "losses", [0.1]), "learning rate for each epoch"),
    "no epochs": (put("runs", "losses", []), "0 epochs"),
    "a rate below 0": (put("runs", "rates", [-1.0] * 6), "learning rate for each epoch"),
    "another state": (put("runs", "state", "dancing"), "no state 'dancing'"),
    "another rule": (put("runs", "stopped", "boredom"), "no stop rule"),
    "a set-up that is not there": (put("runs", "changes", [[1, 7]]), "reference to configs"),
    "changes out of order": (put("runs", "changes", [[1, 0], [1, 0]]), "not in order"),
    "a branch after its end": (put("runs", "begins", 6), "branches off after its end"),
    "a branch before its start": (put("runs", "begins", -1), "holds -1, which is not a number from 0"),
    "a change after its end": (put("runs", "changes", [[1, 0], [99, 0]]), "after its end"),
    "data that are not there": (put("runs", "data", 1), "reference to data"),
    "no hash": (put("data", "sha256", "beef"), "hash is none"),
    "a path for a name": (lambda d: d["data"].update(name=["../x"], file_sha256=["0" * 64]), "the name of a table is none"),
    "a member elsewhere": (
        lambda d: d["data"].update(name=["x"], file_sha256=["0" * 64], member=["../../etc/passwd"]),
        "in no part of this file",
    ),
    "another optimizer": (put("configs", "optimizer", "magic"), "set-up 1 is none: optimizer"),
    "an endless network": (put("configs", "options", [["width", 10**9]]), "set-up 1 is none"),
    "an option twice": (put("configs", "options", [["width", 3], ["width", 4]]), "an option twice"),
    "a deep option": (put("configs", "options", [["width", {"tuple": [{"tuple": [{"tuple": []}]}]}]]), "set-up 1 is none"),
    "names without parameters": (put("runs", "labels", ["w"]), "not all parameters"),
    "places without names": (put("runs", "places", [["w", 0]]), "names too many parameters"),
    "parameters without a name": (put("runs", "parameters", [1.0]), "not all parameters"),
    "a look beyond all": (put("runs", "look", 10**6), "look that there is not"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_makes_no_sense_is_refused_with_what_is_wrong(good: Path, name: str) -> None:
    change, why = HOSTILE[name]
    with pytest.raises(RecordingFileError, match=r"changed\.gradruns") as refused:
        open_runs(changed(good, change))
    assert why in str(refused.value)


def test_a_damaged_file_is_refused_wherever_it_is_cut(good: Path) -> None:
    whole, path = good.read_bytes(), good.with_name("cut.gradruns")
    for end in range(0, len(whole), 97):
        path.write_bytes(whole[:end])
        with pytest.raises(RecordingFileError, match=r"cut\.gradruns"):
            open_runs(path)
    for place in range(0, len(whole), 61):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            open_runs(path)
        except RecordingFileError as error:
            assert "cut.gradruns" in str(error)


def test_what_is_not_known_is_left_alone(good: Path) -> None:
    def add(document: dict[str, Any]) -> None:
        document["colours"] = {"sky": [1]}
        document["runs"]["mood"] = ["good"]

    assert open_runs(changed(good, add))[0].runs[0].name == "mine"


def test_a_file_from_before_branches_had_a_beginning_is_read(good: Path) -> None:
    assert open_runs(changed(good, lambda document: document["runs"].pop("begins")))[0].runs[0].begins == 0


def test_places_that_are_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.gradruns"):
        with pytest.raises(RecordingFileError):
            open_runs(path)
    with pytest.raises(RecordingFileError, match="cannot be written"):
        save_runs(file_of(TrainingConfig(epochs=1)), tmp_path / "none" / "x.gradruns", {})


def test_the_page_has_the_schema_as_it_is() -> None:
    page = (Path(__file__).parents[4] / "docs" / "run-files.md").read_text(encoding="utf-8")
    assert schema.rendered() in page


@pytest.mark.parametrize("loss", [0.08779345626, math.nan])
def test_a_long_run_that_stands_still_is_opened_again(loss: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its numbers pack to a thousandth, and reading refused that as a zip bomb: a million epochs could be saved only."""
    monkeypatch.setattr(recordings, "SMALL_PART", 1 << 18)
    made, count = file_of(ADAM), 40_000
    long = replace(
        made.runs[0], losses=(loss,) * count, validation=(loss,) * (count + 1), rates=(0.1,) * count, changes=((1, 0),)
    )
    path = tmp_path / "long.gradruns"
    save_runs(replace(made, runs=(long,)), path, {})
    found, _ = open_runs(path)
    assert len(found.runs[0].losses) == count and repr(found.runs[0].losses[-1]) == repr(loss)

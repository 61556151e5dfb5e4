"""Runs of the session as a file holds them, and back. Reads data and files, so it is called on a thread. Holds no Qt."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np

from engine.training.configs import TrainingConfig
from engine.training.pictures.traces import RunTraces
from engine.training.run_files.model import STATES, DataSet, FiledRun, RunFile
from engine.training.table_files.form import FileRefused
from engine.training.table_files.reading import fingerprint
from gui.session.run_numbers import RunNumbers
from gui.session.runs import KEPT_BYTES, Run

if TYPE_CHECKING:
    from engine.training.history import History

Cancel = Callable[[], bool]
AT_ONCE = 256
"""Snapshots of a run that is trained again that are put together at once."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A run as it was when it was to be saved, which does not change any more."""

    name: str
    look: int
    state: str
    stopped: str
    configs: Mapping[int, TrainingConfig]
    numbers: RunNumbers
    data: str
    begins: int = 0
    rows: int = 0
    torch: str = ""
    shown: bool = True
    came_with: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """A run that was trained again and came out the same: what it lacked, so that it can be shown and gone on with."""

    snapshots: History
    numbers: RunNumbers


def kept(run: Run, came_with: str = "") -> Kept:
    """``run`` as it is now; ``came_with``: the file that its code came with, if that may not run yet."""
    state = run.state if run.state in STATES else "paused"
    stopped = run.stopped if state in ("stopped", "diverged") else ""
    # The set-ups that act later than the run has come are of no meaning yet.
    configs = {epoch: config for epoch, config in (run.configs or {1: run.config}).items() if epoch <= run.epochs}
    # A rate that was set before the first epoch is in the rates of the epochs, not in the set-up that was made before.
    rate, first = run.config.learning_rate, run.begins + 1
    began = configs[max(epoch for epoch in configs if epoch <= first)]
    if began.learning_rate != rate:
        configs = dict(sorted({**configs, first: replace(began, learning_rate=rate)}.items()))
    numbers, known = run.numbers.until(run.epochs), (run.rows, run.torch)
    return Kept(run.own_name, run.number, state, stopped, configs, numbers, run.data, run.begins, *known, run.shown, came_with)


def tables_of(runs: Sequence[Run]) -> list[Path]:
    """The files that these were trained on and that are there."""
    paths = {Path(str(run.config.get("path"))): None for run in runs if run.config.data == "file"}
    return [path for path in paths if path.is_file()]


def filed(runs: Sequence[Kept], with_data: bool, cancel: Cancel) -> tuple[RunFile, dict[str, Path]]:
    """What a file of these runs holds, and the tables that go into it by the name of their part.

    Raises
    ------
    FileRefused
        Where data cannot be read, which are needed for their hash.
    engine.errors.Cancelled
        Once ``cancel`` says True.
    """
    from engine.training.run_files.replay import data_hash, torch_version

    configs: dict[TrainingConfig, int] = {}
    data: dict[DataSet, int] = {}
    tables: dict[str, Path] = {}
    rows: list[FiledRun] = []
    for run in runs:
        first = run.configs[1]
        digest, count = (run.data, run.rows) if run.data and run.rows else data_hash(first, cancel)
        named = name = member = ""
        if first.data == "file":
            path = Path(str(first.get("path")))
            named, name = path.name, str(first.get("contents")) or fingerprint(str(path))
            if with_data:
                known = next((part for part, source in tables.items() if source == path), "")
                member = known or f"data/{len(tables)}"
                tables[member] = path
        found = data.setdefault(DataSet(run.data or digest, count, named, name, member), len(data))
        changes = tuple((epoch, configs.setdefault(config, len(configs))) for epoch, config in sorted(run.configs.items()))
        rows.append(_row(run, found, changes))
    return RunFile(runs[0].torch or torch_version(), tuple(data), tuple(configs), tuple(rows)), tables


def _row(run: Kept, data: int, changes: tuple[tuple[int, int], ...]) -> FiledRun:
    numbers = run.numbers
    traces, steps = numbers.traces, len(numbers)
    values = numbers.parameters if numbers.places else traces.values(steps)
    return FiledRun(
        run.name,
        run.look,
        run.state,
        run.stopped,
        data,
        changes,
        tuple(numbers.loss[1:].tolist()),
        tuple(numbers.validation.tolist()),
        tuple(numbers.rate[1:].tolist()),
        numbers.places,
        traces.labels,
        tuple(np.asarray(values, np.float64).ravel().tolist()),
        tuple(np.asarray(traces.gradients(steps), np.float64).ravel().tolist()),
        traces.tensors,
        run.begins,
        run.shown,
        run.came_with,
    )


def opened(file: RunFile, tables: Mapping[str, bytes], folder: Path) -> list[Run]:
    """The runs of a file; the tables in it are put below ``folder``, where they are not on this computer already.

    Raises OSError where that cannot be written.
    """
    paths = {item.member: _placed(item, tables[item.member], folder) for item in file.data if item.member}
    found = []
    for row in file.runs:
        data = file.data[row.data]
        configs = {epoch: _here(file.configs[place], data, paths.get(data.member, "")) for epoch, place in row.changes}
        numbers, last = _numbers(row), configs[max(configs)]
        run = Run(row.look, configs[1], numbers, last, row.name, row.state, row.stopped, told=configs)
        run.data, run.rows, run.torch = data.sha256, data.rows, file.torch
        run.begins, run.shown = row.begins, row.shown
        run.config = run.config_at(row.begins + 1) or run.config
        found.append(run)
    return found


def _here(config: TrainingConfig, data: DataSet, path: str) -> TrainingConfig:
    """The set-up, with the table that came with it, unless the one that it names is there and the same."""
    if not path:
        return config
    try:
        if fingerprint(str(config.get("path"))) == data.file_sha256:
            return config
    except FileRefused:
        pass
    return replace(config, options={**config.options, "path": path})


def _placed(data: DataSet, content: bytes, folder: Path) -> str:
    place = folder / data.file_sha256[:16] / PurePath(data.name).name
    if not place.is_file() or hashlib.sha256(place.read_bytes()).hexdigest() != data.file_sha256:
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"{place.name}.part")
        part.write_bytes(content)
        part.replace(place)
    return str(place)


def _numbers(row: FiledRun) -> RunNumbers:
    steps, wide = len(row.losses) + 1, len(row.labels)
    values, gradients = (np.array(numbers, np.float64).reshape(steps, wide) for numbers in (row.parameters, row.gradients))
    with np.errstate(over="ignore"):
        traces = RunTraces.of(
            row.labels, row.tensors, values.astype(np.float32), gradients.astype(np.float32), norms=not row.places and wide > 0
        )
    losses = np.column_stack(([np.nan, *row.losses], row.validation))
    parameters = values if row.places else np.empty((steps, 0))
    return RunNumbers.of(losses, np.array([row.rates[0], *row.rates]), row.places, parameters, traces)


def replay(run: Kept, cancel: Cancel) -> tuple[str, Again | None]:
    """Train the run again, and say in words where it came out otherwise; nothing, and all of it, where it is the same.

    Raises ValueError where its data cannot be used; engine.errors.ProgramError where code that was edited fails;
    engine.errors.Cancelled once ``cancel`` says True.
    """
    from engine.runtime.threads import adopt_thread_count
    from engine.training.configs import TrainingSnapshot
    from engine.training.history import History
    from engine.training.run_files.replay import data_hash, difference

    adopt_thread_count()
    digest, _ = data_hash(run.configs[1], cancel)
    if run.data and digest != run.data:
        return "the data are others than those that it was trained on", None
    made: list[Again] = []
    late: list[TrainingSnapshot] = []

    def hand_over() -> None:
        made[0].snapshots.extend(late)
        made[0].numbers.extend(late)
        late.clear()

    def keep(shot: TrainingSnapshot) -> None:
        if not made:
            made.append(Again(History(shot, KEPT_BYTES), RunNumbers()))
            made[0].numbers.start([shot])
            return
        late.append(shot)
        if len(late) >= AT_ONCE:
            hand_over()

    numbers = run.numbers
    names = tuple(dict.fromkeys(name for name, _ in numbers.places))

    def same(shot: TrainingSnapshot) -> bool:
        if not names:
            return True
        found = np.concatenate([np.asarray(shot.parameters[name], np.float64).ravel() for name in names])
        return bool(np.array_equal(found, numbers.parameters[shot.step], equal_nan=True))

    otherwise = difference(
        run.configs, numbers.rate[1:].tolist(), numbers.loss[1:].tolist(), numbers.validation.tolist(), same, cancel, keep
    )
    if otherwise:
        return otherwise, None
    hand_over()
    return "", made[0]

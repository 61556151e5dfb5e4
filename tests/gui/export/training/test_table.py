"""The numbers of runs as CSV: every digit, every epoch, one run or all, and nothing where there is no number."""

from __future__ import annotations

import copy
import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from engine.runtime.errors import Cancelled
from engine.training.configs import TrainingConfig
from engine.training.training import train
from gui.export.training.table import Table, csv_table
from gui.session.run_numbers import RunNumbers

DEFAULT = TrainingConfig(epochs=4)
MLP = TrainingConfig(
    epochs=3, data="moons", model="mlp", loss="cross_entropy", n_samples=40, options={"width": 3, "validation": 0.25}
)


def numbers(config: TrainingConfig) -> RunNumbers:
    made = RunNumbers()
    made.start(train(config))
    return made


def csv_text(table: Table) -> bytes:
    return b"".join(csv_table(table))


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"))))


def test_every_number_of_a_run_comes_back_digit_by_digit() -> None:
    head, *rows = read(csv_text(Table((("By hand 0.10", numbers(DEFAULT)),))))
    assert head == ["epoch", "loss", "validation loss", "learning rate", "w", "b", "gradient norm of w", "gradient norm of b"]
    shots = list(train(DEFAULT))
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4"]
    assert rows[0][1:4] == ["", "", ""] and rows[0][6:] == ["", ""], "before the first epoch there is neither loss nor gradient"
    for row, shot in zip(rows, shots, strict=True):
        assert (float(row[4]), float(row[5])) == (shot.parameters["w"].item(), shot.parameters["b"].item())
        if shot.step:
            assert row[1] == repr(shot.loss) and row[3] == "0.1" and row[2] == ""
            assert float(row[6]) == abs(shot.gradients["w"].item())


def test_all_runs_stand_below_each_other_under_one_head() -> None:
    table = Table((("one", numbers(DEFAULT)), ("two, with a comma", numbers(MLP))))
    head, *rows = read(csv_text(table))
    assert head[0] == "run" and {len(row) for row in rows} == {len(head)} and table.size == (len(rows), len(head))
    assert [row[0] for row in rows] == 5 * ["one"] + 4 * ["two, with a comma"]
    first, last = dict(zip(head, rows[4], strict=True)), dict(zip(head, rows[-1], strict=True))
    shot = list(train(MLP))[-1]
    assert first["0.weight[1, 0]"] == "" and float(last["0.weight[1, 0]"]) == shot.parameters["0.weight"][1, 0]
    assert last["w"] == "" and last["validation loss"] == repr(shot.validation)
    assert float(last["gradient norm of 0.weight"]) == pytest.approx(np.linalg.norm(shot.gradients["0.weight"]), rel=1e-6)


def test_a_run_that_ran_away_says_inf_and_nan() -> None:
    head, *rows = read(csv_text(Table((("far", numbers(replace(DEFAULT, learning_rate=1e6, epochs=60))),))))
    losses = [row[head.index("loss")] for row in rows[1:]]
    assert "inf" in losses and losses[-1] == "nan"


def test_writing_can_be_ended() -> None:
    with pytest.raises(Cancelled):
        csv_text(Table((("run", numbers(DEFAULT)),), cancel=lambda: True))


def test_numbers_that_are_kept_do_not_change_while_they_are_written() -> None:
    made = numbers(DEFAULT)
    kept = copy.copy(made)
    made.extend(list(train(replace(DEFAULT, epochs=6)))[5:])
    assert len(kept) == 5 and len(made) == 7 and len(read(csv_text(Table((("run", kept),))))) == 6


def test_a_long_run_is_written_in_pieces() -> None:
    """A million epochs were put together in memory first; and an order to end it is heard between two pieces."""
    made = numbers(DEFAULT)
    steps = 5000
    long = RunNumbers.of(
        np.arange(2.0 * steps).reshape(steps, 2), np.full(steps, 0.1), made.places, np.zeros((steps, 2)), made.traces.until(1)
    )
    long.traces = type(made.traces).of(
        made.traces.labels, (), np.zeros((steps, 2), np.float32), np.full((steps, 2), np.nan, np.float32), norms=False
    )
    asked: list[bool] = []
    pieces = csv_table(Table((("run", long),), cancel=lambda: asked.append(True) or len(asked) > 2))
    first, second = next(pieces), next(pieces)
    assert 0 < len(read(first)) < 3000 and read(second)
    with pytest.raises(Cancelled):
        list(pieces)
    whole = read(csv_text(Table((("run", long),))))
    assert [row[0] for row in whole[1:]] == list(map(str, range(steps))) and whole[-1][1] == repr(2.0 * steps - 2)

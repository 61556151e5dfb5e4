"""What the parts of a file of runs say about each other, checked once: whatever passes can be shown and trained again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from engine.files.values import need
from engine.training.choices.schedules import MOST_EPOCHS
from engine.training.configs import TrainingConfig
from engine.training.run_files.model import DataSet, FiledRun, RunFile

MOST_RUNS = 60
"""Runs in one file: as many as the window keeps."""
MOST_LOOK = 10_000
"""Numbers of looks, which begin again after a few."""
MOST_PARAMETERS = 64
"""Single parameters, or tensors, whose numbers a run keeps."""
MOST_TENSORS = 10_000
MEMBER = re.compile(r"data/\d{1,4}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def check_meaning(file: RunFile) -> None:
    """All of the following. Raises Malformed."""
    need(0 < len(file.runs) <= MOST_RUNS, f"it holds {len(file.runs):,} runs, and can hold from 1 to {MOST_RUNS}")
    for data in file.data:
        check_data(data)
    for number, run in enumerate(file.runs, 1):
        check_run(run, f"run {number}", file.configs)
        of_file = file.configs[run.changes[0][1]].data == "file"
        need(of_file == bool(file.data[run.data].name), f"run {number} was trained on other data than it says")


def check_data(data: DataSet) -> None:
    """Hashes are such, and a part that holds a table is one of those that hold tables. Raises Malformed."""
    need(_DIGEST.fullmatch(data.sha256) is not None, "the data's hash is none")
    need(bool(data.name) == bool(data.file_sha256), "a table has a name without a hash, or a hash without a name")
    need(not data.file_sha256 or _DIGEST.fullmatch(data.file_sha256) is not None, "the hash of a table is none")
    need(not data.member or (bool(data.name) and MEMBER.fullmatch(data.member) is not None), "a table is in no part of this file")
    need(not re.search(r"[/\\\0]", data.name) and data.name not in (".", ".."), "the name of a table is none")


def check_run(run: FiledRun, what: str, configs: Sequence[TrainingConfig]) -> None:
    """Its columns have one number for each epoch, and its changes are in order. Raises Malformed."""
    epochs = len(run.losses)
    need(0 < epochs <= MOST_EPOCHS, f"{what} has {epochs:,} epochs, and can have from 1 to {MOST_EPOCHS:,}")
    need(run.begins < epochs, f"{what} branches off after its end")
    need(run.look < MOST_LOOK, f"{what} has a look that there is not")
    need(len(run.rates) == epochs and all(rate > 0 for rate in run.rates), f"{what} has not one learning rate for each epoch")
    need(len(run.validation) == epochs + 1, f"{what} has not one validation loss for each epoch")
    need(len(run.places) in (0, len(run.labels)) and len(run.labels) <= MOST_PARAMETERS, f"{what} names too many parameters")
    numbers = (epochs + 1) * len(run.labels)
    need(len(run.parameters) == len(run.gradients) == numbers, f"{what} has not all parameters of each epoch")
    need(len(run.tensors) <= MOST_TENSORS, f"{what} has too many tensors")
    starts = [epoch for epoch, _ in run.changes]
    need(starts[:1] == [1] and all(one < other for one, other in pairwise(starts)), f"the changes of {what} are not in order")
    need(starts[-1] <= epochs, f"{what} was changed after its end")
    first = configs[run.changes[0][1]]
    for _, place in run.changes:
        same = (configs[place].data, configs[place].model) == (first.data, first.model)
        need(same, f"{what} changes its data or its model on the way")
    need(
        bool(run.stopped) == (run.state == "stopped" or (run.state == "diverged" and run.stopped == "divergence")),
        f"{what} was stopped by a rule, and was not",
    )

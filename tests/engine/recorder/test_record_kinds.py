"""Code of every kind: recording changes nothing, and what is recorded is what independent hooks see in plain torch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from engine.recording import Recording
from engine.recording.opening import open_recording
from engine.tables import NodeRun
from tests.engine.kinds import KINDS
from tests.engine.plain_runs import kept, plainly, read_all, recorded, watch

pytestmark = pytest.mark.filterwarnings("ignore")

HIDDEN = ("checkpointing", "torch.func", "torch.jit")
"""Words of the notes that say that the inside of something is not shown."""
UNREADABLE = ("passes.batched_grad",)
"""Their gradients are torch's own batched tensors, which have no elements to read; the recording says so."""


def _run(recording: Recording, run: NodeRun) -> tuple[Any, ...]:
    incoming, outgoing = [[kept(item) for item in items] for items in (run.incoming, run.outgoing)]
    return recording.nodes[run.node].name, incoming, outgoing, kept(run.grad_after)


@pytest.mark.parametrize("name", KINDS)
def test_recording_changes_nothing_and_shows_what_happened(name: str, tmp_path: Path) -> None:
    function = KINDS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = plainly(function)
        watched = watch(function)
        seen, recording = recorded(function)
    assert seen.result == plain.result
    assert seen.random == plain.random
    assert not recording.failed
    assert not [note for note in recording.notes if "failed itself" in note]
    runs = [_run(recording, run) for run in recording.runs if run.completed]
    assert [item[0] for item in runs] == [item[0] for item in watched.runs]
    if name not in UNREADABLE:
        assert runs == watched.runs
    missing = set(watched.made) - {kept(value.data) for value in recording.values}
    assert not missing or [note for note in recording.notes if any(word in note for word in HIDDEN)]
    written = read_all(recording)
    for items in (recording.values, recording.variables, recording.operations, recording.nodes, recording.runs, recording.calls):
        assert [item.id for item in items] == list(range(len(items)))
    recording.save(tmp_path / "kind.gradwalk")
    assert open_recording(tmp_path / "kind.gradwalk").to_json() == written

"""How a recording writes down constants, and which phase its moments belong to."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import Tensor

import engine
from engine.graph.labels import phases
from engine.training.training import record_step
from tests.engine.recorder.calls.test_own_functions import leaf, square_sum


def test_slices_are_written_as_in_the_program() -> None:
    x = torch.arange(24.0).reshape(4, 6).requires_grad_()
    with engine.record() as r:
        _ = x[1:], x[:-1], x[:], x[::2], x[1::2], x[1:3], x[:, 1:], x[0, :-1], x[..., 2:]
    constants = [operation.inputs[1].constant for operation in r.recording.operations]
    assert constants == ["1:", ":-1", ":", "::2", "1::2", "1:3", (":", "1:"), (0, ":-1"), ("...", "2:")]


def test_what_gives_a_parameter_its_first_value_is_no_update() -> None:
    with engine.record() as r:
        layer = torch.nn.Linear(2, 1)
        layer(torch.ones(1, 2)).sum().backward()
        with torch.no_grad():
            layer.weight -= 0.1
    updates = [moment for moment in r.recording.moments if moment.kind == "update"]
    phases = [(r.recording.operations[moment.subject].name, moment.phase) for moment in updates]
    assert phases == [("kaiming_uniform_", "forward"), ("uniform_", "forward"), ("sub_", "update")]
    with engine.record() as later, torch.no_grad():
        layer.weight -= 0.1
    assert [moment.phase for moment in later.recording.moments] == ["update"]


def test_looking_at_what_was_learned_is_no_update() -> None:
    layer, x = torch.nn.Linear(2, 1), torch.ones(4, 2)
    optimizer = torch.optim.Adam(layer.parameters())
    with engine.record() as r:
        for _ in range(2):
            layer(x).sum().backward()
            torch.nn.utils.clip_grad_norm_(layer.parameters(), 1.0)
            optimizer.step()
            with torch.no_grad():
                (layer(x) > 0).float().mean()
    runs: list[tuple[str, list[str]]] = []
    for moment in r.recording.moments:
        if moment.kind == "operation":
            if not runs or runs[-1][0] != moment.phase:
                runs.append((moment.phase, []))
            runs[-1][1].append(r.recording.operations[moment.subject].name)
    assert [phase for phase, _ in runs] == ["forward", "update", "forward", "update", "forward"]
    assert runs[-1][1] == ["linear", "gt", "float", "mean"] and runs[2][1][:4] == runs[-1][1]
    assert runs[2][1][4:6] == ["linear", "sum"], "the next step of the training"


def test_passes_in_other_threads_are_said_to_be_missing() -> None:
    def work() -> None:
        torch.ones(2, requires_grad=True).sum().backward()

    with engine.record() as r:
        (torch.ones(1, requires_grad=True) * 2).backward()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(r.recording.passes) == 1
    assert [note for note in r.recording.notes if "threads" in note]


def test_looking_what_was_learned_is_no_update_and_an_update_is() -> None:
    def accuracy(w: Tensor) -> Tensor:
        with torch.no_grad():
            return (w * 2 > 1).float().mean()

    def better(w: Tensor) -> Tensor:
        with torch.no_grad():
            assert w.grad is not None
            return w - 0.1 * w.grad

    w = leaf()
    with engine.record() as made:
        square_sum(w).backward()
        better(w)
        accuracy(w)
    recording = made.recording
    computed = [moment for moment in recording.moments if moment.kind == "operation"]
    names = {recording.operations[moment.subject].name: moment.phase for moment in computed}
    assert names == {"mul": "forward", "sum": "forward", "sub": "update", "gt": "forward", "float": "forward", "mean": "forward"}


def test_evaluation_and_updates_are_told_by_where_their_values_go() -> None:
    w, average = leaf(), torch.zeros(2)
    momentum = torch.zeros(2)
    with engine.record() as made:
        square_sum(w).backward()
        with torch.no_grad():
            assert w.grad is not None
            momentum.mul_(0.9).add_(w.grad)  # update: it takes a gradient
            size = momentum.abs() + 1  # update: it goes into one
            w -= 0.1 * momentum / size
            average.mul_(0.5).add_(w, alpha=0.5)  # update: it changes what was there
            error = (square_sum(w) - 1).abs()  # looks
            counted = torch.zeros(())
            counted += error  # looks: it changes what was made to look
    recording = made.recording
    computed = [moment for moment in recording.moments if moment.kind == "operation"]
    phases = [(recording.operations[moment.subject].name, moment.phase) for moment in computed]
    assert phases[2:] == [
        ("mul_", "update"),
        ("add_", "update"),
        ("abs", "update"),
        ("add", "update"),
        ("mul", "update"),
        ("div", "update"),
        ("mul_", "update"),
        ("add_", "update"),
        ("mul", "forward"),
        ("sum", "forward"),
        ("sub", "forward"),
        ("abs", "forward"),
        ("zeros", "forward"),
        ("add_", "forward"),
    ]


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "adagrad", "momentum"])
def test_what_an_optimizer_begins_with_is_part_of_its_update(optimizer: str) -> None:
    """Adam's first epoch read Forward, Update, Forward, Update …: its counts of steps are made and raised without a gradient."""
    config = engine.TrainingConfig(optimizer=optimizer, n_samples=20, epochs=1)
    recording = record_step(config, next(iter(engine.train(config))))
    assert [span.phase for span in phases(recording)] == ["forward", "backward", "update", "zero"]

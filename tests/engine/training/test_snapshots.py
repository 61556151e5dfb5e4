"""A snapshot holds all that comes after it: any epoch again, opened into operations, back and forth, and changed on the way."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest
import torch

import engine
from engine.errors import TooLargeError
from engine.explain.moments import explain_moment
from engine.recording import Recording
from engine.training.choices.optimizers import OPTIMIZERS
from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.history import History
from engine.training.machine import batches
from engine.training.training import Controls, record_step, step_from, train

pytestmark = pytest.mark.usefixtures("one_thread")


def same(first: Any, second: Any) -> bool:
    """Whether two values are alike to the last bit: arrays, and whatever holds them."""
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and first.shape == second.shape and first.tobytes() == second.tobytes()
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, tuple) and type(first) is tuple:
        return len(first) == len(second) and all(map(same, first, second))
    return type(first) is type(second) and (first == second or (first != first and second != second))


def equal(first: TrainingSnapshot, second: TrainingSnapshot) -> bool:
    return all(
        same(getattr(first, name), getattr(second, name))
        for name in (
            "step",
            "loss",
            "parameters",
            "gradients",
            "learning_rate",
            "optimizer_state",
            "random_state",
            "validation",
            "first",
            "stopped",
        )
    )


def newest(recording: Recording) -> dict[str, bytes]:
    """The last value of each variable, by its name."""
    found = {}
    for value in recording.values:
        name = recording.variables[value.variable].name
        if name is not None and value.data.array is not None:
            found[name] = value.data.array.tobytes()
    return found


NETWORK = {"data": "moons", "model": "mlp", "loss": "cross_entropy", "n_samples": 40, "options": {"width": 4}}


@pytest.mark.parametrize("size", [None, 16])
@pytest.mark.parametrize("problem", [{"n_samples": 40}, NETWORK], ids=["line", "network"])
@pytest.mark.parametrize("optimizer", [item.name for item in OPTIMIZERS])
def test_any_epoch_opens_into_operations_that_end_where_the_run_did(
    optimizer: str, problem: dict[str, Any], size: int | None
) -> None:
    config = TrainingConfig(**problem, optimizer=optimizer, batch_size=size, epochs=6, learning_rate=0.05)
    if optimizer == "lbfgs":
        config = config.choosing(options={"max_iter": 4})
    run = list(engine.train(config))
    for at in (0, 4):
        assert equal(step_from(config, run[at]), run[at + 1])
        recording = record_step(config, run[at])
        found = newest(recording)
        for name, array in run[at + 1].parameters.items():
            assert found[name] == array.tobytes(), (at, name)
        assert recording.text == engine.training.training.program_text(config)


@pytest.mark.parametrize(
    "options",
    [
        {"clip": 0.5},
        {"zero_grad": False},
        {"zero_grad": False, "clip": 0.1},
        {"schedule": "cosine"},
        {"weight_decay": 0.1},
        {"validation": 0.25, "standardise": "x"},
    ],
    ids=str,
)
@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adam"])
@pytest.mark.parametrize("problem", [{"n_samples": 40}, NETWORK], ids=["line", "network"])
def test_so_it_does_whatever_each_update_does(optimizer: str, problem: dict[str, Any], options: dict[str, Any]) -> None:
    choices = {**problem, "options": {**problem.get("options", {}), **options}}
    config = TrainingConfig(**choices, optimizer=optimizer, batch_size=16, epochs=5, learning_rate=0.05)
    run = list(engine.train(config))
    assert all(equal(step_from(config, run[at]), run[at + 1]) for at in range(5))
    assert all(map(equal, train(config, start=run[2]), run[3:]))
    recording = record_step(config, run[3])
    assert all(newest(recording)[name] == array.tobytes() for name, array in run[4].parameters.items())


def test_any_epoch_of_a_mini_batch_adam_run() -> None:
    """Each of a hundred, plainly; and every tenth under the recorder, at the rate that its snapshot says."""
    config = TrainingConfig(optimizer="adam", batch_size=32, n_samples=100, epochs=100)
    run = list(engine.train(config))
    for at in range(100):
        assert equal(step_from(config, run[at], learning_rate=run[at + 1].learning_rate), run[at + 1])
    for at in range(5, 100, 10):
        recording = record_step(config, run[at], learning_rate=run[at + 1].learning_rate)
        assert all(newest(recording)[name] == array.tobytes() for name, array in run[at + 1].parameters.items())
        assert sum(operation.name == "add_" for operation in recording.operations) >= 4


def test_what_the_optimizer_keeps_has_names() -> None:
    config = TrainingConfig(optimizer="adam", n_samples=40, epochs=3)
    run = list(engine.train(config))
    found = newest(record_step(config, run[1]))
    for name, kept in run[2].optimizer_state.items():
        assert {key: found[f"{name}.{key}"] for key in kept} == {key: array.tobytes() for key, array in kept.items()}
    said = [explain_moment(record_step(config, run[1]), cursor).sentence for cursor in range(33)]
    assert any("lerp_` changes $w.exp_avg$ in place" in sentence for sentence in said)


def test_a_snapshot_knows_the_rows_of_the_batches_that_follow() -> None:
    config = TrainingConfig(optimizer="adam", batch_size=32, n_samples=100, epochs=40, seed=7)
    run = list(engine.train(config))
    g = torch.Generator().manual_seed(7)
    orders = [torch.randperm(100, generator=g).numpy() for _ in range(40)]
    for at in (39, 0, 33, 5):
        found = batches(config, run[at])
        assert [len(rows) for rows in found] == [32, 32, 32, 4]
        assert np.array_equal(np.concatenate(found), orders[at])
    (whole,) = batches(TrainingConfig(), next(train()))
    assert np.array_equal(whole, np.arange(1500))


def test_an_epoch_opens_batch_by_batch() -> None:
    config = TrainingConfig(optimizer="adam", batch_size=32, n_samples=100, epochs=3)
    run = list(engine.train(config))
    recordings = [record_step(config, run[1], batch=number) for number in (1, 2, 3, 4)]
    whole = record_step(config, run[1])
    assert sum(len(item.passes) for item in recordings) == len(whole.passes) == 4
    assert all(newest(recordings[-1])[name] == array.tobytes() for name, array in run[2].parameters.items())
    sizes = [next(value.data.array.shape for value in item.values if value.name == "X") for item in recordings]  # type: ignore[union-attr]
    assert sizes == [(32, 1), (32, 1), (32, 1), (4, 1)]
    total = sum(size[0] * _loss(item) for size, item in zip(sizes, recordings, strict=True)) / 100
    assert total == run[2].loss
    for wrong in (0, 5, True, 1.0):
        with pytest.raises(ValueError, match=r"batch must be an integer from 1 to 4, or None \(the whole epoch\), got"):
            record_step(config, run[1], batch=wrong)  # type: ignore[arg-type]
    assert len(record_step(TrainingConfig(), next(train()), batch=1).passes) == 1


def _loss(recording: Recording) -> float:
    return float(next(value.data.array.item() for value in recording.values if value.name == "loss"))  # type: ignore[union-attr]


def test_an_epoch_of_too_many_batches_is_refused_and_its_batches_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.training.MOST_OPERATIONS", 500)
    config = TrainingConfig(optimizer="adam", batch_size=1, n_samples=30, epochs=1)
    run = list(engine.train(config))
    with pytest.raises(TooLargeError, match=r"epoch makes more than 500 operations.*Open its batches one by one"):
        record_step(config, run[0])
    recording = record_step(config, run[0], batch=30)
    assert all(newest(recording)[name] == array.tobytes() for name, array in run[1].parameters.items())


def test_back_and_forth_over_a_thousand_epochs_is_exact() -> None:
    """Also where only few snapshots are kept, and others are computed again."""
    config = TrainingConfig(optimizer="adam", batch_size=16, n_samples=40, epochs=1000, learning_rate=0.01)
    run = list(engine.train(config))
    history = History(run[0], most_bytes=300_000)
    history.extend(run[1:])
    assert len(history) == 1001 and history.losses.tolist() == [shot.loss for shot in run[1:]]
    places = [1000, 0, 999, 1, 500, 499, 501, *random.Random(0).sample(range(1001), 40)]
    assert all(equal(history.at(place), run[place]) for place in places)
    assert len(history._kept) < 200
    rest = list(train(config, start=history.at(700)))
    assert len(rest) == 300 and all(map(equal, rest, run[701:]))


def test_what_changed_on_the_way_is_kept_in_the_history() -> None:
    first = TrainingConfig(optimizer="adam", batch_size=16, n_samples=40, epochs=30)
    second = first.choosing(options={"clip": 0.1, "beta1": 0.5}, batch_size=10)
    controls = Controls()
    run = list(train(first.choosing(epochs=10), controls))
    controls.learning_rate = 0.02
    run += train(second.choosing(epochs=20), controls, start=run[-1])
    history = History(run[0], most_bytes=20_000)
    history.extend(run[1:])
    assert list(history.configs) == [1, 11] and history.configs[11].get("clip") == 0.1
    assert history.rates.tolist() == [0.1] * 10 + [0.02] * 10
    assert history.at(20).random_state is not None and history.at(20).random_state.drawn == 20  # type: ignore[union-attr]
    assert all(equal(history.at(place), run[place]) for place in (9, 10, 11, 15, 20))
    history.cut(12)
    assert len(history) == 13 and equal(history.last, run[12]) and list(history.configs) == [1, 11]
    history.cut(5)
    assert list(history.configs) == [1] and equal(history.last, run[5])
    with pytest.raises(IndexError, match="epoch must be from 0 to 5, got 6"):
        history.at(6)
    with pytest.raises(ValueError, match="must be number 6 of the run, got number 9"):
        history.add(run[9])


def test_another_optimizer_begins_with_nothing_in_its_memory() -> None:
    run = list(train(TrainingConfig(optimizer="adam", n_samples=40, epochs=5)))
    other = TrainingConfig(optimizer="momentum", n_samples=40, epochs=6)
    branch = list(train(other, start=run[-1]))
    assert [shot.step for shot in branch] == [6]
    assert set(branch[0].optimizer_state["w"]) == {"momentum_buffer"}
    assert same(branch[0].optimizer_state["w"]["momentum_buffer"], branch[0].gradients["w"])


def test_a_start_of_another_model_is_refused() -> None:
    start = next(train(TrainingConfig(model="polynomial")))
    with pytest.raises(
        ValueError, match=r"start must be a snapshot of a model with parameters .*\(1, 1\).*got one with .*\(3, 1\)"
    ):
        next(train(TrainingConfig(), start=start))


def test_without_zero_grad_gradients_add_up() -> None:
    config = TrainingConfig(n_samples=40, epochs=3, learning_rate=1e-9, options={"zero_grad": False})
    run = list(train(config))
    assert run[3].gradients["w"].item() == pytest.approx(3 * run[1].gradients["w"].item(), rel=1e-6)


def test_gradients_are_those_that_the_update_used() -> None:
    for optimizer in ("gd", "sgd"):
        config = TrainingConfig(n_samples=40, epochs=3, optimizer=optimizer, options={"clip": 0.25})
        run = list(train(config))
        for before, after in itertools.pairwise(run):
            size = np.hypot(after.gradients["w"].item(), after.gradients["b"].item())
            assert size == pytest.approx(0.25, rel=1e-5)
            assert after.parameters["w"].item() == pytest.approx(
                before.parameters["w"].item() - 0.1 * after.gradients["w"].item()
            )


def test_what_an_optimizer_keeps_is_shared_between_snapshots_while_it_stays() -> None:
    config = TrainingConfig(model="features", optimizer="lbfgs", n_samples=40, epochs=8, options={"n_features": 3, "max_iter": 2})
    run = list(train(config))
    before, after = run[-2].optimizer_state["w"], run[-1].optimizer_state["w"]
    assert before["old_dirs"][0] is after["old_dirs"][0] and len(after["old_dirs"]) > len(before["old_dirs"])
    assert not after["d"].flags.writeable


def test_the_global_random_state_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    config = TrainingConfig(**NETWORK, optimizer="adam", batch_size=8, epochs=2)
    run = list(train(config))
    record_step(config, run[0])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_branch_goes_on_from_its_epoch_and_leaves_the_run_as_it_was() -> None:
    config = TrainingConfig(n_samples=50, epochs=12, optimizer="adam", batch_size=16)
    run = list(train(config))
    history = History(run[0])
    history.extend(run[1:])
    other = config.choosing(optimizer="momentum", learning_rate=0.02)
    branch = history.branch(7)
    assert len(branch) == 8 and equal(branch.last, run[7]) and branch.losses.tolist() == history.losses[:7].tolist()
    made = list(train(other, start=branch.last))
    branch.extend(made)
    assert [shot.step for shot in made] == [8, 9, 10, 11, 12] and dict(branch.configs) == {1: config, 8: other}
    assert len(history) == 13 and history.last is run[-1] and dict(history.configs) == {1: config}
    for kept in (branch, history):
        kept.bound(1)
        assert len(kept._kept) <= 2, "what is let go is computed again"
    assert all(equal(branch.at(epoch), [*run[:8], *made][epoch]) for epoch in range(13))
    assert all(equal(history.at(epoch), run[epoch]) for epoch in range(13))
    with pytest.raises(IndexError, match="epoch must be from 0 to 12, got 13"):
        history.branch(13)

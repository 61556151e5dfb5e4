"""Training: the mission's numbers, and a run that pauses, stops and goes on."""

from __future__ import annotations

import itertools
import math
import threading
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.errors import Cancelled, ProgramFailedError
from engine.lessons.examples import by_file
from engine.runtime.threads import adopt_thread_count
from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.data import training_data
from engine.training.machine import functions
from engine.training.training import FILENAME, Controls, Course, program_text, record_step, step_from, train


def plain(config: TrainingConfig) -> tuple[list[float], list[tuple[float, float]], list[tuple[float, float]]]:
    """Losses, parameters and gradients of the same run in plain torch, from the global random state."""
    data = training_data(config)
    X, y = torch.tensor(data.X), torch.tensor(data.y)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        w = torch.randn(1, 1, requires_grad=True)
        b = torch.randn(1, requires_grad=True)
    losses, weights, gradients = [], [(w.item(), b.item())], []
    for _ in range(config.epochs):
        loss = torch.mean((X @ w + b - y) ** 2)
        loss.backward()
        assert w.grad is not None and b.grad is not None
        losses.append(loss.item())
        gradients.append((w.grad.item(), b.grad.item()))
        with torch.no_grad():
            w -= config.learning_rate * w.grad
            b -= config.learning_rate * b.grad
        w.grad = b.grad = None
        weights.append((w.item(), b.item()))
    return losses, weights, gradients


def weights(snapshot: TrainingSnapshot) -> tuple[float, float]:
    return snapshot.parameters["w"].item(), snapshot.parameters["b"].item()


def equal(first: TrainingSnapshot, second: TrainingSnapshot) -> bool:
    return (
        (first.step, first.learning_rate) == (second.step, second.learning_rate)
        and first.loss == second.loss
        and all(
            a[name].tobytes() == b[name].tobytes()
            for a, b in ((first.parameters, second.parameters), (first.gradients, second.gradients))
            for name in a
        )
    )


@pytest.mark.parametrize("config", [TrainingConfig(), TrainingConfig(seed=0, learning_rate=0.37, epochs=12)])
def test_bit_equal_to_plain_torch(config: TrainingConfig) -> None:
    run = list(train(config))
    losses, parameters, gradients = plain(config)
    assert [s.loss for s in run[1:]] == losses
    assert [weights(s) for s in run] == parameters
    assert [(s.gradients["w"].item(), s.gradients["b"].item()) for s in run[1:]] == gradients


def test_the_default_run() -> None:
    run = list(train())
    assert [s.step for s in run] == list(range(31))
    start, end = run[0], run[-1]
    assert start.loss is None and dict(start.gradients) == {} and start.learning_rate == 0.1
    assert start.parameters["w"].shape == (1, 1) and start.parameters["b"].shape == (1,)
    assert start.parameters["w"].dtype == np.float32 and not start.parameters["w"].flags.writeable
    assert run[1].gradients["w"].shape == (1, 1) and run[1].gradients["b"].shape == (1,)
    assert [round(value, 2) for value in weights(end)] == [0.47, 2.0]


def test_process_state_is_left_alone() -> None:
    before = torch.random.get_rng_state(), torch.get_num_threads()
    with torch.no_grad():
        run = list(train(TrainingConfig(epochs=3)))
        assert not torch.is_grad_enabled()
    assert len(run) == 4
    assert torch.equal(torch.random.get_rng_state(), before[0]) and torch.get_num_threads() == before[1]


def test_an_open_run_leaves_grad_mode_to_its_caller() -> None:
    with torch.no_grad():
        run = train()
        next(run), next(run)
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_diverging_goes_on_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = list(train(TrainingConfig(learning_rate=1.5, epochs=400)))
    losses = [s.loss for s in run[1:]]
    assert len(run) == 401
    assert any(loss is not None and math.isinf(loss) for loss in losses)
    assert losses[-1] is not None and math.isnan(losses[-1])


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("learning_rate", 0.0, ValueError),
        ("learning_rate", -1.0, ValueError),
        ("learning_rate", math.nan, ValueError),
        ("learning_rate", "0.1", TypeError),
        ("epochs", 0, ValueError),
        ("epochs", 1_000_001, ValueError),
        ("epochs", 1.5, TypeError),
        ("epochs", True, TypeError),
        ("seed", -1, ValueError),
        ("seed", 2**31, ValueError),
        ("n_samples", 1, ValueError),
        ("noise", -0.1, ValueError),
        ("noise", math.inf, ValueError),
        ("bias", math.nan, ValueError),
        ("data_seed", -1, ValueError),
        ("data_seed", 2**31, ValueError),
    ],
)
def test_a_setting_out_of_range_is_named(field: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=rf"{field} must be .*got {value!r}"):
        train(replace(TrainingConfig(), **{field: value}))


def test_stop_and_a_new_learning_rate_act_on_the_next_step() -> None:
    controls = Controls()
    run = train(TrainingConfig(), controls)
    next(run), next(run)
    controls.learning_rate = 0.5
    assert next(run).learning_rate == 0.5
    controls.learning_rate = None
    assert next(run).learning_rate == 0.1
    controls.stop = True
    assert list(run) == []
    with pytest.raises(ValueError, match="learning_rate must be"):
        controls.learning_rate = -1.0


def test_a_paused_run_waits_and_goes_on_where_it_was() -> None:
    controls = Controls()
    seen: list[TrainingSnapshot] = []
    third = threading.Event()

    def work() -> None:
        adopt_thread_count()
        for snapshot in train(TrainingConfig(), controls):
            seen.append(snapshot)
            if snapshot.step == 3:
                controls.paused = True
                third.set()

    worker = threading.Thread(target=work)
    worker.start()
    assert third.wait(10)
    worker.join(0.05)
    assert worker.is_alive() and len(seen) == 4
    controls.paused = False
    worker.join(10)
    assert not worker.is_alive()
    assert all(equal(a, b) for a, b in zip(seen, train(), strict=True))


def test_stop_ends_a_paused_run() -> None:
    controls = Controls()
    controls.paused = True
    run = train(TrainingConfig(), controls)
    next(run)
    worker = threading.Thread(target=lambda: list(run))
    worker.start()
    controls.stop = True
    worker.join(10)
    assert not worker.is_alive()


def test_a_run_goes_on_from_any_snapshot_bit_for_bit() -> None:
    run = list(train())
    for at in (0, 1, 7, 29):
        assert equal(step_from(TrainingConfig(), run[at]), run[at + 1])
        rest = list(train(start=run[at]))
        assert len(rest) == 30 - at and all(equal(a, b) for a, b in zip(rest, run[at + 1 :], strict=True))
    assert step_from(TrainingConfig(), run[3], learning_rate=0.2).learning_rate == 0.2


def test_the_text_that_is_shown_is_the_text_that_runs() -> None:
    assert program_text().rstrip("\n") == by_file("regression.py").text
    assert functions(program_text())["step"].__code__.co_filename == FILENAME
    assert functions(program_text())["step"] is functions(program_text())["step"]


def test_the_generator_is_lazy() -> None:
    assert [s.step for s in itertools.islice(train(TrainingConfig(epochs=100_000)), 2)] == [0, 1]


@pytest.mark.parametrize("at", [0, 6, 29])
def test_a_recorded_step_is_the_runs_own_step(at: int) -> None:
    run = list(train())
    recording = record_step(TrainingConfig(), run[at])
    names = {value.name: value.data.array for value in recording.values if value.name is not None}
    for name in ("w", "b"):
        assert names[name].tobytes() == run[at + 1].parameters[name].tobytes()
    assert names["loss"].item() == run[at + 1].loss
    assert names["X"].shape == names["y"].shape == names["y_hat"].shape == (1500, 1)
    assert recording.text == program_text()
    lines = program_text().splitlines()
    for operation in recording.operations:
        assert operation.span is not None and operation.span.line <= len(lines)


def test_a_recorded_step_takes_the_steps_own_learning_rate_and_can_be_cancelled() -> None:
    run = list(train(TrainingConfig(epochs=2)))
    recording = record_step(TrainingConfig(), run[1], learning_rate=0.7)
    after = step_from(TrainingConfig(), run[1], learning_rate=0.7)
    last = {value.name: value for value in recording.values}["b"]
    assert last.data.array is not None and last.data.array.tobytes() == after.parameters["b"].tobytes()
    with pytest.raises(Cancelled):
        record_step(TrainingConfig(), run[1], cancel=lambda: True)


@pytest.mark.parametrize("in_stretches", [False, True])
def test_what_torch_refuses_to_compute_is_told_with_its_line(in_stretches: bool) -> None:
    """L-BFGS with a line search raises of itself where the numbers have left what it can divide."""
    config = TrainingConfig(
        data="sine", optimizer="lbfgs", learning_rate=1e30, n_samples=20, epochs=5, options={"line_search": "strong_wolfe"}
    )
    with pytest.raises(ProgramFailedError, match=r"the epoch ended with RuntimeError: .* smaller learning rate") as told:
        if in_stretches:
            course = Course(config, Controls())
            while course.on(10, lambda: True) is not None:
                pass
        else:
            list(train(config))
    assert "optimizer.step(closure)" in program_text(config).splitlines()[told.value.line - 1]

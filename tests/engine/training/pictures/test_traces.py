"""Parameters and gradients step by step: what the run's own snapshots hold, for small models number by number."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.training.configs import FOLLOWED, Stretch, TrainingConfig, TrainingSnapshot
from engine.training.pictures.traces import RunTraces, _norm
from engine.training.training import train

MLP: dict[str, Any] = {"data": "moons", "model": "mlp", "loss": "cross_entropy", "optimizer": "adam", "batch_size": 300}


def traced(config: TrainingConfig, pieces: int = 3) -> tuple[list[TrainingSnapshot], RunTraces]:
    """A run and its traces, taken in pieces as the window takes them."""
    snapshots, traces = list(train(config)), RunTraces()
    traces.extend(Stretch.of(snapshots[:1]))
    for piece in np.array_split(np.arange(1, len(snapshots)), pieces):
        traces.extend(Stretch.of([snapshots[at] for at in piece]))
    return snapshots, traces


@pytest.mark.parametrize(
    ("choices", "labels"),
    [
        ({}, ("w", "b")),
        ({"data": "sine", "model": "polynomial", "optimizer": "adam", "batch_size": 400}, ("w[0]", "w[1]", "w[2]", "b")),
    ],
)
def test_a_small_model_has_each_number_and_each_gradient_as_its_snapshots_do(choices: dict[str, Any], labels: tuple[str]) -> None:
    snapshots, traces = traced(TrainingConfig(epochs=7, **choices))
    assert traces.labels == labels and not traces.norms
    values, gradients = traces.values(8), traces.gradients(8)
    assert np.isnan(gradients[0]).all(), "the start has none"
    for step, shot in enumerate(snapshots):
        assert np.array_equal(values[step], np.concatenate([array.ravel() for array in shot.parameters.values()]))
        if step:
            expected = np.concatenate([shot.gradients[name].ravel() for name in shot.parameters])
            assert np.array_equal(gradients[step], expected)


def test_a_large_model_has_the_norm_of_each_tensor() -> None:
    snapshots, traces = traced(TrainingConfig(epochs=5, options={"layers": 2, "width": 40}, **MLP))
    assert traces.norms and traces.labels == tuple(snapshots[0].parameters)
    assert sum(array.size for array in snapshots[0].parameters.values()) > FOLLOWED
    assert traces.tensors == tuple(name for name, array in snapshots[0].parameters.items() if array.size > 1)
    for step, shot in enumerate(snapshots):
        for column, name in enumerate(traces.labels):
            pairs = [(traces.values(9)[step, column], shot.parameters[name])]
            if step:
                pairs.append((traces.gradients(9)[step, column], shot.gradients[name]))
            for got, array in pairs:
                assert got == pytest.approx(math.sqrt(float((array.astype(np.float64) ** 2).sum())), rel=1e-5)
    assert np.isnan(traces.gradients(9)[0]).all()


@pytest.mark.parametrize("size", [1e-25, 1e-3, 1e19, 3e37])
def test_a_norm_is_not_lost_in_float32(size: float) -> None:
    array = np.full((20, 20), size, np.float32)
    assert _norm(array) == pytest.approx(20 * size, rel=1e-6)


def test_steps_without_parameters_have_no_traces() -> None:
    traces = RunTraces()
    traces.extend(Stretch.of([TrainingSnapshot(0, None, {}), TrainingSnapshot(1, 1.0, {})]))
    assert traces.labels == () and traces.values(2).shape == (2, 0)


def test_steps_without_a_snapshot_are_not_known_until_theirs_is_computed_again() -> None:
    for choices in ({}, {**MLP, "options": {"width": 8}}):
        shots = list(train(TrainingConfig(epochs=6, **choices)))  # type: ignore[arg-type]
        traces, whole = RunTraces(), RunTraces()
        for made in ([shots[0]], shots[1:]):
            whole.extend(Stretch.of(made))
        traces.extend(Stretch.of(shots[:1]))
        traces.extend(replace(Stretch.of(shots[1:]), snapshots=(shots[3], shots[6])))
        assert traces.known(7).tolist() == [True, False, False, True, False, False, True]
        assert np.isnan(traces.gradients(7)[[1, 2, 4, 5]]).all()
        if not traces.norms:
            assert np.array_equal(traces.values(7), whole.values(7))
        kept = traces.until(5)
        for shot in (shots[4], shots[3], replace(shots[4], step=40)):
            traces.learn(shot)
        assert traces.known(7).tolist() == [True, False, False, True, True, False, True]
        assert kept.known(7).tolist() == [True, False, False, True, False]
        for step in (3, 4, 6):
            assert np.array_equal(traces.gradients(7)[step], whole.gradients(7)[step])
            assert np.array_equal(traces.values(7)[step], whole.values(7)[step])

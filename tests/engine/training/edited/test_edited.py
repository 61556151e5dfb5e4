"""Edited code trains: the same numbers as the set-up's where it does the same, its own where not, exact back and forth."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.errors import ProgramFailedError
from engine.training import script, step_from
from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.history import History
from engine.training.program import program, program_text
from engine.training.training import Controls, record_epoch

LINE = TrainingConfig(epochs=6, n_samples=40)
NETWORK = TrainingConfig(
    data="moons",
    model="mlp",
    loss="cross_entropy",
    optimizer="adam",
    batch_size=20,
    epochs=4,
    n_samples=60,
    options={"width": 4, "clip": 1.0, "validation": 0.2},
)


def edited(config: TrainingConfig, old: str = "", new: str = "", *, after: str = "") -> TrainingConfig:
    text = program_text(config.generated)
    assert old in text
    return replace(config, code=text.replace(old, new, 1) + "\n# by hand\n" + after)


def same(one: TrainingSnapshot, other: TrainingSnapshot) -> bool:
    names = one.parameters.keys() == other.parameters.keys()
    return (
        names and one.loss == other.loss and all(np.array_equal(one.parameters[k], other.parameters[k]) for k in one.parameters)
    )


@pytest.mark.parametrize("config", [LINE, NETWORK], ids=["line", "network"])
def test_what_does_the_same_gives_the_same_numbers(config: TrainingConfig) -> None:
    plain, own = list(engine.train(config)), list(engine.train(edited(config)))
    assert len(plain) == len(own) and all(map(same, plain, own))
    for before, after in zip(plain, own, strict=True):
        assert before.validation == after.validation
        assert all(np.array_equal(before.gradients[name], after.gradients[name]) for name in before.gradients)
        assert after.config == edited(config)


def test_what_was_edited_is_trained() -> None:
    config = edited(LINE, "w -= lr * w.grad", "w -= 0.5 * lr * w.grad")
    wanted = list(engine.train(LINE))
    found = list(engine.train(config))
    moved = [float(shots[1].parameters["w"][0, 0] - shots[0].parameters["w"][0, 0]) for shots in (wanted, found)]
    assert moved[1] == pytest.approx(moved[0] / 2, rel=1e-5)
    assert found[1].parameters["b"] == wanted[1].parameters["b"]


DROPOUT = edited(NETWORK, "nn.Tanh(),", "nn.Tanh(),\n        nn.Dropout(0.5),")
VELOCITY = replace(
    LINE,
    code=program_text(LINE)
    .replace("def step", "velocity = {}\n\n\ndef step")
    .replace("w -= lr * w.grad", 'velocity["w"] = 0.9 * velocity.get("w", 0) + w.grad\n        w -= lr * velocity["w"]'),
)
REBOUND = replace(
    LINE,
    code="""
import torch
from torch import nn


class Linear(nn.Module):
    def __init__(self, g=None):
        super().__init__()
        self.scale = nn.Parameter(torch.randn(3))
        self.register_buffer("seen", torch.zeros(1))
        self.turns = 0


class Mine:
    def __init__(self):
        self.memory = torch.zeros(3)


model = Linear()
optimizer = Mine()


def step(model, X, y, lr):
    model.turns += 1
    model.seen += 1
    loss = ((y - X * model.scale.sum() - model.seen / model.turns) ** 2).mean()
    loss.backward()
    optimizer.memory = 0.5 * optimizer.memory + model.scale.grad
    model.scale = nn.Parameter(model.scale.detach() - 0.01 * lr * optimizer.memory + 1e-3 * torch.randn(3))
    return loss.item()
""",
)
KEEPING = pytest.mark.parametrize("config", [DROPOUT, VELOCITY, REBOUND], ids=["draws", "names", "own optimizer, buffers"])


@KEEPING
def test_each_epoch_is_exact_wherever_one_begins(config: TrainingConfig) -> None:
    run = list(engine.train(config))
    assert all(not shot.unkept for shot in run)
    for shot, after in itertools.pairwise(run):
        assert same(step_from(config, shot, learning_rate=after.learning_rate), after), after.step
    assert all(map(same, engine.train(config, start=run[2]), run[3:]))
    assert all(map(same, engine.train(config), run))


@KEEPING
def test_an_epoch_opens_into_operations(config: TrainingConfig) -> None:
    run = list(engine.train(config))
    recording = record_epoch(run[2], run[3])
    assert recording.text == config.code and recording.operations
    spans = {moment.span.line for moment in recording.moments if moment.span is not None}
    assert spans <= set(range(1, config.code.count("\n") + 2)) and len(spans) > 2


def test_a_history_that_let_snapshots_go_computes_them_again() -> None:
    config = replace(VELOCITY, epochs=40)
    run = list(engine.train(config))
    history = History(run[0], most_bytes=30_000)
    history.extend(run[1:])
    assert len(history.kept(1000)) < 20
    assert all(same(history.at(number), run[number]) for number in (7, 23, 39))


def test_what_a_snapshot_cannot_hold_is_said_when_the_epoch_is_opened() -> None:
    config = edited(LINE, "def step(", "def count(seen=[0]):\n    seen[0] += 1\n    return seen[0]\n\n\ndef step(")
    config = replace(config, code=config.code.replace("loss.backward()", "loss = loss * count()\n    loss.backward()"))
    run = list(engine.train(config))
    with pytest.raises(ProgramFailedError, match="epoch 4 cannot be opened: run once more, it ended at other numbers"):
        record_epoch(run[3], run[4])
    config = edited(LINE, "def step(", "numbers = iter(range(1, 100))\n\n\ndef step(")
    config = replace(config, code=config.code.replace("loss.backward()", "loss = loss * next(numbers)\n    loss.backward()"))
    run = list(engine.train(replace(config, code=config.code.replace("iter(range(1, 100))", "(n for n in range(1, 100))"))))
    assert run[3].unkept == "numbers"
    with pytest.raises(ProgramFailedError) as caught:
        record_epoch(run[3], run[4])
    assert "numbers" in caught.value.hint


@pytest.mark.parametrize("config", [edited(LINE), DROPOUT, VELOCITY, edited(TrainingConfig(epochs=3, optimizer="adam"))])
def test_the_script_prints_the_losses(config: TrainingConfig, tmp_path: Path) -> None:
    path = tmp_path / "trained.py"
    path.write_text(script(config), encoding="utf-8")
    alone = {"OMP_NUM_THREADS": "1", "PATH": "", "PYTHONPATH": ""}
    said = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, env=alone, check=True).stdout
    assert said.splitlines() == [f"{shot.step} {shot.loss!r}" for shot in engine.train(config) if shot.step]
    assert config.code.rstrip("\n") in script(config)


def test_a_parameter_more_is_learned_by_the_set_ups_optimizer() -> None:
    text = program_text(TrainingConfig(optimizer="adam"))
    text = text.replace(
        "self.b = b.requires_grad_()", "self.b = b.requires_grad_()\n        self.c = torch.zeros(1).requires_grad_()"
    )
    text = text.replace("X @ w + b", "X @ w + b + model.c * X**2")
    run = list(engine.train(TrainingConfig(optimizer="adam", epochs=3, code=text)))
    assert set(run[3].parameters) == {"w", "b", "c"} and run[3].parameters["c"] != 0


def test_the_rate_and_stop_reach_it() -> None:
    config, controls = replace(edited(LINE), epochs=1000), Controls()
    run = engine.train(config, controls)
    shots = [next(run) for _ in range(200)]
    controls.learning_rate = 0.05
    shots.append(next(run))
    assert shots[-1].learning_rate == 0.05 and shots[-2].learning_rate == 0.1
    assert same(step_from(config, shots[-2], learning_rate=0.05), shots[-1])
    controls.stop = True
    assert list(run) == []


def test_stop_rules_schedule_and_data_are_the_set_ups() -> None:
    config = replace(LINE, options={"schedule": "step", "decay_every": 2, "tolerance": 500.0})
    plain, own = list(engine.train(config)), list(engine.train(edited(config)))
    assert all(map(same, plain, own)) and own[-1].stopped == plain[-1].stopped == "tolerance"
    assert [shot.learning_rate for shot in own] == [shot.learning_rate for shot in plain]


@pytest.mark.parametrize(
    ("old", "new", "fit", "surface"),
    [
        ("w -= lr", "w -= 2 * lr", True, True),
        ("randn(1, 1", "zeros(1, 1", True, True),
        ("**2", "**4", True, False),
        ("loss.backward()", "loss *= 2\n    loss.backward()", True, False),
        ("X @ w + b", "X @ w", False, False),
        ("w, b = model.w, model.b", "w, b = model.w * 2, model.b", False, False),
        ("y_hat =", "X = X * 2\n    y_hat =", False, False),
    ],
)
def test_it_is_known_what_the_set_ups_pictures_show_of_it(old: str, new: str, fit: bool, surface: bool) -> None:
    found = program(edited(LINE, old, new))
    assert (not found.no_fit, not found.no_surface) == (fit, surface)


def test_another_network_is_not_drawn_as_the_set_ups() -> None:
    assert program(edited(NETWORK, "nn.Tanh()", "nn.ReLU()")).no_fit
    assert not program(edited(NETWORK, "optimizer.step()", "optimizer.step()  # so")).no_surface
    assert program(edited(NETWORK, "X[rows]", "2 * X[rows]")).no_fit

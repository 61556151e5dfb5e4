"""One description, one program, one run: a script prints the losses of the run that it describes, digit by digit."""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import os
import random
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import engine
from engine.lessons.examples import by_file
from engine.training import script
from engine.training.choices.data import DATA, DataChoice
from engine.training.choices.knobs import Knob, Number, OneOf, Whole
from engine.training.choices.losses import LOSSES
from engine.training.choices.models import MODELS
from engine.training.choices.optimizers import OPTIMIZERS
from engine.training.choices.schedules import SCHEDULES
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.program import program_text

MADE = [choice.name for choice in DATA if choice.name not in ("file", "points")]


pytestmark = pytest.mark.usefixtures("one_thread")


def together() -> Iterator[tuple[str, str, str]]:
    """Every combination of data, model and loss that goes together."""
    for data, model, loss in itertools.product(MADE, MODELS, LOSSES):
        with contextlib.suppress(ValueError):
            TrainingConfig(data=data, model=model.name, loss=loss.name)
            yield data, model.name, loss.name


PROBLEMS = list(together())


def each(data: str, model: str, loss: str) -> Iterator[dict[str, Any]]:
    """This problem with every optimizer, in batches and not."""
    for optimizer, size in itertools.product(OPTIMIZERS, (None, 400 if data == "diabetes" else 40)):
        yield {"data": data, "model": model, "loss": loss, "optimizer": optimizer.name, "batch_size": size}


def called(choices: dict[str, Any]) -> str:
    return " ".join(map(str, choices.values()))


KNOBS: list[dict[str, Any]] = [
    {"options": {"schedule": "step", "decay_every": 2, "decay": 0.25}},
    {"options": {"schedule": "cosine"}, "optimizer": "adam", "batch_size": 7},
    {"options": {"schedule": "warm-up", "warmup_epochs": 3}, "optimizer": "sgd"},
    {"options": {"clip": 0.5}},
    {"options": {"clip": 0.5}, "optimizer": "momentum", "batch_size": 16},
    {"options": {"clip": 0.5}, "optimizer": "lbfgs"},
    {"options": {"clip": 0.1}, "model": "mlp", "batch_size": 30},
    {"options": {"zero_grad": False}},
    {"options": {"zero_grad": False}, "optimizer": "adam", "batch_size": 16},
    {"options": {"zero_grad": False, "clip": 1.0}, "batch_size": 16},
    {"options": {"zero_grad": False}, "model": "mlp"},
    {"options": {"weight_decay": 0.1}},
    {"options": {"weight_decay": 0.1}, "model": "mlp"},
    *({"options": {"weight_decay": 0.1}, "optimizer": item.name} for item in OPTIMIZERS if item.name not in ("gd", "lbfgs")),
    {"options": {"momentum": 0.5, "dampening": 0.1}, "optimizer": "momentum"},
    {"options": {"momentum": 0.5}, "optimizer": "nesterov"},
    {"options": {"alpha": 0.9, "momentum": 0.3, "eps": 1e-6}, "optimizer": "rmsprop"},
    {"options": {"lr_decay": 0.1}, "optimizer": "adagrad"},
    {"options": {"beta1": 0.5, "beta2": 0.9, "eps": 1e-3}, "optimizer": "adamw"},
    {"options": {"line_search": "strong_wolfe", "max_iter": 5, "history_size": 3}, "optimizer": "lbfgs"},
    {"options": {"tolerance": 0.01}, "epochs": 60},
    {"options": {"divergence": 100.0}, "epochs": 60, "learning_rate": 1.4},
    {"options": {"divergence": 100.0, "tolerance": 1e-9, "schedule": "cosine"}, "learning_rate": 0.3},
    {"options": {"validation": 0.2}},
    {"options": {"validation": 0.2, "standardise": "x"}, "data": "diabetes", "model": "features"},
    {"options": {"validation": 0.5, "standardise": "x and y"}, "data": "sine", "model": "mlp", "batch_size": 8},
    {"options": {"standardise": "x and y"}, "data": "moons", "model": "logistic", "loss": "cross_entropy"},
    {"options": {"column": "all"}, "data": "diabetes", "model": "features"},
    {"options": {"column": "s5"}, "data": "diabetes"},
    {"options": {"n_features": 4, "n_informative": 2, "effective_rank": 2, "outliers": 3}, "model": "features"},
    {"options": {"stretch": 50.0, "shift": -2.5}, "learning_rate": 1e-4},
    {"options": {"stretch": 50.0, "shift": 200.0, "standardise": "x"}},
    {"options": {"periods": 2.5, "outliers": 5, "degree": 7}, "data": "sine", "model": "polynomial"},
    {"options": {"degree": 1}, "model": "polynomial"},
    {"options": {"ratio": 0.2, "layers": 3, "width": 5, "activation": "relu"}, "data": "circles", "model": "mlp"},
    {"options": {"activation": "sigmoid"}, "model": "mlp", "loss": "huber"},
    {"options": {"activation": "gelu", "delta": 0.3}, "model": "mlp", "loss": "huber"},
    {"options": {"points": [[0, 1, 2], [1, 1, 0], [3.5, -1, 1e-3]]}, "data": "points", "model": "features"},
    {"options": {"points": [[0.0, 0], [1, 1], [2, 1]]}, "data": "points", "model": "logistic", "loss": "cross_entropy"},
    {"options": {"points": [[2, 3]], "standardise": "x"}, "data": "points"},
    {"options": {"start": [-1, 2.6]}},
    {"options": {"start": [1e-7, -123456.789]}, "optimizer": "adam", "batch_size": 16},
    {"options": {"start": [0.1 * place for place in range(12)], "degree": 11}, "model": "polynomial", "learning_rate": 1e-3},
    {"options": {"start": [1, 2, 3], "n_features": 2}, "model": "features"},
    {"options": {"start": [0.5, -0.5, 1]}, "data": "moons", "model": "logistic", "loss": "cross_entropy"},
    {"options": {"start": [0.01 * place for place in range(49)]}, "model": "mlp"},
    {
        "options": {"start": [0.03 * (place % 7) for place in range(53)], "layers": 3, "width": 4},
        "model": "mlp",
        "optimizer": "lbfgs",
        "batch_size": 30,
    },
    {"batch_size": 1, "optimizer": "adam"},
    {"batch_size": 1000},
    {"batch_size": 60},
    {"learning_rate": 1e30},
    {"learning_rate": 2, "noise": 0, "bias": 1},
    {"bias": 1e30},
    {"noise": 0.0, "data": "xor", "model": "mlp", "loss": "cross_entropy"},
]
"""Everything that a combination of choices alone does not say."""


def config_of(choices: dict[str, Any]) -> TrainingConfig:
    """With few rows and epochs, so that some hundred of them are no matter."""
    few = {"n_samples": 60, "epochs": 3, "learning_rate": 0.05} | choices
    if few.get("data") == "circles":
        few.setdefault("loss", "cross_entropy")
    return TrainingConfig(**few)


def printed(text: str) -> str:
    """What the script prints when it is run in a namespace of its own; the random state is as if it had not run."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), torch.random.fork_rng(devices=[]):
        exec(compile(text, "script.py", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def wanted(config: TrainingConfig) -> str:
    return "".join(f"{shot.step} {shot.loss!r}\n" for shot in engine.train(config) if shot.step)


def test_these_are_many() -> None:
    assert len(PROBLEMS) * len(OPTIMIZERS) * 2 >= 300
    assert {model for _data, model, _loss in PROBLEMS} == {choice.name for choice in MODELS}
    assert {loss for _data, _model, loss in PROBLEMS} == {choice.name for choice in LOSSES}


@pytest.mark.parametrize(("data", "model", "loss"), PROBLEMS)
def test_a_script_prints_the_losses_of_the_run(data: str, model: str, loss: str) -> None:
    for choices in each(data, model, loss):
        config = config_of(choices)
        assert (choices, printed(script(config))) == (choices, wanted(config))


@pytest.mark.parametrize("choices", KNOBS, ids=called)
def test_so_it_does_whatever_the_knobs_are(choices: dict[str, Any]) -> None:
    config = config_of(choices)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert printed(script(config)) == wanted(config)


def drawn(source: random.Random) -> TrainingConfig:
    """Any set-up of few rows, with some of its knobs at any values: those that it is refused with are drawn again."""
    while True:
        data, model, loss = source.choice(PROBLEMS)
        chosen = TrainingConfig(data=data, model=model, loss=loss, optimizer=source.choice(OPTIMIZERS).name)
        schedule = source.choice(SCHEDULES)
        knobs = [knob for knob in (*chosen.setup.knobs, *schedule.knobs) if knob.name not in ("schedule", "start", "max_iter")]
        options = {knob.name: anything(knob, source) for knob in source.sample(knobs, min(len(knobs), 5))}
        with contextlib.suppress(ValueError):
            return chosen.choosing(
                n_samples=source.choice((2, 3, 31, 60)),
                epochs=source.choice((1, 2, 5)),
                seed=source.randrange(100),
                learning_rate=10 ** source.uniform(-3, 1),
                batch_size=source.choice((None, 7, 100)) if data != "diabetes" else source.choice((None, 200)),
                options={**options, "schedule": schedule.name},
            )


def anything(knob: Knob, source: random.Random) -> Any:
    """A value that may fit ``knob``."""
    if isinstance(knob, OneOf):
        return source.choice(knob.names)
    if isinstance(knob, Whole):
        return source.choice((knob.least, knob.default, source.randint(knob.least, min(knob.greatest, knob.least + 12))))
    if isinstance(knob, Number):
        return source.choice((0.0, knob.default, source.uniform(0, 1), 10 ** source.uniform(-6, 2)))
    return source.random() < 0.5


def test_so_does_that_of_any_set_up() -> None:
    source = random.Random(14)
    for config in (drawn(source) for _ in range(40)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert (config, printed(script(config))) == (config, wanted(config))


@pytest.mark.parametrize("choice", DATA, ids=lambda item: item.name)
def test_products_of_the_data_are_summed_in_one_order(choice: DataChoice, tmp_path: Path) -> None:
    """Of columns that are a view of a wider table torch computes them in another, with other last digits."""
    source = random.Random(0)
    rows = [[*(source.gauss(0, 100) for _ in range(7)), source.randint(0, 1)] for _ in range(31)]
    path = tmp_path / "data.csv"
    path.write_text("".join(",".join(map(repr, row)) + "\n" for row in rows), encoding="utf-8")
    file = {"path": str(path), "x_columns": range(7), "y_column": 7, "header": "no"}
    options = {"points": {"points": rows}, "file": file, "diabetes": {"column": "all"}}.get(choice.name, {})
    config = TrainingConfig(n_samples=31, epochs=5).choosing(data=choice.name, options=options)
    if choice.name in ("points", "file"):
        config = config.choosing(model="logistic", optimizer="momentum")
    names: dict[str, Any] = {"__name__": "__main__"}
    out = io.StringIO()
    with contextlib.redirect_stdout(out), torch.random.fork_rng(devices=[]):
        exec(script(config), names)
    assert names["X"].is_contiguous() and names["y"].is_contiguous() and out.getvalue() == wanted(config)


@pytest.mark.parametrize(
    "config",
    [
        TrainingConfig(),
        TrainingConfig(data="moons", model="mlp", loss="cross_entropy", optimizer="adam", batch_size=64, epochs=5),
        TrainingConfig(data="diabetes", model="features", optimizer="lbfgs", options={"column": "all"}),
    ],
    ids=["default", "adam", "lbfgs"],
)
def test_it_needs_plain_python_only(config: TrainingConfig, tmp_path: Path) -> None:
    file = tmp_path / "run.py"
    file.write_text(script(config), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-I", file],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=clean,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert "engine" not in script(config) and "gradwalk" not in script(config)
    assert [(int(epoch), float(loss)) for epoch, loss in lines] == [(shot.step, shot.loss) for shot in engine.train(config)][1:]
    assert all(loss == repr(float(loss)) for _epoch, loss in lines)


def test_the_default_program_is_the_missions() -> None:
    assert program_text().rstrip("\n") == by_file("regression.py").text
    imports, _, rest = program_text().partition("\n\n\n")
    assert script().startswith(imports) and rest in script()


def test_a_start_is_in_the_program_and_in_the_first_snapshot() -> None:
    config = TrainingConfig(options={"start": [-1, 2.6]})
    text = program_text(config)
    assert "        w = torch.tensor([[-1.0]])\n        b = torch.tensor([2.6])\n" in text and "manual_seed" not in script(config)
    start = next(iter(engine.train(config)))
    assert start.parameters["w"].tolist() == [[-1.0]] and start.parameters["b"] == np.array([2.6], np.float32)
    w, b = torch.tensor([[-1.0]], requires_grad=True), torch.tensor([2.6], requires_grad=True)
    data = training_data(config)
    X, y = data.tensors()
    for shot in itertools.islice(engine.train(config), 1, 6):
        loss = ((X @ w + b - y) ** 2).mean()
        loss.backward()
        assert shot.loss == loss.item()
        with torch.no_grad():
            for tensor in (w, b):
                assert tensor.grad is not None
                tensor -= 0.1 * tensor.grad
                tensor.grad = None


def test_a_networks_start_is_all_of_its_numbers_in_their_order() -> None:
    numbers = [round(0.01 * place, 2) for place in range(49)]
    config = TrainingConfig(model="mlp", options={"start": numbers})
    start = next(iter(engine.train(config)))
    assert np.concatenate([array.ravel() for array in start.parameters.values()]).tolist() == np.float32(numbers).tolist()
    assert max(map(len, program_text(config).splitlines())) <= 88


def test_programs_are_short_and_well_formed() -> None:
    for choices in [*(choices for problem in PROBLEMS for choices in each(*problem)), *KNOBS]:
        text = script(config_of(choices))
        lines = text.split("\n")
        assert len(lines) <= 75 and max(map(len, lines)) <= 130, text
        assert not any(line != line.rstrip() for line in lines), text
        assert text.endswith("\n") and not text.endswith("\n\n") and "\n\n\n\n" not in text, text


def test_the_whole_name_works_with_one_import() -> None:
    code = "import engine; print(engine.training.script(engine.TrainingConfig(epochs=2)))"
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "range(1, 3)" in done.stdout, done.stderr


def plain(optimizer: str, rate: float, parameters: list[torch.Tensor]) -> torch.optim.Optimizer:
    """What a person writes who has read torch's documentation: what is not in the table, with torch's own defaults."""
    kinds: dict[str, Any] = {
        "sgd": lambda: torch.optim.SGD(parameters, lr=rate),
        "momentum": lambda: torch.optim.SGD(parameters, lr=rate, momentum=0.9),
        "nesterov": lambda: torch.optim.SGD(parameters, lr=rate, momentum=0.9, nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad(parameters, lr=rate),
        "rmsprop": lambda: torch.optim.RMSprop(parameters, lr=rate),
        "adam": lambda: torch.optim.Adam(parameters, lr=rate),
        "adamw": lambda: torch.optim.AdamW(parameters, lr=rate),
        "lbfgs": lambda: torch.optim.LBFGS(parameters, lr=rate),
    }
    if optimizer not in kinds:
        (call,) = (choice.call for choice in OPTIMIZERS if choice.name == optimizer)
        kinds[optimizer] = lambda: getattr(torch.optim, call.removeprefix("torch.optim."))(parameters, lr=rate)
    return kinds[optimizer]()  # type: ignore[no-any-return]


@pytest.mark.parametrize("size", [None, 32])
@pytest.mark.parametrize("optimizer", [item.name for item in OPTIMIZERS if item.name != "gd"])
def test_against_plain_code(optimizer: str, size: int | None) -> None:
    """Weights are drawn first, after ``torch.manual_seed(seed)``; each epoch's order is one permutation."""
    from sklearn.datasets import make_regression

    config = TrainingConfig(optimizer=optimizer, batch_size=size, epochs=6, n_samples=100, seed=11, learning_rate=0.03)
    run = list(engine.train(config))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        w, b = torch.randn(1, 1).requires_grad_(), torch.randn(1).requires_grad_()
    raw_x, raw_y = make_regression(n_samples=100, n_features=1, noise=0.3, bias=2.0, random_state=0)
    X, y = torch.tensor(raw_x).float(), torch.tensor(raw_y).float()[:, None]
    made = plain(optimizer, 0.03, [w, b])
    g = torch.Generator().manual_seed(11)
    for epoch in range(1, 7):
        order = torch.arange(100) if size is None else torch.randperm(100, generator=g)
        losses: list[tuple[int, float]] = []
        for start in range(0, 100, size or 100):
            rows = order[start : start + (size or 100)]
            batch_x, batch_y = (X, y) if size is None else (X[rows], y[rows])

            def loss_of(batch_x: torch.Tensor = batch_x, batch_y: torch.Tensor = batch_y) -> torch.Tensor:
                made.zero_grad()
                loss = torch.nn.functional.mse_loss(batch_x @ w + b, batch_y)
                loss.backward()
                return loss

            losses.append((len(rows), made.step(loss_of).item()))  # type: ignore[arg-type, attr-defined]
        assert run[epoch].parameters["w"].item() == w.item() and run[epoch].parameters["b"].item() == b.item()
        assert run[epoch].loss == sum(count * loss for count, loss in losses) / 100


@pytest.mark.parametrize("size", [None, 32])
def test_a_network_against_plain_code(size: int | None) -> None:
    from sklearn.datasets import make_moons
    from torch import nn

    config = TrainingConfig(
        data="moons", model="mlp", loss="cross_entropy", optimizer="adam", batch_size=size, epochs=4, n_samples=100, noise=0.1
    )
    run = list(engine.train(config))
    raw_x, raw_y = make_moons(n_samples=100, noise=0.1, random_state=0)
    X, y = torch.tensor(raw_x).float(), torch.tensor(raw_y).float()[:, None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    made = torch.optim.Adam(model.parameters(), lr=0.1)
    g = torch.Generator().manual_seed(4)
    for epoch in range(1, 5):
        for rows in (None,) if size is None else torch.randperm(100, generator=g).split(size):
            made.zero_grad()
            loss = nn.BCEWithLogitsLoss()(model(X if rows is None else X[rows]), y if rows is None else y[rows])
            loss.backward()
            made.step()
        for name, parameter in model.named_parameters():
            assert run[epoch].parameters[name].tobytes() == parameter.detach().numpy().tobytes()


@pytest.mark.parametrize(
    ("options", "factor"),
    [
        ({"schedule": "step", "decay_every": 3, "decay": 0.5}, lambda epoch: 0.5 ** (epoch // 3)),
        ({"schedule": "cosine"}, lambda epoch: (1 + math.cos(math.pi * epoch / 8)) / 2),
        ({"schedule": "warm-up", "warmup_epochs": 4}, lambda epoch: min(1.0, (epoch + 1) / 4)),
    ],
    ids=["step", "cosine", "warm-up"],
)
def test_schedules_are_those_of_torch(options: dict[str, Any], factor: Any) -> None:
    """``LambdaLR`` with the same factor; torch's own StepLR and CosineAnnealingLR give the same rates but for rounding."""
    config = TrainingConfig(optimizer="sgd", epochs=8, n_samples=50, learning_rate=0.2, options=options)
    rates = [shot.learning_rate for shot in engine.train(config) if shot.step]
    parameter = torch.zeros(1, requires_grad=True)
    made = torch.optim.SGD([parameter], lr=0.2)
    ours = torch.optim.lr_scheduler.LambdaLR(made, factor)
    for rate in rates:
        assert rate == pytest.approx(made.param_groups[0]["lr"], rel=1e-15)
        made.step()
        ours.step()
    assert len(set(rates)) > 2

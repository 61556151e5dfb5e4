"""The fit of edited code: read from its own step or its predict, computed in its process, without any effect on the run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import engine
from engine.errors import ProgramError
from engine.training.configs import TrainingConfig
from engine.training.figures import figures
from engine.training.metrics import predict
from engine.training.pictures.fits import Fitting
from engine.training.program import program, program_text
from tests.engine.training.edited.test_edited import DROPOUT, LINE, NETWORK, VELOCITY, edited, same

CLASSES = TrainingConfig(
    data="moons", model="mlp", loss="cross_entropy", optimizer="adam", epochs=4, learning_rate=0.05, n_samples=60
)
LBFGS = TrainingConfig(optimizer="lbfgs", epochs=3, learning_rate=0.5, n_samples=40)


def test_what_the_step_says_is_what_is_drawn() -> None:
    config = edited(LINE, "y_hat = X @ w + b", "y_hat = torch.sin(X @ w) + b")
    shot = list(engine.train(config))[-1]
    fit = Fitting(config).fit(shot)
    w, b = (np.asarray(shot.parameters[name], np.float32) for name in ("w", "b"))
    expected = np.sin(fit.x.astype(np.float32).reshape(-1, 1) @ w) + b
    assert np.allclose(fit.curve, expected[:, 0], atol=1e-6) and fit.step == shot.step and np.isnan(fit.loss)
    data = figures(config, shot).data
    said = np.sin(data.X @ w) + b
    assert fit.errors["MSE"] == pytest.approx(float(((data.y - said) ** 2).mean()), rel=1e-5)
    assert np.allclose(predict(config, shot, data.X), said, atol=1e-6)
    assert figures(config, shot).by_code and not figures(config, shot).no_fit and figures(config, shot).no_surface


@pytest.mark.parametrize(
    ("config", "old", "new", "text"),
    [
        (LINE, "X @ w + b", "2 * X @ w + b", "    w, b = (model.w, model.b)\n    y_hat = 2 * X @ w + b\n    return y_hat"),
        (LINE, "y_hat =", "X = X * 2\n    y_hat =", "    X = X * 2\n    y_hat = X @ w + b\n"),
        (LINE, "y_hat =", "X *= 2\n    w.data.clamp_(-1, 1)\n    y_hat =", "    X *= 2\n    w.data.clamp_(-1, 1)\n"),
        (LINE, "y_hat = X @ w + b\n", "print(y)\n    found = X * w\n", "    found = X * w\n    return found"),
        (LINE, "(y - y_hat)", "(X @ w - y)", "return X @ w"),
        (NETWORK, "z = model(X)", "with torch.enable_grad():\n        z = 2 * model(X)", "    z = 2 * model(X)\n"),
        (LBFGS, "X @ w + b", "X**2 @ w + b", "    y_hat = X ** 2 @ w + b\n    return y_hat"),
        (CLASSES, "nn.Tanh()", "nn.ReLU()", "    z = model(X)\n    return z"),
    ],
)
def test_the_lines_that_a_prediction_needs_are_found(config: TrainingConfig, old: str, new: str, text: str) -> None:
    if "found" in new:
        config = replace(config, code=program_text(config).replace(old, new).replace("(y - y_hat)", "(y - found)"))
    elif "X @ w - y" in new:
        config = replace(config, code=program_text(config).replace("    y_hat = X @ w + b\n", "").replace(old, new))
    else:
        config = edited(config, old, new)
    found = program(config)
    assert text in found.own.text and found.no_fit and not found.unseen
    assert "backward" not in found.own.text and "optimizer" not in found.own.text


@pytest.mark.parametrize(
    ("config", "old", "new", "said"),
    [
        (LINE, "y_hat = X @ w + b", "y_hat = X @ w + b + y.mean()", "what the code's step predicts depends on y"),
        (
            LINE,
            "y_hat =",
            "loss = (w * X).sum().backward()\n    w = w if loss is None else w\n    y_hat =",
            "trains before it has",
        ),
        (
            LINE,
            "    y_hat =",
            "    for _ in range(2):\n        w.grad = None\n        (w * X).sum().backward()\n        y_hat = 0 +",
            "a loop",
        ),
        (NETWORK, "X[rows]", "2 * X[rows]", "train_epoch does not give model, X and y to step as they are"),
    ],
)
def test_where_it_cannot_be_read_that_is_said_with_what_to_do(config: TrainingConfig, old: str, new: str, said: str) -> None:
    own = edited(config, old, new)
    assert said in program(own).unseen and program(own).unseen.endswith("define predict(model, X), which returns it")
    with pytest.raises(ValueError, match="this cannot be drawn: "):
        Fitting(own)
    named = replace(own, code=own.code + "\n\ndef predict(model, X):\n    return X.sum(1) * 0 + 3\n")
    assert not program(named).unseen
    fit = Fitting(named).fit(next(iter(engine.train(named))))
    assert (fit.curve == 3).all() and len(fit.predictions) == len(fit.rows)


def test_logits_and_probabilities_are_told_apart() -> None:
    text = program_text(CLASSES).replace("nn.Tanh()", "nn.ReLU()")
    logits = replace(CLASSES, code=text)
    sure = text.replace("z = model(X)", "p = torch.sigmoid(model(X))").replace(
        "binary_cross_entropy_with_logits(z", "binary_cross_entropy(p"
    )
    probability = replace(CLASSES, code=sure)
    assert program(probability).own.probability and not program(logits).own.probability
    shot = next(iter(engine.train(logits)))
    one, other = Fitting(logits).fit(shot), Fitting(probability).fit(shot)
    assert np.allclose(one.regions, other.regions, atol=1e-6) and 0 <= one.regions.min() <= one.regions.max() <= 1
    assert 0 < one.errors["accuracy"] <= 1
    unsaid = sure.replace("F.binary_cross_entropy(p, y)", "((p - y)**2).mean()")
    assert "does not say whether its step predicts a probability" in program(replace(CLASSES, code=unsaid)).unseen


HARSH = replace(
    DROPOUT,
    code="import random\nimport numpy as np\ntorch_drawn = []\n"
    + DROPOUT.code.replace("z = model(X)", "z = model(X) + 0 * (torch.rand(1) + random.random() + np.random.rand())"),
)


@pytest.mark.parametrize("config", [HARSH, VELOCITY], ids=["draws", "names"])
def test_fits_change_nothing_of_the_run(config: TrainingConfig) -> None:
    config = replace(
        config,
        code=config.code.replace("def predict", "def unused") + "\n\ndef predict(model, X):\n"
        "    torch.manual_seed(1)\n    torch.set_default_dtype(torch.float64)\n    torch.set_grad_enabled(False)\n"
        "    for p in vars(model).values():\n        if hasattr(p, 'data'):\n            p.data += 1\n"
        "    return X[:, :1] + torch.rand(1)\n",
    )
    assert program(config).own.text
    plain = list(engine.train(config))
    fitting = Fitting(config)
    fitting.by_code, watched = True, []
    for shot in engine.train(config):
        watched.append(shot)
        fitting.fit(shot)
        fitting.fit(watched[0])
    assert len(plain) == len(watched) and all(map(same, plain, watched))


def test_a_layer_that_only_trains_is_off_in_a_fit() -> None:
    shot = list(engine.train(DROPOUT))[-1]
    fitting = Fitting(DROPOUT)
    assert np.array_equal(fitting.fit(shot).curve, fitting.fit(shot).curve) and program(DROPOUT).own.text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 1 / 0", "this divides a whole number by zero"),
        ("return X[:1]", "a prediction must be one number for each of"),
        ("import os; os._exit(3)", "the code ended the process"),
    ],
)
def test_a_prediction_that_fails_is_told(body: str, said: str) -> None:
    config = edited(LINE, "X @ w + b", "2 * X @ w + b", after=f"\n\ndef predict(model, X):\n    {body}\n")
    shot = next(iter(engine.train(config)))
    with pytest.raises(ProgramError) as failed:
        Fitting(config).fit(shot)
    assert said in f"{failed.value}{failed.value.message}"
    assert len(list(engine.train(config))) == LINE.epochs + 1

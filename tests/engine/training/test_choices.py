"""Choices and knobs: each declared once, each refused by name; and what odd but allowed values lead to."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import io
import math
import pickle
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.training import script
from engine.training.choices.choice import Choice
from engine.training.choices.common import COMMON, FIELDS
from engine.training.choices.data import DATA, DataChoice
from engine.training.choices.knobs import Knob, Number
from engine.training.choices.optimizers import OPTIMIZERS, OptimizerChoice
from engine.training.choices.page import rendered
from engine.training.choices.schedules import SCHEDULES
from engine.training.choices.setup import CHOICES
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.training import train

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "laboratory.md").read_text(encoding="utf-8")
ENTRIES: list[tuple[str, Choice]] = [
    *((kind, choice) for kind, choices in CHOICES.items() for choice in choices),
    *(("schedule", choice) for choice in SCHEDULES),
]


@pytest.mark.parametrize(
    ("kind", "promised"),
    [
        ("optimizer", "gd sgd momentum nesterov adagrad rmsprop adam adamw lbfgs"),
        ("model", "line polynomial features logistic mlp"),
        ("loss", "mse mae huber cross_entropy"),
        ("data", "regression sine moons circles xor diabetes points file"),
    ],
)
def test_names_that_programs_and_kept_set_ups_hold_stay(kind: str, promised: str) -> None:
    """In their order; others may come between them."""
    assert [item.name for item in CHOICES[kind] if item.name in promised.split()] == promised.split()


@pytest.mark.parametrize(("kind", "choice"), ENTRIES, ids=lambda item: getattr(item, "name", item))
def test_an_entry_says_what_it_is(kind: str, choice: Choice) -> None:
    assert choice.title and choice.meaning and not choice.meaning.endswith(".")
    for knob in choice.knobs:
        knob.check(knob.default)
        assert knob.taken(knob.default) == knob.default
        assert knob.meaning and not knob.meaning.endswith(".") and "\n" not in knob.meaning


def test_no_two_knobs_of_a_set_up_share_a_name() -> None:
    fixed = [knob.name for knob in (*FIELDS, *COMMON)]
    kinds = [*CHOICES.values(), SCHEDULES]
    for kind in kinds:
        others = [knob.name for other in kinds if other is not kind for choice in other for knob in choice.knobs]
        for choice in kind:
            own = [knob.name for knob in choice.knobs]
            assert len(own) == len(set(own)) and not set(own).intersection(others + fixed)


@pytest.mark.parametrize(
    ("choices", "error", "said"),
    [
        ({"data": "circle"}, ValueError, r"data must be one of 'regression', 'sine', 'moons', .*'file', got 'circle'"),
        ({"model": "tree"}, ValueError, r"model must be one of 'line', 'polynomial', .*, got 'tree'"),
        ({"loss": "MSE"}, ValueError, r"loss must be one of 'mse', 'mae', 'huber', 'cross_entropy', got 'MSE'"),
        ({"optimizer": "Adam"}, ValueError, r"optimizer must be one of 'gd', 'sgd', .*'lbfgs', got 'Adam'"),
        ({"optimizer": None}, TypeError, r"optimizer must be one of .*, got None"),
        ({"batch_size": 0}, ValueError, r"batch_size must be an integer from 1 to 1000000, or None \(all rows.*\), got 0"),
        ({"batch_size": 2.0}, TypeError, r"batch_size must be an integer .*, got 2.0"),
        ({"batch_size": True}, TypeError, r"batch_size must be an integer .*, got True"),
        ({"options": ["momentum"]}, TypeError, r"options must be a mapping of knobs' names to values, got \['momentum'\]"),
        ({"options": {"momentum": 0.9}}, ValueError, r"options must be knobs of what .*'weight_decay'.*got 'momentum'"),
        ({"options": {3: 1}}, ValueError, r"options must be knobs of what is chosen, .*, got 3"),
        (
            {"optimizer": "momentum", "options": {"momentum": 1.0}},
            ValueError,
            r"momentum must be a finite number of 0 or more and less than 1, got 1.0",
        ),
        ({"optimizer": "nesterov", "options": {"momentum": 0}}, ValueError, r"momentum must be .* greater than 0 .*got 0"),
        ({"optimizer": "adam", "options": {"beta1": "0.9"}}, TypeError, r"beta1 must be a finite number .*, got '0.9'"),
        ({"options": {"clip": math.nan}}, ValueError, r"clip must be a finite number of 0 or more, got nan"),
        ({"options": {"zero_grad": 1}}, TypeError, r"zero_grad must be True or False, got 1"),
        ({"options": {"validation": 1.0}}, ValueError, r"validation must be .*finite number from 0 to 0.9, got 1.0"),
        ({"options": {"schedule": "linear"}}, ValueError, r"schedule must be one of 'constant', 'step', .*, got"),
        ({"options": {"decay": 0.5}}, ValueError, r"options must be knobs of what is chosen, .*, got 'decay'"),
        ({"model": "polynomial", "options": {"degree": 0}}, ValueError, r"degree must be an integer from 1 to 20, got 0"),
        ({"data": "moons"}, ValueError, r"model must be .*'mlp' for data 'moons', where two classes .*got 'line'"),
        ({"data": "moons", "model": "logistic"}, ValueError, r"loss must be 'cross_entropy' for data 'moons', .*, got 'mse'"),
        ({"loss": "cross_entropy"}, ValueError, r"loss must be one of 'mse', .*'huber' for data 'regression'.*got 'cross"),
        ({"model": "logistic"}, ValueError, r"model must be one of 'line', .* for data 'regression', .*, got 'logistic'"),
        ({"options": {"n_features": 2}}, ValueError, r"model must be .*'mlp' for data 'regression' with 2 features, got"),
        ({"data": "diabetes", "model": "polynomial", "options": {"column": "all"}}, ValueError, r"with 10 features, got"),
        ({"optimizer": "lbfgs", "options": {"zero_grad": False}}, ValueError, r"zero_grad must be True for .*'lbfgs'.*got False"),
        ({"data": "points", "options": {"points": []}}, ValueError, r"points must be a sequence of 1 to 10000 rows .*, got \[\]"),
        ({"data": "points", "options": {"points": [[1, math.inf]]}}, ValueError, r"points must be .*finite.*got \[\[1, inf\]\]"),
        ({"data": "points", "options": {"points": [[1, 2], [1]]}}, ValueError, r"points must be .*all rows of one length"),
        ({"data": "points", "options": {"points": [["1", 2]]}}, TypeError, r"points must be .*, got \[\['1', 2\]\]"),
        ({"options": {"start": [1.0]}}, ValueError, r"start must be 2 finite numbers for model 'line'.*from the seed\), got 1"),
        (
            {"options": {"start": [1.0, math.nan]}},
            ValueError,
            r"start must be a sequence of up to 2000 finite .*got \[1.0, nan\]",
        ),
        ({"options": {"start": [1.0, 1e39]}}, ValueError, r"start must be a sequence of up to 2000 finite .*got \[1.0, 1e\+39\]"),
        (
            {"options": {"start": 1.0}},
            TypeError,
            r"start must be a sequence of up to 2000 finite numbers, or none \(drawn.*got 1.0",
        ),
        ({"options": {"start": ["1", 2]}}, TypeError, r"start must be a sequence .*, got \['1', 2\]"),
        ({"model": "mlp", "options": {"start": [0.0] * 48}}, ValueError, r"start must be 49 finite numbers for .*'mlp'.*got 48"),
        ({"data": "file", "options": {"x_columns": [1], "y_column": 1}}, ValueError, r"y_column must be another column than"),
        ({"data": "file", "options": {"x_columns": []}}, ValueError, r"x_columns must be a sequence of 1 or more different"),
        ({"data": "file", "options": {"encoding": "latin-1"}}, ValueError, r"encoding must be one of 'utf-8-sig'"),
    ],
)
def test_each_refusal_says_name_what_is_allowed_and_what_came(choices: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        TrainingConfig(**choices)


NUMBERS = [(knob, field) for field, knobs in (("", FIELDS), ("options", COMMON)) for knob in knobs if isinstance(knob, Number)]


@pytest.mark.parametrize(("knob", "field"), NUMBERS, ids=lambda item: getattr(item, "name", item))
@pytest.mark.parametrize("value", [10**400, -(10**400), Fraction(10**400), math.nan, math.inf, "1", True, None, 1j])
def test_no_number_is_too_odd_for_a_refusal(knob: Number, field: str, value: Any) -> None:
    given = {knob.name: value}
    kind = ValueError if isinstance(value, int | float | Fraction) and value is not True else TypeError
    with pytest.raises(kind, match=rf"^{knob.name} must be a finite number.*, got "):
        TrainingConfig(**{field: given} if field else given)


@pytest.mark.parametrize("optimizer", [item.name for item in OPTIMIZERS])
def test_a_rate_or_decay_that_float32_cannot_hold_is_refused_and_the_greatest_runs(optimizer: str) -> None:
    for name in ("learning_rate", "noise", "bias"):
        with pytest.raises(ValueError, match=rf"^{name} must be .* to 1e\+30, got 1e\+39"):
            TrainingConfig(optimizer=optimizer, **{name: 1e39})  # type: ignore[arg-type]
    knobs = {knob.name for choice in OPTIMIZERS if choice.name == optimizer for knob in choice.knobs}
    options = {"weight_decay": 1e30, "beta1": 0.999999, "beta2": 1 - 1e-16}
    greatest = {name: value for name, value in options.items() if name in knobs}
    for model in ("line", "mlp"):
        run = list(train(TrainingConfig(1e30, 3, n_samples=20, model=model, optimizer=optimizer, options=greatest)))
        assert len(run) == 4
    if "weight_decay" in knobs:
        with pytest.raises(ValueError, match=r"^weight_decay must be .* to 1e\+30, got 1e\+31"):
            TrainingConfig(optimizer=optimizer, options={"weight_decay": 1e31})


def test_all_of_a_config_is_pythons_own() -> None:
    """What numpy's types were given for is written into programs and files as Python's."""
    config = TrainingConfig(
        np.float32(0.5),  # type: ignore[arg-type]
        np.int64(3),  # type: ignore[arg-type]
        np.int32(7),  # type: ignore[arg-type]
        noise=1,
        data=np.str_("file"),
        optimizer=np.str_("adam"),
        batch_size=np.int64(16),  # type: ignore[arg-type]
        options={"path": np.str_("a.csv"), "decimal": np.str_("."), "x_columns": [np.int64(2)], "standardise": np.str_("x")},
    )
    plain = {"path": "a.csv", "decimal": ".", "x_columns": (2,), "standardise": "x"}
    assert config == TrainingConfig(0.5, 3, 7, noise=1.0, data="file", optimizer="adam", batch_size=16, options=plain)
    held = [*(getattr(config, item.name) for item in dataclasses.fields(config) if item.name != "options"), *plain]
    assert {type(item) for item in held} == {int, float, str}
    assert {type(item) for item in config.options.values()} == {str, tuple}
    assert "np." not in script(config) + repr(config)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: train({}), r"^config must be a TrainingConfig, got \{\}"),  # type: ignore[arg-type]
        (lambda: train(controls=0.1), "^controls must be a Controls, or None, got 0.1"),  # type: ignore[arg-type]
        (lambda: train(start=3), "^start must be a TrainingSnapshot, or None, got 3"),  # type: ignore[arg-type]
        (lambda: script("line"), "^config must be a TrainingConfig, got 'line'"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_config_is_refused_by_name(call: Callable[[], object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        call()


def test_what_came_is_told_in_bounded_length() -> None:
    with pytest.raises(ValueError, match=r"^epochs must be an integer from 1 to 1000000, got one of type int, too long"):
        TrainingConfig(epochs=10**5000)
    with pytest.raises(ValueError, match="optimizer must be") as caught:
        TrainingConfig(optimizer="x" * 100_000)
    assert len(str(caught.value)) < 500


def test_a_config_is_a_value() -> None:
    config = TrainingConfig(optimizer="adam", options={"beta2": 0.9, "beta1": np.float32(0.5), "clip": 1})
    again = TrainingConfig(optimizer="adam", options={"clip": 1.0, "beta1": 0.5, "beta2": 0.9})
    assert config == again and hash(config) == hash(again) and config.options == {"beta1": 0.5, "beta2": 0.9, "clip": 1.0}
    assert repr(config.options) == "{'beta1': 0.5, 'beta2': 0.9, 'clip': 1.0}"
    assert pickle.loads(pickle.dumps(config)) == config == copy.deepcopy(config)
    assert config.get("eps") == 1e-8 and config.get("epochs") == 30
    with pytest.raises(TypeError):
        config.options["beta1"] = 0.1  # type: ignore[index]
    with pytest.raises(KeyError):
        config.get("momentum")
    given = {"clip": 1.0}
    kept = TrainingConfig(options=given)
    given["clip"] = 2.0
    assert kept.get("clip") == 1.0


def test_choosing_takes_along_what_goes_with_it() -> None:
    config = TrainingConfig(optimizer="momentum", options={"momentum": 0.5, "clip": 1.0, "n_features": 1})
    moons = config.choosing(data="moons")
    assert (moons.model, moons.loss, moons.optimizer) == ("logistic", "cross_entropy", "momentum")
    assert moons.options == {"momentum": 0.5, "clip": 1.0}
    assert moons.choosing(data="regression").model in ("line", "mlp")
    assert config.choosing(optimizer="adam").options == {"clip": 1.0, "n_features": 1}
    assert config.choosing(options={"n_features": 3}).model == "features"
    assert config.choosing(options={"schedule": "step", "decay": 0.1}).get("decay") == 0.1
    assert config.choosing(options={"schedule": "step", "decay": 0.1}).choosing(options={"schedule": "cosine"}).options == {
        "momentum": 0.5,
        "clip": 1.0,
        "n_features": 1,
        "schedule": "cosine",
    }
    with pytest.raises(ValueError, match="model must be"):
        config.choosing(data="moons", model="line")
    with pytest.raises(ValueError, match="learning_rate must be"):
        config.choosing(learning_rate=-1.0)


def test_a_start_goes_along_with_the_models_that_it_is_one_of() -> None:
    config = TrainingConfig(options={"start": [-1, 2.5]})
    assert config.get("start") == (-1.0, 2.5) and hash(config) == hash(TrainingConfig(options={"start": (-1.0, 2.5)}))
    assert config.choosing(optimizer="adam", n_samples=20).get("start") == (-1.0, 2.5)
    assert config.choosing(model="polynomial").get("start") == ()
    assert config.choosing(data="moons").get("start") == ()
    assert config.choosing(model="polynomial", options={"start": [0, 0, 1, 2], "degree": 3}).get("start") == (0, 0, 1, 2)
    with pytest.raises(ValueError, match="start must be 4 finite numbers"):
        config.choosing(model="polynomial", options={"start": [0, 1]})


def test_a_start_that_was_chosen_is_dropped_with_the_data_it_was_chosen_over() -> None:
    config = TrainingConfig(options={"start": [-1.87, 2.5]})
    assert config.choosing(data="sine").get("start") == ()
    file = config.choosing(data="file", options={"path": "a.csv", "start": [1.0, 2.0]})
    assert file.get("start") == (1.0, 2.0), "told together with the data"
    assert file.choosing(learning_rate=0.2).get("start") == (1.0, 2.0)
    for other in ({"path": "b.csv"}, {"x_columns": [2]}, {"y_column": 3}):
        assert file.choosing(options=other).get("start") == ()


@pytest.mark.parametrize(("kind", "choice"), ENTRIES, ids=lambda item: getattr(item, "name", item))
def test_a_set_up_knows_how_many_numbers_its_model_learns(kind: str, choice: Choice) -> None:
    if kind == "schedule" or choice.name == "file":
        return
    for more in ({}, {"layers": 3, "width": 5}, {"degree": 7}, {"n_features": 3}, {"column": "all"}):
        data = {"data": "moons"} if "numbers" not in getattr(choice, "tasks", ["numbers"]) and kind != "data" else {}
        config = TrainingConfig(n_samples=20).choosing(**data, **{kind: choice.name})
        with contextlib.suppress(ValueError):  # of what is not chosen here
            config = config.choosing(options=more)
        learned = sum(array.size for array in next(iter(train(config))).parameters.values())
        assert config.setup.size == learned, config


def test_a_new_optimizer_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = OptimizerChoice(
        "adamax",
        "Adamax",
        "Adam with the greatest gradient in place of the mean square",
        (Number("eps", 1e-8, "Is added to a denominator", above=0.0),),
        call="torch.optim.Adamax",
        arguments=lambda get: {"eps": (get("eps"), 1e-8)},
    )
    monkeypatch.setattr("engine.training.choices.setup.OPTIMIZERS", (*OPTIMIZERS, entry))
    config = TrainingConfig(optimizer="adamax", batch_size=16, n_samples=40, epochs=3, options={"eps": 1e-3})
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(script(config), {"__name__": "__main__"})
    run = list(train(config))
    assert out.getvalue() == "".join(f"{shot.step} {shot.loss!r}\n" for shot in run[1:])
    assert set(run[1].optimizer_state["w"]) == {"step", "exp_avg", "exp_inf"}
    with pytest.raises(ValueError, match="eps must be a finite number greater than 0, got 0"):
        config.choosing(options={"eps": 0})


def losses(**choices: Any) -> list[float | None]:
    return [shot.loss for shot in train(TrainingConfig(**choices))][1:]


def test_a_batch_larger_than_the_data_holds_all_rows_shuffled() -> None:
    whole, large = (list(train(TrainingConfig(n_samples=20, epochs=3, batch_size=size))) for size in (20, 21))
    assert [shot.loss for shot in whole] == [shot.loss for shot in large]
    plain = list(train(TrainingConfig(n_samples=20, epochs=3)))
    assert whole[3].loss == pytest.approx(plain[3].loss, rel=1e-5)


def test_a_huge_rate_blows_up_and_a_rule_stops_it() -> None:
    grown = losses(learning_rate=1e20, epochs=5)
    assert len(grown) == 5 and not math.isfinite(grown[-1] or 0)
    assert len(losses(learning_rate=1e20, epochs=50, options={"divergence": 1000.0})) == 2


def test_a_loss_that_is_no_number_from_the_start_goes_on_or_is_stopped() -> None:
    points = [[1e38, 1e38], [-1e38, 3e38]]
    assert all(not math.isfinite(loss or 0) for loss in losses(data="points", epochs=3, options={"points": points}))
    stopped = list(train(TrainingConfig(data="points", options={"points": points, "divergence": 1000.0})))
    assert len(stopped) == 2 and stopped[-1].stopped == "divergence"


def test_tolerance_stops_where_the_loss_rests() -> None:
    config = TrainingConfig(epochs=1000, options={"tolerance": 1e-6, "divergence": 1000.0})
    run = list(train(config))
    assert run[-1].stopped == "tolerance" and 20 < len(run) < 200
    assert all(shot.stopped == "" for shot in run[:-1])
    rest = list(train(config, start=run[-3]))
    assert [(shot.step, shot.stopped, shot.first) for shot in rest] == [
        (shot.step, shot.stopped, run[1].loss) for shot in run[-2:]
    ]
    assert abs((run[-1].loss or 0) - (run[-2].loss or 0)) < 1e-6 <= abs((run[-2].loss or 0) - (run[-3].loss or 0))


def test_one_point_is_learned() -> None:
    found = losses(data="points", epochs=200, options={"points": [[2.0, 3.0]]})
    assert found[-1] == pytest.approx(0, abs=1e-6)


def test_data_beyond_float32_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["X = torch.ones(3, 1)", "y = torch.tensor([[1.0], [float('nan')], [2.0]])"]
    odd = DataChoice("odd", "Odd", "Holds what is no number", lines=lambda get: lines)
    monkeypatch.setattr("engine.training.choices.setup.DATA", (*DATA, odd))
    with pytest.raises(ValueError, match="X and y must be finite numbers within the range of float32"):
        next(engine.train(TrainingConfig(data="odd")))
    points = [[3e38, 1.0], [2e38, 2.0]]
    with pytest.raises(ValueError, match=r"^X must have mean and standard deviation within the range of float32 where it is"):
        next(engine.train(TrainingConfig(data="points", options={"points": points, "standardise": "x"})))


@pytest.mark.parametrize("choice", [item for item in DATA if item.name != "file"], ids=lambda item: item.name)
def test_data_have_the_features_that_they_say(choice: Any) -> None:
    model, loss = ("logistic", "cross_entropy") if "numbers" not in choice.tasks else ("features", "mse")
    data = training_data(TrainingConfig(data=choice.name, model=model, loss=loss, n_samples=30))
    assert data.X.shape == (len(data.y), len(data.features)) and data.X.dtype == data.y.dtype == np.float32
    assert not data.X.flags.writeable and data.y.shape[1] == 1
    assert data.classes == (loss == "cross_entropy")
    if data.classes:
        assert set(data.y[:, 0].tolist()) == {0.0, 1.0}


def test_the_document_has_the_tables_of_the_entries() -> None:
    assert rendered() in PAGE, "`python docs/write_tables.py` puts it there"


def test_the_documents_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(block, {"__name__": "example"})
    said = capsys.readouterr().out
    assert said.startswith("import torch\n") and [line.split()[0] for line in said.splitlines()[-6:]] == list("012345")


def test_every_knob_changes_what_it_says() -> None:
    """No knob is declared that nothing reads: each one, changed, changes the script."""
    unlike: dict[str, Any] = {
        "n_features": 4,
        "n_informative": 3,
        "effective_rank": 2,
        "outliers": 2,
        "column": "age",
        "points": ((1.0, 1.0), (2.0, 3.0)),
        "path": "other.csv",
        "x_columns": (2,),
        "y_column": 3,
        "separator": ";",
        "decimal": ",",
        "encoding": "cp1252",
        "header": "no",
        "classes": "no\nyes",
        "format": "parquet",
        "activation": "relu",
        "line_search": "strong_wolfe",
        "standardise": "x",
        "zero_grad": False,
        "schedule": "cosine",
        "degree": 2,
        "layers": 2,
        "width": 3,
    }
    base = TrainingConfig()
    for kind, choice in ENTRIES:
        for knob in (*choice.knobs, *COMMON):
            chosen: dict[str, Any] = {"options": {"schedule": choice.name}} if kind == "schedule" else {kind: choice.name}
            if choice.name == "lbfgs" and knob.name == "zero_grad":
                continue
            if knob.name == "contents":
                continue  # says which file is meant, and not what is done with it: test_table_files has it
            if "numbers" not in getattr(choice, "tasks", ["numbers"]):
                chosen.setdefault("data", "moons")
            if knob.name == "tail_strength":
                chosen["options"] = {"effective_rank": 2}
            before = base.choosing(**chosen)
            unlike["start"] = (0.5,) * before.setup.size
            value = unlike[knob.name] if knob.name in unlike else _other(knob)
            if value == before.get(knob.name):
                continue
            after = before.choosing(options={**before.options, knob.name: value})
            assert after.get(knob.name) == knob.taken(value)
            assert script(after) != script(before), (choice.name, knob.name)


def _other(knob: Knob) -> Any:
    candidates: list[Callable[[Any], Any]] = [lambda v: v / 2 if v else 0.25, lambda v: v + 1]
    for candidate in candidates:
        value = candidate(knob.default)
        try:
            knob.check(value)
        except (TypeError, ValueError):
            continue
        return value
    raise AssertionError(knob)


@pytest.mark.parametrize(("kind", "choice"), ENTRIES, ids=lambda item: getattr(item, "name", item))
def test_an_entry_can_be_read_on_a_button_and_its_knobs_beside_their_fields(kind: str, choice: Choice) -> None:
    assert 1 <= len(choice.label) <= 20
    for knob in choice.knobs:
        assert 1 <= len(knob.label) <= 14
        assert knob.symbol is None or len(str(knob.symbol)) <= 2


def test_formulas_say_what_the_program_does() -> None:
    def said(field: str, **chosen: Any) -> list[str]:
        return [str(formula) for formula in TrainingConfig().choosing(**chosen).setup.formulas(field)]

    assert said("model") == ["ŷ = wx + b"]
    assert said("model", model="polynomial") == ["ŷ = w₁x + w₂x² + w₃x³ + b"]
    assert said("model", model="polynomial", options={"degree": 9}) == ["ŷ = w₁x + w₂x² + ⋯ + w₉x⁹ + b"]
    assert said("model", model="mlp") == ["ŷ = W₂ tanh(W₁x + b₁) + b₂"]
    assert said("model", data="moons", model="mlp", options={"layers": 3})[-1] == "z = W₄h₃ + b₄"
    assert said("model", data="moons") == ["z = Xw + b", "p = σ(z)"]
    assert said("loss") == ["L = 1/N ∑(y − ŷ)²"]
    assert said("optimizer") == ["w ← w − η · ∂L/∂w"]
    assert said("optimizer", optimizer="sgd", options={"weight_decay": 0.1}) == ["w ← w − η · (∂L/∂w + λw)"]
    assert said("optimizer", optimizer="momentum") == ["v ← βv + ∂L/∂w", "w ← w − ηv"]
    assert said("optimizer", optimizer="adamw")[-1] == "w ← (1 − ηλ)w − ηm̂/(√ŝ + ε)"
    for field in ("model", "loss", "optimizer"):
        for choice in CHOICES[field]:
            data = "moons" if choice.name in ("logistic", "cross_entropy") else "regression"
            assert said(field, data=data, **{field: choice.name}), choice.name

"""Which runs can be drawn together, and what is said of those that cannot."""

from __future__ import annotations

from engine.training.configs import TrainingConfig
from gui.session.comparing import differences, differing, drawn_with, not_drawn

BASE = TrainingConfig()


def test_optimizer_rate_and_start_do_not_keep_runs_apart() -> None:
    other = TrainingConfig(optimizer="adam", learning_rate=0.01, seed=9, epochs=7, batch_size=100, options={"clip": 1.0})
    assert differing(BASE, other) == () and not_drawn(BASE, other) == ""


def test_other_data_keep_a_run_out_of_every_plot() -> None:
    for other in (
        TrainingConfig(noise=0.1),
        TrainingConfig(data_seed=3),
        TrainingConfig(options={"outliers": 3}),
        TrainingConfig(options={"validation": 0.2}),
        TrainingConfig(options={"standardise": "x"}),
    ):
        assert differing(BASE, other) == ("data",)
        assert not_drawn(BASE, other) == "Drawn in no plot: it has other data"


def test_a_field_that_the_data_are_not_made_with_changes_nothing() -> None:
    sine = TrainingConfig(data="sine", model="polynomial")
    assert differing(sine, sine.choosing(bias=7.0)) == () != differing(sine, sine.choosing(noise=0.7))


def test_another_model_is_drawn_where_its_parameters_are_not_needed() -> None:
    curve, cubic = TrainingConfig(model="polynomial", options={"degree": 2}), TrainingConfig(model="polynomial")
    assert differing(BASE, cubic) == ("model",) == differing(curve, cubic)
    assert drawn_with("fit", BASE, cubic) and drawn_with("loss", BASE, cubic) and not drawn_with("surface", BASE, cubic)
    assert not_drawn(BASE, cubic) == "Drawn not in the loss surface and the gradient norms: it has another model"
    huber = TrainingConfig(loss="huber")
    assert drawn_with("fit", BASE, huber) and not drawn_with("loss", BASE, huber)


def test_a_file_is_told_by_its_name_and_else_by_what_differs() -> None:
    one = TrainingConfig(data="file", options={"path": "/home/ann/data/one.csv", "contents": "a"})
    assert differences(one, BASE) == ["one.csv"]
    told = {
        "two.csv": {"path": "/home/ann/data/two.csv", "decimal": ",", "separator": ";", "contents": "b", "y_column": 2},
        "older/one.csv": {"path": "/home/ann/older/one.csv"},
        "other columns": {"y_column": 2},
        "one.csv changed": {"contents": "b"},
        "read otherwise": {"header": "no"},
    }
    for words, options in told.items():
        assert differences(one.choosing(options=options), one) == [words]
    assert differences(one.choosing(options={"y_column": 2}, seed=5), one) == ["other columns", "seed 5"]

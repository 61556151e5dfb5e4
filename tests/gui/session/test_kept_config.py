"""What is remembered of the set-up between two starts."""

from __future__ import annotations

import pytest

from engine.training.configs import TrainingConfig
from gui.session.kept_config import as_text, from_text


@pytest.mark.parametrize(
    "config",
    [
        TrainingConfig(),
        TrainingConfig(learning_rate=0.03, optimizer="adam", batch_size=16, options={"beta1": 0.8, "clip": 2.0}),
        TrainingConfig().choosing(data="points", options={"points": ((0.0, 1.0), (2.0, 3.5))}),
        TrainingConfig().choosing(data="file", options={"path": "/a b/ü.csv", "x_columns": (0, 2), "y_column": 1}),
    ],
)
def test_it_is_the_same_again(config: TrainingConfig) -> None:
    assert from_text(as_text(config)) == config
    assert (as_text(config) == "") is (config == TrainingConfig())


@pytest.mark.parametrize(
    "text", ["{", "[]", "3", '{"optimizer": "later"}', '{"options": {"gone": 1}}', '{"epochs": -1}', "[" * 9999]
)
def test_what_is_no_set_up_is_the_usual_one(text: str) -> None:
    assert from_text(text) == TrainingConfig()

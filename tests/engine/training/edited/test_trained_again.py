"""A run of edited code is trained again in its process and compares digit by digit; what goes otherwise is said."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import Cancelled, ProgramError
from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.edited.process import shared
from engine.training.run_files.replay import difference, replayed
from engine.training.training import Controls, train
from tests.engine.training.edited.test_edited import DROPOUT, LINE, VELOCITY, edited, same


def compared(changes: dict[int, TrainingConfig], shots: Sequence[TrainingSnapshot]) -> str:
    def alike(shot: TrainingSnapshot) -> bool:
        found = shots[shot.step].parameters
        return all(np.array_equal(found[name], array) for name, array in shot.parameters.items())

    losses = [math.nan if shot.loss is None else shot.loss for shot in shots[1:]]
    validation = [math.nan if shot.validation is None else shot.validation for shot in shots]
    return difference(changes, [shot.learning_rate for shot in shots[1:]], losses, validation, alike)


@pytest.mark.parametrize("config", [edited(LINE), DROPOUT, VELOCITY], ids=["line", "dropout", "velocity"])
def test_edited_code_comes_out_the_same_digit_by_digit(config: TrainingConfig) -> None:
    shots = list(train(config))
    shared.close()  # as after the program was started anew
    assert compared({1: config}, shots) == ""


def test_a_rate_and_a_knob_that_were_changed_on_the_way_act_where_they_did() -> None:
    config, controls = edited(LINE), Controls()
    shots = [shot for shot, _ in zip(train(config, controls), range(3), strict=False)]
    controls.learning_rate = 0.01
    later = replace(config, epochs=5)
    shots += list(train(later, controls, start=shots[-1]))
    assert compared({1: config, 3: later}, shots) == ""
    again = list(replayed({1: config, 3: later}, [shot.learning_rate for shot in shots[1:]]))
    assert all(map(same, again, shots)) and len(again) == len(shots) == 6


def test_code_that_goes_otherwise_each_time_is_said() -> None:
    config = edited(LINE, "w -= lr * w.grad", "import time\n        w -= lr * w.grad * (time.time_ns() % 1000 + 1) / 1000")
    assert compared({1: config}, list(train(config))).startswith(("the loss of epoch", "parameters after epoch"))


def test_code_without_an_end_is_ended_by_stop_and_one_that_fails_says_where() -> None:
    endless = edited(LINE, "w -= lr * w.grad", "while True:\n            pass")
    until = time.monotonic() + 3.0
    with pytest.raises(Cancelled):
        list(replayed({1: endless}, [0.1] * 6, lambda: time.monotonic() > until))
    broken = edited(LINE, "w -= lr * w.grad", "w -= lr * nothing")
    with pytest.raises(ProgramError) as failed:
        list(replayed({1: broken}, [0.1] * 6))
    assert failed.value.line

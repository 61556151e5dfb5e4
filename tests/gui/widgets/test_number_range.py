"""A range of numbers: its steps lead to numbers that can be written, and back to themselves."""

from __future__ import annotations

import math

import pytest

from gui.widgets.number_range import NumberRange


@pytest.mark.parametrize(
    ("low", "high", "step", "log"), [(-10.0, 10.0, None, False), (0.0, 1.0, 0.05, False), (0.001, 2.0, None, True)]
)
def test_every_step_leads_to_a_number_that_leads_back(low: float, high: float, step: float | None, log: bool) -> None:
    numbers = NumberRange(low, high, step, log=log)
    reached = [numbers.number_after(at) for at in range(numbers.steps + 1)]
    assert reached == sorted(reached) and (reached[0], reached[-1]) == (low, high)
    assert all(len(f"{number:.12g}") <= 8 for number in reached), "no digits that no step has"
    if not log:
        assert [numbers.steps_to(number) for number in reached] == list(range(numbers.steps + 1))


def test_equal_ways_are_equal_factors_on_a_logarithmic_one() -> None:
    numbers = NumberRange(0.01, 100.0, log=True)
    assert [numbers.share_of(number) for number in (0.01, 0.1, 1.0, 10.0, 100.0)] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert numbers.steps == 200


@pytest.mark.parametrize(("number", "share"), [(-5.0, 0.0), (9.0, 1.0), (math.inf, 1.0), (-math.inf, 0.0), (math.nan, 0.0)])
def test_what_lies_outside_is_at_the_near_end(number: float, share: float) -> None:
    assert NumberRange(-1.0, 1.0).share_of(number) == share


@pytest.mark.parametrize(("low", "high", "log"), [(1.0, 1.0, False), (2.0, 1.0, False), (0.0, 1.0, True), (-1.0, 1.0, True)])
def test_a_range_that_is_none_is_refused(low: float, high: float, log: bool) -> None:
    with pytest.raises(ValueError, match="must be increasing"):
        NumberRange(low, high, log=log)

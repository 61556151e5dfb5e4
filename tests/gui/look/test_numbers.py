"""Numbers as the window writes them."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest

from engine.mathematics.numbers import format_number
from engine.tables import TensorData
from gui.look.numbers import (
    constant_text,
    copy_text,
    elements_text,
    full,
    range_text,
    range_texts,
    shape_in_words,
    shape_text,
)
from gui.panels.graph.cards.rows import one_digit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (-12.0, "−12"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1.23456789, "1.2346"),
        (123456.0, "123456"),
        (1234567.0, "1.235e6"),
        (0.00001234, "1.234e−5"),
        (-1e-30, "−1e−30"),
        (99999.6, "100000"),
        (12345.678, "12346"),
        (math.nan, "nan"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (True, "True"),
        (7, "7"),
        (-(10**400), "−1e400"),
        (1 + 2j, "1 + 2i"),
        (1 - 2j, "1 − 2i"),
        (0.640, "0.64"),
        (-0.0112346, "−0.011235"),
    ],
)
def test_short(value: float, text: str) -> None:
    assert format_number(value) == text


def test_full_has_the_digits_of_the_dtype() -> None:
    assert full(float(np.float32(0.1)), "float32") == "0.1"
    assert full(0.1, "float64") == "0.1"
    assert full(float(np.float32(-1 / 3)), "float32") == "−0.33333334"
    assert full(math.inf) == "∞"


def test_full_reads_back() -> None:
    generator = np.random.default_rng(0)
    for value in generator.normal(size=200).astype(np.float32) * np.float32(1e-20):
        assert np.float32(full(float(value), "float32").replace("−", "-")) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-3.0, "−3.0"),
        (0.0, "0.0"),
        (1.4, "1.4"),
        (0.25, "0.25"),
        (-0.0023, "−2.3e−3"),
        (12000.0, "1.2e4"),
        (150.0, "150"),
        (-0.2, "−0.2"),
    ],
)
def test_range(value: float, text: str) -> None:
    assert range_text(value) == text


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (-0.01, 0.0059, ("−0.01", "0.0059")),
        (-0.0059, 0.01, ("−0.0059", "0.01")),
        (-0.0059, 0.0031, ("−5.9e−3", "3.1e−3")),
        (1.5e-11, 79.2, ("1.5e−11", "79.2")),
        (-3.0, 3.2, ("−3.0", "3.2")),
    ],
)
def test_both_ends_of_a_range_are_written_in_one_way(low: float, high: float, texts: tuple[str, str]) -> None:
    """−0.01 used to stand beside 5.9e−3."""
    assert range_texts(low, high) == texts


def test_a_shape_of_one_length_is_in_brackets() -> None:
    assert [shape_in_words(shape) for shape in ((), (8,), (3, 2))] == ["scalar", "[8]", "3×2"]


def test_constant_is_a_fraction_only_where_that_is_exact() -> None:
    assert constant_text(float(np.float32(1 / 1500)), "float32") == "1/1500"
    assert constant_text(0.5) == "0.5"
    assert constant_text(0.123456) == "0.12346"


def test_shapes_and_elements() -> None:
    assert shape_text((1500, 1)) == "1500×1"
    assert shape_text(()) == "scalar"
    data = TensorData((10,), "float32", np.arange(10, dtype=np.float32))
    assert elements_text(data) == "0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, …"
    assert ast.literal_eval(copy_text(TensorData((1, 2), "float32", np.array([[-0.1, 2]], np.float32)))) == [[-0.1, 2.0]]


def test_ends_of_a_range_lose_a_digit_where_they_would_collide() -> None:
    assert [one_digit(text) for text in ("−1.2e−3", "3.6e−3", "9.9e−5", "1.2e4", "0.25", "−3.0", "∞")] == [
        "−1e−3",
        "4e−3",
        "1e−4",
        "1e4",
        "0.25",
        "−3.0",
        "∞",
    ]

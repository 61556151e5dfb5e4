"""What the small LaTeX subset reads and how wide it draws."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from engine.explain.pieces import partial
from gui.look.mathtext import draw_math, math_plain, math_width
from gui.work.typesetter import plain_math


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        ("a^{3}", "a³"),
        ("b^2", "b²"),
        ("-", "−"),
        (r"\hat{y}", "ŷ"),
        (r"\bar x", "x̄"),
        (r"\mathrm{mean}", "mean"),
        (r"(\cdot)^{2}", "(·)²"),
        ("y=a^{3}-b^{2}", "y = a³ − b²"),
        ("-x", "−x"),
        (r"b\leftarrow b-\eta\cdot\partial L", "b ← b − η · ∂L"),
        (r"\sqrt{x+1}", "√(x + 1)"),
        ("w_{i}", "wᵢ"),
        ("a^{bc}", "a^(bc)"),
        (r"\unknown x", "unknown x"),
        ("a^{-1}", "a⁻¹"),
        ("+= 3", "+= 3"),
        (r"\times= 2", "×= 2"),
        ("a = -b", "a = −b"),
        ("[1,-2,3]", "[1, −2, 3]"),
        ("x_{1,2}", "x_(1,2)"),
        ("", ""),
        ("^", ""),
        ("{", ""),
        ("}}", ""),
        ("\\", ""),
        (r"\mathrm{log\_softmax}", "log_softmax"),
        ("Xw", "Xw"),
    ],
)
def test_plain(latex: str, plain: str) -> None:
    assert math_plain(latex) == plain


def test_deep_nesting_is_drawn_flat() -> None:
    assert math_plain("x^{" * 5000 + "1").startswith("x^(")


def test_script_is_raised_and_adds_width(qapp: object) -> None:
    plain, raised = math_width("a", 25), math_width("a^{3}", 25)
    assert plain < raised < math_width("a3", 25)


def test_operator_alone_has_no_space(qapp: object) -> None:
    assert math_width("-", 25) + 2 * math_width("a", 25) < math_width("a-a", 25)


def test_draws_in_the_colour_and_returns_the_width(qapp: object) -> None:
    image = QImage(120, 60, QImage.Format.Format_ARGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    width = draw_math(painter, 10, 40, r"\sqrt{a^{3}}", 25, QColor("red"))
    painter.end()
    red = [(x, y) for x in range(120) for y in range(60) if image.pixelColor(x, y).green() < 120]
    assert width == math_width(r"\sqrt{a^{3}}", 25)
    assert red and min(x for x, _ in red) >= 9 and max(x for x, _ in red) <= 10 + width + 2
    assert all(image.pixelColor(x, y).red() > 200 for x, y in red)


def test_signs_in_an_index_and_in_plus_equals_stand_close() -> None:
    assert math_width("x_{:,1:}", 20) < math_width("x_{,}", 20) + 3 * math_width("x_{1}", 20) - 2 * math_width("x", 20)
    assert math_width("+=3", 20) < math_width("a=3", 20) + math_width("+", 20) - math_width("a", 20) + 1
    close, apart = math_width("+=3", 20), math_width("a+b=3", 20) - math_width("ab", 20)
    assert close < apart


def test_what_stands_under_a_fraction_is_not_taken_for_a_factor() -> None:
    assert plain_math("\\frac{2}{a^{3} b^{2}}") == "2/(a³b²)"
    assert plain_math("\\frac{1}{2 a}") == "1/(2a)"
    assert plain_math(partial("y", "-a")) == "∂y/∂(−a)"
    assert plain_math(partial("y", "(-a) \\cdot (-b)")) == "∂y/∂((−a) · (−b))"

"""How wide mathematics is drawn, and that it is drawn in its colour."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage, QPainter

from engine.mathematics.letters import Indexed, Indices, Letter, Number, Sign
from engine.mathematics.tree import Power, Relation, Root, Row, minus, plus
from gui.look.mathtext import draw_math, math_width

A, B, X = Letter("a"), Letter("b"), Letter("x")
CUBED = Power(A, Number(3))


def test_script_is_raised_and_adds_width(qapp: object) -> None:
    plain, raised = math_width(A, 25), math_width(CUBED, 25)
    assert plain < raised < math_width(Row((A, Number(3))), 25)


def test_operator_alone_has_no_space(qapp: object) -> None:
    assert math_width(Sign("−"), 25) + 2 * math_width(A, 25) < math_width(minus(A, A), 25)


def test_draws_in_the_colour_and_returns_the_width(qapp: object) -> None:
    image = QImage(120, 60, QImage.Format.Format_ARGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    width = draw_math(painter, 10, 40, Root(CUBED), 25, QColor("red"))
    painter.end()
    red = [(x, y) for x in range(120) for y in range(60) if image.pixelColor(x, y).green() < 120]
    assert width == math_width(Root(CUBED), 25)
    assert red and min(x for x, _ in red) >= 9 and max(x for x, _ in red) <= 10 + width + 2
    assert all(image.pixelColor(x, y).red() > 200 for x, y in red)


def test_signs_in_an_index_and_in_plus_equals_stand_close() -> None:
    def index(text: str) -> float:
        return math_width(Indexed(X, (Indices(text),)), 20)

    assert index(":,1:") < index(",") + 3 * index("1") - 2 * math_width(X, 20)
    added = Row((Row((Sign("+"), Sign("=")), close=True), Number(3)))
    equal = Relation(A, "=", Number(3))
    assert math_width(added, 20) < math_width(equal, 20) + math_width(Sign("+"), 20) - math_width(A, 20) + 1
    apart = math_width(Relation(plus(A, B), "=", Number(3)), 20) - math_width(Row((A, B)), 20)
    assert math_width(added, 20) < apart

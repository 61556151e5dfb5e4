"""The formula heading and its typesetter: what they say, that they follow the recording, and that no thread stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

import pytest
from PySide6.QtCore import QByteArray, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from engine.mathematics.atoms import Atom
from engine.mathematics.expression import Expression, Writing
from engine.mathematics.letters import Letter, Number
from engine.mathematics.tree import Power, Product, Quotient, Relation, minus, partial, plus
from gui.look.theme import ThemeManager, math_font
from gui.panels.graph.formula.heading import MARGIN, FormulaHeading
from gui.panels.graph.formula.lines import HEAD_PX, LINE_PX, Lines
from gui.panels.graph.formula.pieces import DERIVATIVE_PX, _dots
from gui.session.session import Session
from gui.work.typesetter import Typeset, Typesetter, typeset
from tests.engine.explain.formula.test_formula import LEAVES, record

A, B = Letter("a"), Letter("b")
A_SQUARED = Power(A, Number(2))
CUBIC = Relation(Letter("y"), "=", minus(Power(A, Number(3)), Power(B, Number(2))))


@dataclass(frozen=True, eq=False)
class Raw(Expression):
    """LaTeX that no tree writes."""

    latex: str

    def _write(self, to: Writing) -> None:
        to.put(self.latex, Atom("ord", self.latex, self.latex))


class Shown:
    """A session that shows a recording without needing its graph."""

    def __init__(self, qtbot: QtBot) -> None:
        self.session = Session()
        self.theme = ThemeManager("light")
        self.typesetter = Typesetter()
        self.heading = FormulaHeading(self.session, self.theme, self.typesetter)
        qtbot.addWidget(self.heading)
        self.heading.show()

    def show(self, text: str) -> None:
        recording = record(text)
        self.session.subject.take(recording, recording.end)
        self.session.recording_changed.emit()


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Shown]:
    made = Shown(qtbot)
    yield made
    made.heading.stop()
    made.typesetter.close()


def ink(svg: bytes, size: QSize) -> int:
    image = QImage(size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.end()
    return sum(image.pixelColor(x, y).alpha() > 100 for x in range(size.width()) for y in range(size.height()))


def test_typeset_formulas_are_drawn_whole_and_in_their_colour(qapp: QGuiApplication) -> None:
    made = typeset(Relation(Letter("y"), "=", Quotient(Power(A, Number(3)), B)), 30)
    assert not made.failed and made.size.width() > 60 and 0 < made.baseline < made.size.height()
    assert b"#112233" in made.svg(QColor("#112233")) and b"black" not in made.svg(QColor("#112233"))
    letter = typeset(Letter("y"), 30)
    assert ink(made.svg(QColor("black")), made.size.toSize()) > 3 * ink(letter.svg(QColor("black")), letter.size.toSize())


@pytest.mark.parametrize("latex", ["\\frac{", "}{", "", "\\left(", "a" * 5000, "\\hat", "x^{", "\0", "\\mathrm{a&<b}"])
def test_what_cannot_be_typeset_is_shown_as_text(qapp: QGuiApplication, latex: str) -> None:
    made = typeset(Raw(latex), 20)
    assert made.size.width() > 0
    assert QSvgRenderer(QByteArray(made.svg(QColor("black")))).isValid()


def test_a_typesetter_keeps_what_it_made_and_ends_its_thread(qtbot: QtBot) -> None:
    typesetter = Typesetter()
    assert typesetter.get(A_SQUARED, 30) is None
    with qtbot.waitSignal(typesetter.ready, check_params_cb=lambda symbol, px: symbol == A_SQUARED and px == 30):
        pass
    assert typesetter.get(A_SQUARED, 30) is typesetter.get(A_SQUARED, 30) is not None
    typesetter.close()
    assert typesetter.get(Power(B, Number(2)), 30) is None
    assert not typesetter.running


def test_what_is_asked_for_again_while_it_is_made_is_made_once(qtbot: QtBot) -> None:
    begun, go_on, made = Event(), Event(), []

    def render(symbol: Expression, px: float) -> Typeset:
        made.append(symbol)
        begun.set()
        assert go_on.wait(10)
        return typeset(symbol, px)

    typesetter = Typesetter(render=render)
    with qtbot.waitSignal(typesetter.ready):
        typesetter.get(A_SQUARED, 30)
        assert begun.wait(10)
        typesetter.get(A_SQUARED, 30)
        go_on.set()
    qtbot.waitUntil(lambda: typesetter._work.empty)
    assert made == [A_SQUARED]
    typesetter.close()


def test_fractions_in_plain_text() -> None:
    y = Letter("y")
    assert str(Relation(partial(y, A), "=", Product((Number(3), A_SQUARED)))) == "∂y/∂a = 3a²"
    assert str(Relation(y, "=", Quotient(Number(1), plus(A, B)))) == "y = 1/(a + b)"
    assert str(Quotient(Quotient(A, B), Letter("c"))) == "(a/b)/c"


def test_the_heading_measures_again_what_it_shows_and_not_what_others_had_typeset(
    qtbot: QtBot, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[bool] = []
    size = Lines.size

    def counted(lines: Lines, brief: bool) -> QSize:
        measured.append(brief)
        return size(lines, brief)

    shown.show(f"{LEAVES}y = a**3 - b**2\ny.backward()")
    qtbot.waitUntil(lambda: "sympy" in shown.heading.statement.plain_text(), timeout=20000)
    made = shown.heading.statement.formula
    assert made is not None

    def nothing_is_left() -> bool:
        wanted = [(line.symbol, LINE_PX if at else HEAD_PX) for at, line in enumerate(made.lines)]
        wanted += [(line.left, LINE_PX if at else HEAD_PX) for at, line in enumerate(made.lines) if line.left is not None]
        wanted += [(one.symbol, DERIVATIVE_PX) for one in shown.heading.statement.derivatives]
        return all(shown.typesetter.get(symbol, px) for symbol, px in wanted)

    qtbot.waitUntil(nothing_is_left, timeout=20000)
    monkeypatch.setattr(Lines, "size", counted)
    with qtbot.waitSignal(shown.typesetter.ready, check_params_cb=lambda symbol, px: px == 30):
        shown.typesetter.get(Power(B, Number(7)), 30)
    assert measured == []
    for line in made.lines:
        shown.typesetter.ready.emit(line.symbol, HEAD_PX if line is made.lines[0] else LINE_PX)
        assert measured
        measured.clear()


def test_the_heading_says_formula_numbers_and_both_gradients(qtbot: QtBot, shown: Shown) -> None:
    shown.show(f"{LEAVES}y = a**3 - b**2\ny.backward()")
    assert shown.heading.statement.plain_text() == "y = a³ − b² = 125 − 36 = 89"
    qtbot.waitUntil(lambda: "sympy" in shown.heading.statement.plain_text(), timeout=20000)
    lines = shown.heading.accessibleName().splitlines()
    assert lines[1:] == ["∂y/∂a = 3a² = 75 sympy 75 autograd, equal", "∂y/∂b = −2b = −12 sympy −12 autograd, equal"]
    qtbot.waitUntil(lambda: shown.heading.height() > 130, timeout=20000)
    assert shown.heading.width() <= 640 + 2 * MARGIN
    shown.heading.copy_latex()
    assert QGuiApplication.clipboard().text().splitlines()[:2] == [
        "y = a^{3} - b^{2}",
        "\\frac{\\partial y}{\\partial a} = 3 a^{2}",
    ]


def test_numbers_appear_when_the_program_knows_them_and_the_size_stays(qtbot: QtBot, shown: Shown) -> None:
    leaves = "a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\n"
    shown.show(f"{leaves}y = a**3 - b**2\ny.backward()")
    qtbot.waitUntil(lambda: "sympy" in shown.heading.statement.plain_text() and shown.heading.height() > 130, timeout=20000)
    recording, heading = shown.session.recording, shown.heading
    assert recording is not None and recording.end == 12
    size, said = heading.size(), []
    for cursor in range(13):
        shown.session.set_cursor(cursor)
        said.append(heading.statement.plain_text().splitlines())
        assert heading.size() == size
    numbers = [lines[0].partition("b² ")[2] for lines in said]
    assert numbers == ["= … − … = …"] * 3 + ["= 125 − … = …", "= 125 − 36 = …"] + ["= 125 − 36 = 89"] * 8
    by_b = [lines[2].partition("−12 ")[2] for lines in said]
    assert by_b == ["sympy autograd not yet"] * 9 + ["sympy −12 autograd, equal"] * 4
    by_a = [lines[1].partition("= 75 ")[2] for lines in said]
    assert by_a == ["sympy autograd not yet"] * 11 + ["sympy 75 autograd, equal"] * 2


def test_hidden_numbers_are_not_drawn(qtbot: QtBot, shown: Shown) -> None:
    shown.show(f"{LEAVES}y = a**3 - b**2\ny.backward()")
    qtbot.waitUntil(lambda: shown.typesetter.get(CUBIC, 30.0) is not None, timeout=20000)

    def blue() -> int:
        image = QImage(shown.heading.size(), QImage.Format.Format_ARGB32)
        image.fill(shown.theme.color("canvas"))
        shown.heading.render(image)
        color = shown.theme.color("value").rgb()
        return sum(image.pixel(x, y) == color for x in range(image.width()) for y in range(min(90, image.height())))

    shown.session.set_cursor(0)
    nothing = blue()
    shown.session.set_cursor(shown.session.recording.end if shown.session.recording else 0)
    assert nothing == 0 < blue()


def test_dots_for_a_short_number_stay_in_its_room(qapp: QGuiApplication) -> None:
    """Three dots for a 0 used to run into the signs beside it."""
    metrics = QFontMetricsF(math_font(19))
    for text in ("0", "5", "36", "125", "−1.5"):
        room = metrics.horizontalAdvance(text)
        assert metrics.horizontalAdvance(_dots(metrics, room)) <= room, text
    assert _dots(metrics, 100) == "…"


def test_an_updated_leaf_keeps_the_numbers_that_the_formula_had(qtbot: QtBot, shown: Shown) -> None:
    update = "with torch.no_grad():\n    a -= 0.1 * a.grad\na.grad.zero_()"
    shown.show(f"a = torch.tensor(5., requires_grad=True)\ny = a * 2\ny.backward()\n{update}")
    assert "= 2 × 5 = 10" in shown.heading.statement.plain_text()
    qtbot.waitUntil(lambda: "2 autograd" in shown.heading.statement.plain_text(), timeout=20000)


def test_other_numbers_keep_the_lines_and_another_structure_drops_them(qtbot: QtBot, shown: Shown) -> None:
    shown.show(f"{LEAVES}y = a**3\ny.backward()")
    qtbot.waitUntil(lambda: "= 75 sympy" in shown.heading.statement.plain_text(), timeout=20000)
    shown.show(f"{LEAVES.replace('5.', '2.')}y = a**3\ny.backward()")
    assert "sympy" in shown.heading.statement.plain_text() and "= 2³ = 8" in shown.heading.statement.plain_text()
    qtbot.waitUntil(lambda: "= 12 sympy 12 autograd" in shown.heading.statement.plain_text(), timeout=20000)
    shown.show(f"{LEAVES}y = a * b\ny.backward()")
    assert "sympy" not in shown.heading.statement.plain_text()


def test_what_does_not_apply_is_said_in_words(qtbot: QtBot, shown: Shown) -> None:
    shown.show(f"{LEAVES}y = torch.abs(c + 2)\ny.backward()")
    qtbot.waitUntil(lambda: "not compared: abs has a kink at 0" in shown.heading.statement.plain_text(), timeout=20000)


def test_why_there_is_no_formula_counts_nothing_and_is_known_as_a_note(qtbot: QtBot, shown: Shown) -> None:
    """The note used to count nodes, of which the header gave another number, and stood among the cards."""
    shown.show(f"{LEAVES}y = a\nfor i in range(600):\n    y = y + b\ny.backward()")
    assert shown.heading.statement.plain_text() == "too long to write as a formula" and shown.heading.only_note
    shown.show(f"{LEAVES}y = a * b\ny.backward()")
    assert not shown.heading.only_note


def test_more_than_four_derivatives_are_counted(qtbot: QtBot, shown: Shown) -> None:
    names = "pqrstu"
    leaves = "".join(f"{name} = torch.tensor(2., requires_grad=True)\n" for name in names)
    shown.show(f"{leaves}y = {' * '.join(names)}\ny.backward()")
    qtbot.waitUntil(lambda: "+ 2 more" in shown.heading.statement.plain_text(), timeout=20000)


def test_it_stays_within_its_width_and_tells_its_size(qtbot: QtBot, shown: Shown) -> None:
    sizes: list[QSize] = []
    shown.heading.resized.connect(sizes.append)
    shown.show(f"{LEAVES}y = torch.sin(a*b) / (1 + torch.exp(-c)) + torch.relu(c + 3)*w_1\ny.backward()")
    qtbot.waitUntil(lambda: "w₁ = relu" in shown.heading.statement.plain_text() and shown.heading.width() > 400, timeout=20000)
    wide = shown.heading.size()
    shown.heading.fit(300)
    assert shown.heading.width() <= 300 < wide.width()
    assert sizes[-1] == shown.heading.size() == shown.heading.sizeHint()


def test_without_a_recording_it_takes_no_room(qtbot: QtBot, shown: Shown) -> None:
    assert shown.heading.sizeHint() == QSize(0, 0) and shown.heading.statement.plain_text() == ""


@pytest.mark.parametrize("name", ["light", "dark"])
def test_it_is_drawn_in_the_colours_of_the_theme(qtbot: QtBot, shown: Shown, name: str) -> None:
    shown.theme.set_choice(name)
    shown.show(f"{LEAVES}y = a**3 - b**2\ny.backward()")
    qtbot.waitUntil(lambda: shown.typesetter.get(CUBIC, 30.0) is not None, timeout=20000)
    image = QImage(shown.heading.size(), QImage.Format.Format_ARGB32)
    image.fill(shown.theme.color("canvas"))
    shown.heading.render(image)
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(min(76, image.height()))}
    assert shown.theme.hex("text").lower() in colors
    assert shown.theme.hex("value").lower() in colors

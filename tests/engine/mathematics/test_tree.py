"""What expressions are written like: as LaTeX, as a line of text and in words; brackets by precedence, and only there."""

from __future__ import annotations

import pickle

import pytest

from engine.mathematics.expression import Expression
from engine.mathematics.letters import (
    DOT,
    GRADIENT,
    HOLE,
    NOTHING,
    Accented,
    Function,
    Indexed,
    Indices,
    Letter,
    Number,
    Operand,
    Primed,
    Shape,
    Sign,
    Space,
    Word,
)
from engine.mathematics.tree import (
    Above,
    Applied,
    Bars,
    Big,
    Call,
    Item,
    Listing,
    Mean,
    Partial,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Row,
    Sum,
    applied,
    beside,
    enclosed,
    minus,
    negated,
    partial,
    plus,
    transposed,
)

a, b, c, e, x, y, N, X, w = map(Letter, "abcexyNXw")
loss, one, two, three = Word("loss"), Number(1), Number(2), Number(3)
sin, log = Function("sin"), Function("log")
cubic = minus(Power(a, three), Power(b, two))

WRITTEN: list[tuple[Expression, str, str]] = [
    (Power(a, three), "a^{3}", "a³"),
    (Power(b, two), "b^{2}", "b²"),
    (Sign("−"), "-", "−"),
    (Accented("hat", y), "\\hat{y}", "ŷ"),
    (Accented("bar", x), "\\bar{x}", "x̄"),
    (Word("mean"), "\\mathrm{mean}", "mean"),
    (Word("log_softmax"), "\\mathrm{log\\_softmax}", "log_softmax"),
    (Word("free graph"), "\\mathrm{free\\ graph}", "free graph"),
    (Word("a{$}\\b"), "\\mathrm{a????b}", "a ???? b"),
    (Word(""), "\\mathrm{?}", "?"),
    (Power(HOLE, two), "(\\cdot)^{2}", "(·)²"),
    (Relation(y, "=", cubic), "y = a^{3} - b^{2}", "y = a³ − b²"),
    (negated(x), "-x", "−x"),
    (
        Relation(b, "←", minus(b, Product((Letter("eta"), Partial(Letter("L"))), "·"))),
        "b \\leftarrow b - \\eta \\cdot (\\partial L)",
        "b ← b − η · (∂L)",
    ),
    (Root(plus(x, one)), "\\sqrt{x + 1}", "√(x + 1)"),
    (Indexed(w, (Letter("i"),)), "w_{i}", "wᵢ"),
    (Indexed(x, (Indices("1"), Indices("2"))), "x_{1,2}", "x_(1,2)"),
    (Power(Indexed(w, (Indices("1"),)), two), "w_{1}^{2}", "w₁²"),
    (Power(a, beside(b, c)), "a^{b c}", "a^(bc)"),
    (Power(a, Number(-1)), "a^{-1}", "a⁻¹"),
    (Primed(x, 2), "x''", "x′′"),
    (Row((Row((Sign("+"), Sign("=")), close=True), three)), "+= 3", "+= 3"),
    (Row((three, DOT)), "3 \\cdot", "3·"),
    (Relation(a, "=", negated(b)), "a = -b", "a = −b"),
    (Listing((one, Number(-2), three), square=True), "[1, -2, 3]", "[1, −2, 3]"),
    (Listing((a, b), more=True), "a, b, \\ldots", "a, b, …"),
    (Shape((2, 3)), "[2 \\times 3]", "[2 × 3]"),
    (Shape(()), "[\\,]", "[ ]"),
    (Number(0.5), "0.5", "0.5"),
    (Number(1e-5), "10^{-5}", "10⁻⁵"),
    (Number(-2.5e7), "-2.5 \\cdot 10^{7}", "−2.5 · 10⁷"),
    (Product((X, w), "@"), "X w", "Xw"),
    (Product((loss, w), "@"), "\\mathrm{loss} \\, w", "loss w"),
    (Product((a, b), "⊙"), "a \\odot b", "a ⊙ b"),
    (partial(y, b), "\\frac{\\partial y}{\\partial b}", "∂y/∂b"),
    (partial(y, negated(a)), "\\frac{\\partial y}{\\partial (-a)}", "∂y/∂(−a)"),
    (partial(loss, Call(Word("relu"), (a,))), "\\frac{\\partial \\mathrm{loss}}{\\partial \\mathrm{relu}(a)}", "∂loss/∂relu(a)"),
    (Quotient(two, beside(Power(a, three), Power(b, two))), "\\frac{2}{a^{3} b^{2}}", "2/(a³b²)"),
    (Quotient(one, beside(two, a)), "\\frac{1}{2 a}", "1/(2a)"),
    (Quotient(one, plus(a, b)), "\\frac{1}{a + b}", "1/(a + b)"),
    (Quotient(Quotient(a, b), c), "\\frac{\\frac{a}{b}}{c}", "(a/b)/c"),
    (Quotient(one, a, "/"), "1 / a", "1/a"),
    (Applied(sin, a), "\\sin a", "sin a"),
    (applied(sin, loss), "\\sin(\\mathrm{loss})", "sin(loss)"),
    (Call(sin, (plus(a, b),)), "\\sin(a + b)", "sin(a + b)"),
    (Call(Word("f"), (a, Relation(Word("dim"), "=", one))), "\\mathrm{f}(a, \\mathrm{dim} = 1)", "f(a, dim = 1)"),
    (Call(log, (Quotient(a, b),)), "\\log\\left(\\frac{a}{b}\\right)", "log(a/b)"),
    (Bars(a), "\\left|a\\right|", "|a|"),
    (Bars(a, double=True), "\\left\\|a\\right\\|", "‖a‖"),
    (Mean(Power(minus(a, b), two)), "\\frac{1}{N}\\sum (a - b)^{2}", "1/N ∑(a − b)²"),
    (Big("Σ", plus(a, b)), "\\Sigma (a + b)", "Σ(a + b)"),
    (Above(x, Number(0)), "[x > 0]", "[x > 0]"),
    (Item(plus(a, b), Indices("0")), "(a + b)[0]", "(a + b)[0]"),
    (Item(NOTHING, Indices(":,1")), "[:,1]", "[ : , 1]"),
    (transposed(X), "X^{T}", "Xᵀ"),
    (Row((loss, Sign("."), Space("none"), Word("grad")), close=True), "\\mathrm{loss}.\\!\\mathrm{grad}", "loss.grad"),
    (Letter("Sigma"), "\\Sigma", "Σ"),
    (NOTHING, "", ""),
]


@pytest.mark.parametrize(("expression", "latex", "plain"), WRITTEN, ids=[latex for _, latex, _ in WRITTEN])
def test_one_tree_has_one_latex_and_one_line(expression: Expression, latex: str, plain: str) -> None:
    assert expression.to_latex() == latex
    assert expression.to_plain() == str(expression) == plain
    assert latex.count("{") == latex.count("}") and expression.size <= len(latex)


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (minus(a, minus(b, c)), "a - (b - c)"),
        (plus(a, minus(b, c)), "a + b - c"),
        (plus(a, negated(b)), "a + (-b)"),
        (minus(a, Number(-3)), "a - (-3)"),
        (negated(negated(a)), "-(-a)"),
        (negated(plus(a, b)), "-(a + b)"),
        (negated(Product((a, b), "·")), "-a \\cdot b"),
        (Product((plus(a, b), minus(a, b)), "·"), "(a + b) \\cdot (a - b)"),
        (Product((Product((a, b), "·"), c), "·"), "a \\cdot b \\cdot c"),
        (Product((Product((a, b), "⊙"), c), "·"), "(a \\odot b) \\cdot c"),
        (Product((a, Product((b, c), "@")), "@"), "a (b c)"),
        (Product((Power(a, two), Number(-3)), "·"), "a^{2} \\cdot (-3)"),
        (Product((Quotient(a, b, "/"), c), "·"), "(a / b) \\cdot c"),
        (Product((Applied(sin, a), b), "·"), "(\\sin a) \\cdot b"),
        (Quotient(Product((a, b), "·"), Product((a, b), "·"), "/"), "a \\cdot b / (a \\cdot b)"),
        (Quotient(Quotient(a, b, "/"), c, "/"), "(a / b) / c"),
        (Power(negated(a), two), "(-a)^{2}"),
        (Power(Number(-5), two), "(-5)^{2}"),
        (Power(Number(1e-5), two), "(10^{-5})^{2}"),
        (Power(Power(a, two), three), "(a^{2})^{3}"),
        (Power(Call(sin, (a,)), two), "\\sin(a)^{2}"),
        (Power(Quotient(a, b), two), "\\left(\\frac{a}{b}\\right)^{2}"),
        (plus(Big("∑", a), b), "\\left(\\sum a\\right) + b"),
        (plus(b, Big("∑", a)), "b + \\sum a"),
        (Above(minus(a, b), Number(0)), "[(a - b) > 0]"),
        (enclosed(Number(-3)), "(-3)"),
        (enclosed(beside(three, a)), "3 a"),
        (beside(three, Number(4)), "3 \\cdot 4"),
        (beside(a, minus(one, b)), "a (1 - b)"),
        (beside(Word("sigmoid"), a), "\\mathrm{sigmoid} \\, a"),
    ],
    ids=lambda item: item if isinstance(item, str) else "",
)
def test_brackets_stand_where_precedence_needs_them(expression: Expression, latex: str) -> None:
    assert expression.to_latex() == latex


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (cubic, "a cubed minus b squared"),
        (partial(y, b), "partial y over partial b"),
        (Quotient(plus(a, b), two), "the fraction a plus b over 2, end of fraction,"),
        (Root(plus(a, one)), "the root of a plus 1, end of root,"),
        (Power(a, Number(-1)), "a to the power of minus 1"),
        (Accented("hat", Letter("theta")), "theta hat"),
        (Indexed(w, (one,)), "w 1"),
        (Relation(w, "←", loss), "w becomes loss"),
        (transposed(X), "X transposed"),
    ],
)
def test_it_is_read_aloud_in_words(expression: Expression, said: str) -> None:
    assert expression.to_spoken() == said


def test_a_minus_that_is_a_sign_is_told_to_typesetters() -> None:
    made = Relation(y, "=", minus(negated(a), Power(b, Number(-1))))
    assert made.to_typeset() == "y = {-}a - b^{{-}1}" and made.to_latex() == "y = -a - b^{-1}"


def test_trees_built_alike_are_equal_and_hash_alike() -> None:
    again = minus(Power(Letter("a"), Number(3)), Power(Letter("b"), Number(2)))
    assert cubic == again and hash(cubic) == hash(again) and len({cubic, again}) == 1
    assert cubic != plus(*cubic.parts) and cubic != "a^{3} - b^{2}" and Letter("a") != Word("a")
    assert pickle.loads(pickle.dumps(cubic)) == cubic


def test_operands_are_filled_in_and_found() -> None:
    rule = Product((two, Operand(0)))
    assert rule.filled({0: plus(a, b)}).to_latex() == "2 (a + b)"
    assert Product((GRADIENT, transposed(Operand(1))), "@").filled({1: transposed(X)}) == Product((GRADIENT, X), "@")
    with pytest.raises(KeyError):
        rule.filled({})
    assert GRADIENT in Sum("+-", (a, Product((GRADIENT, b), "@"))).walk() and HOLE not in cubic.walk()

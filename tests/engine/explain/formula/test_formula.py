"""Formulas say what ran: each is read back by a small reader of LaTeX and computed from the recorded leaves."""

from __future__ import annotations

import ast
import math
import re

import pytest
import torch

from engine.explain.formula.formula import LINE_LIMIT, formula
from engine.mathematics.numbers import format_number
from engine.mathematics.tree import Relation
from engine.operations.symbols import name_symbol
from engine.recorder.recorder import Recorder
from engine.recording import Recording


def record(text: str) -> Recording:
    """Run ``text`` with torch's functions at hand under the recorder."""
    assigned = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            place = (value.lineno, value.col_offset + 1, value.end_lineno or 0, (value.end_col_offset or 0) + 1)
            assigned[place] = (node.targets[0].id,)
    recorder = Recorder(text, "<program>", assigned=assigned)
    torch.manual_seed(0)
    with recorder:
        exec(compile(text, "<program>", "exec"), {"torch": torch, "F": torch.nn.functional})
    return recorder.finish()


LEAVES = """a = torch.tensor([5.], requires_grad=True)
b = torch.tensor([6.], requires_grad=True)
c = torch.tensor(-2., requires_grad=True)
x = torch.tensor(0.7)
w_1 = torch.tensor(1.5, requires_grad=True)
"""

EXPRESSIONS = """a**3 - b**2
a**3 - b**2 + 3
a - (b - c)
a - (b + c)
(a + b) * c
a * (b + c) * 2
2 * (a * b)
a * -3
-a * b
-(a * b)
-(a + b)
(-a)**2
-a**2
(a + b)**2
(a * b)**2
a**b
2**a
(-x)**2 + a
a**(b - 4)
(a**2)**3
a**-2
a**0.5
a / b
a / b / c
a / (b / c)
a * b / c
a * (b / c)
(a / b)**2
1 / a
3 / (a + 1)
3 - a
3 - (a - b)
a - 3 - b
a - -3
a + -3
-3 + a
a + (b - c) + (a - b)
a - (b - c) - (a - b)
torch.sin(a)
torch.sin(a + b) * c
torch.sin(a)**2
torch.sin(torch.cos(a))
torch.exp(-a)
torch.exp(a / b)
torch.exp(-a**2 / 2) * 3
torch.log(a * b) / torch.log(b)
torch.sqrt(a + b)
torch.sqrt(a)**3
torch.abs(c) * 2
(a - b).abs()**2
torch.tanh(a * 0.1) * torch.tanh(a * 0.2)
a.square() - b.square()
a.reciprocal() + b
(a + b).neg()
a * 1e-5
a * 2.5e7 - b
3 * x * a
x * 3 * 2 * a
a * w_1 + b * w_1
(a + 1) * (b + 1) / ((a - 1) * (b - 1))
torch.relu(c) + torch.relu(a)
a.sub(b).mul(c).div(2)
-(-a)
a - (-b)
a * (-b)
a / (-b)
(a - 1) ** 2 + (b - 2) ** 2
2 ** (a - 4) * 3
torch.sin(a).exp() + 1
-(a / b)
(a * b) * (a * b)
torch.exp(torch.sin(a) * torch.cos(b) / 2 + a / 10)
""".splitlines()


class Reader:
    """Computes a LaTeX formula of single-element symbols. Juxtaposition multiplies; an unknown command is an error."""

    def __init__(self, latex: str, symbols: dict[str, float]) -> None:
        self.symbols = symbols
        clean = latex.replace("\\left|", "[").replace("\\right|", "]").replace("\\left", "").replace("\\right", "")
        self.tokens = re.findall(r"\\mathrm\{[^}]*\}|\\[a-zA-Z]+|\d+\.?\d*|[a-zA-Z]|[-+(){}^_/]|\[|\]", clean)
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        assert not expected or token == expected, f"{expected} expected, {token} found in {self.tokens}"
        self.at += 1
        return token

    def total(self) -> float:
        sign = -1.0 if self.peek() == "-" else 1.0
        if sign < 0:
            self.take()
        value = sign * self.product()
        while self.peek() in ("+", "-"):
            sign = 1.0 if self.take() == "+" else -1.0
            value += sign * self.product()
        return value

    def product(self) -> float:
        value = self.power()
        while self.peek() not in ("", "+", "-", ")", "}", "]"):
            if self.peek() == "\\cdot":
                self.take()
            value *= self.power()
        return value

    def group(self) -> float:
        self.take("{")
        value = self.total()
        self.take("}")
        return value

    def power(self) -> float:
        base = self.atom()
        if self.peek() == "^":
            self.take()
            return float(base ** self.group())
        return base

    def atom(self) -> float:
        token = self.take()
        if token == "(":
            value = self.total()
            self.take(")")
            return value
        if token == "[":
            value = self.total()
            self.take("]")
            return abs(value)
        if token == "\\frac":
            return self.group() / self.group()
        if token == "\\sqrt":
            return math.sqrt(self.group())
        if token == "e" and self.peek() == "^":
            return math.e
        functions = {"\\sin": math.sin, "\\cos": math.cos, "\\exp": math.exp, "\\log": math.log, "\\tanh": math.tanh}
        functions["\\mathrm{relu}"] = lambda number: max(0.0, number)
        if token in functions:
            self.take("(")
            value = self.total()
            self.take(")")
            return functions[token](value)
        if token[0].isdigit():
            return float(token)
        if self.peek() == "_":
            self.take()
            self.take("{")
            token = f"{token}_{{{self.take()}}}"
            self.take("}")
        return self.symbols[token]


def leaf_symbols(recording: Recording) -> dict[str, float]:
    return {
        name_symbol(value.name).to_latex(): value.data.item() for value in recording.values if value.name and value.data.size == 1
    }


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_formula_read_back_gives_the_recorded_value(expression: str) -> None:
    recording = record(f"{LEAVES}y = {expression}\ny.backward()")
    found = formula(recording)
    assert found.complete and len(found.lines) == 1
    latex = found.latex.removeprefix("y = ")
    assert latex != found.latex
    reader = Reader(latex, leaf_symbols(recording))
    value = reader.total()
    assert reader.peek() == ""
    root = recording.values[recording.passes[0].roots[0]]
    assert value == pytest.approx(root.data.item(), rel=1e-4, abs=1e-5, nan_ok=True)
    line = found.lines[0].symbol
    assert isinstance(line, Relation) and line.right.size <= LINE_LIMIT


def test_the_default_program() -> None:
    found = formula(
        record(
            "a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\n"
            "y = a**3 - b**2\ny.backward()"
        )
    )
    assert found.latex == "y = a^{3} - b^{2}"
    assert "".join(part.text for part in found.substitution) == "= 125 − 36 = 89"
    assert [part.text for part in found.substitution if part.role == "value"] == ["125", "36", "89"]


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("a**3 - b**2 + 3", "= 125 − 36 + 3 = 92"),
        ("a * c", "= 5 × (−2) = −10"),
        ("a - c", "= 5 − (−2) = 7"),
        ("c + a", "= −2 + 5 = 3"),
        ("c**2", "= (−2)² = 4"),
        ("3 - a", "= 3 − 5 = −2"),
        ("1 / a", "= 1 ÷ 5 = 0.2"),
        ("torch.relu(a)", "= 5"),
        ("a + b + a + b + a + b", "= 22 + 5 + 6 = 33"),
    ],
)
def test_substitutions(expression: str, numbers: str) -> None:
    found = formula(record(f"{LEAVES}y = {expression}\ny.backward()"))
    text = "".join(part.text for part in found.substitution)
    if expression.count("+") == 5:
        assert text.endswith("= 33") and text.count("=") == 2
    else:
        assert text == numbers


def test_mean_of_squares_of_a_regression() -> None:
    found = formula(
        record(
            "X = torch.randn(5, 1)\ny = torch.randn(5, 1)\nw = torch.randn(1, 1, requires_grad=True)\n"
            "b = torch.zeros(1, requires_grad=True)\ny_hat = X @ w + b\nloss = ((y_hat - y)**2).mean()\n"
            "loss.backward()"
        )
    )
    assert found.latex == "\\mathrm{loss} = \\frac{1}{N}\\sum (X w + b - y)^{2}"
    assert "".join(part.text for part in found.substitution).startswith("= ")


def test_numbers_do_not_change_the_key_but_structure_does() -> None:
    first = formula(record(f"{LEAVES}y = a * b\ny.backward()"))
    second = formula(record(f"{LEAVES.replace('5.', '7.')}y = a * b\ny.backward()"))
    third = formula(record(f"{LEAVES}y = a + b\ny.backward()"))
    assert first.key == second.key != third.key
    assert first.substitution != second.substitution


def test_a_long_program_becomes_named_lines_and_then_words() -> None:
    chain = "p = torch.sin(a) * torch.cos(b) + torch.exp(a) * torch.log(b)\n"
    chain += "q = p * p + torch.tanh(p) * torch.sin(p)\ny = q * q + p\n"
    found = formula(record(f"{LEAVES}{chain}y.backward()"))
    assert found.complete
    assert [str(line.left) for line in found.lines] == ["y", "p", "q"]
    long = formula(record(f"{LEAVES}y = a\nfor i in range(300):\n    y = torch.sin(y) + b\ny.backward()"))
    assert long.lines == () and not long.complete and long.note == "too long to write as a formula"


def test_doubling_does_not_explode() -> None:
    found = formula(record(f"{LEAVES}y = a * 1\nfor i in range(2000):\n    y = y * y\ny.backward()"))
    assert not found.complete


def test_a_name_set_again_is_told_apart() -> None:
    found = formula(record("x = torch.tensor(3., requires_grad=True)\nx = x**2 + 1\nx.backward()"))
    assert found.latex == "x' = x^{2} + 1"


def test_without_backward_the_unused_values_are_the_roots() -> None:
    found = formula(record(f"{LEAVES}f = a**2\ng = b**2\n"))
    assert [line.latex for line in found.lines] == ["f = a^{2}", "g = b^{2}"]


def test_tensors_of_several_elements() -> None:
    found = formula(record("u = torch.ones(3, requires_grad=True)\nv = torch.ones(3)\ny = (u * v).sum() + u[0]\ny.backward()"))
    assert found.latex == "y = \\left(\\sum u \\odot v\\right) + u_{0}"


def test_unknown_operations_and_keywords_are_written_as_calls() -> None:
    text = "u = torch.ones(2, 3, requires_grad=True)\ny = torch.softmax(u, dim=1).reshape(6).norm()\ny.backward()"
    found = formula(record(text))
    assert found.latex == "y = \\left\\|\\mathrm{reshape}(\\mathrm{softmax}(u, \\mathrm{dim} = 1))\\right\\|"


def test_a_program_without_operations_has_no_formula() -> None:
    assert formula(record("a = torch.tensor(1., requires_grad=True)")).lines == ()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5.0, "5"),
        (-0.25, "−0.25"),
        (1.234567e-5, "1.235e−5"),
        (123456.0, "123456"),
        (1 / 3, "0.33333"),
        (float("nan"), "nan"),
        (float("-inf"), "−∞"),
        (0.0, "0"),
        (True, "True"),
        (1e20, "1e20"),
    ],
)
def test_numbers_read_like_on_the_cards(number: float, text: str) -> None:
    assert format_number(number) == text


@pytest.mark.parametrize(
    ("program", "written"),
    [
        ("y = torch.sigmoid(a)\ny.data.zero_()", ["y.data ← 0"]),
        ("y = torch.sigmoid(a)\ny.data.zero_()\ny.backward()", ["y.data ← 0"]),
        ("y = torch.sigmoid(a)\ny.data.mul_(2)", ["y ← 2 sigmoid(a)"]),
        ("y = a * b\ny.data += 1\nz = y + 1\nz.backward()", ["z = ab + 1 + 1"]),
        ("y = a.data * b\ny.backward()", ["y = (a.data) · b"]),
        ("w = torch.stack([a, b])\ny = w * 3\ny.data[0] = 0\ny.sum().backward()", ["∑(3 stack(a, b) with [0] ← 0)"]),
        ("w = torch.stack([a, b])\ny = w * 3\ny[0] = 5.\ny.sum().backward()", ["∑(3 stack(a, b) with [0] ← 5)"]),
        ("y = a.expand(2) + 1\ny[0] += 2\ny.sum().backward()", ["∑(expand(a) + 1 with [0] ← (expand(a) + 1)₀ + 2)"]),
        ("y = a.expand(2) + 1\nv = y[0]\nv.data.mul_(2)\ny.sum().backward()", ["∑y"]),
        ("y = a + 1\ny.fill_(3)\ny.backward()", ["y ← 3"]),
        ("y = a + 1\ny.zero_()\nz = y + b\nz.backward()", ["z = 0 + b"]),
        ("y = a + 1\ny.copy_(b)\nz = y * a\nz.backward()", ["z = ba"]),
        ("y = a + 1\ny.data = torch.zeros(1)\nz = y + b\nz.backward()", ["z = 0 + b"]),
    ],
)
def test_what_was_overwritten_is_in_no_formula(program: str, written: list[str]) -> None:
    """``y.data.zero_()`` was written as ``y = zero(data(sigmoid(a)))``, twice where no pass followed."""
    assert [str(line.symbol) for line in formula(record(f"{LEAVES}{program}")).lines] == written

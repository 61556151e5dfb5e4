"""Symbols of names, numbers and operations; and the table of local rules against sympy."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Letter, Number, Word
from engine.mathematics.tree import plus
from engine.operations.cards import operation_symbol
from engine.operations.local_rules import local_rule
from engine.operations.registry import canonical, entry_of
from engine.operations.signs import SymbolInput
from engine.operations.symbols import name_symbol, number_symbol
from tests.calling import SLOPES, torch_function, within
from tests.engine.explain.formula.test_formula import Reader

a, b, w, x, X, y, z = map(Letter, "abwxXyz")
A, B, DEEP, WORD = SymbolInput(a), SymbolInput(b), SymbolInput(), SymbolInput(Word("data"))


def fixed(constant: object, keyword: str | None = None) -> SymbolInput:
    return SymbolInput(constant=constant, keyword=keyword)


@pytest.mark.parametrize(
    ("name", "inputs", "symbol"),
    [
        ("pow", (A, fixed(3)), "a^{3}"),
        ("pow", (DEEP, fixed(2)), "(\\cdot)^{2}"),
        ("rpow", (A, fixed(2)), "2^{a}"),
        ("sub", (A, B), "-"),
        ("sub", (A, fixed(3)), "- 3"),
        ("rsub", (A, fixed(3)), "3 - a"),
        ("add", (A, fixed(3.0)), "+ 3"),
        ("add", (A, fixed(-3)), "+ (-3)"),
        ("add", (A, B, fixed(2, "alpha")), "+ 2 \\cdot"),
        ("mul", (A, B), "\\times"),
        ("mul", (A, fixed(3)), "3 \\cdot"),
        ("div", (A, B), "\\div"),
        ("div", (A, fixed(2)), "\\div 2"),
        ("__rtruediv__", (DEEP, fixed(2)), "2 / (\\cdot)"),
        ("matmul", (SymbolInput(X), SymbolInput(w)), "X w"),
        ("matmul", (DEEP, SymbolInput(w)), "@"),
        ("matmul", (WORD, SymbolInput(w)), "\\mathrm{data} \\, w"),
        ("neg", (DEEP,), "-(\\cdot)"),
        ("sin", (A,), "\\sin a"),
        ("sin", (DEEP,), "\\sin"),
        ("remainder", (A, fixed(2)), "\\mathrm{mod} \\, 2"),
        ("tanh", (WORD,), "\\tanh(\\mathrm{data})"),
        ("log2", (WORD,), "\\log_{2}(\\mathrm{data})"),
        ("log2", (A,), "\\log_{2} a"),
        ("exp", (A,), "e^{a}"),
        ("relu", (A,), "\\mathrm{relu}"),
        ("sum", (DEEP,), "\\Sigma"),
        ("mean", (DEEP,), "\\mathrm{mean}"),
        ("getitem", (A, fixed(0)), "a_{0}"),
        ("getitem", (DEEP, fixed(0)), "[0]"),
        ("T", (SymbolInput(X),), "X^{T}"),
        ("add_", (A, fixed(3)), "+= 3"),
        ("reshape", (A, fixed((2, 3))), "\\mathrm{reshape}"),
        ("no_such_thing", (), "\\mathrm{no\\_such\\_thing}"),
    ],
)
def test_operations(name: str, inputs: tuple[SymbolInput, ...], symbol: str) -> None:
    assert operation_symbol(name, inputs).to_latex() == symbol


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("x", "x"),
        ("y_hat", "\\hat{y}"),
        ("w1", "w_{1}"),
        ("w_1", "w_{1}"),
        ("alpha", "\\alpha"),
        ("β", "\\beta"),
        ("loss", "\\mathrm{loss}"),
        ("x_in", "x_{\\mathrm{in}}"),
        ("w_1_2", "w_{1,2}"),
        ("loss_total", "\\mathrm{loss\\_total}"),
        ("loss1", "\\mathrm{loss}_{1}"),
        ("_x", "\\mathrm{\\_x}"),
        ("lambda_", "\\lambda"),
        ("größe", "\\mathrm{größe}"),
    ],
)
def test_names(name: str, symbol: str) -> None:
    assert name_symbol(name).to_latex() == symbol


@pytest.mark.parametrize(
    ("number", "symbol"),
    [
        (3.0, "3"),
        (-2, "-2"),
        (1e-5, "10^{-5}"),
        (2.5e7, "2.5 \\cdot 10^{7}"),
        (math.inf, "\\infty"),
        (None, "\\mathrm{None}"),
        (10**400, "\\mathrm{huge}"),
        (True, "\\mathrm{True}"),
    ],
)
def test_numbers(number: object, symbol: str) -> None:
    assert number_symbol(number).to_latex() == symbol


constants = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text(max_size=8)
keywords = st.none() | st.sampled_from(["dim", "alpha", "other"])
inputs = st.builds(SymbolInput, st.none() | st.just(a), constants | st.tuples(constants, constants), keywords)
KNOWN = ["add", "pow", "getitem", "mul_", "div", "sum", "T", "neg", "rsub", "log2", "remainder", "eq"]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20) | st.sampled_from(KNOWN), st.lists(inputs, max_size=4))
def test_nothing_raises_and_braces_balance(name: str, arguments: list[SymbolInput]) -> None:
    for symbol in (operation_symbol(name, arguments), name_symbol(name)):
        latex = symbol.to_latex()
        assert latex
        assert latex.count("{") == latex.count("}")
        assert symbol.size >= 0 and symbol.to_plain() and symbol.to_spoken()


def test_canonical_names() -> None:
    assert [canonical(name) for name in ("__rsub__", "true_divide", "iadd", "Tensor.mm")] == ["rsub", "div", "add_", "matmul"]


class RuleReader(Reader):
    """Also knows what the table of local rules uses beyond formulas."""

    def atom(self) -> float:
        functions = {
            "\\mathrm{sign}": lambda x: math.copysign(1, x),
            "\\mathrm{sigmoid}": lambda x: 1 / (1 + math.exp(-x)),
            "\\sinh": math.sinh,
            "\\cosh": math.cosh,
        }
        if self.peek() == "\\pi":
            self.take()
            return math.pi
        if self.peek() in functions:
            function = functions[self.take()]
            self.take("(")
            value = self.total()
            self.take(")")
            return function(value)
        return super().atom()


@pytest.mark.parametrize("name", [name for name in SLOPES if name != "relu"])
def test_local_rules_against_torch(name: str) -> None:
    at = {"x": within(name), "y": 0.4, "z": 0.9}
    symbols = (x, y, z)[: len(entry_of(name).slope)]
    values = [torch.tensor(at[symbol.name], dtype=torch.float64, requires_grad=True) for symbol in symbols]
    torch_function(name)(*values).backward()
    rules = local_rule(name, symbols)
    assert rules is not None
    for rule, value in zip(rules, values, strict=True):
        assert value.grad is not None
        assert RuleReader(rule.to_latex(), at).total() == pytest.approx(value.grad.item(), rel=1e-9), rule


@pytest.mark.parametrize("name", [name for name in SLOPES if entry_of(name).value is not None and name not in ("relu", "abs")])
def test_local_rules_against_sympy(name: str) -> None:
    import sympy

    from engine.operations.symbolic import NUMERIC, to_sympy

    symbols = sympy.symbols("x y z", positive=True)
    at = {"x": within(name), "y": 0.4, "z": 0.9}
    entry = entry_of(name)
    count = len(entry.slope)
    assert entry.value is not None
    expression = to_sympy(entry.value, symbols[:count])
    rules = local_rule(name, (x, y, z)[:count])
    assert rules is not None
    for rule, symbol in zip(rules, symbols, strict=False):
        compute = sympy.lambdify(symbols, sympy.diff(expression, symbol), modules=[NUMERIC, "math"])
        assert RuleReader(rule.to_latex(), at).total() == pytest.approx(compute(*at.values()), rel=1e-9), rule


def rule(name: str, symbols: tuple[Expression, ...], constants: tuple[object, ...] = ()) -> tuple[str, ...] | None:
    found = local_rule(name, symbols, constants)
    return None if found is None else tuple(item.to_latex() for item in found)


def test_compound_inputs_are_enclosed() -> None:
    assert rule("pow", (plus(a, b), Number(2)), (None, 2)) == ("2 (a + b)", "(a + b)^{2} \\log(a + b)")
    assert rule("pow", (a, Number(-3)), (None, -3)) == ("(-3) a^{-4}", "a^{-3} \\log(a)")
    assert rule("relu", (x,)) == ("[x > 0]",)
    assert rule("matmul", (X, w)) == ("G w^{T}", "X^{T} G")
    assert rule("mul_", (a, b)) == ("b", "a")
    assert rule("no_such_thing", (a,)) is None

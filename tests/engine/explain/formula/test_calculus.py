"""sympy's derivatives against the gradients that autograd recorded, and the cases in which they may not be compared."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.errors import Cancelled
from engine.explain.formula.calculus import Derivative, derivatives
from tests.engine.explain.formula.test_formula import EXPRESSIONS, LEAVES, record


def by_leaf(text: str) -> dict[str, Derivative]:
    return {item.leaf: item for item in derivatives(record(text))}


MORE = ["torch.sigmoid(a * x)", "a[0] * b.sum().reshape(1)", "torch.rsqrt(a)", "F.softplus(c)", "torch.add(a, b, alpha=3)"]


@pytest.mark.parametrize("expression", [*EXPRESSIONS[::2], *MORE])
def test_both_sources_agree(expression: str) -> None:
    compared = 0
    for item in derivatives(record(f"{LEAVES}y = {expression}\ny.backward()")):
        if item.recorded is not None:
            assert item.applies, (item.leaf, item.why_not)
            assert item.agrees is True, (item.leaf, item.symbolic_value, item.recorded.item())
            compared += 1
    assert compared


def test_the_default_program() -> None:
    found = by_leaf(f"{LEAVES}y = a**3 - b**2\ny.backward()")
    assert found["a"].latex == "\\frac{\\partial y}{\\partial a} = 3 a^{2}"
    assert found["a"].symbolic_value == 75 and found["a"].recorded is not None and found["a"].recorded.item() == 75
    assert found["b"].symbolic_value == -12
    assert not found["c"].applies and "does not depend" in found["c"].why_not


@pytest.mark.parametrize(
    ("lines", "told"),
    [("y = x ** 3\nz = y + x", "3x² + 1"), ("y = x * x\nz = y * x", "3x²"), ("y = 2 * x\nz = x + y", "3"), ("z = x / 4", "1/4")],
)
def test_a_leaf_that_comes_in_twice_is_differentiated_by_both_ways(lines: str, told: str) -> None:
    """The rule of the last operation alone used to be written: ``∂z/∂x = 1 = 13`` for ``z = y + x`` with ``y = x³``."""
    (derivative,) = derivatives(record(f"x = torch.tensor(2., requires_grad=True)\n{lines}\nz.backward()"))
    assert derivative.right is not None and derivative.right.to_plain() == told
    assert derivative.agrees


def test_other_numbers_use_the_same_expression() -> None:
    first = by_leaf(f"{LEAVES}y = a**3\ny.backward()")["a"]
    second = by_leaf(f"{LEAVES.replace('5.', '2.')}y = a**3\ny.backward()")["a"]
    assert (first.latex, first.symbolic_value) == (second.latex, 75.0) and second.symbolic_value == 12


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("y = torch.relu(c - c.detach()) * a\ny.backward()", "kink"),
        ("y = torch.abs(c + 2)\ny.backward()", "kink"),
        ("y = c * c\ny.backward(retain_graph=True)\ny.backward()", "sum of 2 backward passes"),
        ("y = c * c\ny.backward(torch.tensor(2.))", "gradient other than 1"),
        ("y = torch.erfinv(c / 10)\ny.backward()", "no symbolic rule for erfinv"),
        ("y = c\nfor i in range(300):\n    y = y + c\ny.backward()", "too many"),
        ("g = torch.autograd.grad(c**3, c, create_graph=True)[0]\ng.backward()", "differentiates a gradient"),
        ("y = c + 0\nfor i in range(100):\n    y = torch.sin(y)\ny.backward()", "nested too deeply"),
        ("y = c + 0\nfor i in range(11):\n    y = y * torch.sin(y)\ny.backward()", "too long"),
    ],
)
def test_where_they_may_not_be_compared(program: str, words: str) -> None:
    item = by_leaf(f"{LEAVES}{program}")["c"]
    assert not item.applies and item.agrees is None
    assert words in item.why_not


def test_detached_factors_count_as_constants() -> None:
    item = by_leaf(f"{LEAVES}y = a * a.detach()\ny.backward()")["a"]
    assert item.symbolic_value == 5 and item.agrees
    assert "detach" in item.latex
    with_no_grad = by_leaf(f"{LEAVES}with torch.no_grad():\n    k = a * a\ny = a * k\ny.backward()")["a"]
    assert with_no_grad.symbolic_value == 25 and with_no_grad.agrees


def test_a_leaf_changed_after_the_pass_is_read_as_it_was() -> None:
    item = by_leaf(f"{LEAVES}y = a**2\ny.backward()\nwith torch.no_grad():\n    a -= 0.1 * a.grad\na.grad.zero_()")["a"]
    assert item.symbolic_value == 10 and item.agrees


def test_a_leaf_changed_between_two_uses_is_refused() -> None:
    item = by_leaf(f"{LEAVES}p = c * 2\nwith torch.no_grad():\n    c += 1\ny = p + c\ny.backward()")["c"]
    assert not item.applies and "changed in place" in item.why_not


def test_programs_with_larger_tensors_give_nothing() -> None:
    assert derivatives(record("u = torch.ones(2, requires_grad=True)\ny = u.sum()\ny.backward()")) == ()
    assert derivatives(record(f"{LEAVES}y = a * b")) == ()


def test_disagreement_is_noticed() -> None:
    item = by_leaf(f"{LEAVES}y = a**3\ny.backward()")["a"]
    wrong = Derivative(item.leaf, item.root, item.left, item.right, 74.0, item.recorded, True)
    assert item.agrees is True and wrong.agrees is False


def test_it_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        derivatives(record(f"{LEAVES}y = torch.sin(a) * 1.25\ny.backward()"), cancelled=lambda: True)
    late = derivatives(record(f"{LEAVES}y = torch.sin(a) * 1.75\ny.backward()"), time_limit=0)
    assert not late[0].applies and "time" in late[0].why_not


def test_importing_it_does_not_import_sympy() -> None:
    modules = "engine.explain.formula.calculus, engine.explain.formula.formula"
    code = f"import sys, {modules}; sys.exit('sympy' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

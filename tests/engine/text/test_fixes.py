"""What a message says is to be written can be written by one change of the text."""

from __future__ import annotations

import pytest

from engine.errors import Fix, ImportRefusedError, ProgramError, ScriptOnlyError
from engine.findings.plain import _assigned
from engine.programs.checker import check_program
from engine.programs.here import run_here as run_program
from engine.tables import Span

HEAD = "import torch\na = torch.tensor(2., requires_grad=True)\nb = torch.tensor(3.)\n"


def refused(line: str) -> ProgramError:
    with pytest.raises(ProgramError) as caught:
        check_program(HEAD + line + "\n")
    return caught.value


@pytest.mark.parametrize(
    ("line", "label", "mended"),
    [
        ("y = sin(a)", "Write torch.sin(a)", "y = torch.sin(a)"),
        ("y = relu6(a)", "Write F.relu6(a)", "y = F.relu6(a)"),
        ("y = torch.sine(a)", "Write torch.sin", "y = torch.sin(a)"),
        ("y = math.sin(a)", "Write torch", "y = torch.sin(a)"),
        ("y = np.pi * a", "Write torch", "y = torch.pi * a"),
        ("y = abs(a)", "Write torch.abs(a)", "y = torch.abs(a)"),
        ("y = max(a, b)", "Write torch.maximum(a, b)", "y = torch.maximum(a, b)"),
        ("y = pow(a, 3)", "Write a ** 3", "y = (a ** 3)"),
        ("y = a.gelu()", "Write F.gelu(a)", "y = F.gelu(a)"),
        ("y = torch.relu6(a)", "Write F.relu6", "y = F.relu6(a)"),
        ("y = a.data * 2", "Write a.detach()", "y = a.detach() * 2"),
        ("y = a.cuda() * 2", "Write a", "y = a * 2"),
        ("a.bakward()", "Write a.backward()", "a.backward()"),
        ("a.backward", "Write a.backward()", "a.backward()"),
        ("y = a.shape()", "Write a.shape", "y = a.shape"),
        ("y = torch.empty(3)", "Write torch.zeros", "y = torch.zeros(3)"),
        ("y = torch.ones(3, device='cpu')", "Leave out device", "y = torch.ones(3)"),
        ("y = 0 < a < b", "Write (0 < a) & (a < b)", "y = (0 < a) & (a < b)"),
        ("y = a > 0 and b > 0", "Write (a > 0) & (b > 0)", "y = (a > 0) & (b > 0)"),
        ("a.requires_grad = True", "Write a.requires_grad_()", "a.requires_grad_()"),
        ("y: float = a * 2", "Write y = a * 2", "y = a * 2"),
        ("loss = a\ny = los * 2", "Write loss", "loss = a\ny = loss * 2"),
        ("with torch.inference_mode():\n    y = a", "Write torch.no_grad()", "with torch.no_grad():\n    y = a"),
        ("y = (a + b", "Write ) at the end of the line", "y = (a + b)"),
        ("y = 2a", "Write 2 * a", "y = 2 * a"),
        ("for i in range(3)\n    y = a", "Write : at the end of the line", "for i in range(3):\n    y = a"),
        ("print a", "Write print(a)", "print(a)"),
        ('print("y, a)', 'Write "', 'print("y, a")'),
        ("y = torch.Sin(a)", "Write torch.sin", "y = torch.sin(a)"),
        ("y = a.Sum()", "Write a.sum()", "y = a.sum()"),
        ("y = F.mse(a, b)", "Write F.mse_loss", "y = F.mse_loss(a, b)"),
        ("y = torch.nn.relu(a)", "Write F.relu", "y = F.relu(a)"),
        ("y = pi * a", "Write torch.pi", "y = torch.pi * a"),
        ("y = torch.ones(2, dtype=float32)", "Write torch.float32", "y = torch.ones(2, dtype=torch.float32)"),
        ("y = tensor(2., requires_grad=true)", "Write True", "y = tensor(2., requires_grad=True)"),
        ("y = tensor(2., require_grad=True)", "Write requires_grad=", "y = tensor(2., requires_grad=True)"),
        ("a.backward(retain_grad=True)", "Write retain_graph=", "a.backward(retain_graph=True)"),
        ("backward(a)", "Write a.backward()", "a.backward()"),
        ("a.grad = 0", "Write a.grad = None", "a.grad = None"),
        ("a.zero_grad()", "Write a.grad.zero_()", "a.grad.zero_()"),
        ("y = a.numpy()", "Write a", "y = a"),
        ("y = torch.tensor[1., 2.]", "Write torch.tensor([1., 2.])", "y = torch.tensor([1., 2.])"),
        ("y = torch.sin[a]", "Write torch.sin(a)", "y = torch.sin(a)"),
        ("y = a * 5.25.", "Write 5.25", "y = a * 5.25"),
        ("y = a * 5.2.5", "Write 5.25", "y = a * 5.25"),
        ("y = torch.ones(2, 3 requires_grad=True)", "Write the comma", "y = torch.ones(2, 3, requires_grad=True)"),
        ("y = F.dropout(a, p=0,5)", "Write 0.5", "y = F.dropout(a, p=0.5)"),
        ("print('ü🐍'); y = sin(a)", "Write torch.sin(a)", "print('ü🐍'); y = torch.sin(a)"),
    ],
)
def test_the_change_says_what_it_does_and_does_it(line: str, label: str, mended: str) -> None:
    fix = refused(line).fix
    assert fix is not None and fix.label == label
    assert fix.apply(HEAD + line + "\n") == HEAD + mended + "\n"
    check_program(HEAD + mended + "\n")


@pytest.mark.parametrize("line", ["import math", "import numpy as np", "from torch import nn", "from math import (sin)"])
def test_an_import_can_go_and_says_that_a_script_may_have_it(line: str) -> None:
    problem = refused(line)
    assert isinstance(problem, ImportRefusedError)
    assert problem.fix is not None and problem.fix.apply(HEAD + line + "\n") == HEAD


@pytest.mark.parametrize(
    "used",
    [
        "torch.nn.Sequential(torch.nn.Linear(2, 1))",
        "torch.nn.Softmax(0)(a)",
        "torch.nn.Dropout(0.5)",
        "torch.nn.utils.clip_grad_norm_([a], 1.)",
        "torch.optim.SGD([a], lr=0.1)",
        "torch.utils.data.DataLoader([1, 2])",
        "torch.load('x.pt')",
        "torch.nn.Parameter(a)",
    ],
)
def test_a_part_of_torch_that_only_scripts_have_says_so_and_gets_its_import(used: str) -> None:
    text = HEAD.removeprefix("import torch\n") + f"y = {used}\n"
    with pytest.raises(ScriptOnlyError) as refusal:
        check_program(text)
    problem = refusal.value
    assert "script" in problem.hint and problem.fix is not None and problem.fix.label == "Write import torch"
    with pytest.raises(ScriptOnlyError) as again:
        check_program(problem.fix.apply(text))
    assert again.value.fix is None and again.value.line == problem.line + 1


@pytest.mark.parametrize(
    ("short", "where"), [("nn.Linear(2, 1)", "torch."), ("optim.SGD([a])", "torch."), ("DataLoader([1])", "torch.utils.data.")]
)
def test_what_scripts_import_from_torch_is_found_there(short: str, where: str) -> None:
    whole = where + short
    problem = refused(f"y = {short}")
    assert isinstance(problem, ScriptOnlyError)
    assert problem.fix is not None and problem.fix.apply(f"{HEAD}y = {short}\n") == f"{HEAD}y = {whole}\n"


@pytest.mark.parametrize(
    ("made", "mended"),
    [
        ("torch.tensor([1, 2])", "torch.tensor([1., 2.], requires_grad=True)"),
        ("torch.tensor(-3)", "torch.tensor(-3., requires_grad=True)"),
        ("torch.tensor([[1, 2], [3, 4.]])", "torch.tensor([[1, 2], [3, 4.]], requires_grad=True)"),
        ("tensor([1., 2.])", "tensor([1., 2.], requires_grad=True)"),
        ("torch.zeros(2, 3)", "torch.zeros(2, 3, requires_grad=True)"),
        ("torch.arange(4)", "torch.arange(4, dtype=torch.float32, requires_grad=True)"),
    ],
)
def test_requires_grad_that_is_set_moves_to_where_the_tensor_is_made(made: str, mended: str) -> None:
    text = f"x = {made}\nc = 2.\nx.requires_grad = True\ny = (c * x).sum()\ny.backward()\n"
    with pytest.raises(ProgramError) as refusal:
        check_program(text)
    assert "cannot be set" not in refusal.value.message
    fix = refusal.value.fix
    assert fix is not None and "requires_grad=True in line 1" in fix.label
    assert fix.apply(text) == f"x = {mended}\nc = 2.\ny = (c * x).sum()\ny.backward()\n"
    run_program(fix.apply(text))


@pytest.mark.parametrize("between", ["y = x * 2", "for i in range(2): x = x + 1."])
def test_requires_grad_stays_where_it_is_set_if_the_tensor_was_used_before(between: str) -> None:
    text = f"x = torch.tensor([1., 2.])\n{between}\nx.requires_grad = True\n"
    with pytest.raises(ProgramError) as refusal:
        check_program(text)
    assert refusal.value.fix is not None and refusal.value.fix.label == "Write x.requires_grad_()"


def test_whole_numbers_that_are_to_require_grad_become_floats_where_they_are_made() -> None:
    text = "x = torch.tensor([1, 2]); x.requires_grad_()\nx.sum().backward()\n"
    with pytest.raises(ProgramError) as failure:
        run_program(text)
    fix = failure.value.fix
    assert fix is not None and fix.label == "Write torch.tensor([1., 2.])"
    run_program(fix.apply(text))


def test_a_function_written_a_little_wrong_needs_no_script() -> None:
    assert not isinstance(refused("y = torch.nn.functional.rellu(a)"), ScriptOnlyError)


@pytest.mark.parametrize("line", ["y = math.factorial(a)", "def f(): pass", "y = np.array([1.])", "y = (a +", "y = qqqq"])
def test_nothing_is_offered_that_does_not_mend(line: str) -> None:
    assert refused(line).fix is None


def test_a_change_does_not_fit_a_text_that_has_moved_on() -> None:
    fix = Fix("Write b", 2, 1, 2, 2, "a", "b")
    assert fix.apply("x\na = 1") == "x\nb = 1"
    assert fix.apply("x\nc = 1") == "x\nc = 1" and fix.span_in("x") is None


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("y = (a + b]", "y = (a + b)"),
        ("y = a × b", "y = a * b"),
        ("y = a − b²", "y = a - b**2"),
        ("print(“y”, a)", 'print("y", a)'),
        ("with torch.no_grad() as x:\n    y = a", "with torch.no_grad():\n    y = a"),
        ('print(f"y is {a:.2f}")', 'print("y is", a)'),
        ("for i in range(2):\n    y = a\n   y = b", "for i in range(2):\n    y = a\n    y = b"),
    ],
)
def test_what_a_message_tells_to_write_is_one_click(line: str, mended: str) -> None:
    fix = refused(line).fix
    assert fix is not None
    assert fix.apply(HEAD + line + "\n") == HEAD + mended + "\n"
    check_program(HEAD + mended + "\n")


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("torch.manual_seed(0.5)\n", "torch.manual_seed(0)\n"),
        ("x, y = make_regression(n_samples=0)\n", "x, y = make_regression(n_samples=1)\n"),
        ("x, y = make_regression(noise=-1.)\n", "x, y = make_regression(noise=0.3)\n"),
        ("x = torch.ones(2)\ny = [1., 2.] * x\n", "x = torch.ones(2)\ny = torch.tensor([1., 2.]) * x\n"),
        ("x = torch.ones(2)\ny = x.to('cuda')\n", "x = torch.ones(2)\ny = x\n"),
        ("x = torch.tensor(2.)\ny = x[0]\n", "x = torch.tensor(2.)\ny = x\n"),
        ("x = torch.tensor(2)\ny = x ** -1\n", "x = torch.tensor(2)\ny = x.float() ** -1\n"),
        (
            "x = torch.ones(2, 2)\nw = torch.ones(2, 2, dtype=torch.float64)\ny = x @ w\n",
            "x = torch.ones(2, 2)\nw = torch.ones(2, 2, dtype=torch.float64)\ny = x.to(w.dtype) @ w\n",
        ),
        (
            "x = torch.tensor(2.)\nw = torch.tensor(3., requires_grad=True)\ny = x * w\ng, = torch.autograd.grad(y, x)\n",
            "x = torch.tensor(2., requires_grad=True)\nw = torch.tensor(3., requires_grad=True)\ny = x * w\n"
            "g, = torch.autograd.grad(y, x)\n",
        ),
    ],
)
def test_what_fails_while_it_runs_is_one_click_too(text: str, mended: str) -> None:
    with pytest.raises(ProgramError) as caught:
        run_program(text)
    fix = caught.value.fix
    assert fix is not None
    assert fix.apply(text) == mended
    assert not run_program(mended).failed


@pytest.mark.parametrize(
    ("made", "mended"),
    [
        ("torch.tensor(-5, requires_grad=True)", "torch.tensor(-5., requires_grad=True)"),
        ("torch.tensor([1, 2], requires_grad=True)", "torch.tensor([1., 2.], requires_grad=True)"),
        ("torch.randint(0, 5, (3,), requires_grad=True)", "torch.randint(0, 5, (3,), requires_grad=True, dtype=torch.float32)"),
        ("torch.randperm(5, requires_grad=True)", "torch.randperm(5, requires_grad=True, dtype=torch.float32)"),
        ("torch.zeros(3, dtype=torch.int64, requires_grad=True)", None),
    ],
)
def test_what_is_made_of_whole_numbers_gets_floats_where_that_makes_sense(made: str, mended: str | None) -> None:
    """A point was put behind the first number of any call: behind the bound of ``randint``, the length of ``zeros``."""
    with pytest.raises(ProgramError) as caught:
        run_program(f"x = {made}\n")
    fix = caught.value.fix
    assert (None if fix is None else fix.text) == mended
    if mended is not None:
        assert run_program(f"x = {mended}\n").end == 1


@pytest.mark.parametrize(
    ("text", "said", "mended"),
    [
        ("y = a ^ 2", "not a power", "y = a**2"),
        ("y = torch.cat(c, c)", "stand in a list", "y = torch.cat([c, c])"),
        ("y = torch.stack(c, c, dim=0)", "stand in a list", "y = torch.stack([c, c], dim=0)"),
        ("y = torch.tensor(a * 2)\ny.backward()", "breaks the way back", "y = a * 2\ny.backward()"),
        ("y = a.sin().backward()\ny.backward()", "(line 4) gives nothing back", "y = a.sin()\ny.backward()"),
        (
            "y = 5.\nz = y ** 2\nz.backward()",
            "z is a float",
            "y = torch.tensor(5., requires_grad=True)\nz = y ** 2\nz.backward()",
        ),
        ("y = [1., 2.]\nz = y.mean()", "y is a list", "y = torch.tensor([1., 2.])\nz = y.mean()"),
        ("y = F.relu(a, slope=1)", "relu() takes no slope=", "y = F.relu(a)"),
    ],
)
def test_what_fails_while_it_runs_is_mended_where_it_was_written(text: str, said: str, mended: str) -> None:
    """Each was told, some with "Print the shapes", and nothing was offered."""
    head = HEAD.replace("b = torch.tensor(3.)", "c = torch.ones(2)")
    with pytest.raises(ProgramError) as failure:
        run_program(f"{head}{text}\n")
    fix = failure.value.fix
    assert said in failure.value.message and fix is not None
    assert fix.apply(f"{head}{text}\n") == f"{head}{mended}\n"
    run_program(f"{head}{mended}\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.grad.zero_()", "a.grad is None, which has no .zero_: no backward() has filled it yet"),
        ("y = a.sin().backward().item()", "backward() gives nothing back"),
        ("y = F.mse_loss(a)", "mse_loss() needs 'target', too"),
        ("y = torch.mean(a, a)", "mean() cannot be called with (Tensor, Tensor)"),
    ],
)
def test_what_is_missing_is_named(text: str, said: str) -> None:
    """They were told to print shapes, or to make a tensor of None."""
    with pytest.raises(ProgramError) as failure:
        run_program(f"{HEAD}{text}\n")
    assert said in failure.value.message


def test_a_name_within_a_function_is_not_looked_up_outside_of_it() -> None:
    text = "x = 5.0\ndef f(x):\n    return x.mean()\nf([1.])\n"
    assert _assigned(text, Span(3, 12, 3, 20)) == {}

"""What programs may not do: each refusal has its class, line, column, message and hint."""

from __future__ import annotations

import sys

import pytest

from engine.errors import (
    Cancelled,
    ForbiddenError,
    ProgramError,
    ProgramFailedError,
    ProgramSyntaxError,
    TooLargeError,
    UnknownNameError,
)
from engine.programs.checker import check_program
from engine.programs.checker.messages import closest
from engine.programs.here import run_here
from engine.programs.program import run_program
from engine.text.literals import make_leaf_line

A = "a = torch.tensor([1., 2.], requires_grad=True)\n"

REFUSED: list[tuple[str, type[ProgramError], int, int, str]] = [
    ("x = (1", ProgramSyntaxError, 1, 5, "never closed"),
    ("x = 1)", ProgramSyntaxError, 1, 6, "closes nothing"),
    ("x = 1\n  y = 2", ProgramSyntaxError, 2, 3, "indented"),
    ("for i in range(2):\nx = 1", ProgramSyntaxError, 2, 1, "not indented"),
    ("x = 'abc", ProgramSyntaxError, 1, 5, "never ends"),
    ("x = 1 +", ProgramSyntaxError, 1, 8, "missing after"),
    ("é = 1; x = $", ProgramSyntaxError, 1, 12, ""),
    ("\0", ProgramSyntaxError, 1, 1, "null"),
    ("x = 1\n\ud800", ProgramSyntaxError, 2, 1, "surrogate"),
    ("1 = 2", ProgramSyntaxError, 1, 1, "assigned"),
    ("def f(): pass", ForbiddenError, 1, 1, "def"),
    ("x = 1\nclass A: pass", ForbiddenError, 2, 1, "classes"),
    ("while 1: pass", ForbiddenError, 1, 1, "while"),
    ("if 1: pass", ForbiddenError, 1, 1, "if"),
    ("x = lambda: 1", ForbiddenError, 1, 5, "lambda"),
    ("x = [i for i in range(3)]", ForbiddenError, 1, 5, "comprehensions"),
    ("x = {1: 2}", ForbiddenError, 1, 5, "dictionaries"),
    ("x = f'{1}'", ForbiddenError, 1, 5, "f-strings"),
    ("(x := 1)", ForbiddenError, 1, 4, "walrus"),
    ("x = b'1'", ForbiddenError, 1, 5, "bytes"),
    ("x = 'text'", ForbiddenError, 1, 5, "quoted"),
    ("x = 1j", ForbiddenError, 1, 5, "complex"),
    ("try:\n    pass\nexcept:\n    pass", ForbiddenError, 1, 1, "try"),
    ("x = 1\ndel x", ForbiddenError, 2, 1, "del"),
    ("import os", ForbiddenError, 1, 1, "os"),
    ("import torch.nn as nn", ForbiddenError, 1, 1, "import torch"),
    ("import torch as t", ForbiddenError, 1, 1, "import torch"),
    ("from torch import nn", ForbiddenError, 1, 1, "import"),
    ("with open('f'): pass", ForbiddenError, 1, 6, "no_grad"),
    ("with torch.no_grad() as g: pass", ForbiddenError, 1, 25, "no_grad"),
    ("for i in [1]: pass", ForbiddenError, 1, 10, "count"),
    ("print(*[1])", ForbiddenError, 1, 7, "*"),
    ("print(**1)", ForbiddenError, 1, 9, "**"),
    ("x: int = 1", ForbiddenError, 1, 1, "annotations"),
    ("x = 1 < 2 < 3", ForbiddenError, 1, 5, "two values"),
    ("x = not 1", ForbiddenError, 1, 5, "not"),
    ("x = 1 and 2", ForbiddenError, 1, 5, "and"),
    ("x = 1 in [1]", ForbiddenError, 1, 5, "in"),
    (A + "a.data", ForbiddenError, 2, 1, ".data"),
    (A + "a.__class__", ForbiddenError, 2, 1, "underscore"),
    (A + "a.numpy()", ForbiddenError, 2, 1, ".numpy"),
    (A + "a.sum", ForbiddenError, 2, 1, "called"),
    (A + "a.grad()", ForbiddenError, 2, 1, "function"),
    (A + "a.requires_grad = False", ForbiddenError, 2, 1, "requires_grad"),
    (A + "torch.sin(a, out=a)", ForbiddenError, 2, 14, "out="),
    (A + "a.backward(inputs=a)", ForbiddenError, 2, 12, "inputs="),
    ("x = torch.ones(1, device='cuda')", ForbiddenError, 1, 19, "device="),
    ("torch.load('f')", ForbiddenError, 1, 1, "torch.load"),
    ("torch.sinn(1)", ForbiddenError, 1, 1, "torch.sinn"),
    ("x = torch", ForbiddenError, 1, 5, "torch"),
    ("x = print", ForbiddenError, 1, 5, "print"),
    ("print = 1", ForbiddenError, 1, 1, "print"),
    ("_x = 1", ForbiddenError, 1, 1, "underscore"),
    ("open('f')", ForbiddenError, 1, 1, "open"),
    ("x = len", ForbiddenError, 1, 5, "len"),
    ("x = abs(1)", ForbiddenError, 1, 5, "abs"),
    ("x = 2(3)", ForbiddenError, 1, 5, "called"),
    ("y = c * 2", UnknownNameError, 1, 5, "c"),
    ("é = tensor(1.); y = é * ü", UnknownNameError, 1, 25, "ü"),
    ("x = x + 1", UnknownNameError, 1, 5, "x"),
    ("x += 1", UnknownNameError, 1, 1, "x"),
    ("9**9**9", TooLargeError, 1, 1, "digits"),
    ("x = 1 << 10**9", TooLargeError, 1, 5, "digits"),
    ("x = -(10**50 * 10**60)", TooLargeError, 1, 7, "digits"),
    ("x = 0x" + "f" * 1000, TooLargeError, 1, 5, "digits"),
    ("(" * 5000, TooLargeError, 1, 61, "nesting"),
    ("x = " + "-" * 10_000 + "1", TooLargeError, 1, 204, "nesting"),
    ("x = 1" + "+1" * 5000, TooLargeError, 1, 404, "nesting"),
    ("a" + ".b" * 5000, TooLargeError, 1, 402, "nesting"),
    ("x = 1\n" * 5001, TooLargeError, 5001, 1, "lines"),
    ("#" * 100_001, TooLargeError, 1, 1, "bytes"),
    ("é" * 50_001, TooLargeError, 1, 1, "bytes"),
]


@pytest.mark.parametrize(
    ("text", "kind", "line", "column", "word"), REFUSED, ids=[row[0][:30].encode("ascii", "replace").decode() for row in REFUSED]
)
def test_refused_before_it_ran(text: str, kind: type[ProgramError], line: int, column: int, word: str) -> None:
    with pytest.raises(kind) as caught:
        run_program(text)
    error = caught.value
    assert (error.line, error.column) == (line, column), str(error)
    assert (error.end_line, error.end_column) >= (line, column)
    assert word in error.message and error.hint and error.recording is None
    with pytest.raises(kind):
        check_program(text)


FAILED: list[tuple[str, type[ProgramError], int, int, str]] = [
    (A + "y = a * 2\ny.backward()", ProgramFailedError, 3, 1, "one element"),
    (A + "y = (a * a).sum()\ny.backward()\ny.backward()", ProgramFailedError, 4, 1, "freed what it had saved"),
    (A + "a += 1", ProgramFailedError, 2, 1, "leaf"),
    (A + "a[0] = 1.", ProgramFailedError, 2, 1, "leaf"),
    (A + "y = a.exp()\ny += 1\ny.sum().backward()", ProgramFailedError, 4, 1, "in place"),
    ("x = torch.ones(2)\nx.sum().backward()", ProgramFailedError, 2, 1, "requires_grad"),
    ("x = torch.ones(2, 3)\ny = 1 + x @ x", ProgramFailedError, 2, 9, "2×3"),
    ("x = torch.ones(2)\né = x + torch.ones(3)", ProgramFailedError, 2, 5, "size 2 meets size 3"),
    ("x = torch.ones(2).item()", ProgramFailedError, 1, 5, "one element"),
    ("x = torch.tensor(1, requires_grad=True)", ProgramFailedError, 1, 5, "floats"),
    ("x = torch.ones(2)\nx.sum(dim=3)", ProgramFailedError, 2, 1, "dimension 3"),
    ("x = torch.ones(2)\nx[5]", ProgramFailedError, 2, 1, "index 5"),
    ("x = torch.ones(6)\nx.reshape(4, 2)", ProgramFailedError, 2, 1, "6 elements"),
    ("x = 1 / 0", ProgramFailedError, 1, 5, "zero"),
    ("for i in range(0):\n    x = 1\nprint(x)", ProgramFailedError, 3, 7, "x"),
    ("x = [1, 2]\nx[0] = 3", ForbiddenError, 2, 1, "a list"),
    ("x = [1, 2] == [1, 2]", ForbiddenError, 1, 5, "compared"),
    ("x = torch.ones(1).to('cuda')", ForbiddenError, 1, 5, "CPU"),
    ("x = torch.tensor([-2**63]).div(-1, rounding_mode='trunc')", ForbiddenError, 1, 5, "trunc"),
]


@pytest.mark.parametrize(("text", "kind", "line", "column", "word"), FAILED, ids=[row[0][-30:] for row in FAILED])
def test_failed_while_running(text: str, kind: type[ProgramError], line: int, column: int, word: str) -> None:
    with pytest.raises(kind) as caught:
        run_program(text)
    error = caught.value
    assert (error.line, error.column) == (line, column), str(error)
    assert word in error.message and error.hint
    assert error.recording is not None and error.recording.failed
    last = error.recording.moments[-1]
    assert last.kind == "error" and last.span is not None and (last.span.line, last.span.column) == (line, column)


ESCAPES = [
    "().__class__.__bases__[0].__subclasses__()",
    "x = [].__class__",
    "print('{0.__class__}'.format(1))",
    "x = 'a'.join(['b'])",
    "torch.os.system('true')",
    "torch.nn.functional.torch.os",
    "torch.autograd.grad.__globals__",
    "F.torch.load('x')",
    "F.has_torch_function",
    "torch.utils",
    "torch.jit.script(1)",
    "torch.classes.load_library('x')",
    "torch.ops.aten.add(1, 2)",
    "torch.hub.load('x', 'y')",
    "torch.set_num_threads(1)",
    "torch.set_default_dtype(torch.float64)",
    "torch.Tensor",
    "torch.float32.__reduce__()",
    "torch._C",
    "tensor.__call__(1)",
    "print.__self__",
    "__import__('os')",
    "__builtins__",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "getattr(torch, 'load')",
    "globals()",
    "vars(torch)",
    "breakpoint()",
    "x = tensor(1.)\nx.register_hook(print)",
    "x = tensor(1.)\nx.apply_(print)",
    "x = tensor(1.)\nx.storage()",
    "x = tensor(1.)\nx.resize_(10)",
    "x = tensor(1.)\nx.set_(x)",
    "x = tensor(1.)\nx.share_memory_()",
    "x = tensor(1.)\nx.data_ptr()",
    "x = tensor(1.)\nx.new(1)",
    "x = tensor(1.)\nx.type('torch.FloatTensor')",
    "x = tensor(1.)\nx.grad_fn",
    "x = tensor(1.)\nx.__class__ = 1",
    "x = tensor(1.)\nx.sum = 1",
    "torch.sin = 1",
    "torch = 1",
    "F.relu = print",
    "for torch in range(2): pass",
    "for range in range(2): pass",
    "tensor, print = 1, 2",
    "guarded mul(1, 2)",
    "print(1, file=2)",
    "make_regression(10, 1, shuffle=True)",
    "x = print(1).__class__",
    "match 1:\n    case _: pass",
    "async def f(): pass",
    "@print\ndef f(): pass",
    "\\\n\\\n__import__",
    "ｅｖａｌ('1')",
    "＿＿import＿＿('os')",
    "x = tensor(1.)\nx.__ｃlass__",
    "x = (yield)",
    "nonlocal x",
    "raise SystemExit",
    "exit()",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_escapes_are_refused_before_anything_runs(text: str) -> None:
    modules = set(sys.modules)
    with pytest.raises(ProgramError) as caught:
        check_program(text)
    assert caught.value.message and caught.value.hint
    assert set(sys.modules) == modules


@pytest.mark.parametrize(
    ("name", "meant"),
    [("vander", ""), ("histc", ""), ("sigmiod", "sigmoid"), ("tnah", "tanh"), ("hstak", "hstack"), ("one", "ones")],
)
def test_only_what_is_near_is_meant(name: str, meant: str) -> None:
    assert closest(name, {"randperm", "hstack", "sigmoid", "tanh", "ones", "sum"}) == meant


def test_hints_name_what_was_meant() -> None:
    for text, hint in {
        "x = tensr(1.)": "tensor",
        "alpha = 1\nx = alpah": "alpha",
        "torch.sinn(1)": "torch.sin",
        "x = 1\nx.sqaure()": "square",
        "relu(1)": "torch.relu",
    }.items():
        with pytest.raises(ProgramError) as caught:
            check_program(text)
        assert hint in caught.value.hint
    with pytest.raises(UnknownNameError) as unknown:
        check_program("y = c**2")
    made = make_leaf_line("", "c").replacement.strip()
    assert unknown.value.name == "c" and made in unknown.value.hint, "the hint says what the button writes"


def test_cancelling_ends_a_run_between_operations_and_in_loops() -> None:
    asked = 0

    def cancel() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Cancelled):
        run_here("x = tensor(1.)\n" * 20, cancel=cancel)
    with pytest.raises(Cancelled):
        run_program("for i in range(10**12): pass", cancel=cancel)


def test_nothing_but_text_is_a_program() -> None:
    with pytest.raises(TypeError):
        check_program(b"x = 1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "column", "operator"),
    [("y = a** / b", 9, "**"), ("y = a**3 - b**2/", 17, "/"), ("y = ", 5, "="), ("y = 2 * )", 9, "*")],
)
def test_a_missing_value_is_said_to_be_missing(text: str, column: int, operator: str) -> None:
    with pytest.raises(ProgramError) as caught:
        check_program(text)
    assert caught.value.column == column
    if operator != "*":
        assert caught.value.message == f"a value is missing after {operator}"

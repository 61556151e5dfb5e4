"""Every bound holds, is named in its message with what is allowed, and is reached before memory or time are."""

from __future__ import annotations

import time

import pytest

from engine.errors import ProgramError, TimeLimitError, TooLargeError
from engine.programs.bounds import Meter
from engine.programs.checker import check_program
from engine.programs.limits import Limits
from engine.programs.program import run_program

ELEMENTS = "elements; 4,000,000 are allowed"
TOO_LARGE = [
    ("torch.ones(10**12)", ELEMENTS),
    ("torch.zeros(size=(10**6, 10**6))", ELEMENTS),
    ("torch.full((10**5, 10**5), 1.)", ELEMENTS),
    ("torch.full(size=(10**5, 10**5), fill_value=1.)", ELEMENTS),
    ("torch.randn(10**5, 10**5)", ELEMENTS),
    ("torch.rand([10**5, 10**5])", ELEMENTS),
    ("torch.randint(0, 5, (10**5, 10**5))", ELEMENTS),
    ("torch.randint(high=5, size=(10**5, 10**5))", ELEMENTS),
    ("torch.randperm(10**9)", ELEMENTS),
    ("torch.randperm(n=10**9)", ELEMENTS),
    ("torch.arange(1e15)", ELEMENTS),
    ("torch.arange(0, 1, 1e-12)", ELEMENTS),
    ("torch.arange(start=0, end=1, step=1e-12)", ELEMENTS),
    ("torch.arange(tensor(1e15))", ELEMENTS),
    ("torch.linspace(0, 1, 10**10)", ELEMENTS),
    ("torch.linspace(0, 1, steps=10**10)", ELEMENTS),
    ("torch.logspace(0, 1, 10**10)", ELEMENTS),
    ("torch.eye(10**6)", ELEMENTS),
    ("torch.eye(n=10**6)", ELEMENTS),
    ("torch.zeros(tensor(10**9))", ELEMENTS),
    ("x = torch.ones(1)\ny = x.expand(10**9).clone()", ELEMENTS),
    ("x = torch.ones(1).expand(10**4, 10**5)", ELEMENTS),
    ("x = torch.ones(1).broadcast_to((10**9,))", ELEMENTS),
    ("x = torch.ones(10).repeat(10**9)", ELEMENTS),
    ("x = torch.tile(torch.ones(10), (10**9,))", ELEMENTS),
    ("x = torch.ones(10).repeat_interleave(10**9)", ELEMENTS),
    ("x = torch.ones(1).repeat_interleave(tensor([10**9]))", ELEMENTS),
    ("x = F.one_hot(tensor([10**9]))", ELEMENTS),
    ("x = F.one_hot(tensor([1]), 10**9)", ELEMENTS),
    ("x = F.pad(torch.ones(3), (0, 10**9))", ELEMENTS),
    ("x = F.interpolate(torch.ones(1, 1, 4), size=10**9)", ELEMENTS),
    ("x = torch.ones(3).new_zeros(10**9)", ELEMENTS),
    ("x = torch.ones(3).new_ones((10**5, 10**5))", ELEMENTS),
    ("x = torch.diag(torch.ones(10**4))", ELEMENTS),
    ("x = torch.ones(10**4).diag_embed()", ELEMENTS),
    ("x = torch.outer(torch.ones(10**4), torch.ones(10**4))", ELEMENTS),
    ("x = torch.kron(torch.ones(10**4), torch.ones(10**4))", ELEMENTS),
    ("x = torch.ones(10**4, 1)\ny = x + x.T", ELEMENTS),
    ("x = torch.ones(10**4, 1)\ny = x < x.T", ELEMENTS),
    ("x = torch.cdist(torch.ones(10**4, 2), torch.ones(10**4, 2))", ELEMENTS),
    ("x = torch.cartesian_prod(torch.ones(2000), torch.ones(2000))", ELEMENTS),
    ("x = torch.meshgrid(torch.ones(2000), torch.ones(2000))", ELEMENTS),
    ('x = torch.einsum("i,j->ij", torch.ones(10**4), torch.ones(10**4))', ELEMENTS),
    ("x = torch.ones(200)[torch.zeros(10**3, 10**3).long()][:, :, None].expand(1000, 1000, 100)", ELEMENTS),
    ("x = torch.ones(2000, 2000)\ny = torch.cat([x, x])", ELEMENTS),
    ("x = torch.ones(2000, 2000)\ny = x @ x", "arithmetic; 2,000,000,000 are allowed"),
    ("x = torch.ones(2000, 2000)\ny = F.linear(x, x)", "arithmetic; 2,000,000,000 are allowed"),
    ("x = torch.eye(1000)\ny = x.inverse()", "arithmetic; 2,000,000,000 are allowed"),
    ("x = torch.eye(1000)\ny = torch.linalg.svd(x)", "arithmetic; 2,000,000,000 are allowed"),
    ("x = torch.eye(1000)\ny = x.matrix_exp()", "arithmetic; 2,000,000,000 are allowed"),
    ('x = torch.ones(1500, 1500)\ny = torch.einsum("ij,jk->ik", x, x)', "arithmetic; 2,000,000,000 are allowed"),
    (
        "x = torch.ones(1, 64, 128, 128)\nw = torch.ones(64, 64, 7, 7)\ny = F.conv2d(x, w)",
        "arithmetic; 2,000,000,000 are allowed",
    ),
    ("x = torch.ones(20000).unbind()", "tensors; 10,000 are allowed"),
    ("x = torch.ones(20000).split(1)", "tensors; 10,000 are allowed"),
    ("x = torch.ones(3).tensor_split(10**9)", "tensors; 10,000 are allowed"),
    ("x = torch.ones(20000).chunk(20000)", "tensors; 10,000 are allowed"),
    ("x = torch.ones(2).diff(n=10**9)", "1,000 is allowed"),
    ("x = torch.ones(2).mvlgamma(10**9)", "1,000 is allowed"),
    ("x = torch.ones(" + "1, " * 40 + "1)", "16 are allowed"),
    ("x = torch.ones(1)\nfor i in range(40):\n    x = x.unsqueeze(0)", "16 are allowed"),
    ("for i in range(20):\n    x = torch.zeros(1500, 1500)", "20,000,000 are allowed"),
    ("x = tensor(1.)\nfor i in range(20000):\n    x = x + 1", "10,000 operations"),
    ("n = 3\nfor i in range(100):\n    n = n ** 3", "100 digits"),
    ("n = 3\nfor i in range(1000):\n    n *= n", "100 digits"),
    ("n = 3\nfor i in range(1000):\n    n += n", "100 digits"),
    ("n = 3\nfor i in range(1000):\n    n = n - -n", "100 digits"),
    ("n = 3\nn <<= 10 ** 9", "100 digits"),
    ("n = 10 ** 9\nx = [0] * n", "100,000 are allowed"),
    ("n = 10 ** 9\nx = n * (1, 2)", "100,000 are allowed"),
    ("x = [0]\nfor i in range(50):\n    x = x + x", "100,000 are allowed"),
    ("x = [0]\nfor i in range(50):\n    x += x", "100,000 are allowed"),
    ("x = [0]\nfor i in range(50):\n    x = [x, x]", "allowed"),
    ("x = [0]\nfor i in range(50):\n    x = [x]", "nested more than 16 deep"),
    ("x = [0] * 50000\nfor i in range(50):\n    x = x + []", "1,000,000 values"),
    (
        "for i in range(10**6):\n    print('a' * 1, end='')".replace("'a' * 1", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"),
        "20,000 characters",
    ),
    ("for i in range(10**6):\n    print(end='')", "20,000 characters"),
    ("x = [[0] * 50000]\nprint(x)", "20,000 characters"),
    ("make_regression(10**7, 10**3)", ELEMENTS),
]


@pytest.mark.parametrize(("text", "words"), TOO_LARGE, ids=[row[0][:50] for row in TOO_LARGE])
def test_too_large_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(TooLargeError) as caught:
        run_program(text, limits=Limits(seconds=60))
    error = caught.value
    assert words in error.message and error.hint, str(error)
    assert not isinstance(error, TimeLimitError)
    assert 1 <= error.line <= text.count("\n") + 1 and error.end_column > error.column
    assert error.recording is not None and error.recording.failed


@pytest.mark.parametrize(
    "text",
    [
        "for i in range(10**12): pass",
        "x = tensor(1.)\nfor i in range(10**9):\n    for j in range(10**9):\n        k = i * j % 7",
        "for i in range(10**9):\n    x = tensor(1)\n    y = x.item()"
        if False
        else "x = tensor(1)\nfor i in range(10**9):\n    y = x.item()",
        "for i in range(10**9):\n    for j in range(0):\n        pass",
    ],
)
def test_the_time_limit_ends_loops(text: str) -> None:
    with pytest.raises(TimeLimitError) as caught:
        run_program(text, limits=Limits(seconds=0.1))
    assert "0.1 seconds" in caught.value.message
    assert text.split("\n")[caught.value.line - 1].strip()


def test_every_limit_can_be_set() -> None:
    for text, limits, words in [
        ("x = 1\nx = 2", Limits(lines=1), "1 are allowed"),
        ("x = 12", Limits(bytes=5), "5 are allowed"),
        ("x = ((1))", Limits(nesting=1), "more than 1 deep"),
        ("x = 1 + 2 + 3", Limits(chain=2), "more than 2"),
        ("for i in range(2):\n for j in range(2):\n  x = 1", Limits(blocks=1), "more than 1 deep"),
        ("x = 1000", Limits(integer_digits=3), "3 digits"),
    ]:
        with pytest.raises(TooLargeError) as caught:
            check_program(text, limits)
        assert words in caught.value.message
    for text, limits, words in [
        ("x = tensor(1.) + 1 + 1", Limits(operations=2), "2 operations"),
        ("x = torch.ones(5)", Limits(elements=4), "4 are allowed"),
        ("x = torch.ones(5)\ny = torch.ones(5)", Limits(total_elements=9), "9 are allowed"),
        ("print(12345)", Limits(printed=4), "4 characters"),
    ]:
        with pytest.raises(TooLargeError) as caught:
            run_program(text, limits=limits)
        assert words in caught.value.message


def test_what_fits_is_let_through() -> None:
    for text in (
        "x = torch.ones(1000, 1000)\ny = (x * 2).sum()",
        "x = torch.ones(500, 500)\ny = x @ x",
        "x = torch.eye(100)\ny = x.inverse()",
        "x = torch.ones(5000)\ny = x[x > 0]\nz = x[::2]",
        "x = torch.ones(1500, 1, requires_grad=True)\ny = x.repeat(1, 10).sum()\ny.backward()",
        "x = torch.arange(100000.)\ny = x.reshape(100, 1000).T.softmax(0)",
        "x = torch.ones(9999)\ny = x.split(100)",
        "x = " + "[" * 15 + "1." + "]" * 15 + "\ny = tensor(x)",
        "x = 0." + " + 1." * 150,
    ):
        recording = run_program(text)
        assert not recording.failed


def test_a_page_of_hostile_brackets_is_refused() -> None:
    for text in (
        "(" * 90_000,
        "[" * 90_000,
        "f(" * 40_000,
        "a[" * 40_000,
        "-" * 90_000,
        "not " * 20_000,
        '"""' + '\\"""' * 20_000,
        "a." * 40_000,
        "x=" * 40_000,
        "1if " * 20_000,
        "for i in range(2):" * 500,
        "," * 90_000,
        "'" * 90_001,
        "a;" * 40_000,
        "lambda:" * 9_000,
        "@" * 90_000,
        "x = " + "9" * 90_000,
        "((((" * 10 + "))))" * 11,
    ):
        with pytest.raises(ProgramError) as caught:
            check_program(text)
        assert caught.value.message


def test_time_that_imports_take_is_not_the_programs() -> None:
    meter = Meter(Limits(seconds=0.05))
    with meter.clock_stopped():
        time.sleep(0.1)
    assert meter.check_time() is False
    time.sleep(0.1)
    with pytest.raises(TimeLimitError):
        meter.check_time()

"""Random and mutated texts: each one runs or is refused with a ProgramError, quickly and without side effects."""
# ruff: noqa: E501 (tables, one row a line)

from __future__ import annotations

import random
import sys
import time
import warnings

import pytest
import torch

from engine.errors import ProgramError
from engine.programs.limits import Limits
from engine.programs.program import run_program

LIMITS = Limits(seconds=0.5, elements=20_000, total_elements=100_000, operations=300, arithmetic=2_000_000)

TOKENS = (
    "x y a b torch F tensor print range make_regression torch.ones torch.tensor torch.randn F.relu .sum() .backward() .grad .T "
    ".reshape .expand .shape .item() [0] [1:] [..., None] ( ) [ ] , : ; = += *= **= @ + - * ** / // % << >> & | ^ ~ < == > is in "
    "not and or 0 1 2 3. 1e9 10**9 -1 10**12 True None requires_grad=True dim= keepdim=True out= for i in range(3): with "
    "torch.no_grad(): import os as def lambda if else while class try del global yield await async assert return { } := -> ... "
    "'s' \"t\" f'{x}' b'' ''' \\ # \\n \\n \\n \\t \\n\\x20\\x20\\x20\\x20 . _ __class__ .__globals__ .data .numpy() \\0 \\ud800 é ｘ λ 🙂 \\f \\r\\n "
    ".mean() .view .repeat .split .unbind() .sort() torch.einsum torch.linalg.inv torch.autograd.grad(y,x) .zero_() .add_ 1j 0x1F 007 1_0 "
    ".matmul .pow .cumsum(0) .max(0) .values F.softmax torch.cat torch.stack torch.arange torch.eye torch.where torch.inf torch.nan "
    ".double() .long() .bool() .unfold .diag_embed() .gather .index_select .scatter_add F.pad F.conv2d F.one_hot .repeat_interleave"
).split()
SEEDS = (
    "a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\ny = a**3 - b**2\ny.backward()\n",
    "x = torch.randn(3, 4, requires_grad=True)\nw = torch.ones(4, 2)\ny = F.relu(x @ w).sum(dim=0)\ny.mean().backward()\nprint(x.grad)\n",
    "w = torch.zeros(2, requires_grad=True)\nfor i in range(5):\n    loss = ((w - 1.) ** 2).sum()\n    loss.backward()\n"
    "    with torch.no_grad():\n        w -= .1 * w.grad\n        w.grad.zero_()\n",
    "xs = []\nfor i in range(4):\n    for j in range(2):\n        xs = xs + [tensor(i * 2. ** j)]\ny = torch.stack(xs).reshape(2, -1)\ny[0, 1:] *= 3\n",
    "x = tensor(2., requires_grad=True)\ng, = torch.autograd.grad(x ** 3, x, create_graph=True)\ng.backward()\nprint(x.grad, 2 ** 8, (1, 2) + (3,))\n",
)


def soup(source: random.Random) -> str:
    words = (
        word.encode().decode("unicode_escape") if word.startswith("\\") and len(word) > 1 else word
        for word in source.choices(TOKENS, k=source.randint(1, 40))
    )
    return source.choice(("", " ")).join(words)


def mutant(source: random.Random) -> str:
    text = source.choice(SEEDS)
    for _ in range(source.choice((1, 1, 1, 2, 4))):
        at, end = sorted(source.randrange(len(text) + 1) for _ in range(2))
        kind = source.randrange(5)
        if kind == 0:
            text = text[:at] + source.choice(TOKENS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[min(end, at + 8) :]
        elif kind == 2:
            text = text[:at] + text[at:end] * 2 + text[end:]
        elif kind == 3:
            text = (
                text[:at]
                + chr(source.choice((0, 9, 10, 12, 13, 32, 40, 41, 42, 46, 48, 57, 91, 93, 0x7F, 0xA0, 0x2028, 0xD800, 0x1F600)))
                + text[at:]
            )
        else:
            numbers = [index for index, letter in enumerate(text) if letter.isdigit()]
            at = source.choice(numbers) if numbers else 0
            text = text[:at] + source.choice(("0", "-1", "9999", "10**6", "1e30", "2.5", "None", "x")) + text[at + 1 :]
    return text


def outcome(text: str) -> str:
    """``ran`` or the kind of error; anything but a ProgramError is a failure of ours."""
    try:
        run_program(text, limits=LIMITS)
    except ProgramError as error:
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= error.line <= len(lines), (text, str(error))
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1, (text, str(error))
        assert (error.end_line, error.end_column) >= (error.line, error.column), (text, str(error))
        assert error.message and error.message == error.message.strip(), (text, str(error))
        return type(error).__name__
    return "ran"


def fuzz(seed: int, count: int) -> dict[str, int]:
    source = random.Random(seed)
    kinds: dict[str, int] = {}
    for _ in range(count):
        text = soup(source) if source.random() < 0.2 else mutant(source)
        start = time.perf_counter()
        kind = outcome(text)
        kinds[kind] = kinds.get(kind, 0) + 1
        if time.perf_counter() - start > 20:
            raise AssertionError(f"took too long: {text!r}")
    return kinds


@pytest.mark.parametrize("seed", range(4))
def test_random_texts_run_or_are_refused(seed: int) -> None:
    modules = set(sys.modules)
    before = (
        torch.get_rng_state(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        list(warnings.filters),
        dict(vars(torch)).keys(),
    )
    kinds = fuzz(seed, 250)
    after = (
        torch.get_rng_state(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        list(warnings.filters),
        dict(vars(torch)).keys(),
    )
    assert torch.equal(before[0], after[0]) and before[1:] == after[1:]
    assert kinds["ran"] > 5 and len(kinds) >= 5
    assert not {"os", "socket", "subprocess"} & (set(sys.modules) - modules)


if __name__ == "__main__":
    print(fuzz(int(sys.argv[1]), int(sys.argv[2])))

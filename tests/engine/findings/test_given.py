"""What a layer or an operation refuses is told by the recorded tensor that does not fit, with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

import engine
from engine.errors import ProgramError
from engine.findings.advice import advise
from engine.findings.said.arguments import ARGUMENTS
from engine.findings.said.kinds import Kind, failure_in
from engine.findings.said.layers import LAYERS
from engine.programs.program import run_program

R, Z = torch.randn, torch.zeros
LONG = torch.long


def attend(x: torch.Tensor, *more: Any, **named: Any) -> Any:
    return nn.MultiheadAttention(8, 2)(x, *(more or (x, x)), **named)


REFUSED: list[tuple[Callable[..., Any], list[torch.Tensor], str]] = [
    (
        nn.LSTM(3, 4),
        [R(5, 2, 7)],
        "takes inputs whose last size is 3, and x (5×2×7) has 7 there | Make input_size 7, or give it 3",
    ),
    (nn.GRU(3, 4), [R(5, 2, 7)], "takes inputs whose last size is 3, and x (5×2×7) has 7 there"),
    (nn.RNN(3, 4), [R(5, 7)], "takes inputs whose last size is 3, and x (5×7) has 7 there"),
    (nn.LSTM(3, 4), [R(5, 2, 3, 1)], "takes 2D, or 3D with a batch, and x (5×2×3×1) is 4D"),
    (nn.GRU(3, 4), [R(5, 2, 3), Z(2, 2, 4)], "needs a state of 1×2×4 (layers × rows × width), and h is 2×2×4"),
    (nn.RNN(3, 4), [R(5, 3), Z(1, 2, 4)], "needs a 2D state, as its input is 2D, and h (1×2×4) is 3D"),
    (nn.LSTM(3, 4), [Z(5, 2, 3, dtype=LONG)], "has weights of float32, and x is int64 | Convert it with .to(torch.float32)."),
    (nn.GRUCell(3, 4), [R(2, 5)], "takes inputs whose last size is 3, and x (2×5) has 5 there"),
    (nn.GRUCell(3, 4), [R(2, 3), Z(3, 4)], "needs a state with one row for each of the 2 inputs, and h (3×4) has 3"),
    (attend, [R(5, 2, 6)], "takes inputs whose last size is 8, and x (5×2×6) has 6 there | Make embed_dim (d_model) 6"),
    (attend, [R(5, 2, 8), R(6, 2, 6), R(6, 2, 6)], "x (5×2×8) has 8, and h (6×2×6) has 6"),
    (nn.TransformerEncoderLayer(8, 2), [R(5, 2, 6)], "takes inputs whose last size is 8"),
    (nn.Embedding(9, 3), [Z(2)], "takes whole numbers as indices, and x is float32"),
    (nn.Embedding(9, 3), [torch.tensor([9])], "its indices go from 0 to 8, and `x` holds 9"),
    (nn.EmbeddingBag(9, 3), [torch.tensor([[12]])], "its indices go from 0 to 8, and `x` holds 12"),
    (nn.LayerNorm(4), [R(2, 5)], "takes tensors that end in 4, and x (2×5) ends in 5"),
    (nn.LayerNorm(4), [R(2, 4, dtype=torch.float64)], "x is float64, and model.weight is float32"),
    (nn.BatchNorm1d(4), [R(2, 5)], "has 4 features, and x (2×5) has 5 in dimension 1 | Make num_features 5, or give it 4"),
    (nn.BatchNorm2d(4), [R(2, 4)], "takes 4D, and x (2×4) is 2D"),
    (nn.BatchNorm1d(4), [R(4)], "takes 2D or 3D, and x (4) is 1D"),
    (nn.BatchNorm1d(4), [R(1, 4)], "while it trains, and x (1×4) has one | Give it more than one row, or call .eval()"),
    (nn.GroupNorm(2, 4), [R(2, 5)], "makes 2 equal groups of channels, which x (2×5) does not have"),
    (nn.Conv2d(3, 4, 3), [R(3, 8)], "takes 3D, or 4D with a batch, and x (3×8) is 2D | Add a dimension with .unsqueeze(0)"),
    (nn.Conv2d(3, 4, 3), [Z(1, 3, 8, 8, dtype=LONG)], "x is int64, and model.weight is float32"),
    (nn.MaxPool2d(4), [R(1, 3, 2, 2)], "leaves nothing of x (1×3×2×2): the result would be 3×0×0"),
]


@pytest.mark.parametrize(("model", "given", "said"), REFUSED, ids=[f"{number}" for number in range(len(REFUSED))])
def test_what_a_layer_refuses_is_told_with_the_recorded_sizes(
    model: Callable[..., Any], given: list[torch.Tensor], said: str
) -> None:
    """Most of these refuse before any operation has begun, and were told in torch's words alone."""
    with pytest.raises((RuntimeError, ValueError, IndexError, AssertionError)) as caught, engine.record() as made:
        x = given[0].clone()
        h = given[1].clone() if len(given) > 1 else None
        if len(given) > 2:
            model(x, h, given[2])
        elif h is not None:
            model(x, h)
        else:
            model(x)
    found = advise(made.recording, str(caught.value))
    assert found is not None and said in f"{found.message} | {found.hint}"


GIVEN = "a = torch.randn(2, 3, requires_grad=True)\nb = torch.tensor([1, 2])\nf = torch.tensor([0., 1.])\n"
TOLD = [
    ("torch.softmax(b, 0)", "`torch.softmax(b, 0)` (line 4) takes floats, and b is int64 | Convert it with .float()."),
    ("b.mean()", "takes floats, and b is int64"),
    ("torch.gather(a, 1, f.unsqueeze(1))", "takes whole numbers as indices, and the result of"),
    ("torch.gather(a, 1, b)", "takes an index with as many dimensions as a (2×3), and b (2) is 1D"),
    ("a.masked_fill(f.unsqueeze(1), 0.)", "takes a mask of True and False, and the result of"),
    ("torch.where(f, a, a)", "takes a condition of True and False, and f is float32"),
    ("a.permute(0, 1, 2)", "orders 3 dimensions, and a (2×3) has 2"),
    ("a.expand(3)", "has too few sizes, 1, for the 2 dimensions of a (2×3)"),
    ("a.split([1, 2])", "the sizes 1, 2 do not add up to 2, which a (2×3) has in dimension 0"),
    ("torch.cat([a.sum(), a.sum()])", "is a single number, which has none | Write torch.stack instead."),
    ("F.cross_entropy(a, b.unsqueeze(1))", "takes one class number for each row, in one dimension"),
    ("torch.bmm(a, a)", "multiplies batches of matrices, 3D, and a (2×3) is 2D | Write @ instead"),
    ("a[b, torch.tensor([0, 1, 2])]", "takes its indices in pairs, and they have the shapes 2 and 3"),
    ("torch.topk(f, 5)", "asks for more elements than f (2) has"),
]


@pytest.mark.parametrize(("code", "said"), TOLD, ids=[code for code, _ in TOLD])
def test_what_an_operation_refuses_is_told_too(code: str, said: str) -> None:
    with pytest.raises(ProgramError) as caught:
        run_program(f"{GIVEN}y = {code}\n")
    problem = caught.value
    assert said in f"{problem.message} | {problem.hint}" and "Print the shapes" not in (problem.hint or "")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: torch.optim.SGD([], lr=0.1), "the optimizer has nothing to change"),
        (lambda: torch.zeros(1, requires_grad=True).numpy(), "numpy keeps no graph"),
        (lambda: bool(torch.zeros(2) > 0), "Write .any() or .all() behind it"),
        (lambda: torch.relu(nn.LSTM(3, 4)(R(5, 2, 3))), "as in output, state = lstm(x)"),
        (lambda: torch.zeros(2) + torch.zeros(2, device="meta").to("cuda"), "there is no CUDA here"),
    ],
)
def test_what_has_no_tensor_to_name_is_told_as_well(make: Callable[[], Any], said: str) -> None:
    with pytest.raises((RuntimeError, ValueError, TypeError, AssertionError)) as caught, engine.record() as made:
        make()
    found = advise(made.recording, str(caught.value))
    assert found is not None and said in f"{found.message} | {found.hint}"


def test_an_error_of_the_scripts_own_gets_no_such_advice() -> None:
    said = "optimizer got an empty parameter list"
    with pytest.raises(ValueError, match=said) as caught, engine.record() as made:
        torch.ones(3) * 2
        raise ValueError(said)
    assert advise(made.recording, str(caught.value)) is None


def test_every_row_can_be_told_before_a_recording_is_asked() -> None:
    for row in (*LAYERS, *ARGUMENTS):
        message, hint = row.plain(("1", "2", "3", "4"))
        assert message and hint.endswith((".", ")")) and "{" not in message + hint
    failure = failure_in("input.size(-1) must be equal to input_size. Expected 3, got 7")
    assert failure is not None and failure.kind is Kind.GIVEN and "whose last size is 3" in failure.message

"""What does not fit is told with the numbers that were recorded, and the line, whatever the rule was that it broke."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import engine
from engine.errors import ProgramError
from engine.findings.advice import advise
from engine.findings.fitting import OF_SHAPES
from engine.findings.said.kinds import failure_in
from engine.programs.program import run_program

GIVEN = """a = torch.randn(2, 4, requires_grad=True)
b = torch.randn(3, 3)
c = torch.randn(2, 3)
v = torch.randn(4)
img = torch.randn(1, 5, 8, 8)
hwc = torch.randn(1, 8, 8, 3)
k = torch.randn(4, 3, 3, 3)
idx = torch.tensor([[0, 5]])
m = torch.tensor([True, False, True])
"""
TOLD = [
    (
        "torch.cat([a, b])",
        "joins along dimension 0, so all other sizes have to be equal: a (2×4) has 4 in dimension 1, and b (3×3) has 3",
    ),
    ("torch.cat([a, c])", "a (2×4) has 4 in dimension 1, and c (2×3) has 3 | Join them along dimension 1: dim=1."),
    ("torch.cat([a, v])", "a (2×4) has 2 and v (4) has 1 | Give v another dimension, with .unsqueeze(0)"),
    ("torch.stack([a, a, b])", "stacks tensors of one shape, and a (2×4) and b (3×3) differ | Give them one shape"),
    ("torch.vstack([a, b])", "a (2×4) has 4 in dimension 1, and b (3×3) has 3"),
    ("F.conv2d(img, k)", "takes 3 channels, as the weight k (4×3×3×3) says, and img (1×5×8×8) has 5 in dimension 1"),
    ("F.conv2d(hwc, k)", "Its last dimension has 3: bring that to the front with .movedim(-1, 1)."),
    ("F.conv2d(img[:, :3, :2, :2], k)", "the kernel k (4×3×3×3) is 3×3, and the result of"),
    ("a[5]", "a (2×4) has 2 in dimension 0, so its indices go from 0 to 1, and it asks for index 5"),
    ("a[:, -9]", "its indices go from 0 to 3, and it asks for index -9"),
    ("torch.gather(a, 1, idx)", "its indices go from 0 to 3, and `idx` holds 5"),
    ("a.select(0, 9)", "it asks for index 9"),
    ("torch.index_select(a, 1, idx[0])", "a (2×4) has 4 in dimension 1, so its indices go from 0 to 3, and"),
    ("F.embedding(idx, b)", "b (3×3) has 3 in dimension 0, so its indices go from 0 to 2, and `idx` holds 5"),
    ("F.cross_entropy(a, idx[0])", "a (2×4) has scores for 4 classes, 0 to 3, and the result of `idx[0]` (line 10) holds 5"),
    ("F.cross_entropy(b, idx[0])", "b (3×3) has 3 rows, and the result of `idx[0]` (line 10) (2) has 2"),
    ("F.binary_cross_entropy_with_logits(a, c)", "compares element by element: a (2×4) and c (2×3) differ in shape"),
    ("F.binary_cross_entropy_with_logits(v.unsqueeze(-1), v)", "Write v.unsqueeze(-1)."),
    ("F.binary_cross_entropy(10 * v - 99, v)", "takes probabilities from 0 to 1, and the result of"),
    ("a.expand(3, 4)", "a (2×4) does not fit into 3×4, as its 2 would have to be 3 or 1"),
    ("a[m]", "the mask m (3) has 3 in dimension 0, and a (2×4) has 2"),
    ("a.sum(dim=4)", "a (2×4) has dimensions 0 to 1, no dimension 4"),
    ("v.mean(dim=1)", "v (4) has only dimension 0, no dimension 1"),
    ("F.layer_norm(a, (3,))", "takes tensors that end in 3, and a (2×4) ends in 4"),
    ("torch.einsum('ij,jk->ik', a, b)", "the letter j stands for 4 and for 3, and is one size: a (2×4) and b (3×3)"),
    ("torch.linalg.det(a)", "A must be batches of square matrices, but they are 2 by 4 matrices | It was given a (2×4)."),
]


def failed(text: str) -> ProgramError:
    with pytest.raises(ProgramError) as caught:
        run_program(text)
    return caught.value


@pytest.mark.parametrize(("code", "said"), TOLD, ids=[code for code, _ in TOLD])
def test_shapes_and_numbers_are_told(code: str, said: str) -> None:
    """Such errors used to be torch's words, and "Print the shapes and values of what this line uses"."""
    problem = failed(f"{GIVEN}y = {code}\n")
    assert said in f"{problem.message} | {problem.hint}"
    assert problem.line == 10 and "Print the shapes" not in (problem.hint or "")


def test_what_one_line_mends_is_offered() -> None:
    text = f"{GIVEN}y = torch.cat([a, c])\nz = a.T.view(8)\n"
    problem = failed(text)
    assert problem.fix is not None
    text = problem.fix.apply(text)
    assert "y = torch.cat([a, c], dim=1)\n" in text
    problem = failed(text)
    assert problem.fix is not None and problem.fix.label == "Write reshape instead of view"
    text = problem.fix.apply(text)
    assert text.endswith("z = a.T.reshape(8)\n") and not run_program(text).failed


@pytest.mark.parametrize(
    ("module", "shape", "said"),
    [
        (
            nn.Conv2d(3, 4, 3),
            (1, 5, 8, 8),
            "takes 3 channels, as the weight model.0.weight (4×3×3×3) says, and x (1×5×8×8) has 5",
        ),
        (nn.LayerNorm(7), (2, 4), "takes tensors that end in 7, and x (2×4) ends in 4"),
    ],
    ids=["Conv2d", "LayerNorm"],
)
def test_in_modules_of_a_script_too(module: nn.Module, shape: tuple[int, ...], said: str) -> None:
    model = nn.Sequential(module)
    with pytest.raises(RuntimeError) as caught, engine.record() as made:
        x = torch.randn(*shape)
        model(x)
    found = advise(made.recording, str(caught.value))
    assert found is not None and said in found.message


def test_words_that_the_recording_does_not_confirm_get_no_advice() -> None:
    """Scripts may raise what they like."""
    with pytest.raises(IndexError) as caught, engine.record() as made:
        torch.ones(3) * 2
        raise IndexError("index 5 is out of bounds for dimension 0 with size 2")
    assert advise(made.recording, str(caught.value)) is None


def test_every_kind_of_these_is_known_by_its_words() -> None:
    said = "Target 9 is out of bounds."
    failure = failure_in(said)
    assert failure is not None and failure.kind in OF_SHAPES and failure.message == "there are no scores for class 9"

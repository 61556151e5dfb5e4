"""Every equation with numbers holds: ordinary programs keep theirs; overwritten values and hooks leave none that is false."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import engine
from engine.explain import disagreement, explain_card, explain_edge, explain_moment
from engine.explain.facts import facts
from engine.explain.passes.flows import flows
from engine.explain.passes.verdicts import verdict
from engine.recording import Recording

Program = Callable[[Tensor, Tensor], Tensor]

OPERATIONS: dict[str, Program] = {
    "softmax": lambda x, w: F.softmax(x, 1),
    "softmax in doubles": lambda x, w: F.softmax(x, 0, dtype=torch.float64),
    "log_softmax": lambda x, w: F.log_softmax(x, 1),
    "logsumexp": lambda x, w: torch.logsumexp(x, 0),
    "mse_loss": lambda x, w: F.mse_loss(x, w),
    "linear": lambda x, w: F.linear(x, w, w[0, :].detach().sum().expand(3)),
    "linear of one row": lambda x, w: F.linear(x[0], w),
    "mm": lambda x, w: x @ w,
    "mv": lambda x, w: x @ w[0],
    "dot": lambda x, w: x[0] @ w[1],
    "bmm": lambda x, w: x.reshape(1, 3, 3) @ w.reshape(1, 3, 3),
    "addmm": lambda x, w: torch.addmm(x, x, w),
    "det": lambda x, w: torch.linalg.det(x),
    "inverse": lambda x, w: torch.linalg.inv(x),
    "trace": lambda x, w: torch.trace(x * w),
    "sum": lambda x, w: (x * w).sum(1),
    "mean": lambda x, w: (x * w).mean(),
    "prod": lambda x, w: x.prod(1),
    "norm": lambda x, w: x.norm(),
    "exp": lambda x, w: (x * w).exp(),
    "sigmoid": lambda x, w: torch.sigmoid(x * w),
    "tanh": lambda x, w: torch.tanh(x / w),
    "pow": lambda x, w: x.abs() ** w,
    "hypot": lambda x, w: torch.hypot(x, w),
    "acosh": lambda x, w: torch.acosh(x.abs() + 1.5),
    "erfc": lambda x, w: torch.erfc(x),
    "sinc": lambda x, w: torch.sinc(x),
    "logit": lambda x, w: torch.logit(x),
    "entr": lambda x, w: torch.special.entr(x.abs()),
    "xlogy": lambda x, w: torch.xlogy(x, w.abs()),
    "xlog1py": lambda x, w: torch.special.xlog1py(x, w.abs()),
    "ldexp": lambda x, w: torch.ldexp(x, torch.arange(3)),
    "lerp": lambda x, w: torch.lerp(x, w, w[0, 0]),
    "addcmul": lambda x, w: torch.addcmul(x, x, w),
    "addcdiv": lambda x, w: torch.addcdiv(x, x, w),
    "deg2rad": lambda x, w: torch.deg2rad(x),
    "hardtanh": lambda x, w: F.hardtanh(x),
    "hardshrink": lambda x, w: F.hardshrink(x),
    "softshrink": lambda x, w: F.softshrink(x),
    "nan_to_num": lambda x, w: torch.nan_to_num(x),
    "clamp": lambda x, w: x.clamp(-0.5, 0.5),
    "clamp_min": lambda x, w: x.clamp_min(0.3),
    "maximum": lambda x, w: torch.maximum(x, w),
    "where": lambda x, w: torch.where(x > w, x, w),
    "masked_fill": lambda x, w: x.masked_fill(w > 0, 0.0),
    "tril": lambda x, w: torch.tril(x),
    "vdot": lambda x, w: torch.vdot(x[0], w[1]),
    "pixel_unshuffle": lambda x, w: F.pixel_unshuffle(x.reshape(1, 1, 3, 3), 3),
}
KEEPS_NOTHING = frozenset(
    "sum mean trace where masked_fill tril maximum acosh entr ldexp deg2rad nan_to_num pixel_unshuffle".split()
)
"""They have saved nothing that the program can write to, or nothing that a smaller number changes."""
IN_WORDS = ("hardtanh", "hardshrink", "softshrink")
"""What they do is said in words: there is no equation of theirs."""
OVERWRITTEN = [name for name in OPERATIONS if name not in KEEPS_NOTHING]


def made(run: Program, dtype: torch.dtype, scale: float = 1.0, between: Callable[..., object] | None = None) -> Recording:
    torch.default_generator.manual_seed(3)
    start = torch.randn(3, 3, dtype=torch.float64), torch.randn(3, 3, dtype=torch.float64)
    with engine.record() as recorder:
        x, w = ((item * scale).to(dtype).requires_grad_() for item in start)
        y = run(x, w)
        if between is not None:
            between(x, w, y)
        y.backward(torch.linspace(0.5, 2, y.numel(), dtype=y.dtype).reshape(y.shape))
    return recorder.recording


def verdicts(recording: Recording) -> set[str]:
    known = facts(recording)
    return {verdict(known, item) for run in recording.runs for item in flows(known, run)}


def lines(recording: Recording) -> str:
    """All formulas of the way back that explanations, cards and edges show at the end."""
    moments = [at + 1 for at, item in enumerate(recording.moments) if item.kind in ("run", "accumulate")]
    found = [explain_moment(recording, at) for at in moments]
    found += [explain_card(recording, recording.end, card.id) for card in recording.graph.cards if card.kind == "leaf"]
    found += [explain_edge(recording, recording.end, edge.id) for edge in recording.graph.edges if edge.flows]
    return "\n".join(line.latex for item in found for line in item.lines)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_right_is_not_doubted(name: str, dtype: torch.dtype) -> None:
    if dtype is torch.bfloat16 and name in ("det", "inverse"):
        return  # torch has neither in this type
    recording = made(OPERATIONS[name], dtype)
    assert "wrong" not in verdicts(recording)
    text = lines(recording)
    assert ("gradient}(" not in text or name in IN_WORDS) and "\\partial" in text
    assert not [node.name for node in recording.nodes if "not show why" in disagreement(recording, (node.id,))]


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 30.0, 1e12, float("inf"), float("nan")])
@pytest.mark.parametrize("name", OPERATIONS)
def test_large_and_small_numbers_are_not_doubted_either(name: str, scale: float) -> None:
    for dtype in (torch.float64, torch.float32):
        try:
            recording = made(OPERATIONS[name], dtype, scale)
        except RuntimeError:
            return  # torch refuses to invert it
        assert "wrong" not in verdicts(recording), dtype


def halve(x: Tensor, w: Tensor, y: Tensor) -> None:
    for item in (x, w, y):
        item.data.mul_(0.5).add_(0.25)


def halve_by_numpy(x: Tensor, w: Tensor, y: Tensor) -> None:
    for item in (x, w, y):
        numbers = item.detach().numpy()
        numbers[...] = numbers * 0.5 + 0.25


@pytest.mark.parametrize("between", [halve, halve_by_numpy])
@pytest.mark.parametrize("name", OVERWRITTEN)
def test_after_a_write_past_the_version_no_false_equation_is_left(name: str, between: Callable[..., object]) -> None:
    clean, changed = (made(OPERATIONS[name], torch.float64, between=how) for how in (None, between))
    last = [[item.gradients[-1][1] for item in run.variables if item.gradients] for run in (clean, changed)]
    assert any(
        one is not None and other is not None and not (one.array == other.array).all() for one, other in zip(*last, strict=True)
    ), "the write changed nothing"
    first = next(run for run in changed.runs if changed.nodes[run.node].saved)
    known = facts(changed)
    wrong = []
    for before, after in zip(clean.runs, changed.runs, strict=True):
        pairs = zip(flows(facts(clean), before), flows(known, after), strict=True)
        wrong += [two for one, two in pairs if not torch.allclose(torch.tensor(one.sent.array), torch.tensor(two.sent.array))]
    assert wrong and first
    for item in wrong:
        cursor = known.moment_of_run[item.run.id]
        found = explain_moment(changed, cursor)
        assert not [line.latex for line in found.lines if "\\partial" in line.latex], item.node.name
        assert "is not the derivative" in found.sentence and "was overwritten" in found.sentence


def test_a_write_that_the_recording_did_not_see_leaves_no_equation() -> None:
    """The rule is computed from the recorded numbers: it need not be known what was written."""
    recording = made(lambda x, w: torch.sigmoid(x * w), torch.float32)
    node = next(item for item in recording.nodes if item.name == "SigmoidBackward0")
    (run,) = (item for item in recording.runs if item.node == node.id)
    sent = run.outgoing[0]
    assert sent is not None and sent.array is not None
    other = type(sent)(sent.shape, sent.dtype, sent.array * 3)
    object.__setattr__(run, "outgoing", (other, *run.outgoing[1:]))
    found = explain_moment(recording, facts(recording).moment_of_run[run.id])
    assert "`SigmoidBackward0` sent other numbers than its rule gives, and the recording does not show why" in found.sentence
    assert "sigmoid" not in " ".join(line.latex for line in found.lines)
    assert "other numbers" in disagreement(recording, (node.id,))


def test_a_hook_on_a_tensor_ends_the_derivatives_there() -> None:
    with engine.record() as run:
        x = torch.tensor(2.0, requires_grad=True)
        y = x * x
        y.register_hook(lambda gradient: gradient * 10)
        (y * 3).backward()
    recording = run.recording
    text = lines(recording)
    assert "\\partial x" not in text
    sentence = " ".join(explain_moment(recording, at + 1).sentence for at in range(recording.end))
    assert "a hook changed what came in at `MulBackward0` (register_hook in line " in sentence


def test_a_hook_that_changes_nothing_leaves_the_equations() -> None:
    with engine.record() as run:
        x = torch.tensor(2.0, requires_grad=True)
        y = x * x
        y.register_hook(lambda gradient: None)
        (y * 3).backward()
    assert "\\partial x" in lines(run.recording) and "gradient}(" not in lines(run.recording)


def test_a_sum_that_a_hook_changed_is_no_equation() -> None:
    with engine.record() as run:
        x = torch.tensor(2.0, requires_grad=True)
        y = x * 1.0
        y.register_hook(lambda gradient: gradient + 100)
        (y * y + y).backward()
    sums = [line.latex for line in explain_moment(run.recording, run.recording.end - 1).lines if "105" in line.latex]
    assert all("= 105" not in line for line in sums)


def test_complex_numbers_have_no_rule_that_is_not_conjugated() -> None:
    with engine.record() as run:
        x = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
        (x * x * (2 + 1j)).abs().sum().backward()
    assert "G \\odot" not in lines(run.recording)
    node = next(item for item in run.recording.nodes if item.name == "MulBackward0")
    assert "conjugate" in disagreement(run.recording, (node.id,))

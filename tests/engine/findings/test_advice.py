"""Advice on a pass that failed comes from the recording: which line cut the way back, or wrote over something."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import engine
from engine.errors import ProgramError
from engine.explain import explain_moment
from engine.findings.advice import advise
from engine.programs.program import run_program

A = "a = torch.tensor([1., 2.], requires_grad=True)\n"


def failed(text: str) -> ProgramError:
    with pytest.raises(ProgramError) as caught:
        run_program(text)
    return caught.value


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("with torch.no_grad():\n    y = (a * 2).sum()\ny.backward()\n", "`a * 2` (line 3) ran inside no_grad()"),
        ("y = (a * 2).detach()\ny.sum().backward()\n", "`(a * 2).detach()` (line 2) cut it off"),
        ("y = torch.tensor(a.sum().item())\ny.backward()\n", "`torch.tensor(a.sum().item())` (line 2) makes a new tensor"),
        ("n = a.sum().item()\nm = n * 2\ny = torch.tensor(m)\ny.backward()\n", "`torch.tensor(m)` (line 4) makes a new tensor"),
        ("y = a.argmax().float()\ny.backward()\n", "`a.argmax()` (line 2) has no derivative"),
        ("y = a.long().float().sum()\ny.backward()\n", "`a.long()` (line 2) turns a into whole numbers"),
        ("y = (a > 1).float().sum()\ny.backward()\n", "`a > 1` (line 2) turns a into true or false"),
    ],
)
def test_the_cut_and_its_line_are_named(lines: str, said: str) -> None:
    problem = failed(A + lines)
    assert said in problem.message and "Create a leaf" not in str(problem)
    assert problem.recording is not None and said in problem.recording.moments[-1].text


def test_of_several_roots_the_one_without_a_gradient_is_told() -> None:
    problem = failed(A + "y = (a * 2).sum()\nz = (a * 3).sum().detach()\ntorch.autograd.grad([y, z], a)\n")
    assert "nothing here requires a gradient: `(a * 3).sum().detach()` (line 3) cut it off" in problem.message


def test_without_any_leaf_the_input_is_named_and_made_one() -> None:
    text = "x = torch.tensor(3.)\ny = x**2\ny.backward()\n"
    problem = failed(text)
    assert problem.message == "no tensor that y depends on has requires_grad: the only input is x (line 1)"
    assert problem.fix is not None
    mended = problem.fix.apply(text)
    assert mended.startswith("x = torch.tensor(3., requires_grad=True)\n")
    assert not run_program(mended).failed


@pytest.mark.parametrize(
    ("text", "said", "mended"),
    [
        (
            A + "y = torch.sigmoid(a)\ny.mul_(2)\ny.sum().backward()\n",
            "`y.mul_(2)` (line 3) changed y in place after `SigmoidBackward0` (line 2) had saved it",
            "y = y.mul(2)",
        ),
        (
            A + "w = a * 3\ny = (w**2).sum()\nw += 1\ny.backward()\n",
            "`w += 1` (line 4) changed w in place after `PowBackward0` (line 3) had saved it",
            "w = w + 1",
        ),
        (
            A + "y = (a**2).sum()\ny.backward()\ny.backward()\n",
            "the backward() in line 3 went through `PowBackward0` (line 2) and freed what it had saved",
            "y.backward(retain_graph=True)",
        ),
        (A + "y = a * 2\ny.backward()\n", "backward() needs a result with one element", "y.sum().backward()"),
        (
            A + "a += 1\n",
            "`a += 1` (line 2) writes to the leaf a (line 1) while gradients are recorded",
            "with torch.no_grad():\n    a += 1",
        ),
        ("a = torch.tensor(2, requires_grad=True)\n", "only tensors of floats", "torch.tensor(2., requires_grad=True)"),
        ("a = torch.ones(2, 3)\nb = torch.ones(2, 3)\ny = a @ b\n", "cannot be multiplied", "a @ b.T"),
        (
            A + "b = torch.tensor(1., requires_grad=True)\ny = (a * 2).sum()\ng = torch.autograd.grad(y, b)\n",
            "was not used",
            "torch.autograd.grad(y, b, allow_unused=True)",
        ),
    ],
)
def test_the_writer_is_named_and_one_change_mends_it(text: str, said: str, mended: str) -> None:
    problem = failed(text)
    assert said in problem.message
    assert problem.fix is not None
    after = problem.fix.apply(text)
    assert mended in after and not run_program(after).failed


def test_a_recorded_script_is_told_the_line_that_wrote() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Sigmoid(), torch.nn.ReLU(inplace=True))
    with pytest.raises(RuntimeError, match="inplace"), engine.record() as run:
        net(torch.ones(2, 3)).sum().backward()
    found = explain_moment(run.recording, run.recording.end)
    assert "in place after `SigmoidBackward0`" in found.sentence


def test_a_step_between_two_passes_is_named() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(RuntimeError, match="inplace"), engine.record() as run:
        out = net(torch.randn(8, 2))
        first, second = out.mean(), (out**2).mean()
        first.backward(retain_graph=True)
        optimizer.step()
        second.backward()
    sentence = explain_moment(run.recording, run.recording.end).sentence
    assert "`optimizer.step()` (line " in sentence and "changed net.2.weight in place after `AddmmBackward0`" in sentence
    assert "Run every backward() before the step" in sentence


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "tot = 0.\nfor i in range(3):\n    tot += (a * i).sum().item()\ny = torch.tensor(tot * 1.1)\n",
            "`torch.tensor(tot * 1.1)` (line 5) makes a new tensor out of the numbers of the result of `(a * i).sum()` (line 4), "
            "read by .item() (line 4)",
        ),
        (
            "print(a.sum().item())\nn = (a * 0.3).sum().item()\ny = torch.tensor(n)\n",
            "`(a * 0.3).sum()` (line 3), read by .item() (line 3)",
        ),
        ("y = torch.tensor(a.sum())\n", "`torch.tensor(a.sum())` (line 2) makes a new tensor out of the numbers of"),
    ],
)
def test_numbers_that_were_read_are_traced_by_the_recording(lines: str, said: str) -> None:
    assert said in failed(A + lines + "y.backward()\n").message


def test_a_read_that_has_nothing_to_do_with_it_is_not_blamed() -> None:
    """Numbers that stand in the text are nobody else's; of those that do not, it is said which they may be."""
    problem = failed(A + "print(a.sum().item())\ny = torch.tensor(3.) * 2\ny.backward()\n")
    assert "makes a new tensor" not in problem.message and "the only input is" in problem.message
    assert "If its numbers" not in problem.hint and problem.fix is not None and problem.fix.line == 3
    with pytest.raises(RuntimeError, match="does not require grad"), engine.record() as run:
        a = torch.tensor([1.3, 2.7], requires_grad=True)
        kept = SimpleNamespace()
        setattr(kept, "number", a.sum().item() * 2)  # noqa: B010 (where the text cannot be followed)
        torch.tensor(kept.number).backward()
    assert "If its numbers are those of the result of `a.sum()`" in explain_moment(run.recording, run.recording.end).sentence


@pytest.mark.parametrize(
    ("lines", "said", "mended"),
    [
        ("g, = torch.autograd.grad((a**3).sum(), a)\ng.sum().backward()\n", "without create_graph=True", "a, create_graph=True)"),
        (
            "(a**3).sum().backward()\na.grad.sum().backward()\n",
            "a.grad was written by a backward() (line 2)",
            "create_graph=True)",
        ),
        (
            "h = (a * 2).detach()\ntorch.autograd.grad((a * h).sum(), h)\n",
            "`h` requires no gradient: `(a * 2).detach()`",
            "h = a * 2",
        ),
        (
            "b = torch.tensor(1.)\ntorch.autograd.grad((a * b).sum(), b)\n",
            "`b` (line 2) is a leaf without",
            "(1., requires_grad=True)",
        ),
        ("a.requires_grad_(False)\na.sum().backward()\n", "`a.requires_grad_(False)` (line 2) says that a requires none", ""),
        ("(torch.ones_like(a) * 3).sum().backward()\n", "takes only the shape of a, not its numbers", ""),
        ("v, i = a.topk(1)\ni.float().sum().backward()\n", "the whole numbers that `a.topk(1)` (line 2) gives", ""),
        (
            "y = (a * 2).sum()\na = a * 3\ntorch.autograd.grad(y, a)\n",
            "`y` was computed from an earlier a, not from this one",
            "",
        ),
        ("b, c = (a * 1).unbind()\nb += 1\n", "`(a * 1).unbind()` (line 2) made several views at once", "b = b + 1"),
        ("b = torch.zeros(1).expand(3)\nb += 1\n", "puts several elements into one place in memory", "b = b + 1"),
        (
            "y = (a**2).sum()\ny.backward(retain_graph=True)\ny.backward()\ny.backward()\n",
            "the backward() in line 4 went through",
            "y.backward(retain_graph=True)\ny.backward(retain_graph=True)",
        ),
        ("y = torch.autograd.grad(a * 2, a)\n", "autograd.grad() needs a result with one element", "(a * 2).sum(), a)"),
    ],
)
def test_what_looks_alike_in_torchs_words_is_told_apart_by_the_recording(lines: str, said: str, mended: str) -> None:
    problem = failed(A + lines)
    assert said in problem.message, problem.message
    assert (problem.fix is not None) == bool(mended)
    if problem.fix is not None:
        after = problem.fix.apply(A + lines)
        assert mended in after and not run_program(after).failed


@pytest.mark.parametrize(
    ("lines", "said", "mended"),
    [
        ("w = torch.ones(3, 2)\ny = a @ w\n", "a (2) and w (3×2) cannot be multiplied, as the inner sizes 2 and 3 differ", ""),
        ("w = torch.ones(2, 2).double()\ny = w @ w.float()\n", "needs one dtype: w is float64, and the result of", ""),
        ("w = torch.ones(2, dtype=torch.float64)\ny = a @ w\n", "a is float32, and w is float64", "a.to(w.dtype) @ w"),
        ("y = a + torch.ones(3)\n", "the shapes of a (2) and the result of `torch.ones(3)` (line 2) (3) do not fit", ""),
        ("y = F.linear(a, torch.ones(1, 3))\n", "takes rows of 3 numbers", ""),
        (
            "t = torch.tensor([0., 1.])\ny = F.cross_entropy(a.repeat(2, 1), t)\n",
            "takes whole numbers as class numbers, and t is",
            "",
        ),
        ("y = a.view(4)\n", "the 2 elements of a (2) do not fit", ""),
        ("y = a[0][0]\n", "is a single number, which cannot be indexed", "a[0]\n"),
        ("n = torch.tensor([1, 2])\ny = n ** -1\n", "`n` holds whole numbers", "n.float() ** -1"),
    ],
)
def test_what_an_operation_refused_is_told_with_the_recorded_shapes_and_dtypes(lines: str, said: str, mended: str) -> None:
    problem = failed(A + lines)
    assert said in problem.message, problem.message
    if mended:
        assert problem.fix is not None and mended in problem.fix.apply(A + lines)
        assert not run_program(problem.fix.apply(A + lines)).failed


def test_where_a_script_turned_gradients_off_is_named() -> None:
    a = torch.tensor(3.0, requires_grad=True)

    @torch.no_grad()
    def marked(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    def in_inference() -> torch.Tensor:
        with torch.inference_mode():
            y = a * 2
        return y + 1

    def switched() -> torch.Tensor:
        torch.set_grad_enabled(False)
        try:
            return a * 2
        finally:
            torch.set_grad_enabled(True)

    def frozen() -> torch.Tensor:
        net = torch.nn.Linear(2, 1)
        for parameter in net.parameters():
            parameter.requires_grad = False
        return net(torch.ones(1, 2)).sum()

    for make, said in (
        (lambda: marked(a), "ran in marked(), which is marked with no_grad()"),
        (in_inference, "ran inside inference_mode()"),
        (switched, "ran after set_grad_enabled(False)"),
        (frozen, "requires_grad of net.weight was set to False"),
    ):
        with pytest.raises(RuntimeError, match="does not require grad"), engine.record() as run:
            make().backward()
        assert said in explain_moment(run.recording, run.recording.end).sentence


@pytest.mark.parametrize(
    "words",
    [
        "a leaf Variable that requires grad is being used in an in-place operation",
        "Trying to backward through the graph a second time",
        "element 0 of tensors does not require grad and does not have a grad_fn",
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
        "one of the variables needed for gradient computation has been modified by an inplace operation",
        "expected m1 and m2 to have the same dtype, but got: float != double",
    ],
)
def test_an_error_in_torchs_words_that_the_recording_does_not_confirm_gets_no_advice(words: str) -> None:
    with pytest.raises(RuntimeError), engine.record() as run:
        a = torch.ones(2, 2, requires_grad=True)
        (a @ a).sum().backward()
        raise RuntimeError(words)
    assert explain_moment(run.recording, run.recording.end).sentence == "The program stopped here at `raise RuntimeError(words)`."
    assert advise(run.recording, words) is None


def test_what_is_read_and_made_anew_is_mended_in_one_click() -> None:
    text = A + "y = torch.tensor(a.sum().item())\ny.backward()\n"
    fix = failed(text).fix
    assert fix is not None
    assert fix.apply(text) == A + "y = a.sum()\ny.backward()\n"
    assert not run_program(fix.apply(text)).failed


@pytest.mark.parametrize(
    ("lines", "said", "mended"),
    [
        ("y = a.item()*2\ny.backward()\n", "`y` is a float, which has no .backward: .item() (line 2) took", "y = a*2\n"),
        ("n = a.item()\nm = n * 2\nm.backward()\n", "`m` is a float, which has no .backward: .item() (line 2) took", "n = a\n"),
        ("y = (a*2).item() ** 2\ny.backward()\n", "number out of the result of `a*2` (line 2)", "y = (a*2) ** 2\n"),
        ("y = a.item()*b.item()\ny.backward()\n", ".item() (line 2) took the number out of b", "y = a*b\n"),
        ("tot = 0.\nfor i in range(3):\n    tot += (a*i).item()\ntot.backward()\n", "(line 4) took", "    tot += (a*i)\n"),
        ("n = a.item()\ny = torch.exp(n)\ny.backward()\n", "exp() needs a tensor: .item() (line 2) took", "n = a\n"),
        ("y = torch.exp(b)*a.detach().item()\nz = y.item()\nz.exp()\n", "`z` is a float, which has no .exp", "z = y\n"),
        ("y = torch.tensor(a.item()*2)\ny.backward()\n", "makes a new tensor out of the numbers of a", "y = a*2\n"),
        ("y = torch.tensor(-a.item()) + 1\ny.backward()\n", "makes a new tensor out of the numbers of a", "y = (-a) + 1\n"),
        (
            "y = torch.tensor(2.)*a.item()\ny.backward()\n",
            "requires a gradient: .item() (line 2) took",
            "y = torch.tensor(2.)*a\n",
        ),
    ],
)
def test_item_is_left_out_where_it_stands(lines: str, said: str, mended: str) -> None:
    """A float was to be made a tensor, which led nowhere back, and then nothing was offered."""
    text = "a, b = torch.tensor(2., requires_grad=True), torch.tensor(3., requires_grad=True)\n" + lines
    problem = failed(text)
    assert said in problem.message
    assert problem.fix is not None and problem.cause is not None
    assert problem.cause[0] == problem.fix.line, "what is blamed is where it is mended"
    after = problem.fix.apply(text)
    assert mended in after and not run_program(after).failed


def test_what_python_said_is_not_put_into_torchs_mouth() -> None:
    for lines in (
        "y = a.sum().item()\ny.backward()\n",
        "y = 2.\ny.backward()\n",
        "y = 1 / 0\n",
        "y = [1] + 2\n",
        "y = 2.\nz = y[0]\n",
    ):
        hint = failed(A + lines).hint
        assert "Torch said" not in hint, hint
    assert "Torch said" in failed(A + "y = a.sum().detach()\ny.backward()\n").hint
    fix = failed("y = 2.\ny.backward()\n").fix
    assert fix is not None and fix.text == "torch.tensor(2., requires_grad=True)", "there was no tensor to go back to"


def test_reads_in_functions_f_strings_and_numpy_are_named_with_their_lines() -> None:
    a = torch.tensor([1.0, 2.3], requires_grad=True)

    def loss(t: torch.Tensor) -> float:
        return t.sum().item() * 3

    def of_text() -> torch.Tensor:
        text = f"{a.sum().item():.1f}"
        return torch.tensor(float(text))

    makers = {
        "`t.sum()`": lambda: torch.tensor(loss(a)),
        "`a.sum()`": of_text,
        "read by .tolist()": lambda: torch.tensor((a * 2.2).tolist()).sum(),
        "read by numpy": lambda: torch.tensor(a.detach().numpy() * 1.5).sum(),
        "read by float()": lambda: torch.tensor(float(a.sum().detach()) + 1),
    }
    for said, make in makers.items():
        with pytest.raises(RuntimeError, match="does not require grad"), engine.record() as run:
            make().backward()
        sentence = explain_moment(run.recording, run.recording.end).sentence
        assert said in sentence and "which breaks the way back" in sentence, sentence


def test_what_was_read_is_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="does not require grad"), engine.record() as run:
        a = torch.tensor(1.3, requires_grad=True)
        torch.tensor((a * 2).item()).backward()
    run.recording.save(tmp_path / "run.gradwalk")
    opened = engine.open_recording(tmp_path / "run.gradwalk")
    assert [(item.value, item.how, item.moments, item.span) for item in opened.reads] == [
        (item.value, item.how, item.moments, item.span) for item in run.recording.reads
    ]
    assert "read by .item()" in explain_moment(opened, opened.end).sentence

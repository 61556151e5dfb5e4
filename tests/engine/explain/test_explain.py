"""Explanations: they exist at every cursor, show only recorded numbers, and their products are the gradients shown."""

from __future__ import annotations

import itertools
import math
import re
from functools import lru_cache

import numpy as np
import pytest

from engine.errors import ProgramError, RecordingError
from engine.explain import Explanation, Piece, explain_card, explain_edge, explain_moment, finite_difference
from engine.operations.symbols import name_symbol, number_symbol
from engine.programs.program import run_program
from engine.recording import Recording
from engine.tables import TensorData, same
from tests.engine.plain_torch import PROGRAMS, run

_ONE = "x = torch.tensor({value}, requires_grad=True)\ny = {operation}\ny.backward()"
_MANY = "x = torch.tensor([0.5, 0.9, 0.3], requires_grad=True)\n"
_MANY += "w = torch.tensor([[0.5, 0.2, 0.1], [0.3, 0.4, 0.9], [0.2, 0.7, 0.6]])\n"
_MANY += "w.requires_grad_()\ny = {operation}\ny.sum().backward()"

UNARY = (
    "abs acos acosh asin asinh atan atanh ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 floor frac i0 lgamma log "
    "log10 log1p log2 logit neg rad2deg reciprocal round rsqrt sign sigmoid sin sinc sinh sqrt square tan tanh trunc relu"
).split()
BINARY = "x*x x+x x-2*x x/(x+1) 2/x 2**x x**x x**-1 x**0.5 x**1 x**0 3-x x*3 x%2 torch.atan2(x,x*2)"
BINARY += " torch.hypot(x,x) x.add(x,alpha=2)"
BINARY += " torch.maximum(x,x*2) torch.lerp(x,x*2,0.5) torch.addcmul(x,x,x) torch.xlogy(x,x) -x x.clamp(0,1) x.detach()*x"
TENSOR = (
    "x*w|w@x|w@w|w.mm(w)|x.dot(x)|x.outer(x)|F.linear(x,w)|F.linear(w,w,x)|torch.addmm(x,w,w)|w.T@x|w.sum(0)|w.mean(1)|w.mean()|"
    "w.prod()|w.max()|w.max(0)[0]|w.amax(0)|w.min()|w.median()|w.norm()|w.std()|w.var()|w.logsumexp(0)|w.cumsum(0)|w.cumprod(1)|"
    "w.softmax(0)|w.log_softmax(1)|F.softplus(x)|F.relu(x-0.6)|F.leaky_relu(x)|F.gelu(x)|F.silu(x)|F.elu(x)|F.layer_norm(x,(3,))|"
    "w.reshape(9)|w.flatten()|w.view(9)|w.T|w.permute(1,0)|w[0]|w[0,1]|w[:,1:]|w[w>0.3]|x[torch.tensor([0,0])]|torch.cat([x,x])|"
    "torch.stack([x,x])|w.split(1)[0]|w.chunk(3)[1]|w.unbind()[2]|x.unsqueeze(0).expand(3,3)|x.repeat(2)|x.flip(0)|x.roll(1)|"
    "w.tril()|w.triu()|w.diagonal()|w.trace()|w.det()|w.inverse()|torch.linalg.svdvals(w)|torch.linalg.solve(w,x)|"
    "torch.where(x>0.4,x,x*2)|x.masked_fill(x>0.4,0.)|w.gather(0,torch.tensor([[0,1,2]]))|x.index_select(0,torch.tensor([1]))|"
    "F.mse_loss(x,torch.ones(3))|F.l1_loss(x,torch.ones(3))|F.huber_loss(x,torch.ones(3))|F.binary_cross_entropy(x,torch.ones(3))|"
    "F.cross_entropy(w,torch.tensor([0,1,2]))|F.nll_loss(w,torch.tensor([0,1,2]))|F.normalize(x,dim=0)|torch.einsum('ij,j->i',w,x)|"
    "torch.cdist(w,w)|torch.kron(x,x)|torch.cross(x,x*2,dim=0)|x.sort()[0]|x.topk(2)[0]|x.cummax(0)[0]|F.pad(x,(1,1))|"
    "F.conv1d(w.reshape(1,3,3),w.reshape(1,3,3))|F.max_pool1d(w.reshape(1,3,3),2)|F.embedding(torch.tensor([0,2]),w)|x.double()|"
    "x.clone()|x.to(torch.float64)|torch.bmm(w.reshape(1,3,3),w.reshape(1,3,3))|w.mv(x)|x.clamp_min(0.4)|x.logcumsumexp(0)"
).split("|")
MORE = (
    "",
    "print('hi')",
    "a = torch.tensor([1., 2.], requires_grad=True)\nb = a * torch.tensor([1.])\nb.backward()",
    "a = torch.tensor(1., requires_grad=True)\nb = a / 0\nc = b - b\nc.backward()",
    "a = torch.tensor(2., requires_grad=True)\nb = a*3\nb.backward()\nb.backward()",
    "a = torch.tensor(2., requires_grad=True)\na.grad = torch.tensor(5.)\n(a*a).backward()\na.grad = None",
    "a = torch.tensor([2.], requires_grad=True)\n(a*a).backward()\nwith torch.no_grad():\n    a.sub_(a.grad, alpha=0.1)\n"
    "    a += -0.1*a.grad\n    a.mul_(2)\n    a.clamp_(0, 1)\na.grad.mul_(0.5)",
    "a = torch.tensor(2., requires_grad=True)\nb = torch.tensor(3., requires_grad=True)\n"
    "g = torch.autograd.grad([a*b, a+b], [a, b])",
    "a = torch.tensor([1+2j], requires_grad=True)\ny = (a*a).abs()\ny.backward()",
    "a = torch.ones(2, 2, 2, requires_grad=True)\nb = torch.ones(2, requires_grad=True)\n(a @ b).sum().backward()",
)


@lru_cache(maxsize=1)
def recordings() -> list[tuple[str, Recording]]:
    return [(text, run(text)) for text in programs()]


def programs() -> list[str]:
    table = [_ONE.format(value="0.6" if name != "acosh" else "1.6", operation=f"x.{name}()") for name in UNARY]
    table += [_ONE.format(value="1.7", operation=item) for item in BINARY.split()]
    table += [_MANY.format(operation=item) for item in TENSOR]
    return [*PROGRAMS, *table, *MORE]


def test_the_table_of_programs_is_large() -> None:
    assert len(programs()) > 150


def known_data(recording: Recording) -> set[int]:
    """Every tensor of the recording, by identity."""
    found = {id(value.data) for value in recording.values}
    for item in recording.passes:
        found.update(id(seed) for seed in item.seeds)
    for made in recording.runs:
        found.update(id(data) for data in (*made.incoming, *made.outgoing, *made.local, made.grad_before, made.grad_after))
    for variable in recording.variables:
        found.update(id(data) for _, data in variable.gradients)
    return found


def every_explanation(recording: Recording) -> list[Explanation]:
    found = [explain_moment(recording, cursor) for cursor in range(recording.end + 1)]
    for cursor in (0, recording.end // 2, recording.end):
        found += [explain_card(recording, cursor, card.id) for card in recording.graph.cards]
        found += [explain_edge(recording, cursor, edge.id) for edge in recording.graph.edges]
    return found


def printed(text: str) -> float | None:
    """The number that a piece's LaTeX says, or None for anything that is not just a number."""
    text = text.strip("()").replace("\\infty", "inf").replace("\\mathrm{nan}", "nan")
    text = re.sub(r" \\cdot 10\^\{(-?\d+)\}", r"e\1", text)
    text = re.sub(r"^(-?)10\^\{(-?\d+)\}$", r"\g<1>1e\2", text)
    try:
        return float(text)
    except ValueError:
        return None


def check_numbers(explanation: Explanation, recording: Recording, known: set[int]) -> None:
    for line in explanation.lines:
        for piece in (*line.left, *line.right):
            if piece.data is None:
                continue
            assert id(piece.data) in known, piece.latex
            if piece.data.size == 1 and piece.data.array is not None and (number := printed(piece.latex)) is not None:
                expected = piece.data.item()
                if not isinstance(expected, complex):
                    assert number == pytest.approx(float(expected), rel=1e-4, abs=1e-30, nan_ok=True), piece.latex


def factors(pieces: tuple[Piece, ...]) -> list[float] | None:
    """The factors of a product of printed numbers, or None if anything else is in it."""
    numbers: list[float] = []
    for piece in pieces:
        if piece.latex == "\\cdot":
            continue
        latex = piece.latex
        if (power := re.fullmatch(r"\(?(-?[\d.]+)\)?\^\{(-?[\d.]+)\}", latex)) is not None and piece.data is not None:
            numbers.append(float(power[1]) ** float(power[2]))
            continue
        number = printed(latex)
        if number is None:
            return None
        numbers.append(number)
    return numbers


def check_products(explanation: Explanation) -> int:
    """Each line that is only a product of numbers, followed by the gradient: how many were checked."""
    checked = 0
    lines = explanation.lines
    for line, after in itertools.pairwise(lines):
        if not after.strong or line.sign != "=" or not any(piece.role == "grad" for piece in line.right) or len(line.right) < 3:
            continue
        numbers = factors(line.right)
        result = printed(after.right[0].latex)
        if numbers is None or result is None or any(piece.latex in ("+", "-") for piece in line.right):
            continue
        assert math.prod(numbers) == pytest.approx(result, rel=3e-4, abs=1e-12), line.symbol.to_plain()
        checked += 1
    return checked


def test_every_cursor_card_and_edge_of_every_program_is_explained_with_recorded_numbers() -> None:
    checked = 0
    for text, recording in recordings():
        known = known_data(recording)
        for explanation in every_explanation(recording):
            assert explanation.title and explanation.sentence, text
            assert explanation.phase in ("forward", "backward", "update", "zero")
            assert explanation.sentence.count("$") % 2 == 0 and explanation.sentence.count("`") % 2 == 0, explanation.sentence
            assert explanation.note.count("$") % 2 == 0 and explanation.note.count("`") % 2 == 0
            for line in explanation.lines:
                assert line.latex.count("{") == line.latex.count("}"), line.latex
                assert "<" not in line.latex.replace("<=", "") or "torch" in line.latex, line.latex
            assert "None" not in explanation.to_latex() or "grad" in explanation.to_latex()
            explanation.to_text()
            check_numbers(explanation, recording, known)
            checked += check_products(explanation)
    assert checked > 150


def test_no_line_says_what_the_one_above_it_said() -> None:
    """A rule without an operand in it, 1/4 of ``a / 4``, was written twice: in symbols, and with the numbers put in."""
    ways = ("x/4", "torch.lerp(x, 2*x, 0.25)", "3-x", "x-1")
    known = [run_program(_ONE.format(value="2.", operation=way)) for way in ways]
    for recording in (*known, *(recording for _, recording in recordings())):
        for explanation in every_explanation(recording):
            for line, next_line in itertools.pairwise(explanation.lines):
                goes_on = not next_line.left and line.right and not next_line.strong
                said = [[piece.symbol for piece in shown.right] for shown in (line, next_line)]
                assert not goes_on or said[0] != said[1], (recording.text, explanation.title, line.latex)


def test_formulas_mention_only_names_that_exist() -> None:
    for text, recording in recordings():
        names = {item.name for item in (*recording.values, *recording.variables) if item.name}
        symbols = {name_symbol(name).to_latex() for name in names if "." not in name} | {
            "G",
            "v",
            "N",
            "I",
            "e",
            "T",
            "L",
            "\\eta",
            "i",
        }
        letters = {letter for symbol in symbols for letter in re.findall(r"[A-Za-z]", re.sub(r"\\[a-z]+", "", symbol))}
        for cursor in range(recording.end + 1):
            for line in explain_moment(recording, cursor).lines:
                plain = re.sub(r"\\(mathrm|text|operatorname)\{[^{}]*\}", "", line.latex)
                plain = re.sub(r"\\[A-Za-z]+", " ", plain)
                assert set(re.findall(r"[A-Za-z]", plain)) <= letters, (text, line.latex)


def lines(text: str, cursor: int) -> list[str]:
    return [line.symbol.to_plain() for line in explain_moment(run(text), cursor).lines]


CUBIC = PROGRAMS[0]


def test_the_way_back_is_told_as_in_the_design() -> None:
    found = explain_moment(run(CUBIC), 9)
    assert [line.symbol.to_plain() for line in found.lines] == [
        "∂y/∂b = ∂y/∂(b²) · ∂(b²)/∂b",
        "= (−1) · 2b",
        "= (−1) · 2 · 6",
        "= −12",
    ]
    assert [piece.caption for piece in found.lines[0].right if piece.caption] == ["came in", "local slope"]
    assert found.change is not None
    assert (found.change.name, found.change.before, found.change.after) == ("b.grad", "None", "−12")
    assert found.note == "Try it: raise $b$ by 0.01 and $y$ falls by about 0.12."
    assert found.title == "Operation 9 · backward"


def test_several_paths_are_added() -> None:
    text = "x = torch.tensor(3., requires_grad=True)\ny = x*x + x\ny.backward()"
    assert "∂y/∂x = 1 + 3 + 3 = 7" in lines(text, 6) and "∂y/∂x = 1 + 3 + 3 = 7" in lines(text, 7)
    first = explain_moment(run(text), 5)
    assert first.lines[-1].symbol.to_plain() == "∂y/∂x = 1 + …" and "1 of 3 paths" in first.note


def test_matrix_products_and_broadcasting_say_their_shapes() -> None:
    text = (
        "X = torch.arange(8.).reshape(4, 2)\nw = torch.ones(2, 1, requires_grad=True)\nb = torch.zeros(1, requires_grad=True)\n"
        "y_hat = X @ w + b\nloss = y_hat.sum()\nloss.backward()"
    )
    recording = run(text)
    found = {}
    for cursor, moment in enumerate(recording.moments, 1):
        if moment.kind == "run":
            node = recording.nodes[recording.runs[moment.subject].node].name
            found[node] = explain_moment(recording, cursor)
    product = [line.symbol.to_plain() for line in found["MmBackward0"].lines]
    assert "∂loss/∂w = XᵀG" in product and "[4 × 2]ᵀ[4 × 1] → [2 × 1]" in product
    assert "$b$ was copied to 4 rows, so its gradient is the sum over them." in found["AddBackward0"].sentence


def test_a_value_without_a_name_is_called_by_the_long_name_in_it() -> None:
    """``(moving_average ** 2).sum()`` was said to take "pow"."""
    text = """moving_average = torch.tensor([1., 2.], requires_grad=True)
loss = -torch.log((moving_average ** 2)[1]) + (moving_average ** 2).sum()
loss.backward()
"""
    recording = run(text)
    said = " ".join(explain_moment(recording, cursor).sentence for cursor in range(1, recording.end + 1))
    assert "$moving_average²$" in said and "$pow$" not in said


def test_names_of_several_letters_do_not_run_together() -> None:
    text = (
        "data = torch.ones(2, 2)\nweight = torch.ones(2, 2, requires_grad=True)\n"
        "wave = torch.tanh(weight)\npower = weight**2\nproduct = data @ weight\ntotal = product.sum()\n"
    )
    latex = [next(line.latex for line in explain_moment(run(text), cursor).lines) for cursor in range(3, 7)]
    assert [line.partition("=")[2].replace("&", "").strip() for line in latex] == [
        "\\tanh(\\mathrm{weight})",
        "\\mathrm{weight}^{2}",
        "\\mathrm{data} \\, \\mathrm{weight}",
        "\\Sigma \\, \\mathrm{product}",
    ]


def test_an_update_is_recognised_and_drawn() -> None:
    text = "w = torch.tensor([2.], requires_grad=True)\n(w*w).backward()\nwith torch.no_grad():\n    w -= 0.1*w.grad"
    found = explain_moment(run(text), run(text).end)
    assert [line.symbol.to_plain() for line in found.lines][1:] == ["= 2 − 0.1 · 4", "= 1.6"]
    assert found.number_line is not None and found.number_line.before == 2 and found.number_line.after == np.float32(1.6)
    assert "positive, so $w$ shrinks" in found.sentence and "no_grad()" in found.note


def test_accumulation_says_what_was_there() -> None:
    recording = run(PROGRAMS[3])
    at = [cursor for cursor, moment in enumerate(recording.moments, 1) if moment.kind == "accumulate"][1]
    found = explain_moment(recording, at)
    assert found.lines[-1].symbol.to_plain().endswith("75 + 75 = 150")
    assert found.change is not None and (found.change.before, found.change.after) == ("75", "150")


def test_the_first_nan_is_named_and_failures_say_why() -> None:
    recording = run("a = torch.tensor(0., requires_grad=True)\nb = torch.log(a)\nc = b*0\nd = c+1\nd.backward()")
    assert "`log` in operation 2" in explain_moment(recording, 2).warning
    assert "first came from `log` in operation 2" in explain_moment(recording, 4).warning
    failed = run("a = torch.tensor([1., 2.])\nb = a @ torch.ones(3)")
    found = explain_moment(failed, failed.end)
    assert found.title.endswith("error") and "size" in found.warning


def test_seeds_given_by_the_program_are_called_v() -> None:
    recording = run("a = torch.tensor([1., 2.], requires_grad=True)\ny = a*2\ny.backward(torch.tensor([1., 0.5]))")
    at = next(cursor for cursor, moment in enumerate(recording.moments, 1) if moment.kind == "seed")
    found = explain_moment(recording, at)
    assert found.lines[0].symbol.to_plain() == "v = [1, 0.5]"


def test_unknown_cards_and_edges_are_refused() -> None:
    recording = run(CUBIC)
    with pytest.raises(RecordingError, match="no card"):
        explain_card(recording, 0, "nothing")
    with pytest.raises(RecordingError, match="no edge"):
        explain_edge(recording, 0, "nothing")


def test_a_card_says_why_and_what_changes_it_next() -> None:
    recording = run(CUBIC)
    card = next(card for card in recording.graph.cards if card.symbol == "b^{2}")
    early, late = explain_card(recording, 5, card.id), explain_card(recording, recording.end, card.id)
    assert "Next: operation 7" in early.note
    assert late.lines[-1].symbol.to_plain() == "= −1" and "zero" not in late.note and "only leaves keep" in late.note


@pytest.mark.parametrize(
    ("symbol", "value", "gradient"), [("a", 1, 11), ("b", 2, 9), ("a^{3}", 3, 7), ("b^{2}", 4, 7), ("-", 5, 6), ("y", 5, 6)]
)
def test_a_card_says_when_it_got_what_it_shows(symbol: str, value: int, gradient: int) -> None:
    recording = run(CUBIC)
    card = next(card for card in recording.graph.cards if card.symbol == symbol)
    word = "`.grad`" if symbol in ("a", "b") else "gradient"
    for cursor in range(recording.end + 1):
        found = explain_card(recording, cursor, card.id)
        if cursor < value:
            assert "It got" not in found.note
        elif cursor < gradient:
            assert found.note.startswith(f"It got its value at operation {value}. Next: operation {gradient}, where")
            assert found.ways == ((f"operation {value}", value), (f"operation {gradient}", gradient))
        else:
            assert found.note.startswith(f"It got its value at operation {value} and its {word} at operation {gradient}.")
            assert found.ways[:2] == ((f"operation {value}", value), (f"operation {gradient}", gradient))
        assert all(words in found.note + found.sentence for words, _ in found.ways)


def test_a_cleared_gradient_was_not_got() -> None:
    recording = run(f"{CUBIC}\na.grad = None")
    card = next(card for card in recording.graph.cards if card.symbol == "a")
    assert explain_card(recording, recording.end, card.id).note.startswith("It got its value at operation 1.")


def leaf(recording: Recording, name: str) -> int:
    return next(item.id for item in recording.variables if item.name == name)


@pytest.mark.parametrize("index", [0, 1, 4, 5, 13, 14, 15, 17, 20, 21, 23])
def test_finite_differences_agree_with_autograd(index: int) -> None:
    recording = run_program(PROGRAMS[index])
    checked = [finite_difference(run_program, recording, item.id) for item in recording.variables if item.gradients]
    assert checked and all(item.possible and item.agrees for item in checked), [item.text for item in checked]


def test_a_finite_difference_says_what_was_nudged() -> None:
    recording = run_program(CUBIC)
    found = finite_difference(run_program, recording, leaf(recording, "a"))
    assert found.text == "Nudging a by 0.001 moves y by 0.075 → 75 (autograd: 75)."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = torch.ones(1, requires_grad=True)\n(a*2).backward()", "not written as a number"),
        ("a = torch.tensor([0.], requires_grad=True)\ny = a.abs()\ny.backward()", "kink"),
        ("a = torch.tensor([2.], requires_grad=True)\ny = a * a.detach()\ny.backward()", "detach"),
        (
            "w = torch.tensor([2.], requires_grad=True)\n(w*w).backward()\n"
            "with torch.no_grad():\n    w -= w.grad\n(w*w).backward()",
            "update",
        ),
        ("a = torch.tensor([1e-3], requires_grad=True)\ny = torch.log(a)\ny.backward()", "no finite number"),
    ],
)
def test_a_finite_difference_says_when_it_cannot(text: str, reason: str) -> None:
    recording = run_program(text)
    variable = next(item.id for item in recording.variables if item.gradients)
    assert reason in finite_difference(run_program, recording, variable).text


def test_a_program_with_random_numbers_is_not_compared() -> None:
    text = "a = torch.tensor([2.], requires_grad=True)\ny = a * 1.5\ny.backward()"
    recording = run_program(text)
    runs = iter(range(100))

    def restless(changed: str) -> Recording:
        return run_program(changed.replace("1.5", f"1.{next(runs)}"))

    assert "random" in finite_difference(restless, recording, leaf(recording, "a")).text


def test_a_failing_nudge_is_told() -> None:
    recording = run_program(CUBIC)

    def broken(text: str) -> Recording:
        raise ProgramError("no such luck")

    assert "no such luck" in finite_difference(broken, recording, leaf(recording, "a")).text


def test_text_and_latex_can_be_copied() -> None:
    found = explain_moment(run(CUBIC), 9)
    assert found.to_latex().startswith("\\begin{aligned}") and "&= " in found.to_latex()
    assert "b.grad: None → −12" in found.to_text()
    assert number_symbol(-12.0).to_latex() in found.to_latex()


def test_explaining_changes_nothing() -> None:
    recording, other = run(CUBIC), run(CUBIC)
    every_explanation(recording)
    pairs: list[tuple[TensorData, TensorData]] = [
        (first.data, second.data) for first, second in zip(recording.values, other.values, strict=True)
    ]
    assert all(same(first, second) for first, second in pairs)


def test_a_step_along_what_autograd_grad_returned_is_recognised() -> None:
    text = (
        "w = torch.tensor([2.], requires_grad=True)\nv = torch.tensor([5.], requires_grad=True)\n"
        "g, h = torch.autograd.grad(w*w*v, (w, v))\nwith torch.no_grad():\n    w -= 0.1*g\n    v -= 0.1*g\n"
    )
    recording = run(text)
    first, second = (explain_moment(recording, recording.end - 2), explain_moment(recording, recording.end))
    assert first.sentence.startswith("$w$ moves against its gradient, by $η$ = 0.1 times the gradient. The gradient is")
    assert "moves against its gradient" not in second.sentence, "that is the gradient of another one"


def test_an_unused_input_does_not_give_its_gradient_to_another() -> None:
    text = (
        "a = torch.tensor([2.], requires_grad=True)\nb = torch.tensor([3.], requires_grad=True)\n"
        "c = torch.tensor([5.], requires_grad=True)\n"
        "f, g, h = torch.autograd.grad(a*c, (a, b, c), allow_unused=True)\n"
        "with torch.no_grad():\n    b -= 0.1*f\n    c -= 0.1*h\n"
    )
    recording = run(text)
    sentences = [explain_moment(recording, cursor).sentence for cursor in range(1, recording.end + 1)]
    told = [sentence for sentence in sentences if "moves against its gradient" in sentence]
    assert len(told) == 1 and told[0].startswith("$c$ moves against its gradient"), "5 is what a is given, not b"

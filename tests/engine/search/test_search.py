"""Search: what is understood and what is not, and that what is found is what plain torch and numpy say."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor, nn

import engine
from engine.errors import Cancelled, RecordingError, SearchError
from engine.graph.state import CardState, Row
from engine.recorder.keep.tensors import Snapshots
from engine.recording import Recording
from engine.search import Compare, Finding, Is, RequiresGrad, Text, find, parse, search
from engine.search.conditions import judge
from engine.tables import TensorData, summarise

UNDERSTOOD: list[tuple[str, tuple[Any, ...]]] = [
    ("", ()),
    ("   ", ()),
    ("MatMul", (Text(None, "matmul"),)),
    ("grad", (Text(None, "grad"),)),
    ("value is_ok", (Text(None, "value"), Text(None, "is_ok"))),
    ('"and"', (Text(None, "and", whole=True),)),
    ("linear and relu", (Text(None, "linear"), Text(None, "relu"))),
    ("op:matmul NODE:Addmm", (Text("op", "matmul"), Text("node", "addmm"))),
    ('name:"W 1"', (Text("name", "w 1", whole=True),)),
    ("not relu", (Text(None, "relu", negated=True),)),
    ("shape:8x3", (Text("shape", "8x3", shape=(8, 3)),)),
    ("shape:[8, 3]", (Text("shape", "[8, 3]", shape=(8, 3), whole_shape=True),)),
    ("shape:()", (Text("shape", "()", shape=(), whole_shape=True),)),
    ("64", (Text(None, "64", shape=(64,)),)),
    ("grad is nan", (Is("grad", "nan"),)),
    ("VALUE IS NOT INF", (Is("value", "inf", negated=True),)),
    (".grad is not none", (Is("grad", "none", negated=True),)),
    ("grad is not yet", (Is("grad", "not_yet"),)),
    ("grad is not tracked", (Is("grad", "not_tracked"),)),
    ("grad is cleared", (Is("grad", "cleared"),)),
    ("all value is nan", (Is("value", "nan", every=True),)),
    ("grad = 0", (Compare("grad", "=", 0.0),)),
    ("|grad|>10", (Compare("grad", ">", 10.0, absolute=True),)),
    ("| value | ≤ −1e-3", (Compare("value", "<=", -1e-3, absolute=True),)),
    ("all grad != .5", (Compare("grad", "!=", 0.5, every=True),)),
    ("any value < -inf", (Compare("value", "<", -np.inf),)),
    ("all", (Text(None, "all"),)),
    ("requires_grad", (RequiresGrad(),)),
    ("not requires_grad", (RequiresGrad(False),)),
    ("linear |grad| > 1", (Text(None, "linear"), Compare("grad", ">", 1.0, absolute=True))),
]

REFUSED = [
    ("grad is", 8, 8, "what"),
    ("grad is 3", 9, 10, "="),
    ("grad is big", 9, 12, "big"),
    ("grad >", 7, 7, "number is missing"),
    ("x grad > y", 10, 11, "not a number"),
    ("grad > < 3", 8, 9, "not a number"),
    ("grad = nan", 8, 11, "nothing compares"),
    ("grad > 1e999", 8, 13, "too large"),
    ("y > 3", 1, 2, "y cannot be compared"),
    ("> 3", 1, 2, "must come before"),
    ("grad > 1 < 2", 10, 11, "must come before"),
    ("|grad > 3", 7, 8, "second |"),
    ("|grad|", 7, 7, "comparison"),
    ("|x| > 1", 2, 3, "x cannot"),
    ("a |", 4, 4, "absolute of what"),
    ("a and", 3, 6, "between two terms"),
    ("and a", 1, 4, "between two terms"),
    ("a or b", 3, 5, "or is not known"),
    ("op:", 4, 4, "without a space"),
    ("op: matmul", 4, 4, "without a space"),
    ("colour:red", 1, 11, "colour:"),
    ("shape:wide", 1, 11, "not a shape"),
    ('a "b', 3, 5, "not closed"),
    ('a ""', 3, 5, "nothing between"),
    ("not", 4, 4, "not of what"),
    ("not grad > 3", 1, 4, "not stands before"),
    ("all grad is none", 13, 17, "applies to the whole"),
    ("x" * 1001, 1001, 1002, "1,000 characters"),
]


@pytest.mark.parametrize(("text", "terms"), UNDERSTOOD)
def test_what_is_understood(text: str, terms: tuple[Any, ...]) -> None:
    assert parse(text).terms == terms


@pytest.mark.parametrize(("text", "column", "end", "message"), REFUSED)
def test_what_is_not_understood_says_where_and_gives_an_example(text: str, column: int, end: int, message: str) -> None:
    with pytest.raises(SearchError, match=message.replace("|", r"\|")) as caught:
        parse(text)
    problem = caught.value
    assert (problem.column, problem.end_column) == (column, end)
    assert problem.hint and "\n" not in problem.message
    assert str(problem) == f"column {column}: {problem.message} ({problem.hint})"


PIECES = 'grad value is not nan | > = != 10 -1e3 op: shape: [3, 4] " and or all requires_grad'.split()


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map(" ".join), st.lists(st.sampled_from(PIECES)).map("".join)))
@example("[" * 900)
@example("!" * 900)
def test_no_text_raises_anything_but_a_search_error(text: str) -> None:
    try:
        query = parse(text)
    except SearchError as problem:
        assert 1 <= problem.column <= problem.end_column <= len(text) + 1
    else:
        assert query.text == text
        search(SMALL, query)


def recorded() -> Recording:
    torch.manual_seed(0)
    x = torch.randn(2, requires_grad=True)
    with engine.record() as r:
        (x * 3).sum().backward()
    return r.recording


SMALL = recorded()

# Texts -------------------------------------------------------------------------------------------------------------


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(nn.Linear(4, 4) for _ in range(11)))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.layers(x))


@pytest.fixture(scope="module")
def block() -> Recording:
    torch.manual_seed(0)
    model, data = Block(), torch.randn(5, 4)
    with engine.record() as r:
        out = model(data)
        loss = (out @ torch.ones(4, 1)).mean()
        loss.backward()
    return r.recording


def ids(recording: Recording, query: str, cursor: int | None = None) -> list[str]:
    return [hit.card.id for hit in find(recording, query, cursor)]


def test_cards_are_found_by_name_operation_node_module_and_shape(block: Recording) -> None:
    def names(query: str) -> list[str]:
        return [hit.name or hit.operation for hit in find(block, query)]

    assert names("name:out") == ["out"]
    assert names("matmul") == ["matmul"]
    assert names("op:relu") == ["out"]
    assert [hit.nodes for hit in find(block, "meanbackward0")] == [("MeanBackward0",)]
    assert names("module:layers.1") == ["model.layers.1.weight", "model.layers.1.bias", "linear"], "and not layers.10"
    assert len(find(block, "module:Linear")) == 33
    assert len(find(block, "module:block")) == 34, "and so what runs in modules inside of it"
    assert ids(block, "module:block relu") == ids(block, "node:relu")
    assert names("[5, 1]") == ["matmul"]
    assert {hit.card.shape for hit in find(block, "shape:4")} == {(5, 4), (4, 4), (4,), (4, 1)}
    assert ids(block, "4x4 weight") == ids(block, "shape:[4,4]")
    assert names('name:"los"') == []
    assert set(names('"loss"')) == {"loss"}
    assert len(find(block, "module:Linear not bias")) == 22


def test_hits_come_in_the_programs_order_and_say_what_they_are(block: Recording) -> None:
    found = search(block, "weight")
    places = [block.graph.cards.index(hit.card) for hit in found]
    assert places == sorted(places) and len(places) == 11
    hit = found[0]
    assert (hit.name, hit.operation, hit.nodes) == ("model.layers.0.weight", "", ("AccumulateGrad",))
    assert (hit.module, hit.module_type, hit.requires_grad) == ("model.layers.0", "Linear", True)
    assert found.place_of(hit.card.id) == 0
    assert found.place_of("operation-1") is None and found.place_of(None) is None
    assert found.card(3) == found[3].card.id
    with pytest.raises(IndexError):
        found[11]
    assert find(block, "") == ()


def test_nodes_that_a_backward_made_are_found_by_the_operation_they_belong_to() -> None:
    recording = engine.run_program(
        "a = tensor(2., requires_grad=True)\ny = a**3\n(g,) = torch.autograd.grad(y, a, create_graph=True)\ng.backward()"
    )
    assert [hit.card.id for hit in find(recording, "op:mul")] == [
        card.id for card in recording.graph.cards if card.id.startswith("node") and card.subtitle.startswith("MulBackward")
    ]
    assert find(recording, "op:mul")


def test_a_search_outside_of_the_timeline_or_cancelled() -> None:
    with pytest.raises(RecordingError):
        find(SMALL, "x", SMALL.end + 1)
    with pytest.raises(Cancelled):
        search(SMALL, "x", cancelled=lambda: True)
    asked = iter([False, True])
    with pytest.raises(Cancelled):
        search(recorded(), "grad > 0", cancelled=lambda: next(asked))


# Conditions --------------------------------------------------------------------------------------------------------

RELATIONS: dict[str, Any] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
DTYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int8,
    torch.uint8,
    torch.int64,
    torch.bool,
    torch.complex64,
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (7,)])
def test_comparisons_are_torchs_own(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    plain = [torch.randint(-3 if dtype.is_signed else 0, 4, shape).to(dtype) for _ in range(3)]
    if dtype.is_floating_point or dtype.is_complex:
        plain += [torch.full(shape, number, dtype=dtype) for number in (0.1, np.nan, np.inf, -np.inf, -0.0)]
    if dtype == torch.int8:
        plain.append(torch.full(shape, -128, dtype=dtype))
    for tensor in plain:
        with engine.record() as r:
            _ = tensor.clone() if dtype.is_complex or dtype == torch.bool else tensor * 1
        for relation, compare in RELATIONS.items():
            for absolute in (False, True):
                for number in (0.0, 0.1, -1.0, 2.0, 2.5, np.inf, 128.0):
                    if dtype.is_complex and not absolute and relation not in ("=", "!="):
                        mask = torch.zeros(shape, dtype=torch.bool)
                    else:
                        wide = tensor if dtype.is_complex or dtype.is_floating_point else tensor.to(torch.int64)
                        mask = compare(wide.abs() if absolute else wide, number)
                    subject = "|value|" if absolute else "value"
                    for every in (False, True):
                        query = f"{'all ' if every else ''}{subject} {relation} {number}"
                        wanted = bool(mask.all() if every else mask.any())
                        hits = find(r.recording, query)
                        assert bool(hits) is wanted, (query, tensor)
                        if hits:
                            assert hits[0].findings[0].count == int(mask.sum())


def test_a_number_that_a_dtype_cannot_hold_is_compared_as_it_is() -> None:
    x = torch.tensor([1.0, np.inf], dtype=torch.float16)
    with engine.record() as r:
        x * 1
    assert find(r.recording, "value > 70000") and not find(r.recording, "value = 70000")
    assert find(r.recording, "value > 1e-30") and not find(r.recording, "value = 1e-30")


def row(tensor: Tensor, whole: bool) -> Row:
    """What the recorder keeps of ``tensor``."""
    name = str(tensor.dtype).removeprefix("torch.")
    array = tensor.view(torch.int16).numpy().view(np.uint16) if name == "bfloat16" else tensor.numpy()
    data = TensorData(tuple(tensor.shape), name, array)
    if not whole:
        numbers = data.numbers()
        assert numbers is not None
        data = TensorData(data.shape, name, None, summarise(numbers))
    return Row("value", data)


NUMBERS = st.sampled_from([0.0, -0.0, 0.1, -0.1, 1.0, -1.0, 2.0, 3.0, -3.0, np.inf, -np.inf, np.nan])


@given(
    st.lists(NUMBERS, min_size=1, max_size=40),
    st.sampled_from(list(RELATIONS)),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.0, 0.1, -1.0, 1.5, 3.0, -3.0, np.inf, -np.inf]),
    st.sampled_from([torch.float32, torch.bfloat16, torch.complex64]),
)
def test_a_summary_never_says_what_is_not_so(
    numbers: list[float], relation: Any, absolute: bool, every: bool, number: float, dtype: torch.dtype
) -> None:
    """The corner shows the first 8 elements only; the rest is least, greatest and counts."""
    tensor = torch.tensor(numbers, dtype=torch.float32).to(dtype)
    terms = (
        Compare("value", relation, number, absolute, every),
        Is("value", "nan", False, every),
        Is("value", "inf", True, every),
    )
    for term in terms:
        known, _ = judge(term, CardState(row(tensor, True), Row("none")))
        said, finding = judge(term, CardState(row(tensor, False), Row("none")))
        assert said is None or said is known, term
        if finding is not None and isinstance(term, Compare) and finding.number is not None:
            assert finding.count in (None, len(numbers))
            single = torch.tensor([finding.number]).to(torch.complex64 if isinstance(finding.number, complex) else torch.float64)
            meets, _ = judge(Compare("value", relation, number), CardState(row(single, True), Row("none")))
            assert meets or dtype != torch.float32 or number == 0.1


def test_a_summary_says_what_it_can() -> None:
    numbers = torch.linspace(-1, 3, 10_000)
    state = CardState(row(numbers, False), Row("none"))

    def say(query: str) -> bool | None:
        return judge(parse(query).conditions[0], state)[0]

    assert [say(f"value > {c}") for c in (2.9, 3)] == [True, False]
    assert [say(f"|value| > {c}") for c in (2.9, 3)] == [True, False]
    assert [say(f"value < {c}") for c in (-0.9, -1)] == [True, False]
    assert [say(f"|value| < {c}") for c in (1.5, 0.5)] == [True, None], "nearer to 0 than −1 there may be none"
    assert [say(f"value = {c}") for c in (3, 2, 4)] == [True, None, False]
    assert [say(f"all value >= {c}") for c in (-1, 0)] == [True, False]
    assert [say(f"all |value| >= {c}") for c in (0, 0.5)] == [True, None]
    assert [say(f"value is {kind}") for kind in ("nan", "inf")] == [False, False]
    assert judge(parse("value > 2").conditions[0], state)[1] == Finding("value", False, 3.0, None, 10_000)
    infinite = CardState(row(torch.cat([numbers, torch.tensor([np.inf])]), False), Row("none"))
    assert judge(parse("value > 3").conditions[0], infinite)[0] is None, "a summary does not tell the sign of an infinity"
    assert judge(parse("|value| > 3").conditions[0], infinite)[0] is True
    assert judge(parse("value is inf").conditions[0], infinite)[1] == Finding("value", False, None, 1, 10_001, "inf")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_large_tensors_are_searched_by_their_summaries(monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype) -> None:
    monkeypatch.setattr(Snapshots.__init__, "__defaults__", (0,))
    x = torch.linspace(-1, 1, 5000).to(dtype).requires_grad_()
    with engine.record() as r:
        _ = x * 2
    recording = r.recording
    assert all(value.data.array is None for value in recording.values)
    found = search(recording, "value = 0.5")
    assert len(found) == 0 and found.undecided == len(recording.graph.cards)
    assert search(recording, "value > 3").undecided == 0
    assert [hit.findings for hit in find(recording, "value > 1.5")] == [(Finding("value", False, 2.0, None, 5000),)] * 2
    assert len(find(recording, "value >= -1 value <= -1")) == 3, "both are so of at least one element, also of y"
    assert len(find(recording, "all value >= -1")) == 1


def test_conditions_are_those_of_the_moment() -> None:
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    data = torch.tensor([3.0, 0.0])
    optimizer = torch.optim.SGD([w], lr=1.0)
    with engine.record() as r:
        for _ in range(2):
            loss = (w * data).sum()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
    recording, seen = r.recording, set()
    for cursor in range(recording.end + 1):
        cards = recording.state(cursor).cards
        rows = {card.id: cards[card.id].gradient for card in recording.graph.cards}
        for word, kinds in (
            ("none", ("none", "undefined")),
            ("cleared", ("cleared",)),
            ("not yet", ("not_yet",)),
            ("not tracked", ("not_tracked",)),
        ):
            found = ids(recording, f"grad is {word}", cursor)
            assert found == [number for number, item in rows.items() if item.kind in kinds]
            seen.update({word} if found else ())
        above = [
            number
            for number, item in rows.items()
            if item.kind in ("value", "cleared") and item.data is not None and bool((np.abs(item.data.numbers()) > 2).any())
        ]
        assert ids(recording, "|grad| > 2", cursor) == above
    assert seen == {"none", "cleared", "not yet", "not tracked"}
    assert ids(recording, "name:w value < -5") == [] and ids(recording, "name:w value < -4")
    assert [hit.name for hit in find(recording, "value = 3 not requires_grad")] == ["data"]
    assert ids(recording, "grad is none grad is not none") == []


def test_nan_is_found_where_it_begins() -> None:
    x = torch.tensor([4.0, -1.0], requires_grad=True)
    with engine.record() as r:
        root = x.sqrt()
        total = root.sum()
        total.backward()
    assert {hit.name for hit in find(r.recording, "value is nan")} == {"root", "total"}
    assert [hit.name for hit in find(r.recording, "grad is nan")] == ["x"]
    assert find(r.recording, "grad is nan")[0].findings == (Finding("grad", False, None, 1, 2, "nan"),)
    assert ids(r.recording, "value is nan", 0) == []
    assert {hit.name for hit in find(r.recording, "all value is nan")} == {"total"}
    assert {hit.name for hit in find(r.recording, "value is not nan")} == {"x"}


def test_hits_that_are_called_alike_have_the_numbers_of_their_operations() -> None:
    """Four calls of one module gave four equal rows."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    with engine.record() as r:
        for _ in range(4):
            net(torch.ones(1, 2)).sum().backward()
    hits = find(r.recording, "relu")
    assert len(hits) == 4 and len({hit.moment for hit in hits}) == 4
    for hit in hits:
        assert hit.moment is not None
        moment = r.recording.moments[hit.moment - 1]
        assert moment.kind == "operation" and moment.subject == hit.card.operation

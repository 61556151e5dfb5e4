"""Gradients of gradients, vectors, several passes and cut edges: each against plain PyTorch."""

from __future__ import annotations

import pytest
import torch

from engine.explain import explain_card
from engine.graph.model import Card
from engine.programs.program import run_program
from engine.recording import Recording
from tests.engine.plain_torch import Watched, identical, run

CUBE = "a = torch.tensor([5.], requires_grad=True)\ny = a**3\n"
TWICE = CUBE + "g, = torch.autograd.grad(y, a, create_graph=True)\nh, = torch.autograd.grad(g, a, create_graph=True)\n"
THRICE = TWICE + "k, = torch.autograd.grad(h, a)\n"
MORE = (
    "x = torch.tensor(3., requires_grad=True)\ny = x*x + torch.sin(x)\ng, = torch.autograd.grad(y, x, create_graph=True)\n"
    "z = g*g\nz.backward()",
    "a = torch.tensor([1., 2.], requires_grad=True)\nb = torch.tensor([3.], requires_grad=True)\ny = (a*b)**2\n"
    "g, f = torch.autograd.grad(y.sum(), (a, b), create_graph=True)\n(g.sum() + f.sum()).backward()",
    "a = torch.tensor([5.], requires_grad=True)\ny = a**3\ny.backward(create_graph=True)\n"
    "g = a.grad*1\na.grad = None\ng.backward()",
    "w = torch.ones(2, 2, requires_grad=True)\nx = torch.tensor([[1., 2.]])\ny = torch.tanh(x @ w).sum()\n"
    "g, = torch.autograd.grad(y, w, create_graph=True)\n(g**2).sum().backward()",
    "x = torch.ones(4, 1, requires_grad=True)\nb = torch.tensor([.5], requires_grad=True)\ny = ((x + b)**3).sum()\n"
    "g, = torch.autograd.grad(y, b, create_graph=True)\n(g**2).sum().backward()",
)


def named(recording: Recording, name: str) -> float:
    return float([value for value in recording.values if value.name == name][-1].data.item())  # type: ignore[arg-type]


def node_cards(recording: Recording) -> list[Card]:
    return [card for card in recording.graph.cards if card.id.startswith("node-")]


def test_the_cube_differentiated_three_times() -> None:
    recording = run(THRICE)
    assert [named(recording, name) for name in "ghk"] == [75.0, 30.0, 6.0]


def test_the_graph_of_the_gradient_has_four_nodes() -> None:
    recording = run(TWICE)
    value = next(value for value in recording.values if value.name == "g")
    reached, stack = set(), [value.node]
    while stack:
        number = stack.pop()
        if number is not None and number not in reached:
            reached.add(number)
            stack += [edge.to for edge in recording.nodes[number].edges]
    names = sorted(recording.nodes[number].name for number in reached)
    assert names == ["AccumulateGrad", "MulBackward0", "MulBackward1", "PowBackward0"]


def test_the_gradients_own_graph_is_drawn_with_torchs_values() -> None:
    recording = run(TWICE)
    state = recording.state(recording.end)
    seen = [(card.symbol, state.cards[card.id].value.data) for card in node_cards(recording)]
    assert [(symbol, data.item() if data else None) for symbol, data in seen] == [
        ("a^{2}", 25.0),
        ("3 \\cdot", 75.0),
        ("\\times", 75.0),
        ("a^{1}", 5.0),
        ("2 \\cdot", 10.0),
        ("\\times", 30.0),
    ]
    edges = {(edge.source, edge.target) for edge in recording.graph.edges}
    assert {("variable-0", "node-2"), ("node-2", "node-3"), ("node-3", "node-4")} <= edges
    results = [card.symbol for card in recording.graph.cards if card.kind == "result"]
    assert results == ["y", "g", "h"]


def test_nothing_of_the_gradients_graph_is_known_before_its_pass() -> None:
    recording = run(TWICE)
    seeds = [number for number, moment in enumerate(recording.moments) if moment.kind == "seed"]
    early = recording.state(seeds[0] + 1)
    assert all(early.cards[card.id].value.kind == "not_yet" for card in node_cards(recording))
    between = recording.state(seeds[1])
    first = [card for card in node_cards(recording) if recording.nodes[card.nodes[0]].made_in == 0]
    assert len(first) == 3
    assert all(between.cards[card.id].value.kind == "value" for card in first)
    assert all(between.cards[card.id].gradient.kind == "not_yet" for card in first)
    after = recording.state(recording.end)
    assert [after.cards[card.id].gradient.data.item() for card in first] == [3.0, 1.0, 1.0]  # type: ignore[union-attr]


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("text", [TWICE, THRICE, *MORE])
def test_events_are_torchs_own_and_every_made_node_has_a_card(text: str) -> None:
    recording = run(text)
    assert not recording.failed
    expected = Watched(text).events
    assert [recording.nodes[item.node].name for item in recording.runs] == [event.name for event in expected]
    for item, event in zip(recording.runs, expected, strict=True):
        assert all(map(identical, item.incoming, event.incoming))
    drawn = {number for card in recording.graph.cards for number in card.nodes}
    assert drawn == set(range(len(recording.nodes)))
    cards = {card.id for card in recording.graph.cards}
    assert all(edge.source in cards and edge.target in cards for edge in recording.graph.edges)
    assert len({edge.id for edge in recording.graph.edges}) == len(recording.graph.edges)
    for cursor in range(recording.end + 1):
        recording.state(cursor)


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("text", MORE)
def test_every_node_of_the_gradients_graph_has_its_value(text: str) -> None:
    recording = run(text)
    state = recording.state(recording.end)
    assert node_cards(recording)
    assert all(state.cards[card.id].value.kind == "value" for card in node_cards(recording))


def test_made_nodes_say_which_run_made_them() -> None:
    recording = run(TWICE)
    made = [(node.made_in, None if node.made_by is None else recording.nodes[node.made_by].name) for node in recording.nodes]
    assert made == [
        (None, None),
        (None, None),
        (0, "PowBackward0"),
        (0, "PowBackward0"),
        (0, "PowBackward0"),
        (1, "PowBackward0"),
        (1, "PowBackward0"),
        (1, "PowBackward0"),
    ]
    sums = run("x = torch.tensor(3., requires_grad=True)\ny = x*x + x**3\ng, = torch.autograd.grad(y, x, create_graph=True)")
    assert [node.name for node in sums.nodes if node.made_in == 0 and node.made_by is None] != []


def test_a_vector_is_the_seed() -> None:
    recording = run("a = torch.tensor([1., 2.], requires_grad=True)\ny = a*2\ny.backward(torch.tensor([1., 0.5]))")
    seed = recording.passes[0].seeds[0]
    assert seed is not None and seed.numbers().tolist() == [1.0, 0.5]  # type: ignore[union-attr]
    state = recording.state(recording.end)
    result = next(card for card in recording.graph.cards if card.kind == "result")
    assert state.cards[result.id].gradient.data is seed


def test_two_passes_are_kept_apart_and_accumulate() -> None:
    recording = run(CUBE + "y.backward(retain_graph=True)\ny.backward()")
    assert [item.retain_graph for item in recording.passes] == [True, False]
    assert [run_.pass_id for run_ in recording.runs] == [0, 0, 1, 1]
    assert [moment.kind for moment in recording.moments].count("free") == 1
    last = recording.runs[-1]
    assert (last.grad_before.item(), last.grad_after.item()) == (75.0, 150.0)  # type: ignore[union-attr]


def test_detach_and_no_grad_are_cut() -> None:
    recording = run(
        "a = torch.tensor([2.], requires_grad=True)\nb = a*3\nd = b.detach()\nwith torch.no_grad():\n    e = a*5\n"
        "y = a*d + e\ny.backward()"
    )
    state = recording.state(recording.end)
    cut = [edge for edge in recording.graph.edges if edge.cut]
    assert len(cut) == 2 and all(state.edges[edge.id].gradient == "cut" for edge in cut)
    by_name = {card.symbol: state.cards[card.id] for card in recording.graph.cards}
    assert by_name["\\mathrm{detach}"].gradient.kind == "not_tracked"
    assert by_name["a"].gradient.data.item() == 6.0  # type: ignore[union-attr]


def test_a_program_may_ask_for_it() -> None:
    recording = run_program(THRICE)
    assert named(recording, "k") == 6.0 and len(node_cards(recording)) == 6
    assert torch.is_grad_enabled()


def test_values_on_the_way_equal_what_plain_torch_computes() -> None:
    text = "x = torch.tensor(2., requires_grad=True)\ny = x*x + x**3\ng, = torch.autograd.grad(y, x, create_graph=True)"
    recording = run(text)
    kept = {card.symbol: recording.values[card.values[0][1]].data.item() for card in node_cards(recording) if card.values}
    # 3x² by way of x², then the two uses of x in x*x: partial sums in torch's order
    assert kept["x^{2}"] == 4.0 and kept["3 \\cdot"] == 12.0
    sums = [recording.values[card.values[0][1]].data.item() for card in node_cards(recording) if card.symbol == "+"]
    assert len(sums) == 2 and sums[-1] == 16.0


def test_a_value_that_torch_hands_to_no_one_is_called_not_recorded() -> None:
    """Large tensors are not rehearsed, so what a Node computes on its way stays unknown: that is neither None nor a failure."""
    text = (
        "x = torch.ones(5000, requires_grad=True)\ny = (x**3).sum()\n"
        "g, = torch.autograd.grad(y, x, create_graph=True)\n(g**2).sum().backward()"
    )
    recording = run(text)
    end = recording.state(recording.end).cards
    without = [card for card in node_cards(recording) if not card.values]
    assert without and all(end[card.id].value.kind == "unknown" for card in without)
    assert all(recording.state(0).cards[card.id].value.kind == "not_yet" for card in without)
    for card in without:
        sentence = explain_card(recording, recording.end, card.id).sentence
        assert "not recorded" in sentence and "failed" not in sentence
        assert "not computed yet" in explain_card(recording, 0, card.id).sentence

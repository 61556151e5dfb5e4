"""Views of a graph: modules folded into one card each, and the paths from or to one card. Nothing is lost, nothing made up."""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np
import pytest
import torch
from torch import nn

import engine
from engine.explain import explain_module
from engine.graph.fold_view import View, call_of
from engine.graph.folding import FIRST_BUDGET, Paths
from engine.graph.model import Graph
from engine.programs.program import run_program
from engine.recording import Recording


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4)
        self.linear = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.relu(self.linear(self.norm(x)))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.bn = nn.BatchNorm1d(4)
        self.last = nn.Linear(4, 1)
        self.unused = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return self.last(self.bn(x))


GRADIENTS: dict[str, list[torch.Tensor]] = defaultdict(list)
OUTPUTS: dict[str, list[torch.Tensor]] = defaultdict(list)


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Two steps of Adam; what each module returned and the gradient that came back to it are noted by hooks of torch's own."""
    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    data, target = torch.randn(6, 3), torch.randn(6, 1)

    def note(name: str, output: torch.Tensor) -> None:
        OUTPUTS[name].append(output.detach().clone())
        output.register_hook(lambda gradient: GRADIENTS[name].append(gradient.clone()))

    for name, module in model.named_modules(prefix="model"):
        module.register_forward_hook(lambda _module, _inputs, output, name=name: note(name, output))
    with engine.record() as made:
        for _ in range(2):
            optimizer.zero_grad()
            loss = ((model(data) - target) ** 2).mean()
            loss.backward()
            optimizer.step()
    return made.recording


def foldings(recording: Recording, count: int = 25) -> list[frozenset[int]]:
    chance = random.Random(1)
    calls = range(len(recording.calls))
    made = [frozenset(call for call in calls if chance.random() < share) for share in np.linspace(0, 1, count)]
    return [frozenset(), recording.folds.modules, *made]


def acyclic(graph: Graph) -> bool:
    following, entering = defaultdict(list), dict.fromkeys((card.id for card in graph.cards), 0)
    for edge in graph.edges:
        following[edge.source].append(edge.target)
        entering[edge.target] += 1
    ready = [card for card, count in entering.items() if not count]
    seen = 0
    while ready:
        seen += 1
        for target in following[ready.pop()]:
            entering[target] -= 1
            if not entering[target]:
                ready.append(target)
    return seen == len(graph.cards)


def test_every_card_is_drawn_once_or_by_its_module(recording: Recording) -> None:
    folds = recording.folds
    for unfolded in foldings(recording):
        view = folds.view(unfolded)
        drawn = {card.id for card in view.graph.cards}
        assert len(drawn) == len(view.graph.cards)
        images = {card.id: view.card(card.id) for card in recording.graph.cards}
        assert {image for image in images.values() if image is not None} == drawn
        for card, image in images.items():
            around = [call for call in folds.around(card) if call not in unfolded]
            if image is None:
                assert recording.calls[around[0]].optimizer
            elif image != card:
                assert card in view.groups[image].members
                # The outermost call around it that is not unfolded.
                assert call_of(image) == around[0]
        assert acyclic(view.graph)


def test_every_edge_between_two_drawn_cards_is_drawn_once(recording: Recording) -> None:
    for unfolded in foldings(recording):
        view = recording.folds.view(unfolded)
        ends = {edge.id: (edge.source, edge.target, edge.value) for edge in view.graph.edges}
        assert len(ends) == len(view.graph.edges)
        cards = {card.id: card for card in recording.graph.cards}
        for edge in recording.graph.edges:
            source, target, image = view.card(edge.source), view.card(edge.target), view.edge(edge.id)
            hidden = cards[edge.source].kind in ("leaf", "data") and source != edge.source
            if source is None or target is None or source == target or hidden:
                assert image is None
            else:
                assert image is not None and ends[image] == (source, target, edge.value)
        parts = [part for bundle in view.bundles.values() for part in bundle.edges]
        assert len(parts) == len(set(parts)) and all(len(bundle.edges) > 1 for bundle in view.bundles.values())


def test_all_unfolded_is_the_graph_itself(recording: Recording) -> None:
    view = recording.folds.view(recording.folds.modules | recording.folds.optimizers)
    assert [card.id for card in view.graph.cards] == [card.id for card in recording.graph.cards]
    assert {edge.id for edge in view.graph.edges} == {edge.id for edge in recording.graph.edges}
    assert not view.groups and not view.bundles


def test_a_folded_module_shows_what_it_returned_and_the_gradient_that_came_back(recording: Recording) -> None:
    """Against hooks of torch's own: the output of every call of every module, and its gradient."""
    state = recording.state(recording.end)
    seen: dict[str, int] = defaultdict(int)
    compared = 0
    for call in recording.calls:
        if call.optimizer or call.function:
            continue
        view = recording.folds.view(recording.folds.modules - recording.folds.inside(call.id))
        card = view.state(state).cards[f"call-{call.id}"]
        at = seen[call.name]
        seen[call.name] += 1
        assert card.value.data is not None and card.value.data.array is not None
        np.testing.assert_array_equal(card.value.data.array, OUTPUTS[call.name][at].numpy())
        assert card.gradient.data is not None and card.gradient.data.array is not None
        np.testing.assert_array_equal(card.gradient.data.array, GRADIENTS[call.name][at].numpy())
        compared += 1
    assert compared == 2 * 10


def test_a_module_is_active_while_something_in_it_runs(recording: Recording) -> None:
    view = recording.folds.view()
    for cursor in range(recording.end + 1):
        plain = recording.state(cursor)
        told = view.state(plain)
        active = {view.card_at(card, cursor) for card, shown in plain.cards.items() if shown.active is not None} - {None}
        assert {card for card, shown in told.cards.items() if shown.active is not None} == active
        assert set(told.touched) == active
        for edge in view.graph.edges:
            if edge.id not in view.bundles:
                assert told.edges[edge.id] is plain.edges[edge.id]


def test_numbers_for_thousands_of_cards_agree_with_the_states(recording: Recording) -> None:
    for unfolded in foldings(recording, 6):
        view = recording.folds.view(unfolded)
        for cursor in range(0, recording.end + 1, 7):
            told = view.state(recording.state(cursor))
            assert told.codes is not None
            codes = told.codes()
            assert len(codes) == len(view.graph.cards)
            for code, card in zip(codes.tolist(), view.graph.cards, strict=True):
                shown = told.cards[card.id]
                assert (code >= 5) == (shown.active is not None), (cursor, card.id)


def test_parameters_are_inside_their_module_until_it_is_unfolded(recording: Recording) -> None:
    folds = recording.folds
    names = {call.id: call.name for call in recording.calls}
    assert not any(card.kind == "leaf" for card in folds.view().graph.cards)
    first = next(call for call, name in names.items() if name == "model.first")
    view = folds.view(frozenset({0, first}))
    shown = {card.symbol: card.subtitle for card in view.graph.cards if card.kind == "leaf"}
    assert shown == {"\\mathrm{first.weight}": "model.first", "\\mathrm{first.bias}": "model.first"}
    assert {recording.variables[number].name for number in folds.parameters(first)} == {"model.first.weight", "model.first.bias"}
    assert len(folds.parameters(0)) == 2 * 2 + 2 * 4 + 2
    # The other step's call of the module uses the same weights: that edge is drawn, too.
    weight = next(card.id for card in view.graph.cards if card.symbol == "\\mathrm{first.weight}")
    assert len({edge.target for edge in view.graph.edges if edge.source == weight}) == 2


def test_what_an_optimizer_computes_is_drawn_only_if_asked_for(recording: Recording) -> None:
    folds = recording.folds
    steps = [call.id for call in recording.calls if call.optimizer]
    assert folds.optimizers == frozenset(steps)
    inside = set(folds.cards_in(steps[0]))
    assert inside and not any(folds.first_view.card(card) for card in inside)
    assert inside <= {card.id for card in folds.view(frozenset(steps)).graph.cards}


def test_the_first_view_unfolds_while_few_cards_are_shown(recording: Recording) -> None:
    with engine.record() as small:
        net, x = Net(), torch.randn(6, 3)
        net(x).sum().backward()
    view = small.recording.folds.first_view
    assert len(view.graph.cards) <= FIRST_BUDGET and not view.groups
    with engine.record() as made:
        model = nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)) for _ in range(30)))
        model(torch.randn(1, 2)).sum().backward()
    first = made.recording.folds.first_view
    assert len(first.groups) == 30 and len(first.graph.cards) <= FIRST_BUDGET < len(made.recording.graph.cards)
    assert {made.recording.calls[group.call].type for group in first.groups.values()} == {"Sequential"}
    assert next(iter(first.graph.cards)).kind in ("data", "module")


def test_a_program_without_modules_is_shown_as_it_is() -> None:
    recording = run_program("a = torch.tensor([5.], requires_grad=True)\ny = a**3\ny.backward()")
    view = recording.folds.first_view
    assert view.whole and view.graph is recording.graph
    state = recording.state(2)
    assert view.state(state) is state
    assert view.card("nothing") is None and view.card(None) is None and view.edge(None) is None
    assert recording.folds.around(recording.graph.cards[0].id) == () and recording.folds.modules == frozenset()


def reach(view: View, start: str, *, back: bool) -> set[str]:
    found = {start}
    for _ in view.graph.cards:
        for edge in view.graph.edges:
            one, other = (edge.target, edge.source) if back else (edge.source, edge.target)
            if one in found:
                found.add(other)
    return found


def test_paths_are_those_that_a_search_finds(recording: Recording) -> None:
    chance = random.Random(2)
    for unfolded in foldings(recording, 5):
        whole = recording.folds.view(unfolded)
        for card in chance.sample([card.id for card in whole.graph.cards], 4):
            for to, onward in ((True, False), (False, True), (True, True)):
                view = recording.folds.view(unfolded, Paths(card, to, onward))
                wanted = {card} | (reach(whole, card, back=True) if to else set())
                wanted |= reach(whole, card, back=False) if onward else set()
                assert {item.id for item in view.graph.cards} == wanted
                assert {edge.id for edge in view.graph.edges} == {
                    edge.id for edge in whole.graph.edges if {edge.source, edge.target} <= wanted
                }
                assert view.narrow == (len(wanted) < len(whole.graph.cards))
                told = view.state(recording.state(recording.end))
                assert set(told.cards) == wanted and told.codes is not None and len(told.codes()) == len(wanted)
                outside = [other.id for other in whole.graph.cards if other.id not in wanted]
                assert all(view.card(other) is None for other in outside)


def test_paths_of_a_card_that_is_folded_are_its_module_s(recording: Recording) -> None:
    face = recording.folds.view().groups["call-0"].face
    view = recording.folds.view(frozenset(), Paths(face, True, False))
    assert view.card(face) == "call-0" and "call-0" in {card.id for card in view.graph.cards}
    whole = recording.folds.view(frozenset(), Paths("nothing"))
    assert [card.id for card in whole.graph.cards] == [card.id for card in recording.folds.view().graph.cards]


def test_deep_nesting_is_no_recursion() -> None:
    module: nn.Module = nn.Linear(1, 1)
    for _ in range(80):
        module = nn.Sequential(module)
    with engine.record() as made:
        module(torch.ones(1, 1)).backward()
    recording = made.recording
    assert len(recording.folds.around(recording.graph.cards[-2].id)) == 81
    assert len(recording.folds.inside(0)) == 81
    assert len(recording.folds.view().groups) == 1 and recording.folds.first_view.groups == {}


def test_a_module_says_what_it_is(recording: Recording) -> None:
    group = recording.folds.view().groups["call-0"]
    text = explain_module(recording, recording.end, group).to_text()
    assert "model is a module of type Net" in text and "12 modules within it" not in text
    assert "9 modules within it" in text and "14 parameters with" in text
    early = explain_module(recording, 0, group).to_text()
    assert "not computed yet" in early and "gradient" not in early


def test_copies_that_a_library_makes_for_itself_are_no_cards() -> None:
    layer, x = nn.TransformerEncoderLayer(4, 1, 4, batch_first=True), torch.randn(1, 2, 4)
    with engine.record() as made:
        model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        model(x).sum().backward()
    symbols = [card.symbol for card in made.recording.graph.cards]
    assert "\\mathrm{clone}" not in symbols and "\\mathrm{tensor}" not in symbols
    kept = torch.randn(2)
    with engine.record() as own:
        copy = kept.clone()
    assert [card.symbol for card in own.recording.graph.cards if card.kind == "operation"] == ["\\mathrm{clone}"]
    assert copy is not kept

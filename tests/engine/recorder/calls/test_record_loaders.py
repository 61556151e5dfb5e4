"""Batches of a DataLoader: recorded as calls, folded into one card each, explained as what they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset
from torch.utils.data.dataloader import _BaseDataLoaderIter

import engine
from engine.explain import explain_module
from engine.recording import Recording

BEGIN, FOLLOWING = DataLoader.__iter__, _BaseDataLoaderIter.__next__


def train(loader: DataLoader[tuple[Tensor, Tensor]]) -> Recording:
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    with engine.record() as made:
        for inputs, target in loader:
            ((model(inputs) - target) ** 2).mean().backward()
    return made.recording


@pytest.fixture(scope="module")
def recording() -> Recording:
    return train(DataLoader(TensorDataset(torch.randn(8, 3), torch.randn(8, 1)), batch_size=4))


def test_what_a_batch_computes_is_a_call_and_the_loader_is_left_as_it_was(recording: Recording) -> None:
    batches = [call for call in recording.calls if call.loader]
    assert [(call.name, call.parent, call.optimizer) for call in batches] == [("loader", None, False)] * 3, "the last is empty"
    counts = [sum(operation.call == call.id for operation in recording.operations) for call in batches]
    assert counts == [10, 10, 0]
    assert {operation.name for operation in recording.operations if operation.call == batches[0].id} == {"getitem", "stack"}
    assert all(operation.call != batches[0].id for operation in recording.operations if operation.name == "linear")
    assert DataLoader.__iter__ is BEGIN and _BaseDataLoaderIter.__next__ is FOLLOWING


def test_batches_are_folded_at_first_and_modules_are_not(recording: Recording) -> None:
    view = recording.folds.first_view
    batches = [call.id for call in recording.calls if call.loader][:2]
    assert {group.call for group in view.groups.values()} == set(batches)
    assert {card.symbol for card in view.graph.cards if card.kind == "module"} == {"\\mathrm{loader}"}
    assert any(card.symbol == "\\mathrm{linear}" for card in view.graph.cards)
    every = recording.folds.view(recording.folds.modules)
    assert len(every.graph.cards) > len(view.graph.cards) + 14 and not every.groups


def test_a_batch_says_what_it_is(recording: Recording) -> None:
    group = next(iter(recording.folds.first_view.groups.values()))
    found = explain_module(recording, recording.end, group)
    assert found.sentence.startswith(
        "`loader` gives data in batches. Getting this one made 10 nodes. Several tensors came out of it; the last is "
    )
    assert found.note == "It got its value at operation 12. Unfold it with a double click, Return or +."
    assert "not computed yet" in explain_module(recording, 0, group).sentence


class Doubled(Dataset[Tensor]):
    """Its items go through a module, and the third cannot be had."""

    def __init__(self) -> None:
        self.scale = nn.Linear(1, 1)

    def __getitem__(self, number: int) -> Tensor:
        if number == 2:
            raise ValueError("no third one")
        with torch.no_grad():
            found: Tensor = self.scale(torch.tensor([float(number)]))
        return found


class Stream(IterableDataset[Tensor]):
    def __iter__(self) -> Iterator[Tensor]:
        return (torch.tensor([float(number)]) + 1 for number in range(4))


def test_a_module_within_and_an_item_that_fails() -> None:
    own = DataLoader(Doubled(), batch_size=2, sampler=range(4))
    with engine.record() as made, pytest.raises(ValueError, match="no third one"):
        for batch in own:
            _ = batch * 2
    calls = made.recording.calls
    assert [(call.type, call.parent) for call in calls] == [
        ("DataLoader", None),
        ("function", 0),
        ("Linear", 1),
        ("function", 0),
        ("Linear", 3),
        ("DataLoader", None),
    ]
    assert calls[1].name == "Doubled.__getitem__()"
    after = next(operation for operation in made.recording.operations if operation.name == "mul")
    assert after.call is None, "the call is left although the next one failed"


def test_an_iterable_dataset_and_a_loader_begun_before() -> None:
    begun = iter(DataLoader(Stream(), batch_size=2))
    with engine.record() as made:
        batches = [batch.tolist() for batch in begun]
    assert batches == [[[1.0], [2.0]], [[3.0], [4.0]]]
    assert [call.name for call in made.recording.calls] == ["DataLoader"] * 3
    assert {operation.call for operation in made.recording.operations} == {0, 1}


def test_only_data_unfolds_where_there_is_nothing_else() -> None:
    model = nn.Sequential(nn.ReLU(), nn.Tanh())
    with engine.record() as made:
        model(torch.ones(2))
    assert not made.recording.folds.first_view.groups

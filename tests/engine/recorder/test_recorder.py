"""The recorder against plain PyTorch, number by number and event by event."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

from engine.errors import Cancelled, TooLargeError
from engine.recorder.recorder import Recorder
from engine.recording import Recording
from tests.engine.plain_torch import PROGRAMS, Watched, array, identical, run


def last_named(recording: Recording) -> dict[str, int]:
    return {value.name: value.id for value in recording.values if value.name}


@pytest.mark.parametrize("text", PROGRAMS)
def test_values_and_gradients_equal_plain_torch(text: str) -> None:
    recording = run(text)
    assert not recording.failed
    plain = Watched(text)
    named = last_named(recording)
    assert plain.tensors().keys() <= named.keys()
    for name, tensor in plain.tensors().items():
        value = recording.values[named[name]]
        assert identical(value.data, array(tensor)), name
        assert value.requires_grad == tensor.requires_grad
        assert value.leaf == tensor.is_leaf
        if tensor.is_leaf and tensor.requires_grad:
            gradients = recording.variables[value.variable].gradients
            assert identical(gradients[-1][1] if gradients else None, array(tensor.grad)), name


@pytest.mark.parametrize("text", PROGRAMS)
def test_every_node_run_is_an_event_in_torchs_order(text: str) -> None:
    recording = run(text)
    expected = Watched(text).events
    runs = recording.runs
    assert [recording.nodes[item.node].name for item in runs] == [event.name for event in expected]
    for item, event in zip(runs, expected, strict=True):
        assert len(item.incoming) == len(event.incoming)
        assert all(map(identical, item.incoming, event.incoming))
        if recording.nodes[item.node].variable is None:
            assert all(map(identical, item.outgoing, event.outgoing))
        else:
            assert identical(item.grad_after, event.grad)


@pytest.mark.parametrize("text", PROGRAMS)
def test_contributions_add_up_to_the_gradient_that_came_in(text: str) -> None:
    recording = run(text)
    for item in recording.passes:
        sums: dict[tuple[int, int], np.ndarray | None] = {}
        for root, seed in zip(item.roots, item.seeds, strict=True):
            value = recording.values[root]
            if value.node is not None and seed is not None:
                sums[(value.node, value.output)] = seed.array
        for one in recording.runs:
            if one.pass_id != item.id:
                continue
            for output, came in enumerate(one.incoming):
                total = sums.get((one.node, output))
                assert identical(came, None if total is None else np.asarray(total))
            for edge in recording.nodes[one.node].edges:
                sent = one.outgoing[edge.slot] if edge.slot < len(one.outgoing) else None
                if sent is not None:
                    key = (edge.to, edge.output)
                    before = sums.get(key)
                    sums[key] = sent.array if before is None else np.add(before, sent.array)


def test_the_default_program_tells_torchs_story() -> None:
    recording = run(PROGRAMS[0])
    events = [recording.nodes[item.node] for item in recording.runs]
    assert [node.name for node in events] == [
        "SubBackward0",
        "PowBackward0",
        "AccumulateGrad",
        "PowBackward0",
        "AccumulateGrad",
    ]
    owners = [recording.variables[node.variable].name for node in events if node.variable is not None]
    assert owners == ["b", "a"]
    assert [recording.runs[item].grad_after.item() for item in (2, 4)] == [-12.0, 75.0]  # type: ignore[union-attr]
    assert (
        [moment.kind for moment in recording.moments]
        == """
        operation operation operation operation operation seed run run accumulate run accumulate free
    """.split()
    )


def test_source_spans_count_characters() -> None:
    text = "größe = torch.tensor([2.], requires_grad=True)\ny = größe*größe + größe\ny.backward()"
    lines = text.splitlines()
    spans = {operation.name: operation.span for operation in run(text).operations}
    mul, add = spans["mul"], spans["add"]
    assert mul is not None and lines[mul.line - 1][mul.column - 1 : mul.end_column - 1] == "größe*größe"
    assert add is not None and lines[add.line - 1][add.column - 1 : add.end_column - 1] == "größe*größe + größe"


def test_local_derivatives_come_from_the_node_itself() -> None:
    recording = run(PROGRAMS[0])
    locals_of = {
        recording.nodes[item.node].operation: [None if part is None else part.item() for part in item.local]
        for item in recording.runs
    }
    assert locals_of[2] == [75.0] and locals_of[3] == [12.0] and locals_of[4] == [1.0, -1.0]
    without = run(PROGRAMS[0], local_derivatives=False)
    assert all(item.local == () for item in without.runs)


def test_in_place_updates_keep_their_variable() -> None:
    recording = run(PROGRAMS[18])
    weights = [value for value in recording.values if value.name == "w"]
    assert len({value.variable for value in weights}) == 1
    assert [value.version for value in weights] == [0, 1, 2, 3]
    assert [moment.kind for moment in recording.moments if moment.phase == "update"].count("update") == 3
    assert [moment.kind for moment in recording.moments if moment.phase == "zero"] == ["zero"] * 3


def test_a_change_through_a_view_reaches_the_base() -> None:
    recording = run("x = torch.ones(3)\nv = x[1:]\nv.mul_(5)\nz = x.sum()")
    base = recording.values[last_named(recording)["x"]]
    assert base.data.array is not None and base.data.array.tolist() == [1.0, 5.0, 5.0]


def test_a_failing_operation_ends_the_recording() -> None:
    recording = run("a = torch.ones(2, requires_grad=True)\nb = a*2\nc = b @ torch.ones(3)")
    assert recording.failed and recording.moments[-1].kind == "error"
    assert recording.moments[-1].span is not None and recording.moments[-1].span.line == 3
    failing = recording.operations[-1]
    assert failing.name == "matmul" and failing.outputs == ()
    state = recording.state(recording.end)
    assert [card.symbol for card in recording.graph.cards if state.cards[card.id].failed] == ["@"]


def test_a_refused_backward_marks_its_root() -> None:
    recording = run("a = torch.ones(2, requires_grad=True)\ny = a*2\ny.backward()")
    assert recording.passes == () and recording.runs == ()
    state = recording.state(recording.end)
    assert [card.symbol for card in recording.graph.cards if state.cards[card.id].failed] == ["y"]


def test_a_second_backward_marks_the_node_that_failed() -> None:
    recording = run("a = torch.tensor(2., requires_grad=True)\ny = (a**2) + 3\ny.backward()\ny.backward()")
    failed = [item for item in recording.runs if not item.completed]
    assert [recording.nodes[item.node].name for item in failed] == ["PowBackward0"]


def test_recording_leaves_torch_as_it_found_it() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    run(PROGRAMS[8])
    assert torch.equal(before, torch.get_rng_state())
    assert torch.is_grad_enabled()


def test_nothing_of_torch_outlives_the_recording() -> None:
    tensor = torch.tensor([2.0], requires_grad=True)
    alive = weakref.ref(tensor)
    recorder = Recorder("y = x**2", "<program>", names={"x": tensor})
    scope = {"x": tensor}
    with recorder:
        exec(compile("y = x**2\ny.backward()", "<program>", "exec"), scope)
    recording = recorder.finish()
    del tensor, scope, recorder
    gc.collect()
    assert alive() is None
    assert recording.values[0].name == "x"


def test_recorded_arrays_cannot_be_changed() -> None:
    array_ = run(PROGRAMS[0]).values[0].data.array
    assert array_ is not None
    with pytest.raises(ValueError):
        array_[0] = 1


def test_too_many_operations_are_refused() -> None:
    recorder = Recorder("", "<program>", max_operations=3)
    with recorder, pytest.raises(TooLargeError, match="more than 3 operations"):
        x = torch.ones(1)
        for _ in range(5):
            x = x + 1


def test_cancel_stops_between_two_operations() -> None:
    calls: list[int] = []

    def cancel() -> bool:
        calls.append(1)
        return len(calls) > 2

    recorder = Recorder("", "<program>", cancel=cancel)
    with recorder, pytest.raises(Cancelled):
        x = torch.ones(1)
        for _ in range(5):
            x = x + 1
    assert len(recorder.finish().operations) == 2


def test_a_chain_of_ten_thousand_operations_records_without_recursion() -> None:
    text = "x = torch.tensor(1., requires_grad=True)\ny = x\nfor i in range(9990):\n    y = y + 1\ny.backward()"
    recording = run(text)
    assert not recording.failed and len(recording.runs) == 9991
    state = recording.state(recording.end)
    assert len(state.cards) == 9992

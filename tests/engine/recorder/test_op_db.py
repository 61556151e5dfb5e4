"""Every differentiable operator of PyTorch's own database, recorded: the gradients are plain torch's, and in the recording."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

import engine
from engine.explain.facts import facts
from engine.explain.passes.flows import flows
from engine.explain.passes.verdicts import verdict
from engine.recording import Recording

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

OPERATORS = [op for op in op_db if op.supports_autograd and torch.float32 in op.supported_backward_dtypes("cpu")]
pytestmark = pytest.mark.filterwarnings("ignore")


def _copy(item: Any) -> Any:
    return item.detach().clone().requires_grad_(item.requires_grad) if isinstance(item, Tensor) else item


def _tracked(result: Any) -> list[Tensor]:
    return [item for item in tree_leaves(result) if isinstance(item, Tensor) and item.requires_grad]


def _run(op: Any, sample: Any) -> tuple[list[Tensor | None], int]:
    """Gradients of all inputs that require one, after a pass from all outputs; and how many outputs there were."""
    torch.default_generator.manual_seed(0)
    given, args, kwargs = tree_map(_copy, (sample.input, sample.args, sample.kwargs))
    result = op(given, *args, **kwargs)
    if sample.output_process_fn_grad is not None:
        result = sample.output_process_fn_grad(result)
    outputs = _tracked(result)
    if outputs:
        torch.autograd.backward(outputs, [torch.ones_like(item) for item in outputs])
    return [item.grad for item in _tracked((given, args, kwargs))], len(outputs)


def _bytes(gradient: Tensor | None) -> bytes | None:
    if gradient is None:
        return None
    dense = gradient.to_dense() if gradient.layout != torch.strided else gradient
    plain: bytes = dense.resolve_conj().resolve_neg().contiguous().numpy(force=True).tobytes()
    return plain


def _recorded(recording: Recording) -> set[bytes]:
    last = (item.gradients[-1][1] for item in recording.variables if item.gradients)
    return {data.array.tobytes() for data in last if data is not None and data.array is not None}


def _disagreeing(recording: Recording) -> list[str]:
    """Nodes of which an explanation would say that their rule gives other numbers than torch."""
    known = facts(recording)
    return [item.node.name for run in recording.runs for item in flows(known, run) if verdict(known, item) == "wrong"]


@pytest.mark.parametrize("op", OPERATORS, ids=[f"{op.name}-{op.variant_test_name}" for op in OPERATORS])
def test_recorded_gradients_are_those_of_plain_torch(op: Any) -> None:
    # Not `sample_inputs`, which reads the sources of all frames on the stack to find out which unittest runs.
    torch.default_generator.manual_seed(0)
    sample = next(iter(op.sample_inputs_func(op, "cpu", torch.float32, True)))
    plain, outputs = _run(op, sample)
    with engine.record() as made:
        seen, _ = _run(op, sample)
    recording = made.recording
    wanted = [_bytes(item) for item in plain]
    assert [_bytes(item) for item in seen] == wanted
    assert not [note for note in recording.notes if "failed itself" in note or "could not be read" in note]
    assert not recording.failed
    assert len(recording.passes) == (1 if outputs else 0)
    assert {item for item in wanted if item is not None} <= _recorded(recording)
    for cursor in (0, recording.end):
        state = recording.state(cursor)
        assert [state.cards[card.id].value.kind for card in recording.graph.cards]
        assert all(state.edges[edge.id].value for edge in recording.graph.edges)
    assert not _disagreeing(recording)
    assert recording.to_json()


def test_the_database_is_all_there() -> None:
    assert len(OPERATORS) > 500

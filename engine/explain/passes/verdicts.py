"""Whether the rule of a Node gives the numbers that torch recorded: only then does it stand next to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from engine.explain.facts import Facts, operands, plain_call_of
from engine.explain.passes.agreement import Array, added_up, close, operand_numbers, own_of_torch, precision
from engine.explain.passes.flows import Flow, operation_of, own_value, position_of
from engine.explain.passes.rules import rule_holds, rule_of
from engine.explain.passes.slots import slot_values
from engine.explain.passes.tensor_numbers import candidates, moved
from engine.operations.entry import WayBack
from engine.operations.registry import base_name, canonical, way_back
from engine.operations.rule_numbers import rule_value
from engine.tables import Operation, TensorData, Value

Verdict = Literal["right", "wrong", "unknown", "other"]
"""``unknown``: elements that it needs were not kept, or no rule is known. ``other``: its rule is not written for such numbers."""


def verdict(facts: Facts, item: Flow) -> Verdict:
    """What the numbers say about the rule for one flow; computed once."""
    known = facts.__dict__.setdefault("_verdicts", {})
    key = (item.run.id, item.slot)
    found: Verdict | None = known.get(key)
    if found is None:
        found = known[key] = _verdict(facts, item)
    return found


def _verdict(facts: Facts, item: Flow) -> Verdict:
    if not own_of_torch(item.node.name):
        return "unknown"
    operation = operation_of(facts, item.node)
    position = position_of(facts, item, operation) if operation is not None else None
    if operation is not None and position is not None and rule_of(facts, operation, position) is not None:
        holds = rule_holds(facts, operation, position, item.came, item.sent, item.local)
        if holds is not False:
            return "right" if holds else "unknown"
        return "other" if _undefined(item) or _has_no_value(facts, operation, position) else "wrong"
    if item.came is None:
        return "unknown"
    if any("complex" in data.dtype for data in (item.came, item.sent)):
        return "other"
    if sum(data is not None for data in item.run.incoming) > 1:
        return "other"  # gradients of several results, of which explanations name the first
    arrived, gone = item.came.numbers(), item.sent.numbers()
    if arrived is None or gone is None:
        return "unknown"
    came, sent = np.asarray(arrived, np.float64), np.asarray(gone, np.float64)
    base = base_name(item.node.name)
    way = way_back(base)
    if way.caption:
        holds = moved(way, came, sent, precision(item.came.dtype, item.sent.dtype))
        if holds and way.each:
            holds = _passed_where_kept(facts, item, operation, way, came, sent)
        return "unknown" if holds is None else "right" if holds else "other"
    return _of_tensors(facts, item, operation, base, came, sent)


def _passed_where_kept(facts: Facts, item: Flow, operation: Operation | None, way: WayBack, came: Array, sent: Array) -> bool:
    """Whether a gradient passed only where the result was the input: elsewhere something else was chosen, or put in.
    True if that cannot be told. Overwriting what a Node has saved moves the places where it passes.
    """
    held = {key: data.numbers() for key, data, _ in _operands(facts, item, operation) if key in ("in", "out")}
    given, result = held.get("in"), held.get("out")
    if given is None or result is None or not given.shape == result.shape == sent.shape:
        return True
    kept = (given == result) | (np.isnan(given) & np.isnan(result))
    passed = (sent != 0) | (came == 0) | np.isnan(came)
    return bool(np.all(kept | (sent == 0) | np.isnan(came)) and (not way.kept or np.all(passed | ~kept)))


def _of_tensors(facts: Facts, item: Flow, operation: Operation | None, base: str, came: Array, sent: Array) -> Verdict:
    of: dict[int | str, Array] = {}
    types = [item.sent.dtype, item.came.dtype if item.came is not None else item.sent.dtype]
    for key, data, turned in _operands(facts, item, operation):
        numbers = data.numbers()
        if numbers is None:
            continue
        if np.iscomplexobj(numbers):
            return "other"
        of[key] = numbers.astype(np.float64).swapaxes(-1, -2) if turned and numbers.ndim > 1 else numbers.astype(np.float64)
        types.append(data.dtype)
    any_rule = False
    try:
        with np.errstate(all="ignore"):
            for value, size in candidates(base, item.slot, came, of, sent.shape):
                any_rule = True
                wide, most = np.broadcast_arrays(value, size)
                added = added_up(wide, most, sent.shape) or (wide, most)
                if close(added[0], added[1], sent, *types):
                    return "right"
    except KeyError:
        return "unknown"  # an operand that was not kept, or does not belong to the program
    except (ValueError, np.linalg.LinAlgError):
        return "other"
    if not any_rule:
        return "unknown"
    defined = np.isfinite(came).all() and np.isfinite(sent).all() and np.isfinite(value).all()
    return "wrong" if defined and _certain(facts, item, operation) else "other"


def _certain(facts: Facts, item: Flow, operation: Operation | None) -> bool:
    """Whether the operands are known to be the Node's own, and the rule to be written for this call."""
    if operation is not None:
        return plain_call_of(operation) and base_name(item.node.name) != "Threshold"  # relu's rule, not that of any threshold
    made = item.node.operation
    return made is not None and canonical(facts.recording.operations[made].name) == "linear"


def _undefined(item: Flow) -> bool:
    numbers = [data.numbers() for data in (item.came, item.sent, item.local) if data is not None]
    return any(found is not None and not np.isfinite(found).all() for found in numbers)


def _has_no_value(facts: Facts, operation: Operation, position: int) -> bool:
    """Whether the rule is no number at these operands: 0 · log(0), where torch takes 0."""
    rule, numbers = rule_of(facts, operation, position), operand_numbers(facts, operands(operation))
    return rule is None or numbers is None or not bool(np.isfinite(rule_value(rule, numbers)).all())


def _operands(facts: Facts, item: Flow, operation: Operation | None) -> Iterator[tuple[int | str, TensorData, bool]]:
    for slot, held in slot_values(facts, item.node, item.run).items():
        if held.value is not None:
            yield slot, held.value.data, held.turned
            if slot == item.slot:
                yield "in", held.value.data, held.turned
    result = computed(facts, item)
    if result is not None:
        yield "out", result.data, False
    if operation is not None and item.value is not None:
        others = [
            facts.recording.values[argument.value]
            for argument in operands(operation)
            if argument.value is not None and facts.recording.values[argument.value].variable != item.value.variable
        ]
        if len(others) == 1:
            yield "other", others[0].data, False


def computed(facts: Facts, item: Flow) -> Value | None:
    """What the Node computed, as it was then: the value that carries it may have been overwritten since."""
    own = own_value(facts, item.run)
    if own is None or item.node.operation is None:
        return own
    made = (facts.recording.values[number] for number in facts.recording.operations[item.node.operation].outputs)
    return next((value for value in made if (value.node, value.output) == (own.node, own.output)), own)

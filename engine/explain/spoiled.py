"""What passes sent after something that a Node had saved was overwritten: no derivatives, and the reason why."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.explain.agreement import operand_numbers, product_agrees
from engine.explain.facts import Facts, operands
from engine.explain.facts import facts as facts_of
from engine.explain.flows import Flow, flows, operation_of, position_of
from engine.explain.matrices import base_name
from engine.explain.model import plain_words
from engine.explain.pieces import data_text, partial, source_line
from engine.explain.rules import has_rule, rule_holds
from engine.recording import HOOKED, NodeRun, Overwritten, Recording, overwriting
from engine.symbols import canonical


def trusted(facts: Facts, run: NodeRun) -> bool:
    """Whether a rule that cannot be computed here may stand beside the numbers of ``run``: nothing is known to change them."""
    return spoiled(facts, run) is None and not any(HOOKED in note for note in facts.recording.notes)


def spoiled(facts: Facts, run: NodeRun) -> Overwritten | None:
    """What the Node of ``run`` had saved and did not find again, where that changed what it sent."""
    return _all(facts).get(run.id)


def tainted(facts: Facts, run: NodeRun) -> Overwritten | None:
    """What was overwritten before ``run`` in its pass, or by then: what it sends is not the derivative."""
    return tainted_at(facts, run.pass_id, facts.moment_of_run.get(run.id, facts.recording.end))


def tainted_at(facts: Facts, pass_id: int, cursor: int) -> Overwritten | None:
    """The same for all that a pass has sent by ``cursor``."""
    changed = (item for item in _all(facts).values() if item.run.pass_id == pass_id)
    return next((item for item in changed if facts.moment_of_run.get(item.run.id, facts.recording.end) <= cursor), None)


def disagreement(recording: Recording, nodes: Collection[int]) -> str:
    """Why the rule of these Nodes does not stand beside their recorded numbers; empty where it does, or none has run."""
    known = facts_of(recording)
    for run in recording.runs:
        if run.node not in nodes:
            continue
        changed = spoiled(known, run)
        if changed is not None:
            return plain_words(overwritten_text(known, changed))
        for item in flows(known, run):
            operation = operation_of(known, item.node)
            position = position_of(known, item, operation) if operation is not None else None
            if operation is None or position is None:
                continue
            if rule_holds(known, operation, position, item.came, item.sent, item.local) is False and has_rule(operation):
                return f"{item.node.name} gave other numbers than the rule"
    return ""


def overwritten_in(recording: Recording, pass_id: int) -> str:
    """What a pass did not find as it was saved, in words; empty if nothing."""
    known = facts_of(recording)
    changed = tainted_at(known, pass_id, recording.end)
    return "" if changed is None else plain_words(overwritten_text(known, changed))


def _all(facts: Facts) -> Mapping[int, Overwritten]:
    found = facts.__dict__.get("_spoiled")
    if not isinstance(found, dict):
        found = {
            number: item for number, item in overwriting(facts.recording).runs.items()
            if not all(_right(facts, sent) for sent in flows(facts, item.run))
        }  # fmt: skip
        facts.__dict__["_spoiled"] = found
    return found


def _right(facts: Facts, item: Flow) -> bool:
    """Whether the recorded operands give what was sent all the same: nothing that counts was overwritten."""
    operation = operation_of(facts, item.node)
    position = position_of(facts, item, operation) if operation is not None else None
    if operation is None or position is None:
        return False
    if rule_holds(facts, operation, position, item.came, item.sent, item.local):
        return True
    numbers = operand_numbers(facts, operands(operation))
    return bool(
        numbers and item.came is not None and product_agrees(base_name(item.node.name), item.slot, numbers, item.came, item.sent)
    )


def derivative(facts: Facts, pass_id: int, cursor: int, root: str, label: str) -> str:
    """What a gradient that a pass brought by ``cursor`` is called: a derivative, or only a gradient where it is none."""
    changed = tainted_at(facts, pass_id, cursor)
    return partial(root, label) if changed is None else f"\\mathrm{{gradient}}({label})"


def overwritten_text(facts: Facts, item: Overwritten) -> str:
    """``what `SigmoidBackward0` had saved, $y$ = 0.5, was overwritten with 0 by `y.data.zero_()` (line 9) before it ran``."""
    recording = facts.recording
    node = recording.nodes[item.run.node].name.rpartition("::")[2]
    was, now = recording.values[item.value], recording.values[item.now]
    code = "" if item.span is None else _code(recording.text, item)
    if item.operation is None:
        by = f"past PyTorch (by numpy, for example), as was seen in operation {item.cursor},"
    elif code:
        by = f"by `{code}`{source_line(item.span)} in operation {item.cursor}"
    else:
        by = f"by `{canonical(item.operation.name)}`{source_line(item.span)} in operation {item.cursor}"
    shown = f"{data_text(was.data)}, was overwritten with {data_text(now.data)}"
    return f"what `{node}` had saved, ${facts.label(was.id)}$ = {shown} {by} before it ran"


def _code(text: str, item: Overwritten) -> str:
    span = item.span
    assert span is not None
    lines = text.split("\n")
    if span.line != span.end_line or not 1 <= span.line <= len(lines):
        return ""
    found = lines[span.line - 1][span.column - 1 : span.end_column - 1].strip()
    return found if len(found) <= 60 and "`" not in found else ""

"""Passes whose numbers are not derivatives: what a Node had saved was overwritten, a hook gave others, or no one knows why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from engine.explain.facts import Facts
from engine.explain.facts import facts as facts_of
from engine.explain.model import plain_words
from engine.explain.passes.agreement import sums_to
from engine.explain.passes.flows import Flow, flows, operation_of
from engine.explain.passes.rules import is_complex
from engine.explain.passes.verdicts import verdict
from engine.explain.pieces import data_text, source_line
from engine.mathematics.expression import Expression
from engine.mathematics.letters import Word
from engine.mathematics.tree import Call, partial
from engine.operations.registry import canonical
from engine.recording import Recording
from engine.tables import MODULE_HOOK, NodeRun, Overwritten, overwriting, same

_MOST_RUNS = 5_000
_FEW_RUNS = 48
_ELEMENTS = 1_024
"""If nothing is known to change gradients, only short passes of small tensors are searched for something that does."""


@dataclass(frozen=True, eq=False, slots=True)
class Spoiled:
    """From ``cursor`` on, what a pass sends is not the derivative, for the reason that ``text`` gives.
    ``arrived`` is True if what came in at ``run`` was changed before the Node saw it: what the Node makes of that is right.
    """

    run: NodeRun
    cursor: int
    text: str
    arrived: bool = False


def trusted(facts: Facts, run: NodeRun) -> bool:
    """Whether a rule that cannot be computed here may stand next to the numbers of ``run``: nothing is known to change them."""
    return spoiled(facts, run) is None and not _hooks(facts)


def holds(facts: Facts, item: Flow) -> bool:
    """Whether the rule of a flow may stand next to its numbers: it gives them, or nothing speaks against it."""
    found = verdict(facts, item)
    if spoiled(facts, item.run) is not None:
        return False
    return found == "right" or (found == "unknown" and trusted(facts, item.run))


def spoiled(facts: Facts, run: NodeRun) -> Spoiled | None:
    """Why what the Node of ``run`` sent is not what its rule makes of what came in; None if it is, or if no rule is known."""
    found = _all(facts).get(run.id)
    if found is not None:
        return None if found.arrived else found
    return _unlike(facts, run)


def tainted(facts: Facts, run: NodeRun) -> Spoiled | None:
    """What changed the numbers of a pass before or at ``run``, so that what it sends is not the derivative."""
    return tainted_at(facts, run.pass_id, facts.moment_of_run.get(run.id, facts.recording.end))


def tainted_at(facts: Facts, pass_id: int, cursor: int) -> Spoiled | None:
    """The same as ``tainted``, for all that a pass has sent by ``cursor``."""
    changed = (item for item in _all(facts).values() if item.run.pass_id == pass_id)
    return next((item for item in changed if item.cursor <= cursor), None)


def disagreement(recording: Recording, nodes: Collection[int]) -> str:
    """Why the rule of these Nodes does not stand next to their recorded numbers; empty if it does, or if none has run."""
    known = facts_of(recording)
    for run in recording.runs:
        if run.node not in nodes:
            continue
        changed = spoiled(known, run)
        if changed is not None:
            return plain_words(changed.text)
        for item in flows(known, run):
            if verdict(known, item) == "other":
                operation = operation_of(known, item.node)
                if operation is not None and is_complex(known, operation):
                    return "for complex numbers PyTorch takes the conjugate of the rule"
                return "its rule is not written for these numbers"
    return ""


def overwritten_in(recording: Recording, pass_id: int) -> str:
    """Why the numbers of a pass are not the derivatives, in words; empty if they are."""
    known = facts_of(recording)
    changed = tainted_at(known, pass_id, recording.end)
    return "" if changed is None else plain_words(changed.text)


def derivative(facts: Facts, pass_id: int, cursor: int, root: Expression, label: Expression) -> Expression:
    """What to call a gradient that a pass brought by ``cursor``: a derivative, or just a gradient if it is not one."""
    changed = tainted_at(facts, pass_id, cursor)
    return partial(root, label) if changed is None else Call(Word("gradient"), (label,))


# What was found ------------------------------------------------------------------------------------------------------


def _all(facts: Facts) -> Mapping[int, Spoiled]:
    """By the id of the run, in the order of the runs; made once."""
    found = facts.__dict__.get("_spoiled")
    if not isinstance(found, dict):
        known = {item.run.id: item for item in (*_overwritten(facts), *_changed(facts))}
        found = facts.__dict__["_spoiled"] = dict(sorted(known.items()))
    return found


def _overwritten(facts: Facts) -> Iterator[Spoiled]:
    for item in overwriting(facts.recording).runs.values():
        sent = flows(facts, item.run)
        if not sent or not all(verdict(facts, flow) == "right" for flow in sent):
            yield Spoiled(item.run, _ran(facts, item.run), _overwritten_text(facts, item))


def _changed(facts: Facts) -> Iterator[Spoiled]:
    """What hooks changed, and Nodes that sent something other than what their rule gives."""
    recording = facts.recording
    hooked = bool(recording.hooks)
    if len(recording.runs) > (_MOST_RUNS if hooked else _FEW_RUNS):
        return
    overwritten = overwriting(recording).runs
    for run in recording.runs:
        if run.id in overwritten or not run.completed:
            continue
        sizes = [data.size for data in (*run.incoming, *run.outgoing) if data is not None]
        if not hooked and max(sizes, default=0) > _ELEMENTS:
            continue
        arrived = _changed_on_the_way(facts, run)
        if arrived:
            yield Spoiled(run, _ran(facts, run), arrived, True)
            continue
        found = _unlike(facts, run)
        if found is not None:
            yield found


def _changed_on_the_way(facts: Facts, run: NodeRun) -> str:
    name = facts.recording.nodes[run.node].name.rpartition("::")[2]
    for output, came in enumerate(run.incoming):
        parts = [part.data for part in facts.contributions(run.pass_id, run.node, output)]
        if came is not None and parts and all(part.shape == came.shape for part in parts) and not sums_to(parts, came):
            hooks = _hooks(facts)
            if hooks:
                return f"a hook changed what came in at `{name}`{hooks}"
            return f"what came in at `{name}` is not what was sent to it: a hook that was not recorded may have changed it"
    return ""


def _unlike(facts: Facts, run: NodeRun) -> Spoiled | None:
    node = facts.recording.nodes[run.node]
    name = node.name.rpartition("::")[2]
    if name == MODULE_HOOK:
        pairs = zip(run.incoming, run.outgoing, strict=False)
        if any(came is not None and sent is not None and not same(came, sent) for came, sent in pairs):
            return Spoiled(run, _ran(facts, run), f"a hook of a module changed it at `{name}`{_hooks(facts, of_modules=True)}")
        return None
    if not any(verdict(facts, item) == "wrong" for item in flows(facts, run)):
        return None
    why = f"which a hook may have changed{_hooks(facts)}" if _hooks(facts) else "and the recording does not show why"
    return Spoiled(run, _ran(facts, run), f"`{name}` sent other numbers than its rule gives, {why}")


def _ran(facts: Facts, run: NodeRun) -> int:
    return facts.moment_of_run.get(run.id, facts.recording.end)


def _hooks(facts: Facts, *, of_modules: bool = False) -> str:
    """`` (register_hook in line 9)``, or nothing if no hook is known; those of modules act at Nodes of their own only."""
    hooks = [hook for hook in facts.recording.hooks if ("full_backward" in hook.how) == of_modules]
    names = [hook.how if hook.span is None else f"{hook.how} in line {hook.span.line}" for hook in hooks[:2]]
    return f" ({', '.join(names)}{' …' if len(hooks) > 2 else ''})" if names else ""


def _overwritten_text(facts: Facts, item: Overwritten) -> str:
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

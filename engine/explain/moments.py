"""Moment → one sentence and one formula with the recorded numbers in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from engine.explain.facts import SEED, Facts, facts, is_one
from engine.explain.forward.operations import operation_explanation, source_text
from engine.explain.model import Change, Explanation, Line, Piece
from engine.explain.passes.flows import Flow, flows, own_label
from engine.explain.passes.gradients import flow_lines as lines_of
from engine.explain.passes.phrases import sum_line, words
from engine.explain.passes.spoiled import derivative
from engine.explain.pieces import data_piece, data_symbol, data_text, finite, listed, of_shape
from engine.explain.updates import accumulate_explanation, update_explanation, zero_explanation
from engine.findings.advice import advise
from engine.graph.labels import tone_of
from engine.mathematics.letters import GRADIENT, HOLE
from engine.mathematics.tree import partial
from engine.recording import Recording
from engine.tables import OF_RUNS, PHASES, Moment, NodeRun

MOST_FLOWS = 4
"""The most gradients of one Node that are written out."""


def explain_moment(recording: Recording, cursor: int, begins: str = "Nothing has run yet.") -> Explanation:
    """What the moment that just finished did; at cursor 0, what will happen first.

    Parameters
    ----------
    recording : Recording
    cursor : int
        0 to ``recording.end``.
    begins : str
        What is said at cursor 0 before the first operation is named: a recorded epoch is not the first of its run.
    """
    known = facts(recording)
    if not recording.moments:
        return Explanation("Nothing yet", "forward", "The program does nothing: there is no operation to look at.")
    if cursor <= 0:
        return _start(known, begins)
    moment = recording.moments[cursor - 1]
    title = f"Operation {cursor} · {moment.phase}"
    found = _moment(known, moment, cursor, title)
    warning = _trouble(known, found, cursor)
    return replace(found, warning=warning, subject=f"Operation {cursor}", failed=moment.kind == "error")


def _moment(known: Facts, moment: Moment, cursor: int, title: str) -> Explanation:
    recording = known.recording
    match moment.kind:
        case "operation":
            return operation_explanation(known, moment, cursor, title)
        case "seed":
            return _seed(known, moment, cursor, title)
        case "run":
            return _run(known, recording.runs[moment.subject], cursor, title)
        case "accumulate":
            return accumulate_explanation(known, recording.runs[moment.subject], cursor, title)
        case "free":
            return _free(known, moment, cursor, title)
        case "update":
            return update_explanation(known, moment, cursor, title)
        case "zero":
            return zero_explanation(known, moment, cursor, title)
        case "print":
            return _print(moment, cursor)
        case _:
            return _error(known, moment, cursor, title)


def _start(known: Facts, begins: str) -> Explanation:
    recording = known.recording
    first = recording.moments[0]
    code = source_text(recording, first.span)
    what = f" will be `{code}`" if code else " comes next"
    sentence = f"{begins} The first operation{what}."
    counts = Counter(item.phase for item in recording.moments)
    shares = ", ".join(f"{counts[phase]} {phase}" for phase in PHASES if counts[phase] or phase in ("forward", "backward"))
    count = len(recording.moments)
    note = f"{count} operation{'' if count == 1 else 's'}: {shares}."
    return Explanation("Start", first.phase, sentence, (), None, note, None, 0)


def _seed(known: Facts, moment: Moment, cursor: int, title: str) -> Explanation:
    recording = known.recording
    item = recording.passes[moment.subject]
    lines = []
    plain = True
    for root, seed in zip(item.roots, item.seeds, strict=True):
        label = known.label(root)
        if seed is None:
            continue
        one = is_one(seed)
        plain = plain and one
        left = Piece(partial(label, label), "grad") if one else Piece(SEED, "grad", "seed")
        lines.append(Line((left,), "=", (data_piece(seed, "grad"),), listed(seed)))
    names = " and ".join(f"${known.label(root)}$" for root in item.roots[:3])
    call = "`backward()`" if item.accumulates else "`autograd.grad`"
    earlier = f" This is pass {moment.subject + 1}." if moment.subject else ""
    if plain:
        sentence = f"{call} starts at {names}: its gradient with respect to itself is 1.{earlier}"
        note = "From here the chain rule is applied Node by Node, against the arrows of the values."
    else:
        sentence = f"{call} starts at {names} with the gradient $v$ that the program gave.{earlier}"
        note = "What comes out is the gradient of $v$ · the result: each output counts as much as $v$ says."
    return Explanation(title, moment.phase, sentence, tuple(lines), None, note, None, cursor)


def _run(known: Facts, run: NodeRun, cursor: int, title: str) -> Explanation:
    recording = known.recording
    node = recording.nodes[run.node]
    sent = flows(known, run)
    name = node.name.rpartition("::")[2]
    label = own_label(known, run)
    came = next((item for item in run.incoming if item is not None), None)
    about = f" (${label}$)" if label != HOLE else ""
    if not sent:
        sentence = f"`{name}`{about} ran and sent no gradient on: nothing behind it needs one."
        lines = _arrival_lines(known, run)
        return Explanation(title, "backward", sentence, tuple(lines), None, "", None, cursor)
    if came is None:
        sentence = f"No gradient came in at `{name}`{about}. "
    elif listed(came):
        sentence = f"${data_symbol(came)}$ came in at `{name}`{about}. "
    else:
        sentence = f"A gradient {of_shape(came.shape)} came in at `{name}`{about}. "
    sentence += words(known, run, sent)
    lines = _flow_lines(known, sent)
    more = f" {len(sent) - MOST_FLOWS} more went out." if len(sent) > MOST_FLOWS else ""
    note, meeting = _meetings(known, run, sent, cursor)
    lines += meeting
    change = None
    if len(sent) == 1 and not listed(sent[0].sent):
        change = Change("sent on", "", data_text(sent[0].sent), "grad")
    return Explanation(title, "backward", sentence + more, tuple(lines), change, note, None, cursor)


def _flow_lines(known: Facts, sent: list[Flow]) -> list[Line]:
    if len(sent) == 1:
        return lines_of(known, sent[0])
    lines: list[Line] = []
    seen = set()
    for item in sent[:MOST_FLOWS]:
        for line in lines_of(known, item, short=True):
            # What came in is the same for all of them, so it is named once.
            if line.symbol not in seen or line.strong:
                lines.append(line)
            if line.left and line.left[0].symbol == GRADIENT:
                seen.add(line.symbol)
    return lines


def _arrival_lines(known: Facts, run: NodeRun) -> list[Line]:
    came = next((item for item in run.incoming if item is not None), None)
    if came is None:
        return []
    root = known.root_label(known.recording.passes[run.pass_id])
    named = derivative(known, run.pass_id, known.moment_of_run.get(run.id, 0), root, own_label(known, run))
    return [Line((Piece(named, "grad"),), "=", (data_piece(came, "grad"),))]


def _meetings(known: Facts, run: NodeRun, sent: list[Flow], cursor: int) -> tuple[str, list[Line]]:
    """Where what was sent meets gradients of other paths: their sum so far."""
    targets = dict.fromkeys((edge.to, edge.output) for item in sent for edge in item.node.edges if edge.slot == item.slot)
    root = known.root_label(known.recording.passes[run.pass_id])
    notes, lines = [], []
    for node, output in targets:
        parts = known.contributions(run.pass_id, node, output)
        if len(parts) < 2:
            continue
        arrived = [part for part in parts if part.cursor <= cursor]
        value = known.value_at(node, output)
        label = known.label(value.id) if value is not None else HOLE
        target = known.run_of(run.pass_id, node)
        total = target.incoming[output] if target is not None else None
        to_come = len(parts) - len(arrived)
        named = derivative(known, run.pass_id, cursor, root, label)
        line = sum_line((Piece(named),), arrived, total, to_come)
        if line is not None:
            lines.append(line)
        if to_come:
            notes.append(f"{len(arrived)} of {len(parts)} paths to ${label}$ have arrived; their gradients will be added.")
        else:
            notes.append(f"All {len(parts)} paths to ${label}$ have arrived: their gradients are added.")
    return " ".join(notes), lines


def _free(known: Facts, moment: Moment, cursor: int, title: str) -> Explanation:
    item = known.recording.passes[moment.subject]
    kept = "Only the leaves keep their `.grad`." if item.accumulates else "The result of `autograd.grad` stays."
    sentence = f"The graph is freed: what its Nodes had saved for this pass is released. {kept}"
    note = "A second `backward()` through it would fail; `retain_graph=True` keeps it."
    return Explanation(title, moment.phase, sentence, (), None, note, None, cursor)


def _print(moment: Moment, cursor: int) -> Explanation:
    text = " ".join(moment.text.split())
    shown = text if len(text) <= 120 else f"{text[:119]}…"
    shown = shown.replace("`", "'").replace("$", "")
    sentence = f"The program prints `{shown}`." if shown else "The program prints an empty line."
    title = f"Operation {cursor} · print"
    return Explanation(title, tone_of(moment), sentence, (), None, "Printing changes no value and no gradient.", None, cursor)


def _error(known: Facts, moment: Moment, cursor: int, title: str) -> Explanation:
    recording = known.recording
    code = source_text(recording, moment.span)
    where = f" at `{code}`" if code else f" in line {moment.span.line}" if moment.span is not None else ""
    message = " ".join(moment.text.split()).replace("`", "'").replace("$", "")
    shown = message if len(message) <= 400 else f"{message[:399]}…"
    sentence = f"The program stopped here{where}."
    lines = []
    if moment.subject >= 0:
        value = recording.values[moment.subject]
        if listed(value.data):
            lines.append(Line((Piece(known.label(value.id)),), "=", (data_piece(value.data, "value"),)))
    found = advise(recording, moment.text)
    if found is not None and found.message not in moment.text:
        said = found.message.replace("$", "")
        sentence += f" {said[:1].upper()}{said[1:]}. {found.hint}"
    note = "Everything up to here did happen, and you can walk through it."
    return Explanation(f"Operation {cursor} · error", moment.phase, sentence, tuple(lines), None, note, None, cursor, shown)


def _trouble(known: Facts, found: Explanation, cursor: int) -> str:
    """Names the first operation that made nan or infinity, if this moment shows one."""
    if found.warning:
        return found.warning
    shown = [piece.data for line in found.lines for piece in (*line.left, *line.right) if piece.data is not None]
    recording = known.recording
    moment = recording.moments[cursor - 1]
    if moment.kind in OF_RUNS:
        run = recording.runs[moment.subject]
        shown += [item for item in (*run.incoming, *run.outgoing, run.grad_after) if item is not None]
    elif moment.kind in ("operation", "update") and moment.subject >= 0:
        shown += [recording.values[number].data for number in recording.operations[moment.subject].outputs]
    if all(finite(item) for item in shown):
        return ""
    first = known.first_not_finite
    if first is None:
        return ""
    at, what = first
    if at == cursor:
        return f"Here a number first became nan or infinite: {what}."
    return f"There is nan or infinity here. It first came from {what}." if at < cursor else ""

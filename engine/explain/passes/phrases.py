"""What a Node does with a gradient in words, and how the gradients of several paths are added up."""

from __future__ import annotations

from engine.explain.facts import Contribution, Facts
from engine.explain.model import Line, Piece
from engine.explain.passes.agreement import own_of_torch, sums_to
from engine.explain.passes.flows import Flow
from engine.explain.passes.gradients import copies, multiplies, tensor_rule
from engine.explain.passes.slots import operand_names
from engine.explain.passes.spoiled import spoiled, tainted
from engine.explain.pieces import data_piece, data_symbol, listed
from engine.mathematics.letters import HOLE, Sign
from engine.operations.registry import base_name, is_element_wise, way_back
from engine.tables import MODULE_HOOK, NodeRun, TensorData


def words(facts: Facts, run: NodeRun, sent: list[Flow]) -> str:
    """What this kind of Node does with a gradient, in a sentence; says so if only PyTorch knows its formula."""
    node = facts.recording.nodes[run.node]
    base = base_name(node.name) if own_of_torch(node.name) else ""
    way = way_back(base)
    changed, before = spoiled(facts, run), tainted(facts, run)
    if changed is not None:
        return f"What it sent on is not the derivative: {changed.text}."
    if before is not None:
        return f"What came in is not the derivative, so what it sent on is not: {before.text}."
    if way.spreads and sent and sent[0].came is not None:
        count = sent[0].sent.size // max(1, sent[0].came.size)
        if count > 1:
            share = f"1/{count} of what came in" if way.spreads == "share" else "the whole gradient"
            which = f"Each of the {count} elements"
            if sent[0].came.size > 1:
                share = f"1/{count} of its gradient" if way.spreads == "share" else "its whole gradient"
                which += f" that went into one {base.lower()}"
            return f"{which} gets {share}, because each counts that much."
    copied = [item for item in sent if copies(item) > 1 and (is_element_wise(base) or (base == "Addmm" and item.slot == 0))]
    if copied:
        item = copied[0]
        rows = copies(item)
        what = "rows" if item.came is not None and len(item.came.shape) > 1 else "elements"
        label = "An operand" if item.label == HOLE else f"${item.label}$"
        return f"{label} was copied to {rows} {what}, so its gradient is the sum over them."
    if way.words:
        return way.words
    if sent and all(multiplies(item) for item in sent):
        return "Multiply what came in by the local slope."
    several = any(item.sent.size > 1 for item in sent)
    if several and any(tensor_rule(facts, item, base, operand_names(facts, item)) is not None for item in sent):
        return "Each element of what came in is multiplied by its own local slope."
    name = node.name.rpartition("::")[2]
    if name == MODULE_HOOK:
        return "One of the program's hooks is called here, where a module was entered or left: what it returns goes on."
    if name.endswith("Backward"):  # torch's own have a number
        return f"`{name}`, a `backward` that is written in Python, computed it."
    return f"PyTorch's own backward formula, `{name}`, computed it."


def sum_line(left: tuple[Piece, ...], parts: list[Contribution], total: TensorData | None, to_come: int) -> Line | None:
    """``1 + 3 + 3 = 7``: the contributions so far, and their recorded sum once all have arrived."""
    if not parts or len(parts) > 6 or any(not listed(part.data) for part in parts):
        return None
    pieces: list[Piece] = []
    for index, part in enumerate(parts):
        if index:
            pieces.append(Piece(Sign("+")))
        caption = "seed"
        if part.run is not None:
            caption = f"operation {part.cursor}"
        pieces.append(data_piece(part.data, "grad", caption, factor=index > 0))
    if to_come:
        pieces += [Piece(Sign("+")), Piece(Sign("…"), "plain", f"{to_come} to come")]
    elif total is not None:
        exact = sums_to([part.data for part in parts], total)
        pieces += [Piece(Sign("=" if exact else "→")), Piece(data_symbol(total), "grad", "" if exact else "after a hook", total)]
    return Line(left, "=", tuple(pieces))

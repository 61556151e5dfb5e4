"""One Node on the way back: what came in, times the local derivative, is what goes out."""

from __future__ import annotations

from engine.explain.facts import Facts, plain_call_of
from engine.explain.model import Line, Piece
from engine.explain.passes.agreement import own_of_torch
from engine.explain.passes.flows import Flow, operation_of, own_label, position_of
from engine.explain.passes.matrices import BACK, FACTORS, PRODUCTS, RULES, base_name, fill
from engine.explain.passes.rules import symbolic_rule
from engine.explain.passes.slots import operand_names, slot_values
from engine.explain.passes.spoiled import holds, spoiled, tainted
from engine.explain.pieces import data_piece, listed, of_shape, partial, shape_latex, shape_text
from engine.operations.local_rules import LOCAL_RULES
from engine.operations.symbols import HOLE, canonical
from engine.recording import TensorData, is_product

CAME_IN, SLOPE = "came in", "local slope"


def flow_lines(facts: Facts, item: Flow, *, short: bool = False) -> list[Line]:
    """The formula of one flow; ``short`` leaves out the line that only names the factors."""
    root = facts.root_label(facts.recording.passes[item.run.pass_id])
    above = own_label(facts, item.run)
    operation = operation_of(facts, item.node)
    if above == item.label and above != HOLE:
        # A name used again for its own result: y = f(y).
        above = facts.written(operation) if operation is not None else HOLE
    edge = next(edge for edge in item.node.edges if edge.slot == item.slot)
    paths = len(facts.contributions(item.run.pass_id, edge.to, edge.output))
    left = (Piece(partial(root, item.label), "plain", f"1 of {paths} paths" if paths > 1 else ""),)
    if tainted(facts, item.run) is not None or spoiled(facts, item.run) is not None:
        return _sent_lines(item)
    if item.came is not None and item.came.size == 1 and item.sent.size == 1:
        return _scalar_lines(facts, item, left, root, above, short)
    return _tensor_lines(facts, item, left, root, above)


def _sent_lines(item: Flow) -> list[Line]:
    """What the Node was given and what it sent, for numbers that are no derivatives."""
    name = Piece(f"\\mathrm{{{item.node.name.rpartition('::')[2]}}}")
    given = (Piece("("), data_piece(item.came, "grad"), Piece(")")) if item.came is not None else (Piece("()"),)
    return [Line((name, *given), "\\to", (data_piece(item.sent, "grad"),), True)]


def held_rule(facts: Facts, item: Flow) -> tuple[str, list[Piece] | None] | None:
    """The rule of an element-wise operation, in symbols and in numbers, where it gives what torch recorded."""
    operation = operation_of(facts, item.node)
    position = position_of(facts, item, operation) if operation is not None else None
    if operation is None or position is None or not holds(facts, item):
        return None
    return symbolic_rule(facts, operation, position)


# One element ---------------------------------------------------------------------------------------------------------


def _scalar_lines(facts: Facts, item: Flow, left: tuple[Piece, ...], root: str, above: str, short: bool) -> list[Line]:
    assert item.came is not None
    came = data_piece(item.came, "grad", enclosed=True)
    sent = data_piece(item.sent, "grad")
    if not multiplies(item):
        by = Piece(f"\\mathrm{{{item.node.name.rpartition('::')[2]}}}")
        return [Line(left, "=", (by, Piece("("), data_piece(item.came, "grad"), Piece(")"))), Line((), "=", (sent,), True)]
    assert item.local is not None
    dot = Piece("\\cdot")
    lines = []
    chain = (Piece(partial(root, above), "grad", CAME_IN), dot, Piece(partial(above, item.label), "plain", SLOPE))
    rule = held_rule(facts, item)
    local = data_piece(item.local, "value", enclosed=True)
    if short:
        return [Line(left, "=", (came, dot, local, Piece("="), sent))]
    named = HOLE not in (above, item.label)
    if named and above != root:
        lines.append(Line(left, "=", chain))
        left = ()
    elif named:
        # Of the root itself the chain would be a circle: the derivative is the local slope times 1. Each number says what it is.
        came = data_piece(item.came, "grad", CAME_IN, enclosed=True)
        local = data_piece(item.local, "value", SLOPE, enclosed=True)
    substituted = False
    if rule is not None:
        symbols, numbers = rule
        tight = f"({symbols})" if _sum_like(symbols) else symbols
        if symbols != local.latex and tight != local.latex:
            lines.append(Line(left, "=", (came, dot, Piece(tight, "plain", local.caption))))
            left, came, local = (), _bare(came), _bare(local)
        if numbers is not None and "".join(piece.latex for piece in numbers) != local.latex:
            body = _wrapped(numbers)
            substituted = True
            lines.append(Line(left, "=", (came, dot, *body)))
            left, came = (), _bare(came)
    obvious = rule is not None and rule[1] is not None and _obvious(rule[1])
    if not (obvious and substituted):
        lines.append(Line(left, "=", (came, dot, local)))
    lines.append(Line((), "=", (sent,), True))
    return lines


def _bare(piece: Piece) -> Piece:
    """Without the caption, which stands below its first line only."""
    return Piece(piece.latex, piece.role, "", piece.data)


def _obvious(numbers: list[Piece]) -> bool:
    """Whether the substituted rule needs no line with its value: a number, or a product of a number and a power."""
    return all(
        piece.data is not None or piece.latex == "\\cdot" or piece.latex.strip("(-)").replace(".", "").isdigit()
        for piece in numbers
    )


def _wrapped(pieces: list[Piece]) -> tuple[Piece, ...]:
    if len(pieces) == 1 and _sum_like(pieces[0].latex):
        only = pieces[0]
        return (Piece(f"({only.latex})", only.role, "", only.data),)
    return tuple(pieces)


def _sum_like(latex: str) -> bool:
    """Whether it must stand in parentheses behind a dot: it starts with a minus or is a sum outside all brackets."""
    if latex.startswith("-"):
        return True
    depth = 0
    for at, character in enumerate(latex):
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(character, 0)
        if depth == 0 and character in "+-" and at > 0 and latex[at - 1] == " ":
            return True
    return False


def multiplies(item: Flow) -> bool:
    """Whether what came in times the recorded local derivative is what goes out (not so for nan, or where 0 meets infinity)."""
    return is_product(item.came, item.local, item.sent)


# Tensors -------------------------------------------------------------------------------------------------------------


def _tensor_lines(facts: Facts, item: Flow, left: tuple[Piece, ...], root: str, above: str) -> list[Line]:
    base = base_name(item.node.name)
    lines: list[Line] = []
    base_words = BACK.get(base)
    if item.came is not None:
        named = above != HOLE
        first = [Piece(partial(root, above), "grad", _arriving(item.came)) if named else data_piece(item.came, "grad", CAME_IN)]
        if named and listed(item.came):
            first += [Piece("="), data_piece(item.came, "grad")]
        lines.append(Line((Piece("G", "grad"),), "=", tuple(first)))
    names = operand_names(facts, item)
    body = tensor_rule(facts, item, base, names)
    if body is None and base_words is not None and holds(facts, item) and own_of_torch(item.node.name):
        body = _summed([Piece("G", "grad", base_words)], item)
    if body is None:
        name = item.node.name.rpartition("::")[2]
        body = [Piece(f"\\mathrm{{{name}}}"), Piece("("), Piece("G", "grad"), Piece(")")]
    lines.append(Line(left, "=", tuple(body)))
    shapes = _shapes(facts, item, base)
    if shapes is not None:
        lines.append(Line((), "", (Piece(shapes),)))
    if listed(item.sent):
        lines.append(Line((), "=", (data_piece(item.sent, "grad"),), True))
    return lines


def _arriving(data: TensorData) -> str:
    shape = of_shape(data.shape).replace("of ", ", ") if len(data.shape) == 1 else f" {shape_text(data.shape)}"
    return f"{CAME_IN}{shape}" if data.shape else CAME_IN


def copies(item: Flow) -> int:
    """How often the input was copied (broadcast) by an element-wise operation; 1 if not."""
    if item.came is None or not item.sent.size or item.sent.size >= item.came.size:
        return 1
    return item.came.size // item.sent.size


def tensor_rule(facts: Facts, item: Flow, base: str, names: dict[str, str]) -> list[Piece] | None:
    """What becomes of ``G``; None where no rule is known, or its numbers are not those that torch recorded."""
    if not own_of_torch(item.node.name) or not holds(facts, item):
        return None
    operation = operation_of(facts, item.node)
    product = PRODUCTS.get(base, {}).get(item.slot)
    if product is not None:
        text = fill(product, names)
        if text is None or not plain_call_of(operation):
            return None
        return _around(text) if copies(item) == 1 or FACTORS.get(base, {}).get(item.slot) else _summed(_around(text), item)
    if base in ("Sum", "Mean") and item.came is not None:
        count = item.sent.size // max(1, item.came.size)
        if base == "Mean" and count > 1:
            return [Piece(f"\\frac{{1}}{{{count}}}"), Piece("\\cdot"), Piece("G", "grad", f"copied {count} times")]
        return [Piece("G", "grad", f"copied {count} times")]
    found = held_rule(facts, item)
    if found is not None:
        return _elementwise(item, found[0])
    if operation is not None and canonical(operation.name.rstrip("_")) in LOCAL_RULES:
        return None
    template = RULES.get(base)
    if template and plain_call_of(operation):
        text = fill(template, names)
        return _around(text) if text is not None else None
    if base in ("Expand", "Repeat") and copies(item) > 1:
        return _summed([Piece("G", "grad")], item)
    return None


def _elementwise(item: Flow, rule: str) -> list[Piece]:
    if rule == "1":
        body = [Piece("G", "grad")]
    elif rule == "-1":
        body = [Piece("-"), Piece("G", "grad")]
    else:
        tight = f"({rule})" if _sum_like(rule) else rule
        body = [Piece("G", "grad"), Piece("\\odot"), Piece(tight, "plain", SLOPE)]
    return _summed(body, item)


def _summed(body: list[Piece], item: Flow) -> list[Piece]:
    count = copies(item)
    if count == 1:
        return body
    if len(body) > 1:
        body = [Piece("("), *body, Piece(")")]
    return [Piece("\\Sigma", "plain", f"over {count} copies"), *body]


def _around(latex: str) -> list[Piece]:
    """LaTeX cut so that the gradient ``G`` is a piece of its own."""
    pieces: list[Piece] = []
    start, at, depth = 0, 0, 0
    while at < len(latex):
        depth += {"{": 1, "}": -1}.get(latex[at], 0)
        alone = latex[at] == "G" and not latex[max(0, at - 1) : at].isalpha() and not latex[at + 1 : at + 2].isalpha()
        if alone and depth == 0:
            if latex[start:at].strip():
                pieces.append(Piece(latex[start:at].strip()))
            power = "^{T}" if latex[at + 1 : at + 5] == "^{T}" else ""
            pieces.append(Piece("G" + power, "grad"))
            at += len(power)
            start = at + 1
        at += 1
    if latex[start:].strip():
        pieces.append(Piece(latex[start:].strip()))
    return pieces


def _shapes(facts: Facts, item: Flow, base: str) -> str | None:
    """``[1500×1]ᵀ [1500×1] → [1×1]`` for matrix products."""
    factors = FACTORS.get(base, {}).get(item.slot)
    if factors is None or item.came is None:
        return None
    known = slot_values(facts, item.node, item.run)
    parts = []
    for factor in factors.split():
        if factor == "G":
            parts.append(shape_latex(item.came.shape))
            continue
        slot = known.get(int(factor[0]))
        shape = None if slot is None else slot.shape
        if shape is None:
            return None
        parts.append(f"{shape_latex(shape)}^{{T}}")
    return f"{' '.join(parts)} \\to {shape_latex(item.sent.shape)}"

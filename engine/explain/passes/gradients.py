"""One Node on the way back: what came in, times the local derivative, is what goes out."""

from __future__ import annotations

from collections.abc import Iterator

from engine.explain.facts import Facts, plain_call_of
from engine.explain.model import Line, Piece
from engine.explain.passes.agreement import own_of_torch
from engine.explain.passes.flows import Flow, operation_of, own_label, position_of
from engine.explain.passes.rules import symbolic_rule
from engine.explain.passes.slots import operand_names, slot_values
from engine.explain.passes.spoiled import holds, spoiled, tainted
from engine.explain.passes.tensor_numbers import MOVES
from engine.explain.pieces import data_piece, listed, of_shape, shape_text
from engine.mathematics.expression import BIG, Expression
from engine.mathematics.letters import DOT, GRADIENT, HOLE, Number, Shape, Sign, Word
from engine.mathematics.tree import Big, Bracketed, Product, Quotient, Row, Sum, enclosed, partial, transposed
from engine.operations.registry import base_name, entry_of, way_back
from engine.operations.signs import SIGMA
from engine.tables import TensorData, is_product

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
    """What the Node was given and what it sent, for numbers that are not derivatives."""
    came = (data_piece(item.came, "grad"),) if item.came is not None else ()
    return [Line((_node(item), Piece(Sign("(")), *came, Piece(Sign(")"))), "→", (data_piece(item.sent, "grad"),), True)]


def _node(item: Flow) -> Piece:
    return Piece(Word(item.node.name.rpartition("::")[2]))


def held_rule(facts: Facts, item: Flow) -> tuple[Expression, list[Piece] | None] | None:
    """The rule of an element-wise operation, in symbols and in numbers, if it gives what torch recorded."""
    operation = operation_of(facts, item.node)
    position = position_of(facts, item, operation) if operation is not None else None
    if operation is None or position is None or not holds(facts, item):
        return None
    return symbolic_rule(facts, operation, position)


# One element ---------------------------------------------------------------------------------------------------------


def _scalar_lines(
    facts: Facts, item: Flow, left: tuple[Piece, ...], root: Expression, above: Expression, short: bool
) -> list[Line]:
    assert item.came is not None
    came = data_piece(item.came, "grad", factor=True)
    sent = data_piece(item.sent, "grad")
    if not multiplies(item):
        applied = (_node(item), Piece(Sign("(")), data_piece(item.came, "grad"), Piece(Sign(")")))
        return [Line(left, "=", applied), Line((), "=", (sent,), True)]
    assert item.local is not None
    dot = Piece(DOT)
    lines = []
    chain = (Piece(partial(root, above), "grad", CAME_IN), dot, Piece(partial(above, item.label), "plain", SLOPE))
    rule = held_rule(facts, item)
    local = data_piece(item.local, "value", factor=True)
    if short:
        return [Line(left, "=", (came, dot, local, Piece(Sign("=")), sent))]
    named = HOLE not in (above, item.label)
    if named and above != root:
        lines.append(Line(left, "=", chain))
        left = ()
    elif named:
        # For the root itself the chain would be circular: the derivative is the local slope times 1. Each number says what it is.
        came = data_piece(item.came, "grad", CAME_IN, factor=True)
        local = data_piece(item.local, "value", SLOPE, factor=True)
    substituted = False
    if rule is not None:
        symbols, numbers = rule
        tight = enclosed(symbols, BIG)
        if local.symbol not in (symbols, tight):
            lines.append(Line(left, "=", (came, dot, Piece(tight, "plain", local.caption))))
            left, came, local = (), _bare(came), _bare(local)
        # A rule of numbers alone, such as 1/4, reads the same with its numbers put in.
        if numbers is not None and (len(numbers) > 1 or numbers[0].symbol not in (local.symbol, symbols, tight)):
            substituted = True
            lines.append(Line(left, "=", (came, dot, *_wrapped(numbers))))
            left, came = (), _bare(came)
    obvious = rule is not None and rule[1] is not None and _obvious(rule[1])
    if not (obvious and substituted):
        lines.append(Line(left, "=", (came, dot, local)))
    lines.append(Line((), "=", (sent,), True))
    return lines


def _bare(piece: Piece) -> Piece:
    """Without the caption, which stands only below the first line."""
    return Piece(piece.symbol, piece.role, "", piece.data)


def _obvious(numbers: list[Piece]) -> bool:
    """Whether the substituted rule needs no line with its value: a number, or a product of a number and a power."""
    return all(piece.data is not None or piece.symbol == DOT or _is_number(piece.symbol) for piece in numbers)


def _is_number(symbol: Expression) -> bool:
    inner = symbol.body if isinstance(symbol, Bracketed) else symbol
    return isinstance(inner, Number) and inner.plainly_written


def _wrapped(pieces: list[Piece]) -> tuple[Piece, ...]:
    if len(pieces) == 1:
        only = pieces[0]
        return (Piece(enclosed(only.symbol, BIG), only.role, "", only.data),)
    return tuple(pieces)


def multiplies(item: Flow) -> bool:
    """Whether what came in times the recorded local derivative is what goes out (not so for nan, or where 0 meets infinity)."""
    return is_product(item.came, item.local, item.sent)


# Tensors -------------------------------------------------------------------------------------------------------------


def _tensor_lines(facts: Facts, item: Flow, left: tuple[Piece, ...], root: Expression, above: Expression) -> list[Line]:
    base = base_name(item.node.name)
    lines: list[Line] = []
    caption = way_back(base).caption
    if item.came is not None:
        named = above != HOLE
        first = [Piece(partial(root, above), "grad", _arriving(item.came)) if named else data_piece(item.came, "grad", CAME_IN)]
        if named and listed(item.came):
            first += [Piece(Sign("=")), data_piece(item.came, "grad")]
        lines.append(Line((Piece(GRADIENT, "grad"),), "=", tuple(first)))
    names = operand_names(facts, item)
    body = tensor_rule(facts, item, base, names)
    if body is None and caption and holds(facts, item) and own_of_torch(item.node.name):
        body = _moved(item, caption)
    if body is None:
        body = [_node(item), Piece(Sign("(")), Piece(GRADIENT, "grad"), Piece(Sign(")"))]
    lines.append(Line(left, "=", tuple(body)))
    shapes = _shapes(facts, item, base)
    if shapes is not None:
        lines.append(Line((), "", (Piece(shapes),)))
    if listed(item.sent):
        lines.append(Line((), "=", (data_piece(item.sent, "grad"),), True))
    return lines


def _moved(item: Flow, caption: str) -> list[Piece]:
    """``place(G)``: what is sent holds elements of ``G``, but is not ``G``."""
    gradient = Piece(GRADIENT, "grad", caption)
    move = MOVES.get(caption)
    if move is None or (item.came is not None and item.came.shape == item.sent.shape and caption == "reshaped"):
        return [gradient]
    body = [Piece(Word(move)), Piece(Sign("(")), gradient, Piece(Sign(")"))]
    return _summed(body, item) if way_back(base_name(item.node.name)).each else body


def _arriving(data: TensorData) -> str:
    shape = of_shape(data.shape).replace("of ", ", ") if len(data.shape) == 1 else f" {shape_text(data.shape)}"
    return f"{CAME_IN}{shape}" if data.shape else CAME_IN


def copies(item: Flow) -> int:
    """How often the input was copied (broadcast) by an element-wise operation; 1 if not."""
    if item.came is None or not item.sent.size or item.sent.size >= item.came.size:
        return 1
    return item.came.size // item.sent.size


def tensor_rule(facts: Facts, item: Flow, base: str, names: dict[object, Expression]) -> list[Piece] | None:
    """What becomes of ``G``; None if no rule is known, or if its numbers are not those that torch recorded."""
    if not own_of_torch(item.node.name) or not holds(facts, item):
        return None
    operation = operation_of(facts, item.node)
    way = way_back(base)
    slot = way.slots.get(item.slot)
    if slot is not None:
        text = _filled(slot.rule, names)
        if text is None or not plain_call_of(operation):
            return None
        return _around(text) if copies(item) == 1 or slot.shapes else _summed(_around(text), item)
    if way.spreads and item.came is not None:
        count = item.sent.size // max(1, item.came.size)
        if way.spreads == "share" and count > 1:
            return [Piece(Quotient(Number(1), Number(count))), Piece(DOT), Piece(GRADIENT, "grad", f"copied {count} times")]
        return [Piece(GRADIENT, "grad", f"copied {count} times")]
    found = held_rule(facts, item)
    if found is not None:
        return _elementwise(item, found[0])
    if operation is not None and entry_of(operation.name).slope:
        return None
    if way.rule is not None and plain_call_of(operation):
        text = _filled(way.rule, names)
        return _around(text) if text is not None else None
    if base in ("Expand", "Repeat") and copies(item) > 1:
        return _summed([Piece(GRADIENT, "grad")], item)
    return None


def _filled(rule: Expression, names: dict[object, Expression]) -> Expression | None:
    """``rule`` with its operands; None if one of them has no name."""
    try:
        return rule.filled(names)
    except KeyError:
        return None


def _elementwise(item: Flow, rule: Expression) -> list[Piece]:
    if rule == Number(1):
        body = [Piece(GRADIENT, "grad")]
    elif rule == Number(-1):
        body = [Piece(Sign("−")), Piece(GRADIENT, "grad")]
    else:
        body = [Piece(GRADIENT, "grad"), Piece(Sign("⊙")), Piece(enclosed(rule, BIG), "plain", SLOPE)]
    return _summed(body, item)


def _summed(body: list[Piece], item: Flow) -> list[Piece]:
    count = copies(item)
    if count == 1:
        return body
    if len(body) > 1:
        body = [Piece(Sign("(")), *body, Piece(Sign(")"))]
    return [Piece(SIGMA, "plain", f"over {count} copies"), *body]


def _around(rule: Expression) -> list[Piece]:
    """A rule cut so that the gradient ``G`` is a piece of its own."""
    pieces: list[Piece] = []
    between: list[Expression] = []

    def end() -> None:
        if between:
            pieces.append(Piece(between[0] if len(between) == 1 else Row(tuple(between))))
            between.clear()

    for token in _tokens(rule):
        if token in (GRADIENT, transposed(GRADIENT)):
            end()
            pieces.append(Piece(token, "grad"))
        elif token == Sign(")") and between:
            between[-1] = Row((between[-1], token), close=True)
        else:
            between.append(token)
    end()
    return pieces


def _tokens(rule: Expression, bracketed: bool = False) -> Iterator[Expression]:
    """What stands side by side on the line, taken apart wherever ``G`` is in it."""
    if bracketed and GRADIENT in rule.walk():
        yield Sign("(")
        yield from _tokens(rule)
        yield Sign(")")
    elif bracketed:
        yield Bracketed(rule)
    elif GRADIENT not in rule.walk():
        yield rule
    elif isinstance(rule, Product):
        for at, factor in enumerate(rule.factors):
            if at and rule.sign in "·⊙":
                yield Sign(rule.sign)
            yield from _tokens(factor, rule.bracketed(at))
    elif isinstance(rule, Sum):
        for at, (sign, term) in enumerate(zip(rule.signs, rule.terms, strict=True)):
            if at or sign == "-":
                yield Sign("−" if sign == "-" else "+")
            yield from _tokens(term, rule.bracketed(at))
    elif isinstance(rule, Big):
        yield Sign(rule.sign)
        yield from _tokens(rule.body, rule.bracketed)
    else:
        yield rule


def _shapes(facts: Facts, item: Flow, base: str) -> Expression | None:
    """``[1500×1]ᵀ [1500×1] → [1×1]`` for matrix products."""
    slot = way_back(base).slots.get(item.slot)
    if slot is None or not slot.shapes or item.came is None:
        return None
    known = slot_values(facts, item.node, item.run)
    parts: list[Expression] = []
    for factor in slot.shapes.split():
        if factor == "G":
            parts.append(Shape(item.came.shape))
            continue
        held = known.get(int(factor[0]))
        shape = None if held is None else held.shape
        if shape is None:
            return None
        parts.append(transposed(Shape(shape)))
    return Row((*parts, Sign("→"), Shape(item.sent.shape)))

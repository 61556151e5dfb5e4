"""How gradients go back through a card: the rule in symbols, and what it gives with the numbers."""

from __future__ import annotations

from engine.explain import disagreement
from engine.explain.facts import facts, operands, plain_call
from engine.graph.model import Card
from engine.graph.node_cards import kept_constant, operation_name
from engine.graph.state import State
from engine.mathematics.expression import Expression
from engine.mathematics.letters import HOLE, Letter
from engine.mathematics.tree import Bars, Quotient
from engine.operations.local_rules import local_rule
from engine.operations.registry import entry_of
from engine.operations.symbols import number_symbol
from engine.recording import Recording
from engine.tables import TensorData
from gui.look.numbers import full
from gui.panels.inspector.items import Item

_G = "G is the gradient that came in"


def backward_items(recording: Recording, state: State, card: Card) -> list[Item]:
    """The local derivative by each input that needs a gradient; empty for leaves, data and results."""
    if card.kind != "operation" or not card.nodes:
        return []
    symbols = _input_symbols(recording, card)
    rules = _rules(recording, card, symbols)
    if card.operation is None and len(card.nodes) == 1:
        made = _made_item(recording, state, card)
        if made is not None:
            return [made]
    reason = "" if rules is None else disagreement(recording, card.nodes)
    if rules is None or reason:
        names = ", ".join(dict.fromkeys(recording.nodes[number].name for number in card.nodes))
        return [Item("formula", f"computed by PyTorch’s {names}", "text_2", copy=names, note=reason, words=True)]
    wanted = [at for at in range(len(rules)) if _wanted(recording, card, at)]
    return [_rule_item(recording, state, card, at, symbols[at], rules[at]) for at in wanted]


def _made_item(recording: Recording, state: State, card: Card) -> Item | None:
    """The rule of a Node that no operation made, if it has a single input beside constants."""
    node = recording.nodes[card.nodes[0]]
    entering = [edge for edge in recording.graph.edges if edge.target == card.id]
    if len(entering) != 1 or entering[0].slot != 0:
        return None
    source = next(item for item in recording.graph.cards if item.id == entering[0].source)
    symbol = source.mathematics if _readable(source.mathematics) else Letter("u")
    constant = kept_constant(node)
    with_constant = ((symbol, number_symbol(constant)), (None, constant))
    rules = local_rule(operation_name(node.name), *(((symbol,),) if constant is None else with_constant))
    if rules is None:
        return None
    return _element_item(symbol, rules[0], state.edges[entering[0].id].factor)


def _readable(symbol: Expression) -> bool:
    return any(character.isalnum() for character in symbol.to_plain()) and HOLE not in symbol.walk()


def _wanted(recording: Recording, card: Card, position: int) -> bool:
    """Whether the input is a tensor that needs a gradient."""
    if card.operation is None:
        return False
    inputs = recording.operations[card.operation].inputs
    value = inputs[position].value if position < len(inputs) else None
    return value is not None and recording.values[value].requires_grad


def _rules(recording: Recording, card: Card, symbols: tuple[Expression, ...]) -> tuple[Expression, ...] | None:
    if card.operation is None:
        return None
    operation = recording.operations[card.operation]
    if any(item.keyword in ("alpha", "rounding_mode", "reduction", "weight", "beta", "threshold") for item in operation.inputs):
        return None
    given = operands(operation)
    if operation.inputs[: len(given)] == given and plain_call(operation):
        symbols = symbols[: len(given)]  # without flags: silu(a, inplace=False)
    constants = tuple(item.constant if item.value is None else None for item in operation.inputs[: len(symbols)])
    rules = local_rule(operation.name, symbols, constants)
    if rules is None:
        first = [number for number, item in enumerate(operation.inputs) if item.value is not None]
        spread = any(way.spreads for way in entry_of(operation.name).nodes.values())
        if first == [0] and spread:  # along which dimensions changes nothing in it
            rules = local_rule(operation.name, symbols[:1])
    return rules


def _input_symbols(recording: Recording, card: Card) -> tuple[Expression, ...]:
    """Each input: its name, else the symbol of the card that made it; constants as numbers."""
    if card.operation is None:
        return ()
    known = facts(recording)
    found: list[Expression] = []
    for item, letter in zip(recording.operations[card.operation].inputs, "uvwzabcdefghijkl", strict=False):
        if item.value is None:
            found.append(number_symbol(item.constant))
            continue
        symbol = known.label(item.value)  # what the explanation calls it, too
        found.append(symbol if _readable(symbol) else Letter(letter))
    return tuple(found)


def _rule_item(recording: Recording, state: State, card: Card, position: int, symbol: Expression, rule: Expression) -> Item:
    assert card.operation is not None
    operation = recording.operations[card.operation]
    if entry_of(operation.name).sent:
        return Item(f"sent to {symbol.to_plain()}", rule.to_plain(), "text", copy=rule.to_latex(), note=_G, math=_drawn(rule))
    slot = sum(item.value is not None for item in operation.inputs[:position])
    number = next(
        (
            state.edges[edge.id].factor
            for edge in recording.graph.edges
            if edge.target == card.id and edge.slot == slot and edge.value == operation.inputs[position].value
        ),
        None,
    )
    return _element_item(symbol, rule, number)


def _element_item(symbol: Expression, rule: Expression, number: TensorData | None) -> Item:
    """The rule of an element-wise operation by one input, and the number that it is here."""
    note = "" if number is None else f"here {full(number.item(), number.dtype)}"
    return Item(f"by {symbol.to_plain()}", rule.to_plain(), "text", copy=rule.to_latex(), note=note, math=_drawn(rule))


def _drawn(rule: Expression) -> Expression | None:
    """What can be drawn in one line; None for fractions and norms."""
    tall = any(isinstance(item, Bars) or (isinstance(item, Quotient) and item.sign == "bar") for item in rule.walk())
    return None if tall else rule

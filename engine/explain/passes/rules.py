"""The local derivative of an element-wise operation by one of its inputs: in symbols, and with the recorded numbers put in."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from engine.explain.facts import Facts, operands, plain_call
from engine.explain.model import Piece
from engine.explain.passes.agreement import local_agrees, operand_numbers, operand_types, sent_agrees
from engine.explain.pieces import data_symbol, listed
from engine.mathematics.expression import Expression
from engine.mathematics.letters import DOT, Number, Operand
from engine.mathematics.tree import Product, enclosed
from engine.operations.local_rules import local_rule, lowered
from engine.operations.registry import entry_of
from engine.operations.symbols import number_symbol
from engine.tables import Argument, Operation, TensorData


def symbolic_rule(facts: Facts, operation: Operation, position: int) -> tuple[Expression, list[Piece] | None] | None:
    """The rule for input number ``position``, and the same with numbers (None if they are many).

    None if the operation is not element-wise, or has no rule.
    """
    given = operands(operation)
    rule = rule_of(facts, operation, position)
    if rule is None:
        return None
    labels = [_label(facts, item) for item in given]
    numbers = [_number(facts, item) for item in given]
    constants = tuple(item.constant if item.value is None else None for item in given)
    symbols = local_rule(operation.name, tuple(labels), constants)
    assert symbols is not None
    exponent = constants[1] if entry_of(operation.name).name == "pow" and position == 0 else None
    if isinstance(exponent, (int, float)) and not isinstance(exponent, bool):
        return symbols[0], _power_numbers(exponent, numbers[0], facts, given[0])
    known = [number for number in numbers if number is not None]
    return symbols[position], _pieces(rule, known, facts, given) if len(known) == len(numbers) else None


def rule_of(facts: Facts, operation: Operation, position: int) -> Expression | None:
    """The rule of an element-wise operation of real numbers, called without anything that changes it; None for any other."""
    given = operands(operation)
    entry = entry_of(operation.name)
    rules = entry.slope
    if not rules or len(rules) != len(given) or not 0 <= position < len(rules) or not plain_call(operation):
        return None
    if is_complex(facts, operation):
        return None
    exponent = given[1].constant if len(given) > 1 and given[1].value is None else None
    if entry.name == "pow" and position == 0 and exponent in (0, 1):
        return Number(1 if exponent else 0)
    return rules[position]


def is_complex(facts: Facts, operation: Operation) -> bool:
    """Whether it involves complex numbers: then PyTorch multiplies by the conjugate of what rules say."""
    given = (item.value for item in operation.inputs if item.value is not None)
    numbers = any(isinstance(item.constant, complex) for item in operation.inputs)
    return numbers or any("complex" in facts.recording.values[number].dtype for number in (*given, *operation.outputs))


def rule_holds(
    facts: Facts, operation: Operation, position: int, came: TensorData | None, sent: TensorData, local: TensorData | None
) -> bool | None:
    """Whether the rule at the recorded operands gives what torch recorded; None where their elements were not kept.

    ``local`` is the recorded local derivative of a Node of one element; for others, what was sent is compared.
    """
    given = operands(operation)
    rule = rule_of(facts, operation, position)
    if rule is None:
        return False
    numbers = operand_numbers(facts, given)
    if numbers is None:
        return None
    types = operand_types(facts, given)
    rough = entry_of(operation.name).rough
    if local is not None and local.size == 1 and all(item.size == 1 for item in numbers):
        holds = local_agrees(rule, numbers, local, types, rough)
        return holds if not holds or came is None else sent_agrees(rule, numbers, came, sent, types, rough)
    return None if came is None else sent_agrees(rule, numbers, came, sent, types, rough)


def _power_numbers(exponent: int | float, number: Expression | None, facts: Facts, base: Argument) -> list[Piece] | None:
    """``3 · 5²`` of the recorded base."""
    if exponent in (0, 1) or number is None or base.value is None:
        return None
    data = facts.recording.values[base.value].data
    front, power = number_symbol(exponent), lowered(exponent, number)
    return [Piece(enclosed(front)), Piece(DOT), Piece(enclosed(power), "value", "", data)]


def _label(facts: Facts, argument: Argument) -> Expression:
    return number_symbol(argument.constant) if argument.value is None else facts.label(argument.value)


def _number(facts: Facts, argument: Argument) -> Expression | None:
    if argument.value is None:
        return number_symbol(argument.constant)
    data = facts.recording.values[argument.value].data
    return data_symbol(data) if listed(data) else None


def _pieces(rule: Expression, numbers: list[Expression], facts: Facts, given: tuple[Argument, ...]) -> list[Piece]:
    """The rule with numbers: products with a dot; one piece if it is a single number, so that it keeps its source."""
    if isinstance(rule, Operand) and isinstance(rule.key, int):
        argument = given[rule.key]
        data = facts.recording.values[argument.value].data if argument.value is not None else None
        return [Piece(enclosed(numbers[rule.key]), "value" if data is not None else "plain", "", data)]
    filled = _dotted(rule).filled(dict(enumerate(numbers)))
    varies = any(isinstance(item, Operand) for item in rule.walk())
    return [Piece(enclosed(filled), "value" if varies else "plain")]


@lru_cache(maxsize=256)
def _dotted(rule: Expression) -> Expression:
    """With dots between factors that stand side by side: numbers would run together."""
    made = rule.mapped(_dotted)
    return replace(made, sign="·") if isinstance(made, Product) and made.sign == " " else made

"""Symbols of Nodes that no operation of the program made: those of the graph that ``create_graph=True`` gives a gradient."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.mathematics.expression import Expression
from engine.operations.cards import operation_symbol
from engine.operations.registry import entry_of
from engine.operations.signs import SymbolInput
from engine.tables.model import Node, Saved

_ENDING = re.compile(r"Backwards?\d*$")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECOND = {"mul": "other", "div": "other", "pow": "exponent"}


def operation_name(node_name: str) -> str:
    """What a Node is the backward of: ``MulBackward0`` is ``mul``, ``ThresholdBackwardBackward0`` ``threshold_backward``."""
    return _HUMP.sub("_", _ENDING.sub("", node_name)).lower()


def node_symbol(node: Node, sources: Mapping[int, Expression | None]) -> Expression:
    """The symbol of a Node without an operation: ``MulBackward0`` is ``\\times``, ``PowBackward0`` that keeps 2 is ``a^{2}``.

    Parameters
    ----------
    sources : mapping of slot to symbol or None
        For each edge of the Node: the symbol of what it leads to, None if that has no name.
    """
    name = operation_name(node.name)
    inputs = [SymbolInput(sources.get(slot)) for slot in range(max(sources, default=-1) + 1)]
    constant = kept_constant(node)
    if len(inputs) == 1 and constant is not None:
        inputs.append(SymbolInput(None, constant))
    elif len(inputs) == 1 and entry_of(name).sign:
        inputs.append(SymbolInput(None))
    return operation_symbol(name, inputs)


def kept_constant(node: Node) -> object:
    """The Python number that is the second operand of a Node, if it keeps one (``3`` of ``3 * a²``); else None."""
    kept = next((item for item in node.saved if item.name == _SECOND.get(operation_name(node.name))), None)
    return None if kept is None else _number(kept)


def _number(saved: Saved) -> object:
    """A number that was saved; None for a tensor of the program, which is not a constant."""
    if saved.value is not None:
        return None
    if saved.data is None:
        return saved.constant
    return saved.data.item() if saved.data.shape == () and saved.data.array is not None else None

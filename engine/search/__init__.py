"""Search in a recording: by name, operation, Node, module and shape, and by what values and gradients are at a cursor."""

from engine.search.conditions import Finding
from engine.search.finding import Found, Hit, find, search
from engine.search.query import FIELDS, Compare, Is, Query, RequiresGrad, Text, parse

__all__ = [
    "FIELDS",
    "Compare",
    "Finding",
    "Found",
    "Hit",
    "Is",
    "Query",
    "RequiresGrad",
    "Text",
    "find",
    "parse",
    "search",
]

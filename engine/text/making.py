"""Where the text makes a tensor, and how that is written so that the tensor is a leaf of floats that requires grad."""

from __future__ import annotations

import ast

from engine.text.fix import Fix
from engine.text.places import Places

_OF_FLOATS = frozenset({"zeros", "ones", "eye", "rand", "randn", "linspace", "logspace"})
_OF_WHAT_IS_GIVEN = frozenset({"arange", "full", "randint", "randperm"})
_AS_WRITTEN = 8
"""Whole numbers that get a point each; more get a ``dtype``."""
_SAID_WHOLE = 28
"""Characters of a call that a button has room for."""


def made_before(module: ast.Module, name: str, statement: ast.stmt) -> ast.Call | None:
    """The call of ``name = torch.tensor(…)`` above ``statement``, both at the top level; None if it is used between."""
    if statement not in module.body:
        return None
    for before in reversed(module.body[: module.body.index(statement)]):
        if not any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(before)):
            continue
        single = isinstance(before, ast.Assign) and len(before.targets) == 1 and isinstance(before.targets[0], ast.Name)
        made = before.value if single and isinstance(before, ast.Assign) else None
        return made if isinstance(made, ast.Call) and _creates(made) else None
    return None


def _creates(call: ast.Call) -> str:
    """``zeros`` for ``torch.zeros(…)``, and so on; empty for what does not make a tensor of what is written there."""
    function = call.func
    if isinstance(function, ast.Name):
        return "tensor" if function.id == "tensor" else ""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "torch":
        return function.attr if function.attr in _OF_FLOATS | _OF_WHAT_IS_GIVEN | {"tensor"} else ""
    return ""


def as_floats(places: Places, call: ast.Call) -> str | None:
    """The source of a call that makes a tensor, but of floats; None if the call itself says that they are not."""
    source, kind = places.source(call), _creates(call)
    given = next((item.value for item in call.keywords if item.arg == "dtype"), None)
    if given is not None:
        name = given.attr if isinstance(given, ast.Attribute) else ""
        return source if "float" in name or name in ("double", "half") else None
    if kind in _OF_FLOATS or not call.args:
        return source if kind in _OF_FLOATS else None
    values = [part for part in ast.walk(call) if isinstance(part, ast.Constant)]
    if kind == "tensor":
        values = [part for part in ast.walk(call.args[0]) if isinstance(part, ast.Constant)]
        names = [part for part in ast.walk(call.args[0]) if isinstance(part, (ast.Name, ast.Call))]
        whole = [part for part in values if type(part.value) is int and places.source(part).isdigit()]
        if values and not names and (len(whole) < len(values) or len(values) <= _AS_WRITTEN):
            # One float among the numbers makes them all floats; else each gets its point.
            return source if len(whole) < len(values) else _pointed(places, call, whole)
    elif kind in ("arange", "full") and any(type(part.value) is float for part in values):
        return source
    return with_keyword(source, "dtype=torch.float32")


def _pointed(places: Places, call: ast.Call, whole: list[ast.Constant]) -> str:
    """The source of ``call`` with a point behind each of these numbers."""
    line, column, end_line, end_column = places.span(call)
    found, at = "", (line, column)
    for end in sorted(places.span(part)[2:] for part in whole):
        found += places.between(*at, *end) + "."
        at = end
    return found + places.between(*at, end_line, end_column)


def with_keyword(source: str, keyword: str) -> str:
    """The source of a call with one more keyword argument behind the others."""
    inside = source[:-1].rstrip()
    if inside.endswith("("):
        return f"{inside}{keyword})"
    return f"{inside}{'' if inside.endswith(',') else ','} {keyword})"


def required_where_made(places: Places, module: ast.Module, name: str, statement: ast.stmt) -> Fix | None:
    """Instead of ``x.requires_grad = True`` in ``statement``: ``requires_grad=True`` where ``x`` is made, of floats."""
    call = made_before(module, name, statement)
    if call is None or any(item.arg == "requires_grad" for item in call.keywords):
        return None
    floats, removed = as_floats(places, call), places.remove_lines(statement)
    if floats is None or removed is None:
        return None
    line, column, call_end_line, call_end_column = places.span(call)
    until = (removed.end_line, removed.end_column)
    between = places.between(call_end_line, call_end_column, removed.line, removed.column)
    what = "" if floats == places.source(call) else "floats and "
    return Fix(
        f"Write {what}requires_grad=True in line {line}",
        line,
        column,
        *until,
        places.between(line, column, *until),
        with_keyword(floats, "requires_grad=True") + between,
    )


def floats_where_made(places: Places, module: ast.Module, name: str, statement: ast.stmt) -> Fix | None:
    """Floats where ``name`` is made of whole numbers, for a ``statement`` that needs them."""
    call = made_before(module, name, statement)
    return None if call is None else written_of_floats(places, call)


def written_of_floats(places: Places, call: ast.Call) -> Fix | None:
    """A call that makes a tensor of whole numbers, of floats."""
    floats = as_floats(places, call)
    if floats is None or floats == places.source(call):
        return None
    return places.write(call, floats, "" if len(floats) <= _SAID_WHOLE else f"Write floats in line {places.span(call)[0]}")

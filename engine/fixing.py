"""Changes of a program's text that mend what failed while it ran, by the place that failed."""

from __future__ import annotations

import ast
from typing import Any

from engine.checker.places import Places
from engine.errors import Fix
from engine.recording import Span


def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def node_at(text: str, span: Span, kinds: tuple[type[Any], ...]) -> Any:
    """The outermost node of one of ``kinds`` that stands at ``span``."""
    tree = _tree(text)
    if tree is None:
        return None
    places, wanted = Places(text), (span.line, span.column, span.end_line, span.end_column)
    return next((node for node in ast.walk(tree) if isinstance(node, kinds) and places.span(node) == wanted), None)


def expression_at(text: str, span: Span) -> ast.expr | None:
    """The expression that stands at ``span``; None if none does, or the text cannot be read."""
    found: ast.expr | None = node_at(text, span, (ast.expr,))
    return found


def statement_at(text: str, span: Span) -> str:
    """The assignment in one line in whose target ``span`` stands: ``table[2] = row`` for ``table[2]``; else nothing."""
    tree = _tree(text)
    places = Places(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, (ast.Assign, ast.AugAssign)) and node.lineno == node.end_lineno == span.line:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            starts = [places.span(target)[:2] for target in targets if isinstance(target, ast.Subscript)]
            if (span.line, span.column) in starts:
                return places.source(node)
    return ""


def add_keyword(text: str, span: Span, keyword: str) -> Fix | None:
    """The change that gives the call at ``span`` another keyword argument."""
    node = expression_at(text, span)
    if not isinstance(node, ast.Call) or any(item.arg == keyword.partition("=")[0] for item in node.keywords):
        return None
    places = Places(text)
    source = places.source(node)
    given = node.args or node.keywords
    inside = source[:-1].rstrip()
    comma = "" if not given or inside.endswith(",") else ","
    return places.write(node, f"{inside}{comma}{' ' if given else ''}{keyword})", f"Write {keyword} in line {span.line}")


def itself(text: str, span: Span) -> Fix | None:
    """``torch.tensor(x.item())`` and ``torch.tensor(x)`` as ``x``."""
    node = expression_at(text, span)
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords:
        return None
    inner = node.args[0]
    method = inner.func if isinstance(inner, ast.Call) else None
    if isinstance(method, ast.Attribute) and method.attr in ("item", "tolist") and isinstance(inner, ast.Call) and not inner.args:
        inner = method.value
    elif not isinstance(inner, ast.Name | ast.Call | ast.Subscript):
        return None
    places = Places(text)
    source = places.source(inner)
    simple = isinstance(inner, ast.Name | ast.Call | ast.Subscript | ast.Attribute)
    return places.write(node, source if simple else f"({source})")


def rewrite_in_place(text: str, span: Span) -> Fix | None:
    """``x += y`` as ``x = x + y``, and ``x.relu_()`` as ``x = x.relu()``."""
    places = Places(text)
    statement = node_at(text, span, (ast.AugAssign, ast.Expr))
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        name, value = statement.target.id, places.source(statement.value)
        sign = places.source(statement)[len(name) :].lstrip().split("=")[0]
        simple = isinstance(statement.value, (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript))
        return places.write(statement, f"{name} = {name} {sign} {value if simple else f'({value})'}")
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        name, method = call.func.value.id, call.func.attr
        if method.endswith("_") and not method.endswith("__") and method not in ("zero_", "fill_", "copy_"):
            given = places.source(call)[len(places.source(call.func)) :]
            return places.write(statement, f"{name} = {name}.{method[:-1]}{given}")
    return None


def summed(text: str, span: Span) -> Fix | None:
    """``y.backward()`` as ``y.sum().backward()``, ``x.item()`` as ``x.sum().item()``, ``grad(y, x)`` as ``grad(y.sum(), x)``."""
    node = expression_at(text, span)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    places = Places(text)
    if node.func.attr in ("backward", "item"):
        inner: ast.expr = node.func.value
        if isinstance(inner, ast.Name) and inner.id == "torch":
            return None
        source = places.source(inner)
        simple = isinstance(inner, (ast.Name, ast.Call, ast.Attribute, ast.Subscript))
        return places.write(inner, f"{source if simple else f'({source})'}.sum()", f"Write {_shown(source)}.sum()")
    if node.func.attr == "grad" and node.args and isinstance(node.args[0], (ast.Name, ast.Call, ast.Subscript)):
        return places.write(node.args[0], f"{places.source(node.args[0])}.sum()")
    return None


def _shown(source: str) -> str:
    return source if len(source) <= 20 else "(…)"


def under_no_grad(text: str, span: Span) -> Fix | None:
    """The statement at ``span`` inside ``with torch.no_grad():``."""
    tree = _tree(text)
    places = Places(text)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)):
            continue
        line, column, end_line, end_column = places.span(node)
        if (line, end_line) != (span.line, span.line) or not column <= span.column < end_column:
            continue
        spaces = " " * (column - 1)
        return places.write(
            node, f"with torch.no_grad():\n{spaces}    {places.source(node)}", "Put it under with torch.no_grad():"
        )
    return None


def as_floats(text: str, span: Span) -> Fix | None:
    """``torch.tensor(5, …)`` as ``torch.tensor(5., …)``; several numbers get a ``dtype``."""
    node = expression_at(text, span)
    if not isinstance(node, ast.Call) or not node.args:
        return None
    first = node.args[0]
    number = first.operand if isinstance(first, ast.UnaryOp) else first
    if isinstance(number, ast.Constant) and type(number.value) is int and Places(text).source(number).isdigit():
        places = Places(text)
        return places.write(number, f"{places.source(number)}.")
    return add_keyword(text, span, "dtype=torch.float32")


def times(text: str, span: Span) -> Fix | None:
    """``a @ b`` as ``a * b``."""
    node = expression_at(text, span)
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.MatMult):
        return None
    places = Places(text)
    return places.write(node, f"{places.source(node.left)} * {places.source(node.right)}")


def transposed(text: str, span: Span, first: str, second: str) -> Fix | None:
    """One factor of ``a @ b`` as ``.T`` where the shapes ``2x3`` and ``2x3`` then fit."""
    node = expression_at(text, span)
    (rows, columns), (more, others) = (tuple(shape.split("x")) for shape in (first, second))
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.MatMult):
        return None
    factor = node.right if columns == others else node.left if rows == more else None
    if factor is None or not isinstance(factor, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)):
        return None
    places = Places(text)
    return places.write(factor, f"{places.source(factor)}.T")

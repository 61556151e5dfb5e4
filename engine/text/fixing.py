"""Changes of a program's text that mend what failed while it ran, by the place that failed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from engine.tables import Span
from engine.text.fix import Fix
from engine.text.making import floats_where_made, with_keyword, written_of_floats
from engine.text.places import Places

Node = TypeVar("Node", bound=ast.expr)


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
    return places.write(node, with_keyword(places.source(node), keyword), f"Write {keyword} in line {span.line}")


def itself(text: str, span: Span) -> Fix | None:
    """``torch.tensor(x)``, ``torch.tensor(x.item())`` and ``torch.tensor(x.item() * 2)`` as ``x``, ``x`` and ``x * 2``."""
    node, tree = expression_at(text, span), _tree(text)
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or tree is None:
        return None
    inner, places = node.args[0], Places(text)
    reads = [part for part in ast.walk(inner) if is_read(part)]
    if not isinstance(inner, ast.Name | ast.Call | ast.Subscript | ast.BinOp | ast.UnaryOp):
        return None
    source = _without(places, places.span(inner), reads)
    given = (part.value for part in ast.walk(tree) if isinstance(part, ast.Assign))
    assigned = places.span(node) in {places.span(value) for value in given}
    simple = isinstance(inner, ast.Name | ast.Call | ast.Subscript) or assigned
    return places.write(node, source if simple else f"({source})")


def is_read(node: ast.AST) -> bool:
    """Whether this is ``x.item()`` or ``x.tolist()``."""
    method = node.func if isinstance(node, ast.Call) and not node.args and not node.keywords else None
    return isinstance(method, ast.Attribute) and method.attr in ("item", "tolist")


def without_reads(text: str, spans: Iterable[Span]) -> Fix | None:
    """The change that leaves ``.item()`` out of the calls at ``spans``, which stand in one line."""
    nodes = [node for span in spans if is_read(node := expression_at(text, span) or ast.Pass())]
    if not nodes:
        return None
    places = Places(text)
    ends = [places.span(node) for node in nodes]
    line, column = min(end[:2] for end in ends)
    end_line, end_column = max(end[2:] for end in ends)
    whole = line, column, end_line, end_column
    method = nodes[0].func.attr if isinstance(nodes[0], ast.Call) and isinstance(nodes[0].func, ast.Attribute) else "item"
    label = f"Leave out .{method}() in line {line}"
    return Fix(label, *whole, places.between(*whole), _without(places, whole, nodes))


def _without(places: Places, whole: tuple[int, int, int, int], reads: Iterable[ast.AST]) -> str:
    """The text at ``whole`` without the ``.item()`` at the end of each of the ``reads`` in it."""
    line, column, found = whole[0], whole[1], ""
    for end_line, end_column in sorted({places.span(read)[2:] for read in reads}):
        found += re.sub(r"\s*\.\s*\w+\s*\(\s*\)\Z", "", places.between(line, column, end_line, end_column))
        line, column = end_line, end_column
    return found + places.between(line, column, *whole[2:])


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
    if node.func.attr == "grad" and node.args and isinstance(node.args[0], (ast.Name, ast.Call, ast.Subscript, ast.BinOp)):
        source = places.source(node.args[0])
        return places.write(node.args[0], f"({source}).sum()" if isinstance(node.args[0], ast.BinOp) else f"{source}.sum()")
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
    """``torch.tensor(5, …)`` as ``torch.tensor(5., …)``, also above ``x.requires_grad_()``; many numbers get a ``dtype``."""
    node, places, tree = expression_at(text, span), Places(text), _tree(text)
    if not isinstance(node, ast.Call) or tree is None:
        return None
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(owner, ast.Name) and owner.id != "torch":
        upto = [statement for statement in tree.body if places.span(statement)[:2] <= (span.line, span.column)]
        return floats_where_made(places, tree, owner.id, upto[-1]) if upto else None
    return written_of_floats(places, node)


def _instead(
    text: str, span: Span, kind: type[Node], write: Callable[[Node, Callable[[ast.AST], str]], str | None]
) -> Fix | None:
    """What ``write`` says, given the expression of this kind at ``span`` and what gives its parts' source, in its place."""
    node, places = expression_at(text, span), Places(text)
    written = write(node, places.source) if isinstance(node, kind) else None
    return None if written is None or not isinstance(node, kind) else places.write(node, written)


def without_keyword(text: str, span: Span, keyword: str) -> Fix | None:
    """The call at ``span`` without one of its keyword arguments."""
    node = expression_at(text, span)
    given = next((item for item in node.keywords if item.arg == keyword), None) if isinstance(node, ast.Call) else None
    return None if given is None or not isinstance(node, ast.Call) else Places(text).leave_out(given, node)


def with_value(text: str, span: Span, keyword: str, value: str) -> Fix | None:
    """The call at ``span`` with another value for a keyword argument that it is given."""
    node = expression_at(text, span)
    given = next((item for item in node.keywords if item.arg == keyword), None) if isinstance(node, ast.Call) else None
    return None if given is None else Places(text).write(given.value, value, f"Write {keyword}={value}")


def with_arguments(text: str, span: Span, *arguments: str) -> Fix | None:
    """The call at ``span`` with these arguments: ``torch.manual_seed(0)``."""
    return _instead(text, span, ast.Call, lambda node, source: f"{source(node.func)}({', '.join(arguments)})")


def without_method(text: str, span: Span) -> Fix | None:
    """``x.to("cuda")`` as ``x``."""
    return _instead(
        text, span, ast.Call, lambda node, source: source(node.func.value) if isinstance(node.func, ast.Attribute) else None
    )


def with_method(text: str, span: Span, method: str, other: str) -> Fix | None:
    """``x.view(6)`` as ``x.reshape(6)``."""
    node, places = expression_at(text, span), Places(text)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != method:
        return None
    source, func = places.source(node), places.source(node.func)
    written = f"{func.removesuffix(method)}{other}{source.removeprefix(func)}"
    return places.write(node, written, f"Write {other} instead of {method}")


def as_power(text: str, span: Span) -> Fix | None:
    """``a ^ 2`` as ``a**2``."""
    return _instead(
        text,
        span,
        ast.BinOp,
        lambda node, source: f"{source(node.left)}**{source(node.right)}" if isinstance(node.op, ast.BitXor) else None,
    )


def in_a_list(text: str, span: Span) -> Fix | None:
    """``torch.cat(a, b)`` as ``torch.cat([a, b])``; numbers behind them stay where they are."""

    def write(node: ast.Call, source: Callable[[ast.AST], str]) -> str | None:
        joined = [item for item in node.args if not isinstance(item, ast.Constant)]
        if not joined or any(isinstance(item, ast.Starred) for item in joined):
            return None
        rest = [source(item) for item in [*node.args, *node.keywords] if item not in joined]
        listed = ", ".join(map(source, joined))
        return f"{source(node.func)}({', '.join([f'[{listed}]', *rest])})"

    return _instead(text, span, ast.Call, write)


def without_index(text: str, span: Span) -> Fix | None:
    """``x[0]`` as ``x``."""
    return _instead(text, span, ast.Subscript, lambda node, source: source(node.value))


def list_as_tensor(text: str, span: Span) -> Fix | None:
    """``[1., 2.] * x`` as ``torch.tensor([1., 2.]) * x``."""
    node = expression_at(text, span)
    if isinstance(node, ast.BinOp):
        sides: list[ast.expr] = [node.left, node.right]
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
    else:
        return None
    found = next((side for side in sides if isinstance(side, ast.List | ast.Tuple)), None)
    places = Places(text)
    return None if found is None else places.write(found, f"torch.tensor({places.source(found)})")


def power_of_floats(text: str, span: Span) -> Fix | None:
    """``n ** -1`` of a tensor of whole numbers as ``n.float() ** -1``."""
    node = expression_at(text, span)
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Pow):
        return None
    if not isinstance(node.left, ast.Name | ast.Call | ast.Attribute | ast.Subscript):
        return None
    places = Places(text)
    return places.write(node.left, f"{places.source(node.left)}.float()")


def one_dtype(text: str, span: Span, *, narrow_first: bool) -> Fix | None:
    """``a @ b`` of two types with the narrower one converted: ``a @ b.to(a.dtype)``."""
    node = expression_at(text, span)
    if not isinstance(node, ast.BinOp):
        return None
    narrow, wide = (node.left, node.right) if narrow_first else (node.right, node.left)
    simple = (ast.Name, ast.Call, ast.Attribute, ast.Subscript)
    if not isinstance(narrow, simple) or not isinstance(wide, simple):
        return None
    places = Places(text)
    return places.write(narrow, f"{places.source(narrow)}.to({places.source(wide)}.dtype)")


def times(text: str, span: Span) -> Fix | None:
    """``a @ b`` as ``a * b``."""
    return _instead(
        text,
        span,
        ast.BinOp,
        lambda node, source: f"{source(node.left)} * {source(node.right)}" if isinstance(node.op, ast.MatMult) else None,
    )


def transposed(text: str, span: Span, first: tuple[int, ...], second: tuple[int, ...]) -> Fix | None:
    """One factor of ``a @ b`` as ``.T`` where the shapes, of two lengths each, then fit."""
    node = expression_at(text, span)
    (rows, columns), (more, others) = first, second
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.MatMult):
        return None
    factor = node.right if columns == others else node.left if rows == more else None
    if factor is None or not isinstance(factor, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)):
        return None
    places = Places(text)
    return places.write(factor, f"{places.source(factor)}.T")

"""Guards around what plain Python could do without end: integers and lists that grow, and loops.

A guard performs the same operation on the same operands and keeps the place of what it guards, so that tracebacks and spans
point to the program's own text. Guards have names that hold a space: no program can write them. One thing differs from Python:
``xs += [x]`` makes a new list, so that no list ever changes (one that holds itself could keep a walk busy for ever).
"""

from __future__ import annotations

import ast

BINARY_GUARDS: dict[type[ast.operator], str] = {
    ast.Add: "guarded add",
    ast.Sub: "guarded sub",
    ast.Mult: "guarded mul",
    ast.Pow: "guarded pow",
    ast.LShift: "guarded lshift",
}
AUGMENTED_GUARDS: dict[type[ast.operator], str] = {
    ast.Add: "guarded iadd",
    ast.Sub: "guarded isub",
    ast.Mult: "guarded imul",
    ast.Pow: "guarded ipow",
    ast.LShift: "guarded ilshift",
}
COMPARE_GUARDS: dict[type[ast.cmpop], str] = {
    ast.Eq: "guarded eq",
    ast.NotEq: "guarded ne",
    ast.Lt: "guarded lt",
    ast.LtE: "guarded le",
    ast.Gt: "guarded gt",
    ast.GtE: "guarded ge",
}
STORE_GUARD = "guarded store"
SEQUENCE_GUARD = "guarded sequence"
RANGE_GUARD = "guarded range"


def instrument(tree: ast.Module) -> None:
    """Put the guards into a checked tree, in place."""
    blocks: list[tuple[list[ast.stmt], bool]] = [(tree.body, False)]
    while blocks:
        body, loop = blocks.pop()
        for index, statement in enumerate(body):
            if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                guard = AUGMENTED_GUARDS.get(type(statement.op))
                if guard is not None:
                    statement = body[index] = _rebind(statement, guard)
            if isinstance(statement, ast.For):
                call = statement.iter
                assert isinstance(call, ast.Call)
                call.func = ast.copy_location(ast.Name(RANGE_GUARD, ast.Load()), call.func)
                _expressions(call, loop)
                blocks.append((statement.body, True))
            elif isinstance(statement, ast.With):
                blocks.append((statement.body, loop))
            else:
                _stores(statement)
                _expressions(statement, loop)


def _rebind(node: ast.AugAssign, guard: str) -> ast.Assign:
    """``x += v`` as ``x = guard(x, v)``; the guard updates tensors in place as Python does."""
    assert isinstance(node.target, ast.Name)
    current = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
    return ast.copy_location(ast.Assign([node.target], _call(guard, [current, node.value], node)), node)


def _stores(statement: ast.stmt) -> None:
    """Elements can be set in tensors only."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = list(statement.targets)
    elif isinstance(statement, ast.AugAssign):
        targets = [statement.target]
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Subscript):
            target.value = _call(STORE_GUARD, [target.value], target.value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            targets.extend(target.elts)


def _expressions(root: ast.AST, loop: bool) -> None:
    stack = [root]
    while stack:
        node = stack.pop()
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                indexing = isinstance(node, ast.Subscript) and field == "slice"
                guarded = value if indexing and isinstance(value, ast.Tuple) else _guarded(value, loop)
                setattr(node, field, guarded)
                stack.append(_inside(guarded, value))
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, ast.expr):
                        value[index] = _guarded(item, loop)
                        stack.append(_inside(value[index], item))
                    elif isinstance(item, ast.keyword):
                        stack.append(item)


def _inside(guarded: ast.expr, original: ast.expr) -> ast.expr:
    """What to walk next: a guarded list stands inside its guard and must not be guarded again."""
    return original if isinstance(original, (ast.List, ast.Tuple)) else guarded


def _guarded(node: ast.expr, loop: bool) -> ast.expr:
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY_GUARDS and not (_float(node.left) or _float(node.right)):
        return _call(BINARY_GUARDS[type(node.op)], [node.left, node.right], node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARE_GUARDS:
        return _call(COMPARE_GUARDS[type(node.ops[0])], [node.left, node.comparators[0]], node)
    if isinstance(node, (ast.List, ast.Tuple)) and isinstance(node.ctx, ast.Load):
        counted = loop and isinstance(node, ast.List)
        if counted or not all(_plain(item) for item in node.elts):
            return _call(SEQUENCE_GUARD, [node], node)
    return node


def _float(node: ast.expr) -> bool:
    """A float on either side makes the result a float, a tensor or an error: nothing that grows."""
    return isinstance(node, ast.Constant) and type(node.value) is float


def _plain(node: ast.expr) -> bool:
    """A number, or a list of numbers, as it stands in the text."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(_plain(item) for item in node.elts)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    return isinstance(node, ast.Constant)


def _call(name: str, arguments: list[ast.expr], place: ast.expr | ast.stmt) -> ast.Call:
    function = ast.copy_location(ast.Name(name, ast.Load()), place)
    return ast.copy_location(ast.Call(function, arguments, []), place)

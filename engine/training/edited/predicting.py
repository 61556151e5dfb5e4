"""How edited training code predicts, as program text: by its ``predict``, or by what its ``step`` compares with y. No torch."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

CALLED = "__predict__"
"""What the function is called in the text, which no code defines itself."""
HOW = "define predict(model, X), which returns it"
_TRAINS = frozenset(("backward", "step", "zero_grad", "zero_", "manual_seed"))
"""Methods that do more than predict."""
_SHAPES = frozenset(("squeeze", "flatten", "ravel", "view", "reshape", "unsqueeze", "float", "double"))
"""Methods after which a tensor has the same numbers."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is known of how code predicts.

    Attributes
    ----------
    text : str
        Defines ``__predict__(model, X)``, where the code's names are known; empty where there is no such.
    probability : bool
        Whether that is the probability of class 1 already, where two classes are told apart; else what goes into a sigmoid.
    missing : str
        Why there is no text.
    """

    text: str = ""
    probability: bool = False
    missing: str = ""


class _Missing(Exception):
    """Says why."""


def prediction_of(tree: ast.Module, function: str, takes: tuple[str, ...], of: str, classes: bool) -> Prediction:
    """That of the code ``tree``: its ``function`` is called with what the set-up ``takes``, whose loss is ``of`` a prediction."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if "predict" in functions and len(functions["predict"].args.args) >= 2:
        return Prediction(f"{CALLED} = predict\n")
    try:
        step, roles = _step(functions, function, takes)
        expression = _compared(step, roles, of)
        probability = classes and not (isinstance(expression, ast.Name) and expression.id == of) and _is_probability(tree)
        return Prediction(_function(step, roles, expression), probability)
    except _Missing as missing:
        return Prediction(missing=f"{missing}: {HOW}")


def _step(functions: dict[str, ast.FunctionDef], function: str, takes: tuple[str, ...]) -> tuple[ast.FunctionDef, dict[str, str]]:
    """The function that predicts, and which of its arguments are model, X and y."""
    step, outer = functions.get("step"), functions.get(function)
    if step is None or outer is None:
        raise _Missing("the code has no step, from which its prediction could be read")
    names = [item.arg for item in step.args.args]
    if function == "step":
        return step, dict(zip(takes, names, strict=False))
    within = dict(zip(takes, [item.arg for item in outer.args.args], strict=False))
    calls = [node for node in ast.walk(outer) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "step"]
    if len(calls) != 1 or within.get("X") in _stored(outer):
        raise _Missing(f"{function} does not give the rows of X to step as they are")
    roles: dict[str, str] = {}
    for name, given in zip(names, calls[0].args, strict=False):
        inner = given.value if isinstance(given, ast.Subscript) else given
        role = next((role for role, called in within.items() if isinstance(inner, ast.Name) and inner.id == called), "")
        if role and (role in ("X", "y") or inner is given):
            roles[role] = name
    if not {"model", "X", "y"} <= roles.keys():
        raise _Missing(f"{function} does not give model, X and y to step as they are")
    return step, roles


def _compared(step: ast.FunctionDef, roles: dict[str, str], of: str) -> ast.expr:
    """What is compared with y: ``of``, if there is such, or whatever stands beside y in a difference or a call."""
    stored = [node for node in ast.walk(step) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    if any(node.id == of for node in stored):
        return ast.Name(of, ast.Load())
    found: dict[str, ast.expr] = {}
    for node in ast.walk(step):
        pair: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            pair = [node.left, node.right]
        elif isinstance(node, ast.Call) and len(node.args) >= 2:
            pair = node.args[:2]
        for one, other in (pair, pair[::-1]) if pair else ():
            if _is_y(other, roles["y"]) and roles["y"] not in _loaded(one) and _loaded(one):
                found[ast.dump(one)] = one
    if len(found) != 1:
        raise _Missing(
            "the code's step compares nothing with y that could be drawn"
            if not found
            else "the code's step compares several things with y"
        )
    return next(iter(found.values()))


def _is_y(node: ast.expr, y: str) -> bool:
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SHAPES:
        node = node.func.value
    return isinstance(node, ast.Name) and node.id == y


def _is_probability(tree: ast.Module) -> bool:
    text = ast.unparse(tree)
    logits = re.search(r"\b(binary_cross_entropy_with_logits|BCEWithLogitsLoss|soft_margin_loss|SoftMarginLoss)\b", text)
    probability = re.search(r"\b(binary_cross_entropy|BCELoss)\b", text)
    if bool(logits) == bool(probability):
        raise _Missing("the code does not say whether its step predicts a probability or what goes into a sigmoid")
    return bool(probability)


def _function(step: ast.FunctionDef, roles: dict[str, str], expression: ast.expr) -> str:
    """A function of model and X that computes ``expression`` by those statements of ``step`` that it needs."""
    before, inside = _before(step.body, expression)
    needed = _loaded(expression)
    kept: list[ast.stmt] = []
    for statement in reversed(before):
        if isinstance(statement, ast.Global | ast.Nonlocal):
            kept.append(statement)
        elif _changed(statement) & needed:
            if any(isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _TRAINS for node in ast.walk(statement)):
                raise _Missing("the code's step trains before it has its prediction")
            if any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Await) for node in ast.walk(statement)) and not (
                isinstance(statement, ast.FunctionDef)
            ):
                raise _Missing("the code's step may end before it has its prediction")
            kept.append(statement)
            needed |= _loaded(statement)
    arguments = {item.arg for item in (*step.args.args, *step.args.kwonlyargs)}
    others = sorted(needed & arguments - {roles["model"], roles["X"]})
    if others:
        raise _Missing(f"what the code's step predicts depends on {others[0]}")
    if inside:
        kept = [statement for statement in kept if not isinstance(statement, ast.Nonlocal)]
    body = [copy.deepcopy(statement) for statement in reversed(kept)]
    made = ast.parse(f"def {CALLED}({roles['model']}, {roles['X']}):\n    return 0\n")
    function = made.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = [*body, ast.Return(copy.deepcopy(expression))]
    return ast.unparse(ast.fix_missing_locations(made)) + "\n"


def _before(body: list[ast.stmt], expression: ast.expr) -> tuple[list[ast.stmt], bool]:
    """All that runs until ``expression`` is known, and whether it stands in a function within."""
    name = expression.id if isinstance(expression, ast.Name) and not hasattr(expression, "lineno") else ""
    places = [
        place for place, statement in enumerate(body) if (name in _stored(statement) if name else _holds(statement, expression))
    ]
    if not places:
        raise _Missing("the code's step compares nothing with y that could be drawn")
    last = places[-1]
    statement = body[last]
    if isinstance(statement, ast.FunctionDef | ast.With):
        if isinstance(statement, ast.FunctionDef) and statement.args.args:
            raise _Missing("the code's step predicts in a function within")
        inner, _ = _before(statement.body, expression)
        return [*body[:last], *inner], True
    if isinstance(statement, ast.For | ast.While | ast.If | ast.Try | ast.Match) and not (
        name and len(places) == 1 and _whole(statement)
    ):
        raise _Missing("the code's step predicts in a loop, or under a condition")
    return body[: last + 1] if name else body[:last], False


def _whole(statement: ast.stmt) -> bool:
    """Whether a compound statement may run as a whole: it trains nothing."""
    return not any(isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _TRAINS for node in ast.walk(statement))


def _holds(statement: ast.stmt, expression: ast.expr) -> bool:
    return any(node is expression for node in ast.walk(statement))


def _loaded(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def _stored(node: ast.AST) -> set[str]:
    found = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return found | {part.name for part in ast.walk(node) if isinstance(part, ast.FunctionDef)}


def _changed(statement: ast.stmt) -> set[str]:
    """The names that a statement sets, or whose object it changes in place."""
    return _stored(statement) | {name for node in ast.walk(statement) for name in _in_place(node)}


def _in_place(node: ast.AST) -> Iterator[str]:
    target: ast.AST | None = None
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
        target = node
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and re.search(r"[^_]_$", node.func.attr):
        target = node.func
    while isinstance(target, ast.Attribute | ast.Subscript | ast.Call):
        target = target.func if isinstance(target, ast.Call) else target.value
    if isinstance(target, ast.Name):
        yield target.id

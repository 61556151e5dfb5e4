"""What edited training code has to define, and which of the set-up's pictures are true of it as well. Holds no torch."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from functools import lru_cache

from engine.errors import ProgramError, ProgramSyntaxError, TooLargeError
from engine.programs.checker.messages import syntax_error
from engine.training.edited.predicting import Prediction, prediction_of

OTHER_MODEL = "the code's model is not the set-up's"
OTHER_PREDICTION = "the code's step predicts in another way than the set-up's model"
OTHER_LOSS = "the code's loss is not the set-up's"

_LEARNED = (
    'list(model.parameters()) if hasattr(model, "parameters") else '
    '[p for p in vars(model).values() if getattr(p, "requires_grad", False)]'
)
"""Program text of all that a model learns, whatever its class is: that may have gained a parameter."""


def made_by(made: str, code: str) -> str:
    """``made``, which makes model and optimizer, without what ``code`` makes itself, and with all that its model learns."""
    own = _own(_tree(code))
    kept = [line for line in made.splitlines() if line.partition(" = ")[0] not in {"model", "optimizer"} & own]
    return re.sub(r"\(\[model\.\w+(?:, model\.\w+)*\]", f"({_LEARNED}", "".join(line + "\n" for line in kept))


def shown_of(text: str, function: str, prediction: str, loss: str, code: str) -> tuple[str, str]:
    """Why the set-up's model and its loss do not show what ``code`` trains; each empty where it does.

    ``text``, of which ``function`` is called, ``prediction`` and ``loss`` are the set-up's.
    """
    tree = _tree(code)
    no_fit = OTHER_MODEL if tree is None else _differs(text, function, prediction, loss, tree)
    return no_fit, no_fit or _other_loss(loss, tree)


def predicted_by(code: str, function: str, takes: tuple[str, ...], loss: str, classes: bool) -> Prediction:
    """How ``code`` itself predicts: its ``function`` is called with what the set-up ``takes``, and ``loss`` is the set-up's."""
    tree = _tree(code)
    return Prediction(missing=OTHER_MODEL) if tree is None else prediction_of(tree, function, takes, _returned(loss)[0], classes)


def check(code: str) -> None:
    """Say what is wrong with code that is not Python.

    Raises
    ------
    ProgramSyntaxError, TooLargeError
        With line and column.
    """
    found = _parsed(code)
    if isinstance(found, ProgramError):
        raise type(found)(
            found.message,
            hint=found.hint,
            line=found.line,
            column=found.column,
            end_line=found.end_line,
            end_column=found.end_column,
            fix=found.fix,
        )


def scripted(code: str, imports: list[str], seed: int) -> str:
    """The head of a script: ``imports`` and the code, whose own first lines stay first where Python wants that."""
    lines, tree = code.rstrip("\n").split("\n"), _tree(code)
    nodes = [] if tree is None else [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    first = max((node.end_lineno or 0 for node in nodes if node.module == "__future__"), default=0)
    return "\n".join([*lines[:first], *imports, "", f"torch.manual_seed({seed})", "", *lines[first:]]) + "\n"


def _tree(code: str) -> ast.Module | None:
    found = _parsed(code)
    return found if isinstance(found, ast.Module) else None


@lru_cache(maxsize=16)
def _parsed(code: str) -> ast.Module | ProgramError:
    """The code's tree, or what is wrong with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(code)
            compile(tree, "<code>", "exec", dont_inherit=True)
            return tree
        except SyntaxError as error:
            return syntax_error(error, code)
        except (RecursionError, MemoryError):
            return TooLargeError("the code is nested too deeply for Python to read", hint="Split long expressions.")
        except (ValueError, OverflowError) as error:
            said = f"Python cannot read this code: {str(error)[:200]}"
            return ProgramSyntaxError(said, hint="Look for unusual characters and very long numbers.")


# What is as in the set-up --------------------------------------------------------------------------------------------


def _own(tree: ast.Module | None) -> set[str]:
    """What the code itself sets beside its functions and classes."""
    return set() if tree is None else {name for node in tree.body for name in _assigned(node)}


def _differs(text: str, function: str, prediction: str, loss: str, tree: ast.Module) -> str:
    """Why the set-up's model does not say what the code predicts; empty where it does."""
    mine, theirs = _definitions(ast.parse(text)), _definitions(tree)
    # What is predicted from parameters by their names does not depend on what else the class does.
    models = [name for name in mine if name not in ("step", "train_epoch")] if "model(" in prediction else []
    own = models and "model" in _own(tree)
    if own or any(name not in theirs or ast.dump(mine[name]) != ast.dump(theirs[name]) for name in models):
        return OTHER_MODEL
    if function == "train_epoch":
        passed = [_calls(functions.get("train_epoch"), "step") for functions in (mine, theirs)]
        if passed[0] != passed[1] or _bound(theirs.get("train_epoch"), ("X", "y")):
            return OTHER_PREDICTION
    step, name, predicted = theirs.get("step"), _returned(loss)[0], _returned(prediction)[1]
    if step is None or _bound(step, ("X",)) or _values(step, name) != [predicted]:
        return OTHER_PREDICTION
    named = [_values(functions.get("step"), part) for functions in (mine, theirs) for part in ("w", "b")]
    return "" if named[:2] == named[2:] else OTHER_PREDICTION


def _other_loss(loss: str, tree: ast.Module | None) -> str:
    step = None if tree is None else _definitions(tree).get("step")
    same = step is not None and not _bound(step, ("y",)) and _values(step, "loss") == [_returned(loss)[1]]
    return "" if same else OTHER_LOSS


def _definitions(tree: ast.Module) -> dict[str, ast.AST]:
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _returned(text: str) -> tuple[str, str]:
    """The first argument of the one function in ``text``, and what it returns, as ``_values`` has it."""
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    last = function.body[-1]
    assert isinstance(last, ast.Return) and last.value is not None
    return function.args.args[0].arg, ast.dump(last.value)


def _values(function: ast.AST | None, name: str) -> list[str]:
    """What ``name`` becomes in a function, in order, but for what changes it in place."""
    found = []
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name == "loss":
            found.append(ast.dump(node))
        if name in _assigned(node):
            whole = isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
            found.append(ast.dump(node.value) if whole and isinstance(node, ast.Assign) else ast.dump(node))
    return found


def _calls(function: ast.AST | None, name: str) -> list[str]:
    nodes = ast.walk(function) if function is not None else ()
    return [ast.dump(node) for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name]


def _bound(function: ast.AST | None, names: tuple[str, ...]) -> bool:
    """Whether a function gives one of these names another meaning."""
    nodes = list(ast.walk(function)) if function is not None else []
    changed = {node.target.id for node in nodes if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)}
    return bool({found for node in nodes for found in _assigned(node)}.union(changed).intersection(names))


def _assigned(node: ast.AST) -> Iterator[str]:
    """The names that a statement sets."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.For):
        targets = [node.target]
    elif isinstance(node, ast.With):
        targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
    for target in targets:
        yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))

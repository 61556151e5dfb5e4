"""What the program calls its tensors."""

from __future__ import annotations

import ast
import sys
from abc import ABCMeta
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from inspect import CO_OPTIMIZED
from types import BuiltinFunctionType, FrameType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from engine.recorder.follow.variables import Hint
from engine.text.places import Places

_MOST = 64
"""Elements of a list or dict among which a tensor is looked for."""
_NOBODY_ELSE = 3
"""References to a frame's dictionary: the frame's own, a local variable's, an argument's."""
_MOST_NAMES = 400
"""Names of one scope that are looked at."""

_HOLD_NONE = (Tensor, ModuleType, type, str, int, float)
"""Types inside which no tensor is looked for."""
_HOLD_NOTHING = frozenset({*_HOLD_NONE, bool, type(None), BuiltinFunctionType, ABCMeta})
"""Types for which this is known without a further check."""

_NESTED = (list, tuple, dict)

Place = tuple[int, int, int, int]


def variables_of(frame: FrameType) -> dict[str, Any]:
    """The frame's own variables.

    When asked for those of a function, Python makes a dictionary that the frame keeps: it would hold tensors that the function
    lets go of. It is emptied again, unless the function has asked for its ``locals()`` itself.
    """
    kept: dict[str, Any] = frame.f_locals
    if not frame.f_code.co_flags & CO_OPTIMIZED:
        return kept
    found = dict(kept)
    if sys.getrefcount(kept) <= _NOBODY_ELSE:
        kept.clear()
    return found


def is_public(name: object) -> bool:
    """Whether the name tells something: a script may put anything into ``globals()``, and ``_`` means that there is no name."""
    return type(name) is str and not name.startswith("_")


def name_in(frame: FrameType, tensor: Tensor, *, deep: bool = False) -> str | None:
    """The program's name for a tensor that the recorder did not see being made.

    With ``deep`` also where it is an attribute of an object (``self.w``) or an element (``params[0]``, ``batch['x']``).
    """
    scopes = (variables_of(frame), frame.f_globals)
    for scope in scopes:
        for name, item in tuple(scope.items()):  # other threads may add to it meanwhile
            if item is tensor and is_public(name):
                return name
    if deep:
        for scope in scopes[: 1 if scopes[0] is scopes[1] else 2]:
            for count, (name, item) in enumerate(tuple(scope.items())):
                if count > _MOST_NAMES:
                    break
                found = _inside(name, item, tensor) if is_public(name) else None
                if found is not None:
                    return found
    return None


def global_name(frame: FrameType, tensor: Tensor) -> str | None:
    """What the file that ``frame`` runs calls a tensor, outside of functions."""
    names = (name for name, item in tuple(frame.f_globals.items()) if item is tensor and is_public(name))
    return next(names, None)


def parameter_names(frame: FrameType, parameter: nn.Parameter) -> dict[int, Hint]:
    """By ``id``, all parameters of the module that holds ``parameter`` and has a name in the program: ``net.0.weight``.
    The module need not have been called. Empty if there is no such module.
    """
    for scope in (variables_of(frame), frame.f_globals):
        for name, item in tuple(scope.items()):
            if not is_public(name) or name == "self" or not isinstance(item, nn.Module):
                continue
            found = {id(each): Hint(each, f"{name}.{path}") for path, each in tensors_within(item, "_parameters")}
            if id(parameter) in found:
                return found
    return {}


def modules_within(module: nn.Module) -> list[tuple[str, nn.Module]]:
    """By their paths from it, itself included, each once: what ``named_modules`` gives, but without running the program's
    code."""
    found: list[tuple[str, nn.Module]] = []
    known: set[int] = set()
    stack = [("", module)]
    while stack:
        path, item = stack.pop()
        if id(item) in known:
            continue
        known.add(id(item))
        found.append((path, item))
        parts = [(name, part) for name, part in _table(item, "_modules") if isinstance(part, nn.Module)]
        stack += [(f"{path}.{name}" if path else name, part) for name, part in reversed(parts)]
    return found


def tensors_within(module: nn.Module, *tables: str) -> list[tuple[str, Tensor]]:
    """Tensors in tables (``_parameters``, ``_buffers``) of a module and of those within it, by their paths, each once."""
    found: dict[int, tuple[str, Tensor]] = {}
    modules = modules_within(module)
    for table in tables:
        for path, item in modules:
            for name, part in _table(item, table):
                if isinstance(part, Tensor):
                    found.setdefault(id(part), (f"{path}.{name}" if path else name, part))
    return [*found.values()]


def _table(module: nn.Module, name: str) -> list[tuple[str, object]]:
    table = vars(module).get(name)
    if type(table) not in (dict, OrderedDict):  # a compiled module's: torch's own, which no code of the program replaces
        table = getattr(module, name, None) if isinstance(module, torch.jit.ScriptModule) else None
    return [(key, part) for key, part in table.items() if type(key) is str] if table is not None else []


def _inside(name: str, item: object, tensor: Tensor, deeper: bool = True) -> str | None:
    """``tensor``'s place in ``item``, or ``deeper`` in a list, tuple or dict inside it. Looks at each part."""
    kind = type(item)
    if kind in _HOLD_NOTHING:
        return None
    parts: Iterable[tuple[object, object]]
    if kind is list or kind is tuple:
        parts, form = enumerate(item) if len(item) <= _MOST else (), "[{}]"  # type: ignore[arg-type]
    elif kind is dict:
        parts, form = item.items() if len(item) <= _MOST else (), "[{!r}]"  # type: ignore[arg-type, attr-defined]
    elif isinstance(item, _HOLD_NONE):
        return None
    else:
        attributes = getattr(item, "__dict__", None)
        parts, form = attributes.items() if type(attributes) is dict and len(attributes) <= _MOST else (), ".{}"
    for key, part in parts:
        found = part is tensor
        if not found and not (deeper and type(part) in _NESTED):
            continue
        if type(key) not in (int, str) or (form == ".{}" and str(key).startswith("_")):
            continue
        place = name + form.format(key)
        if found:
            return place
        inner = _inside(place, part, tensor, False)
        if inner is not None:
            return inner
    return None


@lru_cache(maxsize=8)
def assigned_names(text: str) -> Mapping[Place, tuple[str | None, ...]]:
    """Where the right-hand sides of a text's assignments stand, and the names that they are given; empty if Python can't read it.

    Lines and columns are counted from 1, in characters, the end is exclusive. ``self.h = …`` gives ``self.h``.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    places = Places(text)
    found: dict[Place, tuple[str | None, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            pairs = [(node.targets[0], node.value)]
        elif isinstance(node, ast.NamedExpr) or (isinstance(node, ast.AnnAssign) and node.value is not None):
            pairs = [(node.target, node.value)]  # type: ignore[list-item]
        elif isinstance(node, ast.AugAssign):
            name = _target_name(node.target)
            if name is not None:
                found[places.span(node)] = (name,)
            continue
        else:
            continue
        while pairs:
            target, value = pairs.pop()
            if not isinstance(target, ast.Tuple | ast.List):
                found[places.span(value)] = (_target_name(target),)
            elif isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                pairs += zip(target.elts, value.elts, strict=True)
            else:
                found[places.span(value)] = tuple(_target_name(item) for item in target.elts)
    return found


def _target_name(target: ast.expr) -> str | None:
    """``y``, ``self.h``; None for anything that is not a plain name."""
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        return f"{target.value.id}.{target.attr}"
    return None


def name_of(frame: FrameType, thing: object) -> str | None:
    """The program's name for any object: ``model``, ``self.encoder``; None if it has none."""
    own = variables_of(frame)
    for scope in (own, frame.f_globals):
        for name, item in scope.items():
            if item is thing and is_public(name) and name != "self":
                return name
    owner = own.get("self")
    for name, item in getattr(owner, "__dict__", {}).items():
        if item is thing:
            return f"self.{name}"
    return None

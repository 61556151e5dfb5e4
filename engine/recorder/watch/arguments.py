"""What an operation was given and what it returned, taken apart."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from engine.recorder.draft import Draft
from engine.runtime.said import called
from engine.tables import Argument

_UNINITIALIZED = frozenset({UninitializedParameter, UninitializedBuffer})
"""Checked by class: ``isinstance`` would run Python code of torch here."""
_KNOWN = frozenset({"torch", "numpy", "builtins"})
"""Packages whose objects are written with their own ``repr``; what would run the program's own code is not."""
_STORAGES = (torch.UntypedStorage, torch.TypedStorage)
_MOST_CONSTANTS = 10_000
_DEEPEST = 16
"""How deep lists may be nested; a file holds no more."""
_LONGEST = 1_500
"""Most bits of an integer that is kept as a number; a file holds it as text."""
_constants: dict[tuple[type, object, str | None], Argument] = {}
"""The few constants that most operations are given."""
_is_wrapped = torch._C._functorch.is_functorch_wrapped_tensor


class HiddenTensor(Exception):
    """An argument belongs to a transform of torch.func, which hides its elements."""


def as_tensors(item: Any) -> tuple[Any, ...]:
    """A tensor or a sequence of them, as a tuple; None gives an empty one."""
    if item is None:
        return ()
    return (item,) if isinstance(item, Tensor) else tuple(item)


def tensors_in(result: Any) -> list[Tensor]:
    """The tensors of a result: itself, or those of a (nested) tuple or list."""
    if isinstance(result, Tensor):
        return [result]
    if not isinstance(result, tuple | list):
        return []
    found: list[Tensor] = []
    path, within = [iter(result)], [result]  # lists may be nested to any depth, and hold themselves
    while path:
        for part in path[-1]:
            if isinstance(part, Tensor):
                found.append(part)
            elif isinstance(part, tuple | list) and not any(part is outer for outer in within):
                path.append(iter(part))
                within.append(part)
                break
        else:
            path.pop()
            within.pop()
    return found


def collect(
    item: Any, keyword: str | None, inputs: list[Argument], tensors: list[Tensor], draft: Draft, frames: Any, depth: int = 0
) -> None:
    """Add an argument (tensors inside tuples and lists one by one, anything else as a constant)."""
    keyword = None if keyword is None else called(keyword)
    if isinstance(item, Tensor) and not _UNINITIALIZED.intersection(type(item).__mro__):
        if _is_wrapped(item):
            raise HiddenTensor
        inputs.append(Argument(draft.values.of(item, None, frames), None, keyword))
        tensors.append(item)
    elif depth < _DEEPEST and isinstance(item, tuple | list) and tensors_in(item):
        for part in item:
            collect(part, keyword, inputs, tensors, draft, frames, depth + 1)
    else:
        inputs.append(_given(_constant(item), keyword))


def _given(item: object, keyword: str | None) -> Argument:
    """One object for all equal constants; not for floats, where 0 equals −0."""
    kind = type(item)
    if kind is not int and kind is not bool and item is not None:
        return Argument(None, item, keyword)
    key = kind, item, keyword
    known = _constants.get(key)
    if known is None:
        known = Argument(None, item, keyword)
        if len(_constants) < _MOST_CONSTANTS:
            _constants[key] = known
    return known


def _constant(item: Any, depth: int = 0) -> object:
    """A constant argument without any object of torch, or of one of the program's classes, in it."""
    if item is None or isinstance(item, bool):
        return item
    if isinstance(item, int):
        number = int.__index__(item)
        return number if number.bit_length() < _LONGEST else f"an integer of {number.bit_length():,} bits"
    if isinstance(item, float):
        return float.__float__(item)
    if isinstance(item, complex):
        return complex(item.real, item.imag)
    if isinstance(item, str):
        return called(str.__str__(item))
    if isinstance(item, tuple | list):
        return tuple(_constant(part, depth + 1) for part in item) if depth < _DEEPEST else "…"
    if isinstance(item, slice):
        ends = ["" if part is None else str(part) for part in (item.start, item.stop)]
        return ":".join(ends if item.step is None else [*ends, str(item.step)])
    if item is Ellipsis:
        return "..."
    kind = type(item)
    known = kind.__module__.partition(".")[0] in _KNOWN and not isinstance(item, _STORAGES)
    return str(item) if known else f"<{kind.__qualname__}>"

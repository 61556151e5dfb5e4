"""Lets ``torch.jit.script`` compile what stands in for a function as that function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.jit import _builtins


def compile_as(known: Callable[..., Any], wrapper: Callable[..., Any]) -> None:
    """Compile calls of ``wrapper`` as those of ``known``, if that has a meaning of its own there, as ``warnings.warn`` has."""
    name = _builtins._find_builtin(known)  # type: ignore[no-untyped-call]
    if name is not None:
        _builtins._register_builtin(wrapper, name)


def forget(wrapper: Callable[..., Any]) -> None:
    """Undo this: torch knows functions by their address, and another function may come to have it."""
    _builtins._get_builtin_table().pop(id(wrapper), None)  # type: ignore[no-untyped-call]

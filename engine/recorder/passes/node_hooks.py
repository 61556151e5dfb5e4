"""Hooks on thousands of Nodes at once: torch's own, put on without a handle object for each."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from torch.autograd import Function

Registered = tuple[dict[int, Any], int]
"""The hooks of one Node, and the key of ours among them."""


def register(nodes: Iterable[tuple[Any, Callable[..., Any], Callable[..., Any]]], found: list[Registered]) -> None:
    """Put a prehook and a hook on each Node, and add what ``remove`` needs to ``found``.

    Torch asks ``Function._register_hook`` to enter a hook in a Node's dictionary and to make a handle for it, which takes a third
    of the time. During this call it gets a plain key instead.
    """
    original: Any = Function._register_hook
    thread = threading.get_ident()

    def enter(hooks: dict[int, Any] | None, hook: Any) -> tuple[dict[int, Any], Any]:
        if threading.get_ident() != thread:
            answer: tuple[dict[int, Any], Any] = original(hooks, hook)
            return answer
        if hooks is None:
            hooks = OrderedDict()
        key = -1 - len(hooks)  # the program's hooks have torch's numbers, from 0
        hooks[key] = hook
        return hooks, (hooks, key)

    Function._register_hook = staticmethod(enter)  # type: ignore[method-assign]
    try:
        for node, before, after in nodes:
            found.append(node.register_prehook(before))
            found.append(node.register_hook(after))
    finally:
        del Function._register_hook


def remove(registered: Iterable[Registered]) -> None:
    """Take them off."""
    for hooks, key in registered:
        hooks.pop(key, None)

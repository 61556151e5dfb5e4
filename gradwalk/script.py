"""Where a script's process begins: by a name of its own, so that the script may have an ``engine.py``."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def serve(*arguments: Any) -> None:
    """``engine.scripts.inside.child.serve``."""
    import_module("gradwalk.engine.scripts.inside.child").serve(*arguments)


def keep(*arguments: Any) -> None:
    """``engine.scripts.kept.keeper.keep``, the process beside it."""
    import_module("gradwalk.engine.scripts.kept.keeper").keep(*arguments)


def begin(*arguments: Any) -> None:
    """``engine.scripts.elsewhere.begin``, where another Python than the program's begins."""
    import_module("gradwalk.engine.scripts.elsewhere").begin(*arguments)

"""Code of every kind that people write with PyTorch. Each function is one kind; what it returns is compared with a plain run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

KINDS: dict[str, Callable[[], Any]] = {}


def kind(function: Callable[[], Any]) -> Callable[[], Any]:
    """Add a function to the corpus."""
    KINDS[f"{function.__module__.rpartition('.')[2]}.{function.__name__}"] = function
    return function


from tests.engine.kinds import custom, dtypes, modules, optimizers, passes, tensors, training, whole  # noqa: E402

__all__ = ["KINDS", "custom", "dtypes", "kind", "modules", "optimizers", "passes", "tensors", "training", "whole"]

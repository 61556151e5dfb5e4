"""Frames of functions that Python does not list are seen by nothing that looks at its stack."""

from __future__ import annotations

import inspect
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.runtime.frames.unlisted import unlisted


@unlisted
def passes_on(function: Callable[[], Any]) -> Any:
    try:
        return function()
    finally:
        pass


def by_name(function: Callable[[], Any]) -> Any:
    return passes_on(function)


def names() -> list[str]:
    frame, found = sys._getframe().f_back, []
    while frame is not None:
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found[:2]


def test_it_is_not_among_the_frames() -> None:
    def look() -> Any:
        return names(), [info.function for info in inspect.stack()][:2]

    assert by_name(look) == (["look", "by_name"], ["look", "by_name"])
    assert passes_on.__name__ == "passes_on" and inspect.getsource(passes_on).startswith("@unlisted")


def test_it_is_not_in_tracebacks() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no") as caught:
        by_name(fail)
    assert [entry.name for entry in traceback.extract_tb(caught.value.__traceback__)][-2:] == ["by_name", "fail"]


def test_warnings_do_not_count_it() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        by_name(lambda: warnings.warn("look", stacklevel=2))
    assert [(Path(item.filename).name, item.lineno) for item in seen] == [
        (Path(__file__).name, by_name.__code__.co_firstlineno + 1)
    ]


def test_variables_of_enclosing_functions_stay() -> None:
    kept = 3

    @unlisted
    def inner(other: int) -> int:
        return kept + other

    assert inner(4) == 7

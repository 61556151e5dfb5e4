"""What is said of the thread of a recording, so that profilers are not told of the recorder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from engine.runtime.frames.untold import passes_on, unnoticed, untold

if sys.version_info >= (3, 12):
    pytest.skip("profilers are told by other means there", allow_module_level=True)


@pytest.fixture
def followed() -> Iterator[None]:
    untold.follow()
    yield
    untold.leave()


def inner() -> int:
    return len("two")


def told(action: Any) -> list[tuple[str, str]]:
    """The events of ``action`` and what it calls."""
    seen: list[tuple[str, str]] = []

    def tell(frame: Any, event: str, argument: Any) -> None:
        seen.append((event, argument.__name__ if event.startswith("c_") else frame.f_code.co_name))

    sys.setprofile(tell)
    action()
    sys.setprofile(None)
    return seen[:-1]


ACTION = [("call", "action"), ("return", "action")]
INNER = [("call", "inner"), ("c_call", "len"), ("c_return", "len"), ("return", "inner")]


def test_of_what_is_unnoticed_nobody_is_told(followed: None) -> None:
    ours = unnoticed(inner)

    def action() -> None:
        assert ours() == 3

    assert told(action) == ACTION


def test_of_what_is_passed_on_to_all_are_told(followed: None) -> None:
    ours = passes_on(inner, lambda: inner)

    def action() -> None:
        assert ours() == 3

    assert told(action) == [ACTION[0], *INNER, ACTION[1]]


def test_what_raises_leaves_the_profiler_as_it_was(followed: None) -> None:
    def fails() -> None:
        raise ValueError("no")

    ours, passed = unnoticed(fails), passes_on(fails, lambda: fails)

    def action() -> None:
        for call in (ours, passed):
            with pytest.raises(ValueError, match="no"):
                call()
        inner()

    seen = told(action)
    assert seen.count(("call", "fails")) == 1
    assert seen[-5:] == [*INNER, ACTION[1]]

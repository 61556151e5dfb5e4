"""What is kept once computed holds no lock: two threads that ask for each other's never wait for ever."""

from __future__ import annotations

import threading
from pathlib import Path

import engine
import gui
from engine.runtime.cached import cached_property


class Asks:
    """``first`` and ``second`` ask for each other on another object, once both threads are inside."""

    def __init__(self) -> None:
        self.inside = threading.Barrier(2)
        self.other: Asks | None = None

    @cached_property
    def first(self) -> int:
        """Asks the other one's second."""
        if self.other is None:
            return 1
        self.inside.wait(20)
        return self.other.second + 1

    @cached_property
    def second(self) -> int:
        """Asks the other one's first."""
        if self.other is None:
            return 2
        self.inside.wait(20)
        return self.other.first + 1


def test_two_threads_that_ask_for_each_others_are_both_answered() -> None:
    left, right = Asks(), Asks()
    right.inside = left.inside
    left.other, right.other = Asks(), Asks()
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(left.first), daemon=True),
        threading.Thread(target=lambda: answers.append(right.second), daemon=True),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == [2, 3]


def test_it_is_computed_once_and_what_was_kept_first_stays() -> None:
    computed: list[object] = []

    class Kept:
        """Counts."""

        @cached_property
        def value(self) -> object:
            """A new object each time."""
            computed.append(object())
            if len(computed) == 1:
                assert self.value is computed[1]  # as another thread would, meanwhile
            return computed[-2] if len(computed) > 1 and "value" in self.__dict__ else computed[-1]

    kept = Kept()
    assert kept.value is kept.value is computed[1] and len(computed) == 2
    assert Kept.value.__doc__ == "A new object each time."  # type: ignore[attr-defined]


def test_nothing_of_ours_uses_the_one_with_a_lock() -> None:
    found = [
        path.name
        for top in (engine, gui)
        for path in Path(top.__file__ or "").parent.rglob("*.py")
        if "from functools import cached_property" in path.read_text(encoding="utf-8")
    ]
    assert found == ["cached.py"]

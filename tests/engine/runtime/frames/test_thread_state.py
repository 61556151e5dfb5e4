"""What Python keeps of a thread in memory of its own is found, and is as it was afterwards."""

from __future__ import annotations

import sys
import threading
from types import FrameType

from engine.runtime.frames.thread_state import NOWHERE, frame_of, innermost_frame, levels_left


def _deepest() -> int:
    most = 0

    def down(depth: int) -> None:
        nonlocal most
        most = depth
        down(depth + 1)

    try:
        down(1)
    except RecursionError:
        pass
    return most


def test_a_stack_that_is_given_levels_becomes_so_much_deeper() -> None:
    levels, limit, plain = levels_left(), sys.getrecursionlimit(), _deepest()
    levels.value += 40
    assert (sys.getrecursionlimit(), _deepest()) == (limit, plain + 40)
    levels.value -= 40
    assert _deepest() == plain


def test_the_levels_are_those_of_the_thread_that_asks() -> None:
    seen: list[int] = []
    plain = _deepest()
    thread = threading.Thread(target=lambda: seen.append(levels_left().value))
    thread.start()
    thread.join()
    assert levels_left() is not NOWHERE
    assert seen[0] > levels_left().value
    assert _deepest() == plain


def test_what_c_runs_finds_no_frames_where_none_is_the_innermost() -> None:
    found: list[tuple[str, FrameType | None]] = []
    code = compile("frame = sys._getframe(); found.append((frame.f_code.co_name, frame.f_back))", "<string>", "exec")
    innermost, here = innermost_frame(), frame_of(sys._getframe())
    assert innermost.value == here
    names = {"sys": sys, "found": found}
    innermost.value = None
    exec(code, names)
    innermost.value = here
    assert found == [("<module>", None)]
    back = sys._getframe().f_back
    assert back is not None and back.f_code.co_name != "<module>"

"""The window: opened, coloured, closed at any moment, and nothing of it left."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Start
from tests.end_to_end.driver import THEME, Program, alive, children, token, wait_for_graph, wait_until

pytestmark = pytest.mark.window

CLOSED_WITHIN = 3.0
"""Seconds in which the window must be gone, whatever runs in it."""


def started_processes(program: Program) -> set[int]:
    return children(program.process.pid)


def assert_all_gone(pids: set[int]) -> None:
    """No process that the program started outlives it for long."""
    wait_until("the program's own processes to end", lambda: not alive(pids))


def test_it_opens_and_closes_without_a_word(start: Start) -> None:
    program = start()
    window = program.window(r"^cubic\.py — Gradwalk$")
    ended = program.close(window)
    assert (ended.status, ended.output, ended.errors) == (0, "", "")


def test_it_closes_without_a_word_once_all_is_loaded(start: Start) -> None:
    program = start("--theme", THEME)
    window = program.window(r"^cubic\.py — Gradwalk$")
    wait_for_graph(program, window)
    pids = started_processes(program)
    ended = program.close(window)
    assert (ended.status, ended.output, ended.errors) == (0, "", "")
    assert_all_gone(pids)


def test_it_closes_in_the_middle_of_a_training_run(start: Start) -> None:
    program = start("--theme", THEME)
    window = program.window(r"^cubic\.py — Gradwalk$")
    program.press("alt+2")
    program.window(r"^regression\.py — Gradwalk$")
    # From the graph to the slider of the learning rate; the box of the epochs comes two after it.
    program.press("F6", "Tab", "Tab", "ctrl+a")
    program.write("100000")
    program.press("Return", "ctrl+r")
    trained = 0

    def goes_on() -> bool:
        nonlocal trained
        before = program.picture(window)
        wait_until("the plots to move", lambda: program.picture(window) != before)
        trained += 1
        return trained >= 5

    wait_until("a training run that goes on", goes_on)
    pids = started_processes(program)
    ended = program.close(window)
    assert (ended.status, ended.output, ended.errors) == (0, "", "")
    assert ended.seconds < CLOSED_WITHIN
    assert_all_gone(pids)


@pytest.mark.parametrize("loaded", [False, True], ids=["while torch is imported", "once all is loaded"])
def test_it_closes_whatever_program_runs(start: Start, loaded: bool) -> None:
    program = start("--theme", THEME)
    window = program.window(r"^cubic\.py — Gradwalk$")
    if loaded:
        wait_for_graph(program, window)
    # The editor indents the second line by itself.
    program.retype(window, "for i in range(10**12):\nx = 1\n")
    program.press("ctrl+Return", "Escape", "ctrl+Return", "ctrl+q")
    program.window("^Unsaved changes")
    program.press("Tab", "space")
    ended = program.wait(within=CLOSED_WITHIN)
    assert (ended.status, ended.output, ended.errors) == (0, "", "")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_as_told(start: Start, theme: str) -> None:
    program = start("--theme", theme)
    window = program.window(r"^cubic\.py — Gradwalk$")
    other = "dark" if theme == "light" else "light"

    def wait_for(shown: str, gone: str) -> None:
        wait_until(f"the colours of {shown}", lambda: program.sees(window, token(shown, "canvas")) > 100_000)
        assert program.sees(window, token(gone, "canvas")) == 0

    wait_for(theme, other)
    program.press("ctrl+shift+t")
    wait_for(other, theme)
    ended = program.close(window)
    assert (ended.status, ended.errors) == (0, "")

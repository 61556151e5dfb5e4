"""Threads have a stack of stated size, so that freeing a long chain in one of them does no harm."""

from __future__ import annotations

import ast
import threading
from pathlib import Path

import pytest

import gui
from engine.runtime import stacks
from gui.work.threads import Thread

FOLDER = Path(gui.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))


def test_a_thread_of_the_window_states_its_stack() -> None:
    assert Thread().stackSize() == stacks.STACK


def test_no_other_kind_of_thread_is_made_in_the_window() -> None:
    """One kind does all background work; the training has a thread of its own."""
    made, of_ours = [], []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = node.bases if isinstance(node, ast.ClassDef) else [node.func] if isinstance(node, ast.Call) else []
            made += [path.relative_to(FOLDER).as_posix() for name in names if ast.unparse(name).split(".")[-1] == "QThread"]
            of_ours += [
                path.relative_to(FOLDER).as_posix()
                for name in names
                if ast.unparse(name).split(".")[-1] == "Thread" and "threading" not in ast.unparse(name)
            ]
    assert made == ["work/threads.py"]
    assert sorted(of_ours) == ["work/newest_wins.py", "work/training/thread.py"]


def test_a_started_thread_has_the_stack_that_is_asked_for_and_others_what_they_had(monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = threading.stack_size(), []
    begin = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        seen.append(threading.stack_size())
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    thread = threading.Thread(target=bool)
    assert stacks.start(thread)
    thread.join()
    assert seen == [stacks.STACK]
    assert threading.stack_size() == before


def test_the_next_size_is_tried_where_the_first_is_not_granted() -> None:
    thread = threading.Thread(target=bool)
    assert stacks.start(thread, (1 << 60, 1 << 20))
    thread.join()
    assert not stacks.start(threading.Thread(target=bool), (1,))

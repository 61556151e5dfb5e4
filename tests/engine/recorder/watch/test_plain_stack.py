"""Other ways to look at the stack while a recording is made, which find what a plain run finds."""

from __future__ import annotations

import inspect
import threading
import traceback
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import engine


def plain_and_recorded(action: Any) -> tuple[Any, Any]:
    """What ``action`` gives without a recorder and under one, called in one line of this file."""
    results = []
    for recorded in (False, True):
        if recorded:
            with engine.record():
                results.append(action())
        else:
            results.append(action())
    return results[0], results[1]


def test_inspect_finds_a_plain_stack_at_plain_lines() -> None:
    seen: list[Any] = []

    class Looks(nn.Module):
        def forward(self, x: Any) -> Any:
            for item in inspect.stack():
                if item.function == "plain_and_recorded":
                    break
                seen.append((Path(item.filename).name, item.lineno, item.function, item.code_context, item.index))
            return x

    def action() -> list[Any]:
        seen.clear()
        nn.Sequential(Looks())(torch.ones(2))
        return list(seen)

    plain, recorded = plain_and_recorded(action)
    assert plain == recorded
    assert [item[2] for item in plain][:3] == ["forward", "_call_impl", "_wrapped_call_impl"]


def test_inspect_finds_a_plain_traceback() -> None:
    class Fails(nn.Module):
        def forward(self, x: Any) -> Any:
            raise ValueError("no")

    def action() -> list[Any]:
        try:
            nn.Sequential(Fails())(torch.ones(2))
        except ValueError as error:
            return [(item.function, item.lineno) for item in inspect.getinnerframes(error.__traceback__)]  # type: ignore[arg-type]
        return []

    plain, recorded = plain_and_recorded(action)
    assert plain == recorded


def test_a_warning_placed_in_the_call_of_a_module_names_its_plain_line() -> None:
    class Warns(nn.Module):
        def forward(self, x: Any) -> Any:
            for level in (1, 2, 3, 9):
                warnings.warn("look", FutureWarning, stacklevel=level)
            return x

    def action() -> list[Any]:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            nn.Sequential(Warns())(torch.ones(2))
        return [(Path(item.filename).name, item.lineno, item.category, str(item.message)) for item in seen[:3]]

    plain, recorded = plain_and_recorded(action)
    assert plain == recorded
    assert plain[1][0] == "module.py"


def test_a_thread_that_fails_tells_a_plain_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[Any]] = []

    def tell(args: Any) -> None:
        told.append([(entry.name, entry.lineno) for entry in traceback.extract_tb(args.exc_traceback)])

    class Fails(nn.Module):
        def forward(self, x: Any) -> Any:
            raise ValueError("no")

    monkeypatch.setattr(threading, "excepthook", tell)
    model = nn.Sequential(Fails())
    made = []
    for recorded in (False, True):
        if recorded:
            with engine.record():
                made.append(threading.Thread(target=model, args=(torch.ones(2),)))
                made[-1].start()
                made[-1].join()
        else:
            made.append(threading.Thread(target=model, args=(torch.ones(2),)))
            made[-1].start()
            made[-1].join()
    plain, recorded_lines = told
    assert plain == recorded_lines
    assert threading.excepthook is tell


def test_an_endless_recursion_through_functions_of_torch_is_a_recursion_error() -> None:
    def again(x: Any) -> Any:
        return again(nn.functional.relu(x))

    def action() -> str:
        try:
            again(torch.ones(2))
        except Exception as error:
            return type(error).__name__
        return ""

    assert plain_and_recorded(action) == ("RecursionError", "RecursionError")

"""Nothing of ours is on the stack while torch computes: what looks at the stack finds what it finds without a recorder."""

from __future__ import annotations

import traceback
import warnings
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode

import engine
from engine.recorder.watch.unframed import followed, release, unframed
from engine.recording import Recording


def plain_and_recorded(action: Any) -> tuple[Any, Any, Recording]:
    """What ``action`` gives without a recorder and under one; it is called in one line of this file."""
    results = []
    with engine.record() as r:
        pass
    for recorded in (False, True):
        if recorded:
            with engine.record() as r:
                results.append(action())
        else:
            results.append(action())
    return results[0], results[1], r.recording


def test_a_warning_of_torch_names_the_line_that_asked() -> None:
    y = torch.ones(2, requires_grad=True) * 2

    def action() -> list[tuple[str, int]]:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            y.grad  # noqa: B018
        return [(Path(item.filename).name, item.lineno) for item in seen]

    plain, recorded, _ = plain_and_recorded(action)
    assert plain == recorded
    assert plain[0][0] == Path(__file__).name


def test_an_exception_passes_through_no_frame_of_ours() -> None:
    x = torch.ones(3, requires_grad=True)

    def action() -> list[str]:
        try:
            x.reshape(7)
        except RuntimeError as error:
            return [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        return []

    plain, recorded, recording = plain_and_recorded(action)
    assert plain == recorded == ["action"]
    assert [item.name for item in recording.operations] == ["reshape"]


def test_a_traced_graph_names_the_lines_of_the_function() -> None:
    def action() -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return str(torch.jit.trace(lambda v: (v * 2).abs(), torch.ones(2)).graph)  # type: ignore[no-untyped-call]

    plain, recorded, recording = plain_and_recorded(action)
    assert plain == recorded
    assert Path(__file__).name in plain
    assert any("torch.jit" in note for note in recording.notes)


class Mode(TorchFunctionMode):
    """Counts what comes and goes."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.done, self.failed = 0, 0, 0
        self.refuses = False
        self.__torch_function__ = unframed(self.before, self)  # type: ignore[method-assign]

    def before(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.refuses:
            raise KeyboardInterrupt("now")
        self.begun += 1

        def done(result: Any) -> Any:
            self.done += 1
            return result

        def failed() -> None:
            self.failed += 1

        return followed(function, args, kwargs, done, failed)


def test_each_call_that_begins_is_done_or_has_failed_at_once() -> None:
    mode = Mode()
    x = torch.ones(3)
    with mode:
        torch.add(x, x, alpha=2)
        assert (mode.begun, mode.done, mode.failed) == (1, 1, 0)
        with pytest.raises(RuntimeError):
            x.view(7)
        assert (mode.begun, mode.done, mode.failed) == (2, 1, 1)
        torch.nn.functional.relu(input=x)
        assert mode.begun == mode.done + mode.failed
    release(mode.__dict__.pop("__torch_function__"))


def test_what_is_raised_before_the_call_comes_out_as_it_is() -> None:
    mode = Mode()
    mode.refuses = True
    x = torch.ones(3)
    with mode, pytest.raises(KeyboardInterrupt, match="now"):
        x.abs()
    release(mode.__dict__.pop("__torch_function__"))


def test_a_mode_goes_when_it_was_released() -> None:
    mode = Mode()
    with mode:
        torch.ones(2).abs()
    release(mode.__dict__.pop("__torch_function__"))
    gone = weakref.ref(mode)
    del mode
    assert gone() is None


def test_a_stack_at_its_end_is_told_as_such() -> None:
    """``ctypes`` calls whatever its functions cannot take an ``ArgumentError``."""

    def endless(x: torch.Tensor) -> torch.Tensor:
        return endless(torch.relu(x * 1.0))

    with engine.record() as r, pytest.raises(RecursionError):
        endless(torch.ones(1))
    assert len(r.recording.operations) > 10

    def down(x: torch.Tensor, left: int) -> torch.Tensor:
        return down(x, left - 1) if left else endless(x)

    for more in range(7):  # wherever the end of the stack lies between two calls of torch
        with engine.record(), pytest.raises(RecursionError):
            down(torch.ones(1), more)

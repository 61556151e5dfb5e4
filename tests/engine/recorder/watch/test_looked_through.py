"""What a script finds that looks through Python and torch while it is recorded: what a plain run finds."""

from __future__ import annotations

import contextlib
import gc
import inspect
import os
import pickle
import subprocess
import sys
import threading
import traceback
import warnings
import weakref
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers
from torch.utils._pytree import tree_map

import engine
from tests.engine.recorder.watch.test_plain_stack import plain_and_recorded

ROOT = Path(__file__).resolve().parents[4]


class Twice(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * 2


def test_frames_walked_by_hand_within_modules() -> None:
    class Walks(nn.Module):
        def forward(self, x: Any) -> Any:
            frame = sys._getframe()
            while frame.f_code.co_name != "plain_and_recorded" and frame.f_back is not None:
                seen.append((frame.f_code.co_name, frame.f_lineno, frame.f_lasti))
                frame = frame.f_back
            return x

    seen: list[Any] = []

    def action() -> list[Any]:
        seen.clear()
        nn.Sequential(Walks())(torch.ones(2))
        return list(seen)

    plain, recorded = plain_and_recorded(action)
    assert plain == recorded
    assert [item[0] for item in plain][:3] == ["forward", "_call_impl", "_wrapped_call_impl"]


def test_tracebacks_walked_by_hand() -> None:
    def action() -> list[Any]:
        try:
            nn.Sequential(nn.Linear(2, 2))(torch.ones(3))
        except RuntimeError as error:
            seen, trace = [], error.__traceback__
            while trace is not None:
                seen.append((trace.tb_frame.f_code.co_name, trace.tb_lineno, trace.tb_lasti))
                trace = trace.tb_next
            return seen
        return []

    plain, recorded = plain_and_recorded(action)
    assert plain == recorded
    assert len(plain) > 4


def test_tables_of_hooks_hold_the_programs_own() -> None:
    def tables() -> list[str]:
        names = [(home, name) for home in (modules, optimizers) for name in sorted(dir(home)) if name.startswith("_global_")]
        return [f"{name}: {getattr(home, name)}" for home, name in names if not callable(getattr(home, name))]

    def action() -> list[Any]:
        called: list[str] = []
        model = nn.Linear(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        found = [tables(), [modules._has_any_global_hook()]]
        handle = optimizers.register_optimizer_step_pre_hook(lambda *_: called.append("before"))
        model(torch.ones(1)).backward()
        optimizer.step()
        handle.remove()
        optimizer.step()
        return [*found, called, tables()]

    plain, recorded = plain_and_recorded(action)
    assert plain == recorded
    assert plain[2] == ["before"]
    assert type(optimizers._global_optimizer_pre_hooks).__module__ == "collections"


def test_what_is_watched_says_of_itself_what_it_says_otherwise() -> None:
    class Own(torch.autograd.Function):
        pass

    def action() -> list[Any]:
        watched = (Own.apply, torch.autograd.Function.apply, torch.autograd.backward, torch.utils.swap_tensors, torch.compile)
        said = [repr(item).partition(" at 0x")[0] for item in watched]
        said += [(item.__name__, item.__qualname__, item.__module__, str(inspect.signature(item))) for item in watched]
        return [*said, pickle.dumps(torch.autograd.backward), inspect.getsource(torch.autograd.backward)]

    plain, recorded = plain_and_recorded(action)
    assert plain == recorded


def test_hooks_of_optimizers_that_stay_after_the_recording_work() -> None:
    called: list[str] = []
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    with engine.record():
        handle = optimizers.register_optimizer_step_pre_hook(lambda *_: called.append("before"))
    optimizer.step()
    handle.remove()
    optimizer.step()
    assert called == ["before"]


def test_a_module_goes_when_the_program_lets_go_of_it() -> None:
    with engine.record():
        module = Twice()
        gone = weakref.ref(module)
        module(torch.ones(1))
        del module
        gc.collect()
        assert gone() is None


def test_a_call_that_fails_is_over() -> None:
    class Fails(nn.Module):
        def forward(self, x: Any) -> Any:
            raise ValueError("no")

    failing, twice = Fails(), Twice()
    with engine.record() as handle:
        x = torch.ones(1, requires_grad=True)
        try:
            failing(x)
        except ValueError:
            x.sin()
        twice(x)
        x.cos()
    calls = handle.recording.calls
    inside = {item.name: None if item.call is None else calls[item.call].type for item in handle.recording.operations}
    assert (inside["sin"], inside["mul"], inside["cos"]) == (None, "Twice", None)


def traced(action: Any, put: Any, take: Any) -> list[Any]:
    seen: list[Any] = []

    def tell(frame: Any, event: str, argument: Any) -> Any:
        name = getattr(argument, "__name__", None) if event.startswith("c_") else None
        seen.append((event, frame.f_code.co_name, Path(frame.f_code.co_filename).name, frame.f_lineno, name))
        return tell

    put(tell)
    assert take() is tell
    action()
    put(None)
    assert take() is None
    return seen


def test_a_debugger_and_a_profiler_of_the_programs_see_its_own_frames() -> None:
    model, x = nn.Sequential(nn.Linear(2, 2)), torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    (x * 2).sum().backward()

    def step() -> None:
        y = x * 2
        (model(y).sum() + y.sum()).backward()

    def action() -> list[Any]:
        optimizer.zero_grad()
        return [
            traced(step, lambda it: sys.settrace(it), lambda: sys.gettrace()),
            traced(step, lambda it: sys.setprofile(it), lambda: sys.getprofile()),
        ]

    plain, recorded = plain_and_recorded(action)
    ours = [item for found in recorded for item in found if "recorder" in item[2] or item[1].startswith("_note")]
    assert not ours
    for one, other in zip(plain, recorded, strict=True):
        assert [item for item in other if item[1] == "step"] == [item for item in one if item[1] == "step"]
        assert {item[1:3] for item in other} == {item[1:3] for item in one}


def test_threads_that_are_no_threads_of_the_programs_are_not_counted() -> None:
    def unknown() -> set[int]:
        """Threads that Python's ``threading`` does not know, such as those of whatever runs the tests."""
        return set(sys._current_frames()) - {item.ident for item in threading.enumerate() if item.ident is not None}

    before = unknown()
    with engine.record():
        assert unknown() == before


class Told(torch.Tensor):
    """Says which operations torch asks it for."""

    @staticmethod
    def __new__(cls, inner: Any) -> Any:
        made = torch.Tensor._make_wrapper_subclass(cls, inner.size(), dtype=inner.dtype)  # type: ignore[attr-defined]
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        told.append(str(function))
        args, kwargs = tree_map(lambda it: it.inner if isinstance(it, Told) else it, (args, kwargs or {}))
        result = function(*args, **kwargs)
        return tree_map(lambda it: Told(it) if isinstance(it, torch.Tensor) else it, result)


told: list[str] = []


def test_a_tensor_class_of_the_programs_is_asked_as_often() -> None:
    def action() -> list[str]:
        told.clear()
        weight = torch.ones(3, 1, requires_grad=True)
        loss = (Told(torch.ones(2, 3)) @ weight).relu().sum()
        loss.backward()
        (gradient,) = torch.autograd.grad((Told(torch.ones(1)) * weight.sum()).sum(), weight, create_graph=True)
        return [*told, str(tuple(gradient.shape))]

    plain, recorded = plain_and_recorded(action)
    assert plain == recorded
    assert "aten.mm.default" in plain


SCRIPT = """\
import multiprocessing as mp, sys
print(list(globals()))
x: int = 3
print(__annotations__, sys.path, sys.orig_argv[1:])
print(sys.stdin.mode, sys.stdout, sys.stderr)
print(mp.current_process(), mp.parent_process(), mp.current_process().daemon, mp.Process().name)
print(len(sys._current_frames()))
"""


def test_a_recorded_process_looks_like_one_that_was_started_with_the_script(tmp_path: Path) -> None:
    (tmp_path / "looks.py").write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, str(ROOT / "main.py"), "record", "looks.py", "-o", "x.gradwalk", "--no-open"]
    outputs = [
        subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200, check=True).stdout
        for line in ([sys.executable, "looks.py"], command)
    ]
    plain, recorded = (text.replace(f", {str(ROOT)!r}]", "]") for text in outputs)
    assert plain == recorded


class Asked(torch.Tensor):
    """Says which of its attributes and functions are asked for."""

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        told.append(str(getattr(function, "__self__", function)))
        return super().__torch_function__(function, types, args, kwargs or {})


def test_a_tensor_class_that_is_lent_to_numpy_is_asked_as_often() -> None:
    def action() -> list[str]:
        told.clear()
        tensor = torch.ones(3).as_subclass(Asked)
        (tensor * 2).numpy()
        return list(told)

    plain, recorded = plain_and_recorded(action)
    assert [item.split(" at 0x")[0] for item in plain] == [item.split(" at 0x")[0] for item in recorded]


def test_a_tensor_without_elements_is_left_alone_where_torch_warns_of_its_address() -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode

    fake = FakeTensorMode().from_tensor(torch.ones(3))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with engine.record() as handle:
            torch.ones_like(fake)
    assert not seen
    assert any("no memory behind it" in note for note in handle.recording.notes)


def test_an_error_that_leaves_the_block_has_a_plain_traceback() -> None:
    def names(recorded: bool) -> list[str]:
        found = []
        try:
            with engine.record() if recorded else contextlib.nullcontext():
                x = torch.ones(2, requires_grad=True)
                (x * 2).backward()
        except RuntimeError as error:
            found = [entry.name for entry in traceback.extract_tb(error.__traceback__)]
        return found

    assert names(True) == names(False)

"""Code that looks at the stack while a recording is made finds neither our frames nor those that torch adds for us.

Torch's own functions in Python (``F.relu``) hand themselves to a function mode: they are then on the stack twice, around
``handle_torch_function``. Our wrappers (``engine/recorder/watch/patches.py``) are on it as well.
"""

from __future__ import annotations

import inspect
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType, FunctionType, MethodType, TracebackType
from typing import Any, TypeVar

import torch

from engine.recorder.watch.compiling import compile_as, forget
from engine.recorder.watch.frames import is_own
from engine.runtime.frames import own_code
from engine.runtime.frames.unlisted import unlisted
from engine.runtime.frames.untold import untold

_OURS = own_code.folder()
_HANDS_OVER = torch.overrides.handle_torch_function.__code__
_BEGINS_PASS = torch.autograd.backward.__code__
_Item = TypeVar("_Item")
_modes = torch._C._len_torch_function_stack

_profiles_with = sys.getprofile
bottom: set[CodeType] = set()
"""Our code that runs a script: frames outside it are not the script's."""


def visible(items: Sequence[_Item], frame_of: Callable[[_Item], FrameType]) -> list[_Item]:
    """The ``items`` (frames or entries of a traceback, from the innermost outwards) that a plain run has, too."""
    shown: list[_Item] = []
    at = 0
    while at < len(items):
        frame = frame_of(items[at])
        code = frame.f_code
        if code in bottom:
            break
        again = frame_of(items[at + 1]).f_code if at + 1 < len(items) else None
        if code is _HANDS_OVER and shown and again is frame_of(shown[-1]).f_code:
            at += 2
            continue
        if not code.co_filename.startswith(_OURS):
            shown.append(items[at])
        at += 1
    return shown


def _is_shown(frame: FrameType, all_of_torch: bool) -> bool:
    """Whether a plain run has this frame: it is neither ours nor called by the recorder for its own use, nor, unless
    ``all_of_torch`` is wanted, part of what torch does for a function mode."""
    at: FrameType | None = frame
    inner: FrameType | None = None
    while at is not None and at.f_code not in bottom:
        hands_over = at.f_code is _HANDS_OVER and not all_of_torch
        if hands_over and (inner is None or at.f_back is None or inner.f_code is not at.f_back.f_code):
            return False
        if at.f_code.co_filename.startswith(_OURS):
            return False
        inner, at = at, at.f_back
    return at is not frame


def within_recorder(frame: FrameType | None) -> bool:
    """Whether in ``frame``, or in what it called, the recorder computes something for its own use; or torch has begun or just
    ended a pass, and none of the program's code runs in it."""
    at = frame
    in_torch = True
    if at is not None and not is_own(at.f_code.co_filename) and not _modes():
        return True  # an operation that the recorder follows: torch has put its mode aside
    while at is not None and at.f_code not in bottom:
        code = at.f_code
        if is_ours_code(code) or (in_torch and code is _BEGINS_PASS):
            return True
        in_torch = in_torch and not is_own(code.co_filename)
        at = at.f_back
    return False


def is_ours_code(code: CodeType) -> bool:
    """Whether it is the engine's own."""
    return code.co_filename.startswith(_OURS)


def is_ours(function: Any) -> bool:
    """Whether a function or method is the engine's."""
    function = function.__func__ if type(function) is MethodType else function
    return type(function) is FunctionType and is_ours_code(function.__code__)


def _frames(frame: FrameType | None) -> list[FrameType]:
    frames: list[FrameType] = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


def _began_it(code: CodeType) -> bool:
    """Whether a thread that this code began is ours."""
    return code.co_filename.startswith(_OURS)


def _itself(frame: FrameType) -> FrameType:
    return frame


def _entry_frame(entry: TracebackType) -> FrameType:
    return entry.tb_frame


def stripped(trace: TracebackType | None) -> TracebackType | None:
    """A traceback with only the visible frames."""
    entries: list[TracebackType] = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    result: TracebackType | None = None
    for entry in visible(entries[::-1], _entry_frame):
        result = TracebackType(result, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return result


def strip(error: BaseException) -> None:
    """Leave only the visible frames in the tracebacks of ``error`` and of the errors that led to it."""
    seen: dict[int, BaseException] = {}
    waiting: list[BaseException | None] = [error]
    while waiting:
        item = waiting.pop()
        if item is None or id(item) in seen:
            continue
        seen[id(item)] = item
        item.__traceback__ = stripped(item.__traceback__)
        waiting += [item.__cause__, item.__context__]
        if isinstance(item, BaseExceptionGroup):
            waiting += item.exceptions


_inner = inspect.getinnerframes  # the plain one: also while ours is in its place


class PlainStack:
    """Stands in for Python's own ways to look at the stack during a recording; put on and taken off again."""

    _PLACES = ("walk_stack", "walk_tb", "_walk_tb_with_full_positions")

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._originals: dict[tuple[Any, str], Any] = {}
        self._wrappers: dict[tuple[Any, str], Any] = {}

    def apply(self) -> None:
        """Put them on."""
        for name in self._PLACES:
            if hasattr(traceback, name):
                self._put(traceback, name, self._walk_stack if name == "walk_stack" else self._walk_trace)
        self._put(inspect, "getouterframes", self._outer_frames)
        self._put(inspect, "getinnerframes", self._inner_frames)
        self._put(warnings, "warn", self._warn)
        self._put(threading, "excepthook", self._thread_ends)
        self._put(sys, "_current_frames", self._running)
        for name in ("settrace", "setprofile"):
            self._put(sys, name, self._watch_with)
        for name in ("gettrace", "getprofile"):
            self._put(sys, name, self._watched_with)

    def undo(self) -> None:
        """Take them off, unless the program has put others in their place."""
        for (module, name), wrapper in self._wrappers.items():
            forget(wrapper)
            if getattr(module, name) is wrapper:
                setattr(module, name, self._originals[module, name])
        self._wrappers.clear()
        for known, watch in ((sys.gettrace(), sys.settrace), (sys.getprofile(), sys.setprofile)):
            if type(known) is _Shown:
                watch(known.function)

    def _put(self, module: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        original = self._originals[module, name] = getattr(module, name)
        wrapper = self._wrappers[module, name] = wrap(original)
        wrapper.__name__, wrapper.__doc__, wrapper.__module__ = name, original.__doc__, original.__module__
        compile_as(original, wrapper)
        setattr(module, name, wrapper)

    @staticmethod
    def _walk_stack(original: Callable[[FrameType | None], Iterator[Any]]) -> Callable[[FrameType | None], Iterator[Any]]:
        def walk_stack(f: FrameType | None) -> Iterator[tuple[FrameType, int | None]]:
            if f is None:
                f = sys._getframe(4)
            for frame in visible(_frames(f), _itself):
                yield frame, frame.f_lineno

        return walk_stack

    @staticmethod
    def _walk_trace(original: Callable[[TracebackType | None], Iterator[Any]]) -> Callable[[TracebackType | None], Iterator[Any]]:
        def walk(tb: TracebackType | None) -> Iterator[Any]:
            return original(stripped(tb))

        return walk

    @staticmethod
    def _outer_frames(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def getouterframes(frame: FrameType, context: int = 1) -> list[Any]:
            entries = [TracebackType(None, item, item.f_lasti, item.f_lineno) for item in visible(_frames(frame), _itself)]
            return [info for entry in entries for info in _inner(entry, context)]

        return getouterframes

    @staticmethod
    def _inner_frames(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def getinnerframes(tb: TracebackType | None, context: int = 1) -> list[Any]:
            return original(stripped(tb), context)

        return getinnerframes

    @staticmethod
    def _warn(original: Callable[..., None]) -> Callable[..., None]:
        @unlisted
        def warn(message: Any, category: Any = None, stacklevel: int = 1, source: Any = None, **more: Any) -> None:
            try:
                return original(message, category, _level(sys._getframe(1), stacklevel), source, **more)
            finally:
                if untold.profiled.value:
                    untold.begin()
                    _until = untold.until_gone()

        return warn

    @staticmethod
    def _running(original: Callable[[], dict[int, FrameType]]) -> Callable[[], dict[int, FrameType]]:
        def _current_frames() -> dict[int, FrameType]:
            return {thread: frame for thread, frame in original().items() if not _began_it(_frames(frame)[-1].f_code)}

        return _current_frames

    @staticmethod
    def _watch_with(original: Callable[[Any], None]) -> Callable[[Any], None]:
        profiles = original is sys.setprofile

        def set_it(function: Any, /) -> None:
            known = _profiles_with() if profiles else None
            if type(known) is _Shown:
                known(sys._getframe(1), "c_call", original)  # which it sees in a plain run, too
            original(None if function is None else _Shown(function))

        return set_it

    @staticmethod
    def _watched_with(original: Callable[[], Any]) -> Callable[[], Any]:
        def get_it() -> Any:
            return _theirs(original())

        return get_it

    @staticmethod
    def _thread_ends(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def excepthook(args: Any, /) -> Any:
            if args.exc_value is not None:
                strip(args.exc_value)
            return original(threading.ExceptHookArgs((args.exc_type, args.exc_value, stripped(args.exc_traceback), args.thread)))

        return excepthook


class _Shown:
    """A debugger's or a profiler's function, called only for frames that a plain run has."""

    def __init__(self, function: Any) -> None:
        self.function = function
        # The profiler written in Python asserts that each frame that it is told of was called by another one.
        self._all_of_torch = type(getattr(function, "__self__", None)).__module__ == "profile"

    @unlisted
    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self.function(frame, event, argument) if _is_shown(frame, self._all_of_torch) else None


def _theirs(function: Any) -> Any:
    return function.function if type(function) is _Shown else function


def _level(frame: FrameType, level: Any) -> Any:
    """The level, from ``frame``, of what ``level`` means on a plain stack."""
    if not isinstance(level, int) or level < 1:
        return level
    frames = [item for item in _frames(frame) if not _is_internal(item)]
    if not frames or frames[0] is not frame:
        return level
    shown = visible(frames, _itself)
    if level > len(shown):
        return len(frames) + 1
    return frames.index(shown[level - 1]) + 1


def _is_internal(frame: FrameType) -> bool:
    """Whether ``warnings`` passes over this frame."""
    name = frame.f_code.co_filename
    return "importlib" in name and "_bootstrap" in name

"""What looks at the stack while a recording is made finds no frames of ours, nor those that torch adds for us.

Torch's own functions in Python (``F.relu``) hand themselves to a function mode: they are on the stack twice then, around
``handle_torch_function``. Wrappers of ours (``engine/recorder/patches.py``) are on it as well.
"""

from __future__ import annotations

import dis
import inspect
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType, TracebackType
from typing import Any, TypeVar

import torch
from torch.nn.modules import module as _modules

from engine import own_code
from engine.recorder.frames import MODULE_CALL

_OURS = own_code.folder()
_HANDS_OVER = torch.overrides.handle_torch_function.__code__
_HOOKED = frozenset(item for item in MODULE_CALL.co_consts if isinstance(item, CodeType))
"""What runs within a module's call where it has hooks."""
_SHORT = next(
    ((item.offset, item.positions.lineno) for item in dis.get_instructions(MODULE_CALL)
     if item.opname == "CALL_FUNCTION_EX" and item.positions is not None and item.positions.lineno is not None), None,
)  # fmt: skip
"""Where it calls ``forward`` at once, where it has none: offset of the instruction and line."""
_Item = TypeVar("_Item")

bottom: set[CodeType] = set()
"""Code of ours that runs a script: frames outside it are not the script's."""


def visible(items: Sequence[_Item], frame_of: Callable[[_Item], FrameType]) -> list[_Item]:
    """Those of ``items``, frames or entries of a traceback from the innermost outwards, that a plain run has, too."""
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
        if not code.co_filename.startswith(_OURS) and not (code in _HOOKED and again is MODULE_CALL and _only_ours(frame)):
            shown.append(items[at])
        at += 1
    return shown


def _only_ours(frame: FrameType) -> bool:
    """Whether the module that this frame of torch's calls has no hooks but ours, without which torch takes a shorter way."""
    called = frame.f_locals.get("self")
    own = ("_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_pre_hooks")
    if any(getattr(called, name, None) for name in own) or _modules._global_backward_hooks or _modules._global_backward_pre_hooks:
        return False
    return all(number < 0 for number in (*_modules._global_forward_hooks, *_modules._global_forward_pre_hooks))


def _line(frame: FrameType, line: int | None) -> int | None:
    return _SHORT[1] if _SHORT is not None and frame.f_code is MODULE_CALL and _only_ours(frame) else line


def _place(frame: FrameType) -> tuple[int, int]:
    """Where a plain run is in this frame: offset of the instruction and line."""
    if _SHORT is not None and frame.f_code is MODULE_CALL and _only_ours(frame):
        return _SHORT
    return frame.f_lasti, frame.f_lineno


def _frames(frame: FrameType | None) -> list[FrameType]:
    frames: list[FrameType] = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


def _itself(frame: FrameType) -> FrameType:
    return frame


def _entry_frame(entry: TracebackType) -> FrameType:
    return entry.tb_frame


def stripped(trace: TracebackType | None) -> TracebackType | None:
    """A traceback with the visible frames only."""
    entries: list[TracebackType] = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    result: TracebackType | None = None
    for entry in visible(entries[::-1], _entry_frame):
        at, line = entry.tb_lasti, entry.tb_lineno
        if _SHORT is not None and entry.tb_frame.f_code is MODULE_CALL and _only_ours(entry.tb_frame):
            at, line = _SHORT
        result = TracebackType(result, entry.tb_frame, at, line)
    return result


def strip(error: BaseException) -> None:
    """Leave the visible frames only in the tracebacks of ``error`` and of those that led to it."""
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
    """Python's own ways to look at the stack, for the time of a recording; put on and taken off again."""

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

    def undo(self) -> None:
        """Take them off, unless the program has put others in their place."""
        for (module, name), wrapper in self._wrappers.items():
            if getattr(module, name) is wrapper:
                setattr(module, name, self._originals[module, name])
        self._wrappers.clear()

    def _put(self, module: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        original = self._originals[module, name] = getattr(module, name)
        wrapper = self._wrappers[module, name] = wrap(original)
        wrapper.__name__, wrapper.__doc__, wrapper.__module__ = name, original.__doc__, original.__module__
        setattr(module, name, wrapper)

    @staticmethod
    def _walk_stack(original: Callable[[FrameType | None], Iterator[Any]]) -> Callable[[FrameType | None], Iterator[Any]]:
        def walk_stack(f: FrameType | None) -> Iterator[tuple[FrameType, int | None]]:
            if f is None:
                f = sys._getframe(4)
            for frame in visible(_frames(f), _itself):
                yield frame, _line(frame, frame.f_lineno)

        return walk_stack

    @staticmethod
    def _walk_trace(original: Callable[[TracebackType | None], Iterator[Any]]) -> Callable[[TracebackType | None], Iterator[Any]]:
        def walk(tb: TracebackType | None) -> Iterator[Any]:
            return original(stripped(tb))

        return walk

    @staticmethod
    def _outer_frames(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def getouterframes(frame: FrameType, context: int = 1) -> list[Any]:
            entries = [TracebackType(None, item, *_place(item)) for item in visible(_frames(frame), _itself)]
            return [info for entry in entries for info in _inner(entry, context)]

        return getouterframes

    @staticmethod
    def _inner_frames(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def getinnerframes(tb: TracebackType | None, context: int = 1) -> list[Any]:
            return original(stripped(tb), context)

        return getinnerframes

    @staticmethod
    def _warn(original: Callable[..., None]) -> Callable[..., None]:
        def warn(message: Any, category: Any = None, stacklevel: int = 1, source: Any = None, **more: Any) -> None:
            frame = sys._getframe(1)
            if not more and _warned_in_short_call(frame, message, category, stacklevel, source):
                return None
            return original(message, category, _level(frame, stacklevel), source, **more)

        return warn

    @staticmethod
    def _thread_ends(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def excepthook(args: Any, /) -> Any:
            if args.exc_value is not None:
                strip(args.exc_value)
            return original(threading.ExceptHookArgs((args.exc_type, args.exc_value, stripped(args.exc_traceback), args.thread)))

        return excepthook


def _warned_in_short_call(frame: FrameType, message: Any, category: Any, level: Any, source: Any) -> bool:
    """Warn, where the place is a module's call that takes a shorter way in a plain run, and so is at another line."""
    frames = [item for item in _frames(frame) if not _is_internal(item)]
    if not isinstance(level, int) or level < 2 or not frames or frames[0] is not frame:
        return False
    shown = visible(frames, _itself)
    if level > len(shown) or shown[level - 1].f_code is not MODULE_CALL or not _only_ours(shown[level - 1]):
        return False
    place = shown[level - 1]
    kind = type(message) if isinstance(message, Warning) else UserWarning if category is None else category
    if _SHORT is None or not (isinstance(kind, type) and issubclass(kind, Warning)):
        return False
    registry = place.f_globals.setdefault("__warningregistry__", {})
    module = place.f_globals.get("__name__") or "<string>"
    warnings.warn_explicit(message, kind, place.f_code.co_filename, _SHORT[1], module, registry, None, source)
    return True


def _level(frame: FrameType, level: Any) -> Any:
    """The level that names, from within the wrapper of ``warnings.warn``, what ``level`` names on a plain stack."""
    if not isinstance(level, int) or level < 1:
        return level
    frames = [item for item in _frames(frame) if not _is_internal(item)]
    if not frames or frames[0] is not frame:
        return level + 1
    shown = visible(frames, _itself)
    if level > len(shown):
        return len(frames) + 2
    return frames.index(shown[level - 1]) + 2


def _is_internal(frame: FrameType) -> bool:
    """What ``warnings`` passes over."""
    name = frame.f_code.co_filename
    return "importlib" in name and "_bootstrap" in name

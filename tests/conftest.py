"""What holds for every test: settings of its own, and nothing left running afterwards."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import sys
import weakref
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QStandardPaths, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

started: dict[str, weakref.WeakKeyDictionary[Any, str]] = {}
"""Per kind: what was started, with the file and line that started it."""


def _record_starts(kind: type[Any]) -> None:
    where: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
    start: Callable[..., Any] = kind.start

    def recorded(self: Any, *arguments: Any) -> Any:
        frame = sys._getframe(1)
        where[self] = f"{frame.f_code.co_filename}:{frame.f_lineno} ({frame.f_code.co_name})"
        return start(self, *arguments)

    kind.start = recorded
    started[kind.__name__] = where


for _kind in (QThread, QTimer, BaseProcess):
    _record_starts(_kind)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests marked ``window`` where there is no screen."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] not in ("offscreen", "minimal"):
        return
    left_out = [item for item in items if item.get_closest_marker("window")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("window")]


def still_running() -> dict[int, str]:
    """Threads, timers, child processes and open windows, by identity, each in words."""
    found: dict[int, str] = {}
    for thread, place in list(started["QThread"].items()):
        if isValid(thread) and thread.isRunning():
            found[id(thread)] = f"QThread {thread.objectName()!r}, started at {place}"
    for timer, place in list(started["QTimer"].items()):
        if isValid(timer) and timer.isActive():
            found[id(timer)] = f"QTimer of {timer.interval()} ms in {timer.parent()!r}, started at {place}"
    for process in multiprocessing.active_children():
        place = started["BaseProcess"].get(process, "an unknown place")
        found[process.pid or 0] = f"child process {process.name!r}, started at {place}"
    if isinstance(QApplication.instance(), QApplication):
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QWidget) and widget.isVisible():
                found[id(widget)] = f"window {type(widget).__name__} {widget.windowTitle()!r}"
    return found


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread, a timer, a child process or an open window behind, and say where it came from."""
    before = still_running()
    yield
    if gc.isenabled():
        gc.disable()
        pytest.fail("Python's collector of cycles was left on: the next tests rely on its rest", pytrace=False)
    left = left_since(before)
    if left and QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        left = left_since(before)
    if left:  # only now: to look at all that there is takes longer than most tests
        gc.collect()
        left = left_since(before)
    if left:
        pytest.fail("left running: " + "; ".join(left.values()), pytrace=False)


def left_since(before: dict[int, str]) -> dict[int, str]:
    """What runs now and did not run ``before``."""
    return {key: text for key, text in still_running().items() if key not in before}


MANY_OBJECTS = 50_000
"""New objects after which garbage is collected between two tests."""
gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """What libraries made while they were imported is no garbage: do not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def garbage_is_collected_here(nothing_left_running: None) -> Iterator[None]:
    """Between tests and in this thread only, as in the window: another thread that collects a widget may hang."""
    yield
    if gc.get_count()[0] > MANY_OBJECTS:
        gc.collect()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """What a file of tests has left stays, such as recordings that the next ones share: do not look at that again, either."""
    yield
    if nextitem is not None and nextitem.path != item.path:
        gc.collect()
        gc.freeze()


_numbers = itertools.count()


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings and application data in a folder of the test's own: no test reads or writes those of the user."""
    home = tmp_path_factory.getbasetemp() / "homes" / str(next(_numbers))
    for format in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(format, QSettings.Scope.UserScope, str(home / "config"))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    if sys.platform != "linux":
        QStandardPaths.setTestModeEnabled(True)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        yield

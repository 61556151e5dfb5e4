"""Import PyTorch on a background thread without freezing the window, then run one small program; start the process for others."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import resources

_lock = threading.Lock()
_done = False

SWITCH_INTERVAL = 0.00005
"""Seconds after which a busy thread lets another one run; Python's own 5 ms lets an import stall a window for half a second.

Every call into Qt gives the interpreter away, so that a frame of some hundred calls waits for it as often: for 0.15 s at 0.5 ms
while a large file is read."""

_LIBRARIES = ("c10", "torch_cpu", "torch", "torch_python")
_SEARCH_DEFAULT_AND_OWN_FOLDER = 0x1100
"""LOAD_LIBRARY_SEARCH_DEFAULT_DIRS and LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR of the Windows API."""


def warm_up(cancel: Callable[[], bool] | None = None) -> bool:
    """Import torch, run the default program once, and start the process that programs run in: the next one starts at once.

    May be called from any thread and as often as one likes: the work is done once, and other callers wait for it.

    Parameters
    ----------
    cancel : callable, optional
        Asked between the parts; the import of torch itself cannot be interrupted.

    Returns
    -------
    bool
        True when everything is ready, False when ``cancel`` said so first.

    Raises
    ------
    ImportError
        If torch is missing or broken.
    """
    global _done
    from engine.programs.process.runner import shared

    stop = cancel if cancel is not None else _never
    with _lock:
        if _done:
            return True
        shared.start()
        if "torch" not in sys.modules:
            with _gentle_imports():
                for library in _libraries():
                    if stop():
                        return False
                    _load(library)
                if stop():
                    return False
            from engine.runtime.threads import choose_thread_count, thread_count

            choose_thread_count(thread_count())
        if stop():
            return False
        from engine.programs.here import run_here

        run_here(resources.read_text("examples/gradients/cubic.py"))
        if not shared.wait_until_ready(stop):
            return False
        _done = True
    return True


def _never() -> bool:
    return False


@contextlib.contextmanager
def _gentle_imports() -> Iterator[None]:
    """No garbage collection and quick thread switches meanwhile; what was imported is not scanned again later."""
    collects, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(min(interval, SWITCH_INTERVAL))
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.freeze()
        if collects:
            gc.enable()


def _libraries() -> list[Path]:
    """Torch's big shared libraries, in the order they need each other; empty where torch keeps them elsewhere."""
    found = importlib.util.find_spec("torch")
    if found is None or not found.submodule_search_locations:
        return []
    folder = Path(found.submodule_search_locations[0]) / "lib"
    prefix, suffix = {"win32": ("", ".dll"), "darwin": ("lib", ".dylib")}.get(sys.platform, ("lib", ".so"))
    paths = [folder / f"{prefix}{name}{suffix}" for name in _LIBRARIES]
    return [path for path in paths if path.exists()]


def _load(library: Path) -> None:
    """Load ``library`` without holding the interpreter's lock, which ``import`` and ``ctypes.CDLL`` hold for half a second.

    It only saves time: where it fails (a CUDA build that needs more libraries first), the import itself loads them in torch's
    own order.
    """
    if sys.platform == "win32":
        loader = ctypes.WinDLL("kernel32").LoadLibraryExW
        loader.argtypes, loader.restype = (ctypes.c_wchar_p, ctypes.c_void_p, ctypes.c_uint32), ctypes.c_void_p
        loader(str(library), None, _SEARCH_DEFAULT_AND_OWN_FOLDER)
    else:
        loader = ctypes.CDLL(None).dlopen
        loader.argtypes, loader.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        loader(os.fsencode(library), os.RTLD_NOW | os.RTLD_LOCAL)

"""A Python that has imported torch and forks for each process that is asked of it; ``warm.py`` starts it and says why."""

from __future__ import annotations

import ctypes
import gc
import importlib.machinery
import json
import os
import socket
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_given = dict(os.environ)
import torch  # noqa: E402

_set = {name: value for name, value in os.environ.items() if _given.get(name) != value}
"""What importing torch puts into the environment."""

RECORDERS = (
    "gradwalk.script",
    "gradwalk.engine.scripts.inside.child",
    "gradwalk.engine.recorder.handle",
    "gradwalk.engine.recorder.watch.handlers",
    "gradwalk.engine.recorder.watch.stack",
    "gradwalk.engine.files.recordings",
    "gradwalk.engine.recorder.entries",
    "gradwalk.engine.recorder.open_recorder",
)
"""What a script's process imports before the script begins, in its order; a test compares what there is then."""


def serve(plain: socket.socket, recorded: socket.socket, root: str) -> dict[str, Any]:
    """Fork for each request until nobody asks any more; returns what is asked, in the process that is to do it."""
    if os.fork():
        recorded.close()
        return _forks(plain)
    plain.close()
    sys.path.insert(0, root)
    for name in RECORDERS:
        import_module(name)
    sys.path.remove(root)
    return _forks(recorded)


def _forks(line: socket.socket) -> dict[str, Any]:
    gc.freeze()  # what a process that ends looks through once more: most of what ending takes
    while True:
        try:
            text, descriptors, _, _ = socket.recv_fds(line, 1 << 20, 200)
        except ConnectionError:
            text = b""
        if not text:
            os._exit(0)
        waits, go = os.pipe()
        told, tells = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child == 0:
                line.close()
                os.close(go)
                os.read(waits, 1)  # until the process that asked is the parent of this one
                return {**json.loads(text), "descriptors": descriptors}
            os.write(tells, str(child).encode())
            os._exit(0)
        child_id = os.read(told, 20)
        os.waitpid(between, 0)
        line.send(child_id)
        for descriptor in (waits, go, told, tells, *descriptors):
            os.close(descriptor)


def become(places: list[int], descriptors: list[int], folder: str, environment: dict[str, str]) -> None:
    """Have the given descriptors at their places and no others, the folder and the environment."""
    beyond = max(*places, *descriptors) + 1
    for number, descriptor in enumerate(descriptors):  # first out of each other's way
        os.dup2(descriptor, beyond + number)
    for number, place in enumerate(places):
        os.dup2(beyond + number, place)
    taken = sorted(places)
    for before, after in zip([-1, *taken], [*taken, 4096], strict=True):
        if before + 1 < after:
            os.closerange(before + 1, after)
    os.chdir(folder)
    environment = environment | _set
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)
    torch.default_generator.seed()  # as in a process that has just imported it; Python's own does that by itself
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def _begin_main() -> None:
    """A module of that name that nothing else holds: Python takes it apart as it ends."""
    main = ModuleType("__main__")
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    main.__dict__.update(__builtins__=sys.modules["builtins"], __loader__=importlib.machinery.BuiltinImporter)
    sys.modules["__main__"] = main


def run(command: list[str]) -> int:
    """Do what ``python *command`` does, with the functions by which it does it; gives the exit status."""
    _begin_main()
    sys.orig_argv[1:] = command
    if command[0] == "-c":
        sys.path[0] = ""
        sys.argv[:] = ["-c", *command[2:]]
        return ctypes.pythonapi.PyRun_SimpleStringFlags(ctypes.c_char_p(command[1].encode()), None)
    path = os.path.join(os.getcwd(), command[0])  # noqa: PTH109, PTH118  as Python writes it
    sys.path[0] = os.path.dirname(os.path.realpath(path))  # noqa: PTH120
    sys.argv[:] = command
    opens = ctypes.CDLL(None).fopen
    opens.restype = ctypes.c_void_p
    file = opens(os.fsencode(path), b"rb")
    return ctypes.pythonapi.PyRun_SimpleFileExFlags(ctypes.c_void_p(file), ctypes.c_char_p(os.fsencode(path)), 1, None)


def _main() -> None:
    leave = sys.exit  # the command may take it away
    wanted = serve(socket.socket(fileno=int(sys.argv[1])), socket.socket(fileno=int(sys.argv[2])), sys.argv[3])
    become(wanted["places"], wanted["descriptors"], wanted["folder"], wanted["environment"])
    failed = run(wanted["command"])
    if not (failed and isinstance(getattr(sys, "last_value", None), KeyboardInterrupt)):  # with which Python ends by a signal
        leave(1 if failed else 0)


_main()

"""Finds a checkout's ``engine``, ``gui``, ``resources`` and ``main``, whatever modules of these names a project has.

In an installation they lie in this package, as ``setup.py`` puts them there, and Python needs no help. In a checkout they lie
beside it, and are imported under the package's name all the same: ``gradwalk.engine`` and so on. Their code says ``from engine.x
import y``, and Python asks for ``__import__`` in the builtins of the module that an import stands in: ours get builtins whose
``__import__`` reads ``engine`` as ``gradwalk.engine``. So nothing of the user's is changed, and ``import engine`` in the user's
code is what it is without us: their own module or, where the path leads to this checkout, the very module that is here.

Code that was imported by the plain names before (by the tests, by a script's ``import engine``) stays so, and ``gradwalk.engine``
is then another name for it: there is never a second copy, which would record everything twice.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
"""The folder that this package lies in: a checkout, ``site-packages``, or what the packaged program unpacks."""
NAMES = ("engine", "gui", "resources", "main")
PREFIX = "gradwalk."
_import = builtins.__import__


def ours(name: str) -> bool:
    """Whether the dotted ``name`` begins with one of ``NAMES``."""
    return name.partition(".")[0] in NAMES


def _own_import(
    name: str, globals_: Any = None, locals_: Any = None, fromlist: Sequence[str] | None = (), level: int = 0
) -> ModuleType:
    """``__import__`` for our own code."""
    if level or not ours(name):
        return _import(name, globals_, locals_, fromlist or (), level)
    found = _import(PREFIX + name, globals_, locals_, fromlist or (), 0)
    return found if fromlist else sys.modules[PREFIX + name.partition(".")[0]]


BUILTINS = {**vars(builtins), "__import__": _own_import}


class _Private(InspectLoader):
    """Runs the code that another loader finds under a plain name as a module under a private one."""

    def __init__(self, inner: Any, plain: str) -> None:
        self._inner = inner
        self._plain = plain

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        code = self._inner.get_code(self._plain)
        assert isinstance(code, CodeType)
        module.__dict__["__builtins__"] = BUILTINS
        exec(code, module.__dict__)

    def get_code(self, fullname: str) -> Any:
        return self._inner.get_code(self._plain)

    def get_source(self, fullname: str) -> Any:
        return self._inner.get_source(self._plain)

    def get_filename(self, fullname: str) -> Any:
        return self._inner.get_filename(self._plain)

    def get_data(self, path: str) -> Any:
        return self._inner.get_data(path)

    def is_package(self, fullname: str) -> bool:
        return bool(self._inner.is_package(self._plain))

    def get_resource_reader(self, fullname: str) -> Any:
        return self._inner.get_resource_reader(self._plain)


class _Alias(Loader):
    """Gives a module that is there under another name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # Python has put the alias's spec into it.
        module.__spec__ = self._spec


def _belongs(spec: ModuleSpec | None, top: str) -> bool:
    """Whether ``spec`` leads to the module ``top`` of this checkout."""
    if spec is None or not spec.origin:
        return False
    origin = Path(spec.origin)
    home = origin.parent.parent if spec.submodule_search_locations is not None else origin.parent
    return home == ROOT or home.resolve() == ROOT


class Finder(MetaPathFinder):
    """Comes first in ``sys.meta_path``, and answers only for what is ours."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of one of our modules, by its private or its plain name; None for anything else."""
        if name.startswith(PREFIX):
            plain = name[len(PREFIX) :]
            if not ours(plain):
                return None
            return _alias(name, plain) if _is_plain(plain) else self._private(name, plain)
        if not ours(name):
            return None
        top, dot, _ = name.partition(".")
        if dot:
            mine = sys.modules.get(PREFIX + top)
            taken = mine is not None and sys.modules.get(top) is mine and not _is_plain(top)
            return _alias(name, PREFIX + name) if taken else None
        return _alias(name, PREFIX + name) if _belongs(self._others(name, path, target), name) else None

    def _others(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                return spec
        return None

    def _private(self, name: str, plain: str) -> ModuleSpec | None:
        top, dot, _ = plain.partition(".")
        parent = sys.modules.get(name.rpartition(".")[0])
        path = list(getattr(parent, "__path__", ())) if dot else [str(ROOT)]
        found = self._others(plain, path, None)
        if found is None or found.loader is None or not (dot or _belongs(found, top)):
            return None
        spec = ModuleSpec(name, _Private(found.loader, plain), origin=found.origin)
        spec.submodule_search_locations = found.submodule_search_locations
        spec.has_location = found.has_location
        spec.cached = found.cached
        return spec


def _alias(name: str, other: str) -> ModuleSpec:
    return ModuleSpec(name, _Alias(other))


def _is_plain(name: str) -> bool:
    """Whether our code of this name was imported by its plain name."""
    top = name.partition(".")[0]
    module = sys.modules.get(top)
    return module is not None and getattr(module, "__name__", "") == top and _belongs(getattr(module, "__spec__", None), top)


def is_installed() -> bool:
    """Whether our modules lie in this package, where Python finds them by itself."""
    inside = PathFinder.find_spec(f"{PREFIX}engine", [str(Path(__file__).parent)])
    return getattr(sys, "frozen", False) or (inside is not None and inside.origin is not None)


def install() -> None:
    """Let our modules be found from now on."""
    if not (is_installed() or any(isinstance(finder, Finder) for finder in sys.meta_path)):
        sys.meta_path.insert(0, Finder())


def forget_plain_names() -> None:
    """Leave the plain names to the user's code: they come back, if asked for, where the path leads to us."""
    for top in NAMES:
        if not _is_plain(top) and _belongs(getattr(sys.modules.get(top), "__spec__", None), top):
            for name in [name for name in sys.modules if name == top or name.startswith(f"{top}.")]:
                del sys.modules[name]

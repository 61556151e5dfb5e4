"""Files that ship with the program, read through these helpers only (they also work in a packaged executable)."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path


def read_text(name: str) -> str:
    """Text of the resource ``name`` (a path such as ``programs/cubic.py``), as UTF-8.

    Raises
    ------
    FileNotFoundError
        If there is no such resource.
    """
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def read_bytes(name: str) -> bytes:
    """Bytes of the resource ``name``. Raises FileNotFoundError if there is none."""
    return files(__name__).joinpath(name).read_bytes()


def names(folder: str, suffix: str = "") -> list[str]:
    """Sorted names (``folder/file``) of the resources in ``folder`` that end with ``suffix``."""
    there = (item.name for item in files(__name__).joinpath(folder).iterdir() if item.is_file())
    return sorted(f"{folder}/{name}" for name in there if name.endswith(suffix))


def path(name: str) -> Path:
    """A path in the file system for the resource ``name``; valid while the program runs."""
    with as_file(files(__name__).joinpath(name)) as real:
        return real

"""Which code is the engine's own, told by the file name that the code carries."""

from __future__ import annotations

import os


def folder() -> str:
    """What the file names of the engine's code begin with.

    From source that is the folder ``engine``. In the packaged executable code carries relative names
    (``gradwalk/engine/…``), unlike ``__file__``.
    """
    name = folder.__code__.co_filename
    for _ in range(3):
        name = os.path.dirname(name)  # noqa: PTH120  a name, not a place
    return name + os.sep

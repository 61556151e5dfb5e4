"""The text of the files that code says it is from: code may carry any name, of a device or of a file without end too."""

from __future__ import annotations

import linecache
import os
import stat
from typing import Any

LARGEST = 20_000_000
"""Bytes of a file that is read for the lines of code in it."""

_lines = linecache.getlines  # by reference: the program may change anything


def lines_of(filename: str, module: dict[str, Any] | None = None) -> list[str]:
    """The lines of the file; empty if there are none, or none that a file of code could have.

    ``module`` holds the globals of the code, whose loader is asked where there is no such file.
    """
    try:
        found = os.stat(filename)  # noqa: PTH116  a name that code carries
    except OSError:
        return _lines(filename, module)
    except ValueError:
        return []  # no file can be called so
    if not stat.S_ISREG(found.st_mode) or not 0 < found.st_size <= LARGEST:  # what the system makes up, /proc/kmsg, has no size
        return []
    return _lines(filename, module)

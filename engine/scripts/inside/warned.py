"""Warnings of torch name the script's line, as in a plain run, not the recorder's that called torch on its behalf."""

from __future__ import annotations

import sys
import warnings
from types import FrameType
from typing import TextIO

from engine.runtime.frames import own_code

_OURS = own_code.folder()
_REGISTRY = "__warningregistry__"


def place_warnings() -> None:
    """From now on; a script that shows warnings in a way of its own is left alone."""
    original = warnings.showwarning
    shown: set[tuple[str, type[Warning], str, int]] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if filename.startswith(_OURS):
            frame = _outside(sys._getframe(1))
            if frame is not None:
                filename, lineno, line = frame.f_code.co_filename, frame.f_lineno, None
                place = (str(message), category, filename, lineno)
                if place in shown and not _repeats(category):
                    return
                shown.add(place)
        original(message, category, filename, lineno, file, line)

    warnings.showwarning = show


def _repeats(category: type[Warning]) -> bool:
    """Whether the script asked for warnings of this kind each time they occur."""
    action = next((item[0] for item in warnings.filters if item[3] is None and issubclass(category, item[2])), "default")
    return action == "always"


def _outside(frame: FrameType | None) -> FrameType | None:
    """The frame that called torch. Ours forget that they warned: Python warns once for each line, and all are one line here."""
    while frame is not None and not frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    while frame is not None:
        if frame.f_code.co_filename.startswith(_OURS):
            frame.f_globals.pop(_REGISTRY, None)
        elif frame.f_code.co_name == "handle_torch_function" and frame.f_back is not None:
            frame = frame.f_back  # a function of torch's written in Python, which handed itself over to the recorder
        else:
            return frame
        frame = frame.f_back
    return None

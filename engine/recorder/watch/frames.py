"""Whose code a frame runs."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from engine.recorder.calls.loaders import NEXT_BATCH
from engine.runtime.frames import own_code

OURS = own_code.folder()
_LIBRARIES = (
    *(os.path.join(path, "") for name, path in sysconfig.get_paths().items() if name.endswith(("lib", "stdlib"))),  # noqa: PTH118
    os.path.join(os.path.dirname(os.path.dirname(torch.__file__)), ""),  # noqa: PTH118, PTH120  names that code carries
)
MODULE_CALL = nn.Module._call_impl.__code__
"""Through this code a module is called."""


def _within(function: Callable[..., Any], name: str) -> list[CodeType]:
    return [item for item in function.__code__.co_consts if isinstance(item, CodeType) and item.co_name == name]


STEP_CALL = next(iter(_within(Optimizer.profile_hook_step, "wrapper")), None)
"""Through this code an optimizer's ``step`` is called."""
OPTIMIZERS = os.path.dirname(Optimizer.step.__code__.co_filename)  # noqa: PTH120  a name that code carries
BOUNDARIES = frozenset(id(code) for code in (MODULE_CALL, STEP_CALL, NEXT_BATCH))
"""By ``id``, the code through which a module, an optimizer's ``step`` or the next batch of a loader is called."""


@lru_cache(maxsize=4096)
def is_own(filename: str) -> bool:
    """Whether code of this file name is the user's: no library's, not Python's, not made by a library while it runs."""
    if filename.startswith("<"):
        return filename.startswith(("<ipython-input", "<stdin"))
    if not os.path.isabs(filename) or filename.startswith((OURS, *_LIBRARIES)):  # noqa: PTH117
        return False
    return not {"site-packages", "dist-packages"} & set(filename.replace("\\", "/").split("/"))


def own_caller(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the user's code, of whatever file, from ``frame`` outwards."""
    while frame is not None and not is_own(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def is_own_code(code: CodeType, frame: FrameType | None) -> bool:
    """Whether it is the user's: from the script that ``frame`` runs, or from another of their files."""
    return (frame is not None and code.co_filename == frame.f_code.co_filename) or is_own(code.co_filename)

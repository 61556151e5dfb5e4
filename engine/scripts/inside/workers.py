"""Workers of a ``DataLoader`` that were forked, and whether they compute gradients, which nobody records."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def tell_of_passes(file: Path) -> None:
    """In a process that was forked just now: if it becomes a worker, its first pass of torch's engine adds a byte to ``file``."""
    modules: list[Any] = [sys.modules.get(name) for name in ("torch.autograd", "torch.autograd.graph")]
    for module in modules:
        run = getattr(module, "_engine_run_backward", None)
        if run is not None:
            module._engine_run_backward = _telling(run, file)


def _telling(run: Any, file: Path) -> Any:
    owner = os.getpid()

    def telling(*args: Any, **kwargs: Any) -> Any:
        nonlocal owner
        worker = sys.modules.get("torch.utils.data._utils.worker")
        if owner == os.getpid() and getattr(worker, "_worker_info", None) is not None:
            owner = 0
            try:
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                os.write(descriptor, b"1")
                os.close(descriptor)
            except OSError:
                pass  # the script has ended, and nobody asks any more
        return run(*args, **kwargs)

    return telling


def passes_told(file: Path) -> int:
    """How many processes told."""
    try:
        return file.stat().st_size
    except OSError:
        return 0

"""No process that ran edited code outlives its test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from engine.training.edited.process import shared


@pytest.fixture(autouse=True)
def none_is_left() -> Iterator[None]:
    pids: set[int] = set()
    yield
    pids.update(shared.pids)
    shared.close()
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            raise AssertionError(f"process {pid} still runs")

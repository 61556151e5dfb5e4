"""What the window and the training thread leave for each other, and how a run is judged."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.training.configs import TrainingConfig, TrainingSnapshot


def is_diverging(snapshots: Sequence[TrainingSnapshot]) -> bool:
    """Whether the newest loss is not finite, or greater than the first one of the run."""
    if len(snapshots) < 2:
        return False
    first, last = snapshots[1].loss, snapshots[-1].loss
    if first is None or last is None:
        return False
    return not math.isfinite(last) or last > first


@dataclass
class Desk:
    """What the window asks for and what the worker has made; every field is read and written under ``changed``."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    closed: bool = False
    ticket: int = 0
    """Counts the window's wishes, so that an answer to an older one is known as such."""
    run: int = 0
    """Counts the resets, so that snapshots of an earlier run are dropped."""
    reset: bool = False
    running: bool = False
    steps: int = 0
    speed: float | None = None
    config: TrainingConfig = field(default_factory=TrainingConfig)
    mail: list[TrainingSnapshot] = field(default_factory=list)
    mail_run: int = 0

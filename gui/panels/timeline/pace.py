"""How a recording is walked through: by what steps, and how fast."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.graph.labels import Granularity

SPEEDS: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
INSTANT = 0.0
"""The speed at which playing goes to the end at once."""
GRANULARITIES: tuple[Granularity, ...] = ("operation", "line", "phase")
EPOCH = "epoch"
TRAVEL_MS = 420
"""How long a value or gradient takes to travel along an edge at 1×."""
PAUSE_MS = 330
"""Time at 1× to read what arrived before the next step begins."""


class Pace(QObject):
    """Signals

    speed_changed()
        ``speed`` changed.
    granularity_changed()
        ``granularity`` changed.
    """

    speed_changed = Signal()
    granularity_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.speed = 1.0
        self.granularity: str = "operation"

    def set_speed(self, speed: float) -> None:
        """One of ``SPEEDS``, or ``INSTANT``; any other raises ValueError. Takes effect from the next step on."""
        if speed not in (*SPEEDS, INSTANT):
            raise ValueError(f"the speed is one of {SPEEDS} or {INSTANT}, not {speed}")
        if speed != self.speed:
            self.speed = speed
            self.speed_changed.emit()

    def set_granularity(self, granularity: str) -> None:
        """``operation``, ``line``, ``phase`` or ``epoch``. Any other raises ValueError."""
        if granularity not in (*GRANULARITIES, EPOCH):
            raise ValueError(f"one moves by {', '.join(GRANULARITIES)} or {EPOCH}, not {granularity}")
        if granularity != self.granularity:
            self.granularity = granularity
            self.granularity_changed.emit()

    @property
    def by_epochs(self) -> bool:
        """Whether a step leads to another epoch as a whole."""
        return self.granularity == EPOCH

    @property
    def step(self) -> Granularity:
        """What a step within a recording is."""
        return next((known for known in GRANULARITIES if known == self.granularity), GRANULARITIES[0])

    @property
    def instant(self) -> bool:
        """Whether playing goes to the end at once."""
        return self.speed == INSTANT

    @property
    def travel_ms(self) -> int:
        """How long a value travels along an edge at this speed; 0 from 8× on and at the instant speed."""
        return round(TRAVEL_MS / self.speed) if 0 < self.speed < 8 else 0

    @property
    def interval_ms(self) -> int:
        """Time from one step to the next while playing."""
        return round((TRAVEL_MS + PAUSE_MS) / self.speed) if self.speed else 0

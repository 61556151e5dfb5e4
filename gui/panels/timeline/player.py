"""Walks the cursor: by steps, by jumps, and by itself. Holds no history: every move is one ``session.set_cursor``."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.graph.labels import step_target
from engine.recording import Recording
from gui.panels.timeline.pace import Pace
from gui.session.session import Session

FIRST_EPOCH = "This is the first epoch"
LAST_EPOCH = "This is the last epoch of the run: press Train on for more"
"""Why there is no step beyond them."""


class Player(QObject):
    """Plays, steps and jumps. Whatever moves the cursor from outside while it plays pauses it.

    Signals
    -------
    playing_changed(bool)
    epoch_requested(int)
        With steps ``by_epochs``: go one epoch on (1) or back (-1). Whoever answers this pauses the player at the last one.
    crossed(int)
        With ``crosses``: a step led beyond the last moment (1) or before the first (-1). If it is playing, it goes on at the
        first moment of the recording that arrives.
    neighbours_changed()
        ``epoch_before`` or ``epoch_after`` changed.
    walked()
        Someone started to play, or went on by one step.
    restarted()
        The user wants to go from the end of the last epoch back to where the run begins.
    held()
        ``gate`` stopped a step, or playing, before its goal.
    """

    playing_changed = Signal(bool)
    epoch_requested = Signal(int)
    crossed = Signal(int)
    walked = Signal()
    neighbours_changed = Signal()
    restarted = Signal()
    held = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.pace = Pace(self)
        self._playing = False
        self._moving = False
        self.crosses = False
        """Whether steps lead on into the neighbouring epoch; else the end is the end."""
        self.epoch_before = self.epoch_after = True
        """With ``crosses``: whether there is an epoch before and after the one that is shown, or one can be trained."""
        self.gate: Callable[[int, int], int] | None = None
        """Asked before each step forward and while playing, but not for jumps: given the cursor now and the one to go to, it
        answers how far the walk may go."""
        self._awaits = False
        self._recording: Recording | None = session.recording
        self._cursor = session.cursor
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        self.pace.speed_changed.connect(self._speed_changed)
        session.cursor_changed.connect(self._cursor_moved)
        session.recording_changed.connect(self._recording_arrived)

    @property
    def playing(self) -> bool:
        return self._playing

    @property
    def can_step(self) -> bool:
        """Whether there is anything to step through."""
        return self._session.recording is not None and self._session.recording.end > 0

    @property
    def at_end(self) -> bool:
        return self._session.recording is not None and self._session.cursor >= self._session.recording.end

    def set_neighbours(self, before: bool, after: bool) -> None:
        """Whether there is an epoch before and after the one that is shown, or one can be trained."""
        if (before, after) != (self.epoch_before, self.epoch_after):
            self.epoch_before, self.epoch_after = before, after
            self.neighbours_changed.emit()

    def can_go(self, direction: int) -> bool:
        """Whether a step on (1) or back (-1) leads anywhere."""
        neighbour = self.epoch_after if direction > 0 else self.epoch_before
        if self.pace.by_epochs:
            return neighbour
        at_edge = self.at_end if direction > 0 else self._session.cursor == 0
        return self.can_step and (not at_edge or (self.crosses and neighbour))

    @property
    def run_ended(self) -> bool:
        """Whether no epoch comes after this one, and the walk is at its end."""
        return (self.crosses or self.pace.by_epochs) and not self.epoch_after and not self.can_go(1)

    # Playing -----------------------------------------------------------------------------------------------------

    @Slot()
    def play(self) -> None:
        """Go on by itself, from the start if it is at the end."""
        if self._playing or not self.can_step or (self.crosses and not self.can_go(1)):
            return
        self._set_playing(True)
        if self.at_end and not self.pace.by_epochs and not self.crosses:
            self._move(0)
            self._timer.start(self.pace.interval_ms)
        else:
            self._tick()

    @Slot()
    def pause(self) -> None:
        self._timer.stop()
        self._awaits = False
        self._set_playing(False)

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        self.walked.emit()
        if self._playing:
            self.pause()
        else:
            self.play()

    # Moving ------------------------------------------------------------------------------------------------------

    @Slot(int)
    def step(self, direction: int = 1) -> None:
        """One step forward (1) or back (-1) by the granularity."""
        self.walked.emit()
        self.pause()
        self._step(direction)

    @Slot()
    def advance(self) -> None:
        """What the Next button does: one step forward or, from the end (of a run: of its last epoch), back to the start."""
        if self.run_ended:
            self.pause()
            self.restarted.emit()
        elif self.at_end and not self.pace.by_epochs and not self.crosses:
            self.first()
        else:
            self.step(1)

    @Slot(int)
    def phase(self, direction: int = 1) -> None:
        """Go to the beginning of the next (1) or previous (-1) phase, whatever the granularity."""
        recording = self._session.recording
        if recording is not None:
            self.seek(step_target(recording, self._session.cursor, "phase", direction))

    @Slot()
    def first(self) -> None:
        self.seek(0)

    @Slot()
    def last(self) -> None:
        if self._session.recording is not None:
            self.seek(self._session.recording.end)

    @Slot(int)
    def seek(self, cursor: int) -> None:
        """Go to ``cursor``, clamped to the recording, and pause."""
        self.pause()
        self._move(cursor)

    # Inside ------------------------------------------------------------------------------------------------------

    def _set_playing(self, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self.playing_changed.emit(playing)

    def _move(self, cursor: int) -> None:
        self._moving = True
        try:
            self._session.set_cursor(cursor)
        finally:
            self._moving = False
        self._cursor = self._session.cursor

    def _step(self, direction: int) -> None:
        if (self.crosses or self.pace.by_epochs) and not self.can_go(direction):
            self.pause()
            return
        if self.pace.by_epochs:
            self.epoch_requested.emit(direction)
            return
        recording = self._session.recording
        if recording is not None:
            if self.crosses and self._session.cursor == (recording.end if direction > 0 else 0):
                self._awaits = self._playing and direction > 0
                self.crossed.emit(direction)
                return
            target = step_target(recording, self._session.cursor, self.pace.step, direction)
            if direction > 0:
                self._onward(target)
            else:
                self._move(target)

    def _onward(self, target: int) -> None:
        """Forward to ``target``, or to where ``gate`` holds the walk up."""
        reached = target if self.gate is None else self.gate(self._session.cursor, target)
        self._move(reached)
        if reached < target:
            self.pause()
            self.held.emit()

    @Slot()
    def _speed_changed(self) -> None:
        if self._playing:
            self._timer.start(self.pace.interval_ms)

    @Slot()
    def _tick(self) -> None:
        if not self._playing:
            return
        recording = self._session.recording
        if recording is None:
            self.pause()
            return
        if self.pace.instant and not self.pace.by_epochs:
            self._onward(recording.end)
        else:
            self._step(1)
        if not self._playing or self._awaits:
            return
        if self.at_end and not self.pace.by_epochs and not self.crosses:
            self.pause()
        else:
            self._timer.start(self.pace.interval_ms)

    @Slot()
    def _cursor_moved(self) -> None:
        if not self._moving:
            self._cursor = self._session.cursor
            self.pause()

    @Slot()
    def _recording_arrived(self) -> None:
        """While playing, a recording of the same structure goes on where the last one was; another one pauses."""
        before, now = self._recording, self._session.recording
        self._recording = now
        if self._awaits and now is not before:
            self._awaits = False
            self._move(0)
            self._timer.start(self.pace.interval_ms)
            return
        if not self._playing or now is before or self.pace.by_epochs:
            self._cursor = self._session.cursor
            return
        if now is None or before is None or now.failed or not _same_steps(before, now):
            self._cursor = self._session.cursor
            self.pause()
            return
        self._move(min(self._cursor, now.end))
        if self.at_end:
            self.pause()


def _same_steps(first: Recording, second: Recording) -> bool:
    return first.end == second.end and first.graph.signature == second.graph.signature

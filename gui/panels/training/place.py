"""What of the epoch that is shown is made at the cursor: its loss, its parameters. Holds no Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.recording import Recording
from gui.session.session import Session

NOTHING: frozenset[str] = frozenset()


def made_at(recording: Recording, parameters: frozenset[str]) -> Mapping[str, int]:
    """From which cursor on the ``parameters`` and the ``loss`` of a recorded epoch are its own; without what it does not make."""
    roots = {root for item in recording.passes for root in item.roots}
    found: dict[str, int] = {}
    for index, moment in enumerate(recording.moments):
        if moment.kind == "update":
            changed = recording.operations[moment.subject].inputs[0].value
            name = None if changed is None else recording.variables[recording.values[changed].variable].name
            if name is not None and name in parameters:
                found[name] = index + 1
        elif moment.kind == "operation" and roots.intersection(recording.operations[moment.subject].outputs):
            found["loss"] = index + 1
    return found


class EpochPlace:
    """Reads the session; looks through a recording once, so that a moved cursor costs a few comparisons."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._recording: Recording | None = None
        self._made: Mapping[str, int] = {}

    def behind(self) -> frozenset[str]:
        """Which of the parameters and ``loss`` the shown epoch has not made yet; nothing while training runs, and in Explore."""
        session, run = self._session, self._session.run
        if not session.subject.has_epochs or run.running or not run.shown_step:
            return NOTHING
        walked = run.shown_step == 1 and run.recorded_step == 0  # since before it was trained
        if run.recorded_step != run.shown_step and not walked:
            return self._parameters() | {"loss"} if run.awaits_start else NOTHING
        recording = session.recording
        if recording is None or session.cursor >= recording.end:
            return NOTHING
        return frozenset(name for name, cursor in self._made_at(recording).items() if session.cursor < cursor)

    def first_loss(self) -> float | None:
        """The loss of the first epoch while Train shows that and it was not trained yet: nan before it is computed, else None."""
        session, recording = self._session, self._session.recording
        if not session.subject.has_epochs or not session.run.begun or recording is None:
            return None
        if session.cursor < self._made_at(recording).get("loss", recording.end + 1):
            return math.nan
        if session.run.config.batch_size is not None and len(recording.passes) > 1:
            return math.nan  # the mean over all batches, which no operation of the epoch computes
        loss = recording.values[recording.passes[0].roots[0]].data
        return float(loss.item().real) if loss.size == 1 else math.nan

    def _made_at(self, recording: Recording) -> Mapping[str, int]:
        if recording is not self._recording:
            self._recording, self._made = recording, made_at(recording, self._parameters())
        return self._made

    def _parameters(self) -> frozenset[str]:
        latest = self._session.run.latest
        return NOTHING if latest is None else frozenset(latest.parameters)

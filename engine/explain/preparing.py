"""What views ask of a recording, made before they ask: slow work belongs in a thread other than the window's."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

from engine.recording import Recording
from engine.runtime.collector import collector_at_rest
from engine.tables import overwriting

MANY_MOMENTS = 3000
"""Recordings with more moments than this are prepared completely; for others, views quickly make the rest themselves."""
_gate = threading.Lock()


def prepare(recording: Recording, more: Callable[[], object] | None = None) -> None:
    """Make graph and timeline of ``recording``, and of a long one the look-ups of labels, explanations and formula too.

    All of it is kept in the recording. May be called by any thread, before the recording is shown. The garbage collector
    rests meanwhile, and does not look at the objects of a long recording afterwards: that would hold up all threads.
    ``more`` is whatever else a caller makes of a long one while the collector rests.
    """
    if recording.end <= MANY_MOMENTS:
        _ = recording.graph, recording.state(recording.end), recording.folds.first_view
        return
    from engine.explain.facts import facts
    from engine.explain.formula.formula import formula
    from engine.graph.labels import phases

    with _gate, collector_at_rest():
        gc.unfreeze()
        state = recording.state(recording.end)
        if state.codes is not None:
            state.codes()
        _ = recording.folds.first_view
        phases(recording)
        _ = overwriting(recording).runs
        facts(recording).prepare()
        formula(recording)
        if more is not None:
            more()
        gc.freeze()

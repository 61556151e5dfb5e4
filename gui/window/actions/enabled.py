"""What an action can need to be shown; the actions follow that, and say why they do nothing."""

from __future__ import annotations

from collections.abc import Callable

from gui.session.session import Session
from gui.window.parts import Parts

LESSON = "A lesson fills the window: choose Explore or Train first"
HOME = "Home is shown: Esc leads back to what is open"
"""Why what acts on a program does nothing."""
Need = Callable[[Session], str]
"""Why an action does nothing for what is shown; empty where it does something."""


def recording(session: Session) -> str:
    """There is something recorded."""
    return "" if session.subject.recording is not None else "Nothing has run yet"


def opened(session: Session) -> str:
    """A recording is shown in the program's place."""
    return "" if session.subject.opened is not None else "No recording is shown instead of the program"


def program(session: Session) -> str:
    """No recording is shown in the program's place."""
    return "" if session.subject.opened is None else "A recording has already run. Record script… runs a script again"


def unsaved(session: Session) -> str:
    """What is shown is no recording that is in a file already; in Train, there are runs."""
    opened = session.subject.opened
    saved = opened is not None and opened.path
    return "This recording is saved already. Save as… makes a copy" if saved else named(session)


def named(session: Session) -> str:
    """What is shown can be put into a file: anything but a training without runs."""
    return runs(session) if session.subject.has_epochs else ""


def one_program(session: Session) -> str:
    """What is shown is no epoch of the training."""
    return "In Train, the training stays in sight" if session.subject.has_epochs else ""


def training(session: Session) -> str:
    """An epoch of the training is shown."""
    return "" if session.subject.has_epochs else "Only a training is exported like this: choose Train first"


def runs(session: Session) -> str:
    """A training is shown, and a run of it was trained."""
    return training(session) or ("" if session.runs.trained else "There are no runs to save yet: train at least one epoch")


def other_runs(session: Session) -> str:
    """A training is shown, and runs beside the one that is shown."""
    others = [run for run in session.runs.trained if run is not session.runs.current]
    return epochs(session) or ("" if others else "There are no runs but the one that is shown")


def epochs(session: Session) -> str:
    """An epoch of the training is shown."""
    return "" if session.subject.has_epochs else "Only a training has epochs: choose Train first"


def follow_shown(window: Parts) -> None:
    """Let the actions of ``window`` say what they do with what is shown, or why they do nothing."""
    for action in window.actions_by_id.values():
        spec = action.data()
        if spec.needs is not None or not spec.at_home:
            reason = "" if spec.needs is None else spec.needs(window.session)
            if window.home.shown and not spec.at_home:
                reason = HOME
            elif window.learning.shown and not (spec.at_home or spec.in_lesson):
                reason = LESSON
            elif window.learning.shown and spec.in_lesson:
                reason = ""
            action.setEnabled(not reason)
            action.setToolTip(reason or spec.full_tooltip)
            action.setStatusTip(reason or spec.tooltip)

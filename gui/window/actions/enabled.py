"""What an action can need to be shown; the actions follow that, and say why they do nothing."""

from __future__ import annotations

from collections.abc import Callable

from gui.session.subject import Subject
from gui.window.parts import Parts

Need = Callable[[Subject], str]
"""Why an action does nothing for what is shown; empty where it does something."""


def recording(subject: Subject) -> str:
    """There is something recorded."""
    return "" if subject.recording is not None else "Nothing has run yet"


def opened(subject: Subject) -> str:
    """A recording is shown in the program's place."""
    return "" if subject.opened is not None else "No recording is shown instead of the program"


def program(subject: Subject) -> str:
    """No recording is shown in the program's place."""
    return "" if subject.opened is None else "A recording has already run. Record script… runs a script again"


def unsaved(subject: Subject) -> str:
    """What is shown is no recording that is in a file already."""
    saved = subject.opened is not None and subject.opened.path
    return "This recording is saved already. Save as… makes a copy" if saved else ""


def one_program(subject: Subject) -> str:
    """What is shown is no epoch of the training."""
    return "In Train, the training stays in sight" if subject.has_epochs else ""


def training(subject: Subject) -> str:
    """An epoch of the training is shown."""
    return "" if subject.has_epochs else "Only a training is exported like this: choose Train first"


def epochs(subject: Subject) -> str:
    """An epoch of the training is shown."""
    return "" if subject.has_epochs else "Only a training has epochs: choose Train first"


def follow_shown(window: Parts) -> None:
    """Let the actions of ``window`` say what they do with what is shown, or why they do nothing."""
    subject = window.session.subject
    for action in window.actions_by_id.values():
        spec = action.data()
        if spec.needs is not None:
            reason = spec.needs(subject)
            action.setEnabled(not reason)
            action.setToolTip(reason or spec.full_tooltip)
            action.setStatusTip(reason or spec.tooltip)

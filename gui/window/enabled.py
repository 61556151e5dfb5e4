"""Which actions make sense for what is shown; those that do not say why."""

from __future__ import annotations

from gui.window.parts import Parts

_OF_A_RECORDING = ("save_recording", "export_picture", "export_recording")
"""What there must be something recorded for."""


def follow_shown(window: Parts) -> None:
    """Let the actions of ``window`` say what they do with what is shown, or why they do nothing."""
    subject = window.session.subject
    reasons = {"run_code": "", "save": "", "close_recording": "No recording is shown instead of the program"}
    reasons["export_script"] = "" if subject.has_epochs else "Only a training becomes a script: choose Train first"
    reasons |= dict.fromkeys(_OF_A_RECORDING, "" if subject.recording is not None else "Nothing has run yet")
    if subject.opened is not None:
        reasons["close_recording"] = ""
        reasons["run_code"] = "A recording is shown: it has run already. Record script… runs a script again"
        if subject.opened.path:
            reasons["save"] = "This recording is saved already. Save as… makes a copy"
    for key, reason in reasons.items():
        action = window.actions_by_id[key]
        spec = action.data()
        action.setEnabled(not reason)
        action.setToolTip(reason or spec.full_tooltip)
        action.setStatusTip(reason or spec.tooltip)

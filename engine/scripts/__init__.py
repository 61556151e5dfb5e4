"""Runs a script of the user under the recorder, in a process of its own. The parent's side holds no torch."""

from engine.scripts.events import Event, Finished, Output, Progress, ScriptProblem
from engine.scripts.run import ScriptRun

__all__ = ["Event", "Finished", "Output", "Progress", "ScriptProblem", "ScriptRun"]

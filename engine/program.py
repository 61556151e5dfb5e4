"""Program text → checked → run under the recorder, in process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.checker import CheckedProgram, check_program
from engine.checker.quiet import quiet_warnings
from engine.errors import Cancelled, ProgramError
from engine.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from engine.recording import Recording

__all__ = ["CheckedProgram", "check_program", "run_program"]


def run_program(
    text: str,
    *,
    cancel: Callable[[], bool] | None = None,
    limits: Limits | None = None,
    local_derivatives: bool = True,
) -> Recording:
    """Check a program, run it once under real PyTorch, and return what happened.

    Parameters
    ----------
    text : str
        PyTorch code; what it may use is listed in ``engine.checker.names``.
    cancel : callable or None
        Asked between operations and in loops; True raises Cancelled.
    limits : Limits or None
        The defaults when None.
    local_derivatives : bool
        Also compute the local derivative of each one-element Node.

    Raises
    ------
    ProgramError
        Refused before it ran (``recording`` is None), or failed while running (``recording`` holds what came before).
    Cancelled
    """
    limits = limits or DEFAULT_LIMITS
    checked = check_program(text, limits)

    from engine.bounds import Meter
    from engine.failures import advised, as_program_error
    from engine.recorder import Recorder
    from engine.recorder.spans import Spans
    from engine.sandbox import namespace, torch_state

    with quiet_warnings(), torch_state():
        meter = Meter(limits, cancel)
        recorder = Recorder(
            checked.text, checked.filename, assigned=checked.assigned, before_operation=meter.before_operation,
            cancel=meter.check_time, max_operations=limits.operations, local_derivatives=local_derivatives,
        )  # fmt: skip
        world = namespace(meter, recorder.note_print)
        try:
            with recorder:
                exec(checked.code, world)
        except Cancelled:
            raise
        except Exception as error:
            span = recorder.failing_span or Spans(checked.text, checked.filename).raised_at(error.__traceback__)
            recorder.failing_span = span
            failure = as_program_error(error, span)
            failure.recording = recorder.finish(failure)
            advised(failure, error, checked.text, span, failure.recording)
            failure.recording = _telling(failure.recording, str(failure))
            cause = None if isinstance(error, ProgramError) else error.with_traceback(None)
            raise failure.with_traceback(None) from cause
        finally:
            world.clear()
        return recorder.finish()


def _telling(recording: Recording, said: str) -> Recording:
    """``recording`` with ``said`` in its last moment, which is the error: what the recording itself knows of it is told there."""
    last = recording.moments[-1]
    if last.kind != "error" or last.text == said:
        return recording
    return replace(recording, moments=(*recording.moments[:-1], replace(last, text=said)))

"""Checked text → run under the recorder, in this process and thread."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING

from engine.errors import Cancelled, ProgramError
from engine.programs.checker import check_program
from engine.programs.limits import DEFAULT_LIMITS, Limits
from engine.runtime.quiet import quiet_warnings

if TYPE_CHECKING:
    from engine.programs.process.board import Board
    from engine.recorder.watch.spans import Spans
    from engine.recording import Recording


def run_here(
    text: str,
    *,
    cancel: Callable[[], bool] | None = None,
    limits: Limits | None = None,
    local_derivatives: bool = True,
    board: Board | None = None,
) -> Recording:
    """``run_program`` in this process and thread, where nothing can end a call of torch that takes too long, too much or crashes.

    Where the program is, is written on ``board``. ``cancel`` is asked between operations and in loops.
    """
    limits = limits or DEFAULT_LIMITS
    checked = check_program(text, limits)

    from engine.programs.bounds import Meter
    from engine.programs.failures import advised, as_program_error
    from engine.programs.process.board import FINISHING
    from engine.programs.sandbox import namespace, torch_state
    from engine.recorder.recorder import Recorder
    from engine.recorder.watch.spans import Spans

    if board is not None:
        cancel = _placing(board, Spans(checked.text, checked.filename), checked.filename, cancel)
    with quiet_warnings(), torch_state():
        meter = Meter(limits, cancel, None if board is None else board.paused)
        recorder = Recorder(
            checked.text,
            checked.filename,
            assigned=checked.assigned,
            before_operation=meter.before_operation,
            before_node=meter.before_node,
            cancel=meter.check_time,
            max_operations=limits.operations,
            local_derivatives=local_derivatives,
        )
        world = namespace(meter, recorder.note_print)
        try:
            with recorder:
                exec(checked.code, world)
            if board is not None:
                board.change(FINISHING)
        except Cancelled:
            raise
        except Exception as error:
            if board is not None:
                board.change(FINISHING)
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
    """``recording`` with ``said`` in its last moment, the error, so that what the recording knows about it is told there."""
    last = recording.moments[-1]
    if last.kind != "error" or last.text == said:
        return recording
    return replace(recording, moments=(*recording.moments[:-1], replace(last, text=said)))


def _placing(board: Board, spans: Spans, filename: str, cancel: Callable[[], bool] | None) -> Callable[[], bool]:
    """``cancel``, which is asked before every operation and Node and now and then in loops, telling where the program is."""

    def tell() -> bool:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != filename:
            frame = frame.f_back
        board.enter(spans.span(frame))
        return cancel is not None and cancel()

    return tell

"""Runs programs in a process that is bounded, watched, and replaced when a program has ended it."""

from __future__ import annotations

import atexit
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from engine.errors import Cancelled, EngineError, ProgramError, ProgramFailedError, TimeLimitError, TooLargeError
from engine.programs.limits import DEFAULT_LIMITS, Limits
from engine.programs.process.board import RUNNING
from engine.programs.process.child import Answer, Task
from engine.programs.process.process import SLICE, Cancel, ProgramProcess, StartError
from engine.recording import Recording
from engine.tables import Span

GRACE = 2.0
"""Seconds beyond the time limit, which the process itself keeps, after which it is ended."""
WAIT = 2.0
"""Extra seconds for an operation that hardly computes: the computer is busy, or torch is importing something for it."""
FINISH_LIMIT = 60.0
"""Seconds that making the recording, or an import before or while the program runs, may take."""
CANCEL_LIMIT = 0.3
"""Seconds that a program has to stop between two operations; then its process is ended."""
SLACK = 128 << 20
"""Bytes beyond the memory allowed, which the system itself keeps where it can, at which the process is ended."""


class Runner:
    """A process that runs programs, one at a time, and the next one in its place when it has ended.

    Every method may be called by any thread.
    """

    def __init__(self) -> None:
        self._running = threading.Lock()
        self._guard = threading.Lock()
        self._current: ProgramProcess | None = None
        self._spare: ProgramProcess | None = None
        self._keeps_spare = False
        self._numbers = itertools.count(1)
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the current processes, the one that runs programs first."""
        with self._guard:
            return tuple(item.pid for item in (self._current, self._spare) if item is not None)

    def start(self) -> None:
        """Start the process, without waiting for it; nothing happens if there is one."""
        with self._guard:
            if self._current is None and not self._closed:
                self._current = ProgramProcess()

    def keep_spare(self) -> None:
        """From now on keep a second process ready beside the first, so that no program waits for one that must be replaced."""
        with self._guard:
            self._keeps_spare = True
            if self._spare is None and self._current is not None:
                self._spare = ProgramProcess()

    def wait_until_ready(self, cancel: Cancel | None = None) -> bool:
        """Start the process and return when it is ready: True, or False when ``cancel`` said so first."""
        try:
            with self._turn(cancel):
                self._ready(cancel)
        except Cancelled:
            return False
        return True

    def run(
        self, text: str, *, cancel: Cancel | None = None, limits: Limits | None = None, local_derivatives: bool = True
    ) -> Recording:
        """What ``engine.programs.here.run_here`` does, in the process. Raises StartError if no process can be had."""
        limits = limits or DEFAULT_LIMITS
        with self._turn(cancel):
            process = self._ready(cancel)
            fresh = process.runs == 0
            try:
                return self._attempt(process, text, cancel, limits, local_derivatives)
            except _Crashed as crash:
                if fresh:
                    raise crash.problem from None
            # The memory may have been spoilt by a program that ran there before: in a new process the crash is its own.
            try:
                return self._attempt(self._ready(cancel), text, cancel, limits, local_derivatives)
            except _Crashed as crash:
                raise crash.problem from None

    def close(self) -> None:
        """End the processes; a run that is under way ends with Cancelled. ``start`` or ``run`` start new ones."""
        with self._guard:
            processes = [item for item in (self._current, self._spare) if item is not None]
            self._current = self._spare = None
            self._keeps_spare = False
        for process in processes:
            process.kill()
        # Whoever waits for one of them wakes now, and looks at it no more.
        with self._running:
            for process in processes:
                process.forget()

    # One run -----------------------------------------------------------------------------------------------------

    def _turn(self, cancel: Cancel | None) -> _Turn:
        return _Turn(self._running, cancel)

    def _ready(self, cancel: Cancel | None) -> ProgramProcess:
        with self._guard:
            if self._current is not None and not self._current.usable:
                self._current.kill()
                self._current.forget()
                self._current = None
            if self._current is None:
                spare, self._spare = self._spare, None
                self._current = spare if spare is not None and spare.usable else ProgramProcess()
            process = self._current
        try:
            process.wait_until_ready(cancel)
        except StartError as error:
            if not self._drop(process):
                raise Cancelled("the process that runs programs was closed") from error
            raise
        return process

    def _attempt(
        self, process: ProgramProcess, text: str, cancel: Cancel | None, limits: Limits, local_derivatives: bool
    ) -> Recording:
        task = Task(next(self._numbers), text, None if limits is DEFAULT_LIMITS else limits, local_derivatives)
        try:
            warm = process.resident()
            process.ask(task)
            answer = self._follow(process, task, limits, cancel, warm)
        except (EOFError, OSError) as error:
            with self._guard:
                ours = process is self._current
            if not ours:
                raise Cancelled("the process that ran the program was closed") from error
            problem = crash_of(process)
            self._replace(process)
            raise _Crashed(problem) from None
        except BaseException:
            # Killed for a reason, or interrupted: what it would answer belongs to nobody.
            self._replace(process)
            raise
        if not process.usable:
            self._replace(process)
        result = answer.result
        if isinstance(result, Recording):
            return result
        assert isinstance(result, BaseException)
        raise result from answer.cause

    def _follow(self, process: ProgramProcess, task: Task, limits: Limits, cancel: Cancel | None, warm: int) -> Answer:
        """Wait for the answer; raises what ends the program, and then its process must go."""
        began = beaten = now = time.monotonic()
        away, beat, stopped, computed = 0.0, -1, 0.0, 0.0
        while (answer := process.answer(SLICE)) is None:
            before, now = now, time.monotonic()
            if not stopped and cancel is not None and cancel():
                process.stop(task)
                stopped = now
            elif stopped and now - stopped > CANCEL_LIMIT:
                raise Cancelled("stopped")
            sign = process.sign()
            if sign.beat != beat:
                beat, beaten, computed = sign.beat, now, process.computed()
            if sign.stage != RUNNING:
                away += now - before
                if now - beaten > FINISH_LIMIT:
                    raise TimeLimitError("the recording of this program takes too long to make", hint="Use fewer steps.")
                continue
            if now - began - away > limits.seconds + GRACE:
                raise TimeLimitError(
                    f"the program ran longer than {limits.seconds:g} seconds, the time allowed",
                    hint="Use fewer steps or smaller tensors.",
                    **at(sign.span),
                )
            busy = not process.computed() - computed <= limits.call_seconds / 2  # also where nobody knows (nan)
            if now - beaten > limits.call_seconds + (0.0 if busy else WAIT):
                raise TimeLimitError(
                    f"this took longer than {limits.call_seconds:g} seconds, the time allowed for one operation",
                    hint="Use smaller sizes.",
                    **at(sign.span),
                )
            if process.resident() > warm + limits.memory + SLACK:
                raise TooLargeError(
                    f"this needs more than {limits.memory / 2**20:,.0f} MB of memory, the size allowed",
                    hint="Use smaller sizes.",
                    **at(sign.span),
                )
        if answer.number != task.number:
            raise EngineError("the process that runs programs gave an unexpected answer")
        return answer

    def _replace(self, process: ProgramProcess) -> None:
        """End the process, and start the next one so that it is warm when it is needed."""
        self._drop(process)
        with self._guard:
            if self._closed or self._current is not None:
                return
            self._current, self._spare = self._spare, None
            if self._current is None:
                self._current = ProgramProcess()
            if self._keeps_spare:
                self._spare = ProgramProcess()

    def _drop(self, process: ProgramProcess) -> bool:
        """End the process, unless ``close`` has done so."""
        with self._guard:
            if process is not self._current:
                return False
            self._current = None
        process.kill()
        process.forget()
        return True

    # The end of this process -------------------------------------------------------------------------------------

    def shut(self) -> None:
        """``close``, for good."""
        self._closed = True
        self.close()

    def forget(self) -> None:
        """Start over, in a process that was forked from this one: the processes belong to the parent."""
        for process in (self._current, self._spare):
            if process is not None:
                process.forget()
        self.__init__()  # type: ignore[misc]


class _Crashed(Exception):
    """The process ended by itself."""

    def __init__(self, problem: ProgramError) -> None:
        super().__init__(problem.message)
        self.problem = problem


def at(span: Span | None) -> dict[str, Any]:
    """``span`` as the keywords of a ProgramError."""
    if span is None:
        return {}
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def crash_of(process: ProgramProcess) -> ProgramError:
    """What to say about a process that ended while it ran a program."""
    status, sign = process.ended_by, process.sign()
    if status == -getattr(signal, "SIGKILL", 9):
        return TooLargeError(
            "the system ended the process that ran this, most likely because it needed too much memory",
            hint="Use smaller sizes.",
            **at(sign.span),
        )
    try:
        how = f" ({signal.Signals(-status).name})"
    except ValueError:
        how = f" (exit status {status})"
    return ProgramFailedError(
        f"PyTorch itself crashed here{how}; the program ran in a process of its own, so nothing else was harmed",
        hint="Check the sizes and numbers that this line gives to PyTorch.",
        **at(sign.span),
    )


class _Turn:
    """Waits for a lock as long as nobody cancels."""

    def __init__(self, lock: threading.Lock, cancel: Callable[[], bool] | None) -> None:
        self._lock, self._cancel = lock, cancel

    def __enter__(self) -> None:
        while not self._lock.acquire(timeout=SLICE if self._cancel is not None else -1):
            if self._cancel is not None and self._cancel():
                raise Cancelled("stopped")

    def __exit__(self, *error: object) -> None:
        self._lock.release()


shared = Runner()
"""The one that ``engine.run_program`` uses, in the window as in a script."""

atexit.register(shared.shut)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared.forget)

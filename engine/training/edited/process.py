"""A process that runs edited code, as its parent sees it: asks, waits, watches its memory, ends it. No torch."""

from __future__ import annotations

import atexit
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from engine.errors import Cancelled, EngineError, ProgramError, ProgramFailedError, TimeLimitError, TooLargeError
from engine.programs.process.process import SLICE, Kind, ProgramProcess
from engine.programs.process.runner import SLACK, at
from engine.training.edited.messages import MEMORY, Answer, Request

EDITED = Kind("--trains-edited", f"{__name__.rpartition('.')[0]}.child", leads=True)
GIVE_WAY = 0.3
"""Seconds that code has, which is asked to stop between two epochs or operations; then its process is ended."""
KEPT = 2
"""How many processes are kept, each with what it runs: the newest."""

Cancel = Callable[[], bool]


class Gone(Exception):
    """Somebody else has ended the process."""


class EditedProcess:
    """Runs one text of code. Every method may be called by any thread; requests take turns."""

    _numbers = itertools.count(1)

    def __init__(self, code: str, process: ProgramProcess) -> None:
        self.code = code
        self._process = process
        self._turn = threading.RLock()
        self._ready = False
        self._base = 0
        self._held: dict[int, Any] = {}
        self._closed = False
        self.printed: Callable[[str, int], None] = lambda text, left_out: None
        """Is told what the code prints: the end of it, and how many characters before that were left out."""

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it can be asked."""
        return not self._closed and self._process.alive

    def number(self) -> int:
        """That of another request, or of another run."""
        return next(self._numbers)

    def holds(self, data: Any) -> int | None:
        """The key under which it has ``data``; None if it does not."""
        return next((key for key, held in self._held.items() if held is data), None)

    def held(self, key: int, data: Any) -> None:
        """It has ``data`` now, and those before them."""
        self._held = {**dict(list(self._held.items())[-1:]), key: data}
        self._base = self._process.resident()

    def ask(self, request: Request, cancel: Cancel | None = None, limit: float | None = None) -> Any:
        """The answer.

        Raises
        ------
        engine.errors.ProgramError
            What went wrong in the code, with line and column; then it may be asked again, unless its process has ended.
        Cancelled
            ``cancel`` gave True. Code that goes on all the same is ended.
        Gone
            Another thread has ended the process.
        """
        with self._waiting(cancel):
            if not self.usable:
                self.close()
                raise Gone
            try:
                if not self._ready:
                    self._process.wait_until_ready(cancel)
                    self._ready, self._base = True, self._process.resident()
                self._process.ask(request)  # type: ignore[arg-type]
                answer = self._follow(request, cancel, limit)
            except (EOFError, OSError):
                if self._closed:
                    raise Gone from None
                problem = _end_of(self._process)
                self.close()
                raise problem from None
            except BaseException:
                self.close()
                raise
            if answer.printed:
                self.printed(answer.printed, answer.left_out)
            if isinstance(answer.result, BaseException):
                raise answer.result
            return answer.result

    @contextmanager
    def _waiting(self, cancel: Cancel | None) -> Iterator[None]:
        while not self._turn.acquire(timeout=SLICE):
            if cancel is not None and cancel():
                raise Cancelled("stopped")
        try:
            yield
        finally:
            self._turn.release()

    def _follow(self, request: Request, cancel: Cancel | None, limit: float | None) -> Answer:
        began, stopped = time.monotonic(), 0.0
        while (answer := self._process.answer(SLICE)) is None:
            now = time.monotonic()
            if not stopped and cancel is not None and cancel():
                self._process.stop(request)  # type: ignore[arg-type]
                stopped = now
            place = at(self._process.sign().span)
            if stopped and now - stopped > GIVE_WAY:
                raise Stopped(now - began, place)
            if limit is not None and now - began > limit:
                raise TimeLimitError(f"this took longer than {limit:g} seconds", hint="Look for a loop without an end.", **place)
            if self._process.resident() > self._base + MEMORY + SLACK:
                raise TooLargeError(
                    f"this needs more than {MEMORY / 2**20:,.0f} MB of memory, the size allowed",
                    hint="Use smaller sizes.",
                    **place,
                )
        if answer.number != request.number:
            raise EngineError("the process that runs edited code gave an unexpected answer")
        return answer  # type: ignore[return-value]

    def close(self) -> None:
        """End the process and all that its code has started."""
        if not self._closed:
            self._closed = True
            self._process.kill()
            with self._turn:  # whoever waits for it wakes now, and looks at it no more
                self._process.forget()

    def forget(self) -> None:
        """In a process that was forked: it belongs to the parent."""
        self._closed = True
        self._process.forget()


class Stopped(Cancelled):
    """The code did not come to an end when it was asked to, and was ended.

    ``seconds`` is how long it had been at it; ``place`` is where it was, as a ProgramError's keywords.
    """

    def __init__(self, seconds: float, place: dict[str, Any]) -> None:
        super().__init__("stopped")
        self.seconds, self.place = seconds, place


def _end_of(process: ProgramProcess) -> ProgramError:
    """What to say about a process that ended by itself."""
    status, place = process.ended_by, at(process.sign().span)
    if status == -getattr(signal, "SIGKILL", 9):
        said = "the system ended the process that ran this code, most likely because it needed too much memory"
        return TooLargeError(said, hint="Use smaller sizes.", **place)
    if status >= 0:
        said = f"the code ended the process that it runs in (exit status {status})"
        return ProgramFailedError(said, hint="Take that out: a run ends by itself after its last epoch.", **place)
    try:
        how = signal.Signals(-status).name
    except ValueError:
        how = f"signal {-status}"
    said = f"the process that runs this code crashed here ({how}); nothing else was harmed"
    return ProgramFailedError(said, hint="Check what this line gives to PyTorch.", **place)


class Processes:
    """The processes of this program, newest last; one more waits beside them once ``keep_spare`` was called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[EditedProcess] = []
        self._spare: ProgramProcess | None = None
        self._keeps_spare = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Their ids."""
        with self._lock:
            spare = () if self._spare is None else (self._spare.pid,)
            return (*(item.pid for item in self._all if item.usable), *spare)

    def keep_spare(self) -> None:
        """From now on another process waits for code that was just edited; the first is started now."""
        with self._lock:
            self._keeps_spare = True
            if self._spare is None:
                self._spare = ProgramProcess(EDITED)

    def fresh(self, code: str) -> EditedProcess:
        """One in which nothing has run yet, for ``code``."""
        with self._lock:
            process, self._spare = self._spare, None
            if process is not None and not process.usable:
                process.kill()
                process.forget()
                process = None
            made = EditedProcess(code, process or ProgramProcess(EDITED))
            if self._keeps_spare:
                self._spare = ProgramProcess(EDITED)
            before, older = self._all, [item for item in self._all if item.usable]
            self._all = [*older[max(0, len(older) - KEPT + 1) :], made]
            over = [item for item in before if item not in self._all]
        for item in over:
            item.close()
        return made

    def of(self, code: str) -> EditedProcess:
        """The newest one that has run ``code``, or a fresh one."""
        with self._lock:
            found = next((item for item in reversed(self._all) if item.usable and item.code == code), None)
        return found or self.fresh(code)

    def close(self) -> None:
        """End all of them; more may be asked for afterwards."""
        with self._lock:
            every, self._all = self._all, []
            spare, self._spare, self._keeps_spare = self._spare, None, False
        for item in every:
            item.close()
        if spare is not None:
            spare.kill()
            spare.forget()

    def forget(self) -> None:
        """Start over, in a process that was forked from this one."""
        for item in self._all:
            item.forget()
        if self._spare is not None:
            self._spare.forget()
        self.__init__()  # type: ignore[misc]


shared = Processes()
"""The ones that training and recording use."""

atexit.register(shared.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared.forget)

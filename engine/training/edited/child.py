"""The process that runs edited training code: answers one request after the other until its parent is gone.

The code runs on a thread with a large stack. The main thread tells meanwhile where the code is, listens for orders, and ends all
that the code has started when the parent ends.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from engine.errors import Cancelled, EngineError, ProgramError, ProgramFailedError
from engine.programs.process import system, wire
from engine.programs.process.board import IDLE, RUNNING, Board
from engine.programs.process.child import Ready, connection
from engine.runtime import stacks
from engine.training.edited.messages import MEMORY, Advance, Answer, Begin, End, Hold, Predict, Record, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.recording import Recording
    from engine.training.configs import TrainingSnapshot
    from engine.training.data import TrainingData
    from engine.training.edited.machine import EditedMachine

LOOK = 0.05
"""Seconds between two looks where the code is."""
LINGER = 120
"""Seconds after which a process ends itself whose main thread has no turn any more: code in C can hold Python's lock for ever,
while nobody is left to end it."""
PRINTED = 20_000
"""Characters of what was printed that are told."""


def main(pipe_key: str, orders_key: str, board_key: str) -> None:
    """Entry of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe, orders = connection(pipe_key), connection(orders_key)
    board = Board.open(board_key)
    system.give_way()
    sys.path[:] = wire.receive(pipe).path
    server = _Server(pipe, board)
    stacks.start(threading.Thread(target=server.serve, name="edited", daemon=True), stacks.PROGRAMS)
    timer, patience = getattr(signal, "setitimer", None), 0.0
    try:
        while True:
            if timer is not None and time.monotonic() > patience:
                timer(signal.ITIMER_REAL, LINGER)
                patience = time.monotonic() + 1.0
            if orders.poll(LOOK):
                server.stopped = wire.receive(orders).number
            server.tell_place()
    except (EOFError, OSError):
        _end()


def _end() -> None:
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


class _Printed:
    """Takes the place of standard output: keeps the end of what is printed."""

    encoding, errors, closed = "utf-8", "replace", False

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._left_out = 0
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        with self._lock:
            self._parts.append(text[-PRINTED:])
            self._left_out += max(0, len(text) - PRINTED)
            self._size += len(self._parts[-1])
            if self._size > 4 * PRINTED or len(self._parts) > PRINTED:
                self._shorten()
        return len(text)

    def _shorten(self) -> None:
        whole = "".join(self._parts)
        self._left_out += max(0, len(whole) - PRINTED)
        self._parts = [whole[-PRINTED:]]
        self._size = len(self._parts[0])

    def flush(self) -> None:
        """Nothing waits."""

    def isatty(self) -> bool:
        """It is no terminal."""
        return False

    def take(self) -> tuple[str, int]:
        """What was printed since the last time, and how many characters before it were left out."""
        with self._lock:
            self._shorten()
            found, left_out = self._parts[0], self._left_out
            self._parts, self._size, self._left_out = [], 0, 0
        return found, left_out


class _Server:
    """Runs the code on a thread of its own; ``stopped`` is the number of the last request that nobody waits for any more."""

    def __init__(self, pipe: Connection, board: Board) -> None:
        self._pipe, self._board = pipe, board
        self.stopped = -1
        self._thread = 0
        self._where: Any = None
        """Finds the place of a frame of the code, while that runs."""
        self._printed = _Printed()
        self._data: dict[int, TrainingData] = {}
        self._runs: dict[int, EditedMachine] = {}
        self._late: dict[int, BaseException] = {}
        """What went wrong in a run after epochs that were handed over."""

    def serve(self) -> None:
        """All that is asked, one after the other."""
        self._thread = threading.get_ident()
        try:
            self._warm_up()
        except BaseException:
            wire.send(self._pipe, Ready(traceback.format_exc()))
            os._exit(1)
        wire.send(self._pipe, Ready())
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        sys.stdout = sys.stderr = self._printed
        while True:
            try:
                request: Request = wire.receive(self._pipe)
            except (EOFError, OSError):
                _end()
            answer = Answer(request.number, self._run(request), *self._printed.take())
            self._board.change(IDLE)
            try:
                wire.send(self._pipe, answer)
            except OSError:
                _end()
            except BaseException as error:  # it does not fit into memory, or cannot be sent
                said = f"what the code has made cannot be handed over: {type(error).__name__}"
                wire.send(self._pipe, Answer(request.number, ProgramFailedError(said, hint="Make the model smaller.")))

    def _warm_up(self) -> None:
        from engine.runtime.threads import choose_thread_count, thread_count

        choose_thread_count(thread_count())
        import torch

        from engine.recorder.watch import spans  # noqa: F401
        from engine.training.edited import machine  # noqa: F401  with all that it needs

        torch.zeros(1, requires_grad=True).sum().backward()  # type: ignore[no-untyped-call]

    def tell_place(self) -> None:
        """Write on the board where the code is."""
        frame: FrameType | None = sys._current_frames().get(self._thread)
        spans = self._where
        if spans is None:
            return
        from engine.training.machine import FILENAME

        while frame is not None and frame.f_code.co_filename != FILENAME:
            frame = frame.f_back
        if frame is not None:
            with suppress(Exception):
                self._board.enter(spans.span(frame))

    # One request -------------------------------------------------------------------------------------------------

    def _run(self, request: Request) -> object:
        """What it asks for, or the exception that came of it."""
        from engine.programs.failures import as_program_error
        from engine.recorder.watch.spans import Spans
        from engine.training.machine import FILENAME

        if isinstance(request, Hold):
            self._data = {**dict(list(self._data.items())[-1:]), request.key: request.data}
            # Data are not the code's, and whatever it holds already is charged to it.
            system.bound_memory(system.data_bytes() + MEMORY)
            return None
        config = self._runs[request.run].config if isinstance(request, Advance) else getattr(request, "config", None)
        spans = None if config is None else Spans(config.code, FILENAME)
        self._board.change(RUNNING)
        self._where = spans
        try:
            return self._do(request)
        except (Cancelled, EngineError) as error:
            failed: BaseException = error
            if isinstance(error, ProgramFailedError) and error.line == 1 and spans is not None:
                span = spans.raised_at(error.__traceback__)
                failed = error if span is None else as_program_error(error, span)
        except Exception as error:
            span = None if spans is None else spans.raised_at(error.__traceback__)
            failed = _told(error, span)
        except BaseException as error:
            span = None if spans is None else spans.raised_at(error.__traceback__)
            failed = as_program_error(
                ProgramFailedError(
                    f"the code ended itself with {type(error).__name__}",
                    hint="Take that out: a run ends by itself after its last epoch.",
                ),
                span,
            )
        finally:
            self._where = None
        failed.__cause__ = failed.__context__ = failed.__traceback__ = None
        return failed

    def _do(self, request: Request) -> object:
        from engine.training.edited.machine import EditedMachine

        if isinstance(request, Begin):
            machine = EditedMachine(request.config, self._data[request.key], request.start)
            self._runs[request.run] = machine
            self._late.pop(request.run, None)
            return None if request.start is not None else _bare(machine.start())
        if isinstance(request, Advance):
            return self._advance(request)
        if isinstance(request, End):
            self._runs.pop(request.run, None)
            return None
        if isinstance(request, Predict):
            return self._predict(request)
        assert isinstance(request, Record)
        with _states_kept():
            machine = EditedMachine(request.config, self._data[request.key], request.start)
            return self._record(machine, request), {name: _array(tensor) for name, tensor in machine.parameters.items()}

    def _advance(self, request: Advance) -> tuple[TrainingSnapshot, ...]:
        machine, made = self._runs[request.run], []
        until = time.perf_counter() + request.seconds
        late = self._late.pop(request.run, None)
        if late is not None:
            raise late
        try:
            for rate in request.rates:
                snapshot = machine.epoch(rate)
                made.append(_bare(snapshot))
                if snapshot.stopped or time.perf_counter() > until or self.stopped == request.number:
                    break
        except BaseException as error:
            if not made:
                raise
            self._late[request.run] = error  # what was made before it is handed over first
        return tuple(made)

    def _predict(self, request: Predict) -> tuple[Any, Any, Any]:
        """By a model of its own: that of the run, and all that its code draws from, stay as they are."""
        from engine.training.edited.machine import EditedMachine

        data = self._data[request.key]
        try:
            with _states_kept():
                machine = EditedMachine(request.config, data, request.snapshot)
                return tuple(machine.predictions(rows) for rows in (request.places, data.X, data.X_val))
        finally:
            self._printed.take()  # what the code says when it is read was told before

    def _record(self, machine: EditedMachine, request: Record) -> Recording:
        from engine.training.training import record_machine

        rate = request.rate
        if rate is None:
            rate = machine.rate(float(machine.config.learning_rate), request.start.step + 1)
        return record_machine(machine, rate, lambda: self.stopped == request.number, request.batch)


def _told(error: Exception, span: Any) -> ProgramError:
    from engine.programs.failures import as_program_error

    try:
        return as_program_error(error, span)
    except Exception:  # what it says of itself fails, too
        return as_program_error(
            ProgramFailedError(f"this raised {type(error).__name__}", hint="Look at what this line does."), span
        )


def _bare(snapshot: TrainingSnapshot) -> TrainingSnapshot:
    """Without the config, which whoever asked has."""
    return replace(snapshot, config=None)


def _array(tensor: Any) -> Any:
    return tensor.detach().numpy().copy()


@contextmanager
def _states_kept() -> Iterator[None]:
    """What all runs in this process share is afterwards as it was."""
    import random

    import numpy as np
    import torch

    torch_state, state, numpy_state = torch.get_rng_state(), random.getstate(), np.random.get_state()
    dtype, grad = torch.get_default_dtype(), torch.is_grad_enabled()
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(grad)
        torch.set_rng_state(torch_state)
        random.setstate(state)
        np.random.set_state(numpy_state)

"""The parent's side: starts the script's process, passes on what it says, stops it. No Qt, no torch."""

from __future__ import annotations

import codecs
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from engine.files.places import SUFFIX
from engine.scripts import system, troubles
from engine.scripts.events import Event, Finished, Progress, ScriptProblem
from engine.scripts.interpreters import Interpreter, in_words, own, packaged
from engine.scripts.job import Job
from engine.scripts.kept.journal import read_report
from engine.scripts.kept.keeper import last_words
from engine.scripts.launch import launch
from engine.scripts.ring import Ring

ANSWER_LIMIT = 2.0
"""Seconds that a script which was asked to stop has until it begins to save; then it is killed."""
SAVE_LIMIT = 300.0
"""Seconds that it may save."""
CRASH_LIMIT = 15.0
"""Seconds that a process which crashes may save."""
LINGER = 2.0
"""Seconds to wait for the last output of what the script left behind."""
CHUNK = 1 << 16


class ScriptRun:
    """One run of a script under the recorder, in a process of its own.

    Every method may be called by any thread and returns at once, except ``poll``, ``kill`` and ``close``, which wait a moment.

    Parameters
    ----------
    path : Path or str
        The script.
    arguments : sequence of str
        Its ``sys.argv[1:]``.
    steps : int or None
        End the recording after that many backward passes, while the script runs on.
    memory_limit : int or None
        Bytes of memory that its process may use; it is stopped when it uses more.
    recording_memory : int or None
        Bytes of memory that its process may use until the recording ends, while the script runs on; None: half of the machine's.
    folder : Path or None
        Where it starts; the script's own folder if None.
    python : Interpreter or None
        What runs it; this program's own Python if None.
    output : Path or None
        The ``.gradwalk`` file to write. None: a file in a temporary folder, which ``close`` removes.
    complete : bool
        When nobody polls, let the script wait instead of leaving output out; and keep bytes that are no UTF-8, as Python's
        ``surrogateescape`` does.
    blocks : bool
        Let the script write its standard output in blocks, as Python does into a file or a pipe; else line by line.

    Attributes
    ----------
    python : Interpreter
        What runs it.

    Raises ValueError if ``steps``, ``memory_limit`` or ``recording_memory`` is less than 1.
    """

    def __init__(
        self,
        path: Path | str,
        arguments: Sequence[str] = (),
        *,
        steps: int | None = None,
        memory_limit: int | None = None,
        recording_memory: int | None = None,
        folder: Path | str | None = None,
        python: Interpreter | None = None,
        output: Path | str | None = None,
        complete: bool = False,
        blocks: bool = False,
    ) -> None:
        for name, number in (("steps", steps), ("memory_limit", memory_limit), ("recording_memory", recording_memory)):
            if number is not None and number < 1:
                raise ValueError(f"{name} must be at least 1, not {number}")
        self.path = Path(path).absolute()
        self._argv = (str(path), *arguments)
        self._folder = self.path.parent if folder is None else Path(folder).absolute()
        self.python = own() if python is None else python
        self._output = None if output is None else Path(output).absolute()
        self._steps = steps
        self._memory_limit = memory_limit
        self._recording_memory = recording_memory
        self._changed = threading.Condition()
        self._complete = complete
        self._ring = Ring(self._changed, complete=complete)
        self._blocks = blocks
        self._private: Path | None = None
        self._process: Any = None
        self._control: Connection | None = None
        self._progress: Progress | None = None
        self._last: Progress | None = None
        self._line: int | None = None
        self._reported: tuple[bool, ScriptProblem | None, int, str] | None = None
        self._keeper: Any = None
        self._to_keeper: Connection | None = None
        self._closing = False
        self._finished: Finished | None = None
        self._over = False
        self._deadline: float | None = None
        self._killed = ""
        self._began = 0.0

    @property
    def pid(self) -> int | None:
        """The id of the script's process; None before ``start``."""
        return None if self._process is None else int(self._process.pid)

    # What one asks of it -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the process. Raises OSError if the system refuses, RuntimeError if it was started before."""
        if self._process is not None or self._over:
            raise RuntimeError("this run has been started already")
        self._private = Path(tempfile.mkdtemp(prefix="gradwalk-"))
        output = self._output or self._private / f"{self.path.stem}{SUFFIX}"
        job = Job(
            self.path,
            self._argv,
            self._folder,
            output,
            self._private / "crash.txt",
            self._private / "journal",
            self._steps,
            self._memory_limit,
            self._recording_memory,
            in_words(self.python) if packaged() or not self.python.own else "",
            _first_of_path(),
            self._blocks,
        )
        job.journal.touch(0o600)  # so that the keeper has it, whoever comes first
        out_read, out_write = os.pipe()
        error_read, error_write = os.pipe()
        self._began = time.monotonic()
        try:
            process, ours = launch(self.python, "serve", job, (out_write, error_write))
        except BaseException:
            for descriptor in (out_read, error_read):
                os.close(descriptor)
            raise
        finally:
            os.close(out_write)
            os.close(error_write)
        self._process = process
        self._control = ours
        self._keep(job)
        readers = [
            threading.Thread(target=self._read, args=(descriptor, stream), name=f"gradwalk-{stream}", daemon=True)
            for descriptor, stream in ((out_read, "stdout"), (error_read, "stderr"))
        ]
        listener = threading.Thread(target=self._listen, args=(ours,), name="gradwalk-listener", daemon=True)
        for thread in (*readers, listener):
            thread.start()
        threading.Thread(target=self._conclude, args=(job, [*readers, listener]), name="gradwalk-script-end", daemon=True).start()
        threading.Thread(target=self._enforce, name="gradwalk-script-limit", daemon=True).start()

    def _keep(self, job: Job) -> None:
        """Start the process that puts the recording together if the script's own cannot, also when this one is gone."""
        try:
            keeper, ours = launch(self.python, "keep", job)
        except OSError:
            return  # the script is recorded all the same
        try:
            ours.send(("script", self._process.pid))
        except OSError:
            ours.close()
            return
        self._keeper, self._to_keeper = keeper, ours

    def poll(self, timeout: float | None = 0.0) -> list[Event]:
        """What happened since the last call, waiting up to ``timeout`` seconds (None: without end) for something to happen.

        The last event of all is ``Finished``; it comes once, and from then on the list is empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ring or self._progress or self._finished or self._over, timeout)
            events: list[Event] = [*self._ring.take()]
            if self._progress is not None:
                events.append(self._progress)
                self._progress = None
            if self._finished is not None:
                events.append(self._finished)
                self._finished = None
                self._over = True
            return events

    def stop(self) -> None:
        """Interrupt the script and keep the recording up to here; kill it if it does not answer in ``ANSWER_LIMIT`` seconds."""
        with self._changed:
            if self._process is None or self._over or self._deadline is not None:
                return
            self._deadline = time.monotonic() + ANSWER_LIMIT
            self._changed.notify_all()
            control = self._control
        try:
            if control is not None:
                control.send("stop")
        except (OSError, ValueError):
            pass  # it has ended in this moment

    def kill(self) -> None:
        """End the script and all that it started, at once; what was recorded until then is kept."""
        self._kill("the script was killed")

    def close(self) -> None:
        """Kill it if it runs, and remove the temporary folder with the recording, if it lies there."""
        self._ring.close()
        self._closing = True
        self._kill("the script was killed")
        with self._changed:
            if self._process is not None:
                self._changed.wait_for(lambda: self._finished is not None or self._over, LINGER * 2)
            self._over = True
            self._finished = None
        if self._keeper is not None and self._keeper.is_alive():
            self._keeper.kill()
            self._keeper.join()
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)

    # Threads -----------------------------------------------------------------------------------------------------

    def _kill(self, why: str) -> None:
        with self._changed:
            process = self._process
            if process is None or self._over or self._finished is not None:
                return
            self._killed = self._killed or why
        system.end_group(process.pid)
        process.kill()

    def _read(self, descriptor: int, stream: str) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape" if self._complete else "replace")
        while True:
            data = os.read(descriptor, CHUNK)
            text = decoder.decode(data, final=not data)
            if text:
                self._ring.put(text, stream)
            if not data:
                os.close(descriptor)
                return

    def _listen(self, control: Connection) -> None:
        while True:
            try:
                kind, *rest = control.recv()
            except (EOFError, OSError):
                return
            with self._changed:
                if kind == "progress":
                    operations, passes, phase, line = rest
                    self._line = line if line is not None else self._line
                    self._progress = Progress(operations, passes, time.monotonic() - self._began, phase, line)
                    self._last = self._progress
                elif kind == "finished":
                    saved, problem, status, trouble = rest
                    self._reported = (saved, problem, status, trouble)
                elif kind == "crashing":
                    self._deadline = time.monotonic() + CRASH_LIMIT
                elif kind == "asked":
                    self._deadline = self._deadline or time.monotonic() + ANSWER_LIMIT
                elif kind == "saving" and self._deadline is not None:
                    self._deadline = time.monotonic() + SAVE_LIMIT
                self._changed.notify_all()

    def _enforce(self) -> None:
        """Kill a script that was asked to stop and does not."""
        with self._changed:
            while self._finished is None and not self._over:
                left = None if self._deadline is None else self._deadline - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._changed.wait(left)
            else:
                return
        self._kill("the script did not answer when it was asked to stop, and was killed")

    def _conclude(self, job: Job, readers: list[threading.Thread]) -> None:
        process = self._process
        system.wait_for_end(process.pid, process.sentinel)
        system.end_group(process.pid)
        process.join()
        self._drain(readers)
        self._ring.close()
        crash = job.crash.read_text(encoding="utf-8", errors="replace") if job.crash.exists() else ""
        finished = self._judge(process.exitcode, crash, job)
        self._end_keeper()
        if self._private is not None and self._private not in job.output.parents:
            shutil.rmtree(self._private, ignore_errors=True)  # nobody needs the journal any more, and nobody may close this run
        with self._changed:
            self._finished = finished
            self._changed.notify_all()

    def _drain(self, readers: list[threading.Thread]) -> None:
        """Wait for the last output; not for ever, because a process that left the group may hold the pipes open."""
        deadline = time.monotonic() + LINGER
        for thread in readers:
            while thread.is_alive():
                thread.join(0.1)
                with self._changed:
                    if self._ring.full:
                        deadline = time.monotonic() + LINGER
                if time.monotonic() > deadline:
                    break

    def _judge(self, status: int, crash: str, job: Job) -> Finished:
        reported = self._reported
        if reported is None and job.journal.exists():
            reported = read_report(job.journal)  # its connection was lost: the script closed what it did not open
        if reported is None:
            return self._judge_silent(status, crash, job)
        saved, problem, expected, trouble = reported
        if trouble and not saved:
            note = f"the recording was made from the script's journal, as its process could not write it: {trouble}"
            written, failure = self._rebuild(note, "" if problem is None else troubles.last_moment(problem))
            if written is not None and failure:
                problem = troubles.kept_elsewhere(problem, failure, written)
            elif failure:
                problem = troubles.unsaved(problem, failure if failure == trouble else f"{trouble}; {failure}")
        else:
            written = job.output if saved else None
        if problem is None and status != expected & 0xFF and self._deadline is not None:
            problem = ScriptProblem("stopped", "the script had ended, but threads of its own still ran and were stopped")
        elif problem is None and status < 0 and not self._killed:
            problem = ScriptProblem(
                "crashed", f"the script had ended, and its process then crashed: {system.signal_name(-status)}"
            )
        return Finished(written, problem, status)

    def _judge_silent(self, status: int, crash: str, job: Job) -> Finished:
        """The process ended without a word: the journal has what was recorded until then."""
        if self._killed:
            problem = ScriptProblem("killed", self._killed, "A call that runs in C cannot be interrupted.", self._line)
        else:
            why = last_words(job.journal) if job.journal.exists() else ""
            problem = troubles.of_end(status, crash, self.path, self._line, why=why)
        by_itself = problem.kind == "ended" and status >= 0
        written, failure = self._rebuild(problem.message, "" if self._killed or by_itself else troubles.last_moment(problem))
        if written is not None and failure:
            return Finished(written, troubles.kept_elsewhere(problem, failure, written), status)
        return Finished(written, troubles.with_hint(problem, failure), status)

    def _rebuild(self, note: str, error: str) -> tuple[Path | None, str]:
        """Let the keeper write the recording: the file, and why it is not the one that was asked for; None if nothing was
        written."""
        keeper = self._to_keeper
        if keeper is None or self._closing:
            return None, "nobody put its journal together"
        with self._changed:
            if self._last is not None:
                self._progress = replace(self._last, phase="saving", seconds=time.monotonic() - self._began)
                self._changed.notify_all()
        try:
            keeper.send(("rebuild", note, error))
            if not keeper.poll(SAVE_LIMIT):
                return None, f"its journal was not put together in {SAVE_LIMIT:.0f} seconds"
            written, failure = keeper.recv()
            return None if written is None else Path(written), failure
        except (EOFError, OSError):
            return None, "the process that puts its journal together ended"

    def _end_keeper(self) -> None:
        if self._to_keeper is None:
            return
        try:
            self._to_keeper.send(("done",))
        except OSError:
            pass  # it has ended
        self._keeper.join(LINGER)
        self._to_keeper.close()


def _first_of_path() -> str:
    """What Python put first into ``sys.path`` when this program was started: the folder of the command, or of ``-m``."""
    first = sys.path[0] if sys.path else ""
    command = Path(sys.argv[0] or ".").resolve().parent
    by_module = getattr(sys.modules.get("__main__"), "__spec__", None) is not None
    return first if first and Path(first).resolve() in ((command, Path.cwd()) if by_module else (command,)) else ""

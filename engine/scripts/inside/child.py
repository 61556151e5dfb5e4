"""The script's process: runs a script as ``__main__`` under the recorder and writes the recording."""

from __future__ import annotations

import builtins
import ctypes
import importlib.machinery
import multiprocessing
import os
import signal
import sys
import threading
import tokenize
from collections.abc import Callable
from functools import partial
from multiprocessing import process
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from engine.errors import EngineError
from engine.runtime.frames.thread_state import NOWHERE, frame_of, innermost_frame, levels_left
from engine.runtime.said import exit_status, said, words
from engine.scripts import system, troubles
from engine.scripts.events import ScriptProblem
from engine.scripts.inside import streams
from engine.scripts.inside.crashes import forget_crashes, watch_crashes
from engine.scripts.inside.deeds import Deeds
from engine.scripts.inside.held_signals import HeldSignals
from engine.scripts.inside.parked import park_main_thread
from engine.scripts.inside.warned import place_warnings
from engine.scripts.inside.watcher import Watcher
from engine.scripts.inside.workers import passes_told, tell_of_passes
from engine.scripts.job import Job
from engine.scripts.kept.journal import Journal
from gradwalk.own import NAMES, forget_plain_names

if TYPE_CHECKING:
    from engine.recorder.handle import Handle
    from engine.recording import Recording

OWN_FOLDER = Path(__file__).resolve().parents[3]
"""What the engine lies in: a checkout, which may be on the path, or an installed ``gradwalk``, which is not."""
_set_handler, _handler_of = signal.signal, signal.getsignal
"""By reference: while a script is recorded, others are in their place."""
_names = builtins.__dict__
_builtins = _names.copy()
"""Python's own names, which a script may take away or replace: the recording is saved with these."""
STOPPED, OUT_OF_MEMORY = 130, 137
"""Exit statuses."""
_LOOK = compile("seen.append(levels.value)", "<string>", "exec")


class Crash(Exception):
    """What a recording says that ended with the process."""


class _MainProcess(process.BaseProcess):
    """What multiprocessing has for a process that it has not started, and deletes the class of: a script may print it."""

    def __init__(self) -> None:
        self.__dict__.update(
            _identity=(),
            _name="MainProcess",
            _parent_pid=None,
            _popen=None,
            _closed=False,
            _config={"authkey": process.AuthenticationString(os.urandom(32)), "semprefix": "/mp"},  # type: ignore[attr-defined]
        )

    def close(self) -> None:
        """There is nothing to close."""


def serve(job: Job, control: Connection, output: system.PipeEnd, errors: system.PipeEnd) -> None:
    """Entry of the process."""
    system.lead_a_group()
    if not system.WINDOWS:
        os.set_inheritable(control.fileno(), False)
    # The script is nobody's child: it may start processes of its own, and these are numbered from 1.
    process._parent_process = None  # type: ignore[attr-defined]
    process._current_process = _MainProcess()  # type: ignore[attr-defined]
    multiprocessing.set_start_method(None, force=True)  # the system's own: a spawned process would spawn its own, too
    ScriptProcess(job, control, output, errors).run()


class ScriptProcess:
    """One script, from the start of its process to the end."""

    def __init__(self, job: Job, control: Connection, output: system.PipeEnd, errors: system.PipeEnd) -> None:
        self._job = job
        self._process = os.getpid  # by reference: the script may put anything in its place
        self._pid = os.getpid()
        self._status = 0
        self._counted = (0, 0)
        self._exit = os._exit
        self._print = sys.__excepthook__  # Python's own, which knows more ("Did you mean …") than ``traceback``
        # Ends Python as it ends after any script: multiprocessing, which called us, would need what the script may have broken.
        self._end = ctypes.pythonapi.Py_Exit
        self._control = control
        self._handle: Handle | None = None
        self._write: Any = None
        self._world: dict[str, Any] = {}
        """The script's globals, as long as they are needed: Python takes them apart as it ends, if nothing holds them."""
        self._error: BaseException | None = None
        self._theirs = _builtins
        """Python's own names as the script left them."""
        self._hidden: dict[str, ModuleType] = {}
        streams.connect(output.descriptor, errors.descriptor, self._note_print, blocks=job.blocks)
        self._crash = job.crash.open("w")
        watch_crashes(self._crash, self._save_crashed)
        self._journal = Journal(job.journal)
        self._watcher = Watcher(control, str(job.path), job.memory_limit, self._counts, self._take_over, self._journal)
        self._deeds = Deeds(self._about_to_end)
        self._workers = job.journal.with_name("workers")
        signal.signal(signal.SIGINT, self._watcher.on_interrupt)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    def run(self) -> NoReturn:
        """Run it; the process then ends with the script's own status."""
        job = self._job
        self._watcher.start()
        try:
            with tokenize.open(job.path) as file:
                text = file.read()
        except (OSError, ValueError, SyntaxError) as error:
            self._leave(troubles.of_file(job.path, error), 2)
        try:
            code = compile(text, str(job.path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            streams.tell(troubles.traceback_text(error))
            problem = troubles.of_exception(error, job.path, None)
            if not isinstance(error, SyntaxError) and problem is not None:
                problem = ScriptProblem("syntax", f"{job.path.name} is not valid Python: {error}")
            self._leave(problem, 1)
        try:
            from engine.recorder.handle import Handle
            from engine.recorder.watch.handlers import put_there
            from engine.recorder.watch.stack import bottom, strip
        except Exception as error:  # in another Python than ours anything may be broken
            self._leave(troubles.of_python(error, job.python), 1)
        self._strip, self._put_there = strip, put_there
        bottom.add(ScriptProcess._execute.__code__)
        handle = Handle(
            job.steps,
            job.recording_memory,
            text=text,
            filename=str(job.path),
            cancel=self._watcher.asked,
            gives_way=True,
        )
        from engine.files.recordings import save_recording
        from engine.recorder import entries, open_recorder  # noqa: F401  while nothing of the script's has run

        self._write = save_recording
        self._prepare()
        if job.memory_limit is not None:
            system.refuse_beyond(job.memory_limit)
        os._exit = self._exit_early
        self._error = self._execute(handle, code, text)
        del handle, code
        if self._process() != self._pid:
            self._end_fork()
        self._theirs = _names.copy()
        _names.update(_builtins)
        self._conclude()
        _names.clear()
        _names.update(self._theirs)
        innermost = innermost_frame()
        if innermost.value == frame_of(sys._getframe()):
            innermost.value = None
        self._end(self._status & 0xFF)
        raise SystemExit(self._status)

    # Before ------------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Make the process look as if Python had been started with the script."""
        job = self._job
        path = str(job.path)
        module = ModuleType("__main__")
        module.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
        if sys.version_info < (3, 14):
            module.__annotations__ = {}
        module.__dict__.update(__builtins__=builtins, __file__=path, __cached__=None)
        sys.argv[:] = job.argv
        sys.orig_argv[1:] = job.argv
        os.chdir(job.folder)
        beside = str(job.path.parent)
        # Where the command itself was found comes last: a user's module must not be mistaken for one of ours.
        paths = sys.path[1:] if sys.path[:1] == [job.first] else sys.path
        found = [item for item in paths if item not in (beside, str(OWN_FOLDER))]
        ours = [item for item in sys.path if item == str(OWN_FOLDER) != beside][:1]
        sys.path[:] = [beside, *found, *ours]
        sys.modules["__main__"] = module
        place_warnings()
        self._world = module.__dict__

    def _hide_own_modules(self, folder: Path) -> None:
        """One of the script's modules that has one of our names comes first, as it would without us."""
        if __name__.startswith("gradwalk."):
            forget_plain_names()
            return
        if folder == OWN_FOLDER:
            return
        for top in NAMES:
            if (folder / f"{top}.py").is_file() or (folder / top).is_dir():
                for name in [name for name in sys.modules if name == top or name.startswith(f"{top}.")]:
                    self._hidden[name] = sys.modules.pop(name)

    # While it runs -----------------------------------------------------------------------------------------------

    def _execute(self, handle: Handle, code: CodeType, text: str) -> BaseException | None:
        error: BaseException | None = None
        watcher = self._watcher
        handle.__enter__()
        self._handle = handle
        assert handle.recorder is not None
        name = self._job.path.name
        self._journal.follow(handle.recorder, text, str(self._job.path), name if name.endswith(".py") else "")
        if self._job.python:
            handle.note(f"The script ran in {self._job.python}.")
        self._deeds.watch()
        self._hide_own_modules(self._job.path.parent)
        levels, seen = levels_left(), [0]
        exec(_LOOK, {"seen": seen, "levels": levels})
        levels.value += sys.getrecursionlimit() - 1 - seen[-1]  # the script may go as deep as if nothing was around it
        innermost, here = innermost_frame(), frame_of(sys._getframe())
        if innermost.value != here:
            innermost = NOWHERE
        try:
            watcher.phase = "running"
            innermost.value = None  # and finds nothing there
            exec(code, self._world)
        except BaseException as raised:
            innermost.value = here
            error = raised
        innermost.value = here
        while watcher.phase != "saving":
            try:
                with watcher.phase_lock:
                    watcher.phase = "saving"
            except BaseException as late:
                # If a handler of the script raises now, it would have come too late without us.
                error = error or (late if watcher.why else None)
        return error

    def _counts(self) -> tuple[int, int]:
        handle = self._handle
        return self._counted if handle is None else (handle.moments, handle.passes)

    def _note_print(self, text: str) -> None:
        if self._handle is not None and self._watcher.phase == "running":
            self._handle.note_print(text)
            if threading.current_thread() is threading.main_thread():
                self._journal.keep_up()

    def _about_to_end(self, why: str) -> None:
        if self._watcher.phase == "running":
            self._journal.write(why)

    def _after_fork(self) -> None:
        """In a process that the script forked: it has its own life, and nothing to do with the recording."""
        self._watcher.detach()
        self._deeds.active = False
        self._control.close()
        tell_of_passes(self._workers)
        if self._handle is not None:
            self._handle.stop()
        forget_crashes()
        os._exit = self._exit
        if _handler_of(signal.SIGINT) == self._watcher.on_interrupt:
            _set_handler(signal.SIGINT, signal.default_int_handler)

    def _end_fork(self) -> NoReturn:
        """A forked process that ran to the end of the script ends here, as it would in a plain run."""
        status = self._show(self._error)
        streams.flush()
        self._exit(status)

    # The end -----------------------------------------------------------------------------------------------------

    def _conclude(self) -> None:
        """Write the recording, and no longer hold anything of the script."""
        watcher = self._watcher
        error, self._error = self._error, None
        signals = HeldSignals(self._put_there)
        signals.hold()
        watcher.send("saving")
        watcher.send_progress()
        sys.modules.update(self._hidden)
        os._exit = self._exit
        streams.flush()
        asked = bool(watcher.why) and (error is None or isinstance(error, KeyboardInterrupt))
        if asked:
            trace = None if error is None else error.__traceback__
            problem: ScriptProblem | None = self._asked_to_stop(troubles.line_in(trace, str(self._job.path)))
            status = 0 if error is None else OUT_OF_MEMORY if watcher.why == "memory" else STOPPED
        else:
            status = self._show(error)
            problem = self._problem_of(error)
        assert self._handle is not None
        if asked and problem is not None:
            self._handle.note(problem.message)
        self._note_processes()
        if self._job.memory_limit is not None:
            system.refuse_beyond(None)
        try:
            self._handle.name_remaining(self._world)
            self._journal.write(last=True)
            recording = self._handle.end(None if asked else error)
        except BaseException as trouble:
            self._report(False, problem, status, _reason(trouble))
        else:
            self._save(recording, problem, status)
            del recording
        streams.flush()
        self._status = status
        self._counted = self._counts()
        self._world, self._handle = {}, None
        signals.release()

    def _problem_of(self, error: BaseException | None) -> ScriptProblem | None:
        try:
            return None if error is None else troubles.of_exception(error, self._job.path, self._job.memory_limit)
        except BaseException:  # what this asks, the script may have changed
            return None if error is None else ScriptProblem("failed", said(error))

    def _show(self, error: BaseException | None) -> int:
        """Print ``error``, which ended the script, as Python would; gives the exit status."""
        if error is None:
            return 0
        if isinstance(error, SystemExit):
            status = exit_status(error)
            if status is None:
                streams.tell(f"{_printed(error)}\n")
            return 1 if status is None else status
        self._strip(error)
        # As Python does: a debugger finds it there, and what its frames hold ends with the rest.
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
        if sys.version_info >= (3, 12):
            sys.last_exc = error
        if sys.excepthook is not sys.__excepthook__:
            report = partial(sys.excepthook, type(error), error, error.__traceback__)
            try:
                self._as_they_left_it(report)
            except BaseException as trouble:
                streams.tell("Error in sys.excepthook:\n" + troubles.traceback_text(trouble))
                streams.tell("\nOriginal exception was:\n" + troubles.traceback_text(error))
        else:
            self._as_they_left_it(partial(self._print, type(error), error, error.__traceback__))
        return STOPPED if isinstance(error, KeyboardInterrupt) else 1

    def _as_they_left_it(self, report: Callable[[], None]) -> None:
        """Call it with nothing around it, and with Python's own names as the script left them: what prints an error imports,
        too."""
        forked = self._process() != self._pid  # there nothing has been put back
        innermost, here = innermost_frame(), frame_of(sys._getframe())
        if innermost.value != here:
            innermost = NOWHERE
        if not forked:
            _names.clear()
            _names.update(self._theirs)
        try:
            innermost.value = None
            report()
            innermost.value = here
        finally:
            innermost.value = here
            if not forked:
                self._theirs = _names.copy()
                _names.update(_builtins)

    def _asked_to_stop(self, line: int | None) -> ScriptProblem:
        watcher = self._watcher
        if watcher.why == "memory":
            return ScriptProblem("memory", watcher.said, "Give it a higher limit, or use smaller sizes.", line)
        return ScriptProblem("stopped", "the script was stopped", line=line)

    def _save(self, recording: Recording, problem: ScriptProblem | None, status: int) -> None:
        try:
            self._write(recording, self._job.output)
        except BaseException as trouble:  # the script may have changed anything that saving uses
            self._report(False, problem, status, _reason(trouble))
        else:
            self._report(True, problem, status)

    def _report(self, saved: bool, problem: ScriptProblem | None, status: int, trouble: str = "") -> None:
        """Tell the parent; where there was ``trouble`` with saving, the journal has to do."""
        self._journal.report(saved, problem, status, trouble)
        self._watcher.send("finished", saved, problem, status, trouble)
        self._watcher.phase = "ending"

    def _note_processes(self) -> None:
        """Say which of the script's processes are not recorded."""
        assert self._handle is not None
        self._deeds.active = False
        self._deeds.add_workers(passes_told(self._workers))
        text = self._deeds.note()
        if text:
            self._handle.note(text)

    def _leave(self, problem: ScriptProblem | None, status: int, trouble: str = "") -> NoReturn:
        """End the process without a recording, or with one that had ``trouble`` with saving."""
        streams.flush()
        self._report(False, problem, status, trouble)
        self._exit(status)

    def _exit_early(self, status: int) -> NoReturn:
        """``os._exit`` for the script: hands the recording over first."""
        if self._process() == self._pid:
            with self._watcher.phase_lock:
                if self._watcher.phase == "running" and self._handle is not None:
                    self._watcher.phase = "saving"
                    self._watcher.send("saving")
                    self._watcher.send_progress()
                    said = f"the script ended itself by os._exit({status})"
                    problem = ScriptProblem("exited", said) if status else None
                    self._hand_over(said, problem, status)
        self._exit(status)

    def _take_over(self) -> None:
        """On the watcher's thread: the script does not answer, so its process ends with what there is."""
        line = self._watcher.line()
        problem = self._asked_to_stop(line)
        status = OUT_OF_MEMORY if self._watcher.why == "memory" else STOPPED
        if self._handle is None:
            self._leave(problem, status)
        self._watcher.phase = "saving"
        self._watcher.send("saving")
        self._watcher.send_progress()
        self._hand_over(problem.message, problem, status)
        self._exit(status)

    def _save_crashed(self, number: int) -> None:
        """The process is about to die of signal ``number``."""
        if self._process() != self._pid or self._watcher.phase != "running" or self._handle is None:
            return
        self._watcher.phase = "saving"
        self._watcher.send("crashing")
        self._crash.flush()
        crash = self._job.crash.read_text(encoding="utf-8", errors="replace")
        problem = troubles.of_end(-number, crash, self._job.path, self._watcher.line(), kept=True)
        self._hand_over(problem.message, problem, -number, Crash(problem.message))

    def _hand_over(self, note: str, problem: ScriptProblem | None, status: int, error: BaseException | None = None) -> None:
        assert self._handle is not None
        sys.modules.update(self._hidden)
        if self._job.memory_limit is not None:
            system.refuse_beyond(None)
        # The script's main thread must not add to the recording while it is put together.
        park_main_thread()
        try:
            self._handle.note(note)
            self._note_processes()
            self._journal.write(last=True)
            recording = self._handle.take(error)
        except BaseException as trouble:
            self._leave(problem, status, _reason(trouble))
        self._save(recording, problem, status)


def _reason(trouble: BaseException) -> str:
    """Why a recording could not be written."""
    return (words(trouble) if isinstance(trouble, EngineError | OSError) else "") or said(trouble)


def _printed(error: SystemExit) -> str:
    """What Python prints of ``sys.exit(object)``; nothing where the object cannot be printed."""
    try:
        return str(error.code)
    except BaseException:
        return ""

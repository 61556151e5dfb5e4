"""Why a script ended, in words."""

from __future__ import annotations

import re
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from engine.runtime.frames import own_code
from engine.runtime.said import cut, exit_status, words
from engine.scripts.events import ScriptProblem
from engine.scripts.system import signal_name

_OURS = own_code.folder()
_OVERRIDES = str(Path("torch", "overrides.py"))
_MEMORY = re.compile(r"can't allocate memory|not enough memory|out of memory|[Uu]nable to allocate|Cannot allocate memory")
KEPT = "The recording holds what came before."
_FAULTS = {
    int(getattr(signal, name))
    for name in ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS")
    if hasattr(signal, name)
}
_LONGEST, _LONGEST_TRACEBACK = 2_000, 20_000


def megabytes(count: int) -> str:
    """``512 MiB``."""
    return f"{count / 2**20:,.0f} MiB"


def of_exception(error: BaseException, path: Path, memory_limit: int | None) -> ScriptProblem | None:
    """The problem that ``error``, which ended the script at ``path``, means; None for ``sys.exit()`` with status 0."""
    line = line_in(error.__traceback__, str(path))
    if isinstance(error, SystemExit):
        status = exit_status(error)
        if status == 0:
            return None
        status = 1 if status is None else status
        return ScriptProblem("exited", f"the script ended itself with status {status}", line=line)
    text = cut(traceback_text(error, path.parent), _LONGEST_TRACEBACK)
    name = type(error).__name__
    said = _first_line(error)
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return ScriptProblem("syntax", f"{path.name} is not valid Python: {error.msg}", line=error.lineno, traceback=text)
    if isinstance(error, MemoryError) or _MEMORY.search(said):
        allowed = f" (its limit is {megabytes(memory_limit)})" if memory_limit is not None else ""
        hint = "Give it a higher limit, or use smaller sizes." if memory_limit is not None else "Use smaller sizes."
        return ScriptProblem("memory", f"the script ran out of memory{allowed}", hint, line, text)
    hint = ""
    if isinstance(error, EOFError) and "EOF when reading a line" in said:
        hint = "A recorded script has no standard input: replace input() by a value, or take it from the arguments."
    elif isinstance(error, ModuleNotFoundError) and getattr(sys, "frozen", False):
        hint = (
            f"The packaged program does not contain {error.name}. Choose the Python in which it is installed: a virtual "
            "environment beside the script is found automatically; name another with --python, or in the window under Python."
        )
    elif isinstance(error, ModuleNotFoundError) and error.name and "." not in error.name:
        hint = f"The script ran in {sys.executable}. If {error.name} is installed elsewhere, choose that Python (--python)."
    return ScriptProblem("failed", f"{name}: {said}" if said else name, hint, line, text)


def of_python(error: Exception, python: str) -> ScriptProblem:
    """A Python in which the recorder cannot be imported; ``python`` names it, empty: this program's own."""
    return ScriptProblem(
        "failed",
        f"torch cannot be imported in {python or sys.executable}: {type(error).__name__}: {_first_line(error)}",
        "Fix it there, or choose another Python.",
    )


def of_file(path: Path, error: Exception) -> ScriptProblem:
    """A script that cannot be read."""
    if isinstance(error, UnicodeDecodeError | SyntaxError):
        return ScriptProblem(
            "file",
            f"{path.name} cannot be read as text: {_first_line(error)}",
            "Save it as UTF-8, or name its encoding in its first line: # -*- coding: latin-1 -*-",
        )
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return ScriptProblem("file", f"cannot read {path}: {reason}")


def of_end(status: int | None, crash: str, path: Path, last_line: int | None, kept: bool = False, why: str = "") -> ScriptProblem:
    """A process that ended without a word, or is about to, with what faulthandler wrote in ``crash``.

    ``why`` is what it was about to do when it was last heard of.
    """
    lines = [int(found) for name, found in re.findall(r'File "(.*)", line (\d+) in ', crash) if name == str(path)]
    line = lines[0] if lines else last_line
    where = f" in line {line}" if line is not None else ""
    crash = _script_part(crash, path)
    hint = KEPT if kept else ""
    if status is not None and status < 0:
        named = signal_name(-status)
        if not crash and -status not in _FAULTS:
            if named.startswith("SIGKILL"):
                hint = "The system also kills what uses too much memory this way."
            # The line that was seen last is up to a tenth of a second old, so it is not said.
            return ScriptProblem("ended", f"the script was ended by {named}", hint)
        return ScriptProblem("crashed", f"the script crashed{where}: {named}", hint, line, crash[:_LONGEST])
    if crash:
        return ScriptProblem("crashed", f"the script crashed{where}: {crash.splitlines()[0]}", hint, line, crash[:_LONGEST])
    return ScriptProblem("ended", why or f"the script ended itself from C code, with status {status}", hint)


def last_moment(problem: ScriptProblem) -> str:
    """What a recording shows at its end."""
    if problem.kind in ("failed", "memory"):
        return problem.message
    return "" if problem.kind == "stopped" else f"{'SystemExit' if problem.kind == 'exited' else 'Crash'}: {problem.message}"


def with_hint(problem: ScriptProblem, failure: str) -> ScriptProblem:
    """With what became of the recording."""
    more = f"What was recorded is lost: {failure}." if failure else KEPT
    return replace(problem, hint=f"{problem.hint} {more}".strip())


def unsaved(problem: ScriptProblem | None, reason: str) -> ScriptProblem:
    """The recording could not be written."""
    text = f"the recording could not be written: {reason}"
    if problem is None:
        return ScriptProblem("save", text)
    return replace(problem, hint=f"{problem.hint} {text[0].upper()}{text[1:].removesuffix('.')}.".strip())


def kept_elsewhere(problem: ScriptProblem | None, reason: str, written: Path) -> ScriptProblem:
    """The recording could not be written where it was to be, and is now in the file ``written``."""
    text = f"The recording was kept as {written}, since {reason.removesuffix('.')}."
    if problem is None:
        return ScriptProblem(
            "save", f"the recording could not be written: {reason.removesuffix('.')}", f"It was kept as {written}."
        )
    return replace(problem, hint=f"{problem.hint} {text}".strip())


def _script_part(crash: str, path: Path) -> str:
    """Without the frames that start the script and those of Gradwalk."""
    kept: list[str] = []
    last = 0
    for line in crash.splitlines(keepends=True):
        if f'File "{_OURS}' in line:
            continue
        kept.append(line)
        if f'File "{path}"' in line:
            last = len(kept)
    return "".join(kept[: last or len(kept)])


def line_in(trace: TracebackType | None, filename: str) -> int | None:
    """The innermost line of ``filename`` that an exception passed through."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def traceback_text(error: BaseException, folder: Path | None = None) -> str:
    """Python's own text without the frames of Gradwalk; with a ``folder`` only the frames of code in it."""
    report = traceback.TracebackException.from_exception(error, compact=True)
    _filter(report, None if folder is None else str(folder), set())
    return "".join(report.format())


def _filter(report: traceback.TracebackException | None, folder: str | None, seen: set[int]) -> None:
    if report is None or id(report) in seen:
        return
    seen.add(id(report))
    report.stack = traceback.StackSummary.from_list([frame for frame in report.stack if _shown(frame.filename, folder)])
    for other in (report.__cause__, report.__context__, *(report.exceptions or ())):
        _filter(other, folder, seen)


def _shown(filename: str, folder: str | None) -> bool:
    if filename.startswith(_OURS) or filename.endswith(_OVERRIDES):
        return False
    return folder is None or (filename.startswith(folder) and "site-packages" not in filename)


def _first_line(error: BaseException) -> str:
    line = next((part.strip() for part in words(error).splitlines() if part.strip()), "")
    return line if len(line) <= 300 else line[:299] + "…"

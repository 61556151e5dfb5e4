"""Which Python a script is recorded with: the one that the user's packages are in. No torch."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.scripts.asking import Question

OLDEST = (3, 11)
"""The oldest Python that can record."""
NEEDED = {"torch": ((2, 6), (2, 14)), "numpy": ((1, 26), (3,))}
"""Packages that recording needs in the script's Python: from this version, below that one."""
PATIENCE = 10.0
"""Seconds that an interpreter has to say what it is."""
_FOLDERS = (".venv", "venv", "env")
_ROOTS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "environment.yml")
"""What lies in the topmost folder of a project."""
_ANSWER = "gradwalk asks:"
LEAVE_PATH = "import sys; getattr(sys.flags, 'safe_path', False) or sys.path[:1] != [''] or sys.path.pop(0); "
"""Comes first in what another Python is told with ``-c``: files in the folder where it starts are not its modules."""
# Any Python understands it, so that one that is too old can say so.
_ASK = (
    LEAVE_PATH + "import json, re\n"
    "def version(name):\n"
    "    if sys.version_info < (3, 4): return None\n"
    "    from importlib.util import find_spec\n"
    "    spec = find_spec(name)\n"
    "    if spec is None or not spec.submodule_search_locations: return None\n"
    "    try:\n"
    "        with open(list(spec.submodule_search_locations)[0] + '/version.py') as file: text = file.read()\n"
    "        return re.search(r'''^_*version_*\\s*(?::[^=]*)?=\\s*[\"']([^\"']+)''', text, re.M)[1]\n"
    "    except (OSError, ValueError, TypeError):\n"
    "        from importlib import metadata\n"
    "        try: return metadata.version(name)\n"
    "        except metadata.PackageNotFoundError: return ''\n"
    f"print({_ANSWER!r} + json.dumps([sys.executable, getattr(sys, '_base_executable', sys.executable), sys.prefix,"
    " list(sys.version_info[:3]), version('torch'), version('numpy')]))"
)


class InterpreterError(EngineError):
    """A Python that a script cannot be recorded with; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that scripts can be recorded with.

    Attributes
    ----------
    path : Path
        What to start.
    version, torch : str
        Of Python, and of torch in it; ``torch`` is empty where that is not known.
    base : Path
        The Python that a virtual environment was made with.
    own : bool
        Whether it is the one that runs this program.
    """

    path: Path
    version: str
    torch: str
    base: Path
    own: bool = False

    def __str__(self) -> str:
        """``/home/a/project/.venv/bin/python (Python 3.12.3, torch 2.9.1)``."""
        name = "the Python of the packaged program" if self.own and packaged() else str(self.path)
        return f"{name} (Python {self.version}{f', torch {self.torch}' if self.torch else ''})"


def packaged() -> bool:
    """Whether this is the packaged program, which brings a Python that nothing can be installed into."""
    return bool(getattr(sys, "frozen", False))


def in_words(python: Interpreter) -> str:
    """``python`` for others to read: without the name of the user's folder."""
    words = str(python)
    home = str(Path.home())
    return f"~{words[len(home) :]}" if words.startswith(home + os.sep) else words


def own() -> Interpreter:
    """The Python that runs this program."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = ""
    executable = Path(sys.executable)
    return Interpreter(executable, ".".join(map(str, sys.version_info[:3])), torch, executable, own=True)


def environments(script: Path, folder: Path | None = None) -> Iterator[Path]:
    """The Pythons of virtual environments beside ``script`` and in the folders above it up to the project's; nothing is run.

    The project's folder is the first above the script with a ``pyproject.toml``, ``.git`` and the like, else ``folder``, where
    the script is to start, if that lies above it, else the script's own. The user's home and the disk are no projects.
    """
    script = Path(os.path.abspath(script))  # noqa: PTH100  links stay: a project's folder is where it is named
    parents = [above for above in script.parents if above not in (Path.home(), Path(above.anchor))] or [script.parent]
    marked = (number for number, above in enumerate(parents) if any((above / name).exists() for name in _ROOTS))
    last = next(marked, parents.index(folder) if folder in parents else 0)
    for above in parents[: last + 1]:
        for name in _FOLDERS:
            if (above / name / "pyvenv.cfg").is_file() and (found := _python_in(above / name)) is not None:
                yield found


def active() -> Iterator[Path]:
    """The Pythons of the environments that were activated in the shell."""
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        folder = os.environ.get(variable) or _given_at_first(variable)
        if folder and (found := _python_in(Path(folder))) is not None:
            yield found


def _given_at_first(variable: str) -> str:
    """What the packaged program was started with: its launcher removes VIRTUAL_ENV before any of our code runs."""
    if not packaged() or sys.platform != "linux":
        return ""
    try:
        given = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    start = f"{variable}=".encode()
    return next((os.fsdecode(item[len(start) :]) for item in given if item.startswith(start)), "")


def found(script: Path, folder: Path | None = None) -> list[Path]:
    """The Pythons to offer for ``script`` besides this program's own, the likeliest first; nothing is run."""
    rest = dict.fromkeys([*environments(script, folder), *active()])
    return [python for python in rest if not _is_own(python)]


def choose(script: Path, folder: Path | None = None, question: Question | None = None) -> tuple[Interpreter, list[str]]:
    """The Python to record ``script`` with, if nobody says which, and why others were passed over.

    That is the first virtual environment by the script that has torch; for the packaged program also one that was activated;
    else this program's own Python. Raises TakenBack if ``question`` is.
    """
    question = question or Question()
    passed: list[str] = []
    for python in dict.fromkeys([*environments(script, folder), *(active() if packaged() else ())]):
        if _is_own(python):
            break
        try:
            return check(python, question), passed
        except InterpreterError as error:
            passed.append(str(error))
    return own(), passed


def check(python: Path, question: Question | None = None) -> Interpreter:
    """What ``python`` is: an interpreter, or a folder with one.

    It is started and asked, with ``question`` where somebody may take that back. Raises InterpreterError if scripts cannot be
    recorded with it, and TakenBack.
    """
    if python.is_dir():
        inside = _python_in(python)
        if inside is None:
            raise InterpreterError(f"there is no Python in {python}. Name the interpreter itself, such as .venv/bin/python.")
        python = inside
    if not python.is_file():
        raise InterpreterError(f"there is no {python}. Name the interpreter itself, such as .venv/bin/python.")
    if _is_own(python):
        return own()
    said = _ask(python, question or Question())
    try:
        executable, base, prefix, version, torch, numpy = json.loads(said)
        path, number = Path(executable or python), ".".join(map(str, version))
        if tuple(version) < OLDEST:
            raise InterpreterError(
                f"{python} is Python {number}, and recording needs {OLDEST[0]}.{OLDEST[1]} or later. "
                "Make a virtual environment with a newer Python, and install torch into it."
            )
    except (ValueError, TypeError) as error:
        raise InterpreterError(f"{python} did not answer as a Python does. Choose another one.") from error
    for name, given in (("torch", torch), ("numpy", numpy)):
        _check_package(python, name, given)
    if not packaged() and os.path.realpath(prefix) == os.path.realpath(sys.prefix):
        return own()
    return Interpreter(path, number, torch or "", Path(base or path))


def _check_package(python: Path, name: str, version: str | None) -> None:
    least, below = NEEDED[name]
    wanted = f'"{name}>={_dotted(least)},<{_dotted(below)}"'
    if version is None:
        raise InterpreterError(f"{python} has no {name}. Install it there ({python} -m pip install {wanted}), or choose another.")
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers and not least <= (int(numbers[1]), int(numbers[2])) < below:
        raise InterpreterError(
            f"{python} has {name} {version}, and recording needs one from {_dotted(least)} and below {_dotted(below)}. "
            f"Install that there ({python} -m pip install {wanted}), or choose another."
        )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _ask(python: Path, question: Question) -> str:
    try:
        said = question.put(python, ["-c", _ASK], environment(), PATIENCE)
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise InterpreterError(f"{python} cannot be started: {reason}. Choose another Python.") from error
    for line in said.output.splitlines():
        if line.startswith(_ANSWER):
            return line[len(_ANSWER) :]
    if said.late:
        raise InterpreterError(f"{python} did not answer in {PATIENCE:.0f} seconds. Choose another Python.")
    last = said.errors.strip().splitlines()[-1:]
    # What is no Python may say the question itself, as an argument that it cannot use.
    why = f": {last[0][:200].rstrip('.')}" if last and "import sys" not in said.errors else ""
    raise InterpreterError(f"{python} did not answer as a Python does{why}. Choose another one.")


def environment() -> dict[str, str]:
    """Variables for another Python: those that this program was started with, without what packaging it added."""
    given = dict(os.environ)
    if packaged():
        for name in [name for name in given if name.startswith(("_PYI_", "_MEIPASS"))]:
            del given[name]
        for name in ("LD_LIBRARY_PATH", "LIBPATH", "DYLD_LIBRARY_PATH"):
            before = given.pop(f"{name}_ORIG", None)
            given.pop(name, None)
            if before is not None:
                given[name] = before
    given.pop("__PYVENV_LAUNCHER__", None)
    return given


def _python_in(folder: Path) -> Path | None:
    names = ("Scripts/python.exe", "python.exe") if sys.platform == "win32" else ("bin/python", "bin/python3")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _is_own(python: Path) -> bool:
    """Whether ``python`` is in the environment of the one that runs this program; its links are another matter."""
    if packaged():
        return False
    python, mine = Path(os.path.abspath(python)), Path(sys.executable)  # noqa: PTH100
    return os.path.realpath(python.parent) == os.path.realpath(mine.parent) and os.path.realpath(python) == os.path.realpath(mine)

"""The command line of Gradwalk: parse the arguments, hand over. Qt is imported only when a window is wanted."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.export.formats import TextFormat

LARGEST_FILE = 1_000_000
"""The most bytes that are read of a program; the engine's own, smaller bound then says what is allowed."""


def version() -> str:
    """The version of the installed package, or of the checkout that this file lies in."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("gradwalk")
    except PackageNotFoundError:
        import tomllib

        try:
            text = Path(__file__).with_name("pyproject.toml").read_text(encoding="utf-8")
            return str(tomllib.loads(text)["project"]["version"])
        except (OSError, KeyError, tomllib.TOMLDecodeError):
            return "of unknown version"


def window_parser() -> argparse.ArgumentParser:
    """Arguments of ``gradwalk [FILE]``."""
    parser = argparse.ArgumentParser(
        prog="gradwalk",
        description="Walk through the computation graph that PyTorch really built, with every value and gradient.",
        epilog="gradwalk export PROGRAM.py -o out.json writes a program's recording without opening a window. "
        "gradwalk record SCRIPT.py -o run.gradwalk records a script of any kind. "
        "gradwalk lesson check LESSON.md names every mistake of a lesson.",
    )
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="a program (.py), a recording (.gradwalk), runs of a training, a lesson (.md, .zip) "
        "or a table of numbers (.csv …) to open",
    )
    parser.add_argument("--theme", choices=("light", "dark", "system"), help="colours of the window (default: as last time)")
    parser.add_argument("--self-test", action="store_true", help="check that everything works here, and report it line by line")
    parser.add_argument("--version", action="version", version=f"Gradwalk {version()}")
    return parser


def export_parser() -> argparse.ArgumentParser:
    """Arguments of ``gradwalk export``."""
    from engine.export.formats import FORMATS

    parser = argparse.ArgumentParser(
        prog="gradwalk export", description="Run a program and write its recording as text, without a window."
    )
    parser.add_argument("program", metavar="PROGRAM.py", help="the program to run")
    parser.add_argument(
        "-o", "--output", default="-", metavar=f"OUT{FORMATS[0].ending}", help="file to write; - or nothing: standard output"
    )
    parser.add_argument(
        "--format",
        choices=[item.ending[1:] for item in FORMATS],
        help=f"what to write, whatever the file is called (default: what the file's ending says, else {FORMATS[0].title})",
    )
    return parser


def format_of(output: str, named: str | None) -> TextFormat:
    """The format named, else that of the ending of ``output``, else the first one."""
    from engine.export.formats import FORMATS

    ending = f".{named}" if named else Path(output).suffix.lower()
    return next((item for item in FORMATS if item.ending == ending), FORMATS[0])


def export(program: str, output: str, wanted: TextFormat) -> int:
    """Run ``program`` and write its recording to ``output``: 0, 1 (the program has a problem) or 2 (a file has)."""
    try:
        with Path(program).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        # The engine refuses a longer file in any case, so the cut may go through a character.
        text = data[:LARGEST_FILE].decode("utf-8-sig", errors="strict" if len(data) <= LARGEST_FILE else "ignore")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return _complain(f"gradwalk: {program} is not a text file in UTF-8")
    except (OSError, ValueError) as error:
        return _complain(f"gradwalk: cannot read {program}: {_reason(error)}")

    from engine.errors import ProgramError
    from engine.programs.program import run_program

    status = 0
    try:
        recording = run_program(text)
    except ProgramError as error:
        status = 1
        print(f"{program}:{error.line}:{error.column}: {error.message}", file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        if error.recording is None:
            return status
        recording = error.recording
    try:
        _write(output, wanted.content(recording) + b"\n")
    except OSError as error:
        return _complain(f"gradwalk: cannot write {output}: {_reason(error)}")
    return status


def _write(output: str, data: bytes) -> None:
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    target = Path(output)
    if target.exists() and not target.is_file():
        # A pipe or a device cannot be replaced, only written to.
        target.write_bytes(data)
        return
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (default: the process's own); the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--runs-programs"]:  # the packaged program starts itself like this: it has no other Python to start
        from engine.programs.process.child import main as run_programs

        run_programs(*arguments[1:])
    if arguments[:1] == ["--trains-edited"]:
        from engine.training.edited.child import main as train_edited

        train_edited(*arguments[1:])
    if arguments[:1] == ["export"]:
        wanted = export_parser().parse_args(arguments[1:])
        try:
            return export(wanted.program, wanted.output, format_of(wanted.output, wanted.format))
        except KeyboardInterrupt:
            return 130
    if arguments[:1] == ["lesson"]:
        from engine.lessons.commands import lesson

        return lesson(arguments[1:])
    status = 0
    if arguments[:1] == ["record"]:
        from engine.commands import record

        status, opened = record(arguments[1:])
        if opened is None:
            return status
        arguments = [str(opened)]
    chosen = window_parser().parse_args(arguments)
    try:
        if chosen.self_test:
            from gui.self_test import run as run_self_test

            return run_self_test(version())
        from gui.app import run
    except ImportError as error:
        from gui.window.system_libraries import advice

        reason = advice(str(error)) or f"the window needs Qt, and it could not be loaded: {error}"
        print(f"gradwalk: {reason}", file=sys.stderr)
        return 1
    shown = run(chosen.file, chosen.theme, version())
    return status or shown


if __name__ == "__main__":
    multiprocessing.freeze_support()
    from gradwalk.command import main as command

    sys.exit(command())

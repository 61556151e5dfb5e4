"""``gradwalk lesson check``: names every mistake of lesson files by line. No Qt."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence


def lesson_parser() -> argparse.ArgumentParser:
    """Arguments of ``gradwalk lesson``."""
    parser = argparse.ArgumentParser(prog="gradwalk lesson", description="Work on lessons of your own.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="name every mistake of lesson files by line",
        description="Read each lesson, then play it: run its programs and trainings, and compute every number and answer.",
        epilog="Example: gradwalk lesson check slopes.md prints “slopes.md:12: needs the key …” for a mistake in line 12. "
        "What only playing shows is said once there is nothing to say of how the file is written. "
        "The exit status is 0 if nothing is wrong, 1 if there are mistakes, 2 if a file cannot be read.",
    )
    check.add_argument("files", nargs="+", metavar="FILE", help="a lesson (.md), or a .zip of lessons with their pictures")
    return parser


def lesson(arguments: Sequence[str]) -> int:
    """Run ``gradwalk lesson`` with ``arguments``: the exit status."""
    wanted = lesson_parser().parse_args(arguments)
    try:
        # A list, not a generator: each file is checked, whatever the one before it came to.
        return max([_check(file) for file in wanted.files])
    except KeyboardInterrupt:
        return 130


def _check(file: str) -> int:
    from engine.lessons.checking import problems_text, read_and_check
    from engine.lessons.files import LessonFileError, read_sources

    try:
        sources = read_sources(file)
    except LessonFileError as error:
        print(f"gradwalk: {error}", file=sys.stderr)
        return 2
    status = 0
    for source in sources:
        _, problems = read_and_check(source.text, source.name)
        if problems:
            status = 1
            print(problems_text(source.file, problems))
    return status

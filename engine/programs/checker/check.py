"""Text in, checked code out: the one door through which a program becomes runnable."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from types import CodeType

from engine.errors import ProgramError, ProgramSyntaxError, ScriptOnlyError, TooLargeError
from engine.programs.checker.instrument import instrument
from engine.programs.checker.messages import syntax_error
from engine.programs.checker.syntax import StatementChecker
from engine.programs.checker.text import clean_text, measure_text
from engine.programs.limits import DEFAULT_LIMITS, Limits
from engine.runtime.quiet import quiet_warnings
from engine.text.places import Places

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class CheckedProgram:
    """A program that may run.

    Attributes
    ----------
    code : code object
        Compiled under ``filename``; needs the namespace of ``engine.programs.sandbox``.
    assigned : mapping
        (line, column, end line, end column) of each right-hand side, or augmented assignment, to the names it is given.
        From 1, in characters, end exclusive.
    text : str
        The text that runs: ``\\n`` line ends, no byte order mark; otherwise as it was given.
    filename : str
        Unique, so that frames of two programs are told apart.
    """

    code: CodeType
    assigned: Mapping[tuple[int, int, int, int], tuple[str | None, ...]]
    text: str
    filename: str


def check_program(text: str, limits: Limits = DEFAULT_LIMITS) -> CheckedProgram:
    """Check a program's text against everything that can be known before it runs.

    Raises
    ------
    ProgramSyntaxError, ForbiddenError, UnknownNameError, TooLargeError
        With line and column of the first thing that is refused.
    """
    if not isinstance(text, str):
        raise TypeError(f"a program is a str, not {type(text).__name__}")
    text = clean_text(text, limits)
    try:
        return _checked(text, limits)
    except ProgramError as problem:
        if problem.fix is not None and not _mends(problem, text, limits):
            problem.fix = None
        raise


def _mends(problem: ProgramError, text: str, limits: Limits) -> bool:
    """Whether the text that ``problem`` offers is right, or wrong only further on."""
    assert problem.fix is not None
    mended = problem.fix.apply(text)
    try:
        _checked(mended, limits)
    except ProgramError as next_one:
        if isinstance(problem, ScriptOnlyError) and problem.fix.text:
            return isinstance(next_one, ScriptOnlyError)  # what a script needs to run; a program stays refused
        removed = problem.fix.before.count("\n") - problem.fix.text.count("\n")
        return (next_one.line + removed, next_one.column) > (problem.line, problem.column) and next_one.message != problem.message
    return mended != text


def _checked(text: str, limits: Limits) -> CheckedProgram:
    measure_text(text, limits)
    filename = f"<program {next(_numbers)}>"
    with quiet_warnings():
        try:
            tree = ast.parse(text, filename)
            checker = StatementChecker(Places(text), limits)
            checker.check(tree)
            instrument(tree)
            code = compile(tree, filename, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise syntax_error(error, text) from None
        except (RecursionError, MemoryError):
            raise TooLargeError(
                "the program is nested too deeply for Python to read", hint="Split long expressions into several lines."
            ) from None
        except (ValueError, OverflowError) as error:
            message = f"Python cannot read this program: {str(error)[:200]}"
            raise ProgramSyntaxError(message, hint="Look for unusual characters and very long numbers.") from None
    return CheckedProgram(code, checker.assigned, text, sys.intern(filename))

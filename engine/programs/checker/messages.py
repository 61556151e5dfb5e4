"""Python's complaints about a text, turned into one sentence and one hint."""

from __future__ import annotations

import re
from difflib import get_close_matches

from engine.errors import ProgramSyntaxError
from engine.text.completing import completed, pointed_twice

_KNOWN: tuple[tuple[str, str, str], ...] = (
    (r"'(.)' was never closed", "the bracket {0} is never closed", "Close it, or delete it."),
    (r"unmatched '(.)'", "the bracket {0} closes nothing", "Delete it, or open it before."),
    (r"closing parenthesis '(.)' does not match opening parenthesis '(.)'", "{0} closes the bracket {1}", "Make the pair match."),
    (r"unexpected indent", "this line is indented, but no block starts above it", "Remove the spaces at its start."),
    (r"expected an indented block", "the line after this block's : is not indented", "Indent it by four spaces."),
    (
        r"unindent does not match",
        "this line's indentation matches none of the lines above",
        "Indent it like the block it belongs to.",
    ),
    (r"inconsistent use of tabs", "tabs and spaces are mixed in the indentation", "Use four spaces everywhere."),
    (r"expected ':'", "a : is missing here", "End the for or with line with a colon."),
    (r"(?i)perhaps you forgot a comma", "something is missing between two values", "Put a comma or an operator between them."),
    (r"cannot assign to .* here\. Maybe you meant '=='", "this cannot be assigned to", "Put a name on the left of =."),
    (r"cannot assign to|illegal expression for augmented", "this cannot be assigned to", "Put a name on the left of =."),
    (r"a number with two points", "a number has one point", "Remove the other."),
    (r"invalid decimal literal", "this is not a number", "A name cannot begin with a digit; multiply with *."),
    (r"leading zeros in decimal", "a whole number cannot begin with 0", "Remove the zeros before it."),
    (r"invalid (\w+) literal", "this is not a number", "Check its digits."),
    (
        r"integer string conversion",
        "this integer has more digits than are allowed",
        "Write a smaller number, or a float like 1e20.",
    ),
    (r"unterminated", "this quoted text never ends", "Close it with the same quote."),
    (r"unexpected EOF|multi-line statement", "the program ends in the middle of a line", "Finish the last line."),
    (r"unexpected character after line continuation", "nothing may follow a \\ on its line", "Remove what follows it."),
    (
        r"invalid (?:non-printable )?character '?(.)",
        "the character {0} does not belong in a program",
        "Delete it, or type it again.",
    ),
    (
        r"positional argument follows keyword",
        "a value without a name follows one with a name",
        "Put values without a name first.",
    ),
    (r"keyword argument repeated: (\w+)", "{0}= is given twice", "Remove one of them."),
    (r"too many statically nested blocks", "blocks are nested too deeply", "Use fewer loops in one another."),
    (r"too many levels of indentation", "blocks are nested too deeply", "Use fewer loops in one another."),
    (r"unicode error", "this quoted text holds a broken escape", "Write \\\\ for a backslash."),
    (r"print", "print needs brackets", "Write print(…)."),
    (r"expected expression", "a value is missing here", "Complete the line."),
)


_MISSING = {
    "**": "Write the exponent, for example a**3.",
    "=": "Write what the name stands for, for example y = a**3.",
}
"""What to write after an operator that nothing follows."""


def syntax_error(error: SyntaxError, text: str) -> ProgramSyntaxError:
    """The ProgramSyntaxError for what Python's parser said about ``text`` (whose lines end in \\n)."""
    lines = text.split("\n")
    said = error.msg or "invalid syntax"
    line = min(max(1, error.lineno or 1), len(lines))
    # Python counts characters here, from 1; 0 or None mean that it does not know.
    column = min(max(1, error.offset or 1), len(lines[line - 1]) + 1)
    if isinstance(error, IndentationError):
        column = len(lines[line - 1]) - len(lines[line - 1].lstrip(" \t\f")) + 1
    end_line = min(max(line, error.end_lineno or line), len(lines))
    end_column = error.end_offset or 0
    if end_line == line and end_column <= column:
        end_column = column + 1
    message, hint = "this is not valid Python", "Check the line for a missing bracket, operator or comma."
    if said == "invalid syntax" and pointed_twice(lines[line - 1], column):
        said = "a number with two points"
    for pattern, sentence, advice in _KNOWN:
        found = re.search(pattern, said)
        if found:
            message, hint = sentence.format(*found.groups()), advice
            break
    else:
        before = re.search(r"(\*\*|//|<<|>>|[-+*/@%=<>])\s*$", lines[line - 1][: column - 1])
        if said != "invalid syntax":
            message = f"this is not valid Python: {said}"
        elif before is not None:
            message, hint = f"a value is missing after {before[1]}", _MISSING.get(before[1], "Write a number or a name there.")
    fix = completed(text, said, line, column)
    return ProgramSyntaxError(
        message, hint=hint, fix=fix, line=line, column=column, end_line=end_line, end_column=max(1, end_column)
    )


def did_you_mean(name: str, known: frozenset[str] | set[str], prefix: str = "") -> str:
    """``Did you mean …?`` for the closest of ``known``, or an empty string."""
    close = closest(name, known)
    return f"Did you mean {prefix}{close}?" if close else ""


def closest(name: str, known: frozenset[str] | set[str]) -> str:
    """The one of ``known`` that is written most like ``name``, or an empty string."""
    if len(name) > 60:
        return ""
    if name.lower() in known:
        return name.lower()  # ``Sin``, ``Sum``
    begun = [item for item in known if item.startswith(f"{name}_")]
    if len(begun) == 1 and len(name) > 2:
        return begun[0]  # ``mse`` for ``mse_loss``
    likely = get_close_matches(name, sorted(known), n=3, cutoff=0.7)
    return next((item for item in likely if _slips(name, item) <= max(1, len(name) // 3)), "")


def _slips(name: str, meant: str) -> int:
    """How many letters were left out, added or mistaken, or changed places with the next one, where ``meant`` was meant."""
    before: list[int] = []
    row: list[int] = [*range(len(meant) + 1)]
    for at, letter in enumerate(name, 1):
        earlier: list[int] = before
        before, row = row, [at]
        for other, wanted in enumerate(meant, 1):
            least = min(before[other] + 1, row[-1] + 1, before[other - 1] + (letter != wanted))
            if at > 1 and other > 1 and letter == meant[other - 2] and name[at - 2] == wanted:
                least = min(least, earlier[other - 2] + 1)
            row.append(least)
    return row[-1]


def shorten(name: str) -> str:
    """A name short enough for a sentence."""
    return name if len(name) <= 40 else name[:37] + "…"

"""What completes a text that Python cannot read: offered only where the whole text can be read with it."""

from __future__ import annotations

import ast
import re

from engine.runtime.quiet import quiet_warnings
from engine.text.fix import Fix

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_TYPED = {
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u00d7": "*",
    "\u00b7": "*",
    "\u22c5": "*",
    "\u00f7": "/",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\uff0c": ",",
    "\uff08": "(",
    "\uff09": ")",
    "\uff1a": ":",
    "\uff1d": "=",
    "\u00b2": "**2",
    "\u00b3": "**3",
    "\u00a0": " ",
    "\u3000": " ",
    "\u200b": "",
}
"""What is meant by characters that other programs write for those of Python."""


_TWO_POINTS = re.compile(r"(?<![\w.])(\d+\.\d*)(\.\d*)(?!\w)")


def pointed_twice(line: str, column: int) -> re.Match[str] | None:
    """The number with two points, ``5.25.``, that stands at this column of the line, or right before it."""
    return next((part for part in _TWO_POINTS.finditer(line) if part.start() < column <= part.end() + 1), None)


def completed(text: str, said: str, line: int, column: int) -> Fix | None:
    """The change that mends what Python ``said`` about ``text`` at that place; None where none is known that does."""
    lines = text.split("\n")
    whole = lines[line - 1]
    for fix in _candidates(lines, whole, said, line, column):
        try:
            with quiet_warnings():
                ast.parse(fix.apply(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return fix
    return None


def _candidates(lines: list[str], whole: str, said: str, line: int, column: int) -> list[Fix]:
    code = whole.split("#")[0].rstrip()
    end = len(code) + 1

    def put(label: str, at: int, before: str, after: str) -> Fix:
        return Fix(label, line, at, line, at + len(before), before, after)

    if found := re.search(r"'(.)' was never closed", said):
        sign = _PAIRS.get(found[1], "")
        return [put(f"Write {sign} at the end of the line", end, "", sign)] if sign else []
    if found := re.search(r"unmatched '(.)'", said):
        return [put(f"Remove {found[1]}", column, found[1], "")]
    if found := re.search(r"closing parenthesis '(.)' does not match opening parenthesis '(.)'", said):
        return [put(f"Write {_PAIRS[found[2]]}", column, found[1], _PAIRS[found[2]])]
    if re.search(r"invalid (?:non-printable )?character", said) and any(char in _TYPED for char in whole):
        typed = "".join(_TYPED.get(char, char) for char in whole)
        return [put(f"Write {typed.strip()}" if len(typed.strip()) < 28 else "Write the signs of Python", 1, whole, typed)]
    if "unindent does not match" in said or "inconsistent use of tabs" in said:
        spaces = whole[: len(whole) - len(whole.lstrip())]
        above = [item for item in lines[: line - 1] if item.strip()]
        indents = [item[: len(item) - len(item.lstrip())] for item in reversed(above)]
        # As deep as a line above; the nearest depth first.
        indents.sort(key=lambda item: abs(len(item.expandtabs(4)) - len(spaces.expandtabs(4))))
        return [put("Indent it like the lines above", 1, spaces, item) for item in dict.fromkeys(indents)]
    if "unexpected indent" in said:
        spaces = whole[: len(whole) - len(whole.lstrip())]
        return [put("Remove the spaces", 1, spaces, "")]
    if "expected an indented block" in said and whole.strip():
        return [put("Indent this line", 1, "", "    ")]
    if "expected ':'" in said:
        return [put("Write : at the end of the line", end, "", ":")]
    if found := re.search(r"unterminated string literal", said):
        quote = whole[column - 1 : column]
        return (
            [
                put(f"Write {quote} at the end of the line", len(whole.rstrip()) + 1, "", quote),
                *([put(f"Write {quote} before the last bracket", len(code), "", quote)] if code.endswith(")") else []),
            ]
            if quote in "'\""
            else []
        )
    if "Missing parentheses in call to 'print'" in said:
        called = re.match(r"(\s*)print\s+(.*)$", code)
        return (
            []
            if called is None
            else [
                put(
                    f"Write print({called[2]})" if len(called[2]) < 24 else "Write print(…)",
                    len(called[1]) + 1,
                    code[len(called[1]) :],
                    f"print({called[2]})",
                )
            ]
        )
    if "invalid decimal literal" in said:
        number = next((part for part in re.finditer(r"(?<![\w.])(\d+\.?\d*)([^\W\d]\w*)", whole) if part.end() >= column), None)
        if number is not None:
            return [put(f"Write {number[1]} * {number[2]}", number.start() + 1, number[0], f"{number[1]} * {number[2]}")]
    if "two points" in said and (number := pointed_twice(whole, column)) is not None:
        kept = number[1] + number[2][1:]
        return [put(f"Write {kept}", number.start() + 1, number[0], kept)]
    if "forgot a comma" in said:
        # Only before a keyword argument: elsewhere an operator may be missing.
        gap = next(
            (part for part in re.finditer(r"(?<=[\w)\].])(\s+)(?=[^\W\d]\w*\s*=[^=])", whole) if part.start() >= column - 1), None
        )
        return [] if gap is None else [put("Write the comma", gap.start() + 1, gap[0], f",{gap[0]}")]
    if "positional argument follows keyword" in said:
        found = re.search(r"(?<==)\s*(\d+),(\d+)\b", whole)
        return (
            []
            if found is None
            else [put(f"Write {found[1]}.{found[2]}", found.start(1) + 1, f"{found[1]},{found[2]}", f"{found[1]}.{found[2]}")]
        )
    if "leading zeros" in said:
        zeros = re.compile(r"0+(?=\d)").match(whole, max(0, column - 1))
        return [] if zeros is None else [put("Remove the zeros", zeros.start() + 1, zeros[0], "")]
    return []

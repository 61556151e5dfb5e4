"""What completes a text that Python cannot read: offered only where the whole text can be read with it."""

from __future__ import annotations

import ast
import re

from engine.checker.quiet import quiet_warnings
from engine.errors import Fix

_PAIRS = {"(": ")", "[": "]"}


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
    if "unexpected indent" in said:
        spaces = whole[: len(whole) - len(whole.lstrip())]
        return [put("Remove the spaces", 1, spaces, "")]
    if "expected an indented block" in said and whole.strip():
        return [put("Indent this line", 1, "", "    ")]
    if "expected ':'" in said:
        return [put("Write : at the end of the line", end, "", ":")]
    if found := re.search(r"unterminated string literal", said):
        quote = whole[column - 1 : column]
        return [put(f"Write {quote} at the end of the line", len(whole.rstrip()) + 1, "", quote), *(
            [put(f"Write {quote} before the last bracket", len(code), "", quote)] if code.endswith(")") else []
        )] if quote in "'\"" else []  # fmt: skip
    if "Missing parentheses in call to 'print'" in said:
        called = re.match(r"(\s*)print\s+(.*)$", code)
        return [] if called is None else [
            put(f"Write print({called[2]})" if len(called[2]) < 24 else "Write print(…)", len(called[1]) + 1,
                code[len(called[1]) :], f"print({called[2]})")
        ]  # fmt: skip
    if "invalid decimal literal" in said:
        number = next((part for part in re.finditer(r"(?<![\w.])(\d+\.?\d*)([^\W\d]\w*)", whole) if part.end() >= column), None)
        if number is not None:
            return [put(f"Write {number[1]} * {number[2]}", number.start() + 1, number[0], f"{number[1]} * {number[2]}")]
    if "leading zeros" in said:
        zeros = re.compile(r"0+(?=\d)").match(whole, max(0, column - 1))
        return [] if zeros is None else [put("Remove the zeros", zeros.start() + 1, zeros[0], "")]
    return []

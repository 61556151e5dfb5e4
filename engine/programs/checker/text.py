"""The text as characters: what is measured and refused before Python's own parser sees it.

CPython's parser and compiler are recursive in C; a page of ``(`` or ten thousand ``-`` must never reach them.
"""

from __future__ import annotations

import ast
import re

from engine.errors import Fix, ForbiddenError, ImportRefusedError, ProgramSyntaxError, TooLargeError
from engine.programs.limits import Limits

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<string>(?P<prefix>\b[A-Za-z]{1,2})?(?P<body>
        \"\"\"(?:[^\\"]|\\.|"(?!""))*\"\"\" | '''(?:[^\\']|\\.|'(?!''))*'''
      | "(?!"")(?:[^\\"\n]|\\.)*" | '(?!'')(?:[^\\'\n]|\\.)*' | ""(?!") | ''(?!')))
  | (?P<broken>\"\"\"|'''|"|')
  | (?P<number>0[xXoObB]\w* | (?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)
  | (?P<name>[^\W\d]\w*)
  | (?P<continued>\\\n)
  | (?P<newline>\n)
  | (?P<space>[ \t\f]+)
  | (?P<operator>\*\*=?|//=?|<<=?|>>=?|->|:=|[-+*/%@&|^<>=!]=|[-+*/%@&|^<>=~.!])
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_WORDS: dict[str, tuple[str, str]] = {
    "def": ("functions (def) cannot be defined in a program", "Write the steps one below the other."),
    "class": ("classes cannot be defined in a program", "Write the steps one below the other."),
    "lambda": ("lambda cannot be used in a program", "Write the expression where it is needed."),
    "if": ("if cannot be used in a program", "Use torch.where(condition, x, y)."),
    "elif": ("elif cannot be used in a program", "Use torch.where(condition, x, y)."),
    "else": ("else cannot be used in a program", "Use torch.where(condition, x, y)."),
    "while": ("while cannot be used in a program", "Use for i in range(n):."),
    "break": ("break cannot be used in a program", "Use for i in range(n): with the n you want."),
    "continue": ("continue cannot be used in a program", "Use for i in range(n): with the n you want."),
    "try": ("try cannot be used in a program", "Errors are shown at the line where they happen."),
    "except": ("except cannot be used in a program", "Errors are shown at the line where they happen."),
    "finally": ("finally cannot be used in a program", "Errors are shown at the line where they happen."),
    "raise": ("raise cannot be used in a program", "Remove it."),
    "assert": ("assert cannot be used in a program", "Use print(…) to show a value."),
    "return": ("return cannot be used in a program", "Assign the result to a name."),
    "yield": ("yield cannot be used in a program", "Assign the result to a name."),
    "del": ("del cannot be used in a program", "Set the name again instead, or use x.grad = None."),
    "global": ("global cannot be used in a program", "All names of a program are global already."),
    "nonlocal": ("nonlocal cannot be used in a program", "All names of a program are global already."),
    "async": ("async cannot be used in a program", "Use for i in range(n):."),
    "await": ("await cannot be used in a program", "Call the function directly."),
    "from": ("from … import cannot be used in a program", "torch, F, tensor and make_regression are there already."),
}
_CHAINING_WORDS = frozenset({"and", "or", "not", "in", "is"})
_ENDS_CHAIN = frozenset({",", ";", ":"})


def clean_text(text: str, limits: Limits) -> str:
    """The text as it will run: line ends as \\n and no byte order mark. Raises TooLargeError and ProgramSyntaxError."""
    if len(text) > limits.bytes:
        raise _too_long(text, limits)
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        line, column = _where(text, error.start)
        raise ProgramSyntaxError(
            "the text holds half of a character (a lone surrogate)",
            hint="Delete this character.",
            line=line,
            column=column,
            end_column=column + 1,
        ) from None
    if size > limits.bytes:
        raise _too_long(text, limits)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    zero = text.find("\0")
    if zero >= 0:
        line, column = _where(text, zero)
        raise ProgramSyntaxError(
            "the text holds a null character",
            hint="Delete this character.",
            line=line,
            column=column,
            end_column=column + 1,
            fix=Fix("Delete it", line, column, line, column + 1, "\0", ""),
        )
    lines = text.count("\n") + (not text.endswith("\n"))
    if lines > limits.lines:
        raise TooLargeError(
            f"the program has {lines:,} lines; {limits.lines:,} are allowed",
            hint="Use for i in range(n): for steps that repeat.",
            line=limits.lines + 1,
        )
    return text


def measure_text(text: str, limits: Limits) -> None:
    """Refuse what is nested or chained too deeply, and words and brackets that no program may use, in one linear pass."""
    chains = [0]  # one count for each open bracket, then the statement's own
    total = 0
    line, line_start = 1, 0
    before = ""
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        part = token.group()
        column = token.start() - line_start + 1
        if kind in ("comment", "space"):
            continue
        if kind == "name":
            if part in _WORDS and before != ".":
                message, hint = _WORDS[part]
                refused = ImportRefusedError if part == "from" else ForbiddenError
                whole = text[line_start:].split("\n", 1)[0]
                fix = _without_line(whole, line) if part == "from" and text.count("\n", line_start) else None
                raise refused(message, hint=hint, fix=fix, line=line, column=column, end_column=column + len(part))
            if part in _CHAINING_WORDS:
                chains[-1] += 1
                total += 1
        elif kind == "string":
            _string(token, line, column)
        elif kind == "broken":
            whole = text[line_start:].split("\n", 1)[0].rstrip()
            raise ProgramSyntaxError(
                "this quoted text never ends",
                hint=f"Close it with {part}.",
                fix=Fix(f"Write {part}", line, at := len(whole) + (not whole.endswith(")")), line, at, "", part),
                line=line,
                column=column,
                end_column=column + len(part),
            )
        elif kind == "newline":
            if len(chains) == 1:
                total -= chains[0]
                chains[0] = 0
        elif kind == "operator":
            if part == ":=":
                raise ForbiddenError(
                    "the walrus := cannot be used in a program",
                    hint="Set the name on a line of its own with =.",
                    line=line,
                    column=column,
                    end_column=column + 2,
                )
            chains[-1] += 1
            total += 1
        elif kind == "open":
            if part == "{":
                raise ForbiddenError(
                    "dictionaries and sets cannot be used in a program",
                    hint="Use a list [ ] or a name for each value.",
                    line=line,
                    column=column,
                    end_column=column + 1,
                )
            chains[-1] += 1
            total += 1
            chains.append(0)
            if len(chains) - 1 > limits.nesting:
                raise TooLargeError(
                    f"brackets are nested more than {limits.nesting} deep, the nesting allowed",
                    hint="Give the inner part a name on a line of its own.",
                    line=line,
                    column=column,
                    end_column=column + 1,
                )
        elif kind == "close":
            if len(chains) > 1:
                total -= chains.pop()
        elif part in _ENDS_CHAIN:
            total -= chains[-1]
            chains[-1] = 0
        if total > limits.chain:
            raise TooLargeError(
                f"this expression is nested or chained more than {limits.chain} operations deep, the nesting allowed",
                hint="Split it into several lines.",
                line=line,
                column=column,
                end_column=column + len(part),
            )
        breaks = part.count("\n")
        if breaks:
            line += breaks
            line_start = token.start() + part.rindex("\n") + 1
        before = part


def _as_values(token: re.Match[str], line: int, column: int) -> Fix | None:
    """``f"y is {y}"`` given to a function as ``"y is", y``; None if it stands elsewhere, or is not in one line."""
    whole, before = token.group(), token.string[: token.start()].rstrip()
    if "\n" in whole or not before.endswith(("(", ",")):
        return None
    try:
        found = ast.parse(whole, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    parts = []
    for part in found.values if isinstance(found, ast.JoinedStr) else ():
        if isinstance(part, ast.FormattedValue):
            parts.append(ast.unparse(part.value))
        elif isinstance(part, ast.Constant) and str(part.value).strip():
            parts.append('"' + str(part.value).strip().replace("\\", "\\\\").replace('"', "'").replace("\n", " ") + '"')
    values = ", ".join(parts)
    label = "Write the values" if len(values) > 28 else f"Write {values}"
    return Fix(label, line, column, line, column + len(whole), whole, values)


def _string(token: re.Match[str], line: int, column: int) -> None:
    prefix = (token.group("prefix") or "").lower()
    if "f" in prefix or "t" in prefix:
        fix = _as_values(token, line, column)
        message, hint = "f-strings cannot be used in a program", 'print takes several values: print("y is", y).'
    elif "b" in prefix:
        message, hint = "bytes cannot be used in a program", "Leave out the b before the quote."
        fix = Fix("Leave out the b", line, column, line, column + len(prefix), prefix, prefix.replace("b", ""))
    else:
        return
    raise ForbiddenError(message, hint=hint, fix=fix, line=line, column=column, end_column=column + len(prefix) + 1)


def _without_line(whole: str, line: int) -> Fix | None:
    """Without an import that stands alone on its line and ends there."""
    alone = whole.lstrip().startswith("from") and whole[-1:] not in ("\\", "(") and whole.count("(") == whole.count(")")
    return Fix("Remove this line", line, 1, line + 1, 1, f"{whole}\n", "") if alone and ";" not in whole else None


def _where(text: str, index: int) -> tuple[int, int]:
    head = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return head.count("\n") + 1, len(head) - (head.rfind("\n") + 1) + 1


def _too_long(text: str, limits: Limits) -> TooLargeError:
    size = len(text.encode("utf-8", "replace"))
    return TooLargeError(
        f"the program is {size:,} bytes long; {limits.bytes:,} are allowed", hint="Use for i in range(n): for steps that repeat."
    )

"""What an error says, in bounded length, whatever its class does when it is asked."""

from __future__ import annotations

LONGEST = 2_000
"""Characters of an error that a recording keeps: more would be a file that nobody can open."""


LONGEST_CALLED = 1_000
"""Characters of a name that the recorder keeps; a file may hold four times as many."""


def cut(text: str, longest: int = LONGEST) -> str:
    """``text``, or its beginning and its end with the number of characters that were left out between them."""
    if len(text) <= longest:
        return text
    begin, end = longest * 3 // 4, longest // 4
    return f"{text[:begin]} … ({len(text) - begin - end:,} characters) … {text[-end:]}"


def called(name: str) -> str:
    """``name``, no longer than a recording can hold and a view can show: a script may make names of any length."""
    return name if len(name) <= LONGEST_CALLED else cut(name, LONGEST_CALLED)


def shown(value: object, longest: int) -> str:
    """What ``repr(value)`` gives, in bounded length; its type where that fails, as of an integer of more than 4,300 digits."""
    try:
        return cut(repr(value), longest)
    except Exception:
        return f"one of type {called(type(value).__name__)}, too long to be written out"


def said(error: BaseException) -> str:
    """``ValueError: what it says``; only the name of the class if that is all."""
    name = called(type(error).__name__)
    text = words(error)
    return f"{name}: {text}" if text else name


def words(error: BaseException) -> str:
    """What ``str(error)`` gives; empty if that fails: it may be the user's code."""
    try:
        return cut(str(error))
    except BaseException:  # its own __str__ may raise anything, as Python's traceback bears too
        return ""


def exit_status(error: SystemExit) -> int | None:
    """What Python makes of ``sys.exit(…)``: the status, from 0 to 255; None where it prints the object, and the status is 1."""
    code: object
    try:
        code = error.code
    except BaseException:  # a property of the script's own class
        code = error
    if code is None:
        return 0
    if not issubclass(type(code), int):  # isinstance would ask an odd object for its __class__
        return None
    number = int.__index__(code)  # type: ignore[arg-type]
    return number & 0xFF if -(2**63) <= number < 2**63 else 0xFF


def ended_well(error: BaseException) -> bool:
    """Whether it only left the code, with status 0."""
    return isinstance(error, SystemExit) and exit_status(error) == 0

"""Functions whose frames Python does not list: as if what they call were called by their callers.

Python takes a frame for one that has not begun until it has executed the instruction ``RESUME``, and passes over it wherever it
looks at the stack: in tracebacks, in warnings, and where a frame is asked for the one around it. In the code of these functions
there is none. What it would do besides is to look for signals, which is done after the next call; and a debugger or a profiler is
told of a function there.
"""

from __future__ import annotations

import opcode
from collections.abc import Callable
from types import CodeType
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])
_WORD = 2
"""Bytes of an instruction."""
_NOTHING = bytes((opcode.opmap["NOP"], 0))
_BEGIN = opcode.opmap.get("RESUME")


def unlisted(function: _Function) -> _Function:
    """``function``, whose frames are not listed from now on."""
    function.__code__ = without_beginning(function.__code__)
    return function


def without_beginning(code: CodeType) -> CodeType:
    """``code`` without the instruction by which it says that it has begun."""
    text = code.co_code
    for at in range(0, len(text), _WORD):
        if text[at] == _BEGIN:
            return code.replace(co_code=text[:at] + _NOTHING + text[at + _WORD :])
    return code

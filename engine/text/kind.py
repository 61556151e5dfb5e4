"""What kind of text it is: a program for the window, how long that may be, or a script that Python runs without us."""

from __future__ import annotations

import re

LONGEST = 100_000
"""Bytes of a program's text in UTF-8."""


def looks_like_a_script(text: str) -> bool:
    """Whether ``text`` imports torch itself, as a script must that Python runs without us."""
    return re.search(r"^\s*(?:import|from)\s+torch\b", text, re.MULTILINE) is not None

"""What kind of text it is: a program for the window, or a script that Python runs without us."""

from __future__ import annotations

import re


def looks_like_a_script(text: str) -> bool:
    """Whether ``text`` imports torch itself, as a script must that Python runs without us."""
    return re.search(r"^\s*(?:import|from)\s+torch\b", text, re.MULTILINE) is not None

"""What kind of text it is: a program for the window, how long that may be, or a script that Python runs without us."""

from __future__ import annotations

import ast
import re

LONGEST = 100_000
"""Bytes of a program's text in UTF-8."""


def looks_like_a_script(text: str) -> bool:
    """Whether ``text`` imports torch itself, as a script must that Python runs without us."""
    return re.search(r"^\s*(?:import|from)\s+torch\b", text, re.MULTILINE) is not None


_IMPORTS = {
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "tensor": "from torch import tensor",
}
"""What a program finds there, and a script has to import."""


def missing_imports(text: str) -> tuple[int, str]:
    """The lines that ``text`` lacks to run as a script, and the character before which they belong; "" if it lacks none."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0, ""
    bound, used, line = set[str](), set[str](), 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                line = node.end_lineno or 0  # nothing may stand before these
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.arg)):
            bound.add(node.arg if isinstance(node, ast.arg) else node.name)
    lines = [said for name, said in _IMPORTS.items() if name in used - bound]
    at = sum(len(one) for one in text.splitlines(keepends=True)[:line])
    return at, "".join(f"{said}\n" for said in lines)

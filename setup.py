"""What ``pyproject.toml`` cannot say of the build: an installation has everything inside ``gradwalk``.

The folders and the file of ``INSIDE`` go into that package, and their imports of each other get its name: ``from engine.x import
y`` becomes ``from gradwalk.engine.x import y``, on the same line. ``docs/architecture.md`` says why.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

PACKAGE = "gradwalk"
FOLDERS = ("engine", "gui", "resources")
INSIDE = (*FOLDERS, "main")


def with_package(text: str, name: str) -> str:
    """The source ``text`` of the file ``name`` with the package's name in its imports of what is ``INSIDE``.

    Raises SyntaxError for ``import engine.x``, which binds another name once ``engine`` is within a package.
    """
    lines = text.split("\n")
    found = [node for node in ast.walk(ast.parse(text, name)) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        if isinstance(node, ast.ImportFrom):
            ours = not node.level and (node.module or "").partition(".")[0] in INSIDE
            old, new = f"from {node.module}", f"from {PACKAGE}.{node.module}"
        else:
            ours = any(alias.name.partition(".")[0] in INSIDE for alias in node.names)
            old, new = f"import {node.names[0].name}", f"from {PACKAGE} import {node.names[0].name}"
            if ours and (len(node.names) > 1 or "." in node.names[0].name):
                raise SyntaxError(f"{name}:{node.lineno}: write `from … import …`: this cannot be put into {PACKAGE}")
        if ours:
            line, at = lines[node.lineno - 1], node.col_offset
            if not line[at:].startswith(old) or line[:at].strip():
                raise SyntaxError(f"{name}:{node.lineno}: write each import of ours on a line of its own, as the formatter does")
            lines[node.lineno - 1] = line[:at] + new + line[at + len(old) :]
    return "\n".join(lines)


class InsidePackage(build_py):
    """Puts ``main.py`` into the package, too, and writes each module as ``with_package`` has it."""

    def find_modules(self) -> list[tuple[str, str, str]]:
        """The modules that belong to no folder that is a package: (package, module, file)."""
        return [*super().find_modules(), (PACKAGE, "main", "main.py")]

    def build_module(self, module: str, module_file: str, package: Any) -> tuple[Any, Any]:
        """Write one module; where to, and whether that was needed."""
        place, written = super().build_module(module, module_file, package)
        source = Path(module_file).read_bytes()
        Path(place).write_bytes(with_package(source.decode(), module_file).encode())
        return place, written


if __name__ == "__main__":
    inside = find_packages(include=[pattern for name in FOLDERS for pattern in (name, f"{name}.*")])
    setup(
        packages=[PACKAGE, *(f"{PACKAGE}.{name}" for name in inside)],
        package_dir={PACKAGE: PACKAGE, **{f"{PACKAGE}.{name}": name for name in FOLDERS}},
        cmdclass={"build_py": InsidePackage},
    )

"""The size of a bundle by part, as the table of docs/packaging.md.

python packaging/sizes.py FOLDER
"""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from pathlib import Path

PARTS = (
    ("PyTorch: libraries", ("torch/lib/*", "torch/_C*", "functorch/*.so")),
    ("PyTorch: Python source", ("torch/*", "torchgen/*", "functorch/*")),
    ("Qt and PySide6", ("PySide6/*", "shiboken6/*", "libpyside6*", "libshiboken6*")),
    ("SciPy", ("scipy/*", "scipy.libs/*")),
    ("NumPy", ("numpy/*", "numpy.libs/*")),
    ("scikit-learn", ("sklearn/*", "scikit_learn.libs/*")),
    ("Python byte code of everything", ("gradwalk", "gradwalk.exe", "gradwalk-console.exe")),
    ("Python: interpreter and standard library", ("libpython*", "python3*.dll", "Python", "base_library.zip", "lib-dynload/*")),
    (
        "Gradwalk's resources and licences",
        ("gradwalk/*", "for_other_pythons/*", "licences/*", "THIRD-PARTY*", "README.txt", "desktop/*", "install-*"),
    ),
    ("other Python packages", ("*.dist-info/*", "*/*")),
    ("system libraries", ("*.so*", "*.dll", "*.dylib")),
    ("other", ("*",)),
)
"""Name of each part and the patterns of its files; a file belongs to the first part that it fits."""


def by_part(folder: Path) -> dict[str, int]:
    """Bytes of each part of the bundle in ``folder``; links count nothing."""
    found = dict.fromkeys((name for name, _ in PARTS), 0)
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        place = path.relative_to(folder).as_posix().removeprefix("_internal/")
        found[next(name for name, patterns in PARTS if any(fnmatchcase(place, one) for one in patterns))] += path.stat().st_size
    return found


def table(folder: Path) -> tuple[str, int]:
    """The sizes as a table in Markdown, and their sum in bytes."""
    found = by_part(folder)
    total = sum(found.values())
    lines = ["| part | MB |", "|---|---:|"]
    lines += [f"| {name} | {size / 1e6:.1f} |" for name, size in sorted(found.items(), key=lambda item: -item[1]) if size]
    return "\n".join([*lines, f"| **together** | **{total / 1e6:.1f}** |"]), total


if __name__ == "__main__":
    print(table(Path(sys.argv[1]))[0])

"""Where the command ``gradwalk`` starts: takes the package from beside this file, whatever else the path has of its name.

Also in processes that the command starts: Python runs what starts the command in each of them, before anything else.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_HOME = Path(__file__).resolve().parent / "gradwalk" / "__init__.py"


def _take_package() -> None:
    known = getattr(sys.modules.get("gradwalk"), "__file__", None)
    if known is not None and Path(known).resolve() == _HOME:
        return
    spec = spec_from_file_location("gradwalk", _HOME)
    if spec is None or spec.loader is None:
        raise ImportError(f"{_HOME} is missing")
    package = sys.modules["gradwalk"] = module_from_spec(spec)
    spec.loader.exec_module(package)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (default: the process's own); the exit status."""
    from gradwalk.command import main as run

    return run(argv)


_take_package()

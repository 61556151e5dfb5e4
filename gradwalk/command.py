"""The command ``gradwalk``: runs this installation's own command line, whatever modules the folder or PYTHONPATH has."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (default: the process's own); the exit status."""
    return int(import_module("gradwalk.main").main(argv))

"""Programs are read here before they run: syntax, names and sizes against allow-lists. No torch."""

from engine.programs.checker.check import CheckedProgram, check_program

__all__ = ["CheckedProgram", "check_program"]

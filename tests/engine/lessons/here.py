"""Programs of lessons, run in the test's own process."""

from __future__ import annotations

from typing import Any

from engine.errors import ProgramError
from engine.lessons.play.worlds import World, with_values
from engine.programs.here import run_here
from engine.programs.limits import Limits


class Here(World):
    """Runs programs in the test's own process."""

    def outcome(self, values: Any = None) -> Any:
        text = with_values(self.program, values) if values else self.program
        if text not in self._recorded:
            try:
                self._recorded[text] = run_here(text, limits=Limits(seconds=60))
            except ProgramError as error:
                self._recorded[text] = error
        return self._recorded[text]

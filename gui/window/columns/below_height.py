"""How high what stands below the plots is: as its runs take, as the user left it, as a question needs, or folded to its head."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.look.style import control_height
from gui.look.theme import ThemeManager
from gui.session.runs import Runs
from gui.session.settings import Settings

if TYPE_CHECKING:
    from gui.panels.runs.panel import RunsPanel

FOLDED, HEIGHT = "training/below_folded", "training/below_height"
"""The settings that remember whether the user has folded it, and the height that the user gave it; 0: none."""
HEAD = 40
WHOLE = 208
"""Px at 100 % from the second run on, in which the bars of a few runs have room, too."""
EMPTY = 84
"""Px at 100 % below the head before the panel of runs is there: as much as it takes with one run."""


class BelowHeight(QObject):
    """Asks ``panel`` for the panel of runs, if it is there.

    Signals
    -------
    changed()
        Another height is wanted, or it was folded or unfolded.
    """

    changed = Signal()

    def __init__(
        self, panel: Callable[[], RunsPanel | None], runs: Runs, theme: ThemeManager, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._panel, self._runs, self._theme, self._settings = panel, runs, theme, settings
        self._chosen = int(settings.value(HEIGHT))
        self._folded = bool(settings.value(FOLDED))

    def save(self) -> None:
        """Remember what the user gave it."""
        self._settings.set_value(HEIGHT, self._chosen)

    @property
    def folded(self) -> bool:
        """Whether the user has folded it."""
        return self._folded

    def fold(self, folded: bool) -> None:
        """Fold it to its head, or unfold it, from now on."""
        if folded != self._folded:
            self._folded = folded
            self._settings.set_value(FOLDED, folded)
            self.changed.emit()

    def choose(self, height: int) -> None:
        """The user has given it so many px."""
        self._chosen = height

    @property
    def line(self) -> int:
        """Px of its head alone."""
        return control_height(HEAD, self._theme.scale)

    @property
    def least(self) -> int:
        """Px in which it can be used."""
        panel = self._panel()
        return self.line + (control_height(EMPTY, self._theme.scale) if panel is None else panel.height_in(whole=False))

    @property
    def wanted(self) -> int:
        """Px that the user has given it; until then what its runs take. A question may take more."""
        panel = self._panel()
        if panel is None:
            return max(self._chosen, self.least)
        own = self.line + panel.height_in(whole=True)
        if not panel.table.dense and not panel.pages.asks and len(self._runs.rows) > 1:
            own = max(own, control_height(WHOLE, self._theme.scale))
        return max(self._chosen or own, own if panel.pages.asks else self.least)

    @property
    def asks(self) -> bool:
        """Whether something is asked in the place of the table."""
        panel = self._panel()
        return panel is not None and panel.pages.asks

    @property
    def may_yield(self) -> bool:
        """Whether there is nothing to compare yet, so that graph and plots come first."""
        return not self._chosen and not self.asks and len(self._runs.trained) < 2

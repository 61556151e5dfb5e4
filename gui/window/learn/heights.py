"""How wide the lesson is and how high what stands beside it: where the user moved the borders, they stay."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QSplitter

from gui.session.settings import Settings


class Heights(QObject):
    """Remembers the borders of ``columns`` and ``rows``; ``parts`` names what the rows consist of now, each with its own."""

    def __init__(
        self, settings: Settings, columns: QSplitter, rows: QSplitter, width: int, parts: Callable[[], str], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._settings, self._columns, self._rows, self._parts = settings, columns, rows, parts
        columns.setSizes([settings.value("learn/width") or width, 1000])
        for splitter in (columns, rows):
            splitter.splitterMoved.connect(self._moved)

    def share(self, usual: list[int]) -> None:
        """Give the rows their kept heights, else the ``usual`` ones."""
        kept = self._kept().get(self._parts(), [])
        self._rows.setSizes(kept if len(kept) == len(usual) else usual)

    def _kept(self) -> dict[str, list[int]]:
        kept = {}
        for line in self._settings.value("learn/heights"):
            parts, _, sizes = line.partition("=")
            if all(size.isdecimal() for size in sizes.split(",")):
                kept[parts] = [int(size) for size in sizes.split(",")]
        return kept

    @Slot()
    def _moved(self) -> None:
        kept = self._kept() | {self._parts(): self._rows.sizes()}
        self._settings.set_value("learn/heights", [f"{parts}={','.join(map(str, sizes))}" for parts, sizes in kept.items()])
        self._settings.set_value("learn/width", self._columns.sizes()[0])

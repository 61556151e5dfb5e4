"""What fills the window below the toolbar: the workbench of Explore and Train, or a page that is made when it is first shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

WORK = "work"


class Pages(QStackedWidget):
    """Pages by name; the workbench is ``work``, and is there from the start.

    Signals
    -------
    shown(str name)
        Another page is shown.
    """

    shown = Signal(str)

    def __init__(self, work: QWidget) -> None:
        super().__init__()
        self.name = WORK
        """Of the page that is shown."""
        self._makes: dict[str, Callable[[], QWidget]] = {}
        self._made: dict[str, QWidget] = {WORK: work}
        self.addWidget(work)

    def add(self, name: str, make: Callable[[], QWidget]) -> None:
        """There is a page ``name``, which ``make`` makes when it is shown first."""
        self._makes[name] = make

    def made(self, name: str) -> QWidget | None:
        """The page ``name``, if it was made."""
        return self._made.get(name)

    def show_page(self, name: str) -> QWidget:
        """Show the page ``name``. Raises KeyError if there is none."""
        page = self._made.get(name)
        if page is None:
            page = self._made[name] = self._makes[name]()
            self.addWidget(page)
        if self.currentWidget() is not page:
            self.name = name
            self.setCurrentWidget(page)
            self.shown.emit(name)
        return page

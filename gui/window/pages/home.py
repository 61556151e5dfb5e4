"""Home in the window: it takes the place of columns and transport, and gives way to whatever is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.lessons.examples import GALLERY, TRAINING_FILE, by_file
from gui.documents.documents import Documents
from gui.look.theme import ThemeManager
from gui.session.session import Session
from gui.session.settings import Settings
from gui.window.pages.pages import Pages

if TYPE_CHECKING:
    from gui.panels.home.panel import HomePanel
    from gui.panels.home.said import Progress

HOME = "home"
USED = "hint/home"
"""The setting that knows whether Home was looked at once."""


class HomePlace(QObject):
    """Shows and leaves Home. Its panel is made, and lessons are read, when it is shown first.

    It is one of ``pages``, and gives way to the one that was shown before. ``act`` does one of the window's actions, by its id;
    ``keys`` are their keys.

    Signals
    -------
    lesson_wanted(str name), lesson_file_wanted(), writing_wanted()
        What was chosen among the lessons.
    all_recent_wanted(QPoint)
        The list of all recent files is wanted there, on the screen.
    """

    lesson_wanted = Signal(str)
    lesson_file_wanted = Signal()
    writing_wanted = Signal()
    all_recent_wanted = Signal(QPoint)

    def __init__(
        self,
        pages: Pages,
        session: Session,
        documents: Documents,
        settings: Settings,
        theme: ThemeManager,
        keys: Mapping[str, str],
        act: Callable[[str], object],
        progress: Callable[[], Progress],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._documents, self._settings, self._theme = session, documents, settings, theme
        self._keys, self._act = keys, act
        self._pages, self._before = pages, pages.name
        pages.add(HOME, self._make)
        self.panel: HomePanel | None = None
        self.progress = progress
        """Says how far each lesson is."""
        for signal in (session.text_replaced, session.opened_changed, session.mode_changed):
            signal.connect(self.leave)
        for wanted in (documents.table_wanted, documents.runs_wanted):
            wanted.connect(self.leave)
        documents.recent_changed.connect(self._list_recent)

    @property
    def shown(self) -> bool:
        """Whether it fills the window."""
        return self._pages.name == HOME

    @Slot()
    def toggle(self) -> None:
        """Show Home, or go back from there."""
        if self.shown:
            self.leave()
        else:
            self.show()

    def show(self) -> None:
        """Show Home in place of what is open."""
        from engine.lessons.shipped import shipped_lessons  # with what reads them: not before somebody looks for lessons

        if not self.shown:
            self._before = self._pages.name
        self._pages.show_page(HOME)
        assert self.panel is not None
        self.panel.show_lessons(shipped_lessons(), self.progress())
        self.panel.set_back(self._open_now())
        self._list_recent()
        self._settings.set_value(USED, "used")
        self.panel.begin()

    @Slot()
    def leave(self) -> None:
        """Show what is open again."""
        if self.shown:
            self._pages.show_page(self._before)

    def _make(self) -> QWidget:
        from gui.panels.home.panel import HomePanel

        panel = self.panel = HomePanel(GALLERY, self._keys, self._theme)
        panel.lesson_wanted.connect(self.lesson_wanted)
        panel.lesson_file_wanted.connect(self.lesson_file_wanted)
        panel.writing_wanted.connect(self.writing_wanted)
        panel.offers.example_wanted.connect(self._open_example)
        panel.offers.action_wanted.connect(self._do)
        panel.offers.recent_wanted.connect(self._open)
        panel.offers.forget_wanted.connect(self._documents.forget)
        panel.offers.all_recent_wanted.connect(self._list_all)
        return panel

    def _open_now(self) -> str:
        subject = self._session.subject
        if subject.opened is not None:
            return subject.opened.name
        return TRAINING_FILE if subject.has_epochs else self._documents.name

    @Slot()
    def _list_recent(self) -> None:
        if self.panel is None or not self.shown:
            return
        from gui.documents.recent import recent_files
        from gui.panels.home.offers import MOST_RECENT

        subject, path = self._session.subject, self._documents.path
        now = subject.opened.path if subject.opened is not None else str(path) if subject.editable and path else ""
        days = self._settings.value("recent_days")
        self.panel.show_recent(recent_files(self._documents, days, date.today(), MOST_RECENT, now))

    @Slot(str)
    def _open_example(self, file: str) -> None:
        example = by_file(file)
        if example.trains:
            self._session.run.set_config(example.config)
            self._session.set_mode("train")
            self.leave()
        elif self._documents.choose_preset(file):
            self._session.set_mode("explore")
            self.leave()

    @Slot(str)
    def _do(self, action: str) -> None:
        self._act(action)

    @Slot(str)
    def _open(self, path: str) -> None:
        if path == (self._session.opened.path if self._session.opened is not None else str(self._documents.path or "")):
            self.leave()  # it is open already
        else:
            self._documents.open(path)

    @Slot()
    def _list_all(self) -> None:
        if self.panel is not None:
            link = self.panel.offers.all_recent
            self.all_recent_wanted.emit(link.mapToGlobal(link.rect().bottomLeft()))

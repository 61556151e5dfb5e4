"""Where programs and recordings were left, so that each opens there again, and which was open last."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from gui.session.session import Session
from gui.session.settings import Settings

MOST = 20
"""Files whose places, in time and in the graph, are kept."""
PRESET = "preset:"
"""How the name of a preset begins, where a file would have its path."""


class Places(QObject):
    """Follows the session's cursor. ``path`` below may also be ``preset:`` and a preset's file."""

    def __init__(self, session: Session, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._program: tuple[int, int] | None = None
        self._recording: tuple[str, int, int] | None = None
        session.cursor_changed.connect(self._follow)
        session.recording_changed.connect(self._follow)
        session.opened_changed.connect(self._opened_changed)
        session.saved_changed.connect(self._opened_changed)

    @Slot()
    def _follow(self) -> None:
        session = self._session
        recording = session.recording
        if recording is None or session.stale:
            return
        if session.subject.opened is not None:
            if session.subject.opened.path:
                self._recording = session.subject.opened.path, session.cursor, recording.end
        elif session.subject.editable and session.problem is None and recording.text == session.text:
            self._program = session.cursor, recording.end

    @Slot()
    def _opened_changed(self) -> None:
        opened = self._session.opened
        path = opened.path if opened is not None else ""
        self.leave_recording()
        self._settings.set_value("last/recording", path)

    def left_at(self, path: str) -> tuple[int, int] | None:
        """Cursor and end when ``path`` was left; None if that is not known."""
        for entry in self._settings.value("left_at"):
            cursor, end, name = (*entry.split(" ", 2), "", "")[:3]
            if name == path and cursor.isdecimal() and end.isdecimal():
                return int(cursor), int(end)
        return None

    def _keep(self, path: str, cursor: int, end: int) -> None:
        others = [entry for entry in self._settings.value("left_at") if entry.split(" ", 2)[2:] != [path]]
        self._settings.set_value("left_at", [f"{cursor} {end} {path}", *others][:MOST])

    def enter_program(self, path: str) -> None:
        """Another program is open now, from ``path``; empty for one that has no file."""
        self._program = None
        self.name_program(path)

    def name_program(self, path: str) -> None:
        """The program was saved at ``path``."""
        self._settings.set_value("last/program", path)

    def leave_program(self, path: str) -> None:
        """The program at ``path`` gives way to another one, or the window closes."""
        if path and self._program is not None:
            self._keep(path, *self._program)

    def leave_recording(self) -> None:
        """The opened recording gives way, or the window closes."""
        if self._recording is not None:
            self._keep(*self._recording)
            self._recording = None

    def last(self) -> tuple[str, str]:
        """What was open last: a program and a recording; either may be empty."""
        return str(self._settings.value("last/program")), str(self._settings.value("last/recording"))


def missing(path: str) -> bool:
    """Whether the file at ``path`` is no longer there."""
    try:
        return not Path(path).is_file()
    except (OSError, ValueError):
        return True

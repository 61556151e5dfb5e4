"""The strip that says that a recording from a file is shown, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.recording import Recording
from gui.look.style import control_height
from gui.look.theme import ThemeManager, ui_font
from gui.session.session import Session
from gui.widgets import Hairline, make_button
from gui.widgets.question import tell


def described(recording: Recording, ended: str = "") -> str:
    """What a recording is, in a few words; ``ended``: why its script stopped before its end, if the recording does not show
    that."""
    operations, passes = recording.end, len(recording.passes)
    parts = ["1 operation" if operations == 1 else f"{operations:,} operations"]
    if not passes:
        parts.append("no backward pass: the forward graph is shown")
    else:
        parts.append("1 backward pass" if passes == 1 else f"{passes:,} backward passes")
    if recording.failed:
        parts.append("it ended with an error")
    elif ended:
        parts.append(ended)
    if not recording.text:
        parts.append("its source text was not available")
    return " · ".join(parts)


class RecordedBar(QWidget):
    """Shown in Explore while the session shows a recording from a file.

    Signals
    -------
    again_wanted()
        Record the script once more.
    close_wanted()
        Back to the program.
    """

    again_wanted = Signal()
    close_wanted = Signal()

    def __init__(self, session: Session, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self.setAccessibleName("Shown recording")
        self._name = QLabel()
        self._what = QLabel()
        for label in (self._name, self._what):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._what.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.notes = make_button("Notes", theme, tooltip="Which Python ran the script, what could not be recorded, and why")
        self.again = make_button("Record again…", theme, tooltip="Run the script again and show the new recording")
        self.back = make_button(
            "Back to the program", theme, tooltip="Close this recording and go back to the program as you left it"
        )
        row = QHBoxLayout()
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(8)
        for widget in (self._name, self._what, self.notes, self.again, self.back):
            row.addWidget(widget, 1 if widget is self._what else 0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row)
        whole.addWidget(Hairline(theme))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.notes.clicked.connect(self.show_notes)
        self.again.clicked.connect(self.again_wanted)
        self.back.clicked.connect(self.close_wanted)
        session.opened_changed.connect(self.tell_opened)
        session.saved_changed.connect(self.tell_opened)
        session.mode_changed.connect(self.show_opened)
        theme.changed.connect(self.restyle)
        self.restyle()
        self.show_opened()

    @Slot()
    def show_opened(self) -> None:
        """Appear where a recording is shown, or hide: the window says when there is room."""
        self.setVisible(self._session.subject.recorded_elsewhere)

    @Slot()
    def tell_opened(self) -> None:
        """Say which recording is shown."""
        opened = self._session.opened
        if opened is None:
            return
        recording = opened.recording
        source = f"Recording of {recording.source}" if recording.source else f"Recording {opened.name}"
        self._name.setText(source)
        self._name.setToolTip(opened.path or opened.name)
        what = described(recording, opened.ended)
        what = what if opened.path else f"not saved · {what}"
        self._what.setText(what)
        self._what.setToolTip(what)
        self.notes.setVisible(bool(recording.notes))
        self.notes.setText(f"Notes ({len(recording.notes)})")
        self.again.setVisible(bool(recording.text and recording.source))

    @Slot()
    def show_notes(self) -> None:
        """Show all notes of the recording."""
        opened = self._session.opened
        if opened is not None:
            notes = "\n\n".join(f"• {note}" for note in opened.recording.notes)
            tell(self, self._theme, "About this recording", notes)

    @Slot()
    def restyle(self) -> None:
        """Take fonts and colours from the theme again."""
        scale = self._theme.scale
        self._name.setFont(ui_font(13 * scale, 600))
        self._what.setFont(ui_font(13 * scale))
        tint = self._what.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
        self._what.setPalette(tint)
        colors = self.palette()
        colors.setColor(QPalette.ColorRole.Window, self._theme.color("pending_tint"))
        self.setPalette(colors)
        self.setAutoFillBackground(True)
        self.setMinimumHeight(control_height(41, scale))

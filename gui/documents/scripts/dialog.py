"""Run ▸ Record script…: asks for a script, shows what it prints while it runs, and hands over what was recorded."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from gui.documents.scripts.form import ScriptForm
from gui.documents.scripts.python import Find, find_python
from gui.documents.scripts.watched import Start, WatchedScript, start_script
from gui.look.theme import ThemeManager, mono_font
from gui.widgets import lay_out_dialog, make_button
from gui.widgets.terminal import ScriptOutput

TRUST = "The script runs in a process of its own, with your rights. Record only scripts that you trust."
STOP = "Interrupt the script and keep what was recorded so far"


class ScriptDialog(QDialog):
    """Asks for a script and its arguments, runs it, and can stop it. It does not hold up the window behind it.

    Closing it while a script runs only hides it: the recording of an hour's training must not be lost to one key. Closing it
    while a Python is being asked whether it can run the script ends the asking.

    Signals
    -------
    begun()
        A script is about to run, as ``form`` says.
    changed()
        Something about ``script`` changed, or the dialog was shown or hidden.
    recorded(str path, str script, bool clean)
        Like that of ``script``; emitted again when the user wants the recording that was offered.
    """

    begun = Signal()
    changed = Signal()
    recorded = Signal(str, str, bool)

    def __init__(
        self, theme: ThemeManager, parent: QWidget | None = None, start: Start = start_script, find: Find = find_python
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.offered = ""
        """The recording that is not shown yet because another one had to stay."""
        self.script = WatchedScript(start, find, self)
        self.setWindowTitle("Record a script")
        self.resize(round(720 * theme.scale), round(480 * theme.scale))
        self.form = ScriptForm(theme)
        self.output = ScriptOutput()
        self.status = QLabel(TRUST)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.stop = make_button("Stop", theme, tooltip=STOP)
        self.stop.by_return = False  # pressed once more by who began with Return, it would end what has just begun
        self.record = make_button("Record", theme, "primary", tooltip="Run the script under the recorder")
        self.record.setDefault(True)
        self.show_it = make_button("Show recording", theme, tooltip="Show what was recorded instead of what is shown now")
        self.show_it.hide()
        self.shut = make_button("Close", theme)
        for button in (self.stop, self.show_it, self.shut):
            # Return always means the default button, whatever has the focus.
            button.setAutoDefault(False)
        self._compose()
        self.script.said.connect(self.say)
        self.script.printed.connect(self.output.write)
        self.script.changed.connect(self._show_state)
        self.script.recorded.connect(self.recorded)
        self.record.clicked.connect(self.begin)
        self.stop.clicked.connect(self.script.stop)
        self.show_it.clicked.connect(self._show_offered)
        self.shut.clicked.connect(self.close)
        self.form.path.textChanged.connect(self._show_state)
        theme.changed.connect(self.restyle)
        self.restyle()
        self._show_state()

    def _compose(self) -> None:
        middle = QVBoxLayout()
        middle.setContentsMargins(24, 0, 24, 12)
        middle.setSpacing(8)
        middle.addWidget(self.output, 1)
        middle.addWidget(self.status)
        lay_out_dialog(self, self._theme, [(self.form, 0), (middle, 1)], [self.show_it, self.shut, self.record], [self.stop])

    @property
    def busy(self) -> bool:
        """Whether a script runs, or waits for its Python."""
        return self.script.running or self.script.asking

    def set_script(self, path: str, note: str = "") -> None:
        """Suggest the script at ``path``, with a ``note`` on it; nothing runs yet."""
        if not self.busy:
            self.form.path.setText(path)
            self.say(note or TRUST)
            # Where another path can be typed, or Return pressed.
            self.form.path.setFocus()
            self.form.path.selectAll()

    @Slot(str)
    def say(self, text: str) -> None:
        """Tell ``text`` below the output."""
        self.status.setText(text)

    @Slot()
    def begin(self) -> None:
        """Run the script that is named."""
        if self.busy or not self.form.script:
            return
        try:
            arguments = self.form.words
        except ValueError as error:
            self.say(f"The arguments cannot be read: {error}.")
            return
        self.release()
        self.output.start_over()
        self.begun.emit()
        self.script.begin(self.form.script, arguments, *self.form.bounds, self.form.python.choice)
        self.output.setFocus()

    def release(self) -> None:
        """Close the run and remove its temporary file; end it if it still runs."""
        self.offered = ""
        self.script.release()

    def end(self) -> None:
        """End a script that runs, and close."""
        self.release()
        self.close()

    # A recording that waits --------------------------------------------------------------------------------------

    def offer(self, path: str) -> None:
        """The recording in ``path`` was not shown, because another one has to stay; it can be shown later."""
        self.offered = path
        self.say("Its recording is not shown: the window keeps the current one. You can show it while this dialog is open.")
        self._show_state()
        self.show()

    def tell_shown(self) -> None:
        """The recording that was offered is shown now: the message from the script's end is true again."""
        self.say(self.script.outcome)

    @Slot()
    def _show_offered(self) -> None:
        self.recorded.emit(self.offered, self.script.path, False)

    # The dialog --------------------------------------------------------------------------------------------------

    @Slot()
    def _show_state(self) -> None:
        running, asking = self.script.running, self.script.asking
        self.stop.setEnabled(self.busy and not self.script.stopping)
        self.stop.setToolTip("Stop waiting, and run nothing" if asking else STOP)
        self.show_it.setVisible(bool(self.offered))
        self.shut.setText("Hide" if running else "Close")
        self.shut.setAccessibleName(self.shut.text())
        hides = "Hide this; the script goes on, and the toolbar shows its progress (Esc)"
        self.shut.setToolTip(hides if running else "Close this (Esc)")
        self.record.setEnabled(not self.busy and bool(self.form.script))
        self.form.set_editable(not self.busy)
        self.changed.emit()

    @Slot()
    def restyle(self) -> None:
        """Take fonts and colours from the theme again."""
        theme = self._theme
        self.output.setFont(mono_font(12 * theme.scale))
        self.output.setStyleSheet(
            f"QPlainTextEdit {{ background: {theme.hex('sunken')}; border: 1px solid {theme.hex('line')}; border-radius: 6px; }} "
            f"QPlainTextEdit:focus {{ border: 2px solid {theme.hex('focus')}; }}"
        )

    def reject(self) -> None:
        """Esc closes."""
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        # QDialog's own would call reject(), and stay open where that only hides.
        if not self.script.running:
            self.release()
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.changed.emit()

"""Our own faults end in a dialog with the traceback to copy, whatever thread they happen in."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QWidget

from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.widgets import lay_out_dialog, make_button
from gui.widgets.dialogs import told_below


class CrashDialog(QDialog):
    """Shows ``text`` (a traceback) and copies it on demand.

    Signals
    -------
    saving()
        The program should be saved first.
    """

    saving = Signal()

    def __init__(self, text: str, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        scale = theme.scale
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Something went wrong in Gradwalk")
        self.resize(round(720 * scale), round(440 * scale))
        heading = QLabel(self.windowTitle())
        heading.setFont(ui_font(15 * scale, 600))
        words = QLabel(
            "This is a bug in Gradwalk, not in your program. You can go on working, but save first. "
            "A report with the text below will help to fix it."
        )
        words.setFont(ui_font(13 * scale))
        words.setWordWrap(True)
        self.traceback = QPlainTextEdit(text)
        self.traceback.setReadOnly(True)
        self.traceback.setFont(mono_font(12 * scale))
        self.traceback.setAccessibleName("Traceback")
        self.traceback.setTabChangesFocus(True)
        self.copy_button = make_button("Copy the traceback", theme, tooltip="Copy the traceback to the clipboard")
        self.copy_button.clicked.connect(self.copy)
        self.save_button = make_button("Save your work…", theme, tooltip="Save the program or the recording")
        self.save_button.clicked.connect(self.saving)
        self.go_on = make_button("Go on working", theme, "primary")
        self.go_on.setDefault(True)
        self.go_on.clicked.connect(self.accept)
        told = told_below(heading, words, self.traceback)
        lay_out_dialog(self, theme, [(told, 1)], [self.save_button, self.go_on], [self.copy_button])
        self.go_on.setFocus()

    @Slot()
    def copy(self) -> None:
        """Put the traceback on the clipboard."""
        QGuiApplication.clipboard().setText(self.traceback.toPlainText())

    def add(self, text: str) -> None:
        """Append another traceback."""
        self.traceback.appendPlainText("\n" + text)


class CrashReporter(QObject):
    """Shows uncaught exceptions, on the window's thread, in one dialog at a time.

    Signals
    -------
    caught(str traceback)
        Something was caught; emitted in the thread that it happened in.
    saving()
        Save what is open, as the user chose in the dialog.
    """

    caught = Signal(str)
    saving = Signal()

    LONGEST = 200_000
    """Characters that one dialog collects; a slot that fails on every frame must not fill the memory."""

    def __init__(self, theme: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._dialog: CrashDialog | None = None
        self._installed: tuple[object, object] | None = None
        # Queued even within the window's own thread: an exception may come out of a paint event.
        self.caught.connect(self.show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Become the hook for uncaught exceptions of all threads."""
        self._installed = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    def uninstall(self) -> None:
        """Give the hooks back that were there before."""
        if self._installed is not None:
            sys.excepthook, threading.excepthook = self._installed  # type: ignore[assignment]
            self._installed = None

    @property
    def dialog(self) -> CrashDialog | None:
        """The open dialog, if there is one."""
        return self._dialog

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        print(text, file=sys.stderr, end="")
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.exit(130)
        else:
            self.caught.emit(text)

    def _thread_hook(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and not issubclass(arguments.exc_type, SystemExit):
            self._hook(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    @Slot(str)
    def show(self, text: str) -> None:
        """Show ``text``, in the open dialog if there is one."""
        if self._dialog is not None:
            if len(self._dialog.traceback.toPlainText()) < self.LONGEST:
                self._dialog.add(text)
            return
        parent = self.parent()
        self._dialog = CrashDialog(text, self._theme, parent if isinstance(parent, QWidget) else None)
        self._dialog.saving.connect(self.saving)
        self._dialog.finished.connect(self._closed)
        self._dialog.open()

    @Slot()
    def _closed(self) -> None:
        self._dialog = None

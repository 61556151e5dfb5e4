"""Faults of ours end in a dialog with the traceback to copy, whatever thread they happen in."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gui.theme import mono_font


class CrashDialog(QDialog):
    """Shows ``text`` (a traceback) and copies it on demand."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Something went wrong in Gradwalk")
        self.resize(720, 420)
        words = QLabel(
            "This is a fault of Gradwalk, not of your program. You can go on working; saving first is wise. "
            "A report with the text below helps to mend it."
        )
        words.setWordWrap(True)
        self.traceback = QPlainTextEdit(text)
        self.traceback.setReadOnly(True)
        self.traceback.setFont(mono_font(12))
        self.traceback.setAccessibleName("Traceback")
        self.traceback.setTabChangesFocus(True)
        self.copy_button = QPushButton("Copy the traceback")
        self.copy_button.setToolTip("Copy the traceback to the clipboard")
        self.copy_button.setAccessibleName("Copy the traceback")
        self.copy_button.clicked.connect(self.copy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(words)
        layout.addWidget(self.traceback, 1)
        layout.addWidget(buttons)

    @Slot()
    def copy(self) -> None:
        """Put the traceback on the clipboard."""
        QGuiApplication.clipboard().setText(self.traceback.toPlainText())

    def add(self, text: str) -> None:
        """Append another traceback."""
        self.traceback.appendPlainText("\n" + text)


class CrashReporter(QObject):
    """Catches what nobody caught, and shows it on the window's thread in one dialog at a time.

    Signals
    -------
    caught(str traceback)
        Something was caught; emitted in the thread that it happened in.
    """

    caught = Signal(str)

    LONGEST = 200_000
    """Characters that one dialog collects; a slot that fails on every frame must not fill the memory."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
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
        self._dialog = CrashDialog(text, parent if isinstance(parent, QWidget) else None)
        self._dialog.finished.connect(self._closed)
        self._dialog.open()

    @Slot()
    def _closed(self) -> None:
        self._dialog = None

"""The questions of ``gui.documents``, asked in dialogs."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

FILTER = "Python programs (*.py);;All files (*)"
RECORDINGS = "Recordings (*.gradwalk)"
OPEN_FILTER = "Programs and recordings (*.py *.gradwalk);;Python programs (*.py);;Recordings (*.gradwalk);;All files (*)"


class DocumentDialogs:
    """Asks the person, in dialogs above ``window``."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def say(self, title: str, text: str) -> None:
        """Tell ``text``."""
        QMessageBox.warning(self._window, title, text)

    def ask_to_save(self, name: str) -> str:
        """``save``, ``discard`` or ``cancel`` the changes of ``name``."""
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Unsaved changes",
            f"{name} has changes that are not saved.",
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        return {button.Save: "save", button.Discard: "discard"}.get(answer, "cancel")

    def ask_to_restore(self, name: str) -> bool:
        """Whether the unsaved text of ``name`` shall come back."""
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Unsaved text was found",
            f"Gradwalk did not close in an orderly way. Restore the unsaved text of {name}?",
            button.Yes | button.No,
            button.Yes,
        )
        return answer == button.Yes

    def choose_to_open(self, folder: str) -> str:
        """A file's path, or nothing."""
        return QFileDialog.getOpenFileName(self._window, "Open a program or a recording", folder, OPEN_FILTER)[0]

    def choose_to_save(self, suggestion: str) -> str:
        """A file's path, or nothing; ``.py`` is added where no ending was given."""
        path = QFileDialog.getSaveFileName(self._window, "Save the program", suggestion, FILTER)[0]
        return f"{path}.py" if path and "." not in path.replace("\\", "/").rsplit("/", 1)[-1] else path

    def ask_to_keep(self, name: str) -> str:
        """``save``, ``discard`` or ``cancel`` leaving the recording of the script ``name``."""
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Unsaved recording",
            f"The recording of {name} is not saved.",
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        return {button.Save: "save", button.Discard: "discard"}.get(answer, "cancel")

    def choose_recording(self, suggestion: str) -> str:
        """A file's path for a recording, or nothing; ``.gradwalk`` is added where no ending was given."""
        path = QFileDialog.getSaveFileName(self._window, "Save the recording", suggestion, RECORDINGS)[0]
        return f"{path}.gradwalk" if path and not path.lower().endswith(".gradwalk") else path

    def ask_to_run(self, script: str) -> bool:
        """Whether ``script``, which may have come with a recording, shall run."""
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Run this script?",
            f"Recording again runs {script} with your rights. It may have come with the recording: "
            "run it only if you know what it does.",
            button.Yes | button.No,
            button.No,
        )
        return answer == button.Yes

    def ask_to_end(self, script: str) -> bool:
        """Whether the window closes although ``script`` is being recorded, which ends it."""
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "A script is still running",
            f"{script} is being recorded. To close Gradwalk now ends it, and what was recorded so far is lost. Close?",
            button.Close | button.Cancel,
            button.Cancel,
        )
        return answer == button.Close

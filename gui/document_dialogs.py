"""The questions of ``gui.documents``, asked in dialogs."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

FILTER = "Python programs (*.py);;All files (*)"
RECORDINGS = "Recordings (*.gradwalk)"
OPEN_FILTER = "Programs and recordings (*.py *.gradwalk);;Python programs (*.py);;Recordings (*.gradwalk);;All files (*)"
_Button = QMessageBox.StandardButton


class DocumentDialogs:
    """Asks the person, in dialogs above ``window``."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def _ask_whether(self, title: str, text: str, yes: _Button, no: _Button, default: _Button) -> bool:
        return QMessageBox.question(self._window, title, text, yes | no, default) == yes

    def _ask_to_save(self, title: str, text: str) -> str:
        """``save``, ``discard`` or ``cancel``."""
        buttons = _Button.Save | _Button.Discard | _Button.Cancel
        answer = QMessageBox.question(self._window, title, text, buttons, _Button.Save)
        return {_Button.Save: "save", _Button.Discard: "discard"}.get(answer, "cancel")

    def say(self, title: str, text: str) -> None:
        """Tell ``text``."""
        QMessageBox.warning(self._window, title, text)

    def ask_to_save(self, name: str) -> str:
        """``save``, ``discard`` or ``cancel`` the changes of ``name``."""
        return self._ask_to_save("Unsaved changes", f"{name} has changes that are not saved.")

    def ask_to_restore(self, name: str) -> bool:
        """Whether the unsaved text of ``name`` shall come back."""
        return self._ask_whether(
            "Unsaved text was found",
            f"Gradwalk did not close in an orderly way. Restore the unsaved text of {name}?",
            _Button.Yes, _Button.No, _Button.Yes,
        )  # fmt: skip

    def choose_to_open(self, folder: str) -> str:
        """A file's path, or nothing."""
        return QFileDialog.getOpenFileName(self._window, "Open a program or a recording", folder, OPEN_FILTER)[0]

    def choose_to_save(self, suggestion: str) -> str:
        """A file's path, or nothing; ``.py`` is added where no ending was given."""
        path = QFileDialog.getSaveFileName(self._window, "Save the program", suggestion, FILTER)[0]
        return f"{path}.py" if path and "." not in path.replace("\\", "/").rsplit("/", 1)[-1] else path

    def ask_to_keep(self, name: str) -> str:
        """``save``, ``discard`` or ``cancel`` leaving the recording of the script ``name``."""
        return self._ask_to_save("Unsaved recording", f"The recording of {name} is not saved.")

    def choose_recording(self, suggestion: str) -> str:
        """A file's path for a recording, or nothing; ``.gradwalk`` is added where no ending was given."""
        path = QFileDialog.getSaveFileName(self._window, "Save the recording", suggestion, RECORDINGS)[0]
        return f"{path}.gradwalk" if path and not path.lower().endswith(".gradwalk") else path

    def ask_to_run(self, script: str) -> bool:
        """Whether ``script``, which may have come with a recording, shall run."""
        return self._ask_whether(
            "Run this script?",
            f"Recording again runs {script} with your rights. It may have come with the recording: "
            "run it only if you know what it does.",
            _Button.Yes, _Button.No, _Button.No,
        )  # fmt: skip

    def ask_to_end(self, script: str) -> bool:
        """Whether the window closes although ``script`` is being recorded, which ends it."""
        return self._ask_whether(
            "A script is still running",
            f"{script} is being recorded. To close Gradwalk now ends it, and what was recorded so far is lost. Close?",
            _Button.Close, _Button.Cancel, _Button.Cancel,
        )  # fmt: skip

"""The questions of ``gui.documents.documents``, asked in dialogs."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.files.places import SUFFIX
from engine.lessons.endings import ARCHIVES, LESSON
from engine.training.run_files import SUFFIX as RUNS
from engine.training.table_files.form import TABLES
from gui.look import file_dialog
from gui.look.theme import ThemeManager
from gui.widgets.question import ask, tell

PROGRAMS = "Python programs (*.py)"
FILTER = f"{PROGRAMS};;All files (*)"
RECORDINGS = f"Recordings (*{SUFFIX})"
RUN_FILES = f"Runs of a training (*{RUNS})"
LESSONS = f"Lessons ({' '.join(f'*{ending}' for ending in (LESSON, *ARCHIVES))})"
HOLDS = "Save the recording: it holds the script's text, what it printed, its data and its weights"
"""The title of the dialog, which is read before there is a file to share."""
_TABLES = " ".join(f"*{ending}" for ending in TABLES)
TABLE_FILTER = f"Tables of numbers ({_TABLES})"
OPEN_FILTER = ";;".join(
    (
        f"Programs, recordings, runs, tables (*.py *{SUFFIX} *{RUNS} {_TABLES})",
        PROGRAMS,
        RECORDINGS,
        RUN_FILES,
        TABLE_FILTER,
        LESSONS,
        "All files (*)",
    )
)


class DocumentDialogs:
    """Asks the user, in dialogs above ``window``."""

    def __init__(self, window: QWidget, theme: ThemeManager) -> None:
        self._window, self._theme = window, theme

    def _ask_to_save(self, title: str, text: str) -> str:
        """``save``, ``discard`` or ``cancel``."""
        choices = [("cancel", "Cancel"), ("discard", "Discard"), ("save", "Save")]
        return ask(self._window, self._theme, title, text, choices, "save", "cancel")

    def _ask_whether(self, title: str, text: str, do: str, leave: str, *, usual: bool, escape: bool = False) -> bool:
        """Whether the button ``do`` was chosen; ``usual``: Return chooses it, ``escape``: so does Escape."""
        choices = [("no", leave), ("yes", do)]
        return ask(self._window, self._theme, title, text, choices, "yes" if usual else "no", "yes" if escape else "no") == "yes"

    def say(self, title: str, text: str) -> None:
        """Tell ``text``."""
        tell(self._window, self._theme, title, text)

    def ask_to_save(self, name: str) -> str:
        """``save``, ``discard`` or ``cancel`` the changes of ``name``."""
        return self._ask_to_save("Unsaved changes", f"{name} has unsaved changes. If you discard them, they are lost.")

    def ask_to_restore(self, name: str) -> bool:
        """Ask whether to restore the unsaved text of ``name``."""
        return self._ask_whether(
            "Unsaved text was found",
            f"{name} has unsaved changes. Gradwalk did not close properly, but it kept them.",
            "Restore",
            "Discard",
            usual=True,
            escape=True,  # whatever Escape discarded would be gone for good
        )

    def ask_to_restore_recording(self, name: str) -> bool:
        """Ask whether to restore the unsaved recording of the script ``name``."""
        return self._ask_whether(
            "A recording was found",
            f"Gradwalk did not close properly, but it kept the recording of {name}, which has not been saved yet.",
            "Restore",
            "Discard",
            usual=True,
            escape=True,  # whatever Escape discarded would be gone for good
        )

    def choose_to_open(self, folder: str) -> str:
        """A file's path, or nothing."""
        return file_dialog.name_to_open(
            self._window, "Open a program, a recording, runs or a table of numbers", folder, OPEN_FILTER
        )

    def choose_recording_to_open(self, folder: str) -> str:
        """The path of a recording, or nothing."""
        return file_dialog.name_to_open(self._window, "Open a recording", folder, f"{RECORDINGS};;All files (*)")

    def choose_lesson(self, folder: str) -> str:
        """The path of a file of lessons, or nothing."""
        return file_dialog.name_to_open(self._window, "Open a lesson", folder, f"{LESSONS};;All files (*)")

    def choose_lesson_to_save(self, suggestion: str) -> str:
        """A file's path for a lesson, or nothing; the ending is added if it is missing."""
        path = file_dialog.name_to_save(self._window, "Save a lesson to begin with", suggestion, f"Lessons (*{LESSON})")
        return f"{path}{LESSON}" if path and not path.lower().endswith(LESSON) else path

    def choose_table(self, folder: str) -> str:
        """The path of a text file of numbers, or nothing."""
        return file_dialog.name_to_open(self._window, "Train on a table of numbers", folder, f"{TABLE_FILTER};;All files (*)")

    def choose_to_save(self, suggestion: str) -> str:
        """A file's path, or nothing; ``.py`` is added if no ending was given."""
        path = file_dialog.name_to_save(self._window, "Save the program", suggestion, FILTER)
        return f"{path}.py" if path and "." not in path.replace("\\", "/").rsplit("/", 1)[-1] else path

    def ask_to_keep(self, name: str) -> str:
        """``save``, ``discard`` or ``cancel`` leaving the recording of the script ``name``."""
        return self._ask_to_save("Unsaved recording", f"The recording of {name} is not saved yet. If you discard it, it is lost.")

    def choose_recording(self, suggestion: str) -> str:
        """A file's path for a recording, or nothing; ``.gradwalk`` is added if no ending was given."""
        path = file_dialog.name_to_save(self._window, HOLDS, suggestion, RECORDINGS)
        return f"{path}{SUFFIX}" if path and not path.lower().endswith(SUFFIX) else path

    def choose_runs(self, suggestion: str) -> str:
        """A file's path for runs, or nothing; the ending is added if it is missing."""
        path = file_dialog.name_to_save(self._window, "Save runs of the training", suggestion, RUN_FILES)
        return f"{path}{RUNS}" if path and not path.lower().endswith(RUNS) else path

    def ask_to_include(self, names: str, size: int) -> str:
        """``with``, ``without`` or ``cancel``: whether the tables of these names, of so many bytes, are saved with the runs."""
        return ask(
            self._window,
            self._theme,
            "Save the data as well?",
            f"The runs were trained on {names} ({max(1, size // 1000):,} kB). With the data in the file they can be trained "
            "again elsewhere. Without, the file says by a hash whether data are the same.",
            [("cancel", "Cancel"), ("without", "Without the data"), ("with", "With the data")],
            "without",
            "cancel",
        )

    def ask_to_keep_code(self, name: str) -> bool:
        """Whether runs are opened whose training code was edited, and came with the file ``name``."""
        return self._ask_whether(
            "Open edited training code?",
            f"{name} holds runs whose training code was edited. It is only run when you train them, in a process of its own with "
            "your rights: open them only if you know what their code does.",
            "Open with their code",
            "Leave them out",
            usual=False,
        )

    def ask_to_run(self, script: str) -> bool:
        """Ask whether to run ``script``, which may have come with a recording."""
        return self._ask_whether(
            "Run this script?",
            f"Recording again runs {script} with your rights. It may have come with the recording: "
            "run it only if you know what it does.",
            "Run the script",
            "Cancel",
            usual=False,
        )

    def ask_to_end(self, script: str) -> bool:
        """Whether to close the window while ``script`` is being recorded, which ends the script."""
        return self._ask_whether(
            "A script is still running",
            f"{script} is being recorded. Closing Gradwalk now ends it, and what was recorded so far is lost.",
            "End it and close",
            "Let it run",
            usual=False,
        )

    def ask_to_lose(self, export: str) -> bool:
        """Whether to close the window while the file ``export`` is being written, which leaves no file."""
        return self._ask_whether(
            "An export is still being written",
            f"{export} is being written. Closing Gradwalk now ends that, and no file is left.",
            "Close and lose the export",
            "Go on",
            usual=False,
        )

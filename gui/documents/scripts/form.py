"""What is asked before a script is recorded: its file and arguments, the Python that runs it, and the bounds of the recording."""

from __future__ import annotations

import shlex
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from gui.documents.scripts.python import PythonBox
from gui.look import file_dialog
from gui.look.theme import ThemeManager
from gui.widgets import IntegerBox, make_button

GIGABYTE = 2**30


class ScriptForm(QWidget):
    """The fields of the dialog."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._folder = ""
        self.path = QLineEdit()
        self.path.setAccessibleName("Script")
        self.path.setPlaceholderText("a Python file that uses PyTorch")
        self.path.setToolTip("The script to run; its process starts in the script's folder")
        self.arguments = QLineEdit()
        self.arguments.setAccessibleName("Arguments")
        self.arguments.setPlaceholderText("none")
        self.arguments.setToolTip("What the script gets in sys.argv, written as in a shell")
        self.python = PythonBox(theme)
        self.choose = make_button("Choose…", theme, tooltip="Choose a file")
        # Return always means the default button, whatever has the focus.
        self.choose.setAutoDefault(False)
        self.steps = IntegerBox(theme, 0, 0, 1_000_000, chars=7)
        self.steps.setSpecialValueText("all")
        self.steps.setAccessibleName("Backward passes to record")
        self.steps.setToolTip("Record this many backward passes; then the script runs on unrecorded")
        self.memory = IntegerBox(theme, 0, 0, 4096, chars=7)
        self.memory.setSpecialValueText("no limit")
        self.memory.setSuffix(" GB")
        self.memory.setAccessibleName("Memory limit in gigabytes")
        self.memory.setToolTip("Stop the script when its process uses more memory than this, and keep the recording")
        self._compose()
        self.choose.clicked.connect(self._choose)
        self.path.textChanged.connect(self.python.list_for)

    def _compose(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 20, 24, 12)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        rows: tuple[tuple[str, QWidget], ...] = (("Script", self.path), ("Arguments", self.arguments), ("Python", self.python))
        for row, (words, field) in enumerate(rows):
            label = QLabel(words)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1, 1, 2 if field is self.python else 1)
        grid.addWidget(self.choose, 0, 2)
        bounds = QHBoxLayout()
        bounds.setSpacing(8)
        bounds.addWidget(self.steps)
        bounds.addWidget(QLabel("backward passes"))
        bounds.addSpacing(24)
        memory = QLabel("Memory")
        memory.setBuddy(self.memory)
        bounds.addWidget(memory)
        bounds.addWidget(self.memory)
        bounds.addStretch(1)
        record = QLabel("Record")
        record.setBuddy(self.steps)
        grid.addWidget(record, 3, 0)
        grid.addLayout(bounds, 3, 1, 1, 2)

    @property
    def script(self) -> str:
        """Path of the script, or nothing."""
        return self.path.text().strip()

    @property
    def folder(self) -> Path:
        """Where the script lies."""
        return Path(self.script).absolute().parent

    @property
    def words(self) -> list[str]:
        """The arguments, as a shell would read them. Raises ValueError."""
        return shlex.split(self.arguments.text())

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """How many backward passes are recorded, and how many bytes of memory the script may take; None for all."""
        return self.steps.value() or None, self.memory.value() * GIGABYTE or None

    def set_values(self, arguments: str, steps: float, memory: float, python: str) -> None:
        """Suggest arguments, bounds (backward passes and gigabytes, 0 for none) and a choice of ``PythonBox``."""
        self.arguments.setText(arguments)
        self.steps.setValue(round(steps))
        self.memory.setValue(round(memory))
        self.python.set_choice(python)

    def values(self) -> dict[str, str | float]:
        """What is filled in: path, arguments, steps, memory, python."""
        return {
            "path": self.script,
            "arguments": self.arguments.text(),
            "steps": float(self.steps.value()),
            "memory": float(self.memory.value()),
            "python": self.python.choice,
        }

    def set_folder(self, folder: str) -> None:
        """Where to look for scripts at first."""
        self._folder = folder

    def set_editable(self, editable: bool) -> None:
        """Whether the fields can be changed: not while a script runs with what they say."""
        for field in (self.path, self.arguments, self.choose, self.steps, self.memory, self.python):
            field.setEnabled(editable)

    @Slot()
    def _choose(self) -> None:
        folder = str(Path(self.path.text()).parent) if self.path.text() else self._folder
        path = file_dialog.name_to_open(self, "Choose a script", folder, "Python scripts (*.py);;All files (*)")
        if path:
            self.path.setText(path)

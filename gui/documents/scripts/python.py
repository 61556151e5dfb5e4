"""The row of the dialog for scripts that says which Python runs the script."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QSizePolicy

from engine.scripts import interpreters
from engine.scripts.asking import Question, TakenBack
from engine.scripts.interpreters import Interpreter, InterpreterError
from gui.look import file_dialog
from gui.look.theme import ThemeManager
from gui.widgets import ComboBox

BY_ITSELF, OWN, OTHER = "", "own", "other"
"""Choices beside the path of an interpreter."""

_MEANT = "The Python that runs the script: the one that has its packages"


Found = tuple[Interpreter, list[str]]
"""The Python for a script, and why others were passed over."""
Find = Callable[[str, str, Question], Found]


def find_python(script: str, choice: str, question: Question) -> Found:
    """The interpreter that ``choice`` means for ``script``. It is asked with ``question``, and may raise InterpreterError."""
    if choice == OWN:
        return interpreters.own(), []
    return (interpreters.check(Path(choice), question), []) if choice else interpreters.choose(Path(script), question=question)


class Asking:
    """Finds the Python for ``script`` in a thread of its own, since one that is asked may take seconds to answer, or never do
    so."""

    def __init__(self, script: str, choice: str, find: Find = find_python) -> None:
        self._question = Question()
        self._found: Found | InterpreterError | None = None
        self._thread = threading.Thread(target=self._find, args=(find, script, choice), name="gradwalk-asks-pythons", daemon=True)
        self._thread.start()

    def _find(self, find: Find, script: str, choice: str) -> None:
        try:
            self._found = find(script, choice, self._question)
        except InterpreterError as error:
            self._found = error
        except TakenBack:
            return
        except OSError as error:
            self._found = InterpreterError(error.strerror or str(error))

    @property
    def asked(self) -> str:
        """The Python that is being asked, as text for the user; empty if none is."""
        return _named(self._question.asked) if self._question.asked is not None else ""

    @property
    def found(self) -> Found | None:
        """The Python that answered; None while none has. Raises InterpreterError if none can be used."""
        if isinstance(self._found, InterpreterError):
            raise self._found
        return self._found

    def end(self) -> None:
        """Stop asking, and end the Python that was being asked."""
        self._question.take_back()
        # This takes a moment. A network disk may hold up the start of a program for longer, but not the window.
        self._thread.join(2.0)


class PythonBox(ComboBox):
    """Offers the Python of the script's project, the program's own and any other. Nothing is run to list them."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme)
        self._script = ""
        self._choice = BY_ITSELF
        self.setAccessibleName("Python")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.activated.connect(self._choose)
        self.list_for("")

    @property
    def choice(self) -> str:
        """``BY_ITSELF``, ``OWN`` or the path of an interpreter."""
        return self._choice

    def set_choice(self, choice: str) -> None:
        """Choose an interpreter that ``choice`` once returned."""
        self._choice = choice
        self.list_for(self._script)

    @Slot(str)
    def list_for(self, script: str) -> None:
        """Offer what suits ``script``; the choice stays."""
        self._script = script.strip()
        own = "the packaged program's own Python" if interpreters.packaged() else "Gradwalk's own Python"
        offered = interpreters.found(Path(self._script)) if self._script else []
        # The packaged program also takes one that was activated, if there is none beside the script.
        likely = list(interpreters.environments(Path(self._script))) if self._script else []
        first = next((python for python in offered if interpreters.packaged() or python in likely[:1]), None)
        by_itself = own if first is None else f"{_named(first)} if it has torch"
        self.clear()
        self.addItem(f"Automatic: {by_itself}", BY_ITSELF)
        self.addItem(f"{own[0].upper()}{own[1:]} {sys.version_info[0]}.{sys.version_info[1]}", OWN)
        paths = dict.fromkeys([*map(str, offered), *([self._choice] if self._choice not in (BY_ITSELF, OWN) else [])])
        for path in paths:
            self.addItem(_named(Path(path)), path)
        self.addItem("Other…", OTHER)
        self.setCurrentIndex(max(0, self.findData(self._choice)))
        self.setToolTip(f"{_MEANT}\n{self.currentText()}")

    @Slot(int)
    def _choose(self, index: int) -> None:
        chosen = str(self.itemData(index))
        if chosen == OTHER:
            folder = str(Path(self._script).parent) if self._script else ""
            # Not of this box: its style sheet would be that of the lists in the dialog, and cut off their heads.
            window = self.window()
            chosen = file_dialog.name_to_open(window, "Choose a Python", folder, "All files (*)") or self._choice
        self.set_choice(chosen)


def _named(python: Path) -> str:
    """``~/project/.venv/bin/python``."""
    home = Path.home()
    return f"~/{python.relative_to(home).as_posix()}" if python.is_relative_to(home) else str(python)

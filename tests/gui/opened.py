"""The window as tests open it: in a folder of its own, with somebody who answers its questions."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from gui.documents.autosave import Autosave
from gui.look.theme import ThemeManager
from gui.session.settings import Settings
from gui.window.main_window import MainWindow


class Person:
    """Answers every question with ``answer``."""

    def __init__(self) -> None:
        self.answer = "discard"
        self.said: list[str] = []
        self.chosen = ""
        self.suggested = ""

    def say(self, title: str, text: str) -> None:
        self.said.append(text)

    def ask_to_save(self, name: str) -> str:
        return self.answer

    def ask_to_restore(self, name: str) -> bool:
        return False

    def ask_to_restore_recording(self, name: str) -> bool:
        return True

    def choose_to_open(self, folder: str) -> str:
        return ""

    def choose_recording_to_open(self, folder: str) -> str:
        return self.chosen

    def choose_lesson(self, folder: str) -> str:
        return self.chosen

    def choose_lesson_to_save(self, suggestion: str) -> str:
        self.suggested = suggestion
        return self.chosen

    def choose_table(self, folder: str) -> str:
        return self.chosen

    def choose_to_save(self, suggestion: str) -> str:
        return ""

    def ask_to_keep(self, name: str) -> str:
        return self.answer

    def choose_runs(self, suggestion: str) -> str:
        self.suggested = suggestion
        return self.chosen

    def ask_to_include(self, names: str, size: int) -> str:
        return self.answer

    def ask_to_keep_code(self, name: str) -> bool:
        return self.answer == "run"

    def choose_recording(self, suggestion: str) -> str:
        self.suggested = suggestion
        return self.chosen

    def ask_to_end(self, script: str) -> bool:
        self.said.append(f"end {script}?")
        return self.answer != "cancel"

    def ask_to_lose(self, export: str) -> bool:
        self.said.append(f"lose {export}?")
        return self.answer != "cancel"

    def ask_to_run(self, script: str) -> bool:
        return self.answer == "run"


class Opened:
    """A window in a folder of its own; ``open`` shows it, a second time with what the first one remembered."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self._qtbot = qtbot
        self._folder = folder
        self.person = Person()
        self.crashes: list[str] = []
        self.window = self.make()

    def make(self) -> MainWindow:
        window = MainWindow(
            ThemeManager("light"), Settings(self._folder / "s.ini"), Autosave(self._folder / "unsaved"), dialogs=self.person
        )
        window.crashed.connect(self.crashes.append)
        self.window = window
        return window

    def show(self, path: str | None = None, width: int = 1600, height: int = 1000) -> MainWindow:
        self.window.resize(width, height)
        self.window.show()
        self.window.start(path)
        return self.window

    def with_graph(self, path: str | None = None) -> MainWindow:
        window = self.show(path)
        self._qtbot.waitUntil(lambda: window.session.recording is not None, timeout=60_000)
        return window


def finish(qtbot: QtBot, window: MainWindow) -> None:
    """Close; where the process would end at once because of an import, wait for that: in a test the process goes on."""
    if not isValid(window):
        return
    window.close()
    window.jobs.wait()
    window.loading.plots.close()
    qtbot.waitUntil(window.controller.close, timeout=30_000)
    window.heading.stop()
    window.typesetter.close()
    window.deleteLater()

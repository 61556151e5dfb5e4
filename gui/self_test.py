"""``gradwalk --self-test``: the engine's checks, and then the window is drawn for real."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QImage
from PySide6.QtWidgets import QApplication

from engine import self_test
from engine.mathematics.letters import Letter, Number
from engine.mathematics.tree import Power, Product, Relation, partial
from engine.self_test import Check, CheckFailed, require
from gui.app import missing_library
from gui.documents.autosave import Autosave
from gui.look import theme
from gui.look.theme import ThemeManager
from gui.session.settings import Settings
from gui.window.main_window import MainWindow
from gui.work.typesetter import typeset

DRAWN_WITHIN = 60_000
"""Milliseconds until the window has to show the recorded program."""
CLOSED_WITHIN = 60.0
"""Seconds that its threads get to end."""
SETTLING = 600
"""Milliseconds that cards, formula and plots get to be painted once the program is recorded."""


class _Waiter(QObject):
    """Runs the event loop until the window's session has a recording."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._loop = QEventLoop(self)
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._loop.quit)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.timeout.connect(self._loop.quit)
        window.session.recording_changed.connect(self._settle)

    @Slot()
    def _settle(self) -> None:
        self._settling.start(SETTLING)

    def wait(self) -> None:
        """Return when the program is shown, or after the time limit."""
        self._limit.start(DRAWN_WITHIN)
        self._loop.exec()
        self._limit.stop()


def _close(window: MainWindow) -> None:
    """Close it, and again while a thread of it is still at work: the program would end at once, but this test goes on."""
    end = time.monotonic() + CLOSED_WITHIN
    window.close()
    while window.lingering and time.monotonic() < end:
        window.closeEvent(QCloseEvent())  # Qt tells a window only once
    window.deleteLater()


def check_window() -> str:
    """Open the window on the default program and look at its pixels."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "settings.ini")
        window = MainWindow(ThemeManager("light", app), settings, Autosave(Path(folder) / "unsaved"), version="self-test")
        try:
            window.show()
            window.start(None)
            _Waiter(window).wait()
            recording = window.session.recording
            require(recording is not None, f"no recording came within {DRAWN_WITHIN // 1000} s")
            image = window.grab().toImage()
            cards = len(recording.graph.cards) if recording is not None else 0
        finally:
            _close(window)
    colours = _colours(image)
    require(colours > 50, f"the window shows only {colours} colours")
    return f"{cards} cards, {image.width()} × {image.height()} px in {colours} colours, on Qt's platform “{app.platformName()}”"


class _Until(QObject):
    """Runs the event loop until something holds."""

    def __init__(self, holds: Callable[[], bool]) -> None:
        super().__init__()
        self._holds = holds
        self._loop = QEventLoop(self)
        self._look = QTimer(self)
        self._look.setInterval(20)
        self._look.timeout.connect(self._see)

    @Slot()
    def _see(self) -> None:
        if self._holds():
            self._loop.quit()

    def wait(self) -> bool:
        """Whether it came to hold within the time limit."""
        QTimer.singleShot(DRAWN_WITHIN, self._loop, self._loop.quit)
        self._look.start()
        self._loop.exec()
        self._look.stop()
        return bool(self._holds())


def check_recordings() -> str:
    """A file that the window is started with is shown; then a script is recorded from the window, and what it did is shown."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "default.gradwalk", Path(folder) / "train.py"
        self_test.default_recording().save(file)
        script.write_text(self_test.SCRIPT, encoding="utf-8")
        settings = Settings(Path(folder) / "settings.ini")
        window = MainWindow(ThemeManager("light", app), settings, Autosave(Path(folder) / "unsaved"), version="self-test")
        session = window.session
        try:
            window.show()
            window.start(str(file))
            require(_Until(lambda: session.opened is not None).wait(), "the file was not opened")
            require(session.opened is not None and session.opened.path == str(file), "another file was opened")
            window.recordings.scripts.suggest()
            dialog = window.recordings.scripts.dialog
            assert dialog is not None
            dialog.set_script(str(script))
            dialog.begin()
            recorded = _Until(lambda: session.opened is not None and session.opened.script == str(script)).wait()
            require(recorded, f"the script's recording was not shown: {dialog.status.text()}")
            recording = session.recording
            require(recording is not None and len(recording.passes) == 3, "the wrong recording is shown")
            # There is nobody to ask whether to save it.
            session.set_opened(None)
        finally:
            _close(window)
    operations = 0 if recording is None else recording.end
    return f"{file.name}, then {operations} operations of {script.name}"


def _colours(image: QImage) -> int:
    """How many different colours a grid of points has."""
    return len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)})


def check_formula() -> str:
    """A formula becomes a picture."""
    a = Letter("a")
    made = typeset(Relation(partial(Letter("y"), a), "=", Product((Number(3), Power(a, Number(2))))), 20.0)
    require(not made.failed and made.size.width() > 20, "the formula could not be typeset")
    return f"{made.size.width():.0f} × {made.size.height():.0f} px"


def check_fonts() -> str:
    """The program's own fonts are used."""
    theme.load_fonts()
    families = {theme.ui_font(13).family(), theme.mono_font(13).family()}
    exact = [theme.ui_font(13).exactMatch(), theme.mono_font(13).exactMatch()]
    if not all(exact):
        raise CheckFailed(f"of {sorted(families)}, some are not there")
    return ", ".join(sorted(families))


WINDOW_CHECKS: tuple[Check, ...] = (
    ("fonts", check_fonts),
    ("formulas are typeset", check_formula),
    ("the window is drawn", check_window),
    ("the window opens a recording and records a script", check_recordings),
)


def run(version: str, checks: Sequence[Check] | None = None) -> int:
    """Run all checks, one line each.

    Returns
    -------
    int
        0 if all passed, else 1.
    """
    problem = missing_library()
    if problem is not None:
        print(f"note: {problem}; the window is drawn without a screen", flush=True)
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QApplication.instance() or QApplication([sys.argv[0]])
    print(f"Gradwalk {version}, self-test", flush=True)
    wanted = (*self_test.CHECKS, *WINDOW_CHECKS) if checks is None else tuple(checks)
    passed, failed = self_test.run_checks(wanted, _say)
    print(f"{passed} passed, {failed} failed", flush=True)
    del app
    return 1 if failed else 0


def _say(line: str) -> None:
    print(line, flush=True)

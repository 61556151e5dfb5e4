"""``gradwalk --self-test``: the engine's checks, and then the window is drawn for real."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from engine import self_test
from engine.self_test import Check, CheckFailed, require
from gui import theme
from gui.app import missing_library
from gui.autosave import Autosave
from gui.main_window import MainWindow
from gui.settings import Settings
from gui.theme import ThemeManager
from gui.typesetter import typeset

DRAWN_WITHIN = 60_000
"""Milliseconds until the window has to show the recorded program."""
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
            window.close()
            window.deleteLater()
    colours = _colours(image)
    require(colours > 50, f"the window shows {colours} colours only")
    return f"{cards} cards, {image.width()} × {image.height()} px in {colours} colours, on Qt's platform “{app.platformName()}”"


def _colours(image: QImage) -> int:
    """How many different colours a grid of points has."""
    return len({
        image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)
    })


def check_formula() -> str:
    """A formula becomes a picture."""
    made = typeset(r"\frac{\partial y}{\partial a} = 3a^{2}", 20.0)
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

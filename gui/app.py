"""The application: one QApplication, its look, its window; the window is painted before torch is imported."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QLibraryInfo, QObject, QStandardPaths, Qt, Slot
from PySide6.QtGui import QFileOpenEvent, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

import resources
from engine.programs.warming import SWITCH_INTERVAL
from gui.documents.autosave import Autosave
from gui.look import style, theme
from gui.look.theme import ThemeManager
from gui.session.settings import Settings
from gui.window.dialogs.crash import CrashReporter
from gui.window.main_window import MainWindow
from gui.window.system_libraries import advice
from gui.work.garbage import GarbageKeeper


class _Dresser(QObject):
    """Dresses the application again when the theme changes."""

    def __init__(self, app: QApplication, manager: ThemeManager) -> None:
        super().__init__(app)
        self._app = app
        self._manager = manager
        manager.changed.connect(self.dress)

    @Slot()
    def dress(self) -> None:
        style.apply(self._app, self._manager)


class _Leaver(QObject):
    """Ends the process at once where a thread still imports torch: nothing can interrupt that, and nothing is lost."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.window: MainWindow | None = None
        app.aboutToQuit.connect(self.leave)

    @Slot()
    def leave(self) -> None:
        if self.window is not None and self.window.lingering:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)


class _Opener(QObject):
    """Opens the files that macOS hands to the running program, since a double click does not start it a second time."""

    def __init__(self, app: QApplication, window: MainWindow) -> None:
        super().__init__(app)
        self._window = window
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self._window.documents.open(event.file())
            return True
        return False


def application_icon() -> QIcon:
    """The icon, each size drawn from the picture made for it."""
    icon = QIcon()
    for name, sizes in (("icons/icon-small.svg", (16, 24)), ("icons/icon.svg", (32, 48, 64, 128, 256))):
        renderer = QSvgRenderer(QByteArray(resources.read_bytes(name)))
        for size in sizes:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter)
            painter.end()
            icon.addPixmap(pixmap)
    return icon


def missing_library() -> str | None:
    """What keeps Qt from opening a window on this Linux, in one line; None if nothing does.

    Qt itself would end the process with several lines that name one of three libraries.
    """
    if not sys.platform.startswith("linux"):
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0]
    wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    if not platform and not wayland and not os.environ.get("DISPLAY"):
        return "there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    if platform != "xcb" and (platform or wayland):
        return None
    plugin = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms" / "libqxcb.so"
    if not plugin.exists():
        return None
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return advice(str(error)) or f"Qt cannot open a window: {error}"
    return None


def run(path: str | None = None, theme_choice: str | None = None, version: str = "") -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    path : str, optional
        A program to open.
    theme_choice : str, optional
        ``light``, ``dark`` or ``system``, for this time; None takes the setting.
    version : str
        Shown in About.

    Returns
    -------
    int
        The exit status.
    """
    missing = missing_library()
    if missing is not None:
        print(f"gradwalk: {missing}", file=sys.stderr)
        return 1
    sys.setswitchinterval(SWITCH_INTERVAL)
    QApplication.setOrganizationName("Gradwalk")
    QApplication.setApplicationName("Gradwalk")
    QApplication.setApplicationDisplayName("")
    QApplication.setDesktopFileName("gradwalk")
    app = QApplication([sys.argv[0]])
    app.setWindowIcon(application_icon())
    theme.load_fonts()
    settings = Settings(parent=app)
    manager = ThemeManager(theme_choice or settings.value("theme"), app)
    dresser = _Dresser(app, manager)
    dresser.dress()
    leaver = _Leaver(app)
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    window = leaver.window = MainWindow(manager, settings, Autosave(Path(data) / "unsaved"), version=version)
    reporter = CrashReporter(manager, window)
    reporter.saving.connect(window.actions_by_id["save"].trigger)
    reporter.install()
    window.crashed.connect(reporter.show)
    if sys.platform == "darwin":
        _Opener(app, window)
    keeper = GarbageKeeper(window)
    window.loaded.connect(keeper.begin)
    window.show()
    window.start(path)
    status = app.exec()
    reporter.uninstall()
    return status

"""Drives the program as a person does: its own process in a window of a real display, keys and the window manager, eyes.

Nothing here reaches into the process. What the program did is read off its windows' titles, the files that it wrote, its exit
status, what it printed, and colours on the screen.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QGuiApplication, QImage

import resources

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("xdotool", "wmctrl")
THEME = "light"
"""The theme in which colours are looked for, where a test is not about themes."""
PATIENCE = 12.0
"""Seconds until something that should happen counts as not happening; no test measures a time against it."""


def require_display() -> None:
    """Fail, and say what is missing, where no window can be opened and driven."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.fail(f"tests of the real window need {' and '.join(missing)}", pytrace=False)
    if not os.environ.get("DISPLAY"):
        pytest.fail("tests of the real window need an X display: DISPLAY is not set", pytrace=False)
    # A window manager that was started just now needs a moment.
    for _ in range(50):
        found = subprocess.run(["wmctrl", "-m"], capture_output=True, text=True, timeout=10)
        if found.returncode == 0:
            return
        time.sleep(0.1)
    pytest.fail(f"no window manager on display {os.environ['DISPLAY']}: {found.stderr.strip() or 'no answer'}", pytrace=False)


def wait_until(what: str, holds: Callable[[], object], within: float = PATIENCE) -> None:
    """Come back as soon as ``holds`` says something true; fail with ``what`` after ``within`` seconds."""
    end = time.monotonic() + within
    while not holds():
        if time.monotonic() > end:
            pytest.fail(f"waited {within:g} s in vain: {what}")
        time.sleep(0.05)


@dataclass(frozen=True)
class Ended:
    """How a process ended: exit status (negative: by that signal), what it printed, seconds from the request to the end."""

    status: int
    output: str
    errors: str
    seconds: float


class Program:
    """One running ``python main.py``, with settings and data below ``home``."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home = home
        self._said = [home / f"{name}.{time.monotonic_ns()}" for name in ("output", "errors")]
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("XDG_", "QT_", "WAYLAND_", "PYTHONWARN", "GTK_", "KDE_"))
        }
        folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
        runtime = home / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        environment = kept | folders | {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "QT_QPA_PLATFORM": "xcb"}
        with self._said[0].open("wb") as output, self._said[1].open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "main.py"), *arguments],
                cwd=home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )

    # Windows -----------------------------------------------------------------------------------------------------

    def windows(self) -> dict[str, str]:
        """Title by id of every window of the program that is on screen."""
        if self.process.poll() is not None:
            pytest.fail(f"the program ended by itself: {self._ended(0.0)}")
        listed = subprocess.run(["wmctrl", "-l", "-p"], capture_output=True, text=True, timeout=10)
        found = {}
        for line in listed.stdout.splitlines():
            window, _desktop, pid, rest = line.split(maxsplit=3)
            if int(pid) == self.process.pid:
                # The title follows the name of the machine.
                found[window] = rest.partition(" ")[2].strip()
        return found

    def window(self, title: str) -> str:
        """The id of the window whose title matches the pattern ``title``, once it is there and has the keyboard."""
        matching: list[str] = []

        def there() -> bool:
            matching[:] = [window for window, name in self.windows().items() if re.search(title, name)]
            return bool(matching)

        wait_until(f"a window called {title!r}", there)
        window = matching[-1]
        subprocess.run(["xdotool", "windowactivate", "--sync", str(int(window, 16))], timeout=10, check=True)
        return window

    def has_window(self, title: str) -> bool:
        """Whether a window's title matches the pattern ``title`` now."""
        return any(re.search(title, name) for name in self.windows().values())

    # Hands -------------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys one after the other, each as xdotool names it: ``ctrl+s``, ``Return``."""
        for key in keys:
            subprocess.run(["xdotool", "key", "--clearmodifiers", key], timeout=10, check=True)
            time.sleep(0.03)

    def write(self, text: str) -> None:
        """Type ``text`` into what has the keyboard."""
        # Some versions of xdotool type a newline as a key that is on no keyboard.
        for number, line in enumerate(text.split("\n")):
            if number:
                self.press("Return")
            if line:
                subprocess.run(["xdotool", "type", "--clearmodifiers", "--delay", "6", "--", line], timeout=60, check=True)

    def click_editor(self, window: str) -> None:
        """Give the keyboard to the editor: click into it, a little below its first line."""
        command = ["xdotool", "getwindowgeometry", "--shell", str(int(window, 16))]
        place = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        found = dict(line.split("=") for line in place.stdout.split())
        x, y = int(found["X"]) + 200, int(found["Y"]) + 160
        subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "1"], timeout=10, check=True)
        time.sleep(0.1)

    def retype(self, window: str, text: str) -> None:
        """Type ``text`` in place of the program in the editor.

        The editor indents a new line as the one before it, and further after a colon: a person does not type those spaces.
        """
        self.click_editor(window)
        self.press("ctrl+a", "Delete")
        self.write(text)

    # Eyes --------------------------------------------------------------------------------------------------------

    def picture(self, window: str) -> QImage:
        """What is seen of ``window`` now."""
        screen = QGuiApplication.primaryScreen()
        return screen.grabWindow(int(window, 16)).toImage().convertToFormat(QImage.Format.Format_RGB32)

    def sees(self, window: str, color: str, share: tuple[float, float] = (0.0, 1.0)) -> int:
        """How many pixels of ``window``, in the columns from one ``share`` of its width to the other, have exactly ``color``."""
        picture = self.picture(window)
        wanted = QColor(color).rgb().to_bytes(4, sys.byteorder)
        first, last = (round(part * picture.width()) * 4 for part in share)
        pixels, pitch = bytes(picture.constBits()), picture.bytesPerLine()
        found = 0
        for start in range(0, pitch * picture.height(), pitch):
            line = pixels[start + first : start + last]
            at = line.find(wanted)
            while at >= 0:
                found += at % 4 == 0
                at = line.find(wanted, at + 1)
        return found

    # The end -----------------------------------------------------------------------------------------------------

    def close(self, window: str, within: float = PATIENCE) -> Ended:
        """Close ``window`` as the button on its frame does, and wait for the process to end."""
        start = time.monotonic()
        self.ask_to_close(window)
        return self.wait(start, within)

    def ask_to_close(self, window: str) -> None:
        """Press the button on the frame of ``window``."""
        subprocess.run(["wmctrl", "-i", "-c", window], timeout=10, check=True)

    def wait(self, start: float | None = None, within: float = PATIENCE) -> Ended:
        """Wait for the process to end, at most ``within`` seconds from ``start`` (monotonic; None: from now)."""
        start = time.monotonic() if start is None else start
        try:
            self.process.wait(max(0.1, start + within - time.monotonic()))
        except subprocess.TimeoutExpired:
            pytest.fail(f"the program still runs {within:g} s after it was to end; its windows: {self.windows()}")
        return self._ended(time.monotonic() - start)

    def kill(self) -> None:
        """End the process as a crash does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """After a test, whatever happened in it."""
        if self.process.poll() is None:
            self.kill()

    def _ended(self, seconds: float) -> Ended:
        output, errors = (path.read_text(encoding="utf-8", errors="replace") for path in self._said)
        return Ended(self.process.returncode, output, errors, seconds)


def children(pid: int) -> set[int]:
    """Processes that ``pid`` started, those that they started and so on."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found: set[int] = set()
    grown: Iterable[int] = {pid}
    while grown := {child for child, parent in parents.items() if parent in grown} - found:
        found |= set(grown)
    return found


def alive(pids: set[int]) -> set[int]:
    """Those of ``pids`` that still run."""
    return {pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in _state(pid)}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def token(theme: str, name: str) -> str:
    """The colour ``name`` of ``theme`` as ``#RRGGBB``."""
    return str(json.loads(resources.read_text("themes/tokens.json"))[theme][name]["hex"])


def wait_for_graph(program: Program, window: str) -> None:
    """Gradients on cards can be seen in ``THEME``: torch is there, and the program in the editor ran."""
    gradient = token(THEME, "grad")
    # The columns in which the graph stands, whatever the window's size.
    wait_until("gradients in the graph", lambda: program.sees(window, gradient, (0.3, 0.68)) > 20)

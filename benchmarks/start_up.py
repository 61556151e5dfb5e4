"""How soon the window is there, and how well it answers while PyTorch is being imported.

    python -m benchmarks.start_up [--rounds 5] [--quick]

Each measurement is a fresh process of the real program with a home of its own. *First paint* is counted from the start of the
process, and compared with the same program importing everything that it ever needs before its window (aim: one eighth). The
*longest stall* is the longest time by which a 1 ms timer of the event loop came late: from the first paint until torch is
imported and warm (aim: under 100 ms), and until the first graph and the plots are there too. When the longest ones were is said.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring.measure import arguments, parser, sized

ROOT = Path(__file__).resolve().parent.parent
BEAT = 1
"""Milliseconds between two beats."""
EVERYTHING = ("torch", "sklearn.datasets", "sympy", "pyqtgraph", "ziamath", "fast_sugiyama")


def child(eager: bool, start: float) -> None:
    """Open the window, print the measurements as one line of JSON, close."""
    if eager:
        for name in EVERYTHING:
            __import__(name)
    from PySide6.QtCore import Qt, QTimer

    import gui.app
    from gui.window.main_window import MainWindow

    class Watched(MainWindow):
        """Notes when it was painted and by how much each beat was late."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            self.last = 0.0
            self.painted_at = 0.0
            self.stalls: list[tuple[float, float]] = []
            self.marks: dict[str, float] = {}
            super().__init__(*arguments, **named)
            self.beat = QTimer(self)
            self.beat.setTimerType(Qt.TimerType.PreciseTimer)
            self.beat.setInterval(BEAT)
            self.beat.timeout.connect(self.note)
            self.first_painted.connect(self.begin)
            self.jobs.warmed.connect(lambda: self.mark("torch warm"))
            self.session.recording_changed.connect(lambda: self.mark("graph shown"))
            build = self.training.build_next

            def build_next() -> bool:
                self.mark("plots begun")
                more = build()
                if self.training.surface is not None:
                    self.mark("plots built")
                return more

            self.training.build_next = build_next  # type: ignore[method-assign]

        def begin(self) -> None:
            self.painted_at = self.last = time.perf_counter()
            self.beat.start()

        def mark(self, what: str) -> None:
            self.marks.setdefault(what, time.perf_counter() - self.painted_at)

        def note(self) -> None:
            now = time.perf_counter()
            self.stalls.append(((now - self.last) * 1000 - BEAT, now - self.painted_at))
            self.last = now
            if {"torch warm", "graph shown", "plots built"} <= set(self.marks):
                self.beat.stop()
                longest = sorted(self.stalls, reverse=True)[:5]
                importing = max(late for late, at in self.stalls if at <= self.marks["torch warm"])
                found = {"paint": self.painted_at - start, "importing": importing, "stalls": longest, "marks": self.marks}
                print(json.dumps(found), flush=True)
                self.close()

    gui.app.MainWindow = Watched  # type: ignore[misc]
    sys.exit(gui.app.run())


def measure(eager: bool) -> dict[str, Any]:
    """One fresh process; its measurements."""
    with tempfile.TemporaryDirectory() as home:
        folders = {f"XDG_{name}_HOME": f"{home}/{name.lower()}" for name in ("CONFIG", "DATA", "CACHE", "STATE")}
        environment = os.environ | folders | {"HOME": home}
        if not any(os.environ.get(name) for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        # The clock of perf_counter runs on across processes on the systems that Gradwalk supports.
        command = [sys.executable, "-X", "faulthandler", "-m", "benchmarks.start_up", "--child", "eager" if eager else "lazy"]
        begun = time.perf_counter()
        done = subprocess.run([*command, repr(begun)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    if done.returncode != 0 or not done.stdout:
        raise RuntimeError(f"the program ended with {done.returncode}: {done.stderr}\nits measurements: {done.stdout or 'none'}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the table."""
    wanted = parser(__doc__)
    wanted.add_argument("--rounds", type=int)
    wanted.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = arguments(wanted)
    if options.child:
        child(options.child[0] == "eager", float(options.child[1]))
        return
    rounds = options.rounds or sized(5, 1)
    if not options.quick:  # files that are read for the first time
        measure(False), measure(True)
    lazy, eager = [], []
    for number in range(rounds):
        for kind in (False, True) if number % 2 else (True, False):
            (eager if kind else lazy).append(measure(kind))
    ratios = [one["paint"] / other["paint"] for one, other in zip(lazy, eager, strict=True)]
    stalls = [run["stalls"][0][0] for run in lazy]

    def line(what: str, values: list[float], unit: str, digits: int, aim: str = "") -> None:
        middle, low, high = (f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
        print(f"{what:<52} {middle:>7} {unit:<3} ({low} to {high}){'   aim: ' + aim if aim else ''}")

    line("first paint after the start of the process", [run["paint"] for run in lazy], "s", 2)
    line("the same, importing everything first", [run["paint"] for run in eager], "s", 2)
    line("first paint ÷ importing everything first", ratios, "", 3, "0.125")
    line("longest stall while torch is being imported", [run["importing"] for run in lazy], "ms", 0, "under 100")
    line("longest stall until graph and plots are there too", stalls, "ms", 0)
    line("all ready after the first paint", [max(run["marks"].values()) for run in lazy], "s", 2)
    worst = max(lazy, key=lambda run: float(run["stalls"][0][0]))
    print("longest stalls of the worst round, each with the end of it in s after the first paint:")
    print("  " + ", ".join(f"{late:.0f} ms at {at:.2f}" for late, at in worst["stalls"]))
    print("  " + ", ".join(f"{what} {at:.2f}" for what, at in sorted(worst["marks"].items(), key=lambda mark: float(mark[1]))))


if __name__ == "__main__":
    main()

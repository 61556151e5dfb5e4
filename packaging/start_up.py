"""Time to first paint of the finished bundle against the source, both started in turns on one virtual screen.

    python packaging/start_up.py BUNDLE_FOLDER [--rounds 7]

*First paint* is the time from the start of the process until the screen shows more than an empty window, read from the screen's
own memory and so measured alike for both. Run it with the Python that runs the source. Linux only; needs Xvfb.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

from screen import Screen  # noqa: E402

PAINTED = 40
"""Colours in the sample of the screen from which the window counts as painted; an empty one has a handful."""


def first_paint(screen: Screen, command: list[str], limit: float = 60) -> float:
    """Seconds from starting ``command`` to its first paint. It gets a home of its own, and is ended."""
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "DISPLAY": screen.display, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            while screen.colours() < PAINTED:
                if process.poll() is not None or time.perf_counter() - begun > limit:
                    raise SystemExit(f"{command[0]} did not paint a window (status {process.returncode})")
                time.sleep(0.005)
            return time.perf_counter() - begun
        finally:
            process.kill()
            process.wait()
            while screen.colours() >= PAINTED:
                time.sleep(0.02)


def main() -> None:
    """Print the two times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path, help="the unpacked folder")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    theme = ["--theme", "light"]
    commands = {
        "bundle": [str(options.bundle.resolve() / "gradwalk"), *theme],
        "source": [sys.executable, str(ROOT / "main.py"), *theme],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    with Screen() as screen:
        for command in commands.values():
            first_paint(screen, command)
        for number in range(options.rounds):
            for name in sorted(commands, reverse=bool(number % 2)):
                times[name].append(first_paint(screen, commands[name]))
    ratios = [bundle / source for bundle, source in zip(times["bundle"], times["source"], strict=True)]
    for name, values in times.items():
        print(f"first paint from the {name}: {statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f})")
    print(f"bundle ÷ source: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()

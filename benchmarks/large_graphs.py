"""Graphs of 10,000 to 100,000 operations on the canvas.

Run: python -m benchmarks.large_graphs [--quick]

For each recording: how long recording, preparing (in a thread) and placing take, the longest stall of the event loop meanwhile,
and the median frame while panning, zooming and stepping, as a ratio to an empty canvas's frame in the same run.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable

import torch

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from benchmarks.measuring.heart import SWITCH_INTERVAL, Heart, wait
from benchmarks.measuring.measure import arguments, parser, sized
from engine.recorder.recorder import Recorder
from engine.recording import Recording
from gui.look.theme import ThemeManager, load_fonts
from gui.panels.graph.panel import GraphPanel
from gui.session.linking import prepare_to_show
from gui.session.session import Session
from gui.work.garbage import GarbageKeeper
from gui.work.layouts import LayoutClient
from gui.work.releasing import Releaser

CHAIN = """x = torch.tensor(1., requires_grad=True)
y = x
for i in range({count}):
    y = y * 1.00001
y.backward()
"""
STEPS = """w = torch.tensor(.9, requires_grad=True)
u = torch.tensor(.5, requires_grad=True)
h = torch.tensor(0.)
for i in range({count} // 3):
    h = torch.tanh(h * w + u)
h.backward()
"""
FRAMES = 25
RELEASED = 6.0
"""Seconds after which the graph before has given its memory back."""
PATIENCE = 120.0
"""Seconds that one graph may take to be placed."""


def record(text: str) -> Recording:
    recorder = Recorder(text, "<program>", max_operations=10**7)
    with recorder:
        exec(compile(text, "<program>", "exec"), {"torch": torch})
    return recorder.finish()


def frames(panel: GraphPanel, move: Callable[[int], object]) -> float:
    """Median seconds of a move and the painting that follows it."""
    found = []
    for number in range(sized(FRAMES, 5)):
        start = time.perf_counter()
        move(number)
        panel.view.viewport().repaint()
        found.append(time.perf_counter() - start)
        QApplication.processEvents()
    return statistics.median(found)


def panned_meanwhile(text: str, panel: GraphPanel, heart: Heart) -> float:
    """The longest stall, in seconds, while the graph that is shown is panned and another one is prepared; 0 without one."""
    if panel.scene.crowd is None:
        return 0.0
    recording = record(text)
    gc.collect()
    panel.view.camera.zoom_to(1.0)
    panel.view.camera.centre_on(panel.scene.places.extent().center())
    wait(0.5)
    thread = threading.Thread(target=prepare_to_show, args=(recording,))
    heart.reset()
    thread.start()
    while thread.is_alive():
        panel.view.camera.pan(QPointF(-23, 7))
        wait(0.02)
    return heart.longest


def measure(name: str, text: str, panel: GraphPanel, heart: Heart, empty: float) -> None:
    session, view = panel.session, panel.view
    start = time.perf_counter()
    recording = record(text)
    recorded = time.perf_counter() - start
    gc.collect()  # what was left of recording it here: in the window another process does that
    wait(0.5)  # what is still to be painted of the graph before
    thread = threading.Thread(target=prepare_to_show, args=(recording,))
    heart.reset()
    start = time.perf_counter()
    thread.start()
    wait(PATIENCE, lambda: not thread.is_alive())
    prepared, stall_prepare = time.perf_counter() - start, heart.longest
    stall_panned = panned_meanwhile(text, panel, heart)
    heart.reset()
    start = time.perf_counter()
    session.show_recording(recording)
    wait(PATIENCE, lambda: panel.scene.crowd is not None and panel.scene.crowd.field.graph is recording.graph)
    shown = time.perf_counter() - start
    wait(0.5)
    stall = heart.longest
    wait(sized(RELEASED, 0.5))
    whole = panel.scene.places.extent()
    print(f"{name}: {len(recording.graph.cards):,} cards, {len(recording.graph.edges):,} edges")
    print(f"  prepared ÷ recorded {prepared / recorded:5.2f}   first view ÷ recorded {shown / recorded:5.2f}")
    print(
        f"  longest stall: {1000 * stall_prepare:.0f} ms while prepared, {1000 * stall_panned:.0f} ms with panning meanwhile, "
        f"{1000 * stall:.0f} ms until shown   aim: under 100"
    )
    for zoom in (view.camera.least_zoom(), 0.1, 0.34, 1.0):
        view.camera.zoom_to(zoom)
        view.camera.centre_on(whole.center())
        wait(0.3)
        pan = frames(panel, lambda number: view.camera.pan(QPointF(-23, 7)))
        print(
            f"  pan at {100 * zoom:6.2f} %: frame ÷ empty frame {pan / empty:6.2f}   ({1000 * pan:.1f} ms, aim: under 16)"
            f"   items {len(panel.scene.cards) + len(panel.scene.edges)}"
        )
    view.camera.zoom_to(view.camera.least_zoom())
    heart.reset()
    zoomed = frames(panel, lambda number: view.camera.zoom_to(view.camera.zoom * 1.25))
    stepped = frames(panel, lambda number: session.set_cursor(recording.end // 2 + number))
    print(f"  zoom in: {zoomed / empty:6.2f}   step: {stepped / empty:6.2f}   longest stall {1000 * heart.longest:.0f} ms")


def main() -> None:
    """Print the table."""
    arguments(parser(__doc__))
    app = QApplication.instance() or QApplication([])
    sys.setswitchinterval(SWITCH_INTERVAL)
    load_fonts()
    keeper = GarbageKeeper()
    keeper.begin()
    session, layouts = Session(), LayoutClient()
    releaser = Releaser(session)
    panel = GraphPanel(session, ThemeManager("light"), layouts, reduced_motion=lambda: True)
    panel.resize(1000, 800)
    panel.show()
    heart = Heart()
    wait(1.0)
    empty = frames(panel, lambda number: panel.view.camera.pan(QPointF(-23, 7)))
    print(f"empty canvas, one frame: {1000 * empty:.2f} ms")
    sizes = sized((10_000, 100_000), (4_000,))
    for count in sizes:
        measure(f"chain of {count:,}", CHAIN.format(count=count), panel, heart, empty)
        measure(f"one leaf in every step, {count:,}", STEPS.format(count=count), panel, heart, empty)
    panel.hide()
    layouts.close()
    del app, keeper, releaser


if __name__ == "__main__":
    main()

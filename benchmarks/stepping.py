"""What a step and a scrub frame cost at 10, 1,000 and 100,000 moments.

Run: python -m benchmarks.stepping [--quick]

A frame is the state at the cursor, the cards and edges of one screen looked up in it, the label of the next operation, and the
painted transport bar. Needs no screen.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable

import torch

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from benchmarks.measuring.measure import arguments, parser, sized
from engine.graph.labels import next_label, phases
from engine.recorder.recorder import Recorder
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.timeline.bar import TransportBar
from gui.panels.timeline.player import Player
from gui.session.session import Session

VISIBLE = 60
"""Cards and edges that fit on a screen."""
FRAMES = 60
LOOP = """w = torch.tensor(1., requires_grad=True)
for i in range({count}):
    loss = (w - 3)**2
    loss.backward()
    with torch.no_grad():
        w -= 0.001 * w.grad
    w.grad.zero_()
"""
CHAIN = """x = torch.tensor(1., requires_grad=True)
y = x
for i in range({count}):
    y = y * 1.00001
y.backward()
"""


def record(text: str) -> Recording:
    """``text`` as recorded, however long."""
    recorder = Recorder(text, "<program>", max_operations=10**7)
    with recorder:
        exec(compile(text, "<program>", "exec"), {"torch": torch})
    return recorder.finish()


def look(session: Session, cards: list[str], edges: list[str]) -> None:
    """What the graph reads for one screen."""
    state = session.state
    if state is not None:
        for card in cards:
            state.cards[card]
        for edge in edges:
            state.edges[edge]


def times(move: Callable[[int], None], cursors: list[int]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds of ``move`` over ``cursors``."""
    found = []
    for cursor in cursors:
        start = time.perf_counter()
        move(cursor)
        found.append((time.perf_counter() - start) * 1000)
    return statistics.median(found), sorted(found)[int(0.95 * len(found))]


def measure(name: str, recording: Recording, base: dict[str, float]) -> None:
    """Print one line for each part of a frame, with its ratio to the shortest recording's."""
    start = time.perf_counter()
    recording.state(0)
    phases(recording)
    prepared = time.perf_counter() - start
    session = Session()
    session.show_recording(recording)
    player = Player(session)
    bar = TransportBar(session, ThemeManager("light"), player)
    bar.resize(1600, bar.height())
    image = QImage(bar.size(), QImage.Format.Format_RGB32)
    cards = [card.id for card in recording.graph.cards[:VISIBLE]]
    edges = [edge.id for edge in recording.graph.edges[:VISIBLE]]

    def paint() -> None:
        painter = QPainter(image)
        bar.render(painter, QPoint())
        painter.end()

    def state(cursor: int) -> None:
        session.set_cursor(cursor)
        look(session, cards, edges)

    def label(cursor: int) -> None:
        next_label(recording, cursor)

    def frame(cursor: int) -> None:
        state(cursor)
        paint()

    middle = recording.end // 2
    steps = [(middle + number) % (recording.end + 1) for number in range(sized(FRAMES, 10))]
    draw = random.Random(0)
    jumps = [draw.randint(0, recording.end) for _ in range(sized(FRAMES, 10))]
    print(f"\n{name}: {recording.end:,} moments, {len(phases(recording)):,} phases, prepared once in {prepared * 1000:.0f} ms")
    frame(0)
    for what, move, cursors in (
        ("state and one screen of cards", state, jumps),
        ("label of the next operation", label, jumps),
        ("one step, painted", frame, steps),
        ("one scrub frame, painted", frame, jumps),
    ):
        median, slow = times(move, cursors)
        ratio = median / base.setdefault(what, median)
        print(f"  {what:<34} {median:8.3f} ms   95 %: {slow:8.3f} ms   × the 10-moment one: {ratio:5.2f}")
    player.pause()
    bar.close()


def main() -> None:
    """Print the table."""
    arguments(parser(__doc__))
    torch.set_num_threads(1)
    application = QApplication([])
    base: dict[str, float] = {}
    measure("chain", record(CHAIN.format(count=3)), base)
    for count in sized((498, 50_000), (498,)):
        measure("chain", record(CHAIN.format(count=count)), base)
    for count in sized((100, 10_000), (100,)):
        measure("training loop", record(LOOP.format(count=count)), base)
    application.quit()


if __name__ == "__main__":
    main()

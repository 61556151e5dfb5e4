"""Training with the live window against the bare loop, and the heartbeat of the window's event loop meanwhile.

    python -m benchmarks.training_throughput [--rounds 5] [--seconds 3] [--quick]

Prints the ratio of steps per second (aim 0.85 or more) with its spread over interleaved rounds, and p50, p99 and maximum of the
time between two turns of an idle event loop beyond the wait that was asked for (aim p99 under 8 ms). What limits it: painting is
Python, and torch gives the interpreter lock away in every operation, so each frame takes its turn out of the steps. Numbers from
a machine that is busy with something else say little: the window and the steps want a core each.
"""

from __future__ import annotations

import statistics
import sys
import time

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from benchmarks.measuring.measure import arguments, parser, sized
from engine.programs.warming import SWITCH_INTERVAL
from engine.training.configs import TrainingConfig
from gui.look import style
from gui.look.theme import ThemeManager, load_fonts
from gui.panels.training.panel import TrainingPanel
from gui.session.session import Session
from gui.work.garbage import GarbageKeeper
from gui.work.training_worker import TrainingController

BEAT = 1
"""Milliseconds between two beats."""


class Heart(QObject):
    """Notes how late each beat of a 1 ms timer comes, in ms."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self._last = time.perf_counter()
        self.timer = QTimer(self)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setInterval(BEAT)
        self.timer.timeout.connect(self.beat)

    def start(self) -> None:
        self._last = time.perf_counter()
        self.timer.start()

    @Slot()
    def beat(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, (now - self._last) * 1000 - BEAT))
        self._last = now


def turn(milliseconds: int) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def bare(seconds: float) -> float:
    """Steps per second of the plain loop: the program's own step, nothing kept."""
    import torch

    from engine.runtime.threads import adopt_thread_count
    from engine.training.data import training_data
    from engine.training.machine import functions
    from engine.training.program import program_text

    adopt_thread_count()
    config = TrainingConfig(learning_rate=0.001)
    program = functions(program_text(config))
    model = program["Linear"](torch.Generator().manual_seed(config.seed))
    X, y = training_data(config).tensors()
    step = program["step"]
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step(model, X, y, 0.001)
        count += 1
    return count / (time.perf_counter() - start)


def live(session: Session, controller: TrainingController, seconds: float, heart: Heart | None) -> float:
    """Steps per second as the window trains them."""
    controller.reset()
    while session.run.latest is None or session.run.state != "idle" or session.run.latest.step != 0:
        turn(20)
    turn(100)
    controller.train()
    turn(300)
    if heart is not None:
        heart.start()
    first, start = len(session.run.snapshots), time.perf_counter()
    turn(round(seconds * 1000))
    made, taken = len(session.run.snapshots) - first, time.perf_counter() - start
    if heart is not None:
        heart.timer.stop()
    controller.pause()
    while session.run.running:
        turn(20)
    return made / taken


def main() -> None:
    """Print the table."""
    wanted = parser(__doc__)
    wanted.add_argument("--rounds", type=int)
    wanted.add_argument("--seconds", type=float)
    options = arguments(wanted)
    rounds, seconds = options.rounds or sized(5, 1), options.seconds or sized(3.0, 1.0)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    load_fonts()
    sys.setswitchinterval(SWITCH_INTERVAL)
    keeper = GarbageKeeper()
    theme = ThemeManager("light")
    style.apply(app, theme)
    session = Session()
    controller = TrainingController(session.run)
    controller.crashed.connect(print)
    panel = TrainingPanel(session, theme, controller)
    panel.resize(516, 788)
    panel.show()
    turn(200)
    panel.build_plots()
    controller.set_epochs(100_000)
    controller.set_learning_rate(0.001)
    controller.prepare()
    while controller.data is None:
        turn(50)
    bare(0.5)
    keeper.begin()
    ratios, rates, heart = [], [], Heart()
    for _ in range(rounds):
        # The beat itself costs throughput, so the two are measured apart; the bare loop runs on both sides of the live one.
        before = bare(seconds / 2)
        shown = live(session, controller, seconds, None)
        after = bare(seconds / 2)
        rates.append((before + after) / 2)
        ratios.append(shown / rates[-1])
        live(session, controller, seconds / 2, heart)
    controller.close()
    late = sorted(heart.late)
    print(f"bare loop: {statistics.median(rates):.0f} steps/s")
    spread = f"from {min(ratios):.2f} to {max(ratios):.2f}, {rounds} rounds"
    print(f"live window / bare loop: {statistics.median(ratios):.2f} ({spread})")
    print(
        f"heartbeat while training: p50 {late[len(late) // 2]:.1f} ms, p99 {late[int(len(late) * 0.99)]:.1f} ms, "
        f"max {late[-1]:.1f} ms ({len(late)} beats)"
    )


if __name__ == "__main__":
    main()

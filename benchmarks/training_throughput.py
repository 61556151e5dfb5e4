"""Training with the live window against the bare loop, and the heartbeat of the window's event loop meanwhile.

    python -m benchmarks.training_throughput [--rounds 5] [--seconds 3] [--quick]

Prints, at 1,500 and at 100,000 points, the ratio of steps per second (aim 0.9 or more) with its spread over interleaved rounds,
the same without a window, and p50, p99 and maximum of the time between two turns of an idle event loop beyond the wait that was
asked for (aim p99 under 8 ms). What limits it: painting is Python, and torch gives the interpreter lock away in every operation,
so each frame takes its turn out of the steps. Numbers from a machine that is busy with something else say little: the window and
the steps want a core each.
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
from gui.work.training.controller import TrainingController

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


def bare(points: int, seconds: float) -> float:
    """Steps per second of the plain loop: the program's own step, nothing kept."""
    import torch

    from engine.runtime.threads import adopt_thread_count
    from engine.training.data import training_data
    from engine.training.machine import functions
    from engine.training.program import program_text

    adopt_thread_count()
    config = TrainingConfig(learning_rate=0.001, n_samples=points)
    program = functions(program_text(config))
    model = program["Linear"](torch.Generator().manual_seed(config.seed))
    X, y = training_data(config).tensors()
    step = program["step"]
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step(model, X, y, 0.001)
        count += 1
    return count / (time.perf_counter() - start)


def alone(points: int, seconds: float) -> float:
    """Steps per second as the window makes them, without it."""
    from engine.training.training import Controls, Course

    course = Course(TrainingConfig(learning_rate=0.001, n_samples=points, epochs=100_000), Controls())
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        until = time.perf_counter() + 0.014
        count += len(course.on(100_000, lambda until=until: time.perf_counter() < until) or ())
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
    controller.set_speed(None)
    controller.prepare()
    keeper.begin()
    for points in (1500, 100_000):
        measured(session, controller, points, rounds, seconds)
    controller.close()


def measured(session: Session, controller: TrainingController, points: int, rounds: int, seconds: float) -> None:
    """Print what there is to say of a run on so many points."""
    session.run.set_config(TrainingConfig(epochs=100_000, learning_rate=0.001, n_samples=points))
    while controller.data is None or len(controller.data.X) != points:
        turn(50)
    bare(points, 0.3)
    ratios, without, rates, heart = [], [], [], Heart()
    for _ in range(rounds):
        # The beat itself costs throughput, so the two are measured apart; the bare loop runs on both sides of the live one.
        before = bare(points, seconds / 2)
        shown = live(session, controller, seconds, None)
        after = bare(points, seconds / 2)
        rates.append((before + after) / 2)
        ratios.append(shown / rates[-1])
        without.append(alone(points, seconds / 2) / after)
        live(session, controller, seconds / 2, heart)
    late = sorted(heart.late)
    print(f"{points:,} points: bare loop {statistics.median(rates):.0f} steps/s")
    spread = f"from {min(ratios):.2f} to {max(ratios):.2f}, {rounds} rounds"
    print(f"  live window / bare loop: {statistics.median(ratios):.2f} ({spread})   aim: 0.9")
    print(f"  without a window / bare loop: {statistics.median(without):.2f}")
    print(
        f"  heartbeat while training: p50 {late[len(late) // 2]:.1f} ms, p99 {late[int(len(late) * 0.99)]:.1f} ms, "
        f"max {late[-1]:.1f} ms ({len(late)} beats)"
    )


if __name__ == "__main__":
    main()

"""Moving a slider: how long until the graph shows what torch computed for it.

    python -m benchmarks.slider_drag [--moves 200] [--quick]

The real window. Slider ``a`` of the default program goes through its positions one by one; each time is counted from the move to
the end of the paint that shows the recording of that very text (aim: p95 under 16 ms, one frame). Beside it stand the bare
``run_program`` of the same texts in turns on the window's own thread, and the same without a process of their own (``run_here``;
aim: 2 ms less at most). The parts of the way: *edit* (text, highlighting, rows of leaves), *record* (hand-over to the recorder
thread and the process, checking, running, recording, and back), *show* (session, cards, formula),
*paint* (waiting for the window's next update, and painting all that changed in it).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.measuring.measure import arguments, parser, percentile, sized
from engine.recording import Recording
from gui import app as application
from gui.documents.autosave import Autosave
from gui.look import style
from gui.look.theme import ThemeManager, load_fonts
from gui.session.settings import Settings
from gui.window.main_window import MainWindow


def turn(milliseconds: int) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class Drag(QObject):
    """Moves the slider, and follows each move to the screen."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.window = window
        self.loop = QEventLoop()
        self.arrived = self.shown = self.painted = 0.0
        self.waits = False
        session, show = window.session, window.session.show_recording

        def noted(recording: Recording) -> None:
            self.arrived = time.perf_counter()
            show(recording)
            self.shown = time.perf_counter()
            self.waits = recording.text == session.text

        session.show_recording = noted  # type: ignore[method-assign, assignment]
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.waits and event.type() == QEvent.Type.UpdateRequest:
            self.waits = False
            # The window paints all that changed while it handles this event; the next one in the queue comes right after it.
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), Qt.EventPriority.HighEventPriority.value)
        return False

    def customEvent(self, event: QEvent) -> None:
        self.painted = time.perf_counter()
        self.loop.quit()

    def move(self, steps: int) -> tuple[float, float, float, float]:
        """Seconds of edit, record, show and paint for one move of the slider by its positions."""
        slider = self.window.code.leaves.rows[0].slider
        start = time.perf_counter()
        slider.setValue(steps)
        edited = time.perf_counter()
        self.loop.exec()
        return edited - start, self.arrived - edited, self.shown - self.arrived, self.painted - self.shown


def main() -> None:
    """Print the table."""
    wanted = parser(__doc__)
    wanted.add_argument("--moves", type=int)
    moves = arguments(wanted).moves or sized(200, 10)
    sys.setswitchinterval(application.SWITCH_INTERVAL)
    app = QApplication([])
    load_fonts()
    theme = ThemeManager("light")
    style.apply(app, theme)
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        window = MainWindow(theme, Settings(folder / "s.ini"), Autosave(folder / "unsaved"))
        window.resize(1600, 1000)
        window.show()
        window.start()
        while window.session.recording is None or window.controller.data is None or window.training.scatter is None:
            turn(50)
        turn(2000)
        from engine.programs.here import run_here
        from engine.programs.program import run_program

        run_here(window.session.text)
        drag = Drag(window)
        row = window.code.leaves.rows[0]
        row.begun.emit()
        first, last = row.slider.value(), row.slider.maximum()
        parts, bare, here = [], [], []
        for number in range(moves):
            # Back and forth, always to another position.
            place = (first + number + 1) % (2 * last)
            parts.append(drag.move(place if place <= last else 2 * last - place))
            # The symbolic derivatives come a little later from a thread of their own: let them be done.
            turn(15)
            start = time.perf_counter()
            run_program(window.session.text)
            between = time.perf_counter()
            run_here(window.session.text)
            bare.append(between - start)
            here.append(time.perf_counter() - between)
        window.documents.may_discard = lambda: True  # type: ignore[method-assign]
        window.close()

    whole = [sum(part) * 1000 for part in parts]
    alone = [one * 1000 for one in bare]
    ratios = [one / other for one, other in zip(whole, alone, strict=True)]
    p95 = percentile(whole, 0.95)
    print(f"slider move to painted graph: p50 {statistics.median(whole):.1f} ms, p95 {p95:.1f} ms   aim: p95 under 16")
    print(f"bare run_program of the text: p50 {statistics.median(alone):.1f} ms, p95 {percentile(alone, 0.95):.1f} ms")
    inside = [one * 1000 for one in here]
    dearer = [one - other for one, other in zip(alone, inside, strict=True)]
    times_as_long = [one / other for one, other in zip(alone, inside, strict=True)]
    print(f"the same in one process:      p50 {statistics.median(inside):.1f} ms, p95 {percentile(inside, 0.95):.1f} ms")
    print(f"the process costs:            p50 {statistics.median(dearer):.1f} ms   aim: under 2")
    low, middle, high = statistics.quantiles(times_as_long, n=4)
    print(f"process of its own ÷ one process, in turns: {middle:.2f} ({low:.2f} to {high:.2f})")
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(f"move to painted graph ÷ bare run_program: {middle:.2f} ({low:.2f} to {high:.2f})")
    for name, times in zip(("edit", "record", "show", "paint"), zip(*parts, strict=True), strict=True):
        milliseconds = [one * 1000 for one in times]
        print(f"  {name:<7} p50 {statistics.median(milliseconds):5.1f} ms, p95 {percentile(milliseconds, 0.95):5.1f} ms")


if __name__ == "__main__":
    main()

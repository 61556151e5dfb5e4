"""A sweep from the question to its small multiples, which follow the runs while these are trained."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.panels.runs.model import number_text
from gui.panels.runs.multiples import Multiples
from gui.panels.runs.sweep import Sweep, SweepBox
from gui.session.runs import Run
from gui.session.session import Session
from gui.widgets import make_button

GROW = 100
"""Milliseconds between two pictures while training runs."""


class Sweeping(QStackedWidget):
    """Asks for a sweep, and shows the last one.

    Signals
    -------
    begun(object)
        These configs are to be trained, one after the other.
    stopped()
        No more of them are to be trained.
    chosen(object)
        This config is wanted.
    left()
        The table is wanted.
    """

    begun = Signal(object)
    stopped = Signal()
    chosen = Signal(object)
    left = Signal()

    def __init__(self, session: Session, theme: ThemeManager) -> None:
        super().__init__()
        self._session, self._theme = session, theme
        self._goes_on = False
        """Whether what was not run yet is going to be."""
        self.box = SweepBox(theme)
        self.multiples = Multiples(theme)
        self._title, self._note = QLabel(), QLabel()
        for label in (self._title, self._note):
            label.setWordWrap(True)
        self.stop = make_button("Stop", theme, tooltip="Train no more runs of this sweep")
        self.again = make_button("Another sweep…", theme)
        self.table = make_button("Show the table", theme, tooltip="The runs of the sweep stay in it")
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(self._title)
        said.addWidget(self._note)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addLayout(said, 1)
        for button in (self.stop, self.again, self.table):
            button.setProperty("row", True)
            button.setAutoDefault(True)  # Return presses it, too
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._scrolled = QScrollArea()
        self._scrolled.setWidget(self.multiples)
        self._scrolled.setWidgetResizable(True)
        self._scrolled.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 8, 16, 4)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._scrolled, 1)
        self._head = head
        self.addWidget(self.box)
        self.addWidget(page)
        self._page = page
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(GROW)
        self._late.timeout.connect(self.renew)
        self.box.begun.connect(self._begin)
        self.box.left.connect(self._leave)
        self.multiples.chosen.connect(self.chosen)
        self.stop.clicked.connect(self._stop)
        self.again.clicked.connect(self.ask)
        self.table.clicked.connect(self.left)
        session.runs.changed.connect(self._start)
        session.run.changed.connect(self._start)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        scale = self._theme.scale
        self._title.setFont(ui_font(13 * scale, 600))
        self._note.setFont(ui_font(12 * scale))
        tint = self._note.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
        self._note.setPalette(tint)

    def minimumSizeHint(self) -> QSize:
        page = self.box if self.currentWidget() is self.box else self._page
        return page.minimumSizeHint()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        """All of the question; of the multiples the rows, below what is said of them."""
        if self.currentWidget() is self.box:
            return self.box.heightForWidth(width)
        room = max(1, width - 32)
        return 20 + self._head.heightForWidth(room) + self.multiples.heightForWidth(room)

    @Slot()
    def ask(self) -> None:
        """Ask for a sweep, beginning with the set-up as it is."""
        self.setCurrentWidget(self.box)
        self.box.ask(self._session.run.config)
        self.box.knob.setFocus()

    def open(self) -> None:
        """Show the last sweep, or ask for the first one."""
        if self.multiples.sweep is None:
            self.ask()
        else:
            self.setCurrentWidget(self._page)
            self.multiples.setFocus()

    @Slot()
    def _leave(self) -> None:
        if self.multiples.sweep is not None:
            self.setCurrentWidget(self._page)
        self.left.emit()

    @Slot(object)
    def _begin(self, sweep: Sweep) -> None:
        self._goes_on = True
        self.multiples.set_sweep(sweep)
        self.setCurrentWidget(self._page)
        self.multiples.setFocus()
        self.renew()
        self.begun.emit(sweep.configs)

    @Slot()
    def _stop(self) -> None:
        self.stopped.emit()
        self.end()

    @Slot()
    def end(self) -> None:
        """No more of its runs are going to be trained."""
        self._goes_on = False
        self.renew()

    # What became of it -------------------------------------------------------------------------------------------

    @Slot()
    def _start(self) -> None:
        if self.multiples.sweep is not None and not self._late.isActive():
            self._late.start()

    @Slot()
    def renew(self) -> None:
        """Draw the runs as they are now."""
        sweep = self.multiples.sweep
        if sweep is None:
            return
        rows = self._session.runs.rows
        found: list[Run | None] = [next((run for run in reversed(rows) if run.config == item), None) for item in sweep.configs]
        self.multiples.set_runs(found, waiting=self._goes_on)
        low, high = self.multiples.ends
        self._title.setText(f"{sweep.knob.label}, {sweep.title(0)} to {sweep.title(len(found) - 1)}")
        if low != low:
            axes = "not trained yet"
        else:
            axes = f"{number_text(low)} to {number_text(high)} on a log scale, epochs 1 to {self.multiples.epochs:,}"
        diverged = sum(run is not None and run.state == "diverged" for run in found)
        lost = f" {diverged} diverged." if diverged else ""
        self._note.setText(f"Loss of each run over the same axes: {axes}.{lost} A click takes a set-up.")
        done = all(run is not None and run.state not in ("waiting", "running") for run in found)
        self.stop.setEnabled(self._goes_on and not done)

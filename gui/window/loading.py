"""What the window imports once it is on screen: torch, then what draws plots, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.window.parts import Parts
from gui.work.imports import Import
from gui.work.jobs import RecorderJobs

PLOTS_WAIT = 250
"""Milliseconds from the arrival of torch to the import of pyqtgraph, in which the first graph is drawn."""
PLOTS_WITHIN = 1000
"""Milliseconds that closing waits for the import of pyqtgraph."""


class Loading(QObject):
    """Each thread that runs Python takes turns away from the window's, so there is only one import at a time.

    Signals
    -------
    begun()
        From now on torch and pyqtgraph may be imported.
    done()
        Everything is imported.
    crashed(str traceback)
        An import failed.
    """

    begun = Signal()
    done = Signal()
    crashed = Signal(str)

    def __init__(self, window: Parts, jobs: RecorderJobs) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs
        self.plots = Import("pyqtgraph", self)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(PLOTS_WAIT)
        jobs.warmed.connect(self._wait.start)
        self._wait.timeout.connect(self._import_plots)
        self._building: Iterator[None] = iter(())
        self.plots.finished.connect(self._begin_building)
        self.plots.crashed.connect(self.crashed)

    @Slot()
    def begin(self) -> None:
        """The window was painted."""
        if self._window.isVisible():
            self.begun.emit()
            self._jobs.start()

    @Slot()
    def _import_plots(self) -> None:
        if self._window.isVisible():
            self.plots.start()

    @Slot()
    def _begin_building(self) -> None:
        self._building = self._built()
        self._build()

    @Slot()
    def _build(self) -> None:
        """One part in each turn of the event loop; the training after the last, as its thread would hold them up."""
        if not self._window.isVisible():
            self.done.emit()
        elif next(self._building, self) is None:
            QTimer.singleShot(1, self._build)
        else:
            self._window.controller.prepare()
            self.done.emit()

    def _built(self) -> Iterator[None]:
        """Make the plots, then the panels that only Train shows, one after the other."""
        for make_next in (self._window.training.build_next, self._window.side.make_next, self._window.below_plots.make_next):
            more = True
            while more:
                more = make_next()
                yield

    def stop(self) -> None:
        """Begin nothing more."""
        self._wait.stop()

    def close(self) -> bool:
        """Wait for an import that runs; True when it has ended."""
        return self.plots.close(PLOTS_WITHIN)

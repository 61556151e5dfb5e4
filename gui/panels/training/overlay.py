"""Which runs are drawn beside the one that is trained, and how far they are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Slot

from gui.panels.training.plots.beside.runs import Beside, Own
from gui.panels.training.plots.norms_plot import NormsPlot
from gui.panels.training.plots.series import RunSeries
from gui.session.comparing import NEEDED, drawn_with
from gui.session.runs import Run, Runs
from gui.session.training_run import Branching
from gui.work.training.beside import Watched
from gui.work.training.controller import TrainingController

if TYPE_CHECKING:
    from engine.training.history import History
    from gui.panels.training.plots.loss_plot import LossPlot
    from gui.panels.training.plots.scatter_plot import ScatterPlot
    from gui.panels.training.plots.surface_plot import SurfacePlot


class Overlay(QObject):
    """Follows the session's runs, and has them drawn in ``plots``, once these are made, and in ``norms``."""

    def __init__(self, runs: Runs, controller: TrainingController, norms: NormsPlot, series: RunSeries, parent: QObject) -> None:
        super().__init__(parent)
        self._runs, self._controller, self._norms, self._series = runs, controller, norms, series
        self.own = Own()
        """The one that is trained."""
        self.runs: list[Beside] = []
        """Those that are drawn beside it in at least one plot, in the order in which they began."""
        self.plots: tuple[ScatterPlot, LossPlot, SurfacePlot] | None = None
        self._known: list[object] = []
        self._watched: tuple[Watched, ...] = ()
        runs.changed.connect(self.renew)
        controller.beside_changed.connect(self._see)

    @Slot()
    def renew(self) -> None:
        """Look again which there are."""
        current = self._runs.current
        found: list[tuple[Run, frozenset[str]]] = []
        for run in self._runs.beside if current is not None else ():
            assert current is not None
            plots = frozenset(plot for plot in NEEDED if drawn_with(plot, run.config, current.config))
            if plots:
                found.append((run, plots))
        drawn = [run for run, _ in found] + ([] if current is None else [current])
        labels = Counter(run.label for run in drawn)
        field = self._runs.field
        growing = [field.numbers_of(run) for run, _ in found]
        known = [
            (run, run.name, len(run.numbers) if grows is None else grows, plots, labels[run.label], run in field.runs)
            for (run, plots), grows in zip(found, growing, strict=True)
        ]
        own = Own() if current is None else Own(current.number, current.name, _short(current, labels), current.begins)
        if (known, own) == (self._known, self.own):
            return
        self._known, self.own = list(known), own
        self.runs = [
            Beside(
                run.number,
                run.name,
                _short(run, labels),
                run.numbers if grows is None else grows,
                run.begins,
                plots,
                key=id(run),
                lead=self._series if run in field.runs else None,
                grows=grows is not None,
            )
            for (run, plots), grows in zip(found, growing, strict=True)
        ]
        self._watched = tuple(
            Watched(id(run), run.config, cast("History", run.snapshots), "surface" in plots, run in field.runs)
            for run, plots in found
            if isinstance(run.snapshots, Branching) and "fit" in plots
        )
        self.draw()

    def draw(self) -> None:
        """Have them drawn."""
        self._controller.look(beside=self._watched)
        for plot in self.plots or ():
            plot.beside.set_runs(self.own, self.runs)
            plot.show_run()
        self._see()

    @Slot()
    def _see(self) -> None:
        """Something else is known of them at the cursor."""
        seen, moved = self._controller.beside, False
        for run in self.runs:
            found = seen.get(run.key)
            if found is not None:
                moved |= run.path is not found.path
                run.fit, run.path = found
        if self.plots is not None and self.runs:
            scatter, _loss, surface = self.plots
            scatter.show_run()
            if moved:
                surface.beside.invalidate()
        self._norms.set_beside(self.own.number, self.runs)


def _short(run: Run, labels: Counter[str]) -> str:
    """The optimizer's name, where no other run that is drawn has it."""
    return run.label if labels[run.label] == 1 else run.name

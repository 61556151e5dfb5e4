"""Both tools of the plots, made with these: they are told what is shown, and are there where their changes can be undone."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from gui.look.theme import ThemeManager
from gui.panels.training.editing.live import Live
from gui.panels.training.editing.points_tool import PointsTool
from gui.panels.training.editing.start_tool import StartTool
from gui.panels.training.plots.scatter_plot import ScatterPlot
from gui.panels.training.plots.series import RunSeries
from gui.panels.training.plots.surface_plot import SurfacePlot
from gui.session.training_run import TrainingRun
from gui.work.training.controller import TrainingController


class PlotTools(QObject):
    """Points are drawn in ``scatter``, a start is chosen on ``surface``.

    Signals
    -------
    told()
        ``said()`` is another one.
    """

    told = Signal()

    def __init__(
        self,
        run: TrainingRun,
        theme: ThemeManager,
        controller: TrainingController,
        series: RunSeries,
        scatter: ScatterPlot,
        surface: SurfacePlot,
    ) -> None:
        super().__init__(scatter)
        self.live = Live(run, controller, self)
        self.points = PointsTool(run, theme, controller, scatter, self.live)
        self.start = StartTool(run, theme, controller, surface, series, self.live)
        for tool in (self.points, self.start):
            tool.told.connect(self.told)
        controller.prepared.connect(self._prepared)
        controller.fit_changed.connect(self._prepared)
        controller.surface_changed.connect(self.start.show_run)
        run.changed.connect(self.start.show_run)
        run.epoch_changed.connect(self.start.show_run)

    @Slot()
    def _prepared(self) -> None:
        self.points.show_data()
        self.start.show_run()

    def set_offered(self, offered: bool) -> None:
        """Whether Train is what is shown."""
        self.points.set_offered(offered)
        self.start.set_offered(offered)

    def said(self) -> str:
        """What they say in the line below the plots; empty where they say nothing."""
        return self.points.said or self.start.said

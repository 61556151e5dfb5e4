"""The plots drawn at a step of the run: at the one that is shown, and for a picture in a file at any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from gui.panels.training.plots.norms_plot import NormsPlot
from gui.panels.training.plots.series import RunSeries
from gui.work.training.controller import TrainingController

if TYPE_CHECKING:
    from engine.training.pictures.fits import Fit
    from gui.panels.training.editing.arrow import GradientArrow
    from gui.panels.training.epochs.over_epochs import OverEpochs
    from gui.panels.training.plots.scatter_plot import ScatterPlot
    from gui.panels.training.plots.surface_plot import SurfacePlot


class Pictured:
    """Draws ``plots``, once they are made, and the ``norms``, all of which stand in ``area``."""

    def __init__(self, area: QWidget, norms: NormsPlot, series: RunSeries, controller: TrainingController) -> None:
        self._area, self._norms, self._series, self._controller = area, norms, series, controller
        self.plots: tuple[ScatterPlot, OverEpochs, SurfacePlot] | None = None
        self.arrow: GradientArrow | None = None

    @property
    def widgets(self) -> dict[str, QWidget]:
        """What can be made a picture of, by what it shows: all plots as they stand, then each that is to be seen."""
        named: dict[str, QWidget] = {"all plots": self._area}
        if self.plots is not None:
            named.update(zip(("data and fit", "over the epochs", "loss surface"), self.plots, strict=True))
        if self._norms.isVisibleTo(self._norms.window()):
            named["gradient norm"] = self._norms
        return named

    @property
    def axes(self) -> tuple[int, ...]:
        """The features over which the fit is drawn."""
        return () if self.plots is None else self.plots[0].axes

    def draw(self, fit: Fit | None) -> None:
        """Draw the step that is shown, with this fit: a cheap repaint of each plot."""
        if self.plots is None:
            return
        scatter, over_epochs, surface = self.plots
        figures = self._controller.figures
        if figures is not None:
            scatter.no_fit, scatter.by_code = figures.no_fit, figures.by_code
        scatter.set_fit(fit)
        if fit is not None and self._norms.isVisibleTo(self._norms.window()):
            self._norms.set_norms(fit.step, fit.gradient_norms)
        elif fit is None:
            self._show_norms()
        scatter.show_run()
        over_epochs.loss.show_run()
        surface.show_run()

    def _show_norms(self) -> None:
        """Those of the newest step, where edited code has no fit that would bring them."""
        figures, latest = self._controller.figures, self._controller.run.latest
        if figures is not None and figures.no_fit and latest is not None:
            found = {name: float(np.linalg.norm(np.asarray(array, np.float64))) for name, array in latest.gradients.items()}
            self._norms.set_norms(latest.step, found)

    def write(self) -> None:
        """Write the texts in the plots, which are dear."""
        if self.plots is not None:
            self.plots[0].show_texts()
            self.plots[1].loss.show_texts()

    @contextmanager
    def at_step(self, fit: Fit) -> Iterator[None]:
        """While a picture is painted, the plots as they were after the step of ``fit``; on the screen they stay as they are."""
        series = self._series
        kept = series.shown, series.behind, series.first_loss
        series.shown, series.behind, series.first_loss = fit.step, frozenset(), None
        try:
            self._draw_picture(fit, fit.step)
            yield
        finally:
            series.shown, series.behind, series.first_loss = kept
            self._draw_picture(self._controller.fit, None)

    def _draw_picture(self, fit: Fit | None, step: int | None) -> None:
        """All as at ``step``, the cursor over the epochs and the arrow along the gradient, too; None: as on the screen."""
        if self.plots is not None:
            self.plots[1].picture(step)
        if self.arrow is not None:
            self.arrow.show(self._controller.surface, fit)
        self.draw(fit)
        self.write()

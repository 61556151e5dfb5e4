"""Begins runs where a person says: at a click on the loss surface, or where the start is dragged to."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal, Slot

from engine.training.choices.common import START
from engine.training.configs import TrainingConfig
from engine.training.parameters import called, places_of
from gui.look.theme import ThemeManager
from gui.panels.training.editing.arrow import GradientArrow
from gui.panels.training.editing.drawing import shortest
from gui.panels.training.editing.frame import Frame, rounded
from gui.panels.training.editing.grip import StartGrip
from gui.panels.training.editing.live import Live
from gui.panels.training.editing.tool_button import ToolButton
from gui.panels.training.plots.series import RunSeries, two_decimals
from gui.panels.training.plots.surface_plot import SurfacePlot
from gui.session.training_run import TrainingRun
from gui.work.training.controller import TrainingController

TIP = "Forget the start that was chosen: draw the first weights from the seed again"
CLICK = "Click to begin a run there. The arrow is the gradient at the point that is shown, downhill"
NAMED = 4
"""Up to so many numbers of a start are said."""


class StartTool(QObject):
    """Of the plot of the loss: a click, a grip over the start, and a button that takes both back.

    Signals
    -------
    told()
        ``said`` is another one.
    """

    told = Signal()

    def __init__(
        self,
        run: TrainingRun,
        theme: ThemeManager,
        controller: TrainingController,
        plot: SurfacePlot,
        series: RunSeries,
        live: Live,
    ) -> None:
        super().__init__(plot)
        self._run, self._controller, self._plot, self._live = run, controller, plot, live
        self._offered = False
        self._ends_following = False
        self._note = ""
        self._begun = run.config
        self._series = series
        self._placed: object = None
        """For what the grip was put where it stands."""
        self._taken: tuple[float, float] | None = None
        self.arrow = GradientArrow(plot, theme, series)
        self.button = ToolButton(theme, "From the seed", TIP)
        self.button.setAccessibleName("Draw first weights from the seed again")
        self.button.hide()
        plot.head.addWidget(self.button)
        self.grip = StartGrip(plot.canvas.viewport(), theme)
        self.button.clicked.connect(self.draw_again)
        plot.start_wanted.connect(self._clicked)
        plot.box.sigRangeChanged.connect(self._range_changed)
        plot.box.sigResized.connect(self._range_changed)
        self.grip.taken.connect(self._grip_taken)
        self.grip.moved.connect(self._grip_moved)
        self.grip.let_go.connect(self._grip_let_go)
        self.grip.pushed.connect(self._pushed)
        live.rested.connect(self._rested)
        run.config_changed.connect(self._config_changed)

    @property
    def said(self) -> str:
        """What the line below the plots says of a start that was chosen, before the first epoch."""
        latest = self._run.latest
        if self._note:
            return self._note
        if latest is None or latest.step or not self._run.config.get("start"):
            return ""
        values = [
            f"{called(at, latest.parameters)} {two_decimals(float(latest.parameters[at[0]].flat[at[1]]))}"
            for at in places_of(latest.parameters)[:NAMED]
        ]
        more = " …" if len(places_of(latest.parameters)) > NAMED else ""
        return f"Starts at {', '.join(values)}{more}, as you chose; From the seed draws the first weights again"

    def set_offered(self, offered: bool) -> None:
        """Whether its changes can be undone here."""
        self._offered = offered
        canvas = self._plot.canvas.viewport()
        canvas.setCursor(Qt.CursorShape.CrossCursor if offered else Qt.CursorShape.ArrowCursor)
        canvas.setToolTip(CLICK if offered else "")
        self.show_run()

    @Slot()
    def show_run(self) -> None:
        """The run, or the loss around it, is another one."""
        self.arrow.show(self._controller.surface, self._controller.fit)
        config = self._run.config
        told = bool(config.get("start")) and not config.code and self._offered
        if told == self.button.isHidden():
            self.button.setVisible(told)
            self._plot.aside = self.button.sizeHint().width() + 5 if told else 0
            self._plot.dress()
        series = self._series
        start = self._controller.surface, series.begun, bool(len(series)), self._offered, bool(config.code), self._plot.beside.own
        if start != self._placed or not (series.is_line and series.goes_on):
            self._place()
            self._placed = start

    @Slot()
    def _range_changed(self) -> None:
        self._place()

    def _place(self) -> None:
        """Put the grip over the start, where that can be seen."""
        self._placed = None
        if self.grip.is_dragged:
            return
        way, frame = self._plot.way(), Frame.of(self._plot)
        at = frame.px(*way[0].tolist()) if len(way) and np.isfinite(way[0]).all() else None
        seen = self._offered and not self._run.config.code and at is not None and frame.area.contains(at)
        if at is not None and seen:
            self.grip.place(at)
        self.grip.setVisible(seen)

    # What is chosen ------------------------------------------------------------------------------------------------

    def _start_at(self, u: float, v: float) -> TrainingConfig | None:
        """The config that begins at (u, v) of the surface that is shown; None where it cannot, which is said."""
        surface, newest = self._controller.surface, self._live.newest
        if surface is None:
            return None
        if newest.code:
            self._say(
                "Edited code makes its own first weights: change them there, or go back to the set-up to choose a start here"
            )
            return None
        across, up = Frame.of(self._plot).per_px
        u, v = rounded(u, across / 10), rounded(v, up / 10)
        numbers = [float(value) for array in surface.plane.at(u, v).values() for value in array.ravel()]
        if len(numbers) > START.most:
            self._say(f"A start can be chosen for up to {START.most:,} parameters, and this model has {len(numbers):,}")
            return None
        axes = {} if surface.chosen is None else dict(zip(surface.chosen, (u, v), strict=True))
        places = places_of(surface.plane.origin)
        start = [axes.get(at, shortest(value)) for at, value in zip(places, numbers, strict=True)]
        try:
            return newest.choosing(options={"start": start})
        except (ValueError, TypeError) as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}")
            return None

    @Slot(float, float)
    def _clicked(self, u: float, v: float) -> None:
        """Begin there, and train."""
        if not self._offered:
            return
        config = self._start_at(u, v)
        if config is None or config == self._run.config:
            return
        self._run.follow(held=True)
        self._run.set_config(config)
        self._run.follow(held=False)
        if not self._run.following:
            self._controller.train()

    @Slot()
    def draw_again(self) -> None:
        """Draw the first weights from the seed."""
        self._run.set_config(self._run.config.drawn_from_seed())

    @Slot()
    def _grip_taken(self) -> None:
        self._begun = self._live.newest
        self._run.follow(held=True)
        self._plot.keeps_view = True
        self._follow()

    def _follow(self) -> None:
        self._ends_following = self._ends_following or not self._run.following
        self._run.follow(True)

    @Slot(QPointF)
    def _grip_moved(self, place: QPointF) -> None:
        surface = self._controller.surface
        if surface is None:
            return
        self._taken = Frame.of(self._plot).at(place)
        if surface.said or surface.bowl is None:
            return  # a slice turns with each run, other losses take a while: it is trained from where the start is let go
        config = self._start_at(*self._taken)
        if config is not None:
            self._live.want(config)

    @Slot(bool)
    def _grip_let_go(self, stays: bool) -> None:
        at, self._taken = self._taken, None
        self._plot.keeps_view = False
        if stays and at is not None and self._live.newest == self._begun:
            config = self._start_at(*at)
            if config is not None:
                self._live.want(config)
        if stays:
            self._live.finish()
        else:
            self._live.drop()
        self._run.follow(held=False)
        if not stays and self._run.config != self._begun:
            self._run.undo_config()
        self._live.settle()
        self._place()

    @Slot(QPointF)
    def _pushed(self, by: QPointF) -> None:
        way, frame = self._plot.way(), Frame.of(self._plot)
        if not len(way):
            return
        config = self._start_at(*frame.at(frame.px(*way[0].tolist()) + by))
        if config is not None:
            self._follow()
            self._live.want(config)
            self._live.settle()

    @Slot()
    def _rested(self) -> None:
        """The last start is trained: from now on a change waits for Train again."""
        if self._ends_following and not self.grip.is_dragged:
            self._ends_following = False
            self._run.follow(False)

    @Slot()
    def _config_changed(self) -> None:
        if self._note:
            self._say("")
        self.show_run()

    def _say(self, note: str) -> None:
        self._note = note
        self.told.emit()

"""The place of the loss in the window: what is shown there over the epochs of the run, chosen in its title, under one cursor."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QWidget

from engine.training.pictures.spreads import Distributed
from gui.look.theme import ThemeManager
from gui.panels.training.epochs.cursor import EpochCursor
from gui.panels.training.epochs.epoch_plot import EpochPlot
from gui.panels.training.epochs.spread_plot import SpreadPlot
from gui.panels.training.epochs.title_chooser import TitleChooser
from gui.panels.training.epochs.trace_plot import TracePlot
from gui.panels.training.plots.loss_plot import LossPlot
from gui.panels.training.plots.norms_plot import NormsPlot
from gui.panels.training.plots.plot import Plot
from gui.panels.training.plots.series import RunSeries
from gui.session.session import Session
from gui.widgets.tab_order import put_in_order, stops
from gui.work.training.controller import TrainingController

SETTING = "training/over_epochs"
ENTRIES = (
    ("loss", "Loss per epoch", "The loss of each epoch, of the rows trained on and of those set aside"),
    ("parameters", "Parameters", "Each parameter over the epochs; of a large model the norm of each tensor"),
    ("gradients", "Gradients", "Each gradient over the epochs; of a large model the norm of each tensor's"),
    (
        "distribution",
        "Distribution",
        "How the numbers of a tensor are distributed over the epochs: least, quartiles, greatest, from the run's snapshots",
    ),
    ("norms", "Gradient norm", "How large each parameter's gradient is at the epoch that is shown, as bars"),
)
"""What can stand here: key, title and meaning."""


class OverEpochs(QWidget):
    """Follows the run. All but the loss is made when it is first chosen; what was chosen is remembered.

    Signals
    -------
    epoch_wanted(int)
        This epoch, which was trained, is to be shown: it was clicked, or the cursor was moved there.
    pressed()
        The mouse was pressed on a plot.
    turned()
        Something else is shown here.
    """

    epoch_wanted = Signal(int)
    pressed = Signal()
    turned = Signal()

    def __init__(self, session: Session, theme: ThemeManager, series: RunSeries, controller: TrainingController) -> None:
        super().__init__()
        self._session, self._theme, self._series, self._controller = session, theme, series, controller
        self._stack = QStackedLayout(self)
        self.loss = LossPlot(theme)
        self.cursor_over: dict[Plot, EpochCursor] = {}
        """Of each plot that was made."""
        self.traces: dict[str, TracePlot] = {}
        """By what they show, ``parameters`` or ``gradients``."""
        self.spread: SpreadPlot | None = None
        self._tensor: tuple[str, bool] = ("", False)
        """Whose distribution was chosen: of a parameter, or of its gradient."""
        self._norms: NormsPlot | None = None
        self.chooser = TitleChooser(theme, ENTRIES, self)
        self._take(self.loss)
        self.wanted = session.settings.value(SETTING)
        """What was chosen, the key of an entry."""
        run = session.run
        for changed in (run.changed, run.epoch_changed, run.config_changed, run.state_changed):
            changed.connect(self._show_run)
        session.recording_changed.connect(self._show_run)
        session.cursor_changed.connect(self._show_run)
        session.guess_changed.connect(self._show_run)
        self.chooser.chosen.connect(self.choose)
        theme.changed.connect(self._fit_title)
        controller.spread_changed.connect(self._show_spread)
        controller.fit_changed.connect(self._show_run)
        self.chooser.offer("norms", False)
        self._serial = -1
        self._turn()

    @property
    def shown(self) -> str:
        """What stands here: what was chosen, or the loss where that stands elsewhere."""
        return self.wanted if self.wanted in self.chooser.offered else "loss"

    @Slot(str)
    def choose(self, key: str) -> None:
        """Show what this entry of ``ENTRIES`` names, from now on."""
        self.wanted = key
        self._session.settings.set_value(SETTING, key)
        self._turn()

    def take_norms(self, norms: NormsPlot | None) -> None:
        """Have ``norms`` among what can be chosen; None: they stand beside the plots, with a title of their own."""
        if norms is self._norms:
            return
        if self._norms is not None:
            self._norms.titled = True
            self._stack.removeWidget(self._norms)
        self._norms = norms
        if norms is not None:
            norms.titled = False
            self._stack.addWidget(norms)
        self.chooser.offer("norms", norms is not None)
        self._turn()

    def _turn(self) -> None:
        """Let that stand here which is to."""
        shown = self.shown
        page = self._page(shown)
        self._stack.setCurrentWidget(page)
        self.chooser.show_choice(shown)
        put_in_order([self.chooser, *(stop for stop in stops(page) if stop.window() is self.window())])  # no lists of boxes
        self._fit_title()
        self._show_run()
        self._look()
        self.turned.emit()

    @Slot()
    def _fit_title(self) -> None:
        """The chooser stands over the title of what is shown; what stands beside that begins after the arrow."""
        self.chooser.restyle()
        for plot in self.cursor_over:
            plot.title.setMinimumWidth(self.chooser.width() if plot is self._stack.currentWidget() else 0)
        self._place_chooser()

    def _place_chooser(self) -> None:
        """Right over the title, wherever that has its line."""
        page, wide = self._stack.currentWidget(), self.chooser.sizeHint().width()
        if isinstance(page, Plot):
            title = page.title.geometry()
            self.chooser.setGeometry(title.x(), title.y(), wide, max(title.height(), self.chooser.sizeHint().height()))
        else:
            self.chooser.move(0, 0)
        self.chooser.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self._place_chooser()
        return False

    def _page(self, key: str) -> QWidget:
        if key == "norms" and self._norms is not None:
            return self._norms
        if key == "loss":
            return self.loss
        if key == "distribution":
            if self.spread is None:
                self.spread = SpreadPlot(self._theme)
                self.spread.tensor_wanted.connect(self._choose_tensor)
                self._take(self.spread)
            return self.spread
        if key not in self.traces:
            self.traces[key] = TracePlot(self._theme, gradients=key == "gradients")
            self._take(self.traces[key])
        return self.traces[key]

    def _take(self, plot: LossPlot | EpochPlot) -> None:
        """Put ``plot`` among those that stand here, under a cursor of its own."""
        cursor = self.cursor_over[plot] = EpochCursor(self._theme, plot)
        cursor.epoch_wanted.connect(self.epoch_wanted)
        plot.epoch_wanted.connect(self.epoch_wanted)
        plot.pressed.connect(self.pressed)
        plot.title.installEventFilter(self)
        self._stack.addWidget(plot)

    def dress(self) -> None:
        """As ``Plot.dress``, of what was made beside the loss."""
        for plot in self.cursor_over.keys() - {self.loss}:
            plot.dress()
        self._fit_title()

    @Slot()
    def _show_run(self) -> None:
        """What stands here as it is at the epoch and the operation that are shown."""
        run = self._session.run
        if run.serial != self._serial:
            self._begin()
        page, total = self._stack.currentWidget(), max(run.config.epochs, run.made)
        if isinstance(page, Plot):
            self.cursor_over[page].set_epochs(1 if run.begun else run.shown_step, run.made, total)
        self._draw(page)

    def picture(self, epoch: int | None) -> None:
        """What stands here as it was at ``epoch``, which the series shows, for a picture in a file; None: as it is again."""
        page = self._stack.currentWidget()
        if isinstance(page, Plot):
            self.cursor_over[page].picture(epoch)
        self._draw(page)

    def _draw(self, page: QWidget | None) -> None:
        """All but the loss, which the panel draws."""
        run = self._session.run
        total = max(run.config.epochs, run.made)
        if isinstance(page, EpochPlot):
            page.guessing = self._session.guessing
        if isinstance(page, TracePlot) and len(run.numbers):
            page.set_run(self._series, run.numbers, total, run.serial)
        elif isinstance(page, SpreadPlot):
            page.set_run(self._series, run.made, total, run.serial)

    # The distribution ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Another run, which may have other tensors."""
        run = self._session.run
        self._serial = run.serial
        tensors = run.numbers.traces.tensors
        if tensors and self._tensor[0] not in tensors:
            self._tensor = tensors[0], False
        offered = bool(tensors)
        if ("distribution" in self.chooser.offered) != offered:
            self.chooser.offer("distribution", offered)
            self._turn()
        else:
            self._look()

    @Slot(str, bool)
    def _choose_tensor(self, name: str, gradient: bool) -> None:
        self._tensor = name, gradient
        if self.spread is not None:
            self.spread.set_spread(None)
        self._look()

    def _look(self) -> None:
        """Have the distribution computed while it is what stands here."""
        name, gradient = self._tensor
        shown = self._stack.currentWidget() is self.spread and self.spread is not None
        if self.spread is not None and shown:
            self.spread.set_tensors(self._session.run.numbers.traces.tensors, self._tensor)
        self._controller.look(spread=Distributed(name, gradient) if shown and name else None)

    @Slot()
    def _show_spread(self) -> None:
        spread = self._controller.spread
        if self.spread is not None and spread is not None and (spread.what.name, spread.what.gradient) == self._tensor:
            self.spread.set_spread(spread)

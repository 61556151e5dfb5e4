"""The place of the loss in the window: what is shown there over the epochs of the run, and the cursor over it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QWidget

from gui.look.theme import ThemeManager
from gui.panels.training.epochs.cursor import EpochCursor
from gui.panels.training.plots.loss_plot import LossPlot
from gui.panels.training.plots.plot import Plot
from gui.session.session import Session


class OverEpochs(QWidget):
    """Follows the run.

    Signals
    -------
    epoch_wanted(int)
        This epoch, which was trained, is to be shown: it was clicked, or the cursor was moved there.
    pressed()
        The mouse was pressed on a plot.
    """

    epoch_wanted = Signal(int)
    pressed = Signal()

    def __init__(self, session: Session, theme: ThemeManager) -> None:
        super().__init__()
        self._session, self._theme = session, theme
        self._stack = QStackedLayout(self)
        self.loss = LossPlot(theme)
        self.loss.epoch_wanted.connect(self.epoch_wanted)
        self.cursor_over: dict[Plot, EpochCursor] = {}
        """Of each plot that was made."""
        self._take(self.loss)
        run = session.run
        for changed in (run.changed, run.epoch_changed, run.config_changed, run.state_changed):
            changed.connect(self._show_epoch)
        session.recording_changed.connect(self._show_epoch)
        self._show_epoch()

    def _take(self, plot: Plot) -> None:
        """Put ``plot`` among those that stand here, under a cursor of its own."""
        cursor = self.cursor_over[plot] = EpochCursor(self._theme, plot)
        cursor.epoch_wanted.connect(self.epoch_wanted)
        plot.pressed.connect(self.pressed)
        self._stack.addWidget(plot)

    def dress(self) -> None:
        """As ``Plot.dress``, of what was made beside the loss."""
        for plot in self.cursor_over.keys() - {self.loss}:
            plot.dress()

    @Slot()
    def _show_epoch(self) -> None:
        run = self._session.run
        shown = 1 if run.begun else run.shown_step
        for cursor in self.cursor_over.values():
            cursor.set_epochs(shown, run.made, max(run.config.epochs, run.made))

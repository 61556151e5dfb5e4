"""The training panel: data and fit, loss, loss surface, controls."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeySequence, QPainter, QPaintEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.mathematics.letters import Accented, Letter
from engine.mathematics.tree import Product, Relation, plus
from engine.training.parameters import called, places_of
from gui.look.mathtext import draw_math, math_width
from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.controls import TrainingControls
from gui.panels.training.looking import Looking
from gui.panels.training.overlay import Overlay
from gui.panels.training.pictured import Pictured
from gui.panels.training.place import EpochPlace
from gui.panels.training.plots.norms_plot import NormsPlot
from gui.panels.training.plots.series import RunSeries, two_decimals
from gui.panels.training.said import Said
from gui.session.session import Session
from gui.widgets import Hairline, IconButton, PanelHeader, Veil, make_button
from gui.work.training.controller import TrainingController

if TYPE_CHECKING:
    from engine.training.pictures.fits import Fit
    from gui.panels.training.editing.tools import PlotTools
    from gui.panels.training.epochs.over_epochs import OverEpochs
    from gui.panels.training.plots.loss_plot import LossPlot
    from gui.panels.training.plots.plot import Plot
    from gui.panels.training.plots.scatter_plot import ScatterPlot
    from gui.panels.training.plots.surface_plot import SurfacePlot

MODEL = Relation(Accented("hat", Letter("y")), "=", plus(Product((Letter("w"), Letter("x"))), Letter("b")))
PLOTS_LEAST = 250
"""Px of height at 100 % in which the plots are plots, with their titles and what stands below them."""
MOST_CHOICES = 400
"""Up to so many parameters are named, to choose two from."""
TEXT_WAIT = 200
"""Milliseconds between two changes of texts while training runs as fast as it can: they cost time, and nobody reads faster."""


class _Formula(QWidget):
    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._text = ""
        self.setAccessibleName(f"Model: {MODEL}")
        self.setToolTip("The model: the prediction is w times x plus b")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_model(self, text: str, meaning: str) -> None:
        """Name a model other than the line, whose formula is short enough to stand here; empty for that."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(f"Model: {text or MODEL}")
            self.setToolTip(f"The model: {meaning[0].lower()}{meaning[1:]}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        scale = self._theme.scale
        words = QFontMetrics(ui_font(12 * scale)).horizontalAdvance(self._text)
        return QSize(words if self._text else round(math_width(MODEL, 16 * scale)) + 2, round(30 * scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = 16 * self._theme.scale
        if self._text:
            painter.setFont(ui_font(12 * self._theme.scale))
            painter.setPen(self._theme.color("text_2"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self._text)
            painter.end()
            return
        draw_math(painter, 0, self.height() / 2 + size * 0.34, MODEL, size, self._theme.color("text_2"))
        painter.end()


class TrainingPanel(QWidget):
    """Cheap to make: the plots come one by one with ``build_next``, after the window's first paint.

    ``set_arrangement("column")`` is the one beside the graph, ``"row"`` the one below it.

    Signals
    -------
    epoch_wanted(int)
        The loss curve was clicked at this epoch, or the cursor over the epochs was moved there.
    pressed()
        The mouse was pressed on a plot, which has no use for the keyboard.
    """

    epoch_wanted = Signal(int)
    pressed = Signal()

    def __init__(
        self,
        session: Session,
        theme: ThemeManager,
        controller: TrainingController,
        parent: QWidget | None = None,
        *,
        plots_only: bool = False,
    ) -> None:
        super().__init__(parent)
        self._plots_only = plots_only
        """Whether there are neither controls nor tools that change the run: it is someone else's, as in a lesson."""
        self._session = session
        self._theme = theme
        self._controller = controller
        self._series = RunSeries(session.run.numbers)
        self._place = EpochPlace(session)
        self.said = Said(session.run, self._series, controller)
        self._looking = Looking(controller, self)
        self._arrangement = ""
        self._texts_shown = 0.0
        self._restyled = False
        """Whether theme or font scale have changed since the widgets were made."""
        self.scatter: ScatterPlot | None = None
        self.over_epochs: OverEpochs | None = None
        self.loss: LossPlot | None = None
        self.surface: SurfacePlot | None = None
        self.tools: PlotTools | None = None
        self.setAccessibleName("Training")
        self.header = PanelHeader("Training", theme)
        self._formula = _Formula(theme)
        self.header.add_widget(self._formula)
        self.hide_button = IconButton(theme, "panel", "Hide Training")
        keys = QKeySequence("Ctrl+Shift+L").toString(QKeySequence.SequenceFormat.NativeText)
        self.hide_button.setToolTip(f"Hide Training ({keys})")
        self.header.add_widget(self.hide_button)
        self.header.set_end(6)
        self.controls = TrainingControls(session, theme, controller)
        self._line = Hairline(theme)
        self._plots = QWidget()
        self._grid = QGridLayout(self._plots)
        self.norms = NormsPlot(theme, self._plots)
        self.norms_place: Callable[[NormsPlot], None] | None = None
        """Puts the gradients' bars where they stand while the plots are in one row; None: they can be chosen among the plots."""
        self.overlay = Overlay(session.runs, controller, self.norms, self._series, self)
        self.norms.hide()
        self.norms.seen.connect(self._show_run)
        self.pictured = Pictured(self._plots, self.norms, self._series, controller)
        self._result = QLabel()
        self._result.setTextFormat(Qt.TextFormat.PlainText)
        self._result.setWordWrap(True)
        self._result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._result.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._result.setContentsMargins(16, 0, 16, 0)
        self._result.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._result.setAccessibleName("Result of the training")
        self.mend = make_button("Train with rate 0.1", theme)
        self.mend.clicked.connect(self._mend)
        self.mend.hide()
        self.standardise = make_button(
            "Standardise", theme, tooltip="Bring x to mean 0 and standard deviation 1, and begin again"
        )
        self.standardise.clicked.connect(self.said.standardise)
        self.standardise.hide()
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 16, 0)
        foot.setSpacing(8)
        foot.addWidget(self._result, 1)
        foot.addWidget(self.mend)
        foot.addWidget(self.standardise)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._late_texts = QTimer(self)
        self._late_texts.setSingleShot(True)
        self._late_texts.setInterval(2 * TEXT_WAIT)  # while frames come they bring the texts
        self._late_texts.timeout.connect(self._show_texts)
        self._veil = Veil(self)
        self.set_arrangement("column")
        session.run.changed.connect(self._show_run)
        session.run.state_changed.connect(self._show_texts)
        session.run.config_changed.connect(self._show_range)
        session.run.config_changed.connect(self._show_texts)
        session.run.epoch_changed.connect(self._show_epoch)
        session.cursor_changed.connect(self._show_cursor)
        session.recording_changed.connect(self._show_cursor)
        session.mode_changed.connect(self._show_cursor)
        session.run.state_changed.connect(self._show_cursor)
        session.run.refused_changed.connect(self._show_texts)
        session.run.own_code.problem_changed.connect(self._show_texts)
        controller.prepared.connect(self._show_start)
        controller.fit_changed.connect(self._show_run)
        controller.surface_changed.connect(self._show_surface)
        theme.changed.connect(self._theme_changed)
        self.restyle()

    # Arrangement -------------------------------------------------------------------------------------------------

    def set_arrangement(self, arrangement: str) -> None:
        """``column`` or ``row``. Raises ValueError for anything else."""
        if arrangement not in ("column", "row"):
            raise ValueError(f"arrangement must be 'column' or 'row', got {arrangement!r}")
        if arrangement == self._arrangement:
            return
        self._arrangement = arrangement
        while self._layout.count():
            self._layout.takeAt(0)
        self.controls.set_arrangement(arrangement)
        self.header.setVisible(arrangement == "column" and not self._plots_only)
        self.controls.setVisible(not self._plots_only)
        self._line.setVisible(not self._plots_only)
        parts = (self.header, self._plots, self._foot, self._line, self.controls)
        for part in parts if arrangement == "column" else (self.controls, self._line, self._plots, self._foot):
            self._layout.addWidget(part, 1 if part is self._plots else 0)
        self._place_plots()

    @property
    def least_height(self) -> int:
        """Px in which controls and plots can be read, one below the other."""
        return self.controls.minimumHeight() + round(PLOTS_LEAST * (0.5 + 0.5 * self._theme.scale))

    def set_folded(self, folded: bool) -> None:
        """Be no more than the controls, or all again."""
        for part in (self._plots, self._line, self._foot):
            part.setVisible(not folded)

    def build_plots(self) -> None:
        """Import pyqtgraph and make the three plots; call it once, after the first paint."""
        while self.build_next():
            pass

    def build_next(self) -> bool:
        """Make one plot more; whether there is another one to make. With the last of them, all are shown."""
        if self.surface is not None:
            return False
        if self.scatter is None:
            from gui.panels.training.plots.scatter_plot import ScatterPlot

            self.scatter = ScatterPlot(self._theme)
        elif self.over_epochs is None:
            from gui.panels.training.epochs.over_epochs import OverEpochs

            self.over_epochs = OverEpochs(self._session, self._theme, self._series, self._controller)
            self.loss = self.over_epochs.loss
            self.over_epochs.epoch_wanted.connect(self.epoch_wanted)
            self.over_epochs.pressed.connect(self.pressed)
            self.over_epochs.turned.connect(self._show_run)
        else:
            from gui.panels.training.editing.tools import PlotTools
            from gui.panels.training.plots.surface_plot import SurfacePlot

            self.surface = SurfacePlot(self._theme)
            run, controller = self._session.run, self._controller
            self.tools = PlotTools(run, self._theme, controller, self._series, self.scatter, self.surface)
            self.tools.told.connect(self._show_texts)
            self.said.told = self.tools.said
            self.scatter.axes_wanted.connect(self._looking.at_features)
            self.surface.chosen.connect(self._looking.at_parameters)
            self.surface.ends_wanted.connect(self._looking.at_part)
            for plot in (self.scatter, self.surface):
                plot.pressed.connect(self.pressed)
            self.overlay.plots = self.scatter, self.over_epochs.loss, self.surface
            self.pictured.plots = self.scatter, self.over_epochs, self.surface
            self.pictured.arrow = self.tools.start.arrow
            self._veil.cover(self._plots_made())
            self._place_plots()
            self._show_start()
            return False
        return True

    def _plots_made(self) -> list[Plot]:
        return [plot for plot in (self.scatter, self.loss, self.surface) if plot is not None]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            if self._restyled:
                self._dress()
            self._veil.cover(self._plots_made())

    def _place_plots(self) -> None:
        if self.scatter is None or self.over_epochs is None or self.surface is None:
            return
        grid, row = self._grid, self._arrangement == "row"
        plots: tuple[QWidget, ...] = (self.scatter, self.over_epochs, self.surface)
        for plot in plots:
            grid.removeWidget(plot)
        if row:
            grid.setContentsMargins(16, 8, 16, 0)
            grid.setHorizontalSpacing(24)
            for column, plot in enumerate(plots):
                grid.addWidget(plot, 0, column)
        else:
            grid.setContentsMargins(12, 8, 16, 0)
            grid.setHorizontalSpacing(12)
            grid.setVerticalSpacing(8)
            grid.addWidget(self.scatter, 0, 0, 1, 2)
            grid.addWidget(self.over_epochs, 1, 0)
            grid.addWidget(self.surface, 1, 1)
        for column, stretch in enumerate((19, 11, 11) if row else (1, 1, 0)):
            grid.setColumnStretch(column, stretch)
        self.place_norms()
        if self.tools is not None:
            self.tools.set_offered(row and not self._plots_only)
        for index, stretch in enumerate((1, 0) if row else (31, 22)):
            grid.setRowStretch(index, stretch)

    @Slot()
    def restyle(self) -> None:
        self._result.setFont(ui_font(12 * self._theme.scale))
        self._show_texts()
        self._fit_result()

    @Slot()
    def _theme_changed(self) -> None:
        self._restyled = True
        self.restyle()

    def _dress(self) -> None:
        """Put into another part of the window, widgets have the fonts and colours again that they were made with."""
        self.header.restyle()
        self.controls.dress()
        for plot in self._plots_made():
            plot.dress()
        if self.over_epochs is not None:
            self.over_epochs.dress()
        self.restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_result()

    def place_norms(self) -> None:
        """Let the gradients' bars stand where they have a place of their own, or be chosen among the plots."""
        if self.over_epochs is None or self.surface is None:
            return
        apart = self._arrangement == "row" and self.norms_place is not None
        self.over_epochs.take_norms(None if apart else self.norms)
        if apart and self.norms_place is not None:
            self.norms_place(self.norms)

    def _fit_result(self) -> None:
        """As many lines as the text takes, and as high as the button beside it."""
        scale, metrics = self._theme.scale, QFontMetrics(ui_font(12 * self._theme.scale))
        aside = 16 + sum(8 + button.sizeHint().width() for button in (self.mend, self.standardise) if not button.isHidden())
        room = QRect(0, 0, max(60, self.width() - 32 - aside), 10_000)
        needed = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self._result.text()).height()
        height = max(round(26 * scale), needed + round(8 * scale))
        if self._result.sizePolicy().hasHeightForWidth():  # Qt's own for wrapped texts would leave the button out
            self._result.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if height != self._result.minimumHeight() or height != self._result.maximumHeight():
            self._result.setFixedHeight(height)
        whole = max(height, 0 if self.mend.isHidden() else self.mend.sizeHint().height() + 4)
        if whole != self._foot.minimumHeight() or whole != self._foot.maximumHeight():
            self._foot.setFixedHeight(whole)

    # The run -----------------------------------------------------------------------------------------------------

    @Slot()
    def _show_start(self) -> None:
        figures, run = self._controller.figures, self._session.run
        if figures is None or self.scatter is None or self.surface is None or run.latest is None:
            return
        setup, parameters = run.config.setup, run.latest.parameters
        self._formula.set_model("" if setup.model.name == "line" else setup.model.title, setup.model.meaning)
        self.scatter.no_fit, self.scatter.by_code = figures.no_fit, figures.by_code
        self.scatter.set_data(figures.data, figures.truth, self._series, self._controller.fit)
        few = sum(array.size for array in parameters.values()) <= MOST_CHOICES
        places = places_of(parameters) if few else ()
        self.surface.set_parameters([called(place, parameters) for place in places], places)
        self.surface.forget_surface(figures.no_surface)
        self.norms.forget()
        self.overlay.draw()
        self._show_surface()
        self._show_range()
        self._show_run()
        self._show_texts()

    @Slot()
    def _show_surface(self) -> None:
        surface = self._controller.surface
        if self.surface is not None and surface is not None:
            self.surface.set_surface(surface, self._series)
            self.surface.set_places(self._controller.places)

    @Slot()
    def _show_range(self) -> None:
        figures, config = self._controller.figures, self._session.run.config
        if figures is None or self.loss is None or not len(self._series):
            return
        fit = self._controller.fit
        self.loss.set_run(self._series, config.epochs, figures.floor, self._first_loss(fit))

    def _first_loss(self, fit: Fit | None) -> float:
        """The greater one of the losses that the run begins with, on the rows trained on and on those set aside."""
        numbers = self._session.run.numbers
        first = fit.loss if fit is not None and fit.step == 0 else math.nan
        if len(numbers) > 1:
            first = float(numbers.loss[1])
        aside = float(numbers.validation[0])
        return max(first, aside) if math.isfinite(aside) else first

    @Slot()
    def _show_run(self) -> None:
        """One frame: three cheap repaints, and the texts of what they show; of training at full speed five times a second."""
        self._series.behind, self._series.first_loss = self._place.behind(), self._place.first_loss()
        if self.scatter is None or self.loss is None or self.surface is None:
            return
        figures = self._controller.figures
        if figures is not None and self.scatter.data is not figures.data:
            return  # of another run: `_show_start` brings its data first
        step = self._series.fit_step
        self._controller.look(step=None if self._session.run.running or step == self._session.run.made else step)
        self.loss.set_changes(self._session.run.changes)
        self.surface.set_places(self._controller.places)
        self.pictured.draw(self._controller.fit)
        if self._controller.speed is not None or time.perf_counter() - self._texts_shown >= TEXT_WAIT / 1000:
            self._show_texts()
        elif not self._late_texts.isActive():
            self._late_texts.start()

    @Slot()
    def _show_epoch(self) -> None:
        """The plots as they were at the step that is looked at."""
        self._series.shown = self._session.run.epoch
        self._show_run()
        self._show_texts()

    @Slot()
    def _show_cursor(self) -> None:
        """The plots as they are at the operation that is shown: an epoch is drawn when it has been computed."""
        place = self._place.behind(), self._place.first_loss()
        if place != (self._series.behind, self._series.first_loss):
            self._show_run()
            self._show_texts()

    @Slot()
    def _show_texts(self) -> None:
        self._texts_shown = time.perf_counter()
        self._late_texts.stop()
        self.pictured.write()
        text, token = self.said.message()
        self._show_mend()
        if text != self._result.text():
            self._result.setText(text)
            self._result.setToolTip(text)
        self._fit_result()
        palette = self._result.palette()
        if palette.color(QPalette.ColorRole.WindowText) != self._theme.color(token):
            palette.setColor(QPalette.ColorRole.WindowText, self._theme.color(token))
            self._result.setPalette(palette)

    def _show_mend(self) -> None:
        """Offer what this run does not run away with, where it does: gradients that are set to zero, or a smaller rate."""
        known = self._controller.figures is not None and not self._session.run.race.racers and not self._plots_only
        accumulates = known and self.said.accumulates
        grows = known and self._session.run.numbers.diverges
        self.mend.setVisible(accumulates or (grows and not self.said.is_lost_at_once))
        self.standardise.setVisible(grows and not accumulates and self.said.can_standardise)
        if accumulates:
            self.mend.setText("Zero gradients")
            self.mend.setAccessibleName("Zero gradients")
            self.mend.setToolTip("Switch zero_grad on and go back to the first weights; Undo switches it off")
        elif grows:
            rate = two_decimals(self.said.better_rate())
            self.mend.setText(f"Reset with {rate}")
            self.mend.setAccessibleName(f"Reset with {rate}")
            self.mend.setToolTip(f"Set the learning rate to {rate} and go back to the first weights")

    @Slot()
    def _mend(self) -> None:
        if self.said.accumulates:
            self.said.zero_gradients()
            self.controls.going_on.reset()
            return
        rate = self.said.better_rate()
        self._controller.pause()
        self._controller.set_learning_rate(rate)
        self.controls.going_on.reset()

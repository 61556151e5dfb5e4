"""The training panel: data and fit, loss, loss surface, controls."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeySequence, QPainter, QPaintEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.mathematics.letters import Accented, Letter
from engine.mathematics.tree import Product, Relation, plus
from gui.look.mathtext import draw_math, math_width
from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.controls import TrainingControls
from gui.panels.training.place import EpochPlace
from gui.panels.training.series import RunSeries, two_decimals
from gui.session.session import Session
from gui.widgets import Hairline, IconButton, PanelHeader, Veil, make_button
from gui.work.training_worker import TrainingController

if TYPE_CHECKING:
    from gui.panels.training.loss_plot import LossPlot
    from gui.panels.training.plot import Plot
    from gui.panels.training.scatter_plot import ScatterPlot
    from gui.panels.training.surface_plot import SurfacePlot

MODEL = Relation(Accented("hat", Letter("y")), "=", plus(Product((Letter("w"), Letter("x"))), Letter("b")))
PLOTS_LEAST = 250
"""Px of height at 100 % in which the plots are plots, with their titles and what stands below them."""
TEXT_WAIT = 100
"""Milliseconds between two changes of texts while training runs: they cost time, and nobody reads faster."""


class _Formula(QWidget):
    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(f"Model: {MODEL}")
        self.setToolTip("The model: the prediction is w times x plus b")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(round(math_width(MODEL, 16 * self._theme.scale)) + 2, round(30 * self._theme.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = 16 * self._theme.scale
        draw_math(painter, 0, self.height() / 2 + size * 0.34, MODEL, size, self._theme.color("text_2"))
        painter.end()


class TrainingPanel(QWidget):
    """Cheap to make: the plots come one by one with ``build_next``, after the window's first paint.

    ``set_arrangement("column")`` is the one beside the graph, ``"row"`` the one below it.

    Signals
    -------
    epoch_wanted(int)
        The loss curve was clicked at this epoch.
    pressed()
        The mouse was pressed on a plot, which has no use for the keyboard.
    """

    epoch_wanted = Signal(int)
    pressed = Signal()

    def __init__(
        self, session: Session, theme: ThemeManager, controller: TrainingController, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._controller = controller
        self._series = RunSeries(session.run.numbers)
        self._place = EpochPlace(session)
        self._arrangement = ""
        self._texts_shown = 0.0
        self._restyled = False
        """Whether theme or font scale have changed since the widgets were made."""
        self.scatter: ScatterPlot | None = None
        self.loss: LossPlot | None = None
        self.surface: SurfacePlot | None = None
        self.setAccessibleName("Training")
        self.header = PanelHeader("Training", theme)
        self.header.add_widget(_Formula(theme))
        self.hide_button = IconButton(theme, "panel", "Hide Training")
        keys = QKeySequence("Ctrl+Shift+L").toString(QKeySequence.SequenceFormat.NativeText)
        self.hide_button.setToolTip(f"Hide Training ({keys})")
        self.header.add_widget(self.hide_button)
        self.header.set_end(6)
        self.controls = TrainingControls(session, theme, controller)
        self._line = Hairline(theme)
        self._plots = QWidget()
        self._grid = QGridLayout(self._plots)
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
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 16, 0)
        foot.setSpacing(8)
        foot.addWidget(self._result, 1)
        foot.addWidget(self.mend)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._late_texts = QTimer(self)
        self._late_texts.setSingleShot(True)
        self._late_texts.setInterval(TEXT_WAIT)
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
        controller.prepared.connect(self._show_start)
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
        self.header.setVisible(arrangement == "column")
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
            from gui.panels.training.scatter_plot import ScatterPlot

            self.scatter = ScatterPlot(self._theme)
        elif self.loss is None:
            from gui.panels.training.loss_plot import LossPlot

            self.loss = LossPlot(self._theme)
            self.loss.epoch_wanted.connect(self.epoch_wanted)
        else:
            from gui.panels.training.surface_plot import SurfacePlot

            self.surface = SurfacePlot(self._theme)
            for plot in (self.scatter, self.loss, self.surface):
                plot.pressed.connect(self.pressed)
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
        if self.scatter is None or self.loss is None or self.surface is None:
            return
        grid, row = self._grid, self._arrangement == "row"
        plots = self._plots_made()
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
            grid.addWidget(self.loss, 1, 0)
            grid.addWidget(self.surface, 1, 1)
        for column, stretch in enumerate((19, 11, 11) if row else (1, 1, 0)):
            grid.setColumnStretch(column, stretch)
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
        self.restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_result()

    def _fit_result(self) -> None:
        """As many lines as the text takes, and as high as the button beside it."""
        scale, metrics = self._theme.scale, QFontMetrics(ui_font(12 * self._theme.scale))
        aside = self.mend.sizeHint().width() + 24 if not self.mend.isHidden() else 16
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
        figures, surface = self._controller.figures, self._controller.surface
        if figures is None or surface is None or self.scatter is None or self.surface is None:
            return
        self.scatter.set_data(figures.data, figures.truth, self._series)
        self.surface.set_surface(surface, self._series)
        self._show_range()
        self._show_texts()

    @Slot()
    def _show_range(self) -> None:
        figures, surface, config = self._controller.figures, self._controller.surface, self._session.run.config
        if figures is None or surface is None or self.loss is None or not len(self._series):
            return
        first = float(surface.value(self._series.w[0], self._series.b[0]))
        self.loss.set_run(self._series, config.epochs, figures.floor, first)

    @Slot()
    def _show_run(self) -> None:
        """One frame: three cheap repaints; texts at most ten times a second."""
        self._series.behind, self._series.first_loss = self._place.behind(), self._place.first_loss()
        if self.scatter is None or self.loss is None or self.surface is None:
            return
        if time.perf_counter() - self._texts_shown >= TEXT_WAIT / 1000:
            self._show_texts()
        elif not self._late_texts.isActive():
            self._late_texts.start()
        self.scatter.show_run()
        self.loss.show_run()
        self.surface.show_run()

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
        if self.scatter is not None and self.loss is not None:
            self.scatter.show_texts()
            self.loss.show_texts()
        text, token = self._message()
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
        """Offer a rate at which this run does not run away, where it does."""
        grows = self._controller.figures is not None and self._session.run.diverges
        self.mend.setVisible(grows)
        if grows:
            rate = two_decimals(self.better_rate())
            self.mend.setText(f"Train with rate {rate}")
            self.mend.setAccessibleName(f"Train with rate {rate}")
            self.mend.setToolTip(f"Set the learning rate to {rate} and train again from the first weights")

    def better_rate(self) -> float:
        """0.1, or a rounded rate of half the bound where that is too much for these data."""
        figures = self._controller.figures
        bound = 2.0 if figures is None else figures.largest_rate or 2.0
        return 0.1 if 0.9 * bound > 0.1 else float(f"{bound / 2:.1g}")

    @Slot()
    def _mend(self) -> None:
        rate = self.better_rate()
        self._controller.pause()
        self._controller.reset()
        self._controller.set_learning_rate(rate)
        self._controller.train()

    def _message(self) -> tuple[str, str]:
        """The line under the plots, and its colour."""
        run, figures = self._session.run, self._controller.figures
        latest = run.latest
        if latest is None or figures is None:
            return "Preparing the data …", "text_3"
        data, largest = figures.data, figures.largest_rate
        if run.diverges and largest is not None:
            bound = f"{largest:.2g}"
            rate = latest.learning_rate
            if rate == run.config.learning_rate:
                return f"⚠ The learning rate is too large (over {bound})", "error"
            whose = "The last run's rate" if run.ended else "The rate"
            return f"⚠ {whose} {rate:.4g} was too large (over {bound})", "error"
        if run.state == "finished" and run.epoch is None and figures.truth is not None and figures.quadratic is not None:
            optimum = figures.quadratic.optimum
            learned = f"learned w {two_decimals(latest.parameters['w'].item())}, b {two_decimals(latest.parameters['b'].item())}"
            true = f"true {two_decimals(figures.truth[0])}, {two_decimals(figures.truth[1])}"
            best = f"least squares {two_decimals(optimum['w'].item())}, {two_decimals(optimum['b'].item())}"
            return f"{learned} · {true} · {best}", "text"
        if latest.step == 0:
            return "A random first line. Each epoch moves it towards the data", "text_3"
        return f"epoch {run.shown_step} of {run.config.epochs} · {len(data.X)} samples an epoch", "text_3"

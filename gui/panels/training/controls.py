"""Learning rate, epochs, seed, speed; Reset, One epoch, Train. In two rows (beside the graph) or in one (below it)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.training.configs import WHOLE_NUMBERS
from gui.look.style import control_height
from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.speed_choice import SpeedChoice
from gui.session.session import Session
from gui.widgets import IntegerBox, LeafSlider, NumberBox, make_button
from gui.widgets.basic import UNBOUND
from gui.work.training.controller import TrainingController
from gui.work.training.going_on import GoingOn, epochs_on

RATES = 0.001, 2.0
"""Ends of the slider of the learning rate; its box takes any number above 0."""
NARROW = 1040
"""Width in px under which one row cannot hold everything."""
TIGHT = 580
"""Width in px under which the lower of two rows cannot: Reset is its icon then, in the upper one."""

RATE_TIP = "The update is the gradient times this"
TRAIN_TIP = "Train to the last epoch"
AGAIN_TIP = "Train again from the same first weights"
STEP_TIP = "Train one epoch, then pause (Ctrl+Shift+R)"
ENDED_TIP = "The run is at its last epoch: train on, or Reset to start again"
PAUSE_TIP = "Pause after the epoch that is running"


class TrainingControls(QWidget):
    """Speaks to the controller and shows what the session says.

    Signals
    -------
    grown()
        One row has become two, or two one.
    """

    grown = Signal()

    def __init__(self, session: Session, theme: ThemeManager, controller: TrainingController) -> None:
        super().__init__()
        self._session = session
        self._theme = theme
        self._controller = controller
        self.going_on = GoingOn(session, controller, self)
        self.title = QLabel("Training")
        self._rate_label, self._epochs_label, self._seed_label = QLabel("Learning rate"), QLabel("Epochs"), QLabel("Seed")
        self.rate_slider = LeafSlider(theme, *RATES, token="text_2", from_left=True, log=True)
        self.rate_slider.setMinimumWidth(56)
        self.rate_box = NumberBox(theme, session.run.config.learning_rate, minimum=1e-9, maximum=1e9, step=None, digits=4)
        self.epochs_box = IntegerBox(theme, session.run.config.epochs, *WHOLE_NUMBERS["epochs"])
        self.seed_box = IntegerBox(theme, session.run.config.seed, *WHOLE_NUMBERS["seed"])
        self.speed = SpeedChoice(session.settings, theme, controller, self)
        self.reset_button = make_button("Reset", theme, icon="reset", tooltip="Go back to this seed's first weights (Ctrl+Alt+R)")
        self.step_button = make_button("One epoch", theme, tooltip=STEP_TIP)
        self.train_button = make_button("Train", theme, kind="primary", tooltip=f"{TRAIN_TIP} (Ctrl+R)")
        self.train_button.setMinimumWidth(84)
        self.show_limit()
        self._name(self.rate_box, "Learning rate", f"{RATE_TIP}, any number above 0; takes effect at once")
        self._name(
            self.epochs_box,
            "Epochs",
            "How many times the training goes over all the data, {:,} to {:,}".format(*WHOLE_NUMBERS["epochs"]),
        )
        self._name(self.seed_box, "Seed", "Draws the first weights; another seed resets the run")
        self._rate_label.setBuddy(self.rate_box)
        self._epochs_label.setBuddy(self.epochs_box)
        self._seed_label.setBuddy(self.seed_box)
        self._lines = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        self._layout = QVBoxLayout(self)
        for line in self._lines:
            self._layout.addLayout(line)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._arrangement = ""
        self._level = 0
        self._fitted: tuple[object, ...] = ()
        self.set_arrangement("column")

        self.rate_slider.moved.connect(controller.set_learning_rate)
        self.rate_box.edited.connect(controller.set_learning_rate)
        self.epochs_box.edited.connect(controller.set_epochs)
        self.seed_box.edited.connect(controller.set_seed)
        self.reset_button.clicked.connect(self.going_on.reset)
        self.step_button.clicked.connect(controller.step)
        self.train_button.clicked.connect(self.going_on.toggle)
        session.run.config_changed.connect(self._show_config)
        session.run.state_changed.connect(self._show_state)
        session.run.config_changed.connect(self._show_state)
        controller.prepared.connect(self.show_limit)
        theme.changed.connect(self.restyle)
        self._show_config()
        self._show_state()
        self.restyle()

    def _name(self, widget: QWidget, name: str, tip: str) -> None:
        widget.setAccessibleName(name)
        widget.setAccessibleDescription(tip)
        widget.setToolTip(tip)

    def set_arrangement(self, arrangement: str) -> None:
        """``column``: two rows; ``row``: one row, with the panel's title."""
        if arrangement == self._arrangement:
            return
        self._arrangement = arrangement
        self._level = 0
        self._arrange()
        self.restyle()

    def _arrange(self) -> None:
        rows, level = self._rows(self._level), self._level
        self.speed.set_boxed(self._arrangement == "column" or level == 1)
        for layout in self._lines:
            while layout.count():
                layout.takeAt(0)
            layout.setSpacing(5 if self._arrangement == "row" and level else 8)
        for layout, row in zip(self._lines, rows, strict=False):
            self._fill(layout, row)
        in_row = self._arrangement == "row"
        top, foot = (12, 14) if not in_row else (0, 0) if len(rows) == 1 else (8, 8)
        self._layout.setContentsMargins(16, top, 16, foot)
        self._layout.setSpacing(0 if len(rows) == 1 else 8 if in_row else 10)
        self.title.setVisible(self.title in rows[0])
        self.rate_slider.setVisible(self.rate_slider in rows[0])
        self.rate_slider.setMaximumWidth(176 if in_row else UNBOUND)
        # In one row there is room for the number of the mark below the track.
        self.rate_slider.setMinimumHeight(round(44 * self._theme.scale) if in_row and len(rows) == 1 else 0)
        self._rate_label.setText("Rate" if level == (1 if in_row else 2) else "Learning rate")
        self.reset_button.setText("" if level == 1 else "Reset")
        self._layout.setSizeConstraint(
            QLayout.SizeConstraint.SetNoConstraint if in_row else QLayout.SizeConstraint.SetDefaultConstraint
        )

    def _rows(self, level: int) -> list[tuple[QWidget | int | None, ...]]:
        """What stands in each row: with all words (level 0), with fewer of them (1), or with all in a row more (2).

        In one narrow row the box alone sets the learning rate, and the title, which the plots make plain, gives way; Reset is its
        icon alone where it is narrow.
        """
        rate = (self._rate_label, self.rate_slider, self.rate_box)
        seed, epochs = (self._seed_label, self.seed_box), (self._epochs_label, self.epochs_box)
        buttons = (self.reset_button, self.step_button, self.train_button)
        if self._arrangement == "row":
            if level == 0:
                return [(self.title, 12, *rate, 8, *epochs, 8, *seed, 4, self.speed, None, *buttons)]
            if level == 1:
                return [(self._rate_label, self.rate_box, 8, *epochs, 8, *seed, 4, self.speed, None, *buttons)]
            return [(*rate, 8, *epochs, 8, *seed, None), (self.speed, None, *buttons)]
        if level == 0:
            return [(*rate, 12, *seed), (*epochs, self.speed, None, *buttons)]
        if level == 1:
            return [(*rate, 12, *seed, self.reset_button), (*epochs, self.speed, None, *buttons[1:])]
        return [(*rate, 8, self.speed), (*epochs, 12, *seed, None), (None, *buttons)]

    def _needed(self) -> int:
        """Px that the widest row takes."""
        wide = 0
        for row, layout in zip(self._rows(self._level), self._lines, strict=False):
            sizes = [item if isinstance(item, int) else self._least(item) for item in row if item is not None]
            widgets = sum(isinstance(item, QWidget) for item in row)  # Qt leaves no spacing beside a spacer
            wide = max(wide, sum(sizes) + layout.spacing() * (widgets - 1))
        return wide + 32

    def _least(self, item: QWidget) -> int:
        if item is self.rate_slider:
            return item.minimumWidth()
        return max(item.sizeHint().width(), item.minimumWidth())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The most words that are whole at this width."""
        now = self.width(), self._theme.scale, self._arrangement, self.step_button.sizeHint().width()
        if now == self._fitted:
            return
        self._fitted = now
        for level in range(3):
            self._set_level(level)
            least = (NARROW if self._arrangement == "row" else TIGHT) * self._theme.scale if level == 0 else 0
            if self.width() >= max(least, self._needed()):
                break
        self._fix_height()

    def _set_level(self, level: int) -> None:
        if level != self._level:
            self._level = level
            self._arrange()

    def _fix_height(self) -> None:
        if self._arrangement == "row":
            scale = self._theme.scale
            height = control_height(48, scale) if self._level < 2 else 2 * control_height(32, scale) + 24
            if height != self.minimumHeight() or height != self.maximumHeight():
                self.setFixedHeight(height)
                self.grown.emit()

    def minimumSizeHint(self) -> QSize:
        """So that the window may make one row narrow: ``_fit`` then leaves parts out, or makes it two."""
        size = super().minimumSizeHint()
        return QSize(460, size.height())

    def _fill(self, layout: QHBoxLayout, items: Sequence[QWidget | int | None]) -> None:
        for item in items:
            if item is None:
                layout.addStretch(1)
            elif isinstance(item, int):
                layout.addSpacing(item)
            else:
                layout.addWidget(item, 20 if item is self.rate_slider else 0)  # a longer one before free room

    @Slot()
    def restyle(self) -> None:
        scale = self._theme.scale
        self.title.setFont(ui_font(13 * scale, 600))
        for label in (self._rate_label, self._epochs_label, self._seed_label):
            label.setFont(ui_font(13 * scale))
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
            label.setPalette(palette)
        if self._arrangement != "row":
            self.setMinimumHeight(0)
            self.setMaximumHeight(UNBOUND)
        self._fit()

    def dress(self) -> None:
        """As ``restyle``, with the fields: fonts that were given back by being put elsewhere."""
        for box in (self.rate_box, self.epochs_box, self.seed_box):
            box.restyle()
        self.speed.restyle()
        self.restyle()

    @Slot()
    def _show_config(self) -> None:
        config = self._session.run.config
        self.rate_slider.set_number(config.learning_rate)
        self.rate_box.set_value(config.learning_rate)
        self.epochs_box.set_value(config.epochs)
        self.seed_box.set_value(config.seed)

    @Slot()
    def show_limit(self) -> None:
        """Mark 2/λmax on the slider of the rate, where the loss has one."""
        figures = self._controller.figures
        limit = None if figures is None else figures.largest_rate
        self.rate_slider.set_limit(limit, figures is not None and figures.limits, "2/λmax")
        tip = f"{RATE_TIP}, {RATES[0]:g} to {RATES[1]:g}; takes effect at once"
        if figures is not None and limit is not None:
            runs = "above it the run runs away" if figures.limits else "the limit of plain gradient descent on all rows"
            tip += f". The mark is 2/λmax = {limit:.3g}: {runs}"
        self._name(self.rate_slider, "Learning rate", tip)

    @Slot()
    def _show_state(self) -> None:
        run = self._session.run
        more, ended = epochs_on(run), run.ended
        if run.running:
            text, tip = "Pause", PAUSE_TIP
        elif more is not None:
            text, tip = "Train on", f"Train {more - run.made:,} epochs more, to epoch {more:,}"
        elif run.made and not ended:
            text, tip = "Train on", TRAIN_TIP
        else:
            text, tip = "Train", AGAIN_TIP if ended else TRAIN_TIP
        self.train_button.setText(text)
        self.train_button.setAccessibleName(text)
        self.train_button.setToolTip(f"{tip} (Ctrl+R)")
        self.step_button.setEnabled(not ended)
        self.step_button.setToolTip(ENDED_TIP if ended else STEP_TIP)
        self.step_button.setAccessibleDescription(self.step_button.toolTip())

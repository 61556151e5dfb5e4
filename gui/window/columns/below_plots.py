"""What Train shows below the plots: the runs, and at their right the gradients' bars, or both behind tabs; it can be folded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from gui.look.style import control_height
from gui.look.theme import ThemeManager, ui_font
from gui.session.runs import Runs
from gui.session.settings import Settings
from gui.widgets import IconButton, Tabs
from gui.widgets.basic import UNBOUND, paint_head
from gui.widgets.tab_order import stops
from gui.window.columns.below_height import HEAD, BelowHeight

if TYPE_CHECKING:
    from gui.panels.runs.panel import RunsPanel
    from gui.panels.training.panel import TrainingPanel

TAB, NORMS = "training/below", "training/below_norms"
"""The settings that remember which tab is shown, and how wide the bars are at 100 %; 0: as they are at first."""
WIDE = 1040
"""Px of width at 100 % from which runs and bars stand side by side."""
NORMS_WIDTH, NORMS_LEAST, RUNS_LEAST = 420, 220, 520
MOST_NUMBERS = 3
"""Up to so many numbers of a start are said."""
FOLD, UNFOLD = "Fold the runs", "Show the runs"


class _Head(QWidget):
    """Arrow, title or tabs, a note, and the buttons of the runs once they are there."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.fold = IconButton(theme, "chevron_down", FOLD)
        self.title = QLabel("Runs")
        self.tabs = Tabs(theme, [("runs", "Runs"), ("norms", "Gradient norms")])
        self.tabs.setAccessibleName("Runs or gradient norms")
        self.tabs.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(8, 0, 16, 1)
        self.row.setSpacing(0)
        self.row.addWidget(self.fold)
        self.row.addSpacing(8)
        self.row.addWidget(self.title)
        self.row.addWidget(self.tabs)
        self.row.addSpacing(8)
        self.row.addWidget(self.note, 1)
        self.row.addStretch()  # takes the room only while the note is hidden
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        scale = self._theme.scale
        self.setFixedHeight(control_height(HEAD, scale))
        self.title.setFont(ui_font(13 * scale, 600))
        self.note.setFont(ui_font(12 * scale))
        tint = self.note.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
        self.note.setPalette(tint)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_head(self, self._theme)


class BelowPlots(QWidget):
    """The runs panel is made when it is first wanted, or by ``make_next`` in a quiet moment, and never for the first picture.

    Signals
    -------
    made()
        The runs panel is there.
    turned()
        Another tab is shown.
    turn_wanted()
        The arrow in its head was pressed.
    seen_wanted()
        Something of it is asked for, and should be in sight.
    """

    made = Signal()
    turned = Signal()
    turn_wanted = Signal()
    seen_wanted = Signal()

    def __init__(
        self, make: Callable[[], RunsPanel], training: TrainingPanel, runs: Runs, theme: ThemeManager, settings: Settings
    ) -> None:
        super().__init__()
        self._make: Callable[[], RunsPanel] | None = make
        self._training, self._runs, self._theme, self._settings = training, runs, theme, settings
        self.runs_panel: RunsPanel | None = None
        self._open = True
        self._wide = True
        self._built = False
        self._from_one_start = ""
        self._norms_width = int(settings.value(NORMS)) or NORMS_WIDTH
        self.height_of = BelowHeight(lambda: self.runs_panel, runs, theme, settings, self)
        self.setAccessibleName("Runs and gradient norms")
        training.norms_place = self._place_norms

    def build(self) -> None:
        """Make all but the panel of runs, before it is first shown: a window that opens with Explore is painted without."""
        if self._built:
            return
        self._built = True
        theme, settings = self._theme, self._settings
        self.head = _Head(theme)
        self.tabs = self.head.tabs
        if settings.value(TAB) in self.tabs.words:
            self.tabs.set_current(settings.value(TAB))
        self._body = QStackedWidget()
        self._room = QWidget()  # of the runs, until they are there
        self._norms_page = QWidget()
        for page in (self._room, self._norms_page):
            self._body.addWidget(page)
        self._left, self._right = QWidget(), QWidget()
        column = QVBoxLayout(self._left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._body, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        for part in (self._left, self._right):
            self._split.addWidget(part)
            part.setAutoFillBackground(True)
        self._split.setStretchFactor(0, 1)
        beside = QHBoxLayout(self._right)
        beside.setContentsMargins(16, 11, 16, 4)
        tabbed = QHBoxLayout(self._norms_page)
        tabbed.setContentsMargins(16, 8, 16, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._split)
        self.head.fold.clicked.connect(self.turn_wanted)
        self.tabs.chosen.connect(self._chosen)
        self._split.splitterMoved.connect(self._moved)
        self._runs.changed.connect(self._count)
        theme.changed.connect(self.restyle)
        self.restyle()
        self._count()
        self._arrange()

    def save(self) -> None:
        """Remember where its borders are."""
        self.height_of.save()
        self._settings.set_value(NORMS, self._norms_width)

    @Slot()
    def restyle(self) -> None:
        for part in (self._left, self._right):
            colors = part.palette()
            colors.setColor(QPalette.ColorRole.Window, self._theme.color("surface"))
            part.setPalette(colors)
        self._right.setMinimumWidth(round(NORMS_LEAST * self._theme.scale))
        self._fit()
        self.height_of.changed.emit()

    # The runs panel ------------------------------------------------------------------------------------------------

    def make_next(self) -> bool:
        """Make what is not there yet; whether there is more to make."""
        self.panel()
        return False

    def panel(self) -> RunsPanel:
        """The panel of runs, which is made if it is not there yet."""
        self.build()
        make, self._make = self._make, None
        if make is not None:
            panel = self.runs_panel = make()
            self._body.insertWidget(0, panel)
            self._body.removeWidget(self._room)
            self._room.deleteLater()
            self.head.row.addWidget(panel.buttons)
            panel.buttons.show()
            panel.fitted.connect(self.height_of.changed)
            panel.fitted.connect(self._fit)
            panel.asking.connect(self._bring)
            self._arrange()
            self._fit()
            self.made.emit()
            self.height_of.changed.emit()
        assert self.runs_panel is not None
        return self.runs_panel

    @property
    def stops(self) -> list[QWidget]:
        """What Tab stops at, in its order: arrow, tabs, buttons, and what is shown."""
        panel = self.panel()
        return [self.head.fold, *stops(self.tabs), *stops(panel.buttons), *stops(panel), *stops(self._right)]

    def bring_runs(self) -> None:
        """Show the runs, whatever is shown."""
        self.panel()
        self._bring()

    @Slot()
    def _bring(self) -> None:
        self.tabs.set_current("runs")
        self._arrange()
        self.turned.emit()
        self.seen_wanted.emit()

    @Slot(str)
    def _chosen(self, tab: str) -> None:
        self._settings.set_value(TAB, tab)
        self._arrange()
        self.turned.emit()
        self.seen_wanted.emit()

    def set_open(self, opened: bool) -> None:
        """Be all, or no more than the head."""
        if opened != self._open:
            self._open = opened
            self._arrange()
            self._fit()  # folded, its head says what was said below the runs

    @property
    def is_open(self) -> bool:
        """Whether more than the head is shown."""
        return self._open

    # Side by side or in tabs ---------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._built:
            self._fit()

    @Slot()
    def _fit(self) -> None:
        wide = self.width() >= WIDE * self._theme.scale
        if wide != self._wide:
            self._wide = wide
            self._arrange()
        self._divide()
        head, panel = self.head, self.runs_panel
        if panel is not None:
            panel.table.set_dense(not wide)
            named = head.title if wide else self.tabs
            room = self._left.width() - head.fold.width() - named.sizeHint().width() - 8 - 8 - 8 - 16
            said = "" if self._open else panel.said
            metrics = head.note.fontMetrics()
            panel.buttons.fit(room - (8 + metrics.horizontalAdvance(said) if said else 0))
            left = room - panel.buttons.sizeHint().width() - 8
            text = metrics.elidedText(said, Qt.TextElideMode.ElideRight, left) if said else self._from_one_start
            head.note.setText(text)
            head.note.setToolTip(said)
            head.note.setAccessibleDescription(said)
            head.note.setVisible(bool(said) or (wide and metrics.horizontalAdvance(text) <= left))

    def _divide(self) -> None:
        if self._wide and self._open:
            norms = round(max(NORMS_LEAST, self._norms_width) * self._theme.scale)
            norms = min(norms, self.width() - RUNS_LEAST)
            self._split.setSizes([max(1, self.width() - norms - 1), norms])

    def _arrange(self) -> None:
        head, wide = self.head, self._wide
        head.title.setVisible(wide)
        self.tabs.setVisible(not wide)
        self._right.setVisible(wide and self._open)
        self._body.setVisible(self._open)
        runs = self.runs_panel or self._room
        shows_norms = not wide and self.tabs.current() == "norms"
        self._body.setCurrentWidget(self._norms_page if shows_norms else runs)
        head.fold.set_icon_name("chevron_down" if self._open else "chevron_right")
        head.fold.setToolTip(FOLD if self._open else UNFOLD)
        head.fold.setAccessibleName(head.fold.toolTip())
        self._training.place_norms()
        self._divide()

    def _place_norms(self, norms: QWidget) -> None:
        """Have the gradients' bars where they stand now."""
        self.build()
        place = self._right if self._wide else self._norms_page
        if norms.parentWidget() is not place:
            layout = place.layout()
            assert layout is not None
            layout.addWidget(norms)
            norms.setMinimumWidth(0)
            norms.setMaximumWidth(UNBOUND)
            norms.show()

    @Slot()
    def _count(self) -> None:
        count = len(self._runs.trained)
        self.tabs.set_count("runs", count)
        self._from_one_start = started(self._runs) if count > 1 else ""
        self._fit()

    @Slot()
    def _moved(self) -> None:
        self._norms_width = round(self._right.width() / self._theme.scale)


def started(runs: Runs) -> str:
    """``from one start``, with the few numbers of that, where all runs that were trained begin with the same; else nothing."""
    firsts = [(run.numbers.places, run.numbers.parameters[0]) for run in runs.trained]
    if not firsts or not all(places and places == firsts[0][0] and np.array_equal(row, firsts[0][1]) for places, row in firsts):
        return ""
    places, row = firsts[0]
    if len(places) > MOST_NUMBERS or any(at for _, at in places):
        return "from one start"
    numbers = [f"{name} = {value:.2f}" for (name, _), value in zip(places, row.tolist(), strict=True)]
    return ", ".join(("from one start", *numbers)).replace("-", "\N{MINUS SIGN}")

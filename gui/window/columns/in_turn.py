"""Graph, plots and runs of Train in a low window: what is being used is shown, and the others folded to their heads."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from gui.look.style import control_height
from gui.look.theme import ThemeManager
from gui.panels.graph.panel import GraphPanel
from gui.panels.search.panel import SearchPanel
from gui.panels.timeline.player import Player
from gui.panels.training.panel import TrainingPanel
from gui.session.session import Session
from gui.window.columns.below_plots import BelowPlots

CANVAS_LEAST = 240
"""Px in which the cards of the training say their names and numbers; they do not grow with the font."""

BORDERS = 2


class InTurn(QObject):
    """Folds the graph or the plots if the height is too small for both: walking shows the graph, training the plots.

    What is ``below`` the plots keeps its room beside either of them. Where there is not even room for that, all three take turns.

    Signals
    -------
    turned()
        The other one is shown now.
    covered()
        The keyboard was in the part that is hidden now.
    """

    turned = Signal()
    covered = Signal()

    def __init__(
        self, graph: GraphPanel, training: TrainingPanel, below: BelowPlots, theme: ThemeManager, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._graph, self._training, self._below, self._theme = graph, training, below, theme
        self._wanted = "training"
        self._alone = ""
        self._cramped = False
        """Whether what is below takes turns, too."""
        self._insists = False
        """Whether the user wants what is below even where the graph has to go for it."""
        self._player: Player | None = None
        graph.header.fold.clicked.connect(self.turn)
        for button in (training.controls.step_button, training.controls.train_button):
            button.clicked.connect(self.show_plots)
        below.turn_wanted.connect(self.turn_below)
        below.seen_wanted.connect(self.show_below)
        below.made.connect(self._take_runs)

    @Slot()
    def _take_runs(self) -> None:
        """What begins among the runs is seen in the plots."""
        panel = self._below.panel()
        for begun in (panel.again_wanted, panel.race_wanted, panel.sweep_wanted, panel.branch_wanted):
            begun.connect(self.show_plots)

    def follow(self, player: Player, session: Session, search: SearchPanel) -> None:
        """Show what these use."""
        self._player = player
        player.walked.connect(self._walked)
        session.pointed.reveal_wanted.connect(self.show_graph)
        search.toggled.connect(self.show_graph)

    @property
    def alone(self) -> str:
        """``graph``, ``training`` or ``below``, or nothing where graph and plots are shown."""
        return self._alone

    def fit(self, height: int | None) -> None:
        """Fold what has no room in ``height`` px; None where graph and plots stand side by side."""
        below, height_of, plots = self._below, self._below.height_of, self.head_height + self._training.least_height
        if height is None:
            self._cramped = False
            self._set("")
            return
        spare = height - plots - BORDERS
        self._cramped = not height_of.folded and spare < height_of.least
        yields = (
            height_of.may_yield and not self._insists and CANVAS_LEAST + height_of.line <= spare < CANVAS_LEAST + height_of.least
        )
        opened = not height_of.folded and not self._cramped and not yields
        both = spare >= CANVAS_LEAST + (height_of.least if opened else height_of.line)
        below.set_open(opened or (self._cramped and self._wanted == "below"))
        alone = "training" if self._wanted == "below" and not self._cramped else self._wanted
        self._set("" if both else alone)

    @property
    def head_height(self) -> int:
        """Px that the folded graph takes."""
        return control_height(40, self._theme.scale)

    @Slot()
    def turn(self) -> None:
        """Show the graph, or the plots in its place."""
        self._want("training" if self._alone == "graph" else "graph")

    @Slot()
    def turn_below(self) -> None:
        """Fold what is below the plots, or show it."""
        if not self._below.is_open:
            self.show_below()
        elif self._cramped:
            self._want("training")
        else:
            self._insists = False
            self._below.height_of.fold(True)

    @Slot()
    def show_below(self) -> None:
        """Show what is below the plots, in the place of the plots where there is no other."""
        self._insists = True
        self._below.height_of.fold(False)
        if self._cramped:
            self._want("below")
        else:
            self.turned.emit()

    @Slot()
    def show_graph(self) -> None:
        self._want("graph")

    @Slot()
    def show_plots(self) -> None:
        self._want("training")

    @Slot()
    def _walked(self) -> None:
        if self._player is not None and self._player.can_step and not self._player.pace.by_epochs:
            self.show_graph()

    def _want(self, part: str) -> None:
        if self._alone and part != self._alone:  # what is done outside both, or in Explore, says nothing about Train
            self._wanted = part
            self._below.set_open(part == "below" if self._cramped else not self._below.height_of.folded)
            self._set(part)
            self.turned.emit()

    def _set(self, alone: str) -> None:
        if alone == self._alone:
            return
        self._alone = alone
        graph, training = self._graph, self._training
        keyboard = graph.window().focusWidget()
        graph.set_folded(alone in ("training", "below"))
        graph.header.set_foldable(bool(alone))
        training.set_folded(alone in ("graph", "below"))
        if keyboard is not None and not keyboard.isVisibleTo(graph.window()):
            self.covered.emit()

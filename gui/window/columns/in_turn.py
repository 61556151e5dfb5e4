"""Graph and plots of Train in a low window: one of them is shown, whichever is being used, and the other folded to its head."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from gui.look.style import control_height
from gui.look.theme import ThemeManager
from gui.panels.graph.panel import GraphPanel
from gui.panels.search.panel import SearchPanel
from gui.panels.timeline.player import Player
from gui.panels.training.panel import TrainingPanel
from gui.session.session import Session

CANVAS_LEAST = 240
"""Px in which the cards of the training say their names and numbers; they do not grow with the font."""


class InTurn(QObject):
    """Folds one of the two if the height is too small for both: walking shows the graph, training the plots.

    Signals
    -------
    turned()
        The other one is shown now.
    covered()
        The keyboard was in the part that is hidden now.
    """

    turned = Signal()
    covered = Signal()

    def __init__(self, graph: GraphPanel, training: TrainingPanel, theme: ThemeManager, parent: QObject) -> None:
        super().__init__(parent)
        self._graph, self._training, self._theme = graph, training, theme
        self._wanted = "training"
        self._alone = ""
        self._player: Player | None = None
        graph.header.fold.clicked.connect(self.turn)
        for button in (training.controls.step_button, training.controls.train_button):
            button.clicked.connect(self.show_plots)

    def follow(self, player: Player, session: Session, search: SearchPanel) -> None:
        """Show what these use."""
        self._player = player
        player.walked.connect(self._walked)
        session.pointed.reveal_wanted.connect(self.show_graph)
        search.toggled.connect(self.show_graph)

    @property
    def alone(self) -> str:
        """``graph`` or ``training``, or nothing where both are shown."""
        return self._alone

    def fit(self, height: int | None) -> None:
        """Fold what has no room in ``height`` px; None where both stand side by side."""
        needed = self.head_height + CANVAS_LEAST + self._training.least_height
        self._set(self._wanted if height is not None and height < needed else "")

    @property
    def head_height(self) -> int:
        """Px that the folded graph takes."""
        return control_height(40, self._theme.scale)

    @Slot()
    def turn(self) -> None:
        """Show the other one."""
        self._want("training" if self._wanted == "graph" else "graph")

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
            self._set(part)
            self.turned.emit()

    def _set(self, alone: str) -> None:
        if alone == self._alone:
            return
        self._alone = alone
        graph, training = self._graph, self._training
        keyboard = graph.window().focusWidget()
        graph.set_folded(alone == "training")
        graph.header.set_foldable(bool(alone))
        training.set_folded(alone == "graph")
        if keyboard is not None and not keyboard.isVisibleTo(graph.window()):
            self.covered.emit()

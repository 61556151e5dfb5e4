"""Stepping: player, transport bar, explanation and inspector, and how they cross from one epoch to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from gui.look.theme import ThemeManager
from gui.panels.explanation.panel import ExplanationPanel
from gui.panels.inspector.panel import InspectorPanel
from gui.panels.prediction.panel import PredictionPanel
from gui.panels.timeline.bar import TransportBar
from gui.panels.timeline.player import Player
from gui.session.session import Session
from gui.window.columns.left_column import inspector_close_button
from gui.window.runs import ProgramRuns
from gui.window.trained.epochs import EpochWalk
from gui.work.jobs import RecorderJobs
from gui.work.training.controller import TrainingController


class Stepping(QObject):
    """Makes the widgets of stepping and answers its keys; the window places them."""

    def __init__(
        self,
        session: Session,
        theme: ThemeManager,
        jobs: RecorderJobs,
        runs: ProgramRuns,
        controller: TrainingController,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.player = Player(session, self)
        self.bar = TransportBar(session, theme, self.player)
        self.explanation = ExplanationPanel(session, theme)
        self.prediction = PredictionPanel(session, theme, self.player)
        self.inspector = InspectorPanel(session, theme)
        self.inspector_close = inspector_close_button(theme)
        self.inspector.header.add_widget(self.inspector_close)
        self.walks: dict[str, Callable[[], None]] = {
            "Left": lambda: self.player.step(-1),
            "Right": lambda: self.player.step(1),
            "Shift+Left": lambda: self.player.phase(-1),
            "Shift+Right": lambda: self.player.phase(1),
            "Ctrl+Left": lambda: self.epochs.next_epoch(-1),
            "Ctrl+Right": lambda: self.epochs.next_epoch(1),
            "Home": self.player.first,
            "End": self.player.last,
        }
        """The keys that walk, wherever no control has its own use for them."""
        self.explanation.check_wanted.connect(jobs.submit_check)
        jobs.checked.connect(self.explanation.show_check)
        self.bar.predict_toggled.connect(self.prediction.set_on)
        self.player.held.connect(self.prediction.asking.ask)
        self.epochs = EpochWalk(session, self.player, self.bar, runs, controller, self)

    def close(self) -> None:
        """Stop playing."""
        self.player.pause()

    # Keys --------------------------------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Act on a key that the focused control left alone; False if it means nothing here."""
        return walked(event, self.player, self.walks)


def walked(event: QKeyEvent, player: Player, walks: Mapping[str, Callable[[], None]]) -> bool:
    """Space plays or pauses, and the keys of ``walks`` walk; False for any other key."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if event.key() == Qt.Key.Key_Space and modifiers == Qt.KeyboardModifier.NoModifier:
        if not event.isAutoRepeat():
            player.toggle()
        return True
    walk = walks.get(QKeySequence(QKeyCombination(modifiers, Qt.Key(event.key()))).toString())
    if walk is not None:
        walk()
    return walk is not None

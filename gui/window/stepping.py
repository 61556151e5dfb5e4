"""Stepping: player, transport bar, explanation and inspector, and how they cross from one epoch to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QKeyCombination, QObject, Qt, Slot
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
        self._session = session
        self._runs = runs
        self._controller = controller
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
            "Ctrl+Left": lambda: self.next_epoch(-1),
            "Ctrl+Right": lambda: self.next_epoch(1),
            "Home": self.player.first,
            "End": self.player.last,
        }
        """The keys that walk, wherever no control has its own use for them."""
        self.explanation.check_wanted.connect(jobs.submit_check)
        jobs.checked.connect(self.explanation.show_check)
        self.bar.predict_toggled.connect(self.prediction.set_on)
        self.player.held.connect(self.prediction.asking.ask)
        self.bar.epoch_chosen.connect(self._epoch_chosen)
        self.player.epoch_requested.connect(self._epoch_requested)
        self.player.crossed.connect(self._crossed)
        self.player.restarted.connect(self._restart)
        session.mode_changed.connect(self._mode_changed)
        session.run.changed.connect(self._show_epochs)
        session.run.epoch_changed.connect(self._show_epochs)
        session.run.config_changed.connect(self._show_epochs)
        session.run.state_changed.connect(self._show_epochs)
        session.recording_changed.connect(self._show_epochs)
        session.cursor_changed.connect(self._cursor_changed)
        self._mode_changed(session.mode)

    def close(self) -> None:
        """Stop playing."""
        self.player.pause()

    # Epochs ------------------------------------------------------------------------------------------------------

    @Slot(str)
    def _mode_changed(self, mode: str) -> None:
        self.player.pause()
        self.player.crosses = self._session.subject.has_epochs
        self.bar.set_epochs_visible(self._session.subject.has_epochs)
        self._show_epochs()

    @Slot()
    def _show_epochs(self) -> None:
        if self._session.subject.has_epochs:
            run = self._session.run
            self.bar.epochs.set_epochs(max(run.config.epochs, run.made), run.made, 1 if run.begun else run.shown_step)
            self.player.set_neighbours(run.shown_step > 1, run.shown_step < run.made or not run.ended)

    @Slot()
    def _cursor_changed(self) -> None:
        """Before training, its first epoch is there to be looked at; walking through that trains it, and the plots go along."""
        run = self._session.run
        untrained = run.state == "idle" and len(run.snapshots) == 1 and not run.awaits_start
        if self._session.subject.has_epochs and untrained:
            self._runs.opens_here()
            self._controller.step()

    @Slot(int)
    def _epoch_chosen(self, epoch: int) -> None:
        self._halt()
        self._runs.show_epoch(epoch)

    @Slot(int)
    def go_to_epoch(self, epoch: int) -> None:
        """Show the epoch of the run that was clicked in a plot, in the mode that shows epochs."""
        self._halt()
        self._session.set_mode("train")
        self._runs.show_epoch(epoch)

    @Slot(int)
    def _epoch_requested(self, direction: int) -> None:
        """The next or previous epoch as a whole; after the last one made, training makes one more."""
        self._halt()
        epoch = self._session.run.shown_step + direction
        if direction > 0 and epoch > self._session.run.made:
            self._controller.step()
        elif epoch >= 1:
            self._runs.show_epoch(epoch)

    @Slot(int)
    def _crossed(self, direction: int) -> None:
        """A step beyond the last or before the first moment of an epoch goes on in its neighbour."""
        self._halt()
        epoch = self._session.run.shown_step + direction
        if direction > 0 and epoch > self._session.run.made:
            self._runs.opens_at_start()
            self._controller.step()
        elif epoch >= 1:
            self._runs.show_epoch(epoch, at_end=direction < 0)

    @Slot()
    def _restart(self) -> None:
        """Go back to where the run begins: before the first operation of its first epoch, or at that epoch as a whole."""
        self._halt()
        if self._session.run.shown_step > 1:
            self._runs.show_epoch(1, at_end=self.player.pace.by_epochs)
        else:
            self.player.first()

    def _halt(self) -> None:
        if self._session.run.running:
            self._controller.pause()

    # Keys --------------------------------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Act on a key that the focused control left alone; False if it means nothing here."""
        return walked(event, self.player, self.walks)

    def next_epoch(self, direction: int) -> None:
        """Ctrl and an arrow: move by whole epochs, in Train."""
        if self._session.subject.has_epochs:
            self.player.pause()
            self._epoch_requested(direction)


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

"""What of the run the plots ask to be shown: other features, other parameters, another part of the loss."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from gui.work.training.controller import TrainingController


class Looking(QObject):
    """Hands to the controller what was chosen in a plot."""

    def __init__(self, controller: TrainingController, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller

    @Slot(object)
    def at_features(self, axes: tuple[int, ...]) -> None:
        """Show the data and the fit over these features."""
        self._controller.look(axes=axes)

    @Slot(object)
    def at_parameters(self, chosen: object) -> None:
        """Show the loss over these two parameters, or a slice."""
        self._controller.look(chosen=chosen, ends=None)

    @Slot(object)
    def at_part(self, ends: object) -> None:
        """Show this part of it."""
        self._controller.look(ends=ends)

"""Speed and size of a move as a menu, for a bar that has no room for their boxes beside the timeline."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from gui.widgets import ComboBox


class Choices(QMenu):
    """What ``boxes`` offer, under their names; a choice made here is made there."""

    def __init__(self, boxes: tuple[ComboBox, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._boxes = boxes
        self.aboutToShow.connect(self.renew)

    @Slot()
    def renew(self) -> None:
        """Offer what the boxes offer now."""
        self.clear()
        for box in self._boxes:
            self.addSection(box.accessibleName())
            group = QActionGroup(self)
            for index in range(box.count()):
                action = self.addAction(box.itemText(index))
                action.setCheckable(True)
                action.setChecked(index == box.currentIndex())
                action.setEnabled(box.isEnabled())
                action.setData((box, index))
                group.addAction(action)
                action.triggered.connect(self._choose)

    @Slot()
    def _choose(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            box, index = action.data()
            box.setCurrentIndex(index)
            box.activated.emit(index)

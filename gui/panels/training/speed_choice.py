"""How fast is trained, with the word that says so: three words in a row, or a box where the row is narrow."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.session.settings import Settings
from gui.session.speeds import SPEEDS, speed_named
from gui.widgets import ComboBox, Segmented
from gui.work.training.controller import TrainingController

TIP = "How fast the training goes: its numbers are the same at each speed, and it can be changed meanwhile"


class SpeedChoice(QWidget):
    """Shows and sets the setting ``training/speed``, which the training obeys at once."""

    def __init__(self, settings: Settings, theme: ThemeManager, controller: TrainingController, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings, self._theme, self._controller = settings, theme, controller
        self._label = QLabel("Speed")
        self.words = Segmented(theme, [(speed.name, speed.name) for speed in SPEEDS], small=True)
        self.box = ComboBox(theme, row=True)
        for place, speed in enumerate(SPEEDS):
            self.words.set_tooltip(speed.name, speed.meaning)
            self.words.words[speed.name].setAccessibleName(f"Speed: {speed.name}")
            self.box.addItem(speed.name)
            self.box.setItemData(place, speed.meaning, Qt.ItemDataRole.ToolTipRole)
        for widget in (self._label, self.words, self.box):
            widget.setToolTip(TIP)
            widget.setAccessibleDescription(TIP)
        self.words.setAccessibleName("Speed")
        self.box.setAccessibleName("Speed")
        self._label.setBuddy(self.box)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self._label, self.words, self.box):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_boxed(False)
        self.words.chosen.connect(self._chosen)
        self.box.textActivated.connect(self._chosen)
        theme.changed.connect(self.restyle)
        self.restyle()
        settings.follow("training/speed", self._show)

    def set_boxed(self, boxed: bool) -> None:
        """Be a box, or words in a row."""
        self.box.setVisible(boxed)
        self.words.setVisible(not boxed)

    @Slot()
    def restyle(self) -> None:
        self.words.restyle()
        self._label.setFont(ui_font(13 * self._theme.scale))
        palette = self._label.palette()
        palette.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
        self._label.setPalette(palette)

    def _show(self, name: str) -> None:
        speed = speed_named(name)
        self.words.set_current(name)
        self.box.setCurrentIndex(SPEEDS.index(speed))
        self.box.setToolTip(f"{TIP}. {name}: {speed.meaning[0].lower()}{speed.meaning[1:]}")
        self._controller.set_speed(speed.rate)

    @Slot(str)
    def _chosen(self, name: str) -> None:
        self._settings.set_value("training/speed", name)

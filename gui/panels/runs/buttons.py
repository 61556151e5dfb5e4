"""What is done with runs, as buttons in one row: with fewer words, and the rarer ones in a menu, where there is little room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from gui.look.theme import ThemeManager
from gui.widgets import IconButton, make_button

ADD, ADD_SHORT = "Add a run from this start", "Add a run"
SPACING = 8


class RunButtons(QWidget):
    """``again`` and ``race`` are always there; ``branch`` and ``sweep`` are in the menu of ``more`` where they have no room.

    The menu presses the button itself, which is hidden then, so that whoever listens hears one signal.
    """

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.again = make_button(ADD, theme, icon="plus", tooltip="Train again from this start, with the set-up as it is")
        self.race = make_button("Race…", theme, tooltip="Train several optimizers from this start, side by side")
        self.branch = make_button("Branch…", theme, tooltip="Go on from the epoch that is shown, otherwise, as another run")
        self.sweep = make_button("Sweep…", theme, tooltip="Train over a range of one knob, and see all runs side by side")
        self.more = IconButton(theme, "more", "More to do with runs")
        self.more.clicked.connect(self._open_menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        for button in self.buttons:
            button.setProperty("row", True)
            button.setAutoDefault(True)  # Return presses it, too
            row.addWidget(button)
        row.addWidget(self.more)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._level = 0
        self._arrange()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """All of them, in their order."""
        return self.again, self.race, self.branch, self.sweep

    def fit(self, room: int) -> None:
        """The most words that are whole in ``room`` px."""
        for level in range(4):
            if level != self._level:
                self._level = level
                self._arrange()
            if self.sizeHint().width() <= room:
                break

    def _arrange(self) -> None:
        self.again.setText(ADD if self._level == 0 else ADD_SHORT)
        for button in (self.branch, self.sweep):
            button.setVisible(self._level < 2)
        self.race.setVisible(self._level < 3)
        self.more.setVisible(self._level >= 2)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        shown = [button for button in (*self.buttons, self.more) if not button.isHidden()]
        sizes = [button.sizeHint() for button in shown]
        wide = sum(size.width() for size in sizes) + SPACING * (len(sizes) - 1)
        return QSize(wide, max(size.height() for size in sizes))

    def minimumSizeHint(self) -> QSize:
        """So narrow that what lies around may be narrow: ``fit`` then leaves parts out."""
        return QSize(self.more.sizeHint().width(), self.sizeHint().height())

    def menu(self) -> QMenu:
        """What has no room of its own."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for button in self.buttons:
            if button.isHidden():
                menu.addAction(button.text(), button.click).setToolTip(button.toolTip())
        return menu

    @Slot()
    def _open_menu(self) -> None:
        menu = self.menu()
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))
        menu.aboutToHide.connect(menu.deleteLater)

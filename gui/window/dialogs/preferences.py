"""The preferences dialog, built from the table of settings; every change applies at once."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager
from gui.session.settings import Settings, SettingSpec
from gui.widgets import ComboBox, Toggle, lay_out_dialog, make_button


class Preferences(QDialog):
    """Shows the visible settings and lets the user change them; whatever follows a setting applies it."""

    def __init__(self, settings: Settings, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self._settings = settings
        self._theme = theme
        self._fields: dict[str, ComboBox | Toggle] = {}
        grid = QGridLayout()
        grid.setContentsMargins(24, 20, 24, 20)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for number, spec in enumerate(spec for spec in settings.specs() if spec.visible):
            self._add_row(grid, 3 * number, spec)
        defaults = make_button("Restore defaults", theme, tooltip="Set everything here back to its default")
        close = make_button("Close", theme, "primary", tooltip="Close the preferences (Esc)")
        close.setDefault(True)
        defaults.clicked.connect(settings.restore_defaults)
        close.clicked.connect(self.accept)
        rows = QVBoxLayout()
        rows.addLayout(grid)
        rows.addStretch(1)
        lay_out_dialog(self, theme, [(rows, 1)], [close], [defaults])
        settings.changed.connect(self._show)
        theme.changed.connect(self._fit)
        self.setMinimumWidth(round(520 * theme.scale))

    def _add_row(self, grid: QGridLayout, row: int, spec: SettingSpec) -> None:
        title = QLabel(spec.title)
        title.setProperty("kind", "group")
        note = QLabel(spec.description)
        note.setProperty("kind", "note")
        note.setWordWrap(True)
        note.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        field = self._fields[spec.key] = self._check_box(spec) if spec.kind is bool else self._list(spec)
        field.setAccessibleName(spec.title)
        field.setAccessibleDescription(spec.description)
        field.setToolTip(spec.description)
        title.setBuddy(field)
        self._show(spec.key)
        grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignBottom)
        grid.addWidget(note, row + 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(field, row, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.setRowMinimumHeight(row + 2, 16)

    def _list(self, spec: SettingSpec) -> ComboBox:
        box = ComboBox(self._theme)
        for value, words in spec.choices:
            box.addItem(words, value)
        box.setMinimumWidth(168)
        box.activated.connect(lambda index: self._settings.set_value(spec.key, box.itemData(index)))
        return box

    def _check_box(self, spec: SettingSpec) -> Toggle:
        toggle = Toggle("On", self._theme, spec.description)
        toggle.clicked.connect(lambda on: self._settings.set_value(spec.key, on))
        return toggle

    @Slot()
    def _fit(self) -> None:
        """Room for all words at the present font size."""
        self.setMinimumWidth(round(520 * self._theme.scale))
        # The style sheet, and with it the size of the words, changes in the same turn of the event loop, but perhaps after this.
        QTimer.singleShot(0, self, self._grow)

    @Slot()
    def _grow(self) -> None:
        """Take that room, and stay on the screen: at 175 % the right column was beyond its edge."""
        self.adjustSize()
        frame, screen = self.frameGeometry(), self.screen().availableGeometry()
        left = max(screen.left(), min(frame.left(), screen.right() - frame.width() + 1))
        top = max(screen.top(), min(frame.top(), screen.bottom() - frame.height() + 1))
        self.move(left, top)

    @Slot(str)
    def _show(self, key: str) -> None:
        field = self._fields.get(key)
        if isinstance(field, Toggle):
            field.setChecked(self._settings.value(key))
        elif field is not None:
            field.setCurrentIndex(field.findData(self._settings.value(key)))

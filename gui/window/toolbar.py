"""The bar under the menus: files, theme, presets, modes, help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStyleOptionViewItem,
    QStylePainter,
    QWidget,
)

from engine.mathematics.expression import Expression
from gui.look.mathtext import draw_math, math_width
from gui.look.style import control_height
from gui.look.theme import ThemeManager, math_font, ui_font
from gui.widgets import ComboBox, FlatButton, IconButton, Segmented, VerticalHairline
from gui.window.file_status import FileStatus

_SYMBOL = Qt.ItemDataRole.UserRole + 1
_MATH_PX = 16.0
_LEAST_PRESETS = 96
"""Px of the box of presets where the window is narrow."""
LOADS = "Load one of the programs that come with Gradwalk"
SHOWS = (
    "The program of Explore that is the first training. Train has a set-up in place of programs: "
    "choose its data in Set-up ▸ Data ▸ Source"
)
"""What the box of presets is in Train."""


def _draw_formula(painter: QPainter, area: QRect, symbol: Expression, px: float, theme: ThemeManager) -> None:
    metrics = QFontMetricsF(math_font(px))
    width = math_width(symbol, px)
    if width > area.width() > 0:
        px *= max(area.width() / width, 0.7)
    baseline = area.center().y() + metrics.capHeight() / 2 + 0.5
    painter.save()
    painter.setClipRect(area)
    draw_math(painter, area.left(), baseline, symbol, px, theme.color("text"))
    painter.restore()


class _FormulaDelegate(QStyledItemDelegate):
    """Paints the entries of the preset list as mathematics."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        painter.save()
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("hover"))
            painter.drawRoundedRect(QRectF(area), 6, 6)
        _draw_formula(painter, area.adjusted(8, 0, -8, 0), index.data(_SYMBOL), _MATH_PX * self._theme.scale, self._theme)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        scale = self._theme.scale
        return QSize(round(math_width(index.data(_SYMBOL), _MATH_PX * scale)) + 24, control_height(32, scale))


class FormulaBox(ComboBox):
    """A combo box whose entries are formulas; their plain text is what a screen reader says."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self.setItemDelegate(_FormulaDelegate(theme, self))

    def add_formula(self, key: str, symbol: Expression) -> None:
        """Add an entry; ``key`` is its data."""
        self.addItem(symbol.to_plain(), key)
        self.setItemData(self.count() - 1, symbol, _SYMBOL)

    def showPopup(self) -> None:
        px = _MATH_PX * self._theme.scale
        widest = max((math_width(self.itemData(row, _SYMBOL), px) for row in range(self.count())), default=0)
        self.view().setMinimumWidth(max(self.width(), round(widest) + 40))
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        area = QRect(12, 0, self.width() - 40, self.height())
        if self.currentIndex() >= 0:
            symbol, px = self.currentData(_SYMBOL), _MATH_PX * self._theme.scale
            # Whole, if need be smaller: a formula that ends in the middle of a name is a different formula.
            while px > 8 and math_width(symbol, px) > area.width():
                px -= 0.5
            _draw_formula(painter, area, symbol, px, self._theme)
        else:
            painter.setPen(self._theme.color("text_3"))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.placeholderText())
        self.paint_chevron(painter)
        painter.end()


class TopBar(QWidget):
    """The toolbar, 48 px high. When the window is narrow its words give way to icons with tooltips.

    ``actions`` are those of ``gui.window.actions.actions.build_menus``.

    Signals
    -------
    preset_chosen(str)
        The user chose the preset with this id.
    mode_chosen(str)
        The user chose ``explore``, ``train`` or ``learn``.
    """

    preset_chosen = Signal(str)
    mode_chosen = Signal(str)

    def __init__(self, theme: ThemeManager, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName("Toolbar")
        menu = QMenu(self)
        menu.addAction(actions["export_picture"])
        menu.addAction(actions["export_recording"])
        menu.addAction(actions["export_script"])
        menu.addAction(actions["export_training"])
        menu.setToolTipsVisible(True)
        self._home = FlatButton(theme, "home", "Examples and lessons", actions["home"].toolTip())
        self._home.setAccessibleName("Home")
        self._home.setCheckable(True)
        self._home.clicked.connect(actions["home"].trigger)
        self._marks_home = False
        self._elsewhere = False
        self._open = FlatButton(theme, "open", "Open", actions["open"].toolTip())
        self._save = FlatButton(theme, "save", "Save", actions["save"].toolTip())
        self._export = FlatButton(
            theme, "export", "Export", "Save the graph or the training as a picture, their numbers as text, or a script", menu
        )
        self._look = FlatButton(theme, "sun", "Light", actions["toggle_theme"].toolTip())
        self._help = IconButton(theme, "help", actions["shortcuts"].toolTip(), 32)
        self._help.setAccessibleName("Help")
        for button, key in ((self._open, "open"), (self._save, "save"), (self._look, "toggle_theme"), (self._help, "shortcuts")):
            button.clicked.connect(actions[key].trigger)
        self._save_action = actions["save"]
        self._save_action.changed.connect(self._show_save)
        self.status = FileStatus(theme)
        self.status.toggled.connect(self._fit)
        self._label = QLabel("Preset")
        self._presets = FormulaBox(theme)
        self._presets.setAccessibleName("Preset")
        self._presets.setToolTip(LOADS)
        self._presets.setPlaceholderText("Your program")
        self._presets.activated.connect(self._preset_activated)
        self._label.setBuddy(self._presets)
        self._modes = Segmented(theme, [("explore", "Explore"), ("train", "Train"), ("learn", "Learn")])
        self._modes.setAccessibleName("Mode")
        for key in ("explore", "train", "learn"):
            self._modes.set_tooltip(key, actions[f"mode_{key}"].toolTip())
        self._modes.chosen.connect(self.mode_chosen)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 12, 1)
        layout.setSpacing(4)
        layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        files = (self._home, self._open, self._save, self._export)
        self._lines = (VerticalHairline(theme), VerticalHairline(theme))
        for widget in (*files, self._lines[0], self._look, self._lines[1]):
            layout.addWidget(widget)
        layout.addWidget(self._label)
        layout.addSpacing(8)
        layout.addWidget(self._presets)
        layout.addWidget(self.status, 1)
        layout.addWidget(self._modes)
        layout.addWidget(VerticalHairline(theme))
        layout.addWidget(self._help)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        dark = self._theme.current.name == "dark"
        self._look.setText("Dark" if dark else "Light")
        self._look.set_icon_name("moon" if dark else "sun")
        self._look.setAccessibleName(f"Theme: {self._look.text()}")
        self._label.setFont(ui_font(13 * self._theme.scale))
        self._label.setStyleSheet(f"color: {self._theme.hex('text_2')};")
        self._presets.setFixedWidth(self._presets_width)
        self.setFixedHeight(control_height(48, self._theme.scale))
        self._fit()
        self.update()

    @property
    def _presets_width(self) -> int:
        return round(216 * min(1.2, self._theme.scale))

    def set_presets(self, presets: Sequence[tuple[str, Expression]]) -> None:
        """Offer these (id, title) pairs; none is current afterwards."""
        self._presets.clear()
        for key, symbol in presets:
            self._presets.add_formula(key, symbol)
        self._presets.setCurrentIndex(-1)

    def set_preset(self, key: str | None, otherwise: str = "Your program") -> None:
        """Show the preset ``key`` as current without a signal; if it is not in the list, say ``otherwise`` in its place."""
        self._presets.setPlaceholderText(otherwise)
        self._presets.setCurrentIndex(-1 if key is None else self._presets.findData(key))
        self._presets.update()

    @Slot()
    def _show_save(self) -> None:
        self._save.setEnabled(self._save_action.isEnabled())
        self._save.setToolTip(self._save_action.toolTip())
        self._save.setAccessibleDescription(self._save_action.toolTip())

    def set_presets_enabled(self, enabled: bool) -> None:
        """Whether a preset can be chosen now; in Train it cannot, and says where data are chosen."""
        tooltip = LOADS if enabled else SHOWS
        self._presets.setToolTip(tooltip)
        self._presets.setAccessibleDescription(tooltip)
        self._label.setToolTip("" if enabled else SHOWS)
        self._presets.setEnabled(enabled)
        self._label.setEnabled(enabled)

    def set_mode(self, mode: str) -> None:
        """Show ``explore`` or ``train`` as chosen, without a signal."""
        if not self._elsewhere:
            self._modes.set_current(mode)

    def set_place(self, home: bool, mode: str) -> None:
        """Home is shown, in which there is no mode, or ``mode``; there and in a lesson are no preset and nothing to export."""
        self._elsewhere = home or mode == "learn"
        self._home.setChecked(home)
        self._export.setEnabled(not self._elsewhere)
        self._presets.setVisible(not self._elsewhere)
        if home:
            self._modes.choose_none()
        else:
            self._modes.set_current(mode)
        self._fit()

    def mark_home(self, setting: str) -> None:
        """While Home was never used, its button says in words what is there; ``setting`` is ``new`` then."""
        self._marks_home = setting == "new"
        self._fit()

    @Slot(int)
    def _preset_activated(self, index: int) -> None:
        self.preset_chosen.emit(self._presets.itemData(index))

    @Slot()
    def _fit(self) -> None:
        """Take away words, the least needed first, until the rest fits; the box of presets gives what is then still missing."""
        self._presets.setFixedWidth(self._presets_width)
        buttons = (self._look, self._export, self._save, self._open)
        for button in buttons:
            button.set_compact(False)
        self._home.set_compact(not self._marks_home)
        self._label.setVisible(not self._elsewhere)
        self._lines[0].show()
        self._lines[1].setVisible(not self._elsewhere)
        layout = self.layout()
        assert layout is not None
        for step in (*buttons, self._label, self._home, *self._lines):
            layout.invalidate()
            if layout.sizeHint().width() <= self.width():
                break
            if isinstance(step, FlatButton):
                step.set_compact(True)
            else:
                step.hide()
        layout.invalidate()
        missing = layout.sizeHint().width() - self.width()
        if missing > 0 and not self._elsewhere:
            self._presets.setFixedWidth(max(_LEAST_PRESETS, self._presets.width() - missing))
            layout.invalidate()

    def minimumSizeHint(self) -> QSize:
        return QSize(480, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        line = self._theme.color("line")
        painter.fillRect(0, 0, self.width(), 1, line)
        painter.fillRect(0, self.height() - 1, self.width(), 1, line)
        painter.end()

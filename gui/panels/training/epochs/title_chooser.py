"""The title of a plot that is also the choice of what stands in its place."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import ICON_SIZE, paint_focus_ring, paint_icon


class TitleChooser(QToolButton):
    """Reads as a title, with a small arrow; pressed, or by Space or Return, it opens the menu of what can be chosen.

    Signals
    -------
    chosen(str)
        The key of what was chosen, by a person.
    """

    chosen = Signal(str)

    def __init__(self, theme: ThemeManager, entries: Iterable[tuple[str, str, str]], parent: QWidget) -> None:
        """``entries``: key, words and meaning of each."""
        super().__init__(parent)
        self._theme = theme
        self.elsewhere = False
        """Whether a picture of it is being made for a file, where nothing can be chosen."""
        self.only_on_screen = False
        """It is a title, too."""
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        self._actions: dict[str, QAction] = {}
        for key, words, meaning in entries:
            action = self._actions[key] = self._menu.addAction(words)
            action.setCheckable(True)
            action.setToolTip(meaning)
            action.setData(key)
            self._group.addAction(action)
        self._group.triggered.connect(self._triggered)
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip("Choose what is shown over the epochs of the run")
        self.restyle()

    def show_choice(self, key: str) -> None:
        """Say that ``key`` is what stands there."""
        action = self._actions[key]
        action.setChecked(True)
        self.setText(action.text())
        self.setAccessibleName(f"Shown over the epochs: {action.text()}")
        self.setAccessibleDescription(action.toolTip())
        self.resize(self.sizeHint())
        self.update()

    def offer(self, key: str, offered: bool) -> None:
        """Whether ``key`` can be chosen."""
        self._actions[key].setVisible(offered)

    @property
    def offered(self) -> list[str]:
        """The keys that can be chosen."""
        return [key for key, action in self._actions.items() if action.isVisible()]

    def choose(self, key: str) -> None:
        """Choose ``key``, as by the menu."""
        self._actions[key].trigger()

    @Slot(QAction)
    def _triggered(self, action: QAction) -> None:
        self.chosen.emit(action.data())

    def restyle(self) -> None:
        """As large and in such colours as the theme says."""
        self.setFont(ui_font(13 * self._theme.scale, 600))
        self.resize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(ui_font(13 * self._theme.scale, 600))
        return QSize(metrics.horizontalAdvance(self.text()) + ICON_SIZE + 4, metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("surface"))
        if not self.elsewhere and (self.underMouse() or self.isDown()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("pressed" if self.isDown() else "hover"))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setFont(self.font())
        painter.setPen(theme.color("text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.elsewhere:
            painter.end()
            return
        arrow = QRect(self.width() - ICON_SIZE, 1, ICON_SIZE, self.height())
        paint_icon(painter, "chevron_down", theme.color("text_3"), arrow)
        if self.hasFocus():
            paint_focus_ring(painter, QRectF(self.rect()), theme.color("focus"), 4)
        painter.end()

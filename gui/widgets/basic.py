"""Buttons, hairlines, panel headers, combo boxes."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from gui.look.style import CONTROL_RADIUS, control_height
from gui.look.theme import ThemeManager, icon, ui_font

PROBLEM_WAIT = 400
"""Milliseconds without a key before a text that cannot be understood is said to be so."""
UNBOUND = 16777215
"""Px that a widget may have where nothing bounds it: Qt's ``QWIDGETSIZE_MAX``, which PySide6 has no name for."""
ICON_SIZE = 16


def paint_focus_ring(painter: QPainter, rect: QRectF, color: QColor, radius: float = CONTROL_RADIUS) -> None:
    """A ring of 2 px just inside ``rect``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 2))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius - 1, radius - 1)


def paint_head(widget: QWidget, theme: ThemeManager) -> None:
    """The ground of a panel's head, with the line below it."""
    painter = QPainter(widget)
    painter.fillRect(widget.rect(), theme.color("surface"))
    painter.fillRect(0, widget.height() - 1, widget.width(), 1, theme.color("line"))
    painter.end()


def paint_floating(painter: QPainter, widget: QWidget, theme: ThemeManager) -> None:
    """The ground of what lies over the graph, with round corners and a border."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("line_strong"), 1))
    painter.setBrush(theme.color("surface"))
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7.5, 7.5)


def leaves_wheel(widget: QWidget, event: QWheelEvent) -> bool:
    """Whether the wheel is for what lies around: a control without the keyboard does not change because one scrolls past it."""
    if widget.hasFocus():
        return False
    event.ignore()
    return True


def takes_escape(event: QEvent) -> bool:
    """Whether ``event`` asks who wants Esc; then it is taken, so that no shortcut of the window gets it."""
    takes = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
    if takes:
        event.accept()
    return takes


@lru_cache(maxsize=128)
def _icon(name: str, rgba: int, size: int) -> QIcon:
    return icon(name, QColor.fromRgba(rgba), size)


def paint_icon(painter: QPainter, name: str, color: QColor, rect: QRect, size: int = ICON_SIZE) -> None:
    """The icon ``name``, ``size`` px, in the middle of ``rect``; an opacity of ``color`` counts."""
    before = painter.opacity()
    painter.setOpacity(before * color.alphaF())
    square = QRect(rect.center().x() + 1 - size // 2, rect.center().y() + 1 - size // 2, size, size)
    _icon(name, color.rgba() | 0xFF000000, size).paint(painter, square)
    painter.setOpacity(before)


class Hairline(QWidget):
    """A horizontal line of 1 px in the token ``line``."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(1)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("line"))
        painter.end()


class VerticalHairline(QWidget):
    """A vertical line of 1 px, ``length`` px long, with 8 px of space on both sides; separates groups in a row."""

    def __init__(self, theme: ThemeManager, length: int = 20, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedSize(17, length)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(8, 0, 1, self.height(), self._theme.color("line"))
        painter.end()


class ScrolledContent(QWidget):
    """What is scrolled: as high as its parts are at its width. Wrapped texts ask for at least one line more than that."""

    def minimumSizeHint(self) -> QSize:
        least, layout = super().minimumSizeHint(), self.layout()
        return QSize(least.width(), 0) if layout is not None and layout.hasHeightForWidth() else least


class PanelHeader(QWidget):
    """The head of a panel, 40 px high: title, controls or a note at the right, a hairline below.

    Signals
    -------
    noted(str)
        The note changed.
    """

    noted = Signal(str)

    def __init__(self, title: str, theme: ThemeManager, parent: QWidget | None = None, height: int = 40) -> None:
        super().__init__(parent)
        self._theme = theme
        self._height = height
        self._icon_name = ""
        self._icon: QLabel | None = None
        self._whole_note = ""
        self.keeps_first = False
        """Whether it is the first parts of the note that stay where room is short."""
        self._title = QLabel(title)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._note = QLabel()
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(16, 0, 16, 1)
        self._layout.setSpacing(8)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._note, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        self._note.setFont(ui_font(12 * self._theme.scale))
        self._fit()
        tint = self._note.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_3"))
        self._note.setPalette(tint)
        if self._icon is not None:
            size = control_height(ICON_SIZE, self._theme.scale)
            self._icon.setPixmap(icon(self._icon_name, self._theme.color("text_2"), size).pixmap(size, size))
        self.setFixedHeight(control_height(self._height, self._theme.scale))
        self.update()

    def title(self) -> str:
        return self._title.text()

    def set_title(self, title: str) -> None:
        self._title.setText(title)
        self._fit()

    def note(self) -> str:
        return self._whole_note

    def set_note(self, note: str) -> None:
        """The small grey text at the right: as many of its parts as there is room for, the last ones first; whole in its
        tooltip."""
        if note != self._whole_note:
            self._whole_note = note
            self._note.setToolTip(note)
            self.noted.emit(note)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # something beside the title grew, or was added
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Nothing is cut: beside controls the title is smaller, though never smaller than at 100 %, and the note has fewer
        parts."""
        margins, others = self._layout.contentsMargins(), 0
        for widget in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if widget not in (self._title, self._note) and not widget.isHidden():
                others += max(widget.sizeHint().width(), widget.minimumWidth()) + self._layout.spacing()
        room = self.width() - margins.left() - margins.right() - others - self._layout.spacing()
        sizes = range(round(13 * self._theme.scale), 12, -1)
        fonts = [ui_font(px, 600) for px in sizes] or [ui_font(13 * self._theme.scale, 600)]
        text = self._title.text()
        chosen = next((font for font in fonts if QFontMetrics(font).horizontalAdvance(text) + 2 <= room), fonts[-1])
        if chosen != self._title.font():
            self._title.setFont(chosen)
        room -= QFontMetrics(chosen).horizontalAdvance(text) + 2
        parts, metrics = self._whole_note.split(" · "), QFontMetrics(self._note.font())
        shown = parts
        while len(shown) > 1 and metrics.horizontalAdvance(" · ".join(shown)) + 2 > room:
            shown = shown[:-1] if self.keeps_first else shown[1:]
        if self._note.text() != " · ".join(shown):
            self._note.setText(" · ".join(shown))

    def add_widget(self, widget: QWidget) -> None:
        """Put a control at the right end."""
        self._layout.addWidget(widget)

    def set_icon(self, name: str, margin: int = 16) -> None:
        """Put an icon before the title, with ``margin`` px at both ends."""
        self._icon_name = name
        self._icon = QLabel()
        self._layout.insertWidget(0, self._icon)
        self._layout.setContentsMargins(margin, 0, margin, 1)
        self.restyle()

    def set_end(self, margin: int) -> None:
        """Leave ``margin`` px at the right end, in place of 16."""
        self._layout.setContentsMargins(16, 0, margin, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_head(self, self._theme)


def returns(button: QAbstractButton, event: QKeyEvent) -> bool:
    """Press ``button`` where ``event`` is Return, which Qt leaves to Space outside of dialogs; False for any other key."""
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    if not event.isAutoRepeat():
        button.click()
    event.accept()
    return True


class Button(QPushButton):
    """A push button of 32 px; ``kind`` is ``normal`` or ``primary`` (ink: one per panel).

    ``by_return``: Return presses it as well as Space does, as long as it has the keyboard.
    """

    by_return = True

    def __init__(
        self, text: str, theme: ThemeManager, kind: str = "normal", icon_name: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._icon_name = icon_name
        self.setProperty("kind", kind)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        if self._icon_name is not None:
            token = "on_ink" if self.property("kind") == "primary" else "text_2"
            self.setIcon(icon(self._icon_name, self._theme.color(token)))

    def set_icon_name(self, name: str | None) -> None:
        self._icon_name = name
        self.restyle()

    def set_kind(self, kind: str) -> None:
        """Look like this kind from now on."""
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not (self.by_return and returns(self, event)):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus() and self.property("kind") == "primary":
            # The ring is as dark as the button: only a gap makes it look like a ring.
            painter = QPainter(self)
            rect = QRectF(self.rect()).adjusted(2, 2, -2, -2)
            paint_focus_ring(painter, rect, self._theme.color("surface"), CONTROL_RADIUS - 1)
            painter.end()


def make_button(text: str, theme: ThemeManager, kind: str = "normal", icon: str | None = None, tooltip: str = "") -> Button:
    """A push button; ``icon`` names an icon of ``gui.look.theme``. Its accessible name is ``text``."""
    button = Button(text, theme, kind, icon)
    button.setAccessibleName(text)
    if tooltip:
        button.setToolTip(tooltip)
        button.setAccessibleDescription(tooltip)
    return button


class FlatButton(QToolButton):
    """A button without a frame: icon, text, and a chevron if it opens a menu."""

    def __init__(
        self,
        theme: ThemeManager,
        icon_name: str,
        text: str = "",
        tooltip: str = "",
        menu: QMenu | None = None,
        height: int = 32,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon_name
        self._height = height
        self._compact = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setText(text)
        self.setToolTip(tooltip)
        self.setAccessibleName(text or tooltip)
        self.setAccessibleDescription(tooltip)
        if menu is not None:
            self.setMenu(menu)
            self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        theme.changed.connect(self.restyle)
        self.restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not returns(self, event):
            super().keyPressEvent(event)

    @Slot()
    def restyle(self) -> None:
        self.setFont(ui_font(13 * self._theme.scale, 500))
        self.setFixedHeight(control_height(self._height, self._theme.scale))
        self.updateGeometry()
        self.update()

    def set_icon_name(self, name: str) -> None:
        self._icon_name = name
        self.update()

    def set_compact(self, compact: bool) -> None:
        """Hide the text (the tooltip and the accessible name keep it)."""
        self._compact = compact
        self.updateGeometry()
        self.update()

    def _shows_text(self) -> bool:
        return bool(self.text()) and not self._compact

    def sizeHint(self) -> QSize:
        height = control_height(self._height, self._theme.scale)
        if not self._shows_text() and self.menu() is None:
            return QSize(height, height)
        width = 10 + ICON_SIZE + 10
        if self._shows_text():
            width += 7 + QFontMetrics(self.font()).horizontalAdvance(self.text())
        if self.menu() is not None:
            width += 3 + ICON_SIZE
        return QSize(width, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self.isEnabled() and (self.isDown() or self.isChecked() or self.underMouse()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("pressed" if self.isDown() or self.isChecked() else "hover"))
            painter.drawRoundedRect(rect, CONTROL_RADIUS, CONTROL_RADIUS)
        icon_color = theme.color("text_2" if self.isEnabled() else "text_3")
        if not self._shows_text() and self.menu() is None:
            paint_icon(painter, self._icon_name, icon_color, self.rect())
        else:
            paint_icon(painter, self._icon_name, icon_color, QRect(10, 0, ICON_SIZE, self.height()))
            right = self.width() - 10
            if self.menu() is not None:
                right -= ICON_SIZE
                paint_icon(painter, "chevron_down", icon_color, QRect(right + 3, 0, ICON_SIZE, self.height()))
            if self._shows_text():
                painter.setFont(self.font())
                painter.setPen(theme.color("text" if self.isEnabled() else "text_3"))
                area = QRect(10 + ICON_SIZE + 7, 0, right - (10 + ICON_SIZE + 7) + 3, self.height())
                painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if self.hasFocus():
            paint_focus_ring(painter, rect, theme.color("focus"))
        painter.end()


class IconButton(FlatButton):
    """A square button with an icon only; ``tooltip`` is also its accessible name."""

    def __init__(self, theme: ThemeManager, icon_name: str, tooltip: str, size: int = 28, parent: QWidget | None = None) -> None:
        super().__init__(theme, icon_name, "", tooltip, None, size, parent)
        self.setFixedWidth(control_height(size, theme.scale))

    @Slot()
    def restyle(self) -> None:
        super().restyle()
        self.setFixedWidth(control_height(self._height, self._theme.scale))


class ComboBox(QComboBox):
    """A combo box with the house's chevron, 32 px high, 28 with ``row=True``; the wheel turns it only in focus."""

    def __init__(self, theme: ThemeManager, row: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("row", row)
        self.listed = False
        """Whether the list was open when the entry was chosen."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.listed = False
        super().keyPressEvent(event)

    def showPopup(self) -> None:
        self.listed = True
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.listed = False
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        self.paint_chevron(painter)
        painter.end()

    def paint_chevron(self, painter: QPainter) -> None:
        """The arrow at the right end."""
        area = QRect(self.width() - 24, 0, ICON_SIZE, self.height())
        paint_icon(painter, "chevron_down", self._theme.color("text_3"), area)

"""The cards of Home: an example with its picture, and a file that was open."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from engine.lessons.examples import Example
from gui.look.mathtext import draw_math
from gui.look.theme import ThemeManager, ui_font
from gui.panels.home.item import Item, fitting
from gui.panels.home.link import Link
from gui.panels.home.measures import LARGE, Measures
from gui.panels.home.pictures.picture import paint_picture
from gui.panels.home.said import RecentFile
from gui.widgets.basic import paint_icon

_RADIUS = 8
_SIDES = 12
_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class Card(Item):
    """A picture with a text below."""

    picture = ""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._measures = LARGE

    def set_measures(self, measures: Measures) -> None:
        self._measures = measures
        self.update()

    def paint_frame(self, painter: QPainter, opacity: float = 1.0) -> None:
        """The card, its picture and its border."""
        theme, rect = self._theme, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(rect, _RADIUS - 0.5, _RADIUS - 0.5)
        painter.fillPath(shape, theme.color("card"))
        picture = QRectF(1, 1, self.width() - 2, self._measures.picture)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(picture, theme.color("canvas"))
        painter.setOpacity(opacity)
        paint_picture(painter, self.picture, picture, theme)
        painter.restore()
        painter.fillRect(QRectF(1, picture.bottom(), self.width() - 2, 1), theme.color("line"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("text_3" if self.underMouse() else "line_strong"), 1))
        painter.drawPath(shape)
        self.paint_focus(painter, QRectF(self.rect()), _RADIUS)


class ExampleCard(Card):
    """An example: its picture, title and, where there is room, what it shows."""

    def __init__(self, example: Example, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.example = example
        self.picture = f"examples/{example.picture}"
        self.say(f"Example {example.title}", example.shows)
        self.setToolTip(example.shows)

    def text_height(self, width: int, measures: Measures) -> int:
        """Px that the text needs in a card of this width."""
        scale = self._theme.scale
        if measures.folds:
            return round(30 * scale)
        room = QRect(0, 0, width - 2 * _SIDES - 2, 1000)
        lines = QFontMetrics(ui_font(12 * scale)).boundingRect(room, _WRAP, self.example.shows).height()
        return round(9 + 18 * scale + 3 + max(lines, 32 * scale) + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, scale = QPainter(self), self._theme, self._theme.scale
        self.paint_frame(painter)
        small = self._measures.folds
        left, top = (10, self._measures.picture + 2) if small else (_SIDES, self._measures.picture + 11)
        title = QRect(left, top, self.width() - left - 8, round((30 if small else 18) * scale) - (3 if small else 0))
        if self.example.formula is not None and not self.example.called:
            px = (15 if small else 17) * scale
            draw_math(painter, left, title.center().y() + px * 0.35, self.example.formula, px, theme.color("text"))
        else:
            painter.setPen(theme.color("text"))
            painter.setFont(fitting(self.example.title, (12 if small else 13) * scale, 600, title.width()))
            painter.drawText(title, _MIDDLE, self.example.title)
        if not small:
            painter.setPen(theme.color("text_2"))
            painter.setFont(ui_font(12 * scale))
            below = QRect(left, title.bottom() + 4, self.width() - 2 * _SIDES - 2, self.height() - title.bottom() - 6)
            painter.drawText(below, _WRAP, self.example.shows)
        painter.end()


class RecentCard(Card):
    """A file that was open: where there is room with the picture of its kind, else as a line.

    One that is missing is grey and has a word to take it off the list.
    """

    def __init__(self, file: RecentFile, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.file = file
        self.picture = f"kinds/{file.kind}"
        self.say(file.name, ", ".join(part for part in (file.place, file.day) if part))
        self.setToolTip(file.path)
        self.remove = Link(theme, "Remove", f"Take {file.name} off this list", self)
        self.remove.setAccessibleName(f"Remove {file.name}")
        self.remove.setVisible(file.missing)
        if file.missing:
            self.setEnabled(True)
            self.setCursor(Qt.CursorShape.ArrowCursor)
            self.clicked.connect(self._press)

    @Slot()
    def _press(self) -> None:
        """There is nothing to open: Return goes to what can be done."""
        self.remove.setFocus(Qt.FocusReason.TabFocusReason)

    def height_of(self, measures: Measures) -> int:
        scale = self._theme.scale
        return round(34 * scale) if measures.folds else measures.picture + 2 + round(52 * scale)

    def resizeEvent(self, event: object) -> None:
        self._place()

    def _place(self) -> None:
        size = self.remove.sizeHint()
        top = (self.height() - size.height()) // 2 if self._measures.folds else self.height() - size.height() - 6
        self.remove.setGeometry(self.width() - size.width() - _SIDES, top, size.width(), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, scale, file = QPainter(self), self._theme, self._theme.scale, self.file
        end = self.remove.width() + 8 if file.missing else 0
        name_token, token = ("text_3", "text_3") if file.missing else ("text", "text_3")
        if self._measures.folds:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.underMouse() and not file.missing:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("hover"))
                painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
            paint_icon(
                painter, "open" if file.kind == "program" else "recording", theme.color("text_3"), QRect(4, 0, 16, self.height())
            )
            line = QRect(28, 0, self.width() - 28 - _SIDES - end, self.height())
            self._line(painter, line, 13 * scale, name_token, token)
            self.paint_focus(painter, QRectF(self.rect()), 6)
        else:
            self.paint_frame(painter, 0.4 if file.missing else 1.0)
            top = self._measures.picture + 10
            line = QRect(_SIDES, top, self.width() - 2 * _SIDES, round(18 * scale))
            painter.setPen(theme.color(name_token))
            font = ui_font(13 * scale, 500)
            painter.setFont(font)
            elided = QFontMetrics(font).elidedText(file.name, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, _MIDDLE, elided)
            line.translate(0, line.height())
            line.setRight(line.right() - end)
            painter.setPen(theme.color(token))
            painter.setFont(ui_font(12 * scale))
            day = "" if file.missing else file.day
            metrics = painter.fontMetrics()
            room = line.width() - metrics.horizontalAdvance(f"{day}  ")
            painter.drawText(line, _MIDDLE, metrics.elidedText(file.place, Qt.TextElideMode.ElideRight, room))
            painter.drawText(line, _MIDDLE | Qt.AlignmentFlag.AlignRight, day)
        painter.end()

    def _line(self, painter: QPainter, line: QRect, px: float, name_token: str, token: str) -> None:
        theme = self._theme
        small, font = ui_font(px - 1), ui_font(px, 500)
        day = "" if self.file.missing else self.file.day
        painter.setFont(small)
        painter.setPen(theme.color(token))
        painter.drawText(line, _MIDDLE | Qt.AlignmentFlag.AlignRight, day)
        room = line.width() - QFontMetrics(small).horizontalAdvance(f"{self.file.place}    {day}")
        name = QFontMetrics(font).elidedText(self.file.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(line.adjusted(QFontMetrics(font).horizontalAdvance(name) + 12, 0, 0, 0), _MIDDLE, self.file.place)
        painter.setFont(font)
        painter.setPen(theme.color(name_token))
        painter.drawText(line, _MIDDLE, name)

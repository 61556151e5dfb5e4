"""The lines of the list of lessons: the head of a group, and a lesson with its picture, its minutes and how far it is."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from engine.lessons.model import Lesson, plain
from gui.look.theme import ThemeManager, ui_font
from gui.panels.home.item import Item
from gui.panels.home.lines import draw_line, line_width
from gui.panels.home.measures import LARGE, Measures
from gui.panels.home.pictures.picture import paint_picture
from gui.widgets.basic import Button, make_button, paint_icon

_SIDES = 20
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_PICTURE = QSize(64, 40)
_BAR = QSize(72, 4)


def lessons_text(count: int) -> str:
    """How many lessons there are, in words."""
    return "1 lesson" if count == 1 else f"{count} lessons"


class GroupHead(Item):
    """The name of a group, how many lessons it has and how long they take; in a small window it opens and closes them."""

    def __init__(self, name: str, lessons: tuple[Lesson, ...], theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.name = name
        self.note = f"{lessons_text(len(lessons))} · {sum(lesson.minutes for lesson in lessons)} min"
        self.first = False
        """Whether it is the first of all, which needs no line above it."""
        self.setCheckable(True)
        self.setChecked(True)
        self.set_folds(False)
        self.toggled.connect(self._tell)

    def set_folds(self, folds: bool) -> None:
        """Whether it can be folded."""
        self.folds = folds
        self.setEnabled(folds)
        self.setCursor(Qt.CursorShape.PointingHandCursor if folds else Qt.CursorShape.ArrowCursor)
        self._tell()
        self.update()

    @Slot()
    def _tell(self) -> None:
        state = ("open" if self.isChecked() else "closed") if self.folds else ""
        self.say(self.name, ", ".join(part for part in (self.note.replace(" · ", ", "), state) if part))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, scale = QPainter(self), self._theme, self._theme.scale
        if not self.first:
            painter.fillRect(0, 0, self.width(), 1, theme.color("line"))
        left = _SIDES
        if self.folds:
            arrow = "chevron_down" if self.isChecked() else "chevron_right"
            paint_icon(painter, arrow, theme.color("text_3"), QRect(_SIDES - 5, 2, 16, self.height()), 14)
            left += 14
        area = QRect(left, 4, self.width() - left - _SIDES, self.height() - 4)
        painter.setFont(ui_font(13 * scale, 600))
        painter.setPen(theme.color("text"))
        painter.drawText(area, _MIDDLE, self.name)
        painter.setFont(ui_font(12 * scale))
        painter.setPen(theme.color("text_3"))
        painter.drawText(area, _MIDDLE | Qt.AlignmentFlag.AlignRight, self.note)
        self.paint_focus(painter, QRectF(self.rect()).adjusted(2, 2, -2, -2), 6)
        painter.end()


class LessonRow(Item):
    """One lesson. The one that is next has a button, a bar at its side and a ground of its own.

    ``page`` is the page (from 1) that is next in it, 0 where it was not begun.
    """

    def __init__(
        self, number: int, lesson: Lesson, done: bool, page: int, theme: ThemeManager, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self.lesson, self._number, self._done, self._page = lesson, number, done, page
        self._measures = LARGE
        self.button: Button | None = None
        minutes = f"{lesson.minutes} minutes" if lesson.minutes != 1 else "1 minute"
        state = "done" if done else self._begun if page else "not begun"
        self.say(f"Lesson {number}: {plain(lesson.title)}", f"{minutes}, {state}")
        self.setToolTip(plain(lesson.summary))
        theme.changed.connect(self._place)

    @property
    def _begun(self) -> str:
        return f"page {self._page} of {len(self.lesson.pages)}"

    def set_next(self) -> Button:
        """This is the lesson to go on with: its button."""
        text = "Continue" if self._page else "Start"
        button = make_button(text, self._theme, "primary", tooltip=plain(self.lesson.summary))
        button.setAccessibleName(f"{text} lesson {self._number}, {plain(self.lesson.title)}")
        button.setParent(self)
        button.clicked.connect(self.click)
        self.button = button
        self._place()
        button.show()
        return button

    def set_measures(self, measures: Measures) -> None:
        self._measures = measures
        self.update()

    @Slot()
    def _place(self) -> None:
        if self.button is not None:
            size = self.button.sizeHint()
            height = round(28 * (0.5 + 0.5 * self._theme.scale))
            self.button.setFont(ui_font(12 * self._theme.scale, 500))
            self.button.setFixedHeight(height)
            self.button.setGeometry(self.width() - size.width() - _SIDES, (self.height() - height) // 2, size.width(), height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, scale = QPainter(self), self._theme, self._theme.scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.button is not None or self.underMouse():
            painter.fillRect(self.rect(), theme.color("sunken" if self.button is not None else "hover"))
        if self.button is not None:
            painter.fillRect(0, 0, 3, self.height(), theme.color("ink"))
        self._paint_picture(painter)
        left = _SIDES + _PICTURE.width() + 14
        end = self._paint_end(painter)
        weight, room = 600 if self.button is not None else 500, end - left - 8
        title = self.lesson.title
        number = f"{self._number} · "
        px = 13 * scale
        while px > 13 and self._title_width(number, px, weight) > room:
            px -= 0.5
        metrics = QFontMetrics(ui_font(px, weight))
        baseline = self.height() / 2 - 1
        painter.setFont(ui_font(px, weight))
        painter.setPen(theme.color("text"))
        painter.drawText(left, round(baseline), number)
        draw_line(painter, left + metrics.horizontalAdvance(number), baseline, title, px, weight, theme.color("text"))
        self._paint_below(painter, left, self.height() / 2 + 1, 11 * scale)
        self.paint_focus(painter, QRectF(self.rect()).adjusted(2, 2, -2, -2), 6)
        painter.end()

    def _title_width(self, number: str, px: float, weight: int) -> float:
        return QFontMetrics(ui_font(px, weight)).horizontalAdvance(number) + line_width(self.lesson.title, px, weight)

    def _paint_picture(self, painter: QPainter) -> None:
        theme = self._theme
        area = QRectF(_SIDES, (self.height() - _PICTURE.height()) / 2, _PICTURE.width(), _PICTURE.height())
        shape = QPainterPath()
        shape.addRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 5.5, 5.5)
        painter.fillPath(shape, theme.color("canvas"))
        if self.lesson.picture:
            try:
                paint_picture(painter, f"lessons/{self.lesson.picture}", area, theme)
            except FileNotFoundError:
                pass  # a lesson of somebody else's may name one that does not ship
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawPath(shape)

    def _paint_end(self, painter: QPainter) -> int:
        """The tick of what is done; where the room of the title ends."""
        if self.button is not None:
            return self.button.x()
        right = self.width() - _SIDES
        if not self._done:
            return right
        theme, font = self._theme, ui_font(12 * self._theme.scale)
        width = QFontMetrics(font).horizontalAdvance("done")
        painter.setFont(font)
        painter.setPen(theme.color("text_2"))
        painter.drawText(QRect(right - width - 2, 0, width + 2, self.height()), _MIDDLE, "done")
        paint_icon(painter, "check", theme.color("text_2"), QRect(right - width - 24, 0, 16, self.height()), 14)
        return right - width - 28

    def _paint_below(self, painter: QPainter, left: int, top: float, px: float) -> None:
        """The minutes or, of a lesson that was begun, how far it is."""
        theme, font = self._theme, ui_font(px)
        text = f"{self.lesson.minutes} min"
        area = QRectF(left, top, 400, QFontMetrics(font).height() + 2)
        if self._page and not self._done:
            text = self._begun
            bar = QRectF(left, area.center().y() - _BAR.height() / 2, _BAR.width(), _BAR.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line_strong"))
            painter.drawRoundedRect(bar, 2, 2)
            bar.setWidth(max(4.0, _BAR.width() * self._page / max(1, len(self.lesson.pages))))
            painter.setBrush(theme.color("ink"))
            painter.drawRoundedRect(bar, 2, 2)
            area.translate(_BAR.width() + 8, 0)
        painter.setFont(font)
        painter.setPen(theme.color("text_3"))
        painter.drawText(area, _MIDDLE, text)

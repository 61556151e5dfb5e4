"""The lessons of Home, in groups, with how far each is; below, files of lessons from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from engine.lessons.model import Lesson
from gui.look.theme import ThemeManager, ui_font
from gui.panels.home.item import Walk
from gui.panels.home.lesson_row import GroupHead, LessonRow, lessons_text
from gui.panels.home.link import Link
from gui.panels.home.measures import LARGE, Measures
from gui.panels.home.said import Progress
from gui.widgets.basic import Button, paint_icon

_SIDES = 20
_GROUP = 34


class _Head(QWidget):
    """*Learn*, and how many lessons are done."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._note = ""

    def set_note(self, note: str) -> None:
        self._note = note
        self.setAccessibleName(f"Learn, {note}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, scale = QPainter(self), self._theme, self._theme.scale
        paint_icon(painter, "book", theme.color("text"), QRect(_SIDES, 0, 16, self.height()))
        area = QRect(_SIDES + 24, 0, self.width() - 2 * _SIDES - 24, self.height())
        painter.setFont(ui_font(13 * scale, 600))
        painter.setPen(theme.color("text"))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, "Learn")
        painter.setFont(ui_font(12 * scale))
        painter.setPen(theme.color("text_3"))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._note)
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("line"))
        painter.end()


class _Foot(QWidget):
    """The line above what is below the list."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, self._theme.color("line"))
        painter.end()


class _Scroll(QScrollArea):
    """Says when there is another room for the list."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class Lessons(QWidget):
    """The list; rows and heads are walked through by arrow keys.

    Signals
    -------
    wanted(str)
        The lesson of this name was chosen.
    """

    wanted = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Lessons")
        self._theme = theme
        self._measures = LARGE
        self._head = _Head(theme)
        self._foot = _Foot(theme)
        self.open_file = Link(theme, "Open a lesson file…", "Open a lesson that somebody wrote")
        self.write = Link(theme, "Write your own", "How a lesson is written")
        self._list = QWidget()
        self._list.setAutoFillBackground(False)
        self._scroll = _Scroll()
        self._scroll.setWidget(self._list)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        below = QHBoxLayout(self._foot)
        below.setContentsMargins(_SIDES, 0, _SIDES, 0)
        below.setSpacing(18)
        below.addWidget(self.open_file)
        below.addWidget(self.write)
        below.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._foot)
        self.walk = Walk(self, lambda: 1, self._came)
        self.groups: list[tuple[GroupHead, list[LessonRow]]] = []
        self.next_button: Button | None = None
        self._scroll.resized.connect(self._place)
        theme.changed.connect(self._place)

    def show_lessons(self, lessons: Sequence[Lesson], progress: Progress) -> None:
        """List ``lessons``, with how far they are."""
        for head, rows in self.groups:
            for widget in (head, *rows):
                widget.setParent(None)
                widget.deleteLater()
        self.groups, self.next_button = [], None
        done = [lesson for lesson in lessons if lesson.name in progress.done]
        self._head.set_note(f"{len(done)} of {len(lessons)} done" if done else lessons_text(len(lessons)))
        left = [lesson for lesson in lessons if lesson not in done]
        begun = next((lesson for lesson in left if progress.pages.get(lesson.name)), None)
        following = begun or next(iter(left), None)
        number = 0
        for name, members in groupby(lessons, key=lambda lesson: lesson.group):
            group = tuple(members)
            head = GroupHead(name, group, self._theme, self._list)
            head.first = not self.groups
            head.toggled.connect(self._place)
            rows = []
            for lesson in group:
                number += 1
                row = LessonRow(number, lesson, lesson in done, progress.pages.get(lesson.name, 0), self._theme, self._list)
                row.clicked.connect(self._chosen)
                if lesson is following:
                    self.next_button = row.set_next()
                rows.append(row)
            self.groups.append((head, rows))
        self._fold_others()
        self._place()

    @Slot()
    def _chosen(self) -> None:
        row = self.sender()
        if isinstance(row, LessonRow):
            self.wanted.emit(row.lesson.name)

    def set_measures(self, measures: Measures) -> None:
        """Be as large as these."""
        if measures is not self._measures:
            self._measures = measures
            self._fold_others()
            self._place()

    def _fold_others(self) -> None:
        """Where groups fold, that of the next lesson is open."""
        for head, rows in self.groups:
            head.blockSignals(True)
            head.setChecked(not self._measures.folds or any(row.button is not None for row in rows) or len(self.groups) == 1)
            head.blockSignals(False)
            head.set_folds(self._measures.folds)

    @Slot()
    def _place(self) -> None:
        scale, width = self._theme.scale, self._scroll.viewport().width()
        self._head.setFixedHeight(round(self._measures.head * scale))
        self._foot.setFixedHeight(round(self._measures.lesson_foot * scale))
        y = 0
        items: list[QWidget] = []
        for head, rows in self.groups:
            height = round(_GROUP * scale)
            head.setGeometry(0, y, width, height)
            head.show()
            y += height
            if head.folds:
                items.append(head)
            for row in rows:
                row.setVisible(head.isChecked())
                row.set_measures(self._measures)
                if head.isChecked():
                    height = max(round(self._measures.row * scale), 44)
                    row.setGeometry(0, y, width, height)
                    y += height
                    items.append(row)
        self._list.resize(QSize(width, y))
        self.walk.set_items(items)

    def _came(self, item: QWidget) -> None:
        self._scroll.ensureWidgetVisible(item, 0, 0)

"""The lesson panel: where one is in the lesson, the page with what it asks, and Back, Try it again and Continue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.lessons.checking import computed_of
from engine.lessons.model import (
    Asked,
    Choose,
    Draw,
    Lesson,
    Listing,
    Page,
    Paragraph,
    Picture,
    Points,
    Predict,
    Question,
    Shown,
    plain,
)
from engine.lessons.play.judging import Verdict
from gui.look.style import control_height
from gui.look.theme import ThemeManager, ui_font
from gui.panels.lesson.blocks import CodeBlock, TextBlock
from gui.panels.lesson.cards import ChooseCard, PredictCard, QuestionCard
from gui.panels.lesson.drawing import DrawCard
from gui.panels.lesson.picture import PictureBlock
from gui.panels.lesson.play import LessonPlay
from gui.panels.lesson.text import rich_line, spoken
from gui.session.session import Session
from gui.widgets import Button, Hairline, PanelHeader, ScrolledContent
from gui.widgets.answers.card import wrapped_label

MARGIN = 24
CHANGED = "You changed the program. Esc goes back to the page."
_DOT, _LONG = 7, 18


def named(lesson: Lesson) -> str:
    """``3 · Why zero_grad?``: the lesson's title, with the number that its file begins with."""
    number = re.match(r"0*(\d+)[-_ ]", lesson.name)
    title = plain(lesson.title)
    return f"{number[1]} · {title}" if number else title


class PageDots(QWidget):
    """A dot for each page: those before, the one that is shown, those to come."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.count, self.at = 0, 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_page(self, at: int, count: int) -> None:
        """Page ``at``, from 0, of ``count``."""
        self.at, self.count = at, count
        self.setFixedSize(self.sizeHint())
        self.setAccessibleName(f"Page {at + 1} of {count}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(max(0, self.count) * (_DOT + 5) + _LONG - _DOT, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        x = 0.0
        for number in range(self.count):
            width = _LONG if number == self.at else _DOT
            token = "ink" if number == self.at else "text_2" if number < self.at else "line_strong"
            painter.setBrush(self._theme.color(token))
            painter.drawRoundedRect(QRectF(x, (self.height() - _DOT) / 2, width, _DOT), _DOT / 2, _DOT / 2)
            x += width + 5
        painter.end()


class LessonPanel(QWidget):
    """Shows the page of ``play``; answers go to whoever listens.

    Signals
    -------
    answered(Asked question, object answer)
    drawn(Asked question, object points)
        What is drawn was typed.
    finished()
        *Finish* on the last page.
    reset_wanted()
        Back to the page as it opened.
    """

    answered = Signal(object, object)
    drawn = Signal(object, object)
    finished = Signal()
    reset_wanted = Signal()

    def __init__(self, play: LessonPlay, session: Session, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._play, self._session, self._theme = play, session, theme
        self._numbers: Mapping[str, str] = {}
        self._title_line: tuple[object, ...] = ()
        self.cards: dict[str, QuestionCard] = {}
        self._blocks: list[TextBlock] = []
        self.header = PanelHeader("Lesson", theme, height=40)
        self.header.set_icon("book", MARGIN)
        self.dots = PageDots(theme)
        self.header.add_widget(self.dots)
        self.count = QLabel()
        self.header.add_widget(self.count)
        self.over, self.title = wrapped_label(), wrapped_label()
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(16)
        content = ScrolledContent()
        column = QVBoxLayout(content)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(12)
        column.addWidget(self.over)
        column.addSpacing(-8)
        column.addWidget(self.title)
        column.addLayout(self._body)
        column.addStretch(1)
        self.paper = QScrollArea()
        self.paper.setWidget(content)
        self.paper.setWidgetResizable(True)
        self.paper.setFrameShape(QFrame.Shape.NoFrame)
        self.paper.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.paper.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.back = Button("Back", theme, icon_name="chevron_left")
        self.again = Button("Try it again", theme, "quiet")
        self.go_on = Button("Continue", theme, "primary", icon_name="chevron_right")
        self.go_on.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.changed = wrapped_label()
        self.changed.setText(CHANGED)
        self.changed.setContentsMargins(MARGIN, 8, MARGIN, 0)
        self.changed.hide()
        foot = QHBoxLayout()
        foot.setContentsMargins(MARGIN, 12, MARGIN, 16)
        foot.setSpacing(8)
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self.again)
        foot.addWidget(self.go_on)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.paper, 1)
        layout.addWidget(Hairline(theme))
        layout.addWidget(self.changed)
        layout.addLayout(foot)
        self.setAccessibleName("Lesson")
        self.back.clicked.connect(self._back)
        self.go_on.clicked.connect(self._go_on)
        self.again.clicked.connect(play.try_again)
        self.back.setToolTip("The page before (Page Up)")
        self.go_on.setToolTip("The next page (Page Down)")
        self.again.setToolTip("Ask this page again, with other numbers where it has some")
        play.turned.connect(self._show_page)
        play.answered.connect(self._answered)
        theme.changed.connect(self._restyle)

    # The page ----------------------------------------------------------------------------------------------------

    @Slot()
    def _show_page(self) -> None:
        play, lesson = self._play, self._play.lesson
        if lesson is None:
            return
        while self._body.count():
            item = self._body.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.setParent(None)
                widget.deleteLater()
        self.cards, self._blocks, self._numbers = {}, [], {}
        for widget in self._widgets(play.page):
            self._body.addWidget(widget)
        self.over.setText(named(lesson))
        self.dots.show_page(play.number, len(lesson.pages))
        self.count.setText(f"{play.number + 1} of {len(lesson.pages)}")
        self.paper.verticalScrollBar().setValue(0)
        self._restyle()
        self._answered("")

    def _widgets(self, page: Page) -> Iterator[QWidget]:
        for block in page.blocks:
            match block:
                case Paragraph() | Points():
                    text = TextBlock(block, self._theme)
                    self._blocks.append(text)
                    yield text
                case Listing():
                    yield CodeBlock(self._theme, block, self._session)
                case Shown():
                    yield CodeBlock(self._theme, None, self._session)
                case Picture():
                    yield PictureBlock(block, self._play.folder, self._theme)
                case Question():
                    card = self.cards[block.key] = _card_of(block, self._play, self._theme)
                    card.answered.connect(self.answered)
                    card.drawn.connect(self.drawn)
                    card.refresh()
                    yield card

    def expressions(self) -> tuple[str, ...]:
        """What is to be computed of the page."""
        return tuple(one.expression for one in computed_of(self._play.page))

    def set_numbers(self, numbers: Mapping[str, str]) -> None:
        """What is computed, by expression."""
        self._numbers = numbers
        for block in self._blocks:
            block.set_numbers(numbers)
        for card in self.cards.values():
            card.set_numbers(numbers)
        self._restyle()

    def show_verdict(self, asked: Asked, verdict: Verdict) -> None:
        """What came of an answer."""
        card = self.cards.get(asked.key)
        if card is not None:
            card.show_verdict(verdict)

    @Slot()
    def _restyle(self) -> None:
        if self._play.lesson is None:
            return
        scale, page = self._theme.scale, self._play.page
        for label, token in ((self.count, "text_3"), (self.over, "text_2"), (self.changed, "text_2")):
            label.setFont(ui_font(12 * scale))
            label.setStyleSheet(f"color: {self._theme.hex(token)};")
        for button in (self.back, self.again, self.go_on):
            button.setMinimumHeight(control_height(36, scale))
        self.title.setFont(ui_font(26 * scale, 600))
        self.title.setText(rich_line(page.title, self._numbers, self._theme, round(26 * scale), round(34 * scale), strong=True))
        self.title.setAccessibleName(spoken(page.title, self._numbers))

    # On and back -------------------------------------------------------------------------------------------------

    @Slot(str)
    def _answered(self, key: str) -> None:
        play = self._play
        if play.lesson is None:
            return
        last = play.number == len(play.lesson.pages) - 1
        self.back.setEnabled(play.number > 0)
        self.go_on.setText("Finish" if last else "Continue")
        self.go_on.setEnabled(play.may_go_on)
        self.again.setVisible(bool(play.page.questions) and play.may_go_on)
        self.go_on.setToolTip("The next page (Page Down)" if play.may_go_on else "Answer or skip what is asked first")

    @Slot()
    def _back(self) -> None:
        self._play.turn(self._play.number - 1)

    @Slot()
    def _go_on(self) -> None:
        lesson = self._play.lesson
        if lesson is None or not self._play.may_go_on:
            return
        if self._play.number == len(lesson.pages) - 1:
            self.finished.emit()
        else:
            self._play.turn(self._play.number + 1)

    def set_changed(self, changed: bool) -> None:
        """Whether the page's program is not any more as the page opened with it: then a line says the way back."""
        self.changed.setVisible(changed)

    def focus_question(self) -> None:
        """Give the keyboard to what is asked and still open, else to *Continue*."""
        asked = self._play.next_open
        card = None if asked is None else self.cards.get(asked.key)
        first = self.go_on if card is None else card.first
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        if card is not None:
            self.paper.ensureWidgetVisible(first)


_CARDS: dict[type, type[QuestionCard]] = {Predict: PredictCard, Choose: ChooseCard, Draw: DrawCard}
"""The card of each kind of question, where it has one of its own."""


def _card_of(asked: Asked, play: LessonPlay, theme: ThemeManager) -> QuestionCard:
    return _CARDS.get(type(asked), QuestionCard)(asked, play, theme)

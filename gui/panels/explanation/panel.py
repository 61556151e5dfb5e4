"""The panel "What just happened": one sentence, one formula, and what changed, for the moment before the cursor."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.explain import Explanation, FiniteDifference
from engine.explain.model import plain_words
from engine.recording import Recording
from gui.look.theme import ThemeManager, icon, ui_font
from gui.look.tones import TONES
from gui.look.words import rich
from gui.panels.explanation.change_row import ChangeRow
from gui.panels.explanation.choosing import checked_leaf, explained, is_place
from gui.panels.explanation.formula_block import FormulaBlock
from gui.panels.explanation.number_line import NumberLineView
from gui.session.selection import Selection
from gui.session.session import Session
from gui.widgets import Hairline, PanelHeader, ScrolledContent

TITLE = "What just happened"


_READ = Qt.TextInteractionFlag.TextSelectableByMouse
_FOLLOW = _READ | Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard


class _Chip(QWidget):
    """``Operation 9 · backward`` on the tint of its phase."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._text = ""
        self.phase = "forward"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str, phase: str) -> None:
        if (text, phase) != (self._text, self.phase):
            self._text, self.phase = text, phase
            self.setAccessibleName(text)
            self.setVisible(bool(text))
            self.updateGeometry()
            self.update()

    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        scale = self._theme.scale
        return QSize(round(QFontMetricsF(ui_font(12 * scale, 600)).horizontalAdvance(self._text)) + 20, round(22 * scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        tone = TONES[self.phase]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(tone.tint))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setPen(self._theme.color(tone.text))
        painter.setFont(ui_font(12 * self._theme.scale, 600))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()


def _set_visible(widget: QWidget, visible: bool) -> None:
    """Show or hide a widget only where that changes something: every call makes the layout start over."""
    if widget.isHidden() == visible:
        widget.setVisible(visible)


def _label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(_READ)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    return label


class _Warning(QWidget):
    """An error in words: never red without its icon."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.label, self._icon = _label(), QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self.label, 1)
        self.restyle()

    def restyle(self) -> None:
        size = round(18 * self._theme.scale)
        drawn = icon("warning", self._theme.color("error"), size)
        self._icon.setPixmap(drawn.pixmap(QSize(size, size), self.devicePixelRatioF()))


class ExplanationPanel(QWidget):
    """Explains the moment before the cursor; a selected card or edge explains itself until the cursor moves.

    Signals
    -------
    check_wanted(object recording, int variable)
        A leaf is explained: run ``finite_difference`` for that Variable off the window's thread and hand it to ``show_check``.
    went_back()
        A button or link was pressed and is gone now: the keyboard belongs to the graph again.
    """

    check_wanted = Signal(object, int)
    went_back = Signal()

    def __init__(self, session: Session, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._explanation: Explanation | None = None
        self._place: Selection | None = None
        self._check: FiniteDifference | None = None
        self._dirty = True
        self._chip_texts = "", ""
        """The chip's text where there is room for all of it, and where there is not."""
        self.setAccessibleName(TITLE)
        self._header = PanelHeader(TITLE, theme)
        self._chip = _Chip(theme)
        self._header.add_widget(self._chip)
        self._sentence, self._note, self._checked = _label(), _label(), _label()
        self._warning = _Warning(theme)
        self._block = FormulaBlock(theme)
        self._change = ChangeRow(theme)
        self._number_line = NumberLineView(theme)
        self._hairline = Hairline(theme)
        for label in (self._sentence, self._note):
            label.linkActivated.connect(self._follow)
        self._back = QPushButton()
        self._back.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._back.clicked.connect(self._go_back)
        self._build()
        session.recording_changed.connect(self._recording_changed)
        session.cursor_changed.connect(self._cursor_changed)
        session.pointed.selection_changed.connect(self._selection_changed)
        session.problem_changed.connect(self._refresh)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._selection_changed()

    def _build(self) -> None:
        content = self._content = ScrolledContent()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(12)
        parts = (
            self._sentence,
            self._warning,
            self._block,
            self._change,
            self._number_line,
            self._checked,
            self._hairline,
            self._note,
            self._back,
        )
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(self._scroll, 1)

    # What to explain ---------------------------------------------------------------------------------------------

    @property
    def explanation(self) -> Explanation | None:
        """What is shown."""
        return self._explanation

    @Slot()
    def _recording_changed(self) -> None:
        if self._place is not None and not is_place(self._session, self._place):
            self._place = None
        self._refresh()

    @Slot()
    def _cursor_changed(self) -> None:
        self._place = None
        self._refresh()

    @Slot()
    def _selection_changed(self) -> None:
        selection = self._session.pointed.selection
        self._place = selection if is_place(self._session, selection) else None
        self._refresh()

    @Slot()
    def _go_back(self) -> None:
        self.went_back.emit()  # first: Qt would pass the focus of the button that goes to whatever comes next
        self._place = None
        self._session.pointed.select_nothing()
        self._refresh()

    @Slot(str)
    def _follow(self, link: str) -> None:
        """Go to the moment that a link names."""
        self._session.set_cursor(int(link))
        self.went_back.emit()

    def showEvent(self, event: QShowEvent) -> None:
        if self._dirty:
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        """Explain anew; put off while the panel is not on screen."""
        if not self.isVisible():
            self._dirty = True
            return
        self._dirty = False
        self._check = None
        self._explanation = explained(self._session, self._place)
        self._show()
        variable = checked_leaf(self._session, self._place)
        if variable is not None and self._session.recording is not None:
            self.check_wanted.emit(self._session.recording, variable)

    @Slot(object, int, object)
    def show_check(self, recording: Recording, variable: int, found: FiniteDifference) -> None:
        """Show a finite difference beside autograd's number, if it is still the one wanted."""
        if recording is self._session.recording and variable == checked_leaf(self._session, self._place):
            self._check = found
            self._show_check()

    # Showing -----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self._explanation
        place = self._place
        title = TITLE if place is None else "About this card" if place.card is not None else "About this edge"
        self._header.set_title(title)
        if found is None:
            self._chip_texts = "", ""
            self._chip.hide()
            problem = self._session.problem
            said = "the program has not run" if problem is None else f"line {problem.line} keeps the program from running"
            self._words(self._sentence, f"There is nothing to explain yet: {said}.", "text_2", 13)
            for part in (self._warning, self._note, self._checked, self._hairline, self._back):
                part.setVisible(False)
            self._block.show_explanation(None)
            self._change.show_change(None)
            self._number_line.show_line(None)
            return
        short = plain_words(found.subject or found.title)
        chip = short if place is not None else plain_words(found.title)
        self._chip_texts = chip, short
        self._chip.show()
        self._chip.show_text(chip, "error" if found.failed else found.phase)
        self._fit_header()
        self._words(self._sentence, found.sentence, "text", 13, found.ways)
        # The problem itself is told below the program's text, in red as here.
        warning = "" if found.failed and place is None and self._session.problem is not None else found.warning
        _set_visible(self._warning, bool(warning))
        self._words(self._warning.label, warning, "error", 13)
        self._words(self._note, found.note, "text_2", 12, found.ways)
        self._block.show_explanation(found)
        self._change.show_change(found.change if found.number_line is None else None)
        self._number_line.show_line(found.number_line)
        self._name_back()
        _set_visible(self._back, place is not None)
        _set_visible(self._hairline, bool(found.note))
        self._show_check()

    def _name_back(self) -> None:
        cursor = self._session.cursor
        name = f"Back to operation {cursor}" if cursor else "Back to the start"
        self._back.setText(name)
        self._back.setAccessibleName(name)
        self._back.setToolTip("Explain the current operation again")

    def _fit_header(self) -> None:
        """In a narrow panel the chip leaves out the phase, which its colour and the words below still tell."""
        scale = self._theme.scale
        title = QFontMetricsF(ui_font(13 * scale, 600)).horizontalAdvance(self._header.title())
        text, short = self._chip_texts
        chip = QFontMetricsF(ui_font(12 * scale, 600)).horizontalAdvance(text) + 20
        narrow = title + chip + 48 > self.width()
        self._chip.show_text(short if narrow else text, self._chip.phase)
        self._chip.setToolTip(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_header()

    def _show_check(self) -> None:
        self._words(self._checked, self._check.text if self._check is not None else "", "text_2", 12)

    def _words(self, label: QLabel, text: str, token: str, px: int, ways: tuple[tuple[str, int], ...] = ()) -> None:
        _set_visible(label, bool(text))
        if not text:
            return
        scale = self._theme.scale
        size, line = round(px * scale), round((20 if px == 13 else 17) * scale)
        leads = any(words in text for words, _ in ways)
        if (label.textInteractionFlags() == _FOLLOW) != leads:
            label.setTextInteractionFlags(_FOLLOW if leads else _READ)
        made = rich(text, size, line, self._theme.hex("text_2" if token != "error" else "error"), ways)
        if label.text() != made or label.property("token") != self._theme.hex(token):
            label.setProperty("token", self._theme.hex(token))
            label.setFont(ui_font(size))
            palette = label.palette()
            palette.setColor(label.foregroundRole(), self._theme.color(token))
            label.setPalette(palette)
            label.setText(made)

    @Slot()
    def _restyle(self) -> None:
        surface = self._theme.hex("surface")
        self._scroll.setStyleSheet(f"QScrollArea {{ background: {surface}; border: none; }}")
        self._content.setAutoFillBackground(True)
        palette = self._content.palette()
        palette.setColor(self._content.backgroundRole(), self._theme.color("surface"))
        self._content.setPalette(palette)
        self._warning.restyle()
        self._back.setFont(ui_font(12 * self._theme.scale, 500))
        if self._explanation is not None or not self._dirty:
            self._show()

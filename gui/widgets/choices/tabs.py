"""Tabs: a few words in a panel's head, the chosen one underlined, and a note at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from gui.look.style import control_height
from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import paint_focus_ring, paint_head
from gui.widgets.choices.choice import Choice, WordAlong

HEIGHT, GAP, BAR = 40, 20, 2
_NOTE_GAP = 12
"""Px between the note and a control at the right of it."""
_PILL, _BEFORE = 16, 6
"""Px at 100 %: the height of the ground of a count, and what is free before it."""


class _Tab(WordAlong):
    def __init__(self, text: str, theme: ThemeManager) -> None:
        super().__init__(text, theme, QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.count = ""

    def _wide(self) -> int:
        return QFontMetrics(ui_font(13 * self._theme.scale, 600)).horizontalAdvance(self.text())

    def _pill(self) -> int:
        """Px that the count takes with its ground."""
        scale = self._theme.scale
        wide = QFontMetrics(ui_font(11 * scale, 500)).horizontalAdvance(self.count) + 10
        return max(round(18 * scale), wide) if self.count else 0

    def sizeHint(self) -> QSize:
        width = self._wide() + (_BEFORE + self._pill() if self.count else 0)
        return QSize(width + GAP, control_height(HEIGHT, self._theme.scale) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, chosen = self._theme, self.isChecked()
        painter = QPainter(self)
        painter.setPen(theme.color("text" if chosen or self.underMouse() else "text_2"))
        painter.setFont(ui_font(13 * theme.scale, 600 if chosen else 500))
        room = self.rect().adjusted(GAP // 2, 0, -GAP // 2, 0)
        if self.count:
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
            self._paint_count(painter, QRectF(room))
        else:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if chosen:
            painter.fillRect(GAP // 2, self.height() - BAR, self.width() - GAP, BAR, theme.color("ink"))
        if self.hasFocus():
            paint_focus_ring(painter, QRectF(self.rect()).adjusted(2, 6, -2, -5), theme.color("focus"))
        painter.end()

    def _paint_count(self, painter: QPainter, room: QRectF) -> None:
        high = _PILL * self._theme.scale
        pill = QRectF(room.right() + 1 - self._pill(), room.center().y() - high / 2, self._pill(), high)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("pending_tint"))
        painter.drawRoundedRect(pill, high / 2, high / 2)
        painter.setFont(ui_font(11 * self._theme.scale, 500))
        painter.setPen(self._theme.color("text_2"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self.count)
        painter.restore()


class Tabs(Choice[_Tab]):
    """The head of a panel that shows one of several things, 40 px high."""

    ROUND = True

    def __init__(self, theme: ThemeManager, entries: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(16 - GAP // 2, 0, 16, 1)
        self._layout.setSpacing(0)
        for key, text in entries:
            self._layout.addWidget(self._add(key, _Tab(text, theme)))
        self._note = QLabel()
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._layout.addWidget(self._note, 1)
        self._forms: tuple[str, ...] = ("",)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_current(self._current)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        self.setFixedHeight(control_height(HEIGHT, self._theme.scale))
        self._note.setFont(ui_font(12 * self._theme.scale))
        tint = self._note.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_3"))
        self._note.setPalette(tint)
        for tab in self.words.values():
            tab.updateGeometry()
        self._fit()
        self.update()

    def set_count(self, key: str, count: int) -> None:
        """Say behind the word of an entry how many there are; 0: say nothing."""
        tab, text = self.words[key], f"{count:,}" if count else ""
        if text != tab.count:
            tab.count = text
            tab.setAccessibleName(f"{tab.text()}, {text}" if text else tab.text())
            tab.updateGeometry()
            tab.update()

    def set_note(self, note: str, *shorter: str) -> None:
        """The small text at the right, or the first of its ``shorter`` forms that has room; whole in its tooltip."""
        self._forms = (note, *shorter)
        self._note.setToolTip(note)
        self._fit()

    def note(self) -> str:
        """The small text at the right, whole."""
        return self._forms[0]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # what stands at the right came, went, or is longer
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        margins, others, beside = self._layout.contentsMargins(), 0, 0
        for place in range(self._layout.count()):
            item = self._layout.itemAt(place)
            widget = None if item is None else item.widget()
            if widget is not None and widget is not self._note and not widget.isHidden():
                others += widget.sizeHint().width()
                beside = _NOTE_GAP if place > self._layout.indexOf(self._note) else beside
        self._note.setContentsMargins(_NOTE_GAP // 2, 0, beside, 0)
        room = self.width() - margins.left() - margins.right() - others - beside - _NOTE_GAP // 2
        metrics = QFontMetrics(self._note.font())
        fits = (form for form in self._forms if metrics.horizontalAdvance(form) + 2 <= room)
        shown = next(fits, metrics.elidedText(self._forms[-1], Qt.TextElideMode.ElideRight, max(0, room - 2)))
        if shown.strip("… ") == "":
            shown = ""
        if shown != self._note.text():
            self._note.setText(shown)

    def add_widget(self, widget: QWidget) -> None:
        """Put a control at the right end."""
        self._layout.addWidget(widget)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_head(self, self._theme)

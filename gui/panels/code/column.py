"""What stands below the panel's header, in one column that scrolls when the height is small."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager
from gui.panels.code.editor.editor import CodeEditor
from gui.widgets import ScrolledContent

EDITOR_SHARE = 0.55
"""Most of the height that the editor takes while something stands below it; the rest of the text scrolls inside it."""

LEAST_EDITOR = 112
"""Pixels at the usual font size: four lines."""

SMALLEST_EDITOR, _LARGE_LETTERS = 60, 1.2
"""The same where letters are so large that sliders would have no room otherwise: two lines."""

_LINES = 2
"""Pixels of the lines between parts."""


class CodeColumn(QScrollArea):
    """The editor, as high as its lines, and ``parts`` below it.

    Signals: ``wanted(int, int, int)``: the height in px at which nothing here would have to scroll, how much of it is taken by
    ``passing``, the part that comes and goes, and the height at which ``handled``, the part with the sliders, is in sight below
    the fewest lines.
    """

    wanted = Signal(int, int, int)

    def __init__(
        self, theme: ThemeManager, editor: CodeEditor, parts: tuple[QWidget, ...], passing: QWidget, handled: QWidget
    ) -> None:
        super().__init__()
        self._handled = handled
        self._theme, self._editor = theme, editor
        self._fills = False
        self._passing = passing
        self._last_wanted = (0, 0, 0)
        self._content = ScrolledContent()
        self._content.installEventFilter(self)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (editor, *parts):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        editor.height_changed.connect(self._editor_changed)
        theme.changed.connect(self.restyle)
        self.restyle()

    def set_editor_fills(self, fills: bool) -> None:
        """Whether the editor may take all of the height that the parts below it leave free."""
        self._fills = fills
        self.fit()

    def _least(self) -> int:
        return round(LEAST_EDITOR * self._theme.scale)

    def _least_editor(self) -> int:
        """Px of height that the editor keeps over the sliders, and the lines between the parts."""
        return (0 if self._editor.isHidden() else min(self._least(), self._editor.content_height())) + _LINES

    @Slot()
    def _editor_changed(self) -> None:
        """The text is longer or shorter: what that wants is not told by the layout while the editor may not grow."""
        self.fit()
        # Once the parts below are those of the text, too: of a program that was just loaded they are not yet.
        QTimer.singleShot(0, self, self._tell_wanted)

    @Slot()
    def fit(self) -> None:
        """Give the editor its height again."""
        area = self.viewport().height()
        left = area - self._below()
        # A long text does not push the parts below out of sight, unless they are too high for that anyway.
        smallest = round(SMALLEST_EDITOR * self._theme.scale) if self._theme.scale >= _LARGE_LETTERS else self._least()
        most = left if left >= smallest else max(smallest, min(round(area * EDITOR_SHARE), area - self._sliders()))
        if self._fills:  # nothing below it is longer than the text, which scrolls by itself: one bar, not two in each other
            most = max(left, smallest)
        least = max(smallest, min(self._least(), most))
        self._editor.setFixedHeight(max(least, min(self._editor.content_height(), most)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            self._tell_wanted()
            self.fit()
        return super().eventFilter(watched, event)

    def _below(self) -> int:
        """Pixels of height that the other parts want."""
        layout = self._content.layout()
        assert layout is not None
        width = self.viewport().width()
        whole = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
        return whole - (0 if self._editor.isHidden() else self._editor.height())

    def _sliders(self) -> int:
        """Pixels of height that the sliders want."""
        part, width = self._handled, self.viewport().width()
        if part.isHidden():
            return 0
        return part.heightForWidth(width) if part.hasHeightForWidth() else part.sizeHint().height()

    @Slot()
    def _tell_wanted(self) -> None:
        own = 0 if self._editor.isHidden() else max(self._least(), self._editor.content_height())
        passing = self._passing
        comes = 0 if passing.isHidden() else passing.heightForWidth(self.viewport().width())
        least = self._least_editor() + self._sliders()
        wanted = self._below() + own, comes, least
        if wanted != self._last_wanted:
            self._last_wanted = wanted
            self.wanted.emit(*wanted)

    @Slot()
    def tell_again(self) -> None:
        """Tell ``wanted`` once more: something over it came or went."""
        self.wanted.emit(*self._last_wanted)

    @Slot(int)
    def show_line(self, line: int) -> None:
        """Scroll the text as little as needed for ``line`` (from 1) and its neighbours to be seen."""
        top, bottom = self._editor.show_line(line)
        around = self._editor.mapTo(self._content, QPoint(0, 0)).y()
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setValue(max(min(bar.value(), around + top), around + bottom - height))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    @Slot()
    def restyle(self) -> None:
        """Take colours from the theme again."""
        for part in (self.viewport(), self._content):
            colors = part.palette()
            colors.setColor(QPalette.ColorRole.Window, self._theme.color("surface"))
            part.setPalette(colors)
            part.setAutoFillBackground(True)

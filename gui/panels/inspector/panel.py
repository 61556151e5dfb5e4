"""The inspector: everything that is known of the selected card or edge at the cursor."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.panels.inspector.content import Content, card_content, edge_content
from gui.panels.inspector.modules import bundle_content, module_content
from gui.panels.inspector.rows import ItemRow, SymbolLabel
from gui.session.selection import Selection
from gui.session.session import Session
from gui.widgets import Hairline, PanelHeader
from gui.widgets.tab_order import put_in_order, stops

HINT = "Select a card or an edge in the graph to see its tensors, what it saved for backward, and where its gradient comes from."
_OPEN_AT_FIRST = ("value", "gradient", ".grad")


class InspectorPanel(QWidget):
    """Shows ``session.pointed.selection`` at ``session.cursor``, from 300 px wide.

    Signals
    -------
    go_to(int, int)
        Line and column of the program (from 1) that the user wants to see.
    emptied()
        There is nothing to say any more: what is selected is gone, or nothing is selected.
    """

    go_to = Signal(int, int)
    emptied = Signal()

    def __init__(self, session: Session, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._signature: object = None
        self._stale = True
        self._open: dict[tuple[str, str], bool] = {}
        self.rows: list[tuple[str, ItemRow]] = []
        self._titles: list[QLabel] = []
        self.header = PanelHeader("Inspector", theme)
        self.symbol = SymbolLabel(theme)
        self.subtitle = QLabel()
        self.subtitle.setTextFormat(Qt.TextFormat.PlainText)
        self.subtitle.setWordWrap(True)
        self.subtitle.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hint = QLabel(HINT)
        self.hint.setWordWrap(True)
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(16, 12, 16, 16)
        self._column.setSpacing(0)
        for part in (self.hint, self.symbol, self.subtitle):
            self._column.addWidget(part)
        self._made: QWidget | None = None
        self._column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it would not show the focus, and scrolls to what has it
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._body)
        self._scroll.setAccessibleName("Inspector")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._scroll, 1)
        for changed in (
            session.pointed.selection_changed,
            session.recording_changed,
            session.cursor_changed,
            session.shown.changed,
        ):
            changed.connect(self._follow)
        theme.changed.connect(self.restyle)
        self.restyle()
        self.refresh()

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 160)

    def sizeHint(self) -> QSize:
        return QSize(360, 480)

    @Slot()
    def restyle(self) -> None:
        """Take colours and font scale from the theme again."""
        scale = self._theme.scale
        surface = self._theme.hex("surface")
        self._body.setObjectName("inspector_body")
        self._body.setStyleSheet(f"QWidget#inspector_body {{ background: {surface}; }}")
        self._scroll.setStyleSheet(f"QScrollArea {{ background: {surface}; border: none; }}")
        self.subtitle.setFont(ui_font(12 * scale))
        self.hint.setFont(ui_font(13 * scale))
        for label in (self.subtitle, self.hint):
            label.setStyleSheet(f"color: {self._theme.hex('text_3')};")
        for title in self._titles:
            self._dress(title)

    def _dress(self, title: QLabel) -> None:
        title.setFont(ui_font(12 * self._theme.scale, 600))
        title.setStyleSheet(f"color: {self._theme.hex('text_2')};")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def content(self) -> Content | None:
        """What there is to say about the selection; None if nothing in the shown graph is selected."""
        session = self._session
        recording, state, selection = session.recording, session.state, session.pointed.selection
        if recording is None or state is None:
            return None
        view = session.shown.view
        group = view.groups.get(selection.card or "") if view is not None else None
        bundle = view.bundles.get(selection.edge or "") if view is not None else None
        if view is not None and group is not None:
            return module_content(recording, state, view, group)
        if view is not None and bundle is not None:
            return bundle_content(recording, state, view, bundle)
        for card in recording.graph.cards:
            if card.id == selection.card and card.id in state.cards:
                return card_content(recording, state, card)
        for edge in recording.graph.edges:
            if edge.id == selection.edge and edge.id in state.edges:
                return edge_content(recording, state, edge)
        return None

    @Slot()
    def _follow(self) -> None:
        self.refresh()
        if self.isVisible() and not self.hint.isHidden():
            self.emptied.emit()

    @Slot()
    def refresh(self) -> None:
        """Write it anew. Lines that stay keep their widgets, so that a table stays where it was scrolled to."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        content = self.content()
        self.hint.setVisible(content is None)
        self.symbol.setVisible(content is not None)
        self.subtitle.setVisible(content is not None)
        self.header.set_note("" if content is None else "last valid run" if self._session.stale else "")
        sections = () if content is None else content.sections
        if content is not None:
            self.symbol.set_symbol(content.symbol)
            self.subtitle.setText(content.subtitle)
        signature = tuple((part.title, tuple(item.label for item in part.items)) for part in sections)
        if signature != self._signature:
            self._signature = signature
            self._rebuild(content)
            return
        items = [item for part in sections for item in part.items]
        for (_, row), item in zip(self.rows, items, strict=True):
            row.set_item(item)

    def _rebuild(self, content: Content | None) -> None:
        self._open.update({(title, row.texts()[0]): row.opened() for title, row in self.rows})
        self.rows, self._titles = [], []
        focus = QApplication.focusWidget()
        within = self._made is not None and focus is not None and self._made.isAncestorOf(focus)
        if self._made is not None:
            self._made.hide()
            self._made.deleteLater()
            self._made = None
        if content is None:
            return
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(2)
        for part in content.sections:
            column.addSpacing(10)
            title = QLabel(part.title)
            self._dress(title)
            self._titles.append(title)
            column.addWidget(title)
            column.addWidget(Hairline(self._theme))
            column.addSpacing(4)
            for item in part.items:
                first = part.title in ("Now", "Along this edge") and item.label in _OPEN_AT_FIRST
                row = ItemRow(self._theme, item, self._open.get((part.title, item.label), first))
                row.card_wanted.connect(self._select_card)
                row.cursor_wanted.connect(self._session.set_cursor)
                row.place_wanted.connect(self.go_to)
                row.grown.connect(self._order)
                column.addWidget(row)
                self.rows.append((part.title, row))
        self._made = made
        self._column.insertWidget(3, made)
        made.show()
        self._order()
        if within:
            # A link led here: the keyboard goes on among the controls that are here now.
            shown = [control for control in self.controls() if control.isVisible()]
            if shown:
                shown[0].setFocus(Qt.FocusReason.TabFocusReason)

    def controls(self) -> list[QWidget]:
        """What Tab stops at, from top to bottom; some may be hidden."""
        return [*stops(self.header), *(control for _, row in self.rows for control in row.controls())]

    @Slot()
    def _order(self) -> None:
        """These are created after everything else in the window."""
        put_in_order(self.controls())

    @Slot(str)
    def _select_card(self, card: str) -> None:
        self._session.pointed.select(Selection(card=card))

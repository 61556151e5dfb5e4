"""The left side of the window: code and explanation, which in Train share it with the set-up by tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager
from gui.panels.code.panel import CodePanel
from gui.session.selection import Pointed
from gui.session.settings import Settings
from gui.widgets import Tabs
from gui.window.columns.left_column import LeftColumn

TAB = "training/tab"
"""The setting that remembers which of them Train shows."""
CODE = "code"


class Beside(NamedTuple):
    """A panel that Train shows in the place of the code, behind a tab.

    Attributes
    ----------
    tab : str
        By this word the setting remembers it.
    title : str
        What the tab says.
    make : callable
        Makes the panel.
    """

    tab: str
    title: str
    make: Callable[[], QWidget]


class LeftSide(QWidget):
    """Explore shows ``column``; Train shows that or one of the panels ``beside`` it, the first of them until the user chooses.

    Each of these is made when it is first shown, or by ``make_next`` in a quiet moment: a window that opens with Explore is
    painted without them.

    Signals
    -------
    turned()
        Another one of them is shown now.
    made(str)
        The panel of this tab is there.
    """

    turned = Signal()
    made = Signal(str)

    def __init__(
        self,
        column: LeftColumn,
        beside: Sequence[Beside],
        code: CodePanel,
        theme: ThemeManager,
        settings: Settings,
    ) -> None:
        super().__init__()
        self.column, self._code = column, code
        self._beside = tuple(beside)
        self._makers = {item.tab: item.make for item in beside}
        self._settings = settings
        self._in_train = False
        self._pointed: Pointed | None = None
        titles = [item.title for item in beside]
        self.tabs = Tabs(theme, [*((item.tab, item.title) for item in beside), (CODE, "Code")])
        self.tabs.setAccessibleName(f"{', '.join([titles[0], *map(str.lower, titles[1:])])} or code")
        if settings.value(TAB) in self.tabs.words:
            self.tabs.set_current(settings.value(TAB))
        self.tabs.chosen.connect(self._chosen)
        code.header.noted.connect(self._tell)
        self._stack = QStackedWidget()
        self._stack.addWidget(column)
        self._shown: dict[str, QWidget] = {CODE: column}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addWidget(self._stack, 1)
        self._turn()

    def set_mode(self, mode: str) -> None:
        """Show ``explore`` or ``train``."""
        self._in_train = mode == "train"
        self.column.set_mode(mode)
        self._turn()

    @property
    def shows_setup(self) -> bool:
        """Whether the set-up is what is shown."""
        return self._in_train and self.tabs.current() == "setup"

    @property
    def panels(self) -> list[QWidget]:
        """The panels that stand beside the code, as far as they have been made, in the order of the tabs."""
        return [self._shown[item.tab] for item in self._beside if item.tab in self._shown]

    def make_next(self) -> bool:
        """Make one of the panels; whether there is another one to make."""
        if self._makers:
            self.panel(next(iter(self._makers)))
        return bool(self._makers)

    def panel(self, tab: str) -> QWidget:
        """The panel of this tab, which is made if it is not there yet."""
        make = self._makers.pop(tab, None)
        if make is not None:
            panel = self._shown[tab] = make()
            self._stack.addWidget(panel)
            self.made.emit(tab)
        return self._shown[tab]

    def follow(self, pointed: Pointed) -> None:
        """Show what is told of a card or an edge as soon as one is selected: code and explanation."""
        self._pointed = pointed
        pointed.selection_changed.connect(self._selected)

    @Slot()
    def _selected(self) -> None:
        selection = None if self._pointed is None else self._pointed.selection
        if selection is not None and (selection.card is not None or selection.edge is not None):
            self.bring_code()

    @Slot()
    def bring_code(self) -> None:
        """Show code and explanation, if another panel is in their place."""
        if self._in_train and self.tabs.current() != CODE:
            self.tabs.set_current(CODE)
            self._turn()

    @Slot()
    def bring_setup(self) -> None:
        """Show the set-up, if Train shows the code."""
        self.bring("setup")

    def bring(self, tab: str) -> None:
        """Show the panel of this tab, if Train shows another one."""
        self.tabs.set_current(tab)
        self._turn()

    @Slot(str)
    def _chosen(self, tab: str) -> None:
        self._settings.set_value(TAB, tab)
        self._turn()

    def _turn(self) -> None:
        self.tabs.setVisible(self._in_train)
        self._code.header.setVisible(not self._in_train)
        self._tell()
        shown = self.panel(self.tabs.current()) if self._in_train else self.column
        if self._stack.currentWidget() is not shown:
            self._stack.setCurrentWidget(shown)
            self.turned.emit()
        self.setFocusProxy(self.column.focusProxy() if shown is self.column else None)  # type: ignore[arg-type]

    @Slot()
    def _tell(self) -> None:
        """Say beside the tabs what the code's own head would say."""
        note = self._code.header.note() if self.tabs.current() == CODE else ""
        whose, _, line = note.rpartition(" · ")
        short = line.replace("running line", "line")
        self.tabs.set_note(note, f"{whose} · {short}" if whose else short, *([whose] if whose else []))

"""The columns of the window: splitters, what folds when it gets narrow, and how large the window is at first."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeySequence, QPainter, QPaintEvent, QPen, QResizeEvent, QScreen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QSplitter, QWidget

from gui.look.style import control_height
from gui.look.theme import ThemeManager, icon, ui_font
from gui.panels.graph.panel import GraphPanel
from gui.panels.training.panel import TrainingPanel
from gui.session.settings import Settings
from gui.widgets.basic import UNBOUND
from gui.window.columns.below_plots import BelowPlots
from gui.window.columns.in_turn import CANVAS_LEAST, InTurn
from gui.window.keyboard.panels import focus_first

# Not the 336 of the design: there, in a low window, an error's buttons would take a second row and cut off the second leaf.
CODE_WIDTH, CODE_LEAST = 388, 300
TRAINING_WIDTH, TRAINING_LEAST = 484, 460
TRAINING_HEIGHT, TRAINING_HEIGHT_LEAST = 400, 262
TRAINING_SHARE = 0.53
"""Part of the height that the plots take in Train at most, so that the graph stays readable in a low window."""
GRAPH_LEAST = 480
GRAPH_HEIGHT_LEAST = 220
TAB_WIDTH = 36
STRIP_WIDTH = 40
NATIVE = QKeySequence.SequenceFormat.NativeText
TRAINING_KEYS = "Ctrl+Shift+L"
SMALLEST = QSize(1180, 720)
FIRST = QSize(1600, 1000)


class FoldTab(QAbstractButton):
    """A narrow tab at the window's edge that brings a folded column back; its text runs upwards or downwards.

    With ``picture`` it is a strip with that icon where the column's header has it.
    """

    def __init__(self, text: str, theme: ThemeManager, *, upwards: bool, picture: str = "", keys: str = "") -> None:
        super().__init__()
        self._theme = theme
        self._upwards = upwards
        self._picture = picture
        self._head = STRIP_WIDTH if picture else 0
        self.setText(text)
        self.setFixedWidth(STRIP_WIDTH if picture else TAB_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(f"Show {text}" + (f" ({QKeySequence(keys).toString(NATIVE)})" if keys else ""))
        self.setAccessibleName(f"Show {text}")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(self.width(), self._head + QFontMetrics(self._font()).horizontalAdvance(self.text()) + 32)

    def _font(self) -> QFont:
        return ui_font(13 * self._theme.scale, 600)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        token = "pressed" if self.isDown() else "hover" if self.underMouse() else "surface"
        painter.fillRect(self.rect(), self._theme.color(token))
        edge = 0 if not self._upwards else self.width() - 1
        painter.fillRect(QRect(edge, 0, 1, self.height()), self._theme.color("line"))
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRoundedRect(self.rect().adjusted(3, 3, -3, -3), 6, 6)
        painter.setPen(self._theme.color("text"))
        painter.setFont(self._font())
        width = QFontMetrics(self._font()).horizontalAdvance(self.text()) + 2
        if self._picture:
            head = control_height(40, self._theme.scale)
            place = QRect((self.width() - 16) // 2, (head - 1 - 16) // 2, 16, 16)
            icon(self._picture, self._theme.color("text_2"), 16).paint(painter, place)
        if self._upwards:
            painter.translate(0, 16 + width)
            painter.rotate(-90)
        else:
            painter.translate(self.width(), self._head + (0 if self._picture else 16))
            painter.rotate(90)
        painter.drawText(QRect(0, 0, width, self.width()), Qt.AlignmentFlag.AlignCenter, self.text())


class Columns(QWidget):
    """Code, graph and training: side by side in Explore, in Train the training below the graph, and ``below_plots`` below that.

    Where the window is too narrow for three columns, one side is folded behind a tab: the training first, or the code
    if the user brought the training back. The graph is never narrower than 480. In Explore the user may hide the training at any
    size; that choice is kept. In a low window graph, plots and runs of Train are shown in turn (``InTurn``).
    More panels may stand right below the graph in both (``add_panel``).

    Signals
    -------
    folded_changed()
        Which column is folded has changed.
    """

    folded_changed = Signal()

    def __init__(
        self,
        code: QWidget,
        graph: GraphPanel,
        training: TrainingPanel,
        below_plots: BelowPlots,
        theme: ThemeManager,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.code, self.graph, self.training, self.below_plots = code, graph, training, below_plots
        self._settings = settings
        self.below: list[QWidget] = []
        """Panels below the graph."""
        self._heights: dict[QWidget, int] = {}
        """Of those whose border the user has moved."""
        self._mode = "explore"
        self._kept_open = "code"
        self._hidden = not settings.value("window/training")
        self._arranged_for = ""
        self._centre = _splitter(Qt.Orientation.Vertical, graph, below_plots)
        self._main = _splitter(Qt.Orientation.Horizontal, code, self._centre, self.training)
        self._main.setStretchFactor(1, 1)
        self._centre.setStretchFactor(0, 1)
        self._code_tab = FoldTab("Code", theme, upwards=True)
        self._training_tab = FoldTab("Training", theme, upwards=False, picture="panel", keys=TRAINING_KEYS)
        self._code_tab.clicked.connect(self.open_code)
        self._training_tab.clicked.connect(self.open_training)
        code.setMinimumWidth(CODE_LEAST)
        graph.setMinimumSize(GRAPH_LEAST, GRAPH_HEIGHT_LEAST)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._code_tab)
        layout.addWidget(self._main, 1)
        layout.addWidget(self._training_tab)
        self._code_width, self._training_width, self._training_height = self._kept()
        self.in_turn = InTurn(graph, training, below_plots, theme, self)
        self.in_turn.turned.connect(self._size)
        below_plots.height_of.changed.connect(self._size)
        training.controls.grown.connect(self._size)
        theme.changed.connect(self._size)
        self._main.splitterMoved.connect(self._moved)
        self._centre.splitterMoved.connect(self._moved)
        self._arrange()

    def _kept(self) -> tuple[int, int, int]:
        sizes = self._settings.value("window/columns").split(",")
        if len(sizes) == 3 and all(size.isdecimal() and len(size) < 5 for size in sizes):
            return int(sizes[0]), int(sizes[1]), int(sizes[2])
        return CODE_WIDTH, TRAINING_WIDTH, TRAINING_HEIGHT

    def add_panel(self, panel: QWidget) -> None:
        """Let ``panel`` stand below the graph, under those added before it, while it is visible."""
        self.below.append(panel)
        self._centre.insertWidget(len(self.below), panel)
        panel.installEventFilter(self)
        self._size()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._size()
        return False

    def _height_of(self, panel: QWidget) -> int:
        """Px of a panel below the graph, without its border."""
        if panel.isHidden():
            return 0
        return max(self._heights.get(panel, panel.sizeHint().height()), panel.minimumSizeHint().height(), 1)

    def set_mode(self, mode: str) -> None:
        """Arrange for ``explore`` or ``train``."""
        if mode != self._mode:
            self._mode = mode
            self._arrange()

    @property
    def folded(self) -> str:
        """``code`` or ``training``, or nothing where there is room for all."""
        if self._mode == "explore" and self._hidden:
            return "training"
        if self._mode != "explore" or self.width() >= CODE_LEAST + GRAPH_LEAST + TRAINING_LEAST + 2:
            return ""
        return "training" if self._kept_open == "code" else "code"

    @Slot()
    def open_code(self) -> None:
        """Bring the code column back where it is folded."""
        self._open("code")

    def bring_code(self) -> None:
        """Bring the code column back, if it is folded."""
        if self.folded == "code":
            self.open_code()

    @Slot()
    def open_training(self) -> None:
        """Bring the training column back where it is folded."""
        self._open("training")

    @Slot()
    def toggle_training(self) -> None:
        """In Explore, hide the training column, or show it."""
        if self._mode != "explore":
            return
        if self.folded == "training":
            self.open_training()
            return
        self._choose(hidden=True)
        self._kept_open = "code"
        self._arrange()

    def _choose(self, hidden: bool) -> None:
        self._hidden = hidden
        self._settings.set_value("window/training", not hidden)

    def _open(self, side: str) -> None:
        keyboard = self._code_tab.hasFocus() or self._training_tab.hasFocus()
        self._kept_open = side
        if side == "training":
            self._choose(hidden=False)
        self._arrange()
        if keyboard:
            focus_first(self.code if side == "code" else self.training)

    def save(self) -> None:
        """Remember the sizes."""
        self.below_plots.save()
        self._settings.set_value("window/columns", f"{self._code_width},{self._training_width},{self._training_height}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.folded != self._arranged_for:
            self._arrange()
        else:
            self._size()

    def _arrange(self) -> None:
        folded = self._arranged_for = self.folded
        focus = self.window().focusWidget()  # has it again once the window is active, also while a dialog has the keyboard
        if self._mode == "explore":
            self._main.addWidget(self.training)
            self.training.setMinimumSize(TRAINING_LEAST, 0)
        else:
            self._centre.insertWidget(self._centre.indexOf(self.below_plots), self.training)
            self.training.setMinimumSize(0, TRAINING_HEIGHT_LEAST)
            self.below_plots.build()
        self.below_plots.setVisible(self._mode != "explore")
        self._main.setStretchFactor(1, 1)
        self.code.setVisible(folded != "code")
        self.training.setVisible(folded != "training")
        self._code_tab.setVisible(folded == "code")
        self._training_tab.setVisible(folded == "training")
        if focus is not None and self.isAncestorOf(focus) and not focus.isVisibleTo(self):
            # Qt passes the keyboard of what is hidden to whatever comes after it: a tab, which Space opens again.
            self.graph.setFocus(Qt.FocusReason.OtherFocusReason)
        self._size()
        self.folded_changed.emit()

    @Slot()
    def _size(self) -> None:
        heights = [self._height_of(panel) for panel in self.below]
        taken = sum(height + self._centre.handleWidth() for height in heights if height)
        room = self.height() - taken
        self.in_turn.fit(room if self._mode == "train" else None)
        alone, head = self.in_turn.alone, self.in_turn.head_height
        controls = self.training.controls.minimumHeight()
        no_graph, no_plots = alone in ("training", "below"), alone in ("graph", "below")
        self.graph.setMinimumHeight(head if no_graph else GRAPH_HEIGHT_LEAST)
        self.graph.setMaximumHeight(head if no_graph else UNBOUND)
        self.training.setMaximumHeight(controls if no_plots else UNBOUND)
        if self._mode == "explore":
            rest = max(GRAPH_LEAST, self.width() - self._code_width - self._training_width - 2)
            self._main.setSizes([self._code_width, rest, self._training_width])
            if taken:
                self._centre.setSizes([max(1, room), *heights, 0])
            return
        self.training.setMinimumHeight(controls if no_plots else TRAINING_HEIGHT_LEAST)
        room -= 2 * self._centre.handleWidth()
        below = self._below_height(room)
        room -= below
        height = min(self._training_height, max(TRAINING_HEIGHT_LEAST, round((room + taken) * TRAINING_SHARE)))
        if alone:
            height = controls if no_plots else room - head
        self._main.setSizes([self._code_width, self.width() - self._code_width - 1])
        self._centre.setSizes([max(1, room - height), *heights, height, below])

    def _below_height(self, room: int) -> int:
        """Px of what is below the plots, of ``room`` for it and graph and plots."""
        below, wants, head = self.below_plots, self.below_plots.height_of, self.in_turn.head_height
        plots, controls = self.training.least_height, self.training.controls.minimumHeight()
        if not below.is_open:
            below.setFixedHeight(wants.line)
            return wants.line
        below.setMinimumHeight(wants.least)
        below.setMaximumHeight(UNBOUND)
        if self.in_turn.alone == "below":
            return room - head - controls
        if wants.asks:  # for as long as that takes
            plots = min(plots, TRAINING_HEIGHT_LEAST)
        others = {"": head + CANVAS_LEAST + plots, "training": head + plots, "graph": head + CANVAS_LEAST + controls}
        return max(wants.least, min(wants.wanted, room - others[self.in_turn.alone]))

    @Slot(int, int)
    def _moved(self, _place: int, border: int) -> None:
        if not self.folded and not self.in_turn.alone:
            if self._mode == "explore":
                self._training_width = self.training.width()
            else:
                self._training_height = self.training.height()
        if self.folded != "code":
            self._code_width = self.code.width()
        if self.sender() is self._centre:
            self._heights |= {panel: panel.height() for panel in self.below if panel.isVisible()}
            if border == self._centre.indexOf(self.below_plots) and self.below_plots.is_open and self.in_turn.alone != "below":
                self.below_plots.height_of.choose(self.below_plots.height())


def _splitter(orientation: Qt.Orientation, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    # Qt widens the grab area of handles that are this thin by itself.
    splitter.setHandleWidth(1)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter


def first_size(screen: QScreen | None) -> QSize:
    """1600 x 1000, or what the screen has room for."""
    return FIRST if screen is None else FIRST.boundedTo(screen.availableSize() - QSize(0, 40))


def onto_a_screen(frame: QRect) -> QRect:
    """``frame`` moved onto a screen if less than 200 x 60 of its top can be seen, else unchanged."""
    grip = QRect(frame.x(), frame.y(), frame.width(), 60)
    for screen in QGuiApplication.screens():
        seen = screen.availableGeometry().intersected(grip)
        if seen.width() >= 200 and seen.height() >= 30:
            return frame
    primary = QGuiApplication.primaryScreen()
    if primary is None:
        return frame
    area = primary.availableGeometry()
    size = frame.size().boundedTo(area.size())
    result = QRect(area.topLeft(), size)
    result.moveCenter(area.center())
    return result

"""What stands in the left column stays where it is while numbers get longer and problems come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import ProgramError, UnknownNameError
from engine.text.literals import Edit
from engine.training.program import program_text
from gui.look import style
from gui.look.theme import ThemeManager
from gui.panels.code.editor.document import CodeDocument
from gui.panels.code.editor.spacing import SPACINGS
from gui.panels.code.panel import CodePanel
from gui.session.session import Session
from gui.session.settings import Settings
from gui.window.columns.left_column import LeftColumn

TEXT = (
    "a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\ny = a**3 - b**2{end}\ny.backward()"
)
SIZES = [(388, 756), (388, 500), (336, 756), (300, 500)]


class Column:
    def __init__(self, qtbot: QtBot, tmp_path: Path) -> None:
        self.session = Session()
        self.theme = theme = ThemeManager("light")
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        style.apply(app, theme)
        self.panel = CodePanel(self.session, theme)
        self.story = QWidget()
        self.column = LeftColumn(self.panel, self.story, QWidget(), Settings(tmp_path / "settings.ini"))
        self.session.text_replaced.connect(self.column.start_over)
        self.outer = QWidget()
        layout = QVBoxLayout(self.outer)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.column)
        qtbot.addWidget(self.outer)

    def show(self, qtbot: QtBot, size: tuple[int, int], text: str) -> None:
        self.outer.resize(*size)
        with qtbot.waitExposed(self.outer):
            self.outer.show()
        self.session.replace_text(text)
        self.settle(qtbot)

    def settle(self, qtbot: QtBot) -> None:
        """Wait until nothing moves any more, on a busy computer, too."""
        before, now = None, self.places()
        while now != before:
            qtbot.wait(60)
            before, now = now, self.places()

    def place(self, widget: QWidget) -> QRect:
        return QRect(widget.mapTo(self.outer, QPoint(0, 0)), widget.size())

    def places(self) -> dict[str, QRect]:
        found = {f"slider {number}": self.place(row.slider) for number, row in enumerate(self.panel.leaves.rows)}
        return found | {"story": self.place(self.story), "editor": self.place(self.panel.editor)}

    def seen(self, widget: QWidget) -> bool:
        """Whether all of ``widget`` is in sight."""
        area = self.panel._column.viewport()
        return QRect(area.mapTo(self.outer, QPoint(0, 0)), area.size()).contains(self.place(widget))


@pytest.fixture
def column(qtbot: QtBot, tmp_path: Path) -> Iterator[Column]:
    made = Column(qtbot, tmp_path)
    yield made
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setStyleSheet("")


@pytest.mark.parametrize("size", SIZES)
def test_a_longer_number_moves_nothing_and_cuts_no_code(qtbot: QtBot, column: Column, size: tuple[int, int]) -> None:
    column.show(qtbot, size, TEXT.format(end=""))
    before = column.places()
    for number in (5.5, 12.75, -12.75, -0.125, 5.0):
        column.panel.leaves.rows[0].changed.emit(number, True)
        column.settle(qtbot)
        assert column.places() == before, number
        editor = column.panel.editor
        if size[0] >= 336:
            assert editor.horizontalScrollBar().maximum() == 0, "all of the line is in sight"
        assert column.panel.editor.document().size().height() <= editor.viewport().height()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["name", "long"])
def test_a_mended_problem_leaves_no_trace(qtbot: QtBot, column: Column, size: tuple[int, int], kind: str) -> None:
    column.show(qtbot, size, TEXT.format(end=""))
    before = column.places()
    message, hint = "c is not defined", "Write c = torch.tensor([1.], requires_grad=True) above it."
    if kind == "long":
        message, hint = "the value of c, which this line needs, " * 2, f"{hint} " * 3
    problem = ProgramError(message, hint=hint, line=3, column=16)
    if kind == "name":
        problem = UnknownNameError("c", message, hint=hint, line=3, column=16)
    for _ in range(2):
        column.session.show_problem(problem)
        column.settle(qtbot)
        assert column.panel.problem_box.isVisible()
        column.session.subject.problem = None
        column.session.problem_changed.emit()
        column.settle(qtbot)
        assert column.places() == before


def test_at_the_smallest_window_the_second_leaf_and_the_buttons_of_a_problem_are_in_sight(qtbot: QtBot, column: Column) -> None:
    column.show(qtbot, (388, 540), TEXT.format(end=" + c"))
    assert all(column.seen(row) for row in column.panel.leaves.rows)
    hint = "Write c = torch.tensor([1.], requires_grad=True) above it."
    column.session.show_problem(UnknownNameError("c", "c is not defined", hint=hint, line=3, column=16))
    column.settle(qtbot)
    buttons = [button for button in column.panel.problem_box.findChildren(QPushButton) if button.isVisible()]
    assert buttons and all(column.seen(button) for button in buttons)
    assert column.panel._column.verticalScrollBar().maximum() == 0 and column.panel.editor.code.spacing == 100
    assert all(column.seen(row) for row in column.panel.leaves.rows)


def test_letters_that_came_together_for_a_long_line_go_apart_when_it_is_gone(qtbot: QtBot, column: Column) -> None:
    column.show(qtbot, (388, 756), TEXT.format(end=""))
    editor = column.panel.editor
    first = editor.code.spacing
    editor.go_to(1, 1)
    for _ in range(2):
        qtbot.keyClick(editor, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: editor.code.spacing < first)
    editor.undo()
    editor.undo()
    assert editor.text == TEXT.format(end="") and editor.code.spacing == first


def test_letters_do_not_move_at_each_key_but_when_the_hands_rest(qtbot: QtBot, column: Column) -> None:
    column.show(qtbot, (388, 756), TEXT.format(end=""))
    editor = column.panel.editor
    editor.go_to(2, 43)
    editor.spacing._rest.setInterval(60_000)  # the machine may be slow, and this is no pause of typing
    seen = set()
    for _ in range(6):
        qtbot.keyClicks(editor, " ")
        seen.add(editor.code.spacing)
    assert len(seen) == 1
    editor.spacing._rest.setInterval(1)
    qtbot.keyClicks(editor, "#")
    qtbot.waitUntil(lambda: editor.code.spacing not in seen)


def test_a_number_that_a_slider_made_shorter_leaves_no_narrow_letters(qtbot: QtBot, column: Column) -> None:
    column.show(qtbot, (388, 756), TEXT.format(end="").replace("[5.]", "[5.123456789]"))
    editor = column.panel.editor
    narrow = editor.code.spacing
    start = editor.text.index("5.123456789")
    editor.apply(Edit(start, start + len("5.123456789"), "5."), dragging=True)
    assert editor.code.spacing == narrow < 100, "not under the hand"
    qtbot.waitUntil(lambda: editor.code.spacing > narrow)


def test_a_long_program_leaves_its_sliders_in_sight(qtbot: QtBot, column: Column) -> None:
    column.show(qtbot, (388, 540), TEXT.format(end="") + "\nz = a * 2" * 30)
    assert all(column.seen(row) for row in column.panel.leaves.rows)
    column.session.replace_text(TEXT.format(end=""))
    column.settle(qtbot)
    short = column.place(column.story).top()
    column.session.replace_text(TEXT.format(end=""))
    column.settle(qtbot)
    assert column.place(column.story).top() == short


@pytest.mark.parametrize(("size", "count"), [((388, 840), 8), ((388, 756), 7), ((388, 500), 3)])
def test_of_many_sliders_as_many_as_there_is_room_for_are_in_sight(
    qtbot: QtBot, column: Column, size: tuple[int, int], count: int
) -> None:
    """Of eight, four were in sight at 1600×1000 and two at 1180×720, below eleven and six lines that can scroll."""
    lines = [f"{name} = torch.tensor([1.], requires_grad=True)" for name in "abcdefgh"]
    column.show(qtbot, size, "\n".join([*lines, "y = a*b + c*d + e*f + g*h", "y.backward()"]))
    rows = column.panel.leaves.rows
    assert len(rows) == 8 and sum(column.seen(row) for row in rows) >= count
    assert column.place(column.story).height() >= 110
    assert size[1] < 840 or column.panel._column.verticalScrollBar().maximum() == 0, "no bar where nothing is out of sight"
    before = column.places()
    rows[0].changed.emit(-12.75, True)
    column.settle(qtbot)
    assert column.places() == before


@pytest.mark.parametrize("size", SIZES)
def test_a_program_without_leaves_has_no_scroll_bar_beside_room(qtbot: QtBot, column: Column, size: tuple[int, int]) -> None:
    """The sentence that stands in place of the leaves used to ask for one line more than it has."""
    column.show(qtbot, size, TEXT.format(end=""))
    for text in ("", "a = 1", TEXT.format(end="")):
        column.session.replace_text(text)
        column.settle(qtbot)
        assert column.panel._column.verticalScrollBar().maximum() == 0, text


@pytest.mark.parametrize("scale", [0.9, 1.0, 1.15, 1.3, 1.5])
@pytest.mark.parametrize("kind", ["own", "read-only", "wide"])
def test_how_far_letters_are_apart_is_settled_at_once(
    qtbot: QtBot, column: Column, monkeypatch: pytest.MonkeyPatch, scale: float, kind: str
) -> None:
    """Two spacings, each of which asked for the other when measured, used to hold the window up for ever."""
    text = TEXT.format(end="\t# \u6f22\u5b57 \u6f22\u5b57 x  " if kind == "wide" else "")
    column.show(qtbot, (388, 756), text)
    if kind == "read-only":
        column.panel.set_read_only_text(program_text(), "regression.py")
    column.panel.editor.theme.set_scale(scale)
    column.settle(qtbot)
    editor, set_ = column.panel.editor, []
    space = CodeDocument.space

    def counted(document: CodeDocument, percent: int) -> None:
        if percent != document.spacing:
            set_.append((document.spacing, percent))
        assert len(set_) < 4, set_
        space(document, percent)

    monkeypatch.setattr(CodeDocument, "space", counted)
    for width in range(280, 600):
        set_.clear()
        editor.resize(width, editor.height())
        room, needed = editor.viewport().width(), editor.code.idealWidth()
        assert needed <= room or editor.code.spacing in (76, 100), "spaced so that it does not fit"
        looser = [spacing for spacing in SPACINGS if spacing > editor.code.spacing]
        assert needed > room or editor.code.fitting(room, looser) is None, "and no further together than needed"


NO_LEAF = "a = torch.tensor([2.])\ny = a * 2\ny.backward()"


def test_a_program_without_leaves_gives_the_room_of_its_problem_to_what_happened(qtbot: QtBot, column: Column) -> None:
    """The text on what leaves are for used to keep its room, and what just happened had one line."""
    column.show(qtbot, (388, 540), NO_LEAF)
    assert column.panel.leaves.isVisible()
    column.session.show_problem(
        ProgramError("no tensor that y depends on has requires_grad", hint="Write it. " * 12, line=3, column=1)
    )
    column.settle(qtbot)
    assert not column.panel.leaves.isVisible() and column.place(column.story).height() >= 180
    column.session.replace_text(TEXT.format(end=""))
    column.settle(qtbot)
    column.session.show_problem(ProgramError("wrong", line=3, column=1))
    column.settle(qtbot)
    assert column.panel.leaves.isVisible() and all(column.seen(row) for row in column.panel.leaves.rows)


@pytest.mark.parametrize("height", [430, 500, 756])
@pytest.mark.parametrize("mode", ["explore", "train"])
def test_the_inspector_has_room_to_be_read_while_it_is_shown(qtbot: QtBot, column: Column, height: int, mode: str) -> None:
    column.show(qtbot, (388, height), TEXT.format(end="") + "\nz = a * 2" * 20)
    column.column.set_mode(mode)
    column.settle(qtbot)
    before = column.places()
    column.column.show_inspector()
    column.settle(qtbot)
    inspector = column.place(column.column.story).height()
    assert inspector >= min(330, height - 160) and column.place(column.panel).height() >= 140
    column.column.show_explanation()
    column.settle(qtbot)
    assert column.places() == before


def test_a_division_that_was_chosen_stays_when_the_inspector_comes(qtbot: QtBot, column: Column) -> None:
    column.show(qtbot, (388, 500), TEXT.format(end=""))
    column.column.setSizes([380, 119])
    column.column.splitterMoved.emit(380, 1)
    before = column.places()
    column.column.show_inspector()
    column.settle(qtbot)
    assert column.places()["editor"] == before["editor"]


@pytest.mark.parametrize("scale", [1.0, 1.15, 1.3, 1.5, 1.75])
def test_at_any_size_of_letters_the_sliders_of_two_leaves_are_in_sight(qtbot: QtBot, column: Column, scale: float) -> None:
    """At 175 % in the smallest window none was: below the head of "Leaves" came that of "What just happened"."""
    column.column._settings.set_value("font_scale", scale)
    column.theme.set_scale(scale)
    column.show(qtbot, (388, 472), TEXT.format(end=""))
    assert len(column.panel.leaves.rows) == 2
    qtbot.waitUntil(lambda: all(column.seen(row.slider) for row in column.panel.leaves.rows))
    assert column.panel.editor.height() >= 2 * 20 * scale


def test_a_program_that_is_typed_gets_the_room_that_there_is(qtbot: QtBot, column: Column) -> None:
    """Of seven lines four and a half were seen, and 170 px below were empty: the editor was at its least, so no layout asked."""
    column.show(qtbot, (388, 780), "w = torch.tensor([1., 2., 3., 4.], requires_grad=True)")
    editor = column.panel.editor
    editor.go_to(1, 60)
    for _ in range(6):
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        column.settle(qtbot)
    qtbot.waitUntil(lambda: editor.height() >= editor.content_height())
    qtbot.waitUntil(lambda: all(column.seen(row) for row in column.panel.leaves.rows))


EIGHT = (
    "w = torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], requires_grad=True)\nb = torch.tensor([0.1, 0.2], requires_grad=True)\n"
)


@pytest.mark.parametrize("dark", [False, True])
def test_eight_sliders_are_in_sight_in_the_smallest_window(column: Column, qtbot: QtBot, dark: bool) -> None:
    """Three of eight were, at 1180 x 720: the rows stood far apart, and the sentence below kept its room."""
    column.theme.set_choice("dark" if dark else "light")
    column.show(qtbot, (388, 540), EIGHT + "y = (w.sum(1) + b).sum()\ny.backward()\nprint(y)\n")
    rows = column.panel.leaves.rows
    assert len(rows) == 8 and all(column.seen(row.slider) and column.seen(row.box) for row in rows)
    assert len({row.height() for row in rows}) == 1 and column.story.height() >= 110
    assert column.panel.editor.height() >= 90
    before = column.places()
    for number in (0.1, 10.25, -123.5, 0.001):
        rows[3].changed.emit(number, True)
        column.settle(qtbot)
        assert column.places() == before


def test_two_sliders_stand_as_far_apart_as_ever(column: Column, qtbot: QtBot) -> None:
    column.show(qtbot, (388, 540), TEXT.format(end=""))
    assert [row.height() for row in column.panel.leaves.rows] == [44, 44]

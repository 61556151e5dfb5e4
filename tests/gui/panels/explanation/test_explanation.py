"""The panel "What just happened": what it shows at each cursor and selection, that it copies, fits, and asks for checks."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.errors import ProgramError
from engine.explain import Change, FiniteDifference, Line, NumberLine, Piece, explain_moment
from engine.mathematics.expression import Expression
from engine.mathematics.letters import NOTHING, Letter, Number, Sign, Word
from engine.mathematics.tree import Power, Quotient, Root, partial
from engine.programs.program import run_program
from gui.look.theme import ThemeManager
from gui.look.words import rich
from gui.panels.explanation.boxes import box
from gui.panels.explanation.change_row import ChangeRow
from gui.panels.explanation.formula_block import PADDING, FormulaBlock
from gui.panels.explanation.number_line import NumberLineView, tick_text, ticks
from gui.panels.explanation.panel import TITLE, ExplanationPanel
from gui.session.selection import Selection
from gui.session.session import Session
from gui.session.subject import Opened
from tests.engine.plain_torch import PROGRAMS, run
from tests.gui.factory import show_end

CUBIC = PROGRAMS[0]
DESCENT = PROGRAMS[18]

A, Y = Letter("a"), Letter("y")


class Shown:
    def __init__(self, qtbot: QtBot, text: str = CUBIC, name: str = "light") -> None:
        self.session = Session()
        self.theme = ThemeManager(name)
        self.panel = ExplanationPanel(self.session, self.theme)
        qtbot.addWidget(self.panel)
        self.panel.resize(336, 600)
        self.panel.show()
        show_end(self.session, run(text))

    @property
    def block(self) -> FormulaBlock:
        found = self.panel.findChild(FormulaBlock)
        assert isinstance(found, FormulaBlock)
        return found

    def chip(self) -> str:
        return self.panel._chip.text()


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def test_it_explains_the_moment_before_the_cursor(shown: Shown) -> None:
    shown.session.set_cursor(9)
    assert shown.panel.explanation is not None and shown.chip() == "Operation 9 · backward"
    assert "arrives at the leaf" in shown.panel._sentence.text() and shown.block.isVisible()
    assert shown.panel._change.accessibleName() == "b.grad: None → −12"
    shown.session.set_cursor(0)
    assert shown.chip() == "Start" and not shown.block.isVisible() and not shown.panel._change.isVisible()


def test_without_a_recording_it_says_so(qtbot: QtBot) -> None:
    panel = ExplanationPanel(Session(), ThemeManager("light"))
    qtbot.addWidget(panel)
    panel.show()
    assert panel.explanation is None and "nothing to explain" in panel._sentence.text()


def test_there_is_a_scroll_bar_only_where_there_is_something_to_scroll(shown: Shown) -> None:
    """Wrapped texts asked for one line more than they have, so a bar as long as the panel stood beside free room."""
    recording, bar = shown.session.recording, shown.panel._scroll.verticalScrollBar()
    assert recording is not None
    for height in (238, 260, 320, 600):
        shown.panel.resize(388, height)
        for cursor in range(recording.end, -1, -1):
            shown.session.set_cursor(cursor)
            QApplication.processEvents()
            needed = shown.panel._content.heightForWidth(shown.panel.width())
            assert (bar.maximum() > 0) == (needed > shown.panel._scroll.viewport().height()), (height, cursor)


def test_while_hidden_it_does_no_work(shown: Shown) -> None:
    shown.session.set_cursor(9)
    shown.panel.hide()
    shown.session.set_cursor(8)
    assert shown.chip() == "Operation 9 · backward"
    shown.panel.show()
    assert shown.chip() == "Operation 8 · backward"


def test_a_selected_card_explains_itself_until_the_cursor_moves(shown: Shown) -> None:
    recording = shown.session.recording
    assert recording is not None
    card = next(card for card in recording.graph.cards if card.symbol == "b^{2}")
    shown.session.pointed.select(Selection(card=card.id))
    assert shown.panel._header.title() == "About this card" and shown.chip() == "b²"
    assert shown.panel._back.isVisible()
    shown.session.set_cursor(4)
    assert shown.panel._header.title() == TITLE and shown.chip() == "Operation 4 · forward"
    shown.session.pointed.select(Selection(edge=recording.graph.edges[0].id))
    assert shown.panel._header.title() == "About this edge"
    shown.panel._back.click()
    assert shown.panel._header.title() == TITLE and not shown.panel._back.isVisible()


def test_a_card_leads_to_when_it_got_its_gradient(shown: Shown, qtbot: QtBot) -> None:
    """At the end nothing used to say when that was, and before it the moment was named, but not as a link."""
    recording, panel = shown.session.recording, shown.panel
    assert recording is not None
    card = next(card for card in recording.graph.cards if card.symbol == "a")
    for cursor, link in ((5, 11), (recording.end, 11), (recording.end, 1)):
        shown.session.set_cursor(cursor)
        shown.session.pointed.select(Selection(card=card.id))
        assert f'<a href="{link}"' in panel._note.text()
        with qtbot.waitSignal(panel.went_back):
            panel._note.linkActivated.emit(str(link))
        assert shown.session.cursor == link and panel._header.title() == TITLE
    shown.session.set_cursor(5)
    shown.session.pointed.select(Selection(card=card.id))
    by_key = Qt.TextInteractionFlag.LinksAccessibleByKeyboard
    assert panel._note.textInteractionFlags() & by_key and not panel._sentence.textInteractionFlags() & by_key


def test_the_way_back_names_the_operation_that_it_leads_to(shown: Shown) -> None:
    """The button used to say "this operation" below a text about another one."""
    recording, back = shown.session.recording, shown.panel._back
    assert recording is not None
    for cursor, name in ((0, "Back to the start"), (2, "Back to operation 2"), (recording.end, "Back to operation 12")):
        shown.session.set_cursor(cursor)
        shown.session.pointed.select(Selection(card=recording.graph.cards[0].id))
        assert back.text() == back.accessibleName() == name
        back.click()
        assert shown.panel._header.title() == TITLE


def test_a_card_that_is_gone_is_no_longer_explained(shown: Shown) -> None:
    recording = shown.session.recording
    assert recording is not None
    shown.session.pointed.select(Selection(card=recording.graph.cards[-1].id))
    shown.session.show_recording(run("a = torch.tensor(2., requires_grad=True)\na.backward()"))
    assert shown.panel._header.title() == TITLE


def test_a_leaf_asks_for_a_check_and_shows_only_its_own(shown: Shown, qtbot: QtBot) -> None:
    recording = shown.session.recording
    assert recording is not None
    card = next(card for card in recording.graph.cards if card.symbol == "a")
    with qtbot.waitSignal(shown.panel.check_wanted) as asked:
        shown.session.pointed.select(Selection(card=card.id))
    assert asked.args == [recording, card.variable]
    assert card.variable is not None
    found = FiniteDifference("a", 0.001, 0.075, 75.0, 75.0, 0.1, True, "", "y")
    shown.panel.show_check(recording, card.variable + 1, found)
    assert not shown.panel._checked.isVisible()
    shown.panel.show_check(recording, card.variable, found)
    assert "Nudging a by 0.001 moves y by 0.075" in shown.panel._checked.text()
    shown.session.set_cursor(3)
    shown.panel.show_check(recording, card.variable, found)
    assert not shown.panel._checked.isVisible()


def test_a_step_before_the_gradient_asks_for_no_check(shown: Shown, qtbot: QtBot) -> None:
    recording = shown.session.recording
    assert recording is not None
    shown.session.set_cursor(3)
    with qtbot.assertNotEmitted(shown.panel.check_wanted):
        shown.session.pointed.select(Selection(card=recording.graph.cards[0].id))


def test_an_update_shows_its_number_line(qtbot: QtBot) -> None:
    shown = Shown(qtbot, DESCENT)
    shown.session.set_cursor(10)
    assert shown.chip() == "Operation 10 · update" and shown.panel._number_line.isVisible()
    assert shown.panel._number_line.accessibleName() == "moves from 2 to 1.8"
    assert not shown.panel._change.isVisible()


def test_copying_gives_latex_and_text(shown: Shown) -> None:
    shown.session.set_cursor(9)
    shown.block.copy_latex()
    assert QGuiApplication.clipboard().text().startswith("\\begin{aligned}")
    shown.block.copy_text()
    assert "∂y/∂b = ∂y/∂(b²) · ∂(b²)/∂b" in QGuiApplication.clipboard().text()
    assert [action.text() for action in shown.block.actions()] == ["Copy as LaTeX", "Copy as text"]


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("width", [300, 336, 480])
def test_formulas_stay_inside_their_block(qtbot: QtBot, width: int, scale: float) -> None:
    theme = ThemeManager("dark")
    theme.set_scale(scale)
    block = FormulaBlock(theme)
    qtbot.addWidget(block)
    for text in (CUBIC, DESCENT, PROGRAMS[8], PROGRAMS[20]):
        recording = run(text)
        for cursor in range(recording.end + 1):
            block.show_explanation(explain_moment(recording, cursor))
            layout = block._laid_out(width - 32)
            room = width - 32 - 2 * PADDING
            # What is too wide at the least size is drawn smaller; that must stay readable.
            assert layout.width <= room * 1.25
            for row in layout.rows:
                ends = [(item.x, item.x + item.width) for item in row.pieces]
                assert all(before[1] <= after[0] + 0.5 for before, after in itertools.pairwise(ends))
            tops = [row.baseline - row.ascent for row in layout.rows]
            bottoms = [row.baseline + row.descent for row in layout.rows]
            assert all(bottom <= top for bottom, top in zip(bottoms, tops[1:], strict=False))


def colors(widget: FormulaBlock | ExplanationPanel) -> set[str]:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_parts_are_drawn_in_the_colour_of_their_meaning(qtbot: QtBot, name: str) -> None:
    shown = Shown(qtbot, CUBIC, name)
    shown.session.set_cursor(9)
    drawn = colors(shown.block)
    for token in ("value", "grad", "text", "sunken"):
        assert shown.theme.hex(token).lower() in drawn, token
    assert shown.theme.hex("update").lower() not in drawn


def test_it_follows_the_theme(shown: Shown) -> None:
    shown.session.set_cursor(9)
    before = colors(shown.panel)
    shown.theme.set_choice("dark")
    assert shown.theme.hex("surface").lower() in colors(shown.panel)
    assert shown.theme.hex("surface").lower() not in before


def test_a_narrow_header_keeps_the_step(shown: Shown) -> None:
    shown.session.set_cursor(9)
    shown.theme.set_scale(1.5)
    shown.panel.resize(300, 600)
    assert shown.chip() == "Operation 9" and shown.panel._chip.toolTip() == "Operation 9 · backward"
    shown.panel.resize(600, 600)
    assert shown.chip() == "Operation 9 · backward"


def test_fractions_are_stacked() -> None:
    plain, stacked = box(A, 19.0), box(partial(Y, Letter("b")), 19.0)
    assert stacked.ascent > 1.5 * plain.ascent and stacked.descent > 2 * plain.descent
    assert len(stacked.bars) == 1 and len(stacked.texts) == 2
    upper, lower = (item[1] for item in stacked.texts)
    assert upper < stacked.bars[0][1] < lower


@pytest.mark.parametrize(
    "symbol",
    [
        NOTHING,
        Quotient(A, NOTHING),
        Word("}{"),
        Word("a" * 500),
        Quotient(Quotient(A, Y), A),
        Root(Quotient(A, Y)),
        Power(Quotient(A, Y), Quotient(A, Y)),
    ],
    ids=str,
)
def test_any_mathematics_makes_a_box(qapp: QApplication, symbol: Expression) -> None:
    made = box(symbol, 19.0)
    assert made.width >= 0 and made.ascent > 0


def test_ticks_are_round_and_few() -> None:
    assert [tick_text(mark, 0.05) for mark in ticks(1.2, 1.46)] == ["1.20", "1.25", "1.30", "1.35", "1.40", "1.45"]
    for low, high in ((0.0, 1e-9), (-5.0, 1e9), (3.0, 3.0), (1.0, float("inf"))):
        assert len(ticks(low, high)) <= 8


def test_a_number_line_of_any_size_can_be_drawn(qtbot: QtBot) -> None:
    view = NumberLineView(ThemeManager("light"))
    qtbot.addWidget(view)
    view.resize(QSize(300, 54))
    for before, after in ((1.0, 2.0), (2.0, 1.0), (1e30, 1.1e30), (0.0, 1e-30), (-1e300, 1e300)):
        view.show_line(NumberLine(before, after))
        view.grab()


def test_sentences_keep_their_marks() -> None:
    made = rich("The leaf $b²$ keeps `b.grad` < 3", 13, 20, "#000000")
    assert "𝑏²" in made and "b.grad</span>" in made and "&lt; 3" in made


def test_a_long_formula_wraps_at_its_signs(qtbot: QtBot) -> None:
    block = FormulaBlock(ThemeManager("light"))
    qtbot.addWidget(block)
    recording = run(CUBIC)
    found = explain_moment(recording, 9)
    many = tuple(piece for number in range(30) for piece in (Piece(Number(number)), Piece(Sign("+"))))
    long = type(found)("t", "backward", "s", (Line((Piece(Y),), "=", (*many, Piece(Number(1)))),))
    block.show_explanation(long)
    layout = block._laid_out(336)
    assert len(layout.rows) > 1 and layout.width <= 336 - 2 * PADDING


@pytest.mark.parametrize(("width", "rows"), [(700, 1), (350, 2), (200, 3), (60, 3)])
def test_what_changed_is_never_cut_on_the_left(qtbot: QtBot, width: int, rows: int) -> None:
    theme = ThemeManager("light")
    row = ChangeRow(theme)
    qtbot.addWidget(row)
    row.show_change(Change("model.layers.5.bias", "[32] −0.0125 to 0.0088", "[32] −0.0240 to 0.0170", "update"))
    row.resize(width, row.sizeHint().height())
    row.resize(width, row.sizeHint().height())
    row.show()
    assert row.rows == rows and row.sizeHint().height() == round(18 * rows * theme.scale)
    picture = row.grab().toImage()
    left = [picture.pixel(0, y) for y in range(picture.height() // rows, picture.height())]
    assert len(set(left)) <= 1, "nothing is drawn at the edge, where it would be cut"


def test_an_error_is_told_once_while_it_stands_with_the_code(qtbot: QtBot) -> None:
    shown = Shown(qtbot, CUBIC)
    with pytest.raises(ProgramError) as caught:
        run_program("a = torch.tensor([2.])\ny = a * 2\ny.backward()")
    recording = caught.value.recording
    assert recording is not None
    shown.session.show_problem(caught.value)
    shown.session.set_cursor(recording.end)
    assert shown.chip().endswith("error") and not shown.panel._warning.isVisible()
    assert "The program stopped here" in shown.panel._sentence.text()
    shown.session.set_opened(Opened(recording, "", "train.gradwalk"))
    shown.session.set_cursor(recording.end)
    assert shown.panel._warning.isVisible(), "with a recording's text nothing else says it"


@pytest.mark.parametrize("program", ["y = x * x * x * x\nz = y + x", "z = x * x * x * x * x * x * x", "z = x * x + x"])
@pytest.mark.parametrize("width", [288, 336, 420])
def test_captions_below_a_sum_are_whole(qtbot: QtBot, width: int, program: str) -> None:
    """ "operation 10" below the last gradient of a row used to be cut at the panel's edge."""
    shown = Shown(qtbot, f"x = torch.tensor(2., requires_grad=True)\n{program}\nz.backward()")
    shown.panel.resize(width, 600)
    assert shown.session.recording is not None
    for cursor in range(shown.session.recording.end + 1):
        shown.session.set_cursor(cursor)
        block = shown.block
        if not block.isVisible():
            continue
        layout = block._laid_out(block.width())
        for row in layout.rows:
            end = -8.0
            for item in row.pieces:
                if item.piece.caption:
                    left, wide = block._caption(item)
                    assert left >= end + 4, item.piece.caption
                    end = left + wide
                    # What does not fit is drawn smaller as a whole.
                    assert end <= max(layout.width, block.width() - 2 * PADDING) + 1, item.piece.caption

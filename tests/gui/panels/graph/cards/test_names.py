"""Names on cards are whole in every size, or broken where a word begins; at most eight elements are numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from unittest.mock import patch

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QStyleOptionGraphicsItem

from engine.graph.model import Card, CardKind
from engine.graph.state import CardState, Row
from engine.mathematics.expression import Expression
from engine.mathematics.letters import HOLE, Function, Indices, Number, Word
from engine.mathematics.tree import Call, Item, Power
from engine.tables import TensorData
from gui.look.fitting import fitting_tail
from gui.look.mathtext import math_width
from gui.look.symbols import symbol_lines, whole_symbol, word_of
from gui.look.theme import ThemeManager
from gui.panels.graph.cards import card_look, compact_card, dot_card, elements, full_card, rows
from gui.panels.graph.cards import first_elements as first_elements_
from gui.panels.graph.cards.card_face import card_face, grid
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.cards.elements import element_texts, fitting_texts, not_finite
from gui.panels.graph.cards.first_elements import first_elements
from gui.panels.graph.cards.names import name_lines, name_room
from gui.panels.graph.metrics import text_width
from tests.gui.factory import card, number, tensor

NAMES = (
    "AccumulateGrad",
    "PowBackward0",
    "MmBackward0",
    "NativeLayerNormBackward0",
    "AddmmBackward0, TBackward0",
    "ScaledDotProductFlashAttentionForCpuBackward0",
    "TransformerEncoderLayer · 12 nodes",
    "layer.self_attn.out_proj",
    "ViewBackward0, AddmmBackward0, TBackward0, PermuteBackward0, SelectBackward0",
    "no grad_fn",
    "data",
)
SYMBOLS = ("a", "a^{3}", "linear", "layer_norm", "multi_head_attention_forward", "self_attn.in_proj_weight", "num_batches")
SHAPES: tuple[tuple[int, ...], ...] = ((), (3,), (8,), (1500, 1), (2, 5, 8))


@contextmanager
def written() -> Iterator[list[tuple[str, float, float]]]:
    """What is drawn meanwhile: each text with its left and right end."""
    found: list[tuple[str, float, float]] = []
    text, right = full_card.draw_text, rows.draw_text_right
    math = full_card.draw_math

    def left_(painter, words, x, middle, color, face="ui", px=11.0, weight=400):  # type: ignore[no-untyped-def]
        found.append((words, x, x + text_width(words, face, px, weight)))
        return text(painter, words, x, middle, color, face, px, weight)

    def right_(painter, words, x, middle, color, face="ui", px=11.0, weight=400):  # type: ignore[no-untyped-def]
        found.append((words, x - text_width(words, face, px, weight), x))
        return right(painter, words, x, middle, color, face, px, weight)

    def math_(painter, x, y, symbol, px, color):  # type: ignore[no-untyped-def]
        found.append((symbol.to_latex(), x, x + math_width(symbol, px)))
        return math(painter, x, y, symbol, px, color)

    with (
        patch.object(full_card, "draw_text", left_),
        patch.object(compact_card, "draw_text", left_),
        patch.object(rows, "draw_text", left_),
        patch.object(rows, "draw_text_right", right_),
        patch.object(compact_card, "draw_text_right", right_),
        patch.object(elements, "draw_text_right", right_),
        patch.object(first_elements_, "draw_text_right", right_),
        patch("gui.panels.graph.metrics.draw_math", math_),
        patch.object(full_card, "draw_math", math_),
        patch.object(dot_card, "draw_math", math_),
    ):
        yield found


def drawn(made: Card, zoom: float, data: TensorData) -> list[tuple[str, float, float]]:
    item = CardItem(made, ThemeManager("light"))
    return painted(item, CardState(Row("value", data), Row("value", data)), zoom)


def painted(item: CardItem, state: CardState, zoom: float) -> list[tuple[str, float, float]]:
    """The texts of a card in ``state``, and where they are written."""
    item.set_state(state)
    image = QImage(500, 300, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    with written() as found:
        item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    return found


@pytest.mark.parametrize("zoom", [1.5, 1.0, 0.93, 0.84, 0.75, 0.7, 0.6, 0.5, 0.45, 0.36, 0.2])
def test_no_name_is_cut_at_any_zoom(qapp: QApplication, zoom: float) -> None:
    for symbol in SYMBOLS:
        for name in NAMES:
            for shape in SHAPES:
                made = card("c", symbol if len(symbol) < 6 else Word(symbol), "operation", name, shape, "loss")
                data = tensor(np.linspace(-1.25, 3, int(np.prod(shape))).reshape(shape))
                for text, left, right in drawn(made, zoom, data):
                    assert text == "…" or ("…" not in text and "ldots" not in text), (text, symbol, name)
                    assert left >= 0 and right <= card_face(made).width + 0.6, (text, left, right, made)


def test_what_a_full_card_says_is_all_of_its_name_or_all_without_backward(qapp: QApplication) -> None:
    for name in NAMES:
        for shape in SHAPES:
            for zoom in (1.0, 0.8, 0.7):
                made = card("c", "x", "operation", name, shape)
                data = tensor(np.ones(shape))
                said = [text for text, _, _ in drawn(made, zoom, data)]
                parts = [text for text in said if (text and text.strip(", ") in name.replace("Backward0", "")) or text in name]
                many = name.count(", ") > 1
                left_out = name == "AccumulateGrad" and len(shape) > 0 and zoom < 1
                assert (
                    left_out
                    or many
                    or "".join(parts).replace(" ", "").find(name.replace("Backward0", "").replace(" ", "")[:4]) >= 0
                ), (name, said)
                if many:
                    assert any("more" in text for text in said) or any("Select" in text for text in said), said


def test_the_forms_of_a_name(qapp: QApplication) -> None:
    assert name_lines("MmBackward0", 11, 200) == ("MmBackward0",)
    assert name_lines("NativeLayerNormBackward0", 11, 100) == ("NativeLayerNorm",)
    assert name_lines("ScaledDotProductFlashAttentionBackward0", 11, 130) == ("ScaledDotProductFlash", "Attention")
    assert name_lines("LayerNorm · 1 node", 11, 70, 1) == ("LayerNorm",)
    assert name_lines("AddmmBackward0, TBackward0", 11, 60) == ("Addmm, T",)
    assert name_lines("ViewBackward0, AddmmBackward0, TBackward0, SelectBackward0", 11, 70, 2)[-1].endswith("more")
    assert name_lines("Unbreakable", 11, 10) == ()
    assert text_width("ScaledDotProduct", "ui", 11) <= name_room("ScaledDotProductFlashAttention", 11) < 140


def test_a_symbol_shrinks_before_it_takes_two_lines(qapp: QApplication) -> None:
    symbol = Word("num_batches_tracked")
    whole = math_width(symbol, 25)
    assert symbol_lines(symbol, 25, 15, whole) == ((symbol,), 25)
    lines, px = symbol_lines(symbol, 25, 15, whole * 0.8)
    assert lines == (symbol,) and 15 <= px < 25 and math_width(symbol, px) <= whole * 0.8 + 0.5
    lines, px = symbol_lines(symbol, 25, 15, whole * 0.5)
    assert px == 15 and [word_of(line) for line in lines] == ["num_batches_", "tracked"]
    assert symbol_lines(Call(Function("tanh"), (Word("weight"),)), 20, 15, 10)[0] == (), "what cannot be broken is left out"


def test_no_compact_card_is_without_a_symbol(qapp: QApplication) -> None:
    """``exponential_moving_average ** 2`` stood on its card as nothing but its shape, and ``prediction[0, 1]`` as its number."""
    for symbol, said in (
        (Power(Word("exponential_moving_average"), Number(2)), r"(\cdot)^{2}"),
        (Item(Word("prediction"), Indices("0,1")), None),
    ):
        for zoom in (0.56, 0.43):
            found = drawn(card("c", symbol, "operation", "PowBackward0", (8,) if said else ()), zoom, tensor(np.ones(8)))
            assert any("cdot" in text or "prediction" in text for text, _, _ in found), (symbol, zoom, found)


@pytest.mark.parametrize("zoom", [0.69, 0.6, 0.56, 0.54, 0.5, 0.49, 0.47, 0.44, 0.42])
def test_every_loss_says_its_name_down_to_the_zoom_at_which_a_graph_is_shown_whole(qapp: QApplication, zoom: float) -> None:
    """At 44 % ``binary_cross_entropy`` had none while its gradient was still to come, or once both numbers were long."""
    for name in ("binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "cross_entropy", "layer_norm"):
        for gradient in (Row("not_yet"), Row("none"), Row("value", number(1)), Row("value", number(-0.53126))):
            item = CardItem(card("c", Word(name), "operation", "MseLossBackward0", ()), ThemeManager("light"))
            item.set_state(CardState(Row("value", tensor(np.float32(0.64711))), gradient))
            image = QImage(500, 300, QImage.Format.Format_RGB32)
            painter = QPainter(image)
            painter.scale(zoom, zoom)
            with written() as found:
                item.paint(painter, QStyleOptionGraphicsItem())
            painter.end()
            said = "".join(text.replace("\\mathrm{", "").replace("}", "").replace("\\", "") for text, _, _ in found)
            assert name in said and "0.64711" in said, (name, gradient.kind, found)


def test_a_name_with_an_index_is_read_to_its_index(qapp: QApplication) -> None:
    """Eight sliders were all called ``learning_signal_of_``."""
    for name in ("learning_signal_of_first_layer", "w" * 70, "weights"):
        seen = set()
        for at in range(8):
            lines, px = whole_symbol(Item(Word(name), Indices(str(at))), 20, 12, 96, 3)
            assert 0 < len(lines) <= 3 and all(math_width(line, px) <= 97 for line in lines), (name, lines)
            seen.add(lines)
        assert len(seen) == 8
    lines, px = whole_symbol(Item(Word("learning_signal_of_first_layer"), Indices("7")), 20, 12, 96, 3)
    assert "".join(line.to_plain() for line in lines) == "learning_signal_of_first_layer[7]"


def test_a_frame_says_the_last_parts_of_a_path_that_has_no_room(qapp: QApplication) -> None:
    wide = text_width("self_attn.out_proj", "ui", 11)

    def width(text: str) -> float:
        return text_width(text, "ui", 11)

    assert fitting_tail("layers.0.self_attn.out_proj", wide + 1, width) == "self_attn.out_proj"
    assert fitting_tail("layers.0.self_attn.out_proj", 5, width) == ""


def test_up_to_eight_elements_stand_in_columns(qapp: QApplication) -> None:
    assert [grid(shape) for shape in ((3,), (4,), (5,), (8,), (2, 3), (4, 2), (8, 1), (1, 8), (2, 2, 2))] == [
        (3, 1),
        (4, 1),
        (4, 2),
        (4, 2),
        (3, 2),
        (2, 4),
        (4, 2),
        (4, 2),
        (2, 4),
    ]
    assert grid((9,)) == grid(()) == grid((1,)) == grid((0, 3)) == (0, 0)
    data = tensor([[0.123, -0.314, 0.0], [1e-3, 2.0, -12.34]])
    assert element_texts(data) == [["0.123", "−0.314", "0"], ["1e−3", "2", "−12.34"]]
    assert element_texts(data, 2) == [["0.12", "−0.31", "0"], ["1e−3", "2", "−12"]]
    assert element_texts(tensor([float("nan"), float("-inf"), 123.4, 1234.0]))[0] == ["nan", "−∞", "123.4", "1234"]
    assert fitting_texts(data, 11, 45) == (element_texts(data), "mono")
    assert fitting_texts(data, 16, 58) == (element_texts(data), "tight") and fitting_texts(data, 16, 30) == ([], "mono")
    assert fitting_texts(tensor([-0.00123, 2.5]), 16, 50) == ([["−1e−3", "2.5"]], "tight"), "only what is too long has one digit"
    for px, column in ((11, 59), (16, 59)):
        assert fitting_texts(tensor([98.01, 4.0]), px, column)[0] == [["98.01", "4"]], "it was 98, of a sum of 102.01"
        assert fitting_texts(tensor([19.8, 4.0]), px, column)[0] == [["19.8", "4"]]


def test_what_is_not_finite_is_known_by_the_number() -> None:
    """It used to be read off the text: a complex number, which ends in i, was never red."""
    numbers = np.array([complex(float("nan"), 1), complex(1, float("inf")), 1 + 2j, 0j], np.complex64)
    assert not_finite(TensorData((2, 2), "complex64", numbers.reshape(2, 2))) == [[True, True], [False, False]]
    assert not_finite(tensor([float("nan"), float("-inf"), 123.4])) == [[True, True, False]]


@pytest.mark.parametrize("zoom", [1.0, 0.99, 0.9, 0.8, 0.75, 0.7])
@pytest.mark.parametrize("values", [[98.01, 4.0], [-12.25, 31.36, 0.001234], [1.25, -13.75, 102.5, 0.125, 7.0]])
def test_a_small_tensor_says_four_digits_and_which_row_is_which(qapp: QApplication, zoom: float, values: list[float]) -> None:
    """A card with plenty of room used to show 98.01 as 98, and named neither row."""
    said = [text for text, _, _ in drawn(card("c", "h", "operation", "AddBackward0", (len(values),)), zoom, tensor(values))]
    assert "value" in said and "grad" in said
    if len(values) == 2 or zoom >= 0.75:
        exact = [text for text in said if text in ("98.01", "−12.25", "31.36", "1.25", "−13.75", "102.5", "0.125")]
        assert len(exact) >= 2 * sum(round(value, 2) == value and value != round(value) for value in values)


@pytest.mark.parametrize("zoom", [1.0, 0.9, 0.8, 0.75, 0.7])
@pytest.mark.parametrize("kind", ["result", "operation", "leaf"])
def test_a_long_number_leaves_out_no_label(qapp: QApplication, zoom: float, kind: CardKind) -> None:
    """At 75 %, 0.60437 used to stand on a result's card without the word value."""
    said = drawn(card("c", "y", kind, "result"), zoom, number(-0.95892))
    assert [text for text, _, _ in said if text == "−0.95892"] and any(text == "value" for text, _, _ in said)
    assert any(text in ("grad", ".grad") for text, _, _ in said)


@pytest.mark.parametrize("shape", [(2,), (3,), (8,), (2, 3), (4, 1), (4, 2)])
def test_a_small_tensor_is_never_a_histogram(qapp: QApplication, shape: tuple[int, ...]) -> None:
    made = card("c", "h", "operation", "AddBackward0", shape)
    data = tensor(np.arange(1, 1 + np.prod(shape)).reshape(shape) * 0.5)
    item = CardItem(made, ThemeManager("light"))
    assert item.look.picture("value", Row("value", data)) is None
    said = [text for text, _, _ in drawn(made, 1.0, data)]
    assert [said.count(text) for line in element_texts(data) for text in line] >= [2] * data.size
    assert item.look.picture("value", Row("value", tensor(np.ones(9)))) is not None


@pytest.mark.parametrize("zoom", [0.99, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7])
@pytest.mark.parametrize("shape", [(2,), (3,), (5,), (8,), (2, 3), (3, 2), (4, 1), (4, 2), (2, 2, 2)])
def test_a_full_card_writes_numbers_at_every_zoom(qapp: QApplication, shape: tuple[int, ...], zoom: float) -> None:
    """Below 95 % the numbers used to have no room side by side, and bars were drawn."""
    values = np.resize([-0.125, 0.35, -12.0, 0.0123, -0.0042, 1234.0, -3.0, 0.0], shape)
    with patch.object(rows, "paint_first_in") as cut:
        said = [text for text, _, _ in drawn(card("c", "h", "operation", "AddBackward0", shape), zoom, tensor(values))]
    assert cut.call_count == 0
    assert any(said.count(text) >= 2 for text in ("−0.125", "−0.12", "−0.1"))


@pytest.mark.parametrize("zoom", [0.69, 0.6, 0.56])
@pytest.mark.parametrize("values", [[1.5, -2.0], [1.5, -2.0, 0.25, 3], [0.5, -1.25, 2, 3.5, 4, -5.5, 6, 7.125]])
def test_a_compact_card_says_its_few_elements(qapp: QApplication, zoom: float, values: list[float]) -> None:
    """Eight elements were bars in a graph that just did not fit at 70 %, and half of the canvas was empty."""
    made = card("c", "h", "operation", "AddBackward0", (len(values),))
    said = [text for text, _, _ in drawn(made, zoom, tensor(values))]
    assert "…" not in said
    assert said.count("−2" if len(values) < 8 else "3.5") == 2, "value and gradient"


@pytest.mark.parametrize("zoom", [0.75, 0.69, 0.55, 0.5, 0.47, 0.44, 0.42, 0.4, 0.37, 0.35])
@pytest.mark.parametrize("shape", [(2,), (3,), (5,), (8,), (1, 4), (2, 3), (4, 2), (8, 1), (2, 2, 2)])
def test_few_elements_are_numbers_wherever_a_card_has_text(qapp: QApplication, shape: tuple[int, ...], zoom: float) -> None:
    """Below 50 % they were bars; what has no room is left out as a whole number, and … says so."""
    values = np.resize([-0.1256, 0.35, -12.0, 0.0123, -0.0042, 1234.0, -3.0e-9, 0.0], shape)
    for data in (tensor(values), tensor(values * 1e4)):
        whole = {text for digits in (1, 2, 3, 4) for line in element_texts(data, digits) for text in line}
        for kind, symbol in (("leaf", "w"), ("operation", Word("out_proj.weight"))):
            made = card("c", symbol, kind, "net.7", shape)  # type: ignore[arg-type]
            item = CardItem(made, ThemeManager("light"))
            for gradient in (Row("value", data), Row("not_yet")):
                with patch.object(QPainter, "drawPolygon") as pictures:
                    said = painted(item, CardState(Row("value", data), gradient), zoom)
                shown = [text for text, _, _ in said if text in whole]
                assert len(shown) >= (2 if gradient.data is not None else 1), (said, zoom)
                assert len(shown) == data.size * (1 + (gradient.data is not None)) or "…" in [text for text, _, _ in said]
                assert not pictures.called
                for text, left, right in said:
                    assert min(left, card_face(made).width - right) * zoom >= 3.95, (text, said)


def test_a_matrix_keeps_its_rows_and_a_vector_goes_on(qapp: QApplication) -> None:
    data = tensor(np.arange(8.0).reshape(4, 2))
    assert first_elements(data, 11, 200, 2).lines == (("0", "1"), ("2", "3", "…"))
    assert first_elements(tensor(np.arange(8.0)), 11, 60, 2).lines == (("0", "1", "2", "3", "4"), ("5", "6", "7"))
    assert first_elements(tensor(np.arange(8.0)), 11, 60, 1).lines == (("0", "1", "2", "3", "4", "…"),)
    assert first_elements(tensor(np.full(8, -0.123)), 11, 60, 1).lines == (("−0.12", "…"),)


@pytest.mark.parametrize("shape", [(2,), (4,), (4, 1)])
def test_at_the_zoom_at_which_long_graphs_open_few_elements_are_numbers(qapp: QApplication, shape: tuple[int, ...]) -> None:
    """They were bars at 50 %: the card left out its top, and kept a line's distance that only letters need."""
    data = tensor(np.linspace(-1.5, 2.25, shape[0]).reshape(shape))
    said = drawn(card("c", "h", "operation", "AddBackward0", shape), 0.5, data)
    assert "…" not in [text for text, _, _ in said] and sum(text.startswith("−1.5") for text, _, _ in said) == 2, said


@pytest.mark.parametrize("zoom", [1.3, 1.0, 0.93, 0.84, 0.75, 0.7, 0.69, 0.6, 0.56, 0.5, 0.49, 0.44, 0.4, 0.36])
@pytest.mark.parametrize("shape", [(), (2,), (4,), (8,), (4, 1), (2, 3), (16, 4)])
def test_no_text_touches_the_border_of_its_card(qapp: QApplication, shape: tuple[int, ...], zoom: float) -> None:
    """At 44 % the 0.6471 of a loss stood 3 px from its border, and a long name 2 px."""
    values = np.random.default_rng(0).standard_normal(shape) if shape else np.array(-0.072612)
    for kind, subtitle in (("result", "result"), ("operation", "MulBackward0"), ("leaf", "net.7")):
        for symbol in ("x", Word("loss"), Word("binary_cross_entropy"), Word("net.0.weight")):
            for scale in (1, 1234.567, 1e-5):
                made = card("c", symbol, kind, subtitle, shape)  # type: ignore[arg-type]
                for text, left, right in drawn(made, zoom, tensor(values * scale)):
                    assert min(left, card_face(made).width - right) * zoom >= 3.95, (text, symbol, kind)


@pytest.mark.parametrize("zoom", [0.69, 0.6, 0.5, 0.47, 0.38, 0.36])
def test_a_compact_card_loses_no_digit_to_its_gradient(qapp: QApplication, zoom: float) -> None:
    """Beside the 1 of its gradient, a loss used to have two digits fewer than the same number on the next card."""
    made = card("c", Word("mse_loss"), "operation", "MseLossBackward0")
    item = CardItem(made, ThemeManager("light"))
    said = []
    for gradient in (Row("none"), Row("value", number(1))):
        found = painted(item, CardState(Row("value", number(2.373611)), gradient), zoom)
        said.append(next(text for text, _, _ in found if text.startswith("2.3")))
        assert "1" in [text for text, _, _ in found] or gradient.kind == "none"
    assert said == ["2.3736", "2.3736"]


@pytest.mark.parametrize("zoom", [0.69, 0.6, 0.5])
def test_two_numbers_below_each_other_touch_nothing(qapp: QApplication, zoom: float) -> None:
    """The value and the gradient of a parameter with a module used to overlap."""
    made = card("c", Word("net.7.bias"), "leaf", "net.7", (1,))
    item = CardItem(made, ThemeManager("light"))
    item.set_state(CardState(Row("value", number(-0.27703)), Row("value", number(-1234.5))))
    image = QImage(500, 300, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    heights: list[float] = []

    def noted(_painter: object, _text: str, _x: float, middle: float, *_rest: object) -> float:
        heights.append(middle * zoom)
        return 0.0

    with patch.object(compact_card, "draw_text", noted), patch.object(compact_card, "draw_text_right", noted):
        item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    assert all(abs(one - two) >= 11 for one, two in combinations(heights, 2)) or len(set(heights)) == 1, heights


@pytest.mark.parametrize("zoom", [1.0, 0.9, 0.8, 0.75, 0.7])
def test_a_leaf_says_accumulategrad_in_one_word(qapp: QApplication, zoom: float) -> None:
    """At 75 % the name used to stand in two lines, and read as two words."""
    said = [text for text, _, _ in drawn(card("w", "w", "leaf", "AccumulateGrad"), zoom, number(1.5))]
    assert not {"Accumulate", "Grad"} & set(said)
    assert "AccumulateGrad" in said


@pytest.mark.parametrize("zoom", [1.0, 0.84, 0.7, 0.6, 0.5, 0.45, 0.38, 0.36])
@pytest.mark.parametrize(
    ("symbol", "kind"),
    [
        (Word("mean"), "operation"),
        (Word("loss"), "result"),
        (Power(HOLE, Number(2)), "operation"),
        (Word("softmax"), "operation"),
    ],
    ids=str,
)
def test_a_warning_covers_no_title(qapp: QApplication, zoom: float, symbol: Expression, kind: CardKind) -> None:
    """At 38 % the triangle used to cover "mean" and "loss"."""
    item = CardItem(card("c", symbol, kind, "result"), ThemeManager("light"))
    item.set_state(CardState(Row("value", number(np.inf)), Row("value", number(1)), failed=True))
    titles: list[tuple[float, float, float]] = []
    signs: list[tuple[float, float]] = []
    symbols = full_card.draw_symbol

    def title(painter, lines, left, baseline, px, color, pitch=1.1):  # type: ignore[no-untyped-def]
        wide = symbols(painter, lines, left, baseline, px, color, pitch)
        titles.append((left + wide, baseline - 0.75 * px, px))
        return wide

    def sign(painter, name, color, x, y, size):  # type: ignore[no-untyped-def]
        if y < item.face.header - 20:
            signs.append((x, y + size))

    image = QImage(300, 300, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.translate(40, 40)
    painter.scale(zoom, zoom)
    with (
        patch.object(full_card, "draw_symbol", title),
        patch.object(compact_card, "draw_symbol", title),
        patch.object(card_look, "draw_icon", sign),
        patch.object(full_card, "draw_icon", sign),
    ):
        item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    (x, foot), (end, top, _) = signs[0], titles[0]
    assert end <= x + 1 or foot <= top, (titles, signs)
    assert item.boundingRect().contains(x + 14 / zoom, foot - 14 / zoom), "none of it is left behind when the card moves"

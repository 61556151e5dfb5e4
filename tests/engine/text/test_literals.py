"""Leaves' numbers are found in the text and rewritten without touching anything else."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text.literals import broken_line, find_leaves, literal_text, make_leaf_line, set_element, slider_range

DEFAULT = "a = torch.tensor([5.], requires_grad=True)\n"
DEFAULT += "b = torch.tensor([6.], requires_grad=True)\ny = a**3 - b**2\ny.backward()\n"


def found(text: str) -> list[tuple[str, list[float], int]]:
    return [(leaf.name, [element.value for element in leaf.elements], leaf.line) for leaf in find_leaves(text)]


def test_default_program() -> None:
    assert found(DEFAULT) == [("a", [5.0], 1), ("b", [6.0], 2)]
    assert [DEFAULT[e.start : e.end] for leaf in find_leaves(DEFAULT) for e in leaf.elements] == ["5.", "6."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = tensor(5.0, requires_grad=True)", [("a", [5.0], 1)]),
        ("a = tensor(-5, requires_grad=True)", [("a", [-5.0], 1)]),
        ("w = tensor([[1., -2.], [+3, 4e-1]], requires_grad=True)", [("w", [1.0, -2.0, 3.0, 0.4], 1)]),
        ("w = tensor((1., 2.), requires_grad=True)", [("w", [1.0, 2.0], 1)]),
        ("a, b = tensor(1., requires_grad=True), torch.tensor([2.], requires_grad=True)", [("a", [1.0], 1), ("b", [2.0], 1)]),
        ("x = torch.tensor(2.); x.requires_grad_()", [("x", [2.0], 1)]),
        ("x = torch.tensor(2.)\nx.requires_grad_(True)", [("x", [2.0], 1)]),
        ("x = torch.tensor(2.).requires_grad_()", [("x", [2.0], 1)]),
        ("x = torch.tensor(2.)\nx.requires_grad_(False)", []),
        ("x = torch.tensor(2.)\nx = 3\nx.requires_grad_()", []),
        ("x = torch.tensor(2.)", []),
        ("x = torch.tensor(2., requires_grad=False)", []),
        ("x = torch.tensor([1., 2., 3., 4., 5., 6., 7., 8.], requires_grad=True)", [("x", [1.0, 2, 3, 4, 5, 6, 7, 8], 1)]),
        ("x = torch.tensor([1., 2., 3., 4., 5., 6., 7., 8., 9.], requires_grad=True)", []),
        ("x = torch.tensor([], requires_grad=True)", []),
        ("x = torch.tensor([[1.], 2.], requires_grad=True)", []),
        ("x = torch.tensor([[1.], [2., 3.]], requires_grad=True)", []),
        ("x = torch.tensor(True, requires_grad=True)", []),
        ("x = torch.tensor(2j, requires_grad=True)", []),
        ("x = torch.tensor(1e999, requires_grad=True)", []),
        ("x = torch.tensor(n, requires_grad=True)", []),
        ("x = torch.tensor([*y], requires_grad=True)", []),
        ("x = torch.randn(2, requires_grad=True)", []),
    ],
)
def test_what_counts_as_a_leaf(text: str, expected: list[tuple[str, list[float], int]]) -> None:
    assert found(text) == expected


def test_index_paths() -> None:
    (leaf,) = find_leaves("w = tensor([[1., 2.], [3., 4.]], requires_grad=True)")
    assert [element.index for element in leaf.elements] == [(0, 0), (0, 1), (1, 0), (1, 1)]


HOSTILE = ["", "y = a** / b", "(" * 5000, "-" * 90_000 + "1", "\0", "\ud800", "a =\n", "x" * 200_000, "(" * 150 + ")" * 150]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_never_raises(text: str) -> None:
    assert find_leaves(text) == ()


@given(st.text(max_size=60))
def test_never_raises_on_any_text(text: str) -> None:
    find_leaves(text)
    find_leaves(f"a = tensor({text}, requires_grad=True)")


numbers = st.floats(allow_nan=False, allow_infinity=False)
written = st.sampled_from(["5.", "5.0", "-5.", "5", "-12", "1e-3", "-2.5E+4", "0.10", "1_000.5", "- 3.", "(4.)", "0x1f"])


@given(st.lists(written, min_size=1, max_size=8), st.data(), numbers)
def test_set_then_find(literals: list[str], data: st.DataObject, value: float) -> None:
    text = f"# ∂é 🐍\ns = 'é🐍'; w = tensor([{', '.join(literals)}], requires_grad=True)  # ü\ny = w**2\n"
    (leaf,) = find_leaves(text)
    which = data.draw(st.integers(0, len(literals) - 1))
    element = leaf.elements[which]
    edit = set_element(text, leaf, element, value)
    changed = edit.apply(text)
    (after,) = find_leaves(changed)
    assert after.elements[which].value == value
    others = [i for i in range(len(literals)) if i != which]
    assert [after.elements[i].text for i in others] == [leaf.elements[i].text for i in others]
    assert changed[: edit.start] == text[: edit.start]
    assert changed[edit.start + len(edit.replacement) :] == text[edit.end :]
    if any(mark in element.text for mark in ".e"):
        assert any(mark in after.elements[which].text for mark in ".e")


@pytest.mark.parametrize(
    ("value", "like", "digits", "expected"),
    [
        (7.0, "5.", None, "7."),
        (7.0, "5.0", None, "7.0"),
        (7.0, "5", None, "7"),
        (7.5, "5", None, "7.5"),
        (-7.0, "5.", None, "-7."),
        (5.271828, "5.", 4, "5.272"),
        (0.0, "-5.", None, "0."),
        (-0.0, "5.0", None, "0.0"),
        (0.002, "1e-3", None, "2e-3"),
        (1e-9, "0.5", None, "1e-9"),
        (1e22, "5.", None, "1e22"),
        (1 / 3, "5.0", None, "0.3333333333333333"),
    ],
)
def test_number_style(value: float, like: str, digits: int | None, expected: str) -> None:
    assert literal_text(value, like, digits) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_non_finite_numbers_are_refused(value: float) -> None:
    (leaf, _) = find_leaves(DEFAULT)
    with pytest.raises(ValueError, match="finite"):
        set_element(DEFAULT, leaf, leaf.elements[0], value)


def test_an_element_of_another_text_is_refused() -> None:
    (leaf, _) = find_leaves(DEFAULT)
    with pytest.raises(ValueError, match="not written"):
        set_element("\n" + DEFAULT, leaf, leaf.elements[0], 1.0)


@pytest.mark.parametrize(
    ("value", "high"), [(0.0, 10.0), (5.0, 10.0), (-10.0, 10.0), (10.5, 100.0), (-1234.0, 10_000.0), (1.7e308, 1.7e308)]
)
def test_slider_range(value: float, high: float) -> None:
    assert slider_range(value) == pytest.approx((-high, high))
    low, top = slider_range(value)
    assert low <= value <= top and math.isfinite(top)


def test_make_leaf_after_the_others() -> None:
    text = DEFAULT.replace("b**2", "b**2 + c")
    lines = make_leaf_line(text, "c").apply(text).split("\n")
    assert lines[2] == "c = torch.tensor([1.], requires_grad=True)"
    assert lines[:2] + lines[3:] == text.split("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = c**2", "c = torch.tensor([1.], requires_grad=True)\ny = c**2"),
        ("# my program\nimport torch\ny = c", "# my program\nimport torch\nc = torch.tensor([1.], requires_grad=True)\ny = c"),
        (
            "a = tensor(5.0, requires_grad=True)\ny = a*c",
            "a = tensor(5.0, requires_grad=True)\nc = tensor(1.0, requires_grad=True)\ny = a*c",
        ),
        (
            "a = tensor(5., requires_grad=True); y = a*c",
            "c = tensor(1., requires_grad=True)\na = tensor(5., requires_grad=True); y = a*c",
        ),
        (
            "y = c\na = torch.tensor([5.], requires_grad=True)",
            "c = torch.tensor([1.], requires_grad=True)\ny = c\na = torch.tensor([5.], requires_grad=True)",
        ),
        ("for i in range(3):\n    y = c", "c = torch.tensor([1.], requires_grad=True)\nfor i in range(3):\n    y = c"),
    ],
)
def test_make_leaf_line(text: str, expected: str) -> None:
    assert make_leaf_line(text, "c").apply(text) == expected


def test_broken_line() -> None:
    assert broken_line(DEFAULT) is None
    assert broken_line("a = 1\n\ny = a** / b\n") == 3
    assert broken_line("\0") == 1

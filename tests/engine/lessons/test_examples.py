"""The examples that ship: each file's head says what it is, and what is opened has none of it."""

from __future__ import annotations

import pytest

from engine.graph.labels import first_view
from engine.lessons.examples import DEFAULT, EXAMPLES, GALLERY, PRESETS, Example, by_file, like, read_example
from engine.programs.here import run_here
from engine.training.program import program_text

PROGRAMS = [example for example in EXAMPLES if not example.trains]
TRAININGS = [example for example in EXAMPLES if example.trains]


def named(example: Example) -> str:
    return example.file


def test_the_gallery_has_its_ten_in_order_and_the_first_is_what_the_first_start_shows() -> None:
    assert [example.order for example in GALLERY] == list(range(1, 11))
    assert DEFAULT is GALLERY[0] and str(DEFAULT.formula) == DEFAULT.title == "y = a³ − b²"
    assert all(example.shows.endswith(".") and example.picture for example in GALLERY)
    assert len({example.file for example in EXAMPLES}) == len(EXAMPLES)
    assert [example.formula is not None for example in PRESETS] == [True] * 6


@pytest.mark.parametrize("example", PROGRAMS, ids=named)
def test_a_program_has_no_head_and_opens_before_its_first_gradient(example: Example) -> None:
    assert "#" not in example.text and like(example.text) is example
    recording = run_here(example.text)
    cursor = first_view(recording)
    assert recording.moments[cursor].kind == "seed" and recording.moments[cursor - 1].phase == "forward"


@pytest.mark.parametrize("example", TRAININGS, ids=named)
def test_one_that_trains_shows_the_program_of_its_set_up(example: Example) -> None:
    assert program_text(example.config).rstrip("\n") == example.text


@pytest.mark.parametrize(
    ("file", "leaf", "numbers"),
    [
        ("cubic.py", "a", [75.0]),
        ("cubic.py", "b", [-12.0]),
        ("nudge.py", "a", [75.0]),
        ("chain_rule.py", "x", [-1.88452]),
        ("shared_leaf.py", "w", [9.0]),
        ("detach.py", "a", [3.0]),
        ("vectors.py", "x", [3.0, 2.0]),
        ("second_derivative.py", "a", [30.0]),
    ],
)
def test_what_the_pictures_say_is_what_torch_computes(file: str, leaf: str, numbers: list[float]) -> None:
    import torch

    names: dict[str, object] = {"torch": torch}
    exec(by_file(file).text, names)
    found = names[leaf]
    assert isinstance(found, torch.Tensor) and found.grad is not None
    assert found.grad.tolist() == pytest.approx(numbers, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a = 1\n", "is not one of"),
        ("# colour: red\n\na = 1\n", "is not one of"),
        ("# shows: Nothing.\n\na = 1\n", "neither a title nor a formula"),
        ("# formula: y ==\n\na = 1\n", "cannot be read"),
    ],
)
def test_a_head_that_says_something_else_is_refused(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        read_example(text, "one.py")

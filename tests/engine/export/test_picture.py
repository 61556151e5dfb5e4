"""The static picture of a recording that notebooks show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch
from torch import nn

import engine
from engine.export.svg import HEIGHT, MOST_CARDS
from engine.recording import Recording

SVG = "{http://www.w3.org/2000/svg}"
CUBIC = "a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\ny = a**3 - b**2\ny.backward()"


def parsed(recording: Recording) -> ElementTree.Element:
    return ElementTree.fromstring(recording._repr_svg_())


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(item.itertext()) for item in root.iter(f"{SVG}text")]


def cards(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [item for item in root.iter(f"{SVG}rect") if item.get("height") == str(HEIGHT)]


def test_every_card_has_its_value_and_its_gradient() -> None:
    recording = engine.run_program(CUBIC)
    root = parsed(recording)
    assert len(cards(root)) == len(recording.graph.cards) == 6
    shown = texts(root)
    for text in ("a", "b", "y", "a³", "−", "125", "36", "89", "75", "−12", "−1", "PowBackward0", "AccumulateGrad"):
        assert text in shown, text
    assert shown[-1] == "Recording of a program: 12 operations, 5 autograd Nodes, 1 backward pass"


def test_there_is_a_line_for_each_value_and_each_gradient_that_went_along_an_edge() -> None:
    recording = engine.run_program(CUBIC)
    lines = [item for item in parsed(recording).iter(f"{SVG}path") if item.get("fill") == "none"]
    assert len(lines) == 2 * len(recording.graph.edges)


def test_cards_do_not_overlap() -> None:
    with engine.record() as r:
        model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
        model(torch.ones(5, 3)).mean().backward()
    boxes = [[float(item.get(name) or 0) for name in ("x", "y", "width", "height")] for item in cards(parsed(r.recording))]
    for number, (x, y, width, height) in enumerate(boxes):
        for left, top, wide, high in boxes[:number]:
            assert x >= left + wide or left >= x + width or y >= top + high or top >= y + height


def test_a_large_graph_is_cut_and_says_so() -> None:
    with engine.record() as r:
        x = torch.ones(1, requires_grad=True)
        for _ in range(MOST_CARDS + 50):
            x = x * 1.01
    root = parsed(r.recording)
    assert len(cards(root)) == MOST_CARDS
    left = len(r.recording.graph.cards) - MOST_CARDS
    assert any(text.startswith(f"{left} more cards") for text in texts(root))
    assert any("No backward pass" in text for text in texts(root))


def test_modules_are_folded_into_one_card_each() -> None:
    model, x = nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.Tanh()) for _ in range(40))), torch.randn(1, 2)
    with engine.record() as made:
        model(x).sum().backward()
    root = parsed(made.recording)
    view = made.recording.folds.first_view
    assert len(view.groups) == 40 and texts(root).count("Sequential · 2 nodes") == 40
    assert len(cards(root)) == len(view.graph.cards) < len(made.recording.graph.cards)
    assert texts(root)[-1].startswith("What ran in a module is folded into one card")
    went = sum(edge.gradient == "done" for edge in view.state(made.recording.state(made.recording.end)).edges.values())
    lines = [item for item in root.iter(f"{SVG}path") if item.get("fill") == "none"]
    assert went >= 40 and len(lines) == len(view.graph.edges) + went


def test_whatever_a_program_is_called_or_says_stays_text() -> None:
    batch = {"<b>&'\"\x07": torch.ones(2)}
    r = engine.record()
    with pytest.raises(ValueError, match="script"), r:
        (batch["<b>&'\"\x07"] * 2).sum()
        raise ValueError("<script>alert(1)</script> \x1b[31m & ]]>")
    picture = r.recording._repr_svg_()
    assert "<script>" not in picture
    assert any("<script>alert(1)</script>" in text for text in texts(ElementTree.fromstring(picture)))
    assert any("batch[?<b>" in text for text in texts(ElementTree.fromstring(picture)))


def test_values_that_are_no_numbers_are_said() -> None:
    with engine.record() as r:
        x = torch.tensor([0.0, 1.0], requires_grad=True)
        (x / x).log().sum().backward()
        torch.zeros(0, 2) + 1
        torch.tensor(2 + 3j) * 1j
        torch.ones(2, dtype=torch.bool) & True
    shown = texts(parsed(r.recording))
    assert "nan" in shown
    assert "empty" in shown
    assert "−3 + 2i" in shown
    assert "not tracked" in shown


def test_notebooks_get_a_picture_from_the_handle_too() -> None:
    with engine.record() as r:
        torch.ones(2).sum()
        assert r._repr_svg_() is None
        assert r._repr_html_() is None
    page = r._repr_html_()
    assert page is not None
    assert r._repr_svg_() == r.recording._repr_svg_()
    assert "<svg" in page
    ElementTree.fromstring(page)
    assert repr(r.recording) == "<Recording of test_picture.py: 2 operations, 0 autograd Nodes, 0 backward passes>"


def test_a_low_line_in_a_name_lowers_nothing() -> None:
    with engine.record() as r:
        first_part = torch.ones(1)
        first_part + 1
    picture = r.recording._repr_svg_()
    assert "first_part" in texts(ElementTree.fromstring(picture))
    assert "tspan dy" not in picture


def test_an_empty_recording_has_a_picture() -> None:
    with engine.record() as r:
        pass
    assert cards(parsed(r.recording)) == []


def test_the_picture_needs_neither_torch_nor_qt(tmp_path: Path) -> None:
    with engine.record() as r:
        (torch.ones(1, requires_grad=True) * 2).backward()
    r.save(tmp_path / "run.gradwalk")
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('PySide6', 'shiboken6', 'torch', 'gui')));"
        "import engine; print(engine.open_recording(sys.argv[1])._repr_svg_()[:4])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run.gradwalk")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(engine.__file__).parent.parent,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "<svg"

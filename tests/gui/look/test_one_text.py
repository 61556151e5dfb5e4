"""One derivative has one text: in the inspector, the explanation, the formula and the picture."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.explain import explain_moment
from engine.explain.formula.calculus import derivatives
from engine.explain.model import Line
from engine.export.svg import svg_of
from engine.lessons.examples import PRESETS
from engine.mathematics.letters import Letter, Number
from engine.mathematics.numbers import format_number
from engine.mathematics.tree import Power, Product
from engine.operations.registry import entry_of
from engine.operations.symbols import number_symbol
from engine.programs.program import run_program
from engine.recording import Recording
from gui.look.numbers import full
from gui.look.theme import ThemeManager
from gui.panels.inspector.formulas import backward_items
from gui.panels.training.plots.loss_plot import LossPlot
from gui.panels.training.plots.series import RunSeries
from tests.calling import SLOPES, place_of

_CALLS = {
    "rsub": "2. - a",
    "rdiv": "3. / a",
    "rpow": "3. ** a",
}


def call(name: str) -> str:
    """The text of a program's call of an operation."""
    place = place_of(name)
    operands = ", ".join("abc"[: len(entry_of(name).slope)])
    return f"{'torch.special' if place == 'special' else place}.{name}({operands})"


_PROGRAMS = {
    **{name: _CALLS.get(name) or call(name) for name in SLOPES},
    **{f"a ** {power}": f"a ** {power}" for power in ("3", "2", "1", "0.5", "-5", "-1")},
}


def run(expression: str) -> Recording:
    start = 1.25 if "acosh" in expression else 0.25
    return run_program(
        f"a = torch.tensor({start}, requires_grad=True)\nb = torch.tensor(0.75, requires_grad=True)\n"
        f"c = torch.tensor(0.5, requires_grad=True)\ny = {expression}\ny.backward()\n"
    )


def told(recording: Recording) -> set[str]:
    """The derivatives that explanations name, each as a line of text without what came in."""
    found = set()
    for cursor, moment in enumerate(recording.moments, 1):
        if moment.kind == "accumulate":
            for line in explain_moment(recording, cursor).lines:
                text = Line((), "", line.right).symbol.to_plain()
                found.add(text.removeprefix("1 · "))
                found.add(text.removeprefix("1 · ").removeprefix("(").removesuffix(")"))
    return found


@pytest.mark.parametrize("name", sorted(_PROGRAMS))
def test_every_view_writes_a_derivative_alike(name: str) -> None:
    recording = run(_PROGRAMS[name])
    card = next(card for card in recording.graph.cards if card.kind == "operation")
    items = backward_items(recording, recording.state(recording.end), card)
    shown = {item.label.removeprefix("by "): item.text for item in items if item.label.startswith("by ")}
    assert shown, "there is a rule for it"
    explained = told(recording)
    for text in shown.values() if len(card.nodes) == 1 else ():  # several Nodes are told one by one
        assert text in explained or text.lstrip("−").isdigit(), (text, explained)
    for found in derivatives(recording):
        if found.applies and found.leaf in shown and found.right is not None:
            assert found.right.to_plain() == shown[found.leaf]
    picture = html.unescape(svg_of(recording))
    assert f"<title>{card.mathematics}" in picture


def test_powers_are_worked_out_and_raised() -> None:
    two = Number(2)
    assert str(Power(Letter("a"), Number(-5))) == "a⁻⁵" and str(Product((two, Power(Letter("b"), two)))) == "2b²"
    picture = html.unescape(svg_of(run("a ** -5")))
    assert "a⁻⁵" in picture and not re.search(r"a−5", picture)


def test_complex_numbers_and_logarithms_are_written_alike() -> None:
    assert format_number(1 + 2j) == format_number(1 + 2j) == number_symbol(1 + 2j).to_plain()[1:-1] == "1 + 2i"
    assert format_number(1 - 2j) == format_number(1 - 2j) == "1 − 2i" and full(1 - 2j) == "1.0 − 2.0i"
    assert all("ln" not in preset.title and "\\ln" not in preset.formula.to_latex() for preset in PRESETS)


def test_the_loss_curve_is_read_at_whole_epochs(qtbot: QtBot) -> None:
    plot = LossPlot(ThemeManager("light"))
    qtbot.addWidget(plot)
    plot._series = cast(RunSeries, SimpleNamespace(trained_loss=np.array([4.0, 2.0, 1.0]), trained_validation=np.full(3, np.nan)))
    plot._epochs = 5
    assert plot.told(1.62, 0.3).words == "epoch 2   loss 1.00" and plot.told(4.92, 0.0).words == "epoch 5"

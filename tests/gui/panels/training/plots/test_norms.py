"""The bars of gradient norms: none is dropped without a word; rows become thinner, then the largest stay."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import cast

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.look.theme import ThemeManager
from gui.panels.training.plots.beside.runs import Beside
from gui.panels.training.plots.norms_plot import NormsPlot, more_said
from gui.session.run_numbers import RunNumbers
from tests.gui.panels.training.test_beside import pixels

MLP = {"0.weight": 0.2, "0.bias": 0.1, "2.weight": 0.9, "2.bias": 0.3}


class _Fit:
    """Of a fit, what the bars are made of."""

    def __init__(self, norms: dict[str, float]) -> None:
        self.gradient_norms = norms


def beside(number: int, norms: dict[str, float]) -> Beside:
    fit = cast("object", _Fit(norms))
    return Beside(number, f"run {number}", f"{number}", RunNumbers(), plots=frozenset({"norms"}), fit=fit)  # type: ignore[arg-type]


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[NormsPlot]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = NormsPlot(ThemeManager("light"), parent)
    made.resize(300, 130)
    parent.show()
    yield made
    parent.close()


def test_five_runs_of_a_line_have_all_their_bars(plot: NormsPlot) -> None:
    plot.set_norms(3, {"w": 0.5, "b": 0.7})
    plot.set_beside(0, [beside(number, {"w": 0.1 * number, "b": 0.4}) for number in range(1, 5)])
    bars = plot.bars()
    assert [(bar.name, bar.run) for bar in bars] == [(name, run) for name in "wb" for run in range(5)] and not plot.more
    assert all(bar.top + bar.high <= plot.height() for bar in bars)
    assert all(one.top + one.high <= other.top + 0.01 for one, other in pairwise(bars))


def test_where_the_thinnest_rows_have_no_room_the_largest_stay_and_the_rest_is_counted(plot: NormsPlot) -> None:
    plot.set_norms(3, MLP)
    assert {bar.name for bar in plot.bars()} == set(MLP) and not plot.more
    plot.resize(300, 94)
    shown = [bar.name for bar in plot.bars()]
    assert shown[0] == "2.weight" and shown + plot.more == sorted(MLP, key=lambda name: -MLP[name])
    assert plot.more and more_said(len(plot.more)) in ("2 more parameters", "1 more parameter", "3 more parameters")
    plot.set_beside(0, [beside(1, {"0.bias": 7.0, **{name: 0.1 for name in MLP if name != "0.bias"}})])
    assert plot.bars()[0].name == "0.bias", "the largest of any run"
    assert pixels(plot, plot._theme.color("text_2")) > 0


def test_with_room_each_keeps_its_place(plot: NormsPlot) -> None:
    plot.resize(300, 400)
    plot.set_norms(3, MLP)
    plot.set_beside(0, [beside(1, MLP)])
    assert list(dict.fromkeys(bar.name for bar in plot.bars())) == list(MLP)

"""Colours: the tokens state the true contrasts, and whatever shows a run reads its colours in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gui.look import tones
from gui.look.theme import tokens
from gui.look.tones import RAILS, SUBJECTS, TONES

GUI = Path(tones.__file__).parents[1]
THEMES = ("light", "dark")
STATED = [
    (theme, name, ground) for theme in THEMES for name, entry in tokens()[theme].items() for ground in entry.get("contrast", ())
]


def _luminance(color: str) -> float:
    """As WCAG 2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _least(use: str) -> float:
    """What ``rules`` ask of a colour that is used so."""
    rule = tokens()["rules"]["text" if "text" in use else "graphics"]
    found = re.search(r"([\d.]+):1", rule)
    assert found is not None
    return float(found[1])


def test_black_on_white() -> None:
    assert _contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert (_least("labels, tick text"), _least("strokes")) == (4.5, 3.0)


@pytest.mark.parametrize(("theme", "name", "ground"), STATED)
def test_a_stated_contrast_is_that_of_the_colours_and_enough(theme: str, name: str, ground: str) -> None:
    colors = tokens()[theme]
    true = _contrast(colors[name]["hex"], colors[ground]["hex"])
    assert colors[name]["contrast"][ground] == pytest.approx(true, abs=0.0051), f"it is {true:.2f}"
    assert true >= _least(colors[name]["use"]), f"{true:.2f} is too little"


def test_both_themes_have_the_same_colours_for_the_same_uses_on_the_same_grounds() -> None:
    light, dark = (
        {name: (part["use"], [*part.get("contrast", ())]) for name, part in tokens()[theme].items()} for theme in THEMES
    )
    assert light == dark


def test_lines_and_rails_can_be_seen_where_they_are_drawn() -> None:
    for theme in THEMES:
        for token in (*RAILS.values(), *(tone.line for tone in (*SUBJECTS.values(), TONES["update"]))):
            assert {"canvas", "card"} <= tokens()[theme][token]["contrast"].keys(), (theme, token)


def test_the_graph_reads_the_colours_of_values_gradients_and_updates_from_the_table() -> None:
    """Code that named one of these colours would keep it when the table says another."""
    literal, of_gradients = re.compile(r"\"(value|grad|update)_(line|tint)\""), re.compile(r"\"grad_(line|tint)\"")
    found = set()
    for path in GUI.rglob("*.py"):
        name, text = path.relative_to(GUI).as_posix(), path.read_text("utf-8")
        if (literal if name.startswith("panels/graph/") else of_gradients).search(text):
            found.add(name)
    assert found == {"look/tones.py"}
    picture = (GUI.parent / "engine" / "export" / "svg.py").read_text("utf-8")
    assert not literal.search(picture)


@pytest.mark.parametrize("subject", ["value", "gradient"])
def test_another_token_for_a_rail_changes_the_static_picture(subject: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.export import svg
    from tests.gui.factory import cubic

    recording, color = cubic(), tokens()["light"]["data"]["hex"]
    assert color not in svg.svg_of(recording)
    changed = svg._tokens() | {"rails": svg._tokens()["rails"] | {subject: "data"}}
    monkeypatch.setattr(svg, "_tokens", lambda: changed)
    assert color in svg.svg_of(recording)

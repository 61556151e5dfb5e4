"""States at a cursor: the table of what a value or gradient row can say, held against small programs."""

from __future__ import annotations

import pytest

from engine.errors import RecordingError
from engine.graph.state import Row
from engine.recording import Recording
from tests.engine.plain_torch import PROGRAMS, run


def rows(recording: Recording, cursor: int) -> dict[str, tuple[str, str]]:
    state = recording.state(cursor)
    return {
        card.symbol: (_say(state.cards[card.id].value), _say(state.cards[card.id].gradient)) for card in recording.graph.cards
    }


def _say(row: Row) -> str:
    if row.data is None or row.kind == "cleared":
        return row.kind
    text = f"{row.data.item():g}" if row.data.size == 1 else str(row.data.shape)
    if row.previous is not None:
        text += f" was {row.previous.item():g}"
    return text + (f" + {row.added.item():g}" if row.added is not None else "")


def test_the_default_program_fills_in_torchs_order() -> None:
    recording = run(PROGRAMS[0])
    assert rows(recording, 0)["a"] == ("not_yet", "none")
    assert rows(recording, 5)["y"] == ("89", "not_yet")
    assert rows(recording, 6) == {
        "a": ("5", "not_yet"),
        "b": ("6", "not_yet"),
        "a^{3}": ("125", "not_yet"),
        "b^{2}": ("36", "not_yet"),
        "-": ("89", "1"),
        "y": ("89", "1"),
    }
    assert rows(recording, 9)["b"] == ("6", "-12") and rows(recording, 9)["a"] == ("5", "not_yet")
    assert rows(recording, recording.end) == {
        "a": ("5", "75"),
        "b": ("6", "-12"),
        "a^{3}": ("125", "1"),
        "b^{2}": ("36", "-1"),
        "-": ("89", "1"),
        "y": ("89", "1"),
    }


def test_none_zero_cleared_and_not_yet_are_four_things() -> None:
    recording = run(PROGRAMS[3])
    seen = [rows(recording, cursor)["w"][1] for cursor in range(recording.end + 1)]
    assert (
        seen
        == [
            "none",
            "none",
            "none",
            "not_yet",
            "not_yet",
            "75",
            "75",  # first pass
            "75",
            "75",
            "75",
            "150 was 75 + 75",
            "150",  # second pass accumulates
            "cleared",
            "0",
            "0",
            "0",
            "10 was 0 + 10",
            "10",
        ][: len(seen)]
    )


def test_a_leaf_that_no_pass_reaches_says_none() -> None:
    recording = run("a = torch.ones(1, requires_grad=True)\nb = torch.ones(1, requires_grad=True)\n(a*2).backward()")
    assert all(rows(recording, cursor)["b"][1] == "none" for cursor in range(recording.end + 1))


def test_data_and_no_grad_are_not_tracked() -> None:
    recording = run("x = torch.ones(1)\na = torch.ones(1, requires_grad=True)\nwith torch.no_grad():\n    e = a*x")
    said = rows(recording, recording.end)
    assert said["x"][1] == said["e"][1] == "not_tracked"
    cut = [edge for edge in recording.graph.edges if edge.cut]
    assert [edge.source for edge in cut] == ["variable-1"]
    assert recording.state(recording.end).edges[cut[0].id].gradient == "cut"


def test_nan_and_infinities_are_values() -> None:
    recording = run(PROGRAMS[12])
    said = rows(recording, recording.end)
    assert said["x"] == ("0", "nan") and said["\\log x"] == ("-inf", "0")


def test_an_update_shows_the_old_value_for_one_step() -> None:
    recording = run(PROGRAMS[18])
    seen = [rows(recording, cursor)["w"][0] for cursor in range(recording.end + 1)]
    struck = [text for text in seen if "was" in text]
    assert struck == ["1.8 was 2", "1.64 was 1.8", "1.512 was 1.64"]


def test_two_uses_of_a_leaf_are_two_edges_whose_contributions_add_up() -> None:
    recording = run(PROGRAMS[1])
    state = recording.state(recording.end)
    sent = [state.edges[edge.id].contribution for edge in recording.graph.edges if edge.source == "variable-0"]
    assert [item.item() for item in sent if item is not None] == [3.0, 3.0, 1.0]
    assert rows(recording, recording.end)["x"][1] == "7"


def test_rails_wait_flow_and_stay() -> None:
    recording = run(PROGRAMS[0])
    edge = next(edge for edge in recording.graph.edges if edge.source == "variable-1")
    states = [recording.state(cursor).edges[edge.id] for cursor in range(recording.end + 1)]
    assert [item.value for item in states] == ["idle"] * 4 + ["active"] + ["done"] * 8
    assert [item.gradient for item in states] == ["none"] * 4 + ["pending"] * 4 + ["active"] + ["done"] * 4
    assert states[-1].contribution is not None and states[-1].contribution.item() == -12.0
    assert states[-1].factor is not None and states[-1].factor.item() == 12.0


def test_a_superseded_graph_is_drawn_as_freed() -> None:
    recording = run(PROGRAMS[3])
    last = recording.state(recording.end)
    freed = [card.symbol for card in recording.graph.cards if last.cards[card.id].freed]
    assert freed.count("w^{3}") == 2 and "w^{2}" not in freed
    first_free = [moment.kind for moment in recording.moments].index("free") + 1
    assert not any(card.freed for card in recording.state(first_free).cards.values())


def test_gradient_arithmetic_of_an_update_has_no_cards() -> None:
    recording = run(PROGRAMS[18])
    symbols = {card.symbol for card in recording.graph.cards}
    assert not any("grad" in symbol for symbol in symbols)
    assert len([card for card in recording.graph.cards if card.kind == "leaf"]) == 1


@pytest.mark.parametrize("text", PROGRAMS)
def test_a_state_depends_only_on_its_cursor(text: str) -> None:
    recording = run(text)
    forward = [_cells(recording, cursor) for cursor in range(recording.end + 1)]
    backward = [_cells(recording, cursor) for cursor in reversed(range(recording.end + 1))]
    assert forward == backward[::-1]


def _cells(recording: Recording, cursor: int) -> str:
    state = recording.state(cursor)
    cards = {key: (repr(item.value), repr(item.gradient), item.active, item.freed) for key, item in state.cards.items()}
    return repr((cards, state.edges, state.printed))


def test_a_cursor_outside_the_timeline_is_an_error() -> None:
    recording = run(PROGRAMS[0])
    with pytest.raises(RecordingError, match="from 0 to 12, not 13"):
        recording.state(13)

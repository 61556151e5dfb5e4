"""The JSON that ``export`` writes."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import numpy as np
import pytest
import torch

import engine
from engine.tables import history, summarise
from engine.tables.blocks import Blocks
from tests.engine.plain_torch import PROGRAMS, run


def test_the_default_program() -> None:
    document = json.loads(run(PROGRAMS[0]).to_json())
    assert [event["node"] for event in document["events"]] == [
        "SubBackward0",
        "PowBackward0",
        "AccumulateGrad",
        "PowBackward0",
        "AccumulateGrad",
    ]
    assert document["events"][2]["grad_before"] is None and document["events"][2]["grad_after"] == [-12.0]
    names = {value["name"]: value["id"] for value in document["values"]}
    gradients = {item["value"]: item for item in document["gradients"]}
    assert gradients[names["a"]] == {"value": names["a"], "data": [75.0], "state": "value"}
    assert gradients[names["b"]]["data"] == [-12.0]
    power = next(item for item in document["operations"] if item["name"] == "pow")
    assert power["node"] == "PowBackward0" and power["inputs"] == [{"value": names["a"]}, {"constant": 3}]
    assert power["source"] == {"line": 3, "column": 5, "end_line": 3, "end_column": 9}
    node = next(item for item in document["nodes"] if item["name"] == "SubBackward0")
    assert [edge["slot"] for edge in node["edges"]] == [0, 1]
    assert len(document["gradients"]) == len(document["values"])


def test_nan_and_infinities_are_strings() -> None:
    document = json.loads(run("x = torch.tensor([float('nan'), float('inf'), -float('inf'), 1.])*1").to_json())
    assert document["values"][-1]["data"] == ["nan", "inf", "-inf", 1.0]


def test_large_tensors_are_summaries() -> None:
    value = json.loads(run("x = torch.arange(5000.)").to_json())["values"][0]
    assert value["data"] is None
    assert value["summary"]["min"] == 0 and value["summary"]["max"] == 4999 and value["summary"]["mean"] == 2499.5


def test_untracked_and_none_gradients_differ() -> None:
    text = "x = torch.ones(1)\na = torch.ones(1, requires_grad=True)\ny = a*x"
    states = {item["value"]: item["state"] for item in json.loads(run(text).to_json())["gradients"]}
    assert states == {0: "not_tracked", 1: "none", 2: "none"}


def test_what_is_written_part_by_part_is_summarised_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    with engine.record() as r:
        buffer = torch.zeros(200, 1000)
        across = buffer.t()
        for row in range(200):
            buffer[row] = row - 7
            if row == 100:
                buffer[row, 3:5] = math.nan
    looked: list[int] = []
    whole = Blocks._rows

    def counting(self: Blocks, live: np.ndarray[Any, Any], first: int, last: int) -> Any:
        found = whole(self, live, first, last)
        looked.append(found.size)
        return found

    monkeypatch.setattr(Blocks, "_rows", counting)
    monkeypatch.setattr(history, "summarise", lambda numbers: pytest.fail("looked at all elements"))
    document = json.loads(r.to_json())
    monkeypatch.undo()
    assert across.shape == (1000, 200)
    assert sum(looked) < 20 * buffer.numel()
    found = [item for item in document["values"] if item["shape"] in ([200, 1000], [1000, 200])]
    assert len(found) > 400
    for item in (found[0], found[101], found[250], found[-1]):
        true = summarise(r.recording.values[item["id"]].data.numbers())  # type: ignore[arg-type]
        assert (item["summary"]["min"], item["summary"]["max"]) == (true.minimum, true.maximum)
        assert (item["summary"]["nan"], item["summary"]["infinite"]) == (true.nan, 0)
        assert item["summary"]["mean"] == pytest.approx(true.mean) and item["summary"]["std"] == pytest.approx(true.std)
        assert item["summary"]["norm"] == pytest.approx(true.norm)


def test_final_gradients_are_those_of_the_latest_pass() -> None:
    with engine.record() as r:
        x = torch.tensor([2.0], requires_grad=True)
        y = x * 3
        (y * y).backward(retain_graph=True)
        (z := y * 5).backward(retain_graph=True)
        torch.autograd.grad(z, y)
        unused = x * 7
    assert unused.requires_grad
    document = json.loads(r.to_json())
    names = {value["name"]: value["id"] for value in document["values"]}
    gradients = {item["value"]: (item["state"], item["data"]) for item in document["gradients"]}
    assert gradients[names["x"]] == ("value", [36.0 + 15.0])
    assert gradients[names["y"]] == ("value", [5.0])
    assert gradients[names["z"]] == ("value", [1.0])
    assert gradients[names["unused"]] == ("none", None)


def test_a_long_recording_is_exported_in_a_time_that_follows_its_length() -> None:
    took = []
    for count in (500, 4_000):
        with engine.record() as r:
            y = torch.ones(1, requires_grad=True)
            for _ in range(count):
                y = y + 1
            y.backward()
        began = time.process_time()
        r.to_json()
        took.append(time.process_time() - began)
    assert took[1] < 24 * took[0]

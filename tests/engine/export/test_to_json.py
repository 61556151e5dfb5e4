"""The JSON that ``export`` writes."""

from __future__ import annotations

import json

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

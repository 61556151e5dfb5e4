"""Names, modules and optimizers in recordings of code of any kind."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import engine
from engine.explain import explain_moment
from engine.recorder.handle import Handle
from engine.recording import Recording

SCRIPT = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 4)
        self.tail = nn.Sequential(nn.Linear(4, 1))

    def forward(self, x):
        h = torch.relu(self.hidden(x))
        return self.tail(h)

class Own:
    def __init__(self):
        self.w = torch.ones(1, requires_grad=True)
        self.parts = [torch.ones(2)]

model = Net()
own = Own()
optimizer = torch.optim.Adam(model.parameters())
data = torch.randn(5, 3)
for step in range(2):
    optimizer.zero_grad()
    prediction = model(data)
    loss = (prediction * own.w).mean()
    loss.backward()
    optimizer.step()
kept = [loss.detach() * 2]
last = torch.exp(loss)
"""


def record(text: str) -> Recording:
    handle = Handle(text=text, filename="train.py")
    with handle:
        exec(compile(text, "train.py", "exec"), {"__name__": "__main__"})
    return handle.recording


@pytest.fixture(scope="module")
def recording() -> Recording:
    torch.manual_seed(0)
    return record(SCRIPT)


def names(recording: Recording) -> set[str | None]:
    return {value.name for value in recording.values}


def test_parameters_are_called_by_their_path(recording: Recording) -> None:
    assert {"model.hidden.weight", "model.hidden.bias", "model.tail.0.weight", "model.tail.0.bias"} <= names(recording)


def test_results_are_called_as_the_program_calls_them(recording: Recording) -> None:
    assert {"data", "h", "prediction", "loss", "last"} <= names(recording)
    made = [operation for operation in recording.operations if operation.outputs]
    named = {recording.values[operation.outputs[0]].name: operation.name for operation in made}
    assert named["h"] == "relu"
    assert named["prediction"] == "linear"
    assert named["loss"] == "mean"


def test_attributes_of_ones_own_objects_have_names(recording: Recording) -> None:
    assert "self.w" in names(recording) or "own.w" in names(recording)


def test_what_a_module_makes_inside_does_not_get_the_modules_name(recording: Recording) -> None:
    assert not {"self.hidden", "self.tail", "model", "optimizer"} & names(recording)


def test_operations_say_in_which_call_they_ran(recording: Recording) -> None:
    calls = recording.calls
    assert [(call.name, call.type) for call in calls[:5]] == [
        ("model", "Net"),
        ("model.hidden", "Linear"),
        ("model.tail", "Sequential"),
        ("model.tail.0", "Linear"),
        ("optimizer.step", "Adam"),
    ]
    assert [call.parent for call in calls[:5]] == [None, 0, 0, 2, None]
    assert [call.optimizer for call in calls[:5]] == [False, False, False, False, True]
    assert len(calls) == 10
    linear = [operation for operation in recording.operations if operation.name == "linear"]
    assert [calls[operation.call or 0].name for operation in linear] == ["model.hidden", "model.tail.0"] * 2
    relu = next(operation for operation in recording.operations if operation.name == "relu")
    assert relu.call == 0
    mean = next(operation for operation in recording.operations if operation.name == "mean")
    assert mean.call is None


def test_the_step_of_an_optimizer_changes_parameters(recording: Recording) -> None:
    steps = {call.id for call in recording.calls if call.optimizer}
    weight = next(item for item in recording.variables if item.name == "model.hidden.weight")
    changing = [recording.values[number].operation for _, number in weight.values[-2:]]
    assert all(number is not None and recording.operations[number].call in steps for number in changing)


def test_what_libraries_keep_for_themselves_is_not_drawn(recording: Recording) -> None:
    joined = {end for edge in recording.graph.edges for end in (edge.source, edge.target)}
    alone = [card for card in recording.graph.cards if card.id not in joined]
    assert not [card.symbol for card in alone if card.kind == "data" and "tensor" in card.symbol]


def test_the_source_is_the_files_name(recording: Recording) -> None:
    assert recording.source == "train.py"
    assert recording.text == SCRIPT


def test_a_block_in_a_file_records_its_text() -> None:
    import engine

    w = torch.ones(2, requires_grad=True)
    with engine.record() as made:
        y = (w * 3).sum()
        y.backward()
    recording = made.recording
    assert recording.source == Path(__file__).name
    assert recording.text == Path(__file__).read_text(encoding="utf-8")
    spans = [operation.span for operation in recording.operations]
    lines = recording.text.split("\n")
    assert [lines[span.line - 1][span.column - 1 : span.end_column - 1] for span in spans if span] == ["w * 3", "(w * 3).sum()"]


def test_a_code_without_text_has_no_spans_and_says_so() -> None:
    handle = Handle(text="", filename="<nowhere>")
    with handle:
        torch.ones(2).sum()
    assert all(operation.span is None for operation in handle.recording.operations)
    assert any("source text" in note for note in handle.recording.notes)


def test_the_json_says_in_which_call_an_operation_ran(recording: Recording) -> None:
    document = json.loads(recording.to_json())
    assert document["source_file"] == "train.py"
    assert [entry["call"] for entry in document["operations"]] == [item.call for item in recording.operations]
    assert [(entry["name"], entry["type"], entry["parent"], entry["optimizer"]) for entry in document["calls"]] == [
        (call.name, call.type, call.parent, call.optimizer) for call in recording.calls
    ]


def test_it_is_told_whether_the_line_itself_is_the_operation(recording: Recording) -> None:
    direct = {operation.name: operation.direct for operation in recording.operations}
    assert direct["relu"] and direct["mean"] and direct["exp"]
    assert not direct["linear"]
    assert not any(item.direct for item in recording.operations if item.call is not None and recording.calls[item.call].optimizer)


def test_what_a_module_does_is_explained_as_the_modules(recording: Recording) -> None:
    at = {moment.subject: cursor for cursor, moment in enumerate(recording.moments, 1) if moment.kind == "operation"}
    linear = next(operation for operation in recording.operations if operation.name == "linear")
    relu = next(operation for operation in recording.operations if operation.name == "relu")
    assert "In `model.hidden`, which is of type `Linear`, `linear` takes" in explain_moment(recording, at[linear.id]).sentence
    assert explain_moment(recording, at[relu.id]).sentence.startswith("`torch.relu(self.hidden(x))` takes")


def test_a_tensor_from_before_is_found_in_lists_tuples_dicts_and_objects() -> None:
    text = "holder.shown.sum(), scale.by.sum(), parts[0].sum(), parts[1].sum(), pair[1].sum(), table['w'].sum(), table[2].sum()"
    text += ", layers[1]['b'].sum(), holder.layers[0].sum()"
    ones = [torch.ones(size) for size in range(10)]

    def scale() -> None: ...

    scale.by = ones[2]  # type: ignore[attr-defined]
    known = {
        "number": 3,
        "nothing": None,
        "module": torch,
        "kind": Handle,
        "scale": scale,
        "parts": [ones[3], ones[4]],
        "holder": SimpleNamespace(_hidden=ones[1], shown=ones[1], _own=[ones[9]], layers=[ones[9]]),
        "pair": (1, ones[5]),
        "layers": [{("no", "name"): [ones[8]]}, {"b": ones[8]}],
        "table": {"w": ones[6], 2: ones[7]},
    }
    handle = Handle(text=text, filename="train.py")
    with handle:
        exec(compile(text, "train.py", "exec"), known)
    assert [handle.recording.values[number].name for number in handle.recording.inputs] == [
        "holder.shown",
        "scale.by",
        "parts[0]",
        "parts[1]",
        "pair[1]",
        "table['w']",
        "table[2]",
        "layers[1]['b']",
        "holder.layers[0]",
    ]


def test_parameters_that_are_kept_in_nested_lists_are_found_there() -> None:
    recording = record(
        "import torch\n"
        "params = [(torch.ones(a, b, requires_grad=True), torch.zeros(b, requires_grad=True)) for a, b in ((2, 3), (3, 1))]\n"
        "torch.nn.utils.parameters_to_vector([part for layer in params for part in layer]).sum().backward()\n"
    )
    leaves = [recording.variables[card.variable].name for card in recording.graph.cards if card.variable is not None]
    assert leaves == ["params[0][0]", "params[0][1]", "params[1][0]", "params[1][1]"]


def test_parameters_of_a_module_that_is_never_called_have_its_names() -> None:
    """Built while recording, used as tensors only: by a loop, and by a function that has names of its own for them."""
    recording = record(
        "import torch\n"
        "net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))\n"
        "for p in net.parameters():\n"
        "    torch.nn.init.normal_(p)\n"
        "def forward(x, w1, b1, w2, b2):\n"
        "    return torch.tanh(x @ w1.t() + b1) @ w2.t() + b2\n"
        "forward(torch.ones(4, 2), *net.parameters()).sum().backward()\n"
    )
    leaves = [recording.variables[card.variable].name for card in recording.graph.cards if card.kind == "leaf" and card.variable]
    assert leaves == ["net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"]


def test_what_a_script_only_looks_at_needs_no_card_of_its_own_for_the_result() -> None:
    text = "w = torch.ones(2, requires_grad=True)\n(w * w).sum().backward()\nprint(w.grad.norm())\nlast = w.grad.max()\n"
    recording = record("import torch\n" + text)
    shown = {card.symbol: card.kind for card in recording.graph.cards}
    assert shown["\\mathrm{norm}"] == "operation" and shown["\\mathrm{last}"] == "result" and shown["\\mathrm{out}"] == "result"
    assert [card.symbol for card in recording.graph.cards if card.kind == "result"] == ["\\mathrm{out}", "\\mathrm{last}"]
    program = engine.run_program(text)
    assert sum(card.kind == "result" for card in program.graph.cards) == 3, "in a program of the window every result is shown"


def test_a_leaf_is_called_what_the_file_calls_it_and_not_what_a_loop_does() -> None:
    text = """import torch
from torch import nn
w = nn.Parameter(torch.ones(2)); b = nn.Parameter(torch.zeros(1))
def init(params):
    for p in params: nn.init.normal_(p)
init([w, b])
(((w * 2).sum() + b) ** 2).sum().backward()
"""
    leaves = {item.name for item in record(text).variables if item.gradients}
    assert leaves == {"w", "b"}


def test_what_is_only_printed_is_called_what_it_was_called_then() -> None:
    """Each time: not only what is still there when the script ends."""
    text = """import torch
def accuracy(scores, wanted):
    return (scores.argmax(1) == wanted).float().mean()
scores, wanted = torch.eye(3), torch.arange(3)
for step in range(2):
    acc = accuracy(scores + step, wanted)
    print(f"{acc:.2f}", acc.item())
"""
    found = record(text)
    means = [item.outputs[0] for item in found.operations if item.name == "mean"]
    assert [found.values[number].name for number in means] == ["acc", "acc"]


def test_names_that_nobody_can_read_are_cut_and_those_that_are_no_text_are_none(tmp_path: Path) -> None:
    class Odd(str):
        def startswith(self, *_: object) -> bool:
            raise ValueError("no")

    long = "n" * 100_000
    function = type(
        long,
        (torch.autograd.Function,),
        {
            "forward": staticmethod(lambda ctx, x: x * 2),
            "backward": staticmethod(lambda ctx, gradient: gradient * 2),
        },
    )
    net = torch.nn.Module()
    net.register_module(long, torch.nn.Linear(1, 1))
    net.forward = lambda x: net._modules[long](x)  # type: ignore[method-assign, misc]

    def own(x: torch.Tensor) -> torch.Tensor:
        return x.sin().cos()

    own.__code__ = own.__code__.replace(co_name=long, co_qualname=long)
    names: dict[object, object] = {5: torch.ones(1, requires_grad=True), ("t",): torch.ones(1), Odd("o"): torch.ones(1)}
    variables = {**names, long: torch.ones(1, requires_grad=True), "net": net, "function": function, "own": own}
    code = f"y = function.apply({long}) * list(globals().values())[0]\nown(net(y) * y).sum().backward()\n"
    with engine.record() as handle:
        exec(code, variables)  # type: ignore[arg-type]
        handle.name_remaining(variables)  # type: ignore[arg-type]
    path = tmp_path / "long.gradwalk"
    handle.recording.save(path)
    opened = engine.open_recording(path)
    assert not [note for note in opened.notes if "failed itself" in note] and len(opened.passes) == 1
    found = [*(item.name or "" for item in opened.variables), *(item.name for item in opened.nodes)]
    found += [text for item in opened.calls for text in (item.name, item.type)]
    assert max(map(len, found)) < 1_100 and sum("100,000" in name or "99,0" in name for name in found) >= 3


def test_arguments_of_any_depth_length_and_class(tmp_path: Path) -> None:
    class Whole(int):
        __hash__ = None  # type: ignore[assignment]

        def __repr__(self) -> str:
            raise ValueError("no")

    class Text(str):
        __slots__ = ()

        def __str__(self) -> str:
            raise ValueError("no")

    itself: list[object] = [1.0]
    itself.append(itself)
    deep: object = 1.0
    for _ in range(60):
        deep = [deep]
    deeper = deep
    for _ in range(3000):
        deeper = [deeper]
    w = torch.ones(3, requires_grad=True)
    within: object = w
    for _ in range(3000):
        within = [within]

    def action() -> list[str]:
        said = []
        for call in (
            lambda: torch.tensor(deep).dim(),
            lambda: torch.tensor(deeper),
            lambda: torch.tensor(itself),
            lambda: torch.stack(within),
            lambda: w * 10**5000,
            lambda: w * 10**30,
            lambda: torch.nn.functional.pad(w, (1, 1), mode="m" * 10**6),
            lambda: torch.sum(w * Whole(2), dim=Whole(0)),
            lambda: torch.nn.functional.pad(w, (1, 1), mode=Text("constant")),
        ):
            try:
                said.append(repr(call())[:200])
            except Exception as error:
                said.append(f"{type(error).__name__} {str(error)[:60]}")
        return said

    plain = action()
    with engine.record() as handle:
        recorded = action()
        (w * 2).sum().backward()
    path = tmp_path / "arguments.gradwalk"
    handle.recording.save(path)
    opened = engine.open_recording(path)
    assert plain == recorded
    assert opened.notes == () and len(opened.passes) == 1
    given = [item.constant for each in handle.recording.operations for item in each.inputs]
    assert {type(item) for item in given} <= {bool, int, float, str, tuple, type(None)}


def test_modules_that_cannot_list_what_is_in_them_run_as_they_do_without() -> None:
    class Own(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
            self.register_buffer("kept", torch.ones(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.as_tensor(self.inner(x) * self.kept)

        def named_modules(self, *_: object, **__: object) -> object:  # type: ignore[override]
            raise ValueError("no modules")

        named_parameters = named_buffers = parameters = named_modules  # type: ignore[assignment]

    own = Own()
    with engine.record() as handle:
        own(torch.ones(1, 2)).sum().backward()
    names = {item.name for item in handle.recording.variables}
    assert {"own.inner.0.weight", "own.inner.1.bias", "own.kept"} <= names and handle.recording.notes == ()

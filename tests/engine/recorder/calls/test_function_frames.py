"""Functions that are called in less usual ways: hooks, closures, decorators, optimizers of one's own, executed code."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

import engine
from engine.explain import explain_moment
from tests.engine.recorder.calls.test_own_functions import leaf, operations_of, record, square_sum, told


class Sign(torch.optim.Optimizer):
    """An optimizer of one's own."""

    def __init__(self, parameters: Any) -> None:
        super().__init__(parameters, {"lr": 0.1})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                self._update(parameter, group["lr"])

    def _update(self, parameter: Tensor, lr: float) -> None:
        assert parameter.grad is not None
        direction = parameter.grad.sign() * 1.0
        parameter.sub_(direction, alpha=lr)


def test_the_step_of_an_optimizer_of_ones_own_is_the_optimizers() -> None:
    model = nn.Linear(2, 1)
    optimizer = Sign(model.parameters())
    with engine.record() as made:
        model(torch.ones(3, 2)).sum().backward()
        optimizer.step()
    recording = made.recording
    assert told(recording) == [("model", "Linear", None), ("optimizer.step", "Sign", None)]
    assert operations_of(recording, 1) == ["sign", "mul", "sub_"] * 2
    phases = [moment.phase for moment in recording.moments if moment.kind in ("operation", "update")]
    assert phases == ["forward"] * 3 + ["update"] * 6
    assert {card.symbol for card in recording.folds.first_view.graph.cards}.isdisjoint({"\\mathrm{sign}"})


def test_a_view_of_a_weight_under_no_grad_is_no_leaf_that_was_made() -> None:
    w = torch.randn(2, 3, requires_grad=True)

    def logits(x: Tensor) -> Tensor:
        return x @ w.T + w[0].sum()

    with engine.record() as made:
        logits(torch.ones(3)).sum().backward()
        with torch.no_grad():
            logits(torch.ones(3))
        logits(torch.ones(3)).sum().backward()
    assert [call.name for call in made.recording.calls] == ["logits()"] * 3
    assert {moment.phase for moment in made.recording.moments if moment.kind == "operation"} == {"forward"}


def test_each_call_is_judged_by_itself() -> None:
    def loss(x: Tensor, penalty: bool) -> Tensor:
        found = square_sum(x * 2) + 1
        if penalty:
            (gradient,) = torch.autograd.grad(found, x, create_graph=True)
            found = found + (gradient**2).sum()
        return found

    x = leaf()
    recording = record(lambda: [loss(x, False), loss(x, True), loss(x, False)])
    assert [call.name for call in recording.calls] == ["loss()", "square_sum()", "square_sum()", "loss()", "square_sum()"]


def test_making_a_leaf_by_its_attribute() -> None:
    def make() -> Tensor:
        found = torch.ones(2) * 0.5
        found.requires_grad = True
        return found

    assert not record(lambda: square_sum(make())).calls[1:]


def test_decorators_add_no_call_of_their_own() -> None:
    def twice(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        def wrapper(x: Tensor) -> Tensor:
            return function(x)

        return wrapper

    score = twice(torch.no_grad()(twice(square_sum)))
    assert [(call.name, call.parent) for call in record(lambda: score(torch.ones(3))).calls] == [("square_sum()", None)]


def test_what_hooks_of_a_module_run_is_its_own() -> None:
    model = nn.Linear(2, 1)

    def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
        (output - output.mean()).abs().sum()

    model.register_forward_hook(hook)

    def evaluate(x: Tensor) -> Tensor:
        found: Tensor = model(x + 1).mean()
        return found

    with engine.record() as made:
        evaluate(torch.ones(3, 2))
    recording = made.recording
    assert told(recording) == [("evaluate()", "function", None), ("model", "Linear", 0), ("hook()", "function", 1)]


def test_closures_are_no_part_of_a_step() -> None:
    x = torch.tensor([1.0, -1.0], requires_grad=True)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = square_sum(x - 2)
        loss.backward()
        return loss

    optimizer: torch.optim.Optimizer = torch.optim.LBFGS([x], max_iter=2)
    with engine.record() as made:
        optimizer.step(closure)
    calls = made.recording.calls
    assert [(call.name, call.parent) for call in calls if call.function] == [("square_sum()", None)] * (len(calls) - 1)

    class Twice(torch.optim.Optimizer):
        """A step of its own that asks for the gradient at another place."""

        @torch.no_grad()
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            self._move(0.1)
            with torch.enable_grad():
                closure()
            self._move(-0.2)

        def _move(self, by: float) -> None:
            for parameter in self.param_groups[0]["params"]:
                parameter.add_(parameter.grad.sign() * by)

    optimizer = Twice([x], {})
    with engine.record() as made:
        optimizer.step(closure)
    recording = made.recording
    assert told(recording) == [("optimizer.step", "Twice", None), ("square_sum()", "function", None)]
    assert operations_of(recording, 0) == ["sign", "mul", "add_"] * 2


def test_a_step_that_a_decorator_wraps_and_a_collate_function_of_that_name() -> None:
    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*arguments: Any) -> Any:
            return function(*arguments)

        return wrapper

    class Counted(torch.optim.Optimizer):
        @counted
        def step(self) -> None:
            for parameter in self.param_groups[0]["params"]:
                parameter.data.sub_(parameter.grad.sign() * 0.5)

    def step(items: list[Tensor]) -> Tensor:
        return torch.stack(items) * 2

    w = leaf()
    optimizer = Counted([w], {})
    with engine.record() as made:
        for batch in DataLoader([torch.ones(2)] * 2, batch_size=2, collate_fn=step):
            (batch * w).sum().backward()
        optimizer.step()
    recording = made.recording
    assert [(call.name, call.type, call.parent) for call in recording.calls if operations_of(recording, call.id)] == [
        ("step()", "function", 0),
        ("optimizer.step", "Counted", None),
    ]


def test_code_that_is_executed_belongs_to_the_function_that_executes_it() -> None:
    code = compile("y = (x * 2) + 1", __file__, "exec")

    def inline(x: Tensor) -> Tensor:
        scope = {"x": x}
        exec(code, scope)
        return scope["y"].sum()

    recording = record(lambda: inline(torch.ones(2)))
    assert operations_of(recording, 0) == ["mul", "add", "sum"]


def test_methods_are_told_apart_by_their_class() -> None:
    class First:
        def step(self, x: Tensor) -> Tensor:
            return x * 2 + 1

    class Second(First):
        def step(self, x: Tensor) -> Tensor:
            return super().step(x) * 3 + 1

    recording = record(lambda: Second().step(torch.ones(2)))
    assert [call.name for call in recording.calls] == ["Second.step()", "First.step()"]


def test_names_of_another_file_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_training.py").write_text(
        "import torch\n"
        "from torch import nn\n"
        "def train(data):\n"
        "    scale = torch.ones(2, requires_grad=True)\n"
        "    encoder = nn.Linear(2, 1)\n"
        "    adam = torch.optim.SGD([scale], 0.1)\n"
        "    hidden = encoder(data * scale)\n"
        "    (hidden * hidden).sum().backward()\n"
        "    adam.step()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    own = importlib.import_module("own_training")
    points = torch.ones(3, 2)
    with engine.record() as made:
        own.train(points)
    recording = made.recording
    assert [call.name for call in recording.calls] == ["encoder", "adam.step"]
    named = {variable.name for variable in recording.variables if variable.name is not None}
    assert {"points", "scale", "encoder.weight", "encoder.bias", "hidden"} <= named and "data" not in named


def test_where_another_file_of_the_users_asked_for_an_operation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_model.py").write_text(
        "import torch\n"
        "from torch import nn\n"
        "class Own(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.first = nn.Linear(2, 2)\n"
        "    def forward(self, x):\n"
        "        x = torch.relu(self.first(x)) + 1\n"
        "        return nn.functional.mse_loss(\n"
        "            x, x * 2)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    model = importlib.import_module("own_model").Own()
    with engine.record() as made:
        (model(torch.ones(3, 2)) * 2).backward()
    made.recording.save(tmp_path / "own.gradwalk")
    for recording in (made.recording, engine.open_recording(tmp_path / "own.gradwalk")):
        found = {}
        for operation in recording.operations:
            place = recording.elsewhere.get(operation.id)
            found.setdefault(operation.name, None if place is None else (place.file, place.line, place.text, place.direct))
        assert found == {
            "ones": None,
            "linear": ("own_model.py", 8, "self.first(x)", False),
            "relu": ("own_model.py", 8, "torch.relu(self.first(x))", True),
            "add": ("own_model.py", 8, "torch.relu(self.first(x)) + 1", True),
            "mul": ("own_model.py", 10, "x * 2", True),
            "mse_loss": ("own_model.py", 9, "nn.functional.mse_loss( …", True),
        }
        at = next(at for at, moment in enumerate(recording.moments) if recording.operations[moment.subject].name == "relu")
        assert explain_moment(recording, at + 1).sentence.startswith("`torch.relu(self.first(x))` takes")
        assert '"elsewhere": {"file": "own_model.py", "line": 8' in recording.to_json()

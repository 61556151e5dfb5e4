"""``gradwalk --self-test`` without the window: each check does what users do and holds it against another source."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import resources

if TYPE_CHECKING:
    from engine.graph.state import CardState
    from engine.recording import Recording
    from engine.tables import TensorData

DEFAULT_PROGRAM = "examples/gradients/cubic.py"
LARGE_PROGRAM = """x = torch.tensor(1., requires_grad=True)
h = x
for i in range({steps}):
    h = h * 0.999 + x
h.backward()
"""
LARGE_STEPS = 1000
SCRIPT = """import torch

w = torch.tensor([2.0], requires_grad=True)
for step in range(3):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
print("ends at", w.item())
"""
SCRIPT_LIMIT = 120.0
"""Seconds that recording it may take."""


class CheckFailed(Exception):
    """A check found something wrong; the message says what, in one line."""


Check = tuple[str, Callable[[], str]]
"""What is checked, and the call that does it: it returns the figure to print, or raises."""


def require(holds: bool, otherwise: str) -> None:
    """Raise CheckFailed with the words ``otherwise`` unless it holds."""
    if not holds:
        raise CheckFailed(otherwise)


def run_checks(checks: Iterable[Check], say: Callable[[str], None]) -> tuple[int, int]:
    """Run all, one line each; a check that fails does not keep the others from running.

    Returns
    -------
    (int, int)
        How many passed, and how many failed.
    """
    passed = failed = 0
    for name, check in checks:
        start = time.perf_counter()
        try:
            figure = check()
        except Exception as error:
            failed += 1
            reason = str(error) if isinstance(error, CheckFailed) else f"{type(error).__name__}: {error}"
            say(f"FAIL  {name}: {' '.join(reason.split())[:300]}")
        else:
            passed += 1
            say(f"PASS  {name}: {figure} ({time.perf_counter() - start:.1f} s)")
    return passed, failed


def default_recording() -> Recording:
    """The default program, recorded now."""
    from engine.programs.program import run_program

    return run_program(resources.read_text(DEFAULT_PROGRAM))


def check_versions() -> str:
    """The libraries are there."""
    import numpy
    import sklearn
    import torch

    return f"torch {torch.__version__}, numpy {numpy.__version__}, scikit-learn {sklearn.__version__}"


def check_resources() -> str:
    """Examples, fonts, icons and themes are there and can be read."""
    folders = ("examples/gradients", "examples/training", "fonts", "icons", "themes")
    names = [name for folder in folders for name in resources.names(folder)]
    empty = [name for name in names if not resources.read_bytes(name)]
    require(len(names) >= 15 and not empty, f"{len(names)} files, of which empty: {empty}")
    return f"{len(names)} files"


def check_default_program() -> str:
    """The recording of the default program holds what plain torch computes."""
    import torch

    recording = default_recording()
    plain: dict[str, Any] = {"torch": torch}
    exec(compile(resources.read_text(DEFAULT_PROGRAM), "<plain>", "exec"), plain)
    last = {value.name: value for value in recording.values if value.name}
    found: dict[str, Any] = {"y": last["y"].data.item()}
    for name in ("a", "b"):
        gradient = recording.variables[last[name].variable].gradients[-1][1]
        require(gradient is not None, f"no gradient of {name} was recorded")
        found[f"∂y/∂{name}"] = gradient.item() if gradient is not None else None
    wanted = {"y": plain["y"].item(), "∂y/∂a": plain["a"].grad.item(), "∂y/∂b": plain["b"].grad.item()}
    require(found == wanted, f"recorded {found}, plain torch {wanted}")
    return ", ".join(f"{name} = {value:g}" for name, value in found.items()).replace("-", "−")


def check_training() -> str:
    """The regression of 30 epochs ends where a bare loop of plain torch ends, bit for bit, near the true line."""
    import torch
    from sklearn.datasets import make_regression

    from engine.training.configs import TrainingConfig
    from engine.training.training import train

    config = TrainingConfig()
    last = list(train(config))[-1]
    X, y, coef = make_regression(
        n_samples=config.n_samples,
        n_features=1,
        n_informative=1,
        noise=config.noise,
        coef=True,
        random_state=config.data_seed,
        bias=config.bias,
    )
    torch.manual_seed(config.seed)
    w, b = torch.randn(1, 1, requires_grad=True), torch.randn(1, requires_grad=True)
    data, target = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32).reshape(-1, 1)
    for _ in range(config.epochs):
        torch.autograd.backward(((data @ w + b - target) ** 2).mean())
        with torch.no_grad():
            for parameter in (w, b):
                assert parameter.grad is not None
                parameter -= config.learning_rate * parameter.grad
                parameter.grad = None
    ours = last.parameters["w"].item(), last.parameters["b"].item()
    require(last.step == config.epochs, f"{last.step} epochs instead of {config.epochs}")
    close = max(abs(ours[0] - w.item()), abs(ours[1] - b.item()))
    require(close < 1e-6, f"w, b = {ours}, a bare loop gives {w.item()}, {b.item()}")
    require(abs(ours[0] - float(coef)) < 0.02 and abs(ours[1] - config.bias) < 0.02, f"w, b = {ours} is far from the true line")
    return f"w = {ours[0]:.2f} (true {float(coef):.2f}), b = {ours[1]:.2f} (true {config.bias:g}) after {last.step} epochs"


def check_stepping() -> str:
    """Step to the end and back: every state is the one that a fresh look gives."""
    recording = default_recording()
    walked = [_cells(recording, cursor) for cursor in range(recording.end + 1)]
    for cursor in range(recording.end, -1, -1):
        require(_cells(recording, cursor) == walked[cursor], f"moment {cursor} looks otherwise on the way back")
        fresh = dataclasses.replace(recording)
        require(_cells(fresh, cursor) == walked[cursor], f"moment {cursor} looks otherwise when it is opened at once")
    require(len(set(map(repr, walked))) > recording.end // 2, "the states do not change")
    return f"{recording.end + 1} states, {sum(map(len, walked))} cells"


def _cells(recording: Recording, cursor: int) -> list[object]:
    state = recording.state(cursor)
    cells: list[object] = [_card(state.cards[card.id]) for card in recording.graph.cards]
    for edge in recording.graph.edges:
        rail = state.edges[edge.id]
        cells.append((rail.value, rail.gradient, _bits(rail.contribution), _bits(rail.factor)))
    return cells


def _card(card: CardState) -> object:
    rows = [(row.kind, _bits(row.data), _bits(row.previous), _bits(row.added)) for row in (card.value, card.gradient)]
    return rows, card.active, card.hit, card.freed


def _bits(data: TensorData | None) -> object:
    return None if data is None else (data.shape, data.dtype, None if data.array is None else data.array.tobytes())


def check_json() -> str:
    """The exported JSON, parsed again, says what the recording in memory says."""
    recording = default_recording()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.json"
        path.write_text(recording.to_json(), encoding="utf-8")
        document = json.loads(path.read_text(encoding="utf-8"))
        size = path.stat().st_size
    require(document["text"] == recording.text, "the text differs")
    for key, mine in (("values", recording.values), ("nodes", recording.nodes), ("operations", recording.operations)):
        require(len(document[key]) == len(mine), f"{len(document[key])} {key} instead of {len(mine)}")
    for entry, value in zip(document["values"], recording.values, strict=True):
        numbers = value.data.numbers()
        require(numbers is not None and entry["data"] == numbers.tolist(), f"value {value.id} differs")
    for entry, node in zip(document["nodes"], recording.nodes, strict=True):
        edges = [(edge["slot"], edge["to"], edge["output"]) for edge in entry["edges"]]
        require(edges == [(edge.slot, edge.to, edge.output) for edge in node.edges], f"the edges of Node {node.id} differ")
    for entry, run in zip(document["events"], recording.runs, strict=True):
        came = [None if item is None else item.numbers() for item in run.incoming]
        require(entry["incoming"] == [None if item is None else item.tolist() for item in came], f"run {run.id} differs")
    return f"{size:,} bytes, {len(recording.values)} values, {len(recording.runs)} runs of Nodes"


def check_file() -> str:
    """A recording is written to a file that says the same when it is opened, and half of the file is refused."""
    from engine.errors import RecordingFileError
    from engine.recording.opening import open_recording

    recording = default_recording()
    with tempfile.TemporaryDirectory() as folder:
        path, half = Path(folder) / "default.gradwalk", Path(folder) / "half.gradwalk"
        recording.save(path)
        data = path.read_bytes()
        require(open_recording(path).to_json() == recording.to_json(), "the opened recording differs from the saved one")
        half.write_bytes(data[: len(data) // 2])
        try:
            open_recording(half)
        except RecordingFileError:
            return f"{len(data):,} bytes"
    raise CheckFailed("half a file was opened")


def check_layout() -> str:
    """A large graph gets its places from the layout process."""
    from engine.layout.placements import LayoutProcess, place
    from engine.programs.program import run_program

    graph = run_program(LARGE_PROGRAM.format(steps=LARGE_STEPS)).graph
    sizes = {card.id: (132.0, 76.0) for card in graph.cards}
    process = LayoutProcess(limit=20.0)
    try:
        child = process.pid
        placement = place(graph, sizes, process=process)
    finally:
        process.close()
    require(child not in (None, os.getpid()), "the layout did not run in a process of its own")
    places = set(placement.positions.values())
    require(len(places) == len(graph.cards), f"{len(graph.cards)} cards stand in {len(places)} places")
    return f"{len(graph.cards):,} cards and {len(graph.edges):,} edges placed by process {child}"


def check_script() -> str:
    """A script runs under the recorder in a process of its own, and its file opens."""
    from engine.recording.opening import open_recording
    from engine.scripts import Event, Finished, Output, ScriptRun

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.py"
        path.write_text(SCRIPT, encoding="utf-8")
        run = ScriptRun(path)
        events: list[Event] = []
        try:
            run.start()
            child = run.pid
            deadline = time.monotonic() + SCRIPT_LIMIT
            while not (events and isinstance(events[-1], Finished)) and time.monotonic() < deadline:
                events += run.poll(1.0)
            require(bool(events) and isinstance(events[-1], Finished), "the script did not end")
            finished = events[-1]
            assert isinstance(finished, Finished)
            require(finished.problem is None, f"the script failed: {finished.problem and finished.problem.message}")
            require(finished.recording is not None, "there is no recording")
            assert finished.recording is not None
            recording = open_recording(finished.recording)
        finally:
            run.close()
    require(child not in (None, os.getpid()), "the script did not run in a process of its own")
    printed = "".join(event.text for event in events if isinstance(event, Output) and event.stream == "stdout")
    require(printed.startswith("ends at 1.02") and recording.printed == printed, f"it printed {printed!r}")
    require(len(recording.passes) == 3 and recording.source == "train.py", f"{len(recording.passes)} passes instead of 3")
    return f"{recording.end} operations and {len(recording.runs)} runs of Nodes by process {child}"


CHECKS: tuple[Check, ...] = (
    ("libraries", check_versions),
    ("resources", check_resources),
    ("the default program is recorded as plain torch computes it", check_default_program),
    ("the regression is trained", check_training),
    ("stepping to the end and back", check_stepping),
    ("JSON holds the recording", check_json),
    ("a recording is saved and opened again", check_file),
    ("a large graph is laid out in a process of its own", check_layout),
    ("a script is recorded in a process of its own", check_script),
)
"""All checks that need no window, in the order in which they run."""

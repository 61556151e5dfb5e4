"""Recordings in the whole window: files that are opened, scripts that are recorded.

Run: python -m benchmarks.recordings [FILE.gradwalk …] [--quick]. For each file the time until it is shown, as a ratio to reading
and preparing it without a window, and the longest stall of the event loop from the request until half a second after it was
shown.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import torch
from PySide6.QtWidgets import QApplication, QWidget

import engine
from benchmarks.measuring.heart import SWITCH_INTERVAL, Heart, wait
from benchmarks.measuring.measure import arguments, parser, sized
from gui.documents.autosave import Autosave
from gui.documents.dialogs import DocumentDialogs
from gui.look.theme import ThemeManager, load_fonts
from gui.session.linking import prepare_to_show
from gui.session.settings import Settings
from gui.window.main_window import MainWindow
from gui.work.garbage import GarbageKeeper

PATIENCE = 180.0
ENDLESS = """import torch
torch.ones(2, requires_grad=True).sum().backward()
while True:
    print("line after line after line")
"""


TRANSFORMER = """import torch
from torch import nn

layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
model = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(4, 10, 32)
for step in range(3):
    optimizer.zero_grad()
    loss = (model(x) ** 2).mean()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
"""


class Unasked(DocumentDialogs):
    """Leaves what was recorded and ends what runs, where a person would be asked: nobody is here to answer."""

    def ask_to_keep(self, name: str) -> str:
        return "discard"

    def ask_to_end(self, script: str) -> bool:
        return True

    def ask_to_lose(self, export: str) -> bool:
        return True


class Small(torch.nn.Module):
    """Unfolded, about a hundred cards in two steps; most of those in view have long rails."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = torch.nn.Linear(4, 8), torch.nn.Linear(8, 8), torch.nn.Linear(8, 1)
        self.w = torch.nn.Parameter(torch.ones(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.tanh(self.a(x))
        h = h * torch.sigmoid(self.b(h)) * self.w + torch.exp(-(h**2))
        found: torch.Tensor = self.c((h - h.mean(1, keepdim=True)) / (h.var(1, keepdim=True) + 1e-5).sqrt())
        return found


def write_files(folder: Path) -> list[Path]:
    """A small network in 2 steps, 200 blocks of modules in 5, and a chain of 10,000 operations."""
    small, inputs = Small(), torch.randn(16, 4)
    with engine.record() as steps:
        for _ in range(2):
            small.zero_grad()
            (small(inputs).pow(2).mean() + 0.01 * sum((part**2).sum() for part in small.parameters())).backward()
    steps.save(folder / "1 small network, 2 steps.gradwalk")
    x = torch.tensor(1.0, requires_grad=True)
    with engine.record() as chain:
        y = x
        for _ in range(sized(10_000, 500)):
            y = y * 1.00001
        y.backward()
    chain.save(folder / f"chain of {sized(10_000, 500):,}.gradwalk")
    model = torch.nn.Sequential(
        *(torch.nn.Sequential(torch.nn.LayerNorm(8), torch.nn.Linear(8, 8), torch.nn.ReLU()) for _ in range(sized(200, 10)))
    )
    optimizer, data = torch.optim.SGD(model.parameters(), lr=0.01), torch.randn(4, 8)
    with engine.record() as blocks:
        for _ in range(5):
            optimizer.zero_grad()
            model(data).sum().backward()
            optimizer.step()
    blocks.save(folder / f"{sized(200, 10)} modules, 5 steps.gradwalk")
    return sorted(folder.glob("*.gradwalk"))


def open_file(window: MainWindow, heart: Heart, path: Path) -> None:
    start = time.perf_counter()
    prepare_to_show(engine.open_recording(path))
    bare = time.perf_counter() - start
    heart.reset()
    start = time.perf_counter()
    window.documents.open(path)
    wait(PATIENCE, lambda: window.session.opened is not None and window.session.opened.path == str(path))
    wait(PATIENCE, lambda: not window.graph.canvas.over.working.isVisible() and bool(window.graph.scene.card_ids()))
    shown = time.perf_counter() - start
    wait(0.5)
    opened = window.session.opened
    cards = 0 if opened is None else len(opened.recording.graph.cards)
    print(
        f"{path.stem}: {cards:,} cards; shown ÷ read and prepared {shown / bare:5.2f} ({shown:.2f} s)   "
        f"longest stall {1000 * heart.longest:.0f} ms   aim: under 100"
    )
    heart.reset()
    window.session.shown.unfold_all()
    wait(PATIENCE, lambda: not window.graph.canvas.over.working.isVisible())
    wait(0.5)
    print(f"  all modules unfolded: longest stall {1000 * heart.longest:.0f} ms")
    heart.reset()
    for _ in range(20):
        window.stepping.player.step(-1)
        wait(0.02)
    print(f"  20 steps back: longest stall {1000 * heart.longest:.0f} ms")
    if opened is not None:
        with tempfile.TemporaryDirectory() as folder:
            heart.reset()
            window.files.save(opened.recording, str(Path(folder) / "copy.gradwalk"))
            wait(PATIENCE, lambda: not window.recordings.saving)
            wait(0.2)
        print(f"  saved: longest stall {1000 * heart.longest:.0f} ms   aim: under 100")
    heart.reset()
    window.recordings.close_recording()
    wait(0.5)
    print(f"  back to the program: longest stall {1000 * heart.longest:.0f} ms")


def record_script(window: MainWindow, heart: Heart, name: str, text: str, seconds: float) -> None:
    """``seconds``: after that the script is stopped."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.py"
        path.write_text(text, encoding="utf-8")
        window.recordings.scripts.suggest()
        dialog = window.recordings.scripts.dialog
        assert dialog is not None
        wait(0.5)
        heart.reset()
        dialog.set_script(str(path))
        dialog.begin()
        wait(PATIENCE, lambda: not dialog.script.asking)
        if not dialog.script.running:
            raise SystemExit(f"{name}: {dialog.status.text()}")
        wait(
            PATIENCE, lambda: not dialog.script.running or bool(dialog.output.toPlainText())
        )  # stopped before, nothing is recorded
        start = time.perf_counter()
        wait(seconds, lambda: not dialog.script.running)
        stopped = time.perf_counter()
        if dialog.script.running:
            dialog.stop.click()
            wait(PATIENCE, lambda: not dialog.script.running)
            print(f"{name}: stopped within {time.perf_counter() - stopped:.2f} s   aim: under 1")
        wait(PATIENCE, lambda: window.session.opened is not None)
        wait(1.0)
        stall = f"longest stall {1000 * heart.longest:.0f} ms"
        print(f"{name}: shown after {time.perf_counter() - start:.1f} s   {stall}   aim: under 100")
        dialog.close()
        window.session.set_opened(None)
        wait(0.3)


def main() -> None:
    """Print the table."""
    wanted = parser(__doc__)
    wanted.add_argument("files", nargs="*", help="recordings to open instead of those that are made here")
    options = arguments(wanted)
    app = QApplication.instance() or QApplication([])
    sys.setswitchinterval(SWITCH_INTERVAL)
    load_fonts()
    with tempfile.TemporaryDirectory() as folder:
        theme = ThemeManager("light")
        window = MainWindow(
            theme, Settings(Path(folder) / "s.ini"), Autosave(Path(folder) / "unsaved"), dialogs=Unasked(QWidget(), theme)
        )
        keeper = GarbageKeeper(window)
        window.loaded.connect(keeper.begin)
        window.resize(1600, 1000)
        window.show()
        window.start()
        heart = Heart()
        wait(PATIENCE, lambda: window.session.recording is not None)
        wait(sized(5.0, 1.0))
        paths = [Path(name).absolute() for name in options.files] or write_files(Path(folder))
        gc.collect()  # what was left of recording them here is not the window's
        for path in paths:
            open_file(window, heart, path)
        record_script(window, heart, "a transformer's training step", TRANSFORMER, 120.0)
        record_script(window, heart, "printing without end", ENDLESS, sized(6.0, 3.0))
        window.session.set_opened(None)
        window.close()
        window.jobs.wait()
        window.files.wait()
    del app


if __name__ == "__main__":
    main()

"""Processes that a script starts and that are not recorded: a note says how many, and how they were started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.scripts import ScriptRun
from tests.engine.script_runs import follow

pytestmark = pytest.mark.skipif(os.name == "nt", reason="fork is POSIX")

BEGIN = "import os, subprocess, sys\nimport torch\nimport torch.multiprocessing as mp\n"
WORK = "def work(rank):\n    (torch.ones(3, requires_grad=True) * rank).sum().backward()\n    print(rank)\n"
SEVERAL = f"""{BEGIN}
for _ in range(2):
    if os.fork() == 0:
        os._exit(0)
    os.wait()
subprocess.run([sys.executable, "-c", "print('another')"])
subprocess.run(["true"])
process = mp.get_context("fork").Process(target=print, args=("forked",))
process.start()
process.join()
"""
LOADER = f"""{BEGIN}from torch.utils.data import DataLoader
class Data:
    def __len__(self): return 4
    def __getitem__(self, at):
        x = torch.ones(2, requires_grad=True)
        if BACKWARD: (x * at).sum().backward()
        return x.detach() * at
for batch in DataLoader(Data(), num_workers=2):
    print(batch.sum().item())
"""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            f"{BEGIN}{WORK}if __name__ == '__main__':\n    mp.spawn(work, nprocs=2)\n",
            ("started 2 processes (by torch.multiprocessing.spawn, spawn)",),
        ),
        (SEVERAL, ("started 4 processes", "2 by os.fork", "1 by subprocess", "1 by multiprocessing.Process, fork")),
        (LOADER.replace("BACKWARD", "False"), ()),
        (LOADER.replace("BACKWARD", "True"), ("started 2 processes", "DataLoader")),
    ],
)
def test_a_note_says_which(text: str, parts: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(text, encoding="utf-8")
    told = follow(ScriptRun(tmp_path / "script.py"))
    assert told.finished.problem is None, told.text("stderr")
    assert told.recording is not None
    notes = [note for note in told.recording.notes if "is not recorded" in note]
    assert len(notes) == bool(parts) and all(part in note for note in notes for part in parts), told.recording.notes

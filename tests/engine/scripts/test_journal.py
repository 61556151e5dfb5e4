"""The journal of a recording: what is rebuilt from it is the recording, byte for byte, whatever moment it ends at."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.files.tables import to_tables
from engine.recorder.handle import Handle
from engine.recording import Recording
from engine.recording.opening import open_recording
from engine.scripts.kept.journal import Journal, read_report
from engine.scripts.kept.keeper import last_words, rebuild
from tests.engine.kinds import KINDS
from tests.engine.plain_runs import read_all

pytestmark = pytest.mark.filterwarnings("ignore")


def journaled(function: Callable[[], Any], folder: Path, every: int = 1) -> Handle:
    """Record ``function`` with a journal that is written before every operation, or every few."""
    journal = Journal(folder / "journal")
    asked = 0

    def cancel() -> bool:
        nonlocal asked
        asked += 1
        if asked % every == 0:
            journal.write()
            assert not journal.trouble
        return False

    filename = function.__code__.co_filename
    text = Path(filename).read_text(encoding="utf-8")
    handle = Handle(text=text, filename=filename, cancel=cancel)
    handle.__enter__()
    assert handle.recorder is not None
    journal.follow(handle.recorder, text, filename, Path(filename).name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function()
    finally:
        journal.write(last=True)
        assert not journal.trouble
        journal.forget()
        handle.end()
        journal.close()
    return handle


def _written(part: Any) -> Any:
    """Columns as they are written, in the order in which they stand."""
    if callable(part):
        return _written(part())
    if isinstance(part, Iterator):
        return list(part)
    return {key: _written(item) for key, item in part.items()} if isinstance(part, dict) else part


def tables(recording: Recording) -> tuple[dict[str, Any], bytes]:
    """All that a file holds; two Spans of one place are one, which no file needs to know."""
    unwritten, blocks = to_tables(recording)
    document = _written(unwritten)
    spans = document.pop("spans")
    for table in document.values():
        if isinstance(table, dict) and "span" in table:
            table["span"] = [None if number is None else spans[number] for number in table["span"]]
    return document, b"".join(blocks)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_rebuilt_is_what_was_recorded(name: str, tmp_path: Path) -> None:
    handle = journaled(KINDS[name], tmp_path)
    assert rebuild(tmp_path / "journal", tmp_path / "rebuilt.gradwalk", "", "") == (tmp_path / "rebuilt.gradwalk", "")
    rebuilt, recorded = [tables(item) for item in (open_recording(tmp_path / "rebuilt.gradwalk"), handle.recording)]
    assert rebuilt == recorded


def fills() -> None:
    """A large tensor is written to row by row, before and after it was used."""
    buffer = torch.zeros(100, 100)
    kept = buffer[3:5]
    for row in range(60):
        buffer[row] = torch.full((100,), float(row), requires_grad=True).detach() + kept[0, 0]
    w = torch.ones(100, requires_grad=True)
    (buffer.clone() @ w).sum().backward()
    buffer.t()[:, 7] = 5.0
    print(buffer.sum())


def test_a_tensor_that_is_written_to_row_by_row(tmp_path: Path) -> None:
    handle = journaled(fills, tmp_path, every=5)
    assert rebuild(tmp_path / "journal", tmp_path / "rebuilt.gradwalk", "", "") == (tmp_path / "rebuilt.gradwalk", "")
    rebuilt = open_recording(tmp_path / "rebuilt.gradwalk")
    assert tables(rebuilt) == tables(handle.recording)
    assert (tmp_path / "journal").stat().st_size < 40 * 40_000, "what was written, not the whole each time"


@pytest.mark.parametrize("name", ["modules.transformer", "passes.backward_create_graph", "training.with_a_loader"])
def test_it_may_end_anywhere(name: str, tmp_path: Path) -> None:
    journaled(KINDS[name], tmp_path, every=7)
    whole = (tmp_path / "journal").read_bytes()
    begun = whole.index(whole[:4], 4)
    for part in range(1, 8):
        cut = tmp_path / f"cut{part}"
        cut.write_bytes(whole[: begun + (len(whole) - begun) * part // 8])
        output = tmp_path / f"{part}.gradwalk"
        assert rebuild(cut, output, "it ended", "Crash: it ended") == (output, "")
        recording = open_recording(output)
        read_all(recording)
        assert recording.failed and "it ended" in recording.notes and recording.moments[-1].text == "Crash: it ended"


def test_an_empty_journal_says_so(tmp_path: Path) -> None:
    Journal(tmp_path / "journal").close()
    assert rebuild(tmp_path / "journal", tmp_path / "out.gradwalk", "", "") == (None, "nothing was recorded")
    assert last_words(tmp_path / "journal") == "" and read_report(tmp_path / "journal") is None


@pytest.mark.skipif(os.name == "nt", reason="a file that is open cannot be replaced there")
def test_a_descriptor_that_the_script_closed_is_not_written_to(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.report(True, None, 0, "")
    os.close(journal.descriptor)
    other = (tmp_path / "own").open("wb", buffering=0)
    assert other.fileno() == journal.descriptor
    journal.report(False, None, 3, "why")
    assert (tmp_path / "own").read_bytes() == b""
    assert read_report(tmp_path / "journal") == (False, None, 3, "why")
    other.close()
    journal.close()
    shutil.rmtree(tmp_path)

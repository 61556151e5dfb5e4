"""Where recordings are written and read: regular files only, links as they are, and nothing left of killed saves."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

import engine
from engine.errors import RecordingFileError
from engine.files import places as file_places
from engine.files import recordings as files
from engine.recording import Recording

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions, pipes and links of POSIX")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def made() -> Recording:
    return engine.run_program("a = tensor([5.], requires_grad=True)\ny = a**3\ny.backward()")


def kinds(folder: Path) -> dict[str, Path]:
    """One of each kind of file that is no regular one, as far as this user may make them."""
    found = {"a folder": folder / "folder", "a pipe": folder / "pipe", "a socket": folder / "socket"}
    found["a folder"].mkdir()
    os.mkfifo(found["a pipe"])
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(found["a socket"]))
    if os.geteuid() == 0:
        found["a device"] = folder / "zero"
        os.mknod(found["a device"], stat.S_IFCHR | 0o666, os.makedev(1, 5))
    return found


def test_only_files_are_replaced_or_read(made: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words, path in kinds(tmp_path).items():
        before = path.lstat()
        link = tmp_path / f"{path.name}-link"
        link.symlink_to(path)
        for target in (path, link):
            with pytest.raises(RecordingFileError, match=words):
                made.save(target)
            with pytest.raises(RecordingFileError, match=words):
                engine.open_recording(target)
        after = path.lstat()
        assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)


def test_the_command_refuses_before_the_script_runs(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('it ran')\n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "record", "train.py", "-o", "pipe", "--no-open"],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "gradwalk: pipe cannot be written: it is a pipe, and only a file is ever replaced.\n"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_the_command_refuses_a_folder_that_is_missing_or_closed(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('it ran')\n", encoding="utf-8")
    (tmp_path / "closed").mkdir(0o500)
    for folder, words in (("none", "No such file or directory"), ("closed", "Permission denied")):
        if folder == "closed" and os.geteuid() == 0:
            continue  # nothing is closed to root
        done = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "record", "train.py", "-o", f"{folder}/run.gradwalk", "--no-open"],
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )
        said = f"gradwalk: run.gradwalk cannot be written: {words}: the folder {tmp_path / folder}.\n"
        assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_a_read_only_file_stays(made: Recording, tmp_path: Path) -> None:
    path = tmp_path / "run.gradwalk"
    path.write_bytes(b"before")
    path.chmod(0o444)
    with pytest.raises(RecordingFileError, match="read-only"):
        made.save(path)
    assert path.read_bytes() == b"before"


def test_another_name_of_the_file_keeps_what_it_held(made: Recording, tmp_path: Path) -> None:
    """It was overwritten in place: a save that was killed left neither recording, and a backup was changed."""
    path, other = tmp_path / "run.gradwalk", tmp_path / "other.gradwalk"
    path.write_bytes(b"before" * 10_000)
    os.link(path, other)
    made.save(path)
    assert engine.open_recording(path).end == made.end
    assert other.read_bytes() == b"before" * 10_000
    assert sorted(item.name for item in tmp_path.iterdir()) == ["other.gradwalk", "run.gradwalk"]


def test_what_does_not_fit_into_memory_is_refused_before_it_is_read(
    made: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.gradwalk"
    made.save(path)
    monkeypatch.setattr(files, "SMALL_MEMORY", 0)
    monkeypatch.setattr(files, "free_bytes", lambda: 10)
    with pytest.raises(RecordingFileError, match=r"GB of memory, and 0\.0 GB are free here\. Close other"):
        engine.open_recording(path)
    monkeypatch.setattr(files, "free_bytes", lambda: 10**9)
    assert engine.open_recording(path).end == made.end


def test_links_that_lead_nowhere_and_to_themselves(made: Recording, tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    made.save(tmp_path / "one")
    assert (tmp_path / "one").is_symlink() and engine.open_recording(tmp_path / "two").end == made.end
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(RecordingFileError, match="circle cannot be written"):
        made.save(tmp_path / "circle")
    with pytest.raises(RecordingFileError, match="Too many levels"):
        engine.open_recording(tmp_path / "circle")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a\0b", "character 0"),
        ("file/run.gradwalk", "Not a directory"),
        ("n" * 300, "File name too long"),
        ("none/run.gradwalk", "No such file or directory"),
    ],
)
def test_what_the_system_refuses_is_told_by_its_name(made: Recording, tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordingFileError, match=words):
        made.save(tmp_path / name)
    with pytest.raises(RecordingFileError, match=words):
        engine.open_recording(tmp_path / name)


def test_a_long_name_in_another_script_can_be_written(made: Recording, tmp_path: Path) -> None:
    path = tmp_path / ("梯" * 80)
    made.save(path)
    assert engine.open_recording(path).end == made.end


KILLED = """
import os, sys
from pathlib import Path
from engine.files import places as file_places
def write(file):
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.read()
file_places.write_whole(Path(sys.argv[1]), write)
"""


def test_what_a_killed_save_left_goes_with_the_next(made: Recording, tmp_path: Path) -> None:
    path = tmp_path / "run.gradwalk"
    command = [sys.executable, "-c", KILLED, str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == b"writing\n"
    (part,) = tmp_path.iterdir()
    made.save(path)
    assert part.exists()  # it is being written
    process.kill()
    process.wait()
    process.stdout.close()
    process.stdin.close()
    foreign = [tmp_path / ".other.gradwalk.part", tmp_path / ".run.gradwalk.notes.part", tmp_path / ".run.gradwalk.abcd1234.part"]
    for item in foreign:
        item.write_bytes(b"")
    made.save(path)
    assert not part.exists()
    assert all(item.exists() for item in foreign)
    old = time.time() - 2 * file_places.OLD_UNNAMED
    for item in foreign:
        os.utime(item, (old, old))
    made.save(path)
    assert [item.exists() for item in foreign] == [True, True, False]  # the last is a part as earlier versions called them


def zipped(path: Path, document: str, arrays: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(files.DOCUMENT, document)
        archive.writestr(files.ARRAYS, arrays)
    return path


def test_bombs_are_refused_before_they_are_made_into_objects(tmp_path: Path) -> None:
    many = '{"format":"gradwalk","version":1,"values":[' + ",".join(["[]"] * 5_000_000) + "]}"
    with pytest.raises(RecordingFileError, match=r"far more memory|times its size"):
        engine.open_recording(zipped(tmp_path / "json.gradwalk", many, b""))


def test_bytes_that_no_array_has_are_not_read(made: Recording, tmp_path: Path) -> None:
    path = tmp_path / "run.gradwalk"
    made.save(path)
    with zipfile.ZipFile(path) as archive:
        document = archive.read(files.DOCUMENT).decode()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(files.DOCUMENT, document)
        archive.writestr(files.ARRAYS, bytes(20 << 20))
    with pytest.raises(RecordingFileError, match="larger than what is in it"):
        engine.open_recording(path)


def test_a_newer_file_is_called_so_and_parts_that_were_added_are_left_alone(made: Recording, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "new.gradwalk", "w") as archive:
        archive.writestr(files.DOCUMENT, '{"format": "gradwalk", "version": 2}')
        archive.writestr("new.bin", b"")
    with pytest.raises(RecordingFileError, match="newer Gradwalk"):
        engine.open_recording(tmp_path / "new.gradwalk")
    made.save(tmp_path / "run.gradwalk")
    with zipfile.ZipFile(tmp_path / "run.gradwalk", "a") as archive:
        archive.writestr("notes.txt", "added")
    assert engine.open_recording(tmp_path / "run.gradwalk").end == made.end

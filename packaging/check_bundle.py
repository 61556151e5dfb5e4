"""Check a finished bundle where it can fail; one line per check, and the exit status is 1 if one failed.

    python packaging/check_bundle.py ARCHIVE [--pictures FOLDER]

Unpacks the archive elsewhere (a path with blanks and letters beyond ASCII) and runs the program there with the checkout and
Python out of reach, an empty environment and a read-only folder: the commands, the self-test, a real window on a virtual screen,
and what can be wrong with the computer. Linux only. Needs Xvfb, xdotool and the right to make mount namespaces (root, or user
namespaces).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

import parts  # noqa: E402
from cage import Cage, hidden_folders  # noqa: E402
from check_pythons import check_dialog, check_pythons  # noqa: E402
from screen import Screen  # noqa: E402

PROGRAM = (
    "a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\ny = a**3 - b**2\ny.backward()\n"
)
GRADIENTS = ([75.0], [-12.0])
UNWANTED = re.compile(
    r"(\.(h|hpp|cuh|pyi|lib|a|pdb|qml|qm|pyx|pxd)$|(?<!gradwalk/resources)(?<!gradwalk/resources/pictures)/(tests?|examples|translations|qml|include)/|libcu[a-z]*\.so|_cuda\w*\.so|nvidia/|/triton/|virtualkeyboard)"
)

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
"""What no text has; bytecode has."""


class Checks:
    """Runs checks, prints a line for each, remembers whether one failed."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.passed = 0

    def check(self, name: str, good: bool, figure: object = "") -> bool:
        """Print the outcome of one check, with the figure that it rests on."""
        print(f"{'PASS' if good else 'FAIL'}  {name:<58} {figure}".rstrip(), flush=True)
        if good:
            self.passed += 1
        else:
            self.failed.append(name)
        return good


def unpack(archive: Path, target: Path) -> Path:
    """Unpack as tar does; the folder inside."""
    with tarfile.open(archive) as packed:
        # Debian 12's Python has no filters yet; the archive is our own.
        packed.extractall(target, **({"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}))
    (folder,) = target.iterdir()
    return folder


def one_line(text: str) -> bool:
    """Whether ``text`` is one line that is no traceback."""
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


def check_files(checks: Checks, folder: Path) -> None:
    """Size, unwanted files, links that lead nowhere or out, licences."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    total = sum(path.stat().st_size for path in files)
    checks.check(
        "size of the unpacked bundle", total <= parts.LARGEST, f"{total / 1e6:.0f} MB, at most {parts.LARGEST / 1e6:.0f}"
    )
    names = ["/" + path.relative_to(folder).as_posix() for path in files]
    unwanted = [name for name in names if UNWANTED.search(name) and ".dist-info/" not in name]
    checks.check("no headers, tests, QML, translations, CUDA", not unwanted, ", ".join(unwanted[:3]))
    links = [path for path in folder.rglob("*") if path.is_symlink()]
    lost = [str(path) for path in links if not path.exists() or not path.resolve().is_relative_to(folder.resolve())]
    checks.check("links stay inside and lead somewhere", not lost, f"{len(links)} links {', '.join(lost[:3])}")
    listed = json.loads((folder / "_internal" / "gradwalk" / "resources" / "licences.json").read_text(encoding="utf-8"))
    whole = all(entry["name"] and entry["licence"] and entry["text"].strip() for entry in listed)
    works = {entry["name"] for entry in listed}
    expected = {"Gradwalk", "Python", "torch", "numpy", "scikit-learn", "PySide6_Essentials", "Inter (font)", "pyinstaller"}
    checks.check("every work has a licence with its text", whole and expected <= works, f"{len(listed)} works")
    strange = [entry["name"] for entry in listed if CONTROL.search(entry["text"])]
    checks.check("the licences are texts only", not strange, ", ".join(strange[:5]))
    terms = [
        (folder / "licences" / name).read_text(encoding="utf-8") for name in ("LGPL-3.0.txt", "GPL-3.0.txt", "qt-notice.txt")
    ]
    checks.check("terms of Qt: LGPL, GPL, how to replace it", all(terms) and "replace" in terms[2])


def check_commands(checks: Checks, cage: Cage, work: Path, number: str) -> None:
    """The commands that need no window, and wrong files."""
    done = cage.run("--version")
    checks.check(
        "--version", done.returncode == 0 and done.stdout.split()[-1:] == [number], done.stdout.strip() + done.stderr.strip()
    )
    program = work / "prögram one.py"
    program.write_text(PROGRAM, encoding="utf-8")
    begun = time.monotonic()
    done = cage.run("export", str(program), "-o", str(work / "out.json"))
    seconds = time.monotonic() - begun
    good, said = done.returncode == 0 and not done.stderr, done.stderr[-300:]
    if good:
        found = json.loads((work / "out.json").read_text(encoding="utf-8"))
        last = {value["name"]: value["id"] for value in found["values"]}
        by_value = {gradient["value"]: gradient["data"] for gradient in found["gradients"]}
        good, said = tuple(by_value.get(last.get(name)) for name in "ab") == GRADIENTS, f"gradients 75 and −12, {seconds:.1f} s"
    checks.check("export, in a home with blanks and other letters", good, said)
    done = cage.run("export", str(work / "nothing.py"))
    checks.check("export of a file that is not there", done.returncode == 2 and one_line(done.stderr), done.stderr.strip())
    (work / "broken.py").write_bytes(b"\xff\xfe\x00a")
    done = cage.run("export", str(work / "broken.py"))
    checks.check("export of a file that is no text", done.returncode == 2 and one_line(done.stderr), done.stderr.strip())


def check_script(checks: Checks, cage: Cage, work: Path) -> Path:
    """A script of a user, with much of torch, scikit-learn and the standard library, recorded in a process of its own.

    Gives the recording's file.
    """
    folder = work / "scrïpts"
    folder.mkdir()
    shutil.copy(HERE / "sample_script.py", folder / "train.py")
    (folder / "beside.py").write_text("ANSWER = 42\n", encoding="utf-8")
    recording = folder / "run.gradwalk"
    begun = time.monotonic()
    done = cage.run("record", "-o", str(recording), str(folder / "train.py"), "--", "--rate", "0.05")
    wanted = {"peer": 0.97, "squares": [0, 1, 4], "count": 1, "classes": 50, "mean": 2.0, "norm": 5.0, "p": 0.5}
    found = next((json.loads(line[7:]) for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    size = recording.stat().st_size if recording.is_file() else 0
    good = done.returncode == 0 and found == wanted and size > 1000
    figure = f"{size / 1e6:.1f} MB, {time.monotonic() - begun:.1f} s" if good else f"{found} {done.stderr.strip()[-400:]}"
    checks.check("record a script that uses much of torch", good, figure)
    return recording


def check_association(checks: Checks, cage: Cage, screen: Screen, recording: Path, pictures: Path) -> None:
    """A recording opens as a file manager opens it: with the command of the desktop file that is installed."""
    data = cage.home / "data"
    surroundings = {"PATH": "/usr/bin:/bin", "HOME": str(cage.home), "XDG_DATA_HOME": str(data)}
    script = ["sh", str(cage.install / "install-desktop.sh")]
    done = subprocess.run(script, env=surroundings, capture_output=True, text=True, check=False)
    entry = data / "applications" / "gradwalk.desktop"
    lines = entry.read_text(encoding="utf-8").splitlines() if entry.is_file() else []
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    kinds = (data / "mime" / "packages" / "gradwalk.xml").is_file() and "application/x-gradwalk" in fields.get("MimeType", "")
    program, *arguments = shlex.split(fields.get("Exec", "nothing").replace("%f", shlex.quote(str(recording))))
    good = done.returncode == 0 and kinds and program == str(cage.install / "gradwalk")
    checks.check("recordings belong to the program", good, fields.get("Exec", done.stderr.strip()))
    process = cage.start(*arguments, DISPLAY=screen.display)
    try:
        named = screen.wait(
            lambda: bool(screen.tool("search", "--onlyvisible", "--name", recording.name)) or process.poll() is not None, 90
        )
        settled(screen)
        screen.save(pictures / "recording.png")
        good = named and process.poll() is None
    finally:
        process.kill()
        said = process.communicate()[1]
    checks.check("a recording is opened", good and not said.strip(), said.strip()[-300:])
    done = subprocess.run([*script, "--remove"], env=surroundings, capture_output=True, text=True, check=False)
    left = [path.name for path in data.rglob("*gradwalk*")]
    checks.check("the desktop forgets it again", done.returncode == 0 and not left, ", ".join(left))


def check_self_test(checks: Checks, cage: Cage, display: str) -> None:
    """The program's own test, in a real window."""
    done = cage.run("--self-test", DISPLAY=display)
    for line in done.stdout.splitlines():
        print(f"      {line}")
    good = done.returncode == 0 and "PASS" in done.stdout and "FAIL" not in done.stdout
    checks.check("--self-test", good, done.stderr.strip()[-300:])


def check_troubles(checks: Checks, cage: Cage, display: str) -> None:
    """No display, no X server behind it, a missing library: one line that says so, status 1."""
    done = cage.run()
    checks.check("no display", done.returncode == 1 and one_line(done.stderr), done.stderr.strip())
    for name in ("libxcb.so.1", "libEGL.so.1", "libGL.so.1"):
        places = tuple(library_files(name))
        if not places:
            print(f"      {name} is not installed here")
            continue
        lacking = Cage(cage.install, cage.home, cage.hidden, without=places)
        done = lacking.run(DISPLAY=display, limit=60)
        good = done.returncode == 1 and one_line(done.stderr) and "apt" in done.stderr and name in done.stderr
        checks.check(f"missing {name}", good, done.stderr.strip()[-300:])


def library_files(name: str) -> Iterator[Path]:
    """Where the system's loader finds the library ``name``."""
    listed = subprocess.run(
        ["ldconfig", "-p"], capture_output=True, text=True, check=False, env={"PATH": "/sbin:/usr/sbin:/bin:/usr/bin"}
    )
    for line in listed.stdout.splitlines():
        if line.split(" ")[0].strip() == name and "=>" in line:
            yield Path(line.split("=>")[1].strip()).parent.resolve() / name


def children(parent: int) -> list[int]:
    """Numbers of the processes below ``parent``."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
            except OSError:
                continue
            found.setdefault(int(fields[1]), []).append(int(entry.name))
    below = found.get(parent, [])
    return below + [number for child in below for number in children(child)]


def loaded_from(number: int) -> set[str]:
    """The files that the process ``number`` has mapped."""
    try:
        lines = Path(f"/proc/{number}/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {fields[5] for line in lines if len(fields := line.split(None, 5)) == 6 and fields[5].startswith("/")}


def check_window(checks: Checks, cage: Cage, screen: Screen, pictures: Path) -> None:
    """The real window: opens, is painted, answers keys, starts its child process from the bundle, closes cleanly."""
    begun = time.monotonic()
    process = cage.start("--theme", "light", DISPLAY=screen.display)
    try:
        opened = screen.wait(lambda: screen.colours() > 40 or process.poll() is not None, 60) and process.poll() is None
        checks.check("a window opens", opened, f"{time.monotonic() - begun:.1f} s")
        if not opened:
            return
        window = ""

        def titled() -> bool:
            nonlocal window
            window = screen.tool("search", "--onlyvisible", "--name", "Gradwalk").split("\n")[0]
            return bool(window)

        screen.wait(titled, 20)
        title = screen.tool("getwindowname", window)
        checks.check("its title", "Gradwalk" in title, title)
        screen.tool("windowsize", window, "1500", "940")
        screen.tool("windowfocus", window)
        settled(screen)
        before = screen.pixels()
        screen.save(pictures / "opened.png")
        checks.check("the window is painted", screen.colours() > 60, f"{screen.colours()} colours")
        # A program is opened after its forward pass: its backward pass is yet to come.
        screen.tool("key", "Right")
        moved = screen.wait(lambda: screen.pixels() != before, 20)
        settled(screen)
        screen.save(pictures / "stepped.png")
        checks.check("Right goes on, and the picture changes", moved)
        below = children(process.pid)
        programs = {os.path.realpath(f"/proc/{number}/exe") for number in below}
        inside = bool(below) and all(Path(one).is_relative_to(cage.install) for one in programs)
        checks.check(
            "child processes run from the bundle",
            inside,
            f"{len(below)} {', '.join(sorted(programs - {str(cage.install)}))[-60:]}",
        )
        mapped = loaded_from(process.pid).union(*(loaded_from(number) for number in below))
        strange = [
            one
            for one in mapped
            if any(Path(one).is_relative_to(folder) for folder in cage.hidden) and not one.startswith("/dev")
        ]
        ours = [one for one in mapped if Path(one).is_relative_to(cage.install)]
        checks.check(
            "nothing is loaded from a checkout or a Python", not strange and len(ours) > 50, f"{len(ours)} files from the bundle"
        )
        screen.tool("key", "ctrl+q")
        closed = screen.wait(lambda: process.poll() is not None, 20)
        checks.check(
            "it closes with status 0 and leaves no process",
            closed and process.returncode == 0 and not alive(below),
            process.returncode,
        )
    finally:
        if process.poll() is None:
            process.kill()
        said = process.communicate()[1]
    checks.check("it printed no warning", not said.strip(), said.strip()[-300:])


def alive(numbers: list[int]) -> list[int]:
    """Those of ``numbers`` that still run, after giving them 3 seconds to end."""
    end = time.monotonic() + 3
    while (left := [number for number in numbers if Path(f"/proc/{number}").exists()]) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def settled(screen: Screen) -> None:
    """Wait until the picture stays the same for a second."""
    last, since, end = screen.pixels(), time.monotonic(), time.monotonic() + 25
    while time.monotonic() - since < 1 and time.monotonic() < end:
        time.sleep(0.1)
        if (now := screen.pixels()) != last:
            last, since = now, time.monotonic()


def check_homes(checks: Checks, cage: Cage, screen: Screen, work: Path, pictures: Path) -> None:
    """Windows with a home that cannot be written, and with files that are not there or not ours."""
    locked = work / "locked home"
    locked.mkdir()
    (work / "picture.py").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    trials: list[tuple[str, Cage, tuple[str, ...]]] = [
        ("home that cannot be written", Cage(cage.install, locked, cage.hidden, readonly=(locked,)), ()),
        ("home that is not there", Cage(cage.install, work / "no such home", cage.hidden, readonly=(work,)), ()),
        ("file that is not there", cage, (str(work / "nothing.py"),)),
        ("file that is not ours", cage, (str(work / "picture.py"),)),
    ]
    for name, place, arguments in trials:
        process = place.start(*arguments, DISPLAY=screen.display)
        try:
            opened = screen.wait(lambda running=process: screen.colours() > 40 or running.poll() is not None, 60)  # type: ignore[misc]
            settled(screen)
            good = opened and process.poll() is None
            screen.save(pictures / f"{name.replace(' ', '-')}.png")
        finally:
            process.kill()
            said = process.communicate()[1]
        if not good and process.returncode in (1, 2):
            good = one_line(said)
        checks.check(f"{name}: the window opens, or one line says why not", good and "Traceback" not in said, said.strip()[-200:])


def main() -> int:
    """Run all checks; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--pictures", type=Path, help="folder for the pictures of the window")
    options = parser.parse_args()
    if sys.platform != "linux":
        parser.error("this checks the Linux bundle")
    checks = Checks()
    work = Path(tempfile.mkdtemp(prefix="gradwalk-")).resolve()
    pictures = options.pictures or work / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    try:
        home = work / "a höme of Þóra"
        home.mkdir()
        folder = unpack(options.archive, work / "another plåce")
        number = folder.name.split("-")[1]
        checks.check("the archive unpacks to one folder", (folder / "gradwalk").is_file(), folder.name)
        check_files(checks, folder)
        cage = Cage(folder, home, tuple(hidden_folders(ROOT)))
        check_commands(checks, cage, work, number)
        recording = check_script(checks, cage, work)
        check_pythons(checks.check, cage, ROOT, work)
        with Screen() as screen:
            check_self_test(checks, cage, screen.display)
            check_troubles(checks, cage, screen.display)
            check_window(checks, cage, screen, pictures)
            check_dialog(checks.check, cage, screen, ROOT, work, pictures)
            check_association(checks, cage, screen, recording, pictures)
            check_homes(checks, cage, screen, work, pictures)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"\n{checks.passed} passed, {len(checks.failed)} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

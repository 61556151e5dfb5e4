"""Build the program as one folder that needs no Python, and an archive of it.

    python packaging/build.py [--output dist] [--no-archive]

Needs Gradwalk with its extra ``package`` in the environment that runs this. Everything is written under ``build/`` and the output
folder, neither of which is tracked. The times in the archive are the last commit's, or SOURCE_DATE_EPOCH where that is set.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import time
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

import parts  # noqa: E402
import sizes  # noqa: E402

SYSTEMS = {"linux": "linux", "win32": "windows", "darwin": "macos"}
MACHINES = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}


def version() -> str:
    """The version in pyproject.toml, which must be the installed one: the bundle carries the installed metadata."""
    stated = str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
    try:
        found = installed("gradwalk")
    except PackageNotFoundError:
        raise SystemExit("Gradwalk is not installed in this environment: run  pip install '.[package]'") from None
    if found != stated:
        raise SystemExit(f"Gradwalk {found} is installed here, and pyproject.toml says {stated}: run  pip install '.[package]'")
    return stated


def bundle_name(number: str) -> str:
    """Name of the folder and of the archive without its ending."""
    machine = platform.machine().lower()
    return f"gradwalk-{number}-{SYSTEMS[sys.platform]}-{MACHINES.get(machine, machine)}"


def archive_time() -> int:
    """Seconds since 1970 for all files of the archive: SOURCE_DATE_EPOCH, else the last commit's time, else that of this file."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        return int(os.environ["SOURCE_DATE_EPOCH"])
    try:
        done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
        return int(done.stdout)
    except (OSError, ValueError):
        return int(Path(__file__).stat().st_mtime)


def install(target: Path) -> None:
    """Write the package into the folder ``target`` as it would be installed, which is not how it lies in a checkout."""
    command = [sys.executable, "-W", "ignore", "setup.py", "--quiet", "build_py", "--build-lib", str(target)]
    subprocess.run(command, cwd=ROOT, check=True)


def prepare(work: Path) -> None:
    """Make what the spec reads: the package, icons and the list of modules that programs need."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import pictures

    pictures.write(ROOT / "resources" / "icons", work)
    install(work / "installed")
    command = [sys.executable, "-W", "ignore", str(HERE / "probe.py")]
    done = subprocess.run(command, cwd=work, stdout=subprocess.PIPE, text=True, check=True)
    (work / "needed.json").write_text(json.dumps(json.loads(done.stdout.splitlines()[-1])), encoding="utf-8")


def freeze(work: Path, number: str) -> Path:
    """Run PyInstaller; the folder it made (on macOS the .app beside it)."""
    environment = os.environ | {"GRADWALK_BUILD": str(work), "GRADWALK_VERSION": number, "PYTHONHASHSEED": "1"}
    environment["PYTHONWARNINGS"] = "ignore"
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(work / "dist"), "--workpath", str(work / "work"), str(HERE / "gradwalk.spec")]
    subprocess.run(command, cwd=work, env=environment, check=True)
    return work / "dist" / "gradwalk"


def finish(folder: Path, work: Path) -> None:
    """Put in what lies beside the program: licences, and on Linux the desktop file with its icons."""
    target = folder / "licences"
    target.mkdir()
    for name in ("LGPL-3.0.txt", "GPL-3.0.txt", "qt-notice.txt"):
        shutil.copy(HERE / "texts" / name, target)
    shutil.copy(ROOT / "LICENSE", target / "Gradwalk.txt")
    shutil.copy(work / "THIRD-PARTY-LICENCES.txt", folder)
    if sys.platform == "linux":
        shutil.copytree(work / "icons", folder / "desktop" / "icons")
        shutil.copy(ROOT / "resources" / "icons" / "icon.svg", folder / "desktop" / "icons" / "gradwalk.svg")
        for name in ("gradwalk.desktop", "gradwalk.xml"):
            shutil.copy(HERE / "linux" / name, folder / "desktop")
        shutil.copy(HERE / "linux" / "install-desktop.sh", folder)
        (folder / "install-desktop.sh").chmod(0o755)
    shutil.copy(HERE / "texts" / "README.txt", folder)


def verify(folder: Path, work: Path) -> None:
    """Stop if the folder holds a file that was not attributed to a work and its licence."""
    contents = json.loads((work / "contents.json").read_text(encoding="utf-8"))
    own = {"gradwalk", "gradwalk.exe", "gradwalk-console.exe", "base_library.zip"}
    strange = [
        name
        for path in (folder / "_internal").rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and (name := path.relative_to(folder / "_internal").as_posix()) not in contents["files"]
        and name not in own
    ]
    if strange:
        raise SystemExit("these files have no known origin:\n" + "\n".join(strange[:20]))


def pack(folder: Path, stamp: int) -> Path:
    """The archive beside ``folder``: .zip on Windows, .tar.gz elsewhere; the same files give the same bytes."""
    entries = sorted(folder.rglob("*"))
    if sys.platform == "win32":
        target = folder.with_name(folder.name + ".zip")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for path in entries:
                if path.is_file():
                    info = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", time.gmtime(stamp)[:6])
                    info.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(info, path.read_bytes())
        return target

    def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mtime = stamp
        info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
        return info

    target = folder.with_name(folder.name + ".tar.gz")
    with target.open("wb") as raw, compressor(raw) as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        archive.add(folder, folder.name, recursive=False, filter=plain)
        for path in entries:
            archive.add(path, f"{folder.name}/{path.relative_to(folder).as_posix()}", recursive=False, filter=plain)
    return target


def compressor(raw: IO[bytes]) -> gzip.GzipFile:
    """A gzip stream without name and time."""
    return gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0)


def main() -> None:
    """Build, check, measure, pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for the result (default: dist)")
    parser.add_argument("--no-archive", action="store_true", help="only the folder")
    options = parser.parse_args()
    begun = time.monotonic()
    number = version()
    work = ROOT / "build" / "package"
    prepare(work)
    folder = freeze(work, number)
    app = folder.with_name("Gradwalk.app")
    if sys.platform == "darwin":
        # The folder that the .app was made from is not shipped.
        verify(folder, work)
        shutil.rmtree(folder)
        folder.mkdir()
        app.rename(folder / app.name)
    else:
        verify(folder, work)
    finish(folder, work)
    output = options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    target = output / bundle_name(number)
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(folder, target)
    table, total = sizes.table(target)
    print(table)
    if total > parts.LARGEST:
        raise SystemExit(f"the bundle has {total / 1e6:.0f} MB, more than {parts.LARGEST / 1e6:.0f}")
    if not options.no_archive:
        archive = pack(target, archive_time())
        print(f"{archive}  {archive.stat().st_size / 1e6:.0f} MB")
    print(f"{target}  {total / 1e6:.0f} MB, built in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()

"""What the packaged executable is made by, as far as that needs no build; ``.ci/package`` builds and checks it."""

from __future__ import annotations

import configparser
import importlib
import io
import json
import os
import plistlib
import struct
import subprocess
import sys
import tarfile
import xml.etree.ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports a module of ``packaging/``, which is a folder of scripts and no package."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    yield importlib.import_module
    for name in (path.stem for path in PACKAGING.glob("*.py")):
        if str(PACKAGING) in str(getattr(sys.modules.get(name), "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("torch/lib/libtorch_cpu.so", True),
        ("torch/bin/torch_shm_manager", True),
        ("torch/bin/test_api", False),
        ("torch/bin/protoc", False),
        ("torch/include/ATen/ATen.h", False),
        ("torch/nn/modules/linear.py", True),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/plugins/platforms/qwindows.dll", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", False),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("PySide6/Qt/lib/libQt6XcbQpa.so.6", True),
        ("PySide6/Qt/lib/libQt6Quick.so.6", False),
        ("PySide6/Qt6Gui.dll", True),
        ("PySide6/Qt6Qml.dll", False),
        ("PySide6/Qt/lib/QtGui.framework/Versions/A/QtGui", True),
        ("PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml", False),
        ("PySide6/QtWidgets.abi3.so", True),
        ("PySide6/QtNetwork.abi3.so", False),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("sklearn/datasets/data/iris.csv", True),
        ("sklearn/datasets/images/china.jpg", False),
        ("scipy/linalg/tests/data.npz", False),
        ("latex2mathml/unimathsymbols.txt", True),
        ("gradwalk/resources/examples/gradients/cubic.py", True),
    ],
)
def test_which_files_are_shipped(load: Any, name: str, kept: bool) -> None:
    assert load("parts").shipped(name) is kept


def test_every_qt_module_that_the_program_imports_is_shipped(load: Any) -> None:
    code = (
        "import sys, pyqtgraph, gui.window.main_window, gui.app, pkgutil, importlib, gui\n"
        "for found in pkgutil.walk_packages(gui.__path__, 'gui.'): importlib.import_module(found.name)\n"
        "print(*(name.split('.')[1] for name in sys.modules if name.startswith('PySide6.Qt')))"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= set(load("parts").QT_MODULES)


def test_of_large_packages_only_what_is_needed_is_shipped(load: Any) -> None:
    shipped, needed = load("parts").module_shipped, {"torch._inductor.config", "torch.distributed.fsdp.api"}
    assert shipped("torch._inductor", needed)
    assert shipped("torch._inductor.config", needed)
    assert not shipped("torch._inductor.codegen.cpp", needed)
    assert shipped("torch.distributed.fsdp", needed)
    assert not shipped("torch.distributed.pipelining", needed)
    assert shipped("torch.nn.modules.linear", needed)
    assert not shipped("sympy.core.tests.test_expr", needed)


def test_only_the_outermost_modules_are_left_out(load: Any, tmp_path: Path) -> None:
    names = ("__init__", "nn/__init__", "_inductor/__init__", "_inductor/config", "_inductor/mm/__init__", "_inductor/mm/cpu")
    for name in names:
        (tmp_path / "torch" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "torch" / f"{name}.py").touch()
    found = load("parts").left_out(tmp_path / "torch", {"torch._inductor.config"})
    assert found == ["torch._inductor.mm"]


def test_a_library_stays_when_a_shipped_one_links_to_it(load: Any) -> None:
    links = {"plugin": {"libxcb-cursor.so.0"}, "cursor": {"libxcb-util.so.1", "libc.so.6"}, "gtk": {"libpango.so.0"}}
    files = {
        "PySide6/Qt/plugins/platforms/libqxcb.so": "plugin",
        "libxcb-cursor.so.0": "cursor",
        "libxcb-util.so.1": "util",
        "libgtk-3.so.0": "gtk",
        "libpango.so.0": "pango",
    }
    kept = load("parts").linked(files, lambda source: links.get(source, set()))
    assert set(files) - kept == {"libgtk-3.so.0", "libpango.so.0"}


def test_the_standard_library_is_there_for_programs(load: Any) -> None:
    names = load("parts").standard_library()
    assert {"dataclasses", "json", "random", "statistics", "sqlite3", "unittest", "timeit", "difflib"} <= set(names)
    assert not {"tkinter", "readline", "idlelib", "_thread"} & set(names)


def test_each_shipped_file_has_an_owner(load: Any, tmp_path: Path) -> None:
    import numpy
    import torch

    licences = load("licences")
    (tmp_path / "strange.bin").write_bytes(b"?")
    owners = licences.Owners(ROOT, tmp_path / "work")
    owned = {
        "torch": owners.owner("torch/__init__.py", torch.__file__),
        "numpy": owners.owner("numpy/__init__.py", numpy.__file__),
        "Python": owners.owner("json", json.__file__),
        "Gradwalk": owners.owner("main", str(ROOT / "main.py")),
        "Inter (font)": owners.owner("font", str(ROOT / "resources" / "fonts" / "Inter-Bold.otf")),
    }
    assert {name: piece.name for name, piece in owned.items()} == {name: name for name in owned}
    assert all(len(piece.text) > 500 for piece in owned.values())
    assert owned["Inter (font)"].licence == "OFL-1.1"
    with pytest.raises(licences.UnknownOwner, match=r"strange\.bin"):
        owners.owner("strange.bin", str(tmp_path / "strange.bin"))


def test_a_font_of_unknown_licence_stops_the_build(load: Any, tmp_path: Path) -> None:
    licences = load("licences")
    (tmp_path / "Unheard-Bold.ttf").write_bytes(b"?")
    with pytest.raises(licences.UnknownOwner, match="Unheard"):
        licences.Owners(ROOT, tmp_path).owner("x", str(tmp_path / "Unheard-Bold.ttf"))


def test_qt_comes_with_the_terms_of_its_licence(load: Any) -> None:
    import PySide6

    licences = load("licences")
    piece = licences.Owners(ROOT, ROOT / "build" / "nothing").owner("PySide6/__init__.py", str(PySide6.__file__))
    assert piece.licence == "LGPL-3.0-only"
    parts = ("GNU LESSER GENERAL PUBLIC LICENSE", "GNU GENERAL PUBLIC LICENSE", "replace them by versions of your own")
    assert [part for part in parts if part not in piece.text] == []


def test_licences_are_read_as_they_are_written(load: Any) -> None:
    licences = load("licences")
    piece = licences.Piece("a", "1", "MIT", "https://example.org", "the text", "Python package")
    piece.add("a/b.py")
    (entry,) = json.loads(licences.to_json([piece]))
    assert entry["name"] == "a" and entry["text"] == "the text" and entry["files"] == 1 and entry["examples"] == ["a/b.py"]
    assert "the text" in licences.to_text([piece])
    assert licences.licence_texts([("one", "same  text"), ("two", "same text\n")]).count("text") == 1


def test_icons_hold_every_size(load: Any, tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    pictures = load("pictures")
    pictures.write(ROOT / "resources" / "icons", tmp_path)
    for size in pictures.PNG_SIZES:
        image = QImage(str(tmp_path / "icons" / f"gradwalk-{size}.png"))
        assert (image.width(), image.height()) == (size, size)
        assert len({image.pixel(x, y) for x in range(0, size, 3) for y in range(0, size, 3)}) > 2
    data = (tmp_path / "gradwalk.ico").read_bytes()
    assert struct.unpack("<HHH", data[:6]) == (0, 1, len(pictures.ICO_SIZES))
    length, place = struct.unpack("<II", data[14:22])
    assert data[place : place + 8] == b"\x89PNG\r\n\x1a\n" and place + length <= len(data)
    data = (tmp_path / "gradwalk.icns").read_bytes()
    assert data[:4] == b"icns" and struct.unpack(">I", data[4:8])[0] == len(data)


@pytest.mark.skipif(sys.platform == "win32", reason="a zip file there")
def test_the_archive_is_the_same_for_the_same_files(load: Any, tmp_path: Path) -> None:
    build = load("build")
    packed = []
    for name in ("one", "two"):
        folder = tmp_path / name / "gradwalk-1.0-linux-x86_64"
        folder.mkdir(parents=True)
        (folder / "gradwalk").write_text("program")
        (folder / "gradwalk").chmod(0o755)
        (folder / "data").write_text("data")
        (folder / "link").symlink_to("data")
        os.utime(folder / "data", (len(packed), len(packed)))
        packed.append(build.pack(folder, 1_700_000_000).read_bytes())
    assert packed[0] == packed[1]
    with tarfile.open(fileobj=io.BytesIO(packed[0])) as archive:
        entries = {entry.name: entry for entry in archive}
    assert set(entries) == {f"gradwalk-1.0-linux-x86_64{end}" for end in ("", "/gradwalk", "/data", "/link")}
    assert entries["gradwalk-1.0-linux-x86_64/gradwalk"].mode == 0o755
    assert entries["gradwalk-1.0-linux-x86_64/link"].issym()


def test_sizes_add_up(load: Any, tmp_path: Path) -> None:
    (tmp_path / "_internal" / "torch" / "lib").mkdir(parents=True)
    (tmp_path / "_internal" / "torch" / "lib" / "libtorch.so").write_bytes(b"x" * 2_000_000)
    (tmp_path / "gradwalk").write_bytes(b"x" * 500_000)
    (tmp_path / "link").symlink_to("gradwalk")
    text, total = load("sizes").table(tmp_path)
    assert total == 2_500_000
    assert "| PyTorch: libraries | 2.0 |" in text and "| **together** | **2.5** |" in text


def test_the_desktop_file_takes_nothing_over() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(PACKAGING / "linux" / "gradwalk.desktop", encoding="utf-8")
    entry = parser["Desktop Entry"]
    assert entry["MimeType"].strip(";").split(";") == ["text/x-python", "application/x-gradwalk"]
    script = (PACKAGING / "linux" / "install-desktop.sh").read_text(encoding="utf-8")
    assert [line.split()[-1] for line in script.splitlines() if "xdg-mime default" in line and "text/x-python" in line] == []
    root = xml.etree.ElementTree.parse(PACKAGING / "linux" / "gradwalk.xml").getroot()
    (kind,) = root
    assert kind.attrib["type"] == "application/x-gradwalk"


@pytest.mark.skipif(sys.platform != "linux", reason="for Linux desktops")
def test_the_menu_entry_is_put_in_and_taken_out(load: Any, tmp_path: Path) -> None:
    folder = tmp_path / 'a földer with $signs % "quotes"'
    load("pictures").write(ROOT / "resources" / "icons", folder / "desktop")
    for name in ("gradwalk.desktop", "gradwalk.xml"):
        (folder / "desktop" / name).write_bytes((PACKAGING / "linux" / name).read_bytes())
    (folder / "desktop" / "icons" / "gradwalk.svg").write_bytes((ROOT / "resources" / "icons" / "icon.svg").read_bytes())
    (folder / "install-desktop.sh").write_bytes((PACKAGING / "linux" / "install-desktop.sh").read_bytes())
    (folder / "gradwalk").write_text("#!/bin/sh\n")
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "XDG_DATA_HOME": str(tmp_path / "data")}
    command = ["sh", str(folder / "install-desktop.sh")]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    written = (tmp_path / "data" / "applications" / "gradwalk.desktop").read_text(encoding="utf-8")
    line = next(line for line in written.splitlines() if line.startswith("Exec="))
    # A desktop reads the value's own escapes first, then the quoting of the argument.
    value = line.removeprefix("Exec=").replace("\\\\", "\\")
    argument = value.removeprefix('"').removesuffix('" %f')
    for sign in '"`$\\':
        argument = argument.replace(f"\\{sign}", sign)
    assert argument.replace("%%", "%") == str(folder / "gradwalk")
    assert (tmp_path / "data" / "icons" / "hicolor" / "48x48" / "apps" / "gradwalk.png").is_file()
    subprocess.run([*command, "--remove"], env=environment, check=True, capture_output=True, timeout=60)
    left = [path for path in (tmp_path / "data").rglob("gradwalk*") if path.is_file()]
    assert left == []


def test_the_macos_document_types_can_be_written(load: Any) -> None:
    text = (PACKAGING / "gradwalk.spec").read_text(encoding="utf-8")
    start = text.index("info_plist=") + len("info_plist=")
    found = eval(text[start : text.index("\n    )\n", start)].rstrip().rstrip(","))
    assert plistlib.dumps(found)
    ranks = {kind["CFBundleTypeName"]: kind["LSHandlerRank"] for kind in found["CFBundleDocumentTypes"]}
    assert ranks == {"Gradwalk recording": "Owner", "Python program": "Alternate"}


@pytest.mark.parametrize("name", ["build.py", "check_bundle.py", "start_up.py"])
def test_scripts_tell_their_use(name: str, tmp_path: Path) -> None:
    command = [sys.executable, str(PACKAGING / name), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout

"""Whose each shipped file is, and under which licence: found out from the files themselves, never from a list kept by hand.

A file comes from this checkout, from an installed distribution (which records its files), from Python, or from a package of the
system (which Debian's package manager knows). A file that is none of these stops the build.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from gui.window.dialogs.licences import terms_in

HERE = Path(__file__).resolve().parent
TEXTS = HERE / "texts"
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|copyright|authors)", re.IGNORECASE)
QT = ("pyside6-essentials", "pyside6", "shiboken6")
OWN = "gradwalk"
FONT_FILES = (".ttf", ".otf")
FONTS = {
    "Inter": ("OFL-1.1", "https://rsms.me/inter/"),
    "JetBrainsMono": ("OFL-1.1", "https://www.jetbrains.com/lp/mono/"),
    "STIXTwoMath": ("OFL-1.1", "https://www.stixfonts.org"),
    "DejaVuSans": ("Bitstream-Vera", "https://dejavu-fonts.github.io"),
}
"""Licence and home page of each font family; its text is in resources/fonts or in texts/."""
CLEARER = {"pyinstaller": "GPL-2.0-or-later WITH Bootloader-exception"}
"""Licences whose statement in the metadata leaves out what matters here."""


class UnknownOwner(Exception):
    """A shipped file that belongs to nothing known, or something known without a licence text."""


@dataclass
class Piece:
    """One work in the bundle, with the terms it comes under."""

    name: str
    version: str
    licence: str
    homepage: str
    text: str
    kind: str
    files: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, place: str) -> None:
        """Count the file ``place`` of the bundle."""
        self.files += 1
        if len(self.examples) < 3:
            self.examples.append(place)


def normal(name: str) -> str:
    """A distribution's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


class Owners:
    """Finds the work that a file belongs to.

    Parameters
    ----------
    root : Path
        The checkout.
    work : Path
        Folder of files made during the build: ours, or PyInstaller's.
    """

    def __init__(self, root: Path, work: Path) -> None:
        self._root, self._work = root.resolve(), work.resolve()
        self._found: dict[str, Piece] = {}
        self._by_file: dict[str, Distribution] = {}
        self._by_folder: dict[str, Distribution] = {}
        for distribution in distributions():
            base = str(Path(str(distribution.locate_file(""))).resolve())
            for entry in distribution.files or ():
                self._by_file[os.path.normpath(os.path.join(base, entry))] = distribution  # noqa: PTH118  thousands of files
                if len(entry.parts) > 1 and not entry.parts[0].startswith("."):
                    self._by_folder[f"{base}{os.sep}{entry.parts[0]}"] = distribution
        self._standard = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")]
        self._standard.append(Path(sys.base_prefix).resolve())

    def owner(self, place: str, source: str) -> Piece:
        """The work that the file ``source`` belongs to, which becomes ``place`` in the bundle.

        Raises
        ------
        UnknownOwner
            If nothing known has that file, or its licence has no text.
        """
        path = Path(source).resolve()
        piece = self._owner(path)
        piece.add(place)
        return piece

    def _owner(self, path: Path) -> Piece:
        if path.suffix.lower() in FONT_FILES or path.parent == self._root / "resources" / "fonts":
            family = path.stem.split("-")[0]
            return self._once(f"font {family}", lambda: of_font(self._root, family))
        distribution = self._by_file.get(str(path)) or self._by_folder.get(str(self._top_folder(path)))
        if distribution is not None and normal(distribution.name) != OWN:
            return self._once(normal(distribution.name), lambda: of_distribution(distribution))
        if path.is_relative_to(self._work):
            return self.python if "localpycs" in path.parts or path.name == "base_library.zip" else self.own
        if path.is_relative_to(self._root):
            return self.own
        if distribution is not None:
            return self.own
        if any(path.is_relative_to(folder) for folder in self._standard) and "site-packages" not in path.parts:
            return self.python
        return self._system(path)

    def _top_folder(self, path: Path) -> Path | None:
        parts = path.parts
        for name in ("site-packages", "dist-packages"):
            if name in parts:
                return Path(*parts[: parts.index(name) + 2])
        return None

    def _once(self, key: str, make: Any) -> Piece:
        if key not in self._found:
            self._found[key] = make()
        return self._found[key]

    @property
    def python(self) -> Piece:
        """Python itself and its standard library."""
        return self._once("python", of_python)

    @property
    def own(self) -> Piece:
        """Gradwalk."""
        return self._once(OWN, lambda: of_gradwalk(self._root))

    def bootloader(self) -> Piece:
        """The start program that PyInstaller puts before ours."""
        for distribution in distributions():
            if normal(distribution.name) == "pyinstaller":
                return self._once("pyinstaller", functools.partial(of_distribution, distribution))
        raise UnknownOwner("PyInstaller is not installed")

    def _system(self, path: Path) -> Piece:
        package = debian_package(path)
        if package is None:
            raise UnknownOwner(f"nothing known has the file {path}")
        return self._once(f"debian {package}", lambda: of_debian(package))

    def pieces(self) -> list[Piece]:
        """All works found so far, ours first, the others by name."""
        return sorted(self._found.values(), key=lambda piece: (piece.name != "Gradwalk", piece.name.lower()))


def licence_texts(files: Iterable[tuple[str, str]]) -> str:
    """One text of several (name, text); equal ones are written once, under all their names."""
    by_text: dict[str, tuple[list[str], str]] = {}
    for name, text in files:
        key = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
        by_text.setdefault(key, ([], text))[0].append(name)
    if len(by_text) == 1:
        return next(iter(by_text.values()))[1].strip() + "\n"
    return "\n".join(f"==== {', '.join(names)}\n\n{text.strip()}\n" for names, text in by_text.values())


def of_distribution(distribution: Distribution) -> Piece:
    """A Python distribution, with every licence file that it installs beside its metadata."""
    fields: Any = distribution.metadata
    found = []
    for entry in distribution.files or ():
        inside = next((index for index, part in enumerate(entry.parts) if part.endswith(".dist-info")), None)
        if inside is None or not LICENCE_FILE.search("/".join(entry.parts[inside + 1 :])):
            continue
        text = terms_in(Path(str(distribution.locate_file(entry))))
        if text is not None:
            found.append(("/".join(entry.parts[inside + 1 :]).removeprefix("licenses/"), text))
    key = normal(distribution.name)
    if key in QT:
        found += [(name, (TEXTS / name).read_text("utf-8")) for name in ("qt-notice.txt", "LGPL-3.0.txt", "GPL-3.0.txt")]
    elif not found and (TEXTS / f"{key}.txt").exists():
        found.append((f"{key}.txt", (TEXTS / f"{key}.txt").read_text("utf-8")))
    if not found:
        raise UnknownOwner(f"{distribution.name} {distribution.version} comes without its licence; put the text into texts/")
    licence = "LGPL-3.0-only" if key in QT else CLEARER.get(key) or stated_licence(fields)
    return Piece(
        distribution.name, distribution.version, licence, homepage(fields), licence_texts(sorted(found)), "Python package"
    )


def stated_licence(fields: Any) -> str:
    """The licence as the metadata state it: an expression, a short name, or the classifiers."""
    for name in ("License-Expression", "License"):
        text = str(fields.get(name) or "").strip()
        if text and text != "UNKNOWN" and "\n" not in text and len(text) < 100 and not text.startswith("Copyright"):
            return text
    classifiers = [str(one) for one in fields.get_all("Classifier") or ()]
    named = [one.rsplit("::", 1)[-1].strip() for one in classifiers if one.startswith("License ::")]
    return ", ".join(named) or "see the text"


def homepage(fields: Any) -> str:
    """The address of a distribution's home page, or of its source; empty if none is stated."""
    urls = dict(str(one).split(", ", 1) for one in fields.get_all("Project-URL") or () if ", " in str(one))
    lower = {name.lower(): url for name, url in urls.items()}
    first = str(fields.get("Home-page") or "")
    return first or next((lower[name] for name in ("homepage", "source", "repository", "source code") if name in lower), "")


def of_python() -> Piece:
    """Python, with the licence file of the installation that the bundle is built with."""
    base = Path(sys.base_prefix)
    standard = Path(sysconfig.get_path("stdlib"))
    number = f"{sys.version_info.major}.{sys.version_info.minor}"
    debian = Path(f"/usr/share/doc/python{number}/copyright")
    for place in (standard / "LICENSE.txt", base / "LICENSE.txt", base / "LICENSE", debian):
        if place.is_file():
            version = ".".join(str(part) for part in sys.version_info[:3])
            return Piece("Python", version, "PSF-2.0", "https://www.python.org", place.read_text("utf-8", "replace"), "Python")
    raise UnknownOwner("this Python comes without the text of its licence")


def of_gradwalk(root: Path) -> Piece:
    """Gradwalk itself."""
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return Piece("Gradwalk", project["version"], "MIT", "", (root / "LICENSE").read_text("utf-8"), "Gradwalk")


def of_font(root: Path, family: str) -> Piece:
    """A font family, which may come with a Python package that says nothing about it."""
    for folder in (root / "resources" / "fonts", TEXTS):
        text = folder / f"{family}-LICENSE.txt"
        if family in FONTS and text.is_file():
            licence, page = FONTS[family]
            return Piece(f"{family} (font)", "", licence, page, text.read_text("utf-8"), "font")
    raise UnknownOwner(f"the licence of the font {family} is not known; state it in FONTS, and put its text into texts/")


@functools.cache
def debian_package(path: Path) -> str | None:
    """Name of the Debian package that installed ``path``; None where there is none, or no such package manager."""
    places = {path, *(Path("/usr") / path.relative_to("/") for _ in (0,) if path.is_absolute() and path.anchor == "/")}
    if path.is_relative_to("/usr"):
        places.add(Path("/") / path.relative_to("/usr"))
    for place in sorted(places):
        try:
            done = subprocess.run(["dpkg-query", "-S", str(place)], capture_output=True, text=True, check=False)
        except OSError:
            return None
        if done.returncode == 0:
            return done.stdout.split(": ")[0].split(",")[0].strip()
    return None


def of_debian(package: str) -> Piece:
    """A Debian package, with its copyright file and the common licences that this refers to."""
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}\n${Homepage}\n", package], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    name = package.split(":")[0]
    copyright_file = Path("/usr/share/doc") / name / "copyright"
    if not copyright_file.is_file():
        raise UnknownOwner(f"the system's package {package} has no copyright file")
    text = copyright_file.read_text("utf-8", "replace")
    licences = list(dict.fromkeys(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("License:")))
    found = [("notice", (TEXTS / "system-notice.txt").read_text("utf-8")), ("copyright", text)]
    for common in sorted(set(re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])", text))):
        place = Path("/usr/share/common-licenses") / common
        if place.is_file():
            found.append((common, place.read_text("utf-8", "replace")))
    return Piece(name, shown[0], ", ".join(licences) or "see the text", shown[1], licence_texts(found), "system library")


def attribute(contents: Mapping[str, Mapping[str, str]], root: Path, work: Path) -> list[Piece]:
    """The works that ``contents`` (modules, files and scripts of the bundle, each with its source) consist of.

    Raises
    ------
    UnknownOwner
        If a file's owner or an owner's licence is not known; names all such files.
    """
    owners = Owners(root, work)
    problems = []
    owners.bootloader().add("gradwalk")
    owners.python.add("base_library.zip")
    for group in ("files", "modules", "scripts"):
        for place, source in contents[group].items():
            if not source or source == "-":
                continue
            try:
                owners.owner(place, source)
            except UnknownOwner as problem:
                problems.append(f"{place}: {problem}")
    if problems:
        raise UnknownOwner("\n".join(dict.fromkeys(problems)))
    return owners.pieces()


def to_json(pieces: Iterable[Piece]) -> str:
    """What the program reads as ``gradwalk/resources/licences.json``."""
    return json.dumps([vars(piece) for piece in pieces], ensure_ascii=False, indent=1) + "\n"


def to_text(pieces: Iterable[Piece]) -> str:
    """The same for people: a table of contents, then every text."""
    listed = list(pieces)
    head = "What this copy of Gradwalk consists of, and the licence of each part. Generated from the files of this bundle.\n\n"
    width = max(len(piece.name) for piece in listed)
    lines = [f"{one.name:<{width}}  {one.version:<24} {one.licence[:80]:<80} {one.homepage}".rstrip() for one in listed]
    rule = "=" * 100
    texts = [f"{rule}\n{one.name} {one.version}\n{one.licence}\n{one.homepage}\n{rule}\n\n{one.text}" for one in listed]
    return head + "\n".join(lines) + "\n\n" + "\n".join(texts)

"""What this copy of Gradwalk consists of, and under which terms, as read from the files, never from a list kept by hand."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import resources

BUNDLE = "licences.json"
"""In the packaged executable: a list of everything in it, made when it was built."""
OWN = "gradwalk"
_ROOT = Path(resources.__file__ or "").parents[1]
"""The folder of the source, if Gradwalk runs from there."""
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_TEXT = re.compile(r"(?:^|/)(?:licen[cs]es?|copying|notice)[^/]*$|/licen[cs]es/[^/]+$", re.IGNORECASE)
_FONT = "-LICENSE.txt"
_NO_TERMS = frozenset(
    """
    .py .pyi .pyc .pyo .pyd .pyx .so .dll .dylib .c .h .cc .cpp .hpp .js .json .toml .yaml .yml .css .png .svg .gif .jpg
    .ico .gz .zip
""".split()
)
"""Endings of files that may be called ``licences`` and hold no terms: a module of that name, its bytecode."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Work:
    """One work that is shipped, or installed beside the source; ``text`` holds its terms, or nothing if it brings none."""

    name: str
    version: str
    licence: str
    homepage: str
    text: str


def terms_in(path: Path) -> str | None:
    """The text of a file of terms; None for program code, compiled or not, and for anything that is not text."""
    if path.suffix.lower() in _NO_TERMS or "__pycache__" in path.parts or not path.is_file():
        return None
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text) else text
    return None


def is_bundle() -> bool:
    """Whether this is the packaged executable."""
    try:
        resources.read_bytes(BUNDLE)
    except FileNotFoundError:
        return False
    return True


def works() -> list[Work]:
    """Every work in the packaged executable; when run from the source, Gradwalk, its fonts, and the packages that it needs."""
    if not is_bundle():
        return [*_installed(), *_fonts()]
    names = ("name", "version", "licence", "homepage", "text")
    return [Work(*(str(item[name]) for name in names)) for item in json.loads(resources.read_text(BUNDLE))]


def _fonts() -> Iterator[Work]:
    for name in resources.names("fonts", _FONT):
        family = name.removeprefix("fonts/").removesuffix(_FONT)
        yield Work(f"{family} (font)", "", "OFL-1.1", "", resources.read_text(name))


def _installed() -> list[Work]:
    """Gradwalk's own distribution, and all that it requires, in the order of their names.

    A checkout that is not installed has none: there its ``pyproject.toml`` says what it is and requires.
    """
    found: dict[str, Work] = {}
    try:
        distribution(OWN)
        first, waiting = None, [OWN]
    except PackageNotFoundError:
        first, waiting = _checkout(_ROOT)
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            held = distribution(name)
        except PackageNotFoundError:
            continue
        found[key] = _work(held)
        waiting += _required(held.requires or ())
    first = found.pop(OWN, first)
    return [*([first] if first is not None else []), *(work for _, work in sorted(found.items()))]


def _checkout(root: Path) -> tuple[Work | None, list[str]]:
    """Gradwalk as the folder of its source describes it, and the names of what it requires."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
        terms = (root / "LICENSE").read_text("utf-8")
    except (OSError, ValueError, KeyError):
        return None, []
    own = Work(str(project["name"]), str(project["version"]), str(project["license"]), "", terms)
    return own, list(_required(project["dependencies"]))


def _required(lines: Iterable[str]) -> Iterator[str]:
    """Names of requirements that belong to no extra; what only other systems need is not installed, and so left out."""
    for line in lines:
        name = _NAME.match(line)
        if name is not None and "extra ==" not in line:
            yield name.group()


def _work(held: Distribution) -> Work:
    def said(field: str) -> list[str]:
        return [str(item).strip() for item in held.metadata.get_all(field) or ()]

    classes = [item.rpartition(" :: ")[2] for item in said("Classifier") if item.startswith("License ::")]
    short = [item for item in said("License") if item and "\n" not in item]
    stated = next(iter(said("License-Expression")), "") or ", ".join(classes) or next(iter(short), "see the text")
    files = [Path(str(file.locate())) for file in held.files or () if _TEXT.search(str(file))]
    texts = [text for text in map(terms_in, files) if text is not None]
    homes = [*said("Home-page"), *(item.rpartition(", ")[2] for item in said("Project-URL"))]
    return Work(held.metadata["Name"], held.version, stated, next(iter(homes), ""), "\n\n".join(dict.fromkeys(texts)))

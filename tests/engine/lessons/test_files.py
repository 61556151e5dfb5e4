"""Lessons in files: what is read of a zip that somebody else packed, and what of it is refused."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from engine.lessons import files
from engine.lessons.endings import is_lesson
from engine.lessons.files import LessonFileError, read_sources

TEXT = "---\ntitle: A\n---\n# One\n\ntext\n"


def _zip(path: Path, contents: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def test_a_zip_has_lessons_with_the_pictures_beside_them(tmp_path: Path) -> None:
    contents = {"b.md": b"B", "a/a.md": TEXT.encode(), "a/p/one.png": b"1", "two.png": b"2", "notes.txt": b"no"}
    first, second = read_sources(_zip(tmp_path / "class.gradlesson.zip", contents))
    assert (first.name, first.text, dict(first.pictures)) == ("a", TEXT, {"p/one.png": b"1"})
    assert first.file == f"{tmp_path}/class.gradlesson.zip/a/a.md"
    assert set(second.pictures) == {"two.png", "a/p/one.png"}
    assert [one.name for one in tmp_path.iterdir()] == ["class.gradlesson.zip"], "nothing was unpacked"


def test_progress_is_kept_by_name_and_text(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    one, other = tmp_path / "a.md", tmp_path / "x" / "a.md"
    one.write_text(TEXT, encoding="utf-8")
    other.write_text(TEXT + "more\n", encoding="utf-8")
    keys = {read_sources(file)[0].key for file in (one, other)}
    assert len(keys) == 2 and all(key.startswith("a ") for key in keys)


def _linked(path: Path) -> None:
    entry = zipfile.ZipInfo("a.md")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")


def _encrypted(path: Path) -> None:
    data = bytearray(_zip(path, {"a.md": TEXT.encode()}).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))


def _torn(path: Path) -> None:
    data = bytearray(_zip(path, {"a.md": TEXT.encode() * 9}).read_bytes())
    data[40:60] = bytes(20)
    path.write_bytes(bytes(data))


def _cut(path: Path) -> None:
    data = _zip(path, {"a.md": TEXT.encode()}).read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _lying(path: Path) -> None:
    """It says that its file is small."""
    large = bytes(b"x" * (files.LARGEST * 3))
    data = bytearray(_zip(path, {"a.md": large}).read_bytes())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(bytes(data))


def _twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.md", TEXT)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.md", TEXT)


HOSTILE = {
    "up": (lambda path: _zip(path, {"../a.md": b"x"}), "outside"),
    "deep": (lambda path: _zip(path, {"a/../../a.md": b"x"}), "outside"),
    "root": (lambda path: _zip(path, {"/a.md": b"x"}), "outside"),
    "drive": (lambda path: _zip(path, {"C:a.md": b"x"}), "outside"),
    "windows": (lambda path: _zip(path, {"..\\a.md": b"x"}), "outside"),
    "outside-other": (lambda path: _zip(path, {"a.md": b"x", "../x.sh": b"x"}), "outside"),
    "link": (_linked, "link"),
    "encrypted": (_encrypted, "encrypted"),
    "torn": (_torn, "damaged"),
    "cut": (_cut, "damaged"),
    "text": (lambda path: path.write_text("no zip"), "damaged"),
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
    "many": (lambda path: _zip(path, {f"{n}.md": b"" for n in range(files.MOST_FILES + 1)}), "more than 500 files"),
    "very-many": (lambda path: _zip(path, {f"{n}.md": b"" for n in range(70_000)}, zipfile.ZIP_STORED), "more than 500 files"),
    "bomb": (lambda path: _zip(path, {"a.md": bytes(200_000_000)}), "larger than"),
    "lying": (_lying, "larger than|damaged"),
    "none": (lambda path: _zip(path, {"a.png": b"x"}), "no lesson"),
    "twice": (_twice, "twice"),
    "latin": (lambda path: _zip(path, {"a.md": "ä".encode("latin-1")}), "UTF-8"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_zip_is_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    make, said = HOSTILE[kind]
    path = tmp_path / "class.zip"
    make(path)
    with pytest.raises(LessonFileError, match=said) as caught:
        read_sources(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    assert [one.name for one in tmp_path.iterdir()] == ["class.zip"]


def test_all_that_is_in_a_zip_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_CONTENT", 1000)
    data = {f"{n}.png": bytes(400) for n in range(3)}
    with pytest.raises(LessonFileError, match="more than 1,000 bytes"):
        read_sources(_zip(tmp_path / "a.zip", {"a.md": TEXT.encode(), **data}))


def test_nothing_but_zip_files_is_unpacked() -> None:
    assert is_lesson("a.MD") and is_lesson("a.gradlesson.zip") and not is_lesson("a.py")
    assert zipfile.is_zipfile(io.BytesIO(b"")) is False

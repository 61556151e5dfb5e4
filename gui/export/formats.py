"""Files that what is shown can be exported as: one entry a format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSaveFile
from PySide6.QtGui import QImageWriter

from engine.export.formats import FORMATS, TextFormat
from engine.training.program import script
from gui.export.pictures import image_picture, svg_picture
from gui.panels.graph.panel import GraphPanel


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes
    ----------
    ending : str
        Of its files, with the dot.
    title : str
        What a file dialog calls it.
    content : callable
        What stands in the file, given the graph panel. Raises OSError where there is nothing to write.
    """

    ending: str
    title: str
    content: Callable[[GraphPanel], bytes]


@dataclass(frozen=True, slots=True)
class Export:
    """What one entry of the menu offers.

    Attributes
    ----------
    title, failed : str
        Title of the dialog that asks for a file, and of the message that none was written.
    formats : tuple of Format
        The first is written if a name has no ending.
    """

    title: str
    failed: str
    formats: tuple[Format, ...]

    @property
    def filters(self) -> str:
        """The formats as a file dialog of Qt's lists them."""
        return ";;".join(f"{item.title} (*{item.ending})" for item in self.formats)

    def write(self, panel: GraphPanel, path: Path) -> None:
        """Write what ``panel`` shows to ``path`` in the format of its ending, whole or not at all.

        Raises
        ------
        OSError
            If the file cannot be written, its ending is another, or there is nothing to write yet; the message says which.
        """
        found = next((item for item in self.formats if item.ending == path.suffix.lower()), None)
        if found is None:
            endings = " or ".join(item.ending for item in self.formats)
            raise OSError(f"this is written as {endings}, not {path.suffix or 'without an ending'}: {path.name}")
        content = found.content(panel)
        file = QSaveFile(str(path))
        if not file.open(QIODevice.OpenModeFlag.WriteOnly) or file.write(content) != len(content) or not file.commit():
            raise OSError(f"{path} cannot be written: {file.errorString()}")


def _pixels(kind: str) -> Format:
    """A picture of pixels in one of the formats that Qt writes, by Qt's name for it."""

    def content(panel: GraphPanel) -> bytes:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QImageWriter(buffer, QByteArray(kind.lower().encode()))
        if not writer.write(image_picture(panel)):
            raise OSError(f"the picture could not be written as {kind}: {writer.errorString()}")
        buffer.close()
        return bytes(data.data())

    return Format(f".{kind.lower()}", f"{kind} picture", content)


def _recording_as(wanted: TextFormat) -> Format:
    def content(panel: GraphPanel) -> bytes:
        recording = panel.session.recording
        if recording is None:
            raise OSError("there is no recording yet: run a program first")
        return wanted.content(recording)

    return Format(wanted.ending, wanted.title, content)


def _script(panel: GraphPanel) -> bytes:
    run = panel.session.run
    text = script(run.config)
    if (run.numbers.rate[1:] != run.config.learning_rate).any():
        text = _RATE_CHANGED.format(rate=run.config.learning_rate) + text
    return text.encode("utf-8")


_RATE_CHANGED = """\
# The learning rate was changed during the run that this was made of. Here it is {rate!r} from the first epoch on, so the
# losses are not those of that run.
"""
"""No single program does what a run does whose rate is changed while it trains, so the script must not be mistaken for that
run."""

PICTURE = Export(
    "Export picture",
    "The picture was not written",
    (Format(".svg", "SVG picture", svg_picture), _pixels("PNG")),
)
DATA = Export("Export the recording", "The recording was not exported", tuple(map(_recording_as, FORMATS)))
SCRIPT = Export("Export the training as a script", "The script was not written", (Format(".py", "Python script", _script),))

"""Files that what is shown can be exported as: one entry a format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Generic, TypeVar

from engine.errors import RecordingFileError
from engine.export.formats import FORMATS, TextFormat
from engine.files.places import write_whole
from engine.training.program import script
from gui.export.pictures import image_file, image_picture, svg_picture
from gui.export.training.animation import Frames, animated_gif
from gui.export.training.plots import PlotPicture, plots_pdf, plots_png, plots_svg
from gui.export.training.table import Table, csv_table
from gui.panels.graph.panel import GraphPanel

_Shown = TypeVar("_Shown")


@dataclass(frozen=True)
class Format(Generic[_Shown]):
    """One format.

    Attributes
    ----------
    ending : str
        Of its files, with the dot.
    title : str
        What a file dialog calls it.
    content : callable
        What stands in the file, given what is shown, whole or in pieces. Raises OSError where there is nothing to write.
    """

    ending: str
    title: str
    content: Callable[[_Shown], bytes | Iterator[bytes]]


@dataclass(frozen=True)
class Export(Generic[_Shown]):
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
    formats: tuple[Format[_Shown], ...]

    @property
    def filters(self) -> str:
        """The formats as a file dialog of Qt's lists them."""
        return ";;".join(f"{item.title} (*{item.ending})" for item in self.formats)

    def path(self, name: str) -> Path:
        """Where the file of that name goes: the first ending is added to a name that has none."""
        return Path(name) if Path(name).suffix else Path(f"{name}{self.formats[0].ending}")

    def write(self, shown: _Shown, path: Path) -> None:
        """Write what is ``shown`` to ``path`` in the format of its ending, whole or not at all.

        Raises
        ------
        OSError
            If the file cannot be written, its ending is another, or there is nothing to write yet; the message says which.
        """
        found = next((item for item in self.formats if item.ending == path.suffix.lower()), None)
        if found is None:
            endings = " or ".join(item.ending for item in self.formats)
            raise OSError(f"this is written as {endings}, not {path.suffix or 'without an ending'}: {path.name}")
        content = found.content(shown)
        try:
            write_whole(path, lambda file: _put(file, content))
        except RecordingFileError as error:
            raise OSError(f"{error} Choose another place.") from error


def _put(file: IO[bytes], content: bytes | Iterator[bytes]) -> None:
    file.writelines([content] if isinstance(content, bytes) else content)


def _pixels(kind: str) -> Format[GraphPanel]:
    """A picture of pixels in one of the formats that Qt writes, by Qt's name for it."""
    return Format(f".{kind.lower()}", f"{kind} picture", lambda panel: image_file(image_picture(panel), kind))


def _recording_as(wanted: TextFormat) -> Format[GraphPanel]:
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
TABLE = Export[Table](
    "Export the numbers of the training", "The numbers were not written", (Format(".csv", "CSV table", csv_table),)
)
PLOTS = Export[PlotPicture](
    "Export the plots of the training",
    "The plots were not written",
    (
        Format(".svg", "SVG picture", plots_svg),
        Format(".png", "PNG picture", plots_png),
        Format(".pdf", "PDF document", plots_pdf),
    ),
)
ANIMATION = Export[Frames](
    "Export the training as an animation", "The animation was not written", (Format(".gif", "Animated GIF", animated_gif),)
)

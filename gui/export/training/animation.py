"""The plots of a training in motion: a GIF with one frame after the other, made while the window goes on."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from PIL import Image

MOST_FRAMES = 150
MOST_A_SECOND = 12.5
"""Frames; browsers show more of them in their own time."""
LARGEST_SIDE = 1600
"""Px of a frame; larger ones are made smaller."""
MOST_BYTES = 64_000_000
LAST = 2000
"""Milliseconds for which the last frame stays."""
COLOURS = 255
EXACT = 32
"""Of these, colours that a picture has most of, which stay what they are."""
APART = 11.0
"""How far two colours must be from each other, so that Pillow tells them apart."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What a GIF is made of.

    Attributes
    ----------
    count : int
    wait : int
        Milliseconds from one frame to the next.
    images : callable
        Gives those of these numbers, 0 to ``count`` - 1, one by one, all of one size; may raise Cancelled.
    """

    count: int
    wait: int
    images: Callable[[Sequence[int]], Iterator[QImage]]


def steps_shown(made: int, seconds: float) -> list[int]:
    """Which of the epochs 0 … ``made`` an animation of so many seconds shows: all, or some at equal distances."""
    most = max(2, min(MOST_FRAMES, round(seconds * MOST_A_SECOND)))
    return sorted({round(step) for step in np.linspace(0, made, min(made + 1, most)).tolist()})


def wait_of(frames: int, seconds: float) -> int:
    """Milliseconds from one frame to the next, in the hundredths of a second that a GIF counts in."""
    return max(round(1000 / MOST_A_SECOND), 10 * round(100 * seconds / max(1, frames)))


def animated_gif(frames: Frames) -> bytes:
    """The animation, which repeats. Raises OSError where it becomes too large; Cancelled as ``frames`` says."""

    looked_at = sorted({0, frames.count // 2, frames.count - 1})
    images = frames.images([*looked_at, *range(frames.count)])
    palette = _palette([_picture(next(images)) for _ in looked_at])
    drawn = _alike(images, palette)
    waits = [frames.wait] * (frames.count - 1) + [LAST]
    file = _Bounded()
    next(drawn).save(
        file,
        "GIF",
        save_all=True,
        append_images=drawn,
        duration=waits,
        loop=0,
        optimize=False,
        comment=b"",
    )
    return file.getvalue()


def _palette(samples: Sequence[Image.Image]) -> Image.Image:
    """The colours of all ``samples``: the first frame lacks some, such as those of gradients, which are none before an epoch.

    What is often there keeps its colour exactly; the rest are shades of edges and of the surface.
    """
    from PIL import Image

    wide, high = samples[0].size
    sheet = Image.new("RGB", (wide, high * len(samples)))
    for number, sample in enumerate(samples):
        sheet.paste(sample, (0, number * high))
    exact: list[NDArray[np.int64]] = []
    for _, colour in sorted(sheet.getcolors(wide * high * len(samples)) or [], reverse=True):
        if _apart(found := np.array(colour), exact):
            exact.append(found)
        if len(exact) == EXACT:
            break
    shades = sheet.quantize(COLOURS - len(exact), method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).getpalette() or []
    others = [shade for shade in np.array(shades).reshape(-1, 3) if _apart(shade, exact)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.concatenate([*exact, *others]).tolist())
    return palette


def _apart(colour: NDArray[np.int64], others: Sequence[NDArray[np.int64]]) -> bool:
    """Whether Pillow, which compares colours to 4 levels only, takes ``colour`` for none of the others."""
    return all(float(np.linalg.norm(colour - other)) > APART for other in others)


def _alike(images: Iterator[QImage], palette: Image.Image) -> Iterator[Image.Image]:
    """All in the same colours, so that what does not move does not flicker, and takes no room."""
    from PIL import Image

    for image in images:
        yield _picture(image).quantize(palette=palette, dither=Image.Dither.NONE)


def _picture(image: QImage) -> Image.Image:
    from PIL import Image

    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    return Image.frombuffer("RGB", (rgb.width(), rgb.height()), bytes(rgb.constBits()), "raw", "RGB", rgb.bytesPerLine(), 1)


class _Bounded(io.BytesIO):
    """Memory that ends."""

    def write(self, content: object) -> int:
        if self.tell() > MOST_BYTES:
            raise OSError(f"it would have more than {MOST_BYTES // 1_000_000} MB: choose a shorter or smaller one")
        return super().write(content)  # type: ignore[arg-type]


def in_words(steps: Sequence[int], made: int) -> str:
    """Which epochs these are."""
    if len(steps) == made + 1:
        return f"all epochs from 0 to {made:,}"
    return f"{len(steps)} of {made + 1:,} epochs at equal distances"

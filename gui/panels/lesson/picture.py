"""A picture on a page: a file beside the lesson, as wide as the text where it is larger, with its words for who cannot see it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

import resources
from engine.lessons.model import Picture
from engine.lessons.shipped import FOLDER
from gui.look.theme import ThemeManager, ui_font

LARGEST = 20_000_000
"""Bytes that are read of a picture's file."""


def image_of(file: str, folder: Path | None) -> QImage:
    """The picture ``file`` in ``folder``, or beside the lessons that ship; a null image where there is none that can be read."""
    try:
        if folder is None:
            return QImage.fromData(resources.read_bytes(f"{FOLDER}/{file}"))
        path = (folder / file).resolve()
        if not path.is_relative_to(folder.resolve()) or path.stat().st_size > LARGEST:
            return QImage()
        return QImage.fromData(path.read_bytes())
    except OSError:
        return QImage()


class PictureBlock(QWidget):
    """Never larger than the picture itself; where the file cannot be read, its words stand in its place."""

    def __init__(self, picture: Picture, folder: Path | None, theme: ThemeManager) -> None:
        super().__init__()
        self._picture, self._theme = picture, theme
        self.image = image_of(picture.file, folder)
        self.setAccessibleName(picture.alternative)
        self.setToolTip(picture.alternative)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.updateGeometry)

    @property
    def words(self) -> str:
        """What stands there in place of a picture that cannot be read."""
        return "" if not self.image.isNull() else f"{self._picture.alternative} (the file {self._picture.file} cannot be shown)"

    def _width(self, room: int) -> int:
        return max(1, min(room, round(self.image.width() * self._theme.scale)))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self.image.isNull():
            metrics = self.fontMetrics()
            return round(metrics.boundingRect(0, 0, width, 10_000, Qt.TextFlag.TextWordWrap, self.words).height() * 1.1) + 8
        return round(self._width(width) * self.image.height() / self.image.width())

    def sizeHint(self) -> QSize:
        width = 320 if self.image.isNull() else self._width(392)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.heightForWidth(max(80, self.width())))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.image.isNull():
            painter.setFont(ui_font(12 * self._theme.scale))
            painter.setPen(self._theme.color("text_2"))
            painter.drawText(self.rect(), Qt.TextFlag.TextWordWrap, self.words)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            width = self._width(self.width())
            painter.drawImage(
                self.rect().adjusted(0, 0, width - self.width(), self.heightForWidth(width) - self.height()), self.image
            )
        painter.end()

"""A virtual screen whose pixels can be read without any other program: Xvfb keeps them in a file."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

MANAGERS = ("openbox", "xfwm4", "metacity")
"""Window managers that serve; without one the keyboard focus is set by hand."""


class Screen:
    """An X server of its own, ended with the ``with`` block.

    Parameters
    ----------
    width, height : int
        Pixels.
    """

    def __init__(self, width: int = 1600, height: int = 1000) -> None:
        self._size = (width, height)
        self._folder = Path(tempfile.mkdtemp(prefix="screen-"))
        self._server: subprocess.Popen[bytes] | None = None
        self._manager: subprocess.Popen[bytes] | None = None
        self._pixels: mmap.mmap | None = None
        self.display = ""

    def __enter__(self) -> Screen:
        reading, writing = os.pipe()
        geometry = f"{self._size[0]}x{self._size[1]}x24"
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", geometry, "-fbdir", str(self._folder), "-nolisten", "tcp"],
            pass_fds=(writing,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as answer:
            self.display = f":{answer.readline().strip()}"
        with (self._folder / "Xvfb_screen0").open("rb") as file:
            self._pixels = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        found = next((path for name in MANAGERS if (path := shutil.which(name))), None)
        if found is not None:
            environment = os.environ | {"DISPLAY": self.display}
            self._manager = subprocess.Popen(
                [found], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(0.5)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in (self._manager, self._server):
            if process is not None:
                process.terminate()
                process.wait()
        if self._pixels is not None:
            self._pixels.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def pixels(self) -> bytes:
        """The screen now: 4 bytes a pixel (blue, green, red, unused), line by line."""
        assert self._pixels is not None
        head = struct.unpack(">25I", self._pixels[:100])
        start = head[0] + 12 * head[19]
        return self._pixels[start : start + head[12] * head[5]]

    def colours(self) -> int:
        """How many different colours a sample of the screen holds: 1 or 2 for an empty window."""
        return len(set(memoryview(self.pixels()).cast("I")[::37]))

    def save(self, target: Path) -> None:
        """Write the screen as PNG."""
        width, height = self._size
        rows = memoryview(self.pixels())
        body = bytearray()
        for line in range(height):
            row = rows[line * width * 4 : (line + 1) * width * 4]
            colours = bytearray(3 * width)
            colours[0::3], colours[1::3], colours[2::3] = row[2::4], row[1::4], row[0::4]
            body += b"\0" + colours

        def chunk(kind: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0))
        target.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(body), 6)) + chunk(b"IEND", b""))

    def tool(self, *arguments: str) -> str:
        """What ``xdotool`` answers; empty if it fails (a window that is not there yet)."""
        done = subprocess.run(
            ["xdotool", *arguments], env=os.environ | {"DISPLAY": self.display}, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def wait(self, condition: Callable[[], bool], limit: float) -> bool:
        """Whether ``condition`` becomes true within ``limit`` seconds."""
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

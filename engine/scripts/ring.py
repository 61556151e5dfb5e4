"""Holds what was printed until somebody asks for it, in bounded memory."""

from __future__ import annotations

import threading
import time
from collections import deque

from engine.scripts.events import Output

ROOM = 1_000_000
"""Characters kept at most."""
PAUSE = 0.01
"""Seconds between two pieces of text while nobody asks, so that a flood neither burns the parent's time nor its memory."""


class Ring:
    """Text of several streams in the order in which it came.

    Parameters
    ----------
    changed : threading.Condition
        Notified when text arrives and, by ``take``, when there is room again.
    complete : bool
        When full, let the writer wait (and so, in the end, the script); else throw the oldest text away and count it.
    room : int
        Characters kept.
    """

    def __init__(self, changed: threading.Condition, *, complete: bool, room: int = ROOM) -> None:
        self._changed = changed
        self._complete = complete
        self._room = room
        self._pieces: deque[tuple[str, str]] = deque()
        self._size = 0
        self._left_out = 0
        self._open = True

    def put(self, text: str, stream: str) -> None:
        """Add ``text``; may wait. After ``close`` it is thrown away."""
        with self._changed:
            if self._complete:
                while self._open and self._size >= self._room:
                    self._changed.wait()
            if not self._open:
                return
            self._pieces.append((text, stream))
            self._size += len(text)
            while self._size > self._room and not self._complete:
                self._drop(self._size - self._room)
            flooded = self._left_out > 0
            self._changed.notify_all()
        if flooded:
            time.sleep(PAUSE)

    def _drop(self, count: int) -> None:
        """Throw away the oldest piece, or ``count`` characters of it if it is longer."""
        text, stream = self._pieces.popleft()
        count = min(count, len(text))
        if count < len(text):
            self._pieces.appendleft((text[count:], stream))
        self._size -= count
        self._left_out += count

    def take(self) -> list[Output]:
        """Everything that is there, neighbours of one stream joined. The caller holds the condition."""
        events: list[Output] = []
        texts: list[str] = []
        left_out = self._left_out
        current = ""
        for text, stream in self._pieces:
            if stream != current and texts:
                events.append(Output("".join(texts), current, left_out))
                texts, left_out = [], 0
            current = stream
            texts.append(text)
        if texts:
            events.append(Output("".join(texts), current, left_out))
        self._pieces.clear()
        self._size = self._left_out = 0
        self._changed.notify_all()
        return events

    def __bool__(self) -> bool:
        return bool(self._pieces)

    @property
    def full(self) -> bool:
        """Whether a writer waits, or soon would. The caller holds the condition."""
        return self._complete and self._open and self._size >= self._room

    def close(self) -> None:
        """Accept nothing from now on, and let waiting writers go."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

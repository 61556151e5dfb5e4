"""Text formats that a recording is exported as, one entry a format: the window and ``gradwalk export`` offer these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.export.json import recording_to_json
from engine.tables.tables import Tables


@dataclass(frozen=True, slots=True)
class TextFormat:
    """One format.

    Attributes
    ----------
    ending : str
        Of its files, with the dot; ``gradwalk export --format`` takes it without.
    title : str
        What a file dialog calls it.
    text : callable
        What stands in the file, of the recording's tables.
    """

    ending: str
    title: str
    text: Callable[[Tables], str]

    def content(self, recording: Tables) -> bytes:
        """The bytes of the file. Texts of Python may hold half a surrogate pair, which UTF-8 alone would refuse."""
        return self.text(recording).encode("utf-8", errors="surrogatepass")


FORMATS = (TextFormat(".json", "JSON", recording_to_json),)
"""The first is written where neither a name's ending nor the user says which."""

"""What is looked up in a recording; once made, it is kept in the recording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ref

from engine.tables.tables import Tables

_Of = TypeVar("_Of", bound=Tables)
_Kept = TypeVar("_Kept")


def kept(recording: Tables, name: str, make: Callable[[], _Kept]) -> _Kept:
    """What ``make`` gives: made once for each recording, and kept in it under that name."""
    found: _Kept | None = recording.__dict__.get(name)
    return recording.__dict__.setdefault(name, make()) if found is None else found


class LookUp(Generic[_Of]):
    """Kept in the recording that it belongs to, and so does not hold it: otherwise only the collector of cycles could free the
    two."""

    def __init__(self, recording: _Of) -> None:
        self._reference = ref(recording)

    @property
    def recording(self) -> _Of:
        """The recording; whoever asks holds it."""
        found = self._reference()
        assert found is not None
        return found

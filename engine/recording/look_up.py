"""What is looked up in a recording, and kept in it once it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from engine.recording.recording import Recording


class LookUp:
    """Kept in the recording that it is of, and so without a hold on it: else only the collector of cycles would end the two."""

    def __init__(self, recording: Recording) -> None:
        self._reference = ref(recording)

    @property
    def recording(self) -> Recording:
        """The recording; who asks has it."""
        found = self._reference()
        assert found is not None
        return found

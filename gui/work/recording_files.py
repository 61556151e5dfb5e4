"""The file thread: it reads and writes ``.gradwalk`` files. Of files to read only the newest counts; all are written."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.errors import Cancelled, RecordingFileError
from engine.recording import Recording
from engine.runtime.collector import collector_at_rest
from gui.session.linking import prepare_to_show
from gui.work.newest_wins import NOTICEABLE, Cancel, Job, NewestWins

CLOSE_WITHIN = 1200
"""Milliseconds that ``close`` waits for the thread."""

_EXPECTED = (RecordingFileError, MemoryError)

Read = Callable[[str, Cancel], Recording]
Write = Callable[[Recording, str], None]


def read_to_show(path: str, cancel: Cancel) -> Recording:
    """Read the file at ``path`` and make what views ask of it. Raises RecordingFileError; Cancelled once ``cancel`` says so."""
    from engine.explain.formula.formula import formula
    from engine.recording.opening import open_recording

    with collector_at_rest():
        recording = open_recording(path, cancel)
        if cancel():
            raise Cancelled
        prepare_to_show(recording)
        formula(recording)
    return recording


class RecordingFiles(QObject):
    """Reads and writes recordings on a thread of its own, whatever the recorder does meanwhile.

    Signals
    -------
    opened(str path, object recording)
        The file that was asked for last has been read, and may be shown.
    not_opened(str path, object problem)
        It could not be read; ``problem`` is a RecordingFileError.
    saved(str path, object recording)
    not_saved(str path, object recording, object problem)
    changed()
        ``opening`` or ``saving`` changed.
    crashed(str traceback)
        A fault of ours on the thread; the thread goes on.
    """

    opened = Signal(str, object)
    not_opened = Signal(str, object)
    saved = Signal(str, object)
    not_saved = Signal(str, object, object)
    changed = Signal()
    crashed = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        read: Read = read_to_show,
        write: Write = Recording.save,
    ) -> None:
        super().__init__(parent)
        self._read = read
        self._write = write
        self._paths: dict[Job, str] = {}
        """The jobs that read or write, oldest first."""
        self._reading: Job | None = None
        self._waited: set[Job] = set()
        """Jobs that take a noticeable time."""
        self._work = NewestWins("files", self)
        self._work.crashed.connect(self.crashed)
        self._notice = QTimer(self)
        self._notice.setSingleShot(True)
        self._notice.setInterval(NOTICEABLE)
        self._notice.timeout.connect(self._became_noticeable)

    @property
    def opening(self) -> str:
        """The file whose reading takes a noticeable time, or nothing."""
        job = self._reading
        return self._paths[job] if job is not None and job in self._waited else ""

    @property
    def saving(self) -> str:
        """The file whose writing takes a noticeable time, or nothing."""
        return next((path for job, path in self._paths.items() if job.must and job in self._waited), "")

    @property
    def busy_saving(self) -> bool:
        """Whether something is still to be written."""
        return any(job.must for job in self._paths)

    def open(self, path: str) -> None:
        """Read the file at ``path``, in place of one that is being read."""
        self.cancel()

        def done(recording: Recording) -> None:
            if job is self._reading:
                self._settle(job)
                self.opened.emit(path, recording)

        def failed(error: Exception) -> None:
            if job is self._reading:
                self._settle(job)
                if (problem := _problem(error)) is not None:
                    self.not_opened.emit(path, problem)

        job = self._reading = Job(lambda cancel: self._read(path, cancel), done, failed, kind="read", expected=_EXPECTED)
        self._put(job, path)

    def save(self, recording: Recording, path: str) -> None:
        """Write ``recording`` to the file at ``path``: either all of it, or the file stays as it was."""

        def done(_: object) -> None:
            self._settle(job)
            self.saved.emit(path, recording)

        def failed(error: Exception) -> None:
            self._settle(job)
            if (problem := _problem(error)) is not None:
                self.not_saved.emit(path, recording, problem)

        job = Job(lambda cancel: self._write(recording, path), done, failed, expected=_EXPECTED, must=True)
        self._put(job, path)

    def cancel(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.stop()
            self._settle(self._reading)

    def close(self) -> bool:
        """Cancel reading, finish writing, and wait for the thread (at most 1.2 s); True when it has ended."""
        self._notice.stop()
        return self._work.close(CLOSE_WITHIN)

    def wait(self, milliseconds: int | None = None) -> bool:
        """Wait until the thread has ended; True when it has."""
        return self._work.wait(milliseconds)

    def _put(self, job: Job, path: str) -> None:
        self._paths[job] = path
        self._work.put(job)
        self._notice.start()

    @Slot()
    def _became_noticeable(self) -> None:
        self._waited.update(self._paths)
        self.changed.emit()

    def _settle(self, job: Job) -> None:
        if job is self._reading:
            self._reading = None
        self._paths.pop(job, None)
        if job in self._waited:
            self._waited.discard(job)
            self.changed.emit()


def _problem(error: Exception) -> RecordingFileError | None:
    """The message for a problem; None for a bug of Gradwalk's, which is reported elsewhere."""
    if isinstance(error, MemoryError):
        return RecordingFileError("there is not enough memory for it")
    return error if isinstance(error, RecordingFileError) else None

"""The file thread: reads and writes ``.gradwalk`` files there. Of files to read only the newest counts, all are written."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.errors import Cancelled, RecordingFileError
from engine.recording import Recording
from engine.runtime.collector import collector_at_rest
from gui.session.linking import prepare_to_show
from gui.work.threads import Thread

NOTICEABLE = 150
"""Milliseconds of reading or writing before the window says so."""
CLOSE_WITHIN = 1200
"""Milliseconds that ``close`` waits for the thread."""

Read = Callable[[str, Callable[[], bool]], Recording]
Write = Callable[[Recording, str], None]


@dataclass(eq=False)
class _Job:
    path: str
    recording: Recording | None = None
    """What to write; None to read."""
    cancelled: threading.Event = field(default_factory=threading.Event)


def read_to_show(path: str, cancel: Callable[[], bool]) -> Recording:
    """Read the file at ``path`` and make what views ask of it. Raises RecordingFileError; Cancelled once ``cancel`` says so."""
    from engine.explain.formula.formula import formula
    from engine.files.recordings import open_recording

    with collector_at_rest():
        recording = open_recording(path, cancel)
        if cancel():
            raise Cancelled
        prepare_to_show(recording)
        formula(recording)
    return recording


class _Worker(Thread):
    """Does one job after the other, those that write first, until closed."""

    read = Signal(object, object)
    written = Signal(object)
    failed = Signal(object, object)
    crashed = Signal(object, str)

    def __init__(self, read: Read, write: Write) -> None:
        super().__init__()
        self.setObjectName("files")
        self._read = read
        self._write = write
        self._change = threading.Condition()
        self._to_write: deque[_Job] = deque()
        self._to_read: _Job | None = None
        self._closed = False

    def put(self, job: _Job) -> None:
        with self._change:
            if job.recording is None:
                self._to_read = job
            else:
                self._to_write.append(job)
            self._change.notify_all()

    def close(self) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()

    def _take(self) -> _Job | None:
        with self._change:
            while not (self._to_write or self._to_read or self._closed):
                self._change.wait()
            if self._to_write:
                return self._to_write.popleft()
            job, self._to_read = self._to_read, None
            return None if self._closed else job

    def run(self) -> None:
        while (job := self._take()) is not None:
            try:
                self._do(job)
            except Cancelled:
                pass
            except RecordingFileError as problem:
                self.failed.emit(job, problem)
            except MemoryError:
                self.failed.emit(job, RecordingFileError("there is not enough memory for it"))
            except Exception:
                self.crashed.emit(job, traceback.format_exc())
            del job  # its recording may be left while this waits

    def _do(self, job: _Job) -> None:
        if job.recording is not None:
            self._write(job.recording, job.path)
            self.written.emit(job)
        else:
            self.read.emit(job, self._read(job.path, job.cancelled.is_set))


class RecordingFiles(QObject):
    """Reads and writes recordings on a thread of its own, whatever the recorder does meanwhile.

    Signals
    -------
    opened(str path, object recording)
        The file that was asked for last was read, and may be shown.
    not_opened(str path, object problem)
        It was not; ``problem`` is a RecordingFileError.
    saved(str path, object recording)
    not_saved(str path, object recording, object problem)
    changed()
        ``opening`` or ``saving`` is another one.
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
        self._reading: _Job | None = None
        self._writing: list[_Job] = []
        self._waited: set[_Job] = set()
        """Jobs that take a noticeable time."""
        self._worker = _Worker(read, write)
        self._worker.read.connect(self._read)
        self._worker.written.connect(self._written)
        self._worker.failed.connect(self._failed)
        self._worker.crashed.connect(self._crashed)
        self._notice = QTimer(self)
        self._notice.setSingleShot(True)
        self._notice.setInterval(NOTICEABLE)
        self._notice.timeout.connect(self._became_noticeable)

    @property
    def opening(self) -> str:
        """The file that is being read for a noticeable time, or nothing."""
        job = self._reading
        return job.path if job is not None and job in self._waited else ""

    @property
    def saving(self) -> str:
        """The file that is being written for a noticeable time, or nothing."""
        return next((job.path for job in self._writing if job in self._waited), "")

    @property
    def busy_saving(self) -> bool:
        """Whether something is still to be written."""
        return bool(self._writing)

    def open(self, path: str) -> None:
        """Read the file at ``path``, instead of one that is being read."""
        self.cancel()
        self._reading = _Job(path)
        self._put(self._reading)

    def save(self, recording: Recording, path: str) -> None:
        """Write ``recording`` to the file at ``path``: all of it, or the file stays as it was."""
        job = _Job(path, recording)
        self._writing.append(job)
        self._put(job)

    def cancel(self) -> None:
        """Read no file any more."""
        if self._reading is not None:
            self._reading.cancelled.set()
            self._settle(self._reading)

    def close(self) -> bool:
        """Cancel reading, finish writing, and wait for the thread (at most 1.2 s); True when it has ended."""
        self._notice.stop()
        if self._reading is not None:
            self._reading.cancelled.set()
        self._worker.close()
        return not self._worker.isRunning() or self._worker.wait(CLOSE_WITHIN)

    def _put(self, job: _Job) -> None:
        self._worker.put(job)
        if not self._worker.isRunning():
            self._worker.start()
        self._notice.start()

    @Slot()
    def _became_noticeable(self) -> None:
        self._waited.update(self._writing if self._reading is None else [self._reading, *self._writing])
        self.changed.emit()

    def _settle(self, job: _Job) -> None:
        if job is self._reading:
            self._reading = None
        elif job in self._writing:
            self._writing.remove(job)
        if job in self._waited:
            self._waited.discard(job)
            self.changed.emit()

    @Slot(object, object)
    def _read(self, job: _Job, recording: Recording) -> None:
        if job is self._reading:
            self._settle(job)
            self.opened.emit(job.path, recording)

    @Slot(object)
    def _written(self, job: _Job) -> None:
        self._settle(job)
        self.saved.emit(job.path, job.recording)

    @Slot(object, object)
    def _failed(self, job: _Job, problem: RecordingFileError) -> None:
        if job.recording is not None:
            self._settle(job)
            self.not_saved.emit(job.path, job.recording, problem)
        elif job is self._reading:
            self._settle(job)
            self.not_opened.emit(job.path, problem)

    @Slot(object, str)
    def _crashed(self, job: _Job, text: str) -> None:
        self._settle(job)
        self.crashed.emit(text)

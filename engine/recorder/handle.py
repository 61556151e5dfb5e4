"""``with engine.record() as r:`` records whatever PyTorch runs inside the block."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from engine.errors import RecordingError
from engine.runtime.said import cut, said
from engine.text.sources import lines_of

if TYPE_CHECKING:
    from engine.recorder.open_recorder import OpenRecorder
    from engine.recording import Recording

_active: list[Handle] = []


class Handle:
    """A recording being made, and then the recording. Made by ``record``.

    Use it once, as a context manager. Inside the block ``recording``, ``save`` and ``to_json`` raise RecordingError.

    Parameters
    ----------
    steps : int, optional
        Backward passes after which recording stops, from 1; None: no limit.
    max_memory : int, optional
        Bytes that the process may use in all, from 1; None: half of the machine's memory.
    text : str, optional
        The code that runs in the block; None: what ``filename`` holds.
    filename : str, optional
        The file whose lines are the user's; None: that of the code with the ``with``.
    cancel : callable, optional
        Asked before each operation and each Node; when it gives True, Cancelled is raised.
    gives_way : bool, default False
        When the code begins a recording of its own, end instead of refusing it.

    Raises
    ------
    ValueError
        If ``steps`` or ``max_memory`` is not a whole number from 1.
    RecordingError
        When the block begins: if this handle has recorded already, or another recording is being made.
    """

    def __init__(
        self,
        steps: int | None = None,
        max_memory: int | None = None,
        *,
        text: str | None = None,
        filename: str | None = None,
        cancel: Callable[[], bool] | None = None,
        gives_way: bool = False,
    ) -> None:
        if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 1):
            raise ValueError(f"steps must be a whole number from 1, or None for no limit, not {steps!r}")
        if max_memory is not None and (isinstance(max_memory, bool) or not isinstance(max_memory, int) or max_memory < 1):
            raise ValueError(f"max_memory must be a whole number of bytes from 1, or None for the default, not {max_memory!r}")
        self._steps = steps
        self._max_memory = max_memory
        self._text = text
        self._filename = filename
        self._cancel = cancel
        self._gives_way = gives_way
        self._recorder: OpenRecorder | None = None
        self._recording: Recording | None = None

    def __enter__(self) -> Handle:
        from engine.recorder.open_recorder import OpenRecorder

        if self._recorder is not None or self._recording is not None:
            raise RecordingError("this handle has recorded already; call engine.record() again")
        if _active and not _active[-1].give_way(sys._getframe(1)):
            raise RecordingError("a recording is being made already; end its block first")
        filename = self._filename
        if filename is None:
            frame = _caller(sys._getframe(1))
            filename = frame.f_code.co_filename
            module = frame.f_globals
        else:
            module = None
        text = self._text if self._text is not None else "".join(lines_of(filename, module))
        name = Path(filename).name
        self._recorder = OpenRecorder(
            text,
            filename,
            name if name.endswith(".py") else "",
            steps=self._steps,
            max_memory=self._max_memory,
            cancel=self._cancel,
        )
        _active.append(self)
        self._recorder.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        assert self._recorder is not None
        recorder = self._recorder
        if self in _active:
            _active.remove(self)
        recorder.__exit__(kind, error, trace)
        self._recorder = None
        self._recording = recorder.finish(error)
        if error is not None:
            from engine.recorder.watch.stack import strip

            strip(error)

    @property
    def moments(self) -> int:
        """Moments of the timeline recorded so far."""
        if self._recorder is not None:
            return self._recorder.moments
        return 0 if self._recording is None else self._recording.end

    @property
    def operations(self) -> int:
        """Operations recorded so far."""
        if self._recorder is not None:
            return self._recorder.operations
        return 0 if self._recording is None else len(self._recording.operations)

    @property
    def passes(self) -> int:
        """Backward passes recorded so far."""
        if self._recorder is not None:
            return self._recorder.passes
        return 0 if self._recording is None else len(self._recording.passes)

    @property
    def recording(self) -> Recording:
        """The frozen recording. Raises RecordingError before the block has ended."""
        if self._recording is None:
            raise RecordingError("the recording is ready once the block of engine.record() has ended")
        return self._recording

    @property
    def recorder(self) -> OpenRecorder | None:
        """What records, while it does."""
        return self._recorder

    def note_print(self, text: str) -> None:
        """Tell the recording that the code printed something.

        Parameters
        ----------
        text : str
            What it printed, with its line breaks.
        """
        if self._recorder is not None:
            self._recorder.note_print(text)

    def note(self, text: str) -> None:
        """Add a note to the recording, once.

        Parameters
        ----------
        text : str
            A sentence for whoever reads the recording.
        """
        if self._recorder is not None:
            self._recorder.note(text)

    def name_remaining(self, variables: Mapping[str, object]) -> None:
        """Name the tensors that have no name yet.

        Parameters
        ----------
        variables : mapping of str to object
            The code's own variables as it ends; whatever is not a tensor is left alone.
        """
        if self._recorder is not None:
            self._recorder.name_remaining(variables)

    def stop(self) -> None:
        """Record nothing from here on, while the code runs on; the block still ends as usual."""
        if self._recorder is not None:
            self._recorder.stop()

    def give_way(self, frame: FrameType) -> bool:
        """Make room for a recording of the code's own.

        Parameters
        ----------
        frame : FrameType
            Where that recording begins.

        Returns
        -------
        bool
            Whether it did; False, with nothing done, unless the handle was made with ``gives_way``.
        """
        if not self._gives_way or self._recorder is None:
            return False
        where = _caller(frame)
        line = f" in line {where.f_lineno}" if where.f_code.co_filename == self._filename else ""
        self.note(f"the script begins a recording of its own{line} (`engine.record()`): this one ends there")
        _active.remove(self)
        self._recorder.give_way()
        return True

    def end(self, error: BaseException | None = None) -> Recording:
        """Leave the block, even if the code has disturbed what the recorder set up.

        Parameters
        ----------
        error : BaseException, optional
            What ended the code; None: nothing did.

        Returns
        -------
        Recording
            What ran in the block.
        """
        recorder = self._recorder
        if recorder is not None:
            try:
                self.__exit__(None if error is None else type(error), error, None)
            except Exception as trouble:
                recorder.cut_off()
                recorder.note(f"the code disturbed the recorder: {cut(said(trouble), 200)}")
                self._recording = recorder.finish(error)
            self._recorder = None
        return self.recording

    def take(self, error: BaseException | None = None) -> Recording:
        """Take the recording up to here, from another thread or in the middle of anything; the process should end then.

        Parameters
        ----------
        error : BaseException, optional
            What becomes its last moment; None: it just ends.

        Returns
        -------
        Recording
            Everything that was complete by now.
        """
        if self._recorder is not None:
            self._recorder.cut_off()
            self._recording = self._recorder.finish(error)
            self._recorder = None
        return self.recording

    def _repr_svg_(self) -> str | None:
        """What a notebook shows; None, so nothing, before the block has ended."""
        return None if self._recording is None else self._recording._repr_svg_()

    def _repr_html_(self) -> str | None:
        return None if self._recording is None else self._recording._repr_html_()

    def save(self, path: str | Path) -> None:
        """Write the recording as a ``.gradwalk`` file, whole or not at all.

        Parameters
        ----------
        path : str or Path
            Where; a file that is there is replaced.

        Raises
        ------
        RecordingError
            Before the block has ended.
        RecordingFileError
            If the file cannot be written.
        """
        self.recording.save(path)

    def to_json(self, indent: int | None = None) -> str:
        """The recording as JSON text; ``docs/engine.md`` lists the keys.

        Parameters
        ----------
        indent : int, optional
            Spaces of each level, from 0; None: all in one line.

        Returns
        -------
        str
            JSON without nan or infinity: these are the strings "nan", "inf", "-inf".

        Raises
        ------
        RecordingError
            Before the block has ended.
        """
        return self.recording.to_json(indent)


def record(steps: int | None = None, *, max_memory: int | None = None) -> Handle:
    """Record whatever PyTorch runs inside a ``with`` block.

    Tensors made before the block are inputs or leaves of the recording. Recording changes no result: it only watches.

    Parameters
    ----------
    steps : int, optional
        Stop recording after that many backward passes, while the code runs on. What follows the last of them without gradient
        tracking, the update of that step, still belongs to it. Default: no limit.
    max_memory : int, optional
        Bytes that the process may use in all, including what the code itself uses. When it uses more, the recording ends with a
        note, while the code runs on. Default: half of the memory that the machine, or its container, has.

    Returns
    -------
    Handle
        After the block ``recording``, ``save(path)`` and ``to_json()`` give what was recorded.

    Raises
    ------
    ValueError
        If ``steps`` or ``max_memory`` is not a whole number from 1.

    Examples
    --------
    >>> import torch, engine
    >>> a = torch.tensor([5.], requires_grad=True)
    >>> with engine.record() as r:
    ...     y = a**3
    ...     y.backward()
    >>> [r.recording.nodes[run.node].name for run in r.recording.runs]
    ['PowBackward0', 'AccumulateGrad']
    """
    return Handle(steps, max_memory)


def _caller(frame: FrameType) -> FrameType:
    """The frame that holds the ``with``, even if an ExitStack enters the handle for it."""
    found = frame
    while found.f_code.co_filename.endswith("contextlib.py") and found.f_back is not None:
        found = found.f_back
    return found

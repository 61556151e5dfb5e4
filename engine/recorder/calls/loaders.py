"""Batches of a ``DataLoader``: what its dataset and its ``collate_fn`` compute for one batch belongs together."""

from __future__ import annotations

import functools
import weakref
from typing import Any, Protocol

from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _BaseDataLoaderIter as Batches

from engine.runtime.frames.unlisted import unlisted
from engine.runtime.frames.untold import untold

NEXT_BATCH = Batches.__next__.__code__
"""Through this code a loader gives its next batch."""


class FollowsBatches(Protocol):
    """Something that is told of each batch that a loader makes."""

    def enter_batch(self, batches: Any, loader: Any) -> None:
        """The next of ``batches`` is asked for; ``loader`` is what gives them, if that is known."""

    def leave_batch(self, batches: Any) -> None:
        """``batches`` gave the next one, or had none."""


class Loaders:
    """Wraps how a loader begins, and how it gives its next batch, and tells ``calls``; put on and taken off again."""

    def __init__(self, calls: FollowsBatches) -> None:
        self._calls = weakref.ref(calls)
        self._originals: tuple[Any, Any] = (None, None)
        self._wrappers: tuple[Any, Any] = (None, None)

    def apply(self) -> None:
        """Put the wrappers on."""
        reference = self._calls
        begin, following = self._originals = DataLoader.__iter__, Batches.__next__
        loaders: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

        @unlisted
        @functools.wraps(begin)
        def __iter__(self: Any) -> Any:
            try:
                batches = begin(self)
                loaders[batches] = self
                return batches
            finally:
                if untold.profiled.value:
                    untold.begin()
                    _until = untold.until_gone()

        @unlisted
        @functools.wraps(following)
        def __next__(self: Any) -> Any:
            calls = reference()
            if calls is not None:
                calls.enter_batch(self, loaders.get(self))
            try:
                return following(self)
            finally:
                if calls is not None:
                    calls.leave_batch(self)
                if untold.profiled.value:
                    untold.begin()
                    _until = untold.until_gone()

        self._wrappers = (__iter__, __next__)
        DataLoader.__iter__, Batches.__next__ = self._wrappers  # type: ignore[method-assign]

    def undo(self) -> None:
        """Take them off, unless the program has put others in their place."""
        begin, following = self._originals
        if DataLoader.__iter__ is self._wrappers[0]:
            DataLoader.__iter__ = begin  # type: ignore[method-assign]
        if Batches.__next__ is self._wrappers[1]:
            Batches.__next__ = following  # type: ignore[method-assign]

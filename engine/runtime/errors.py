"""Errors that any part may raise, and their base. ``engine.errors`` has all of them."""

from __future__ import annotations


class EngineError(Exception):
    """Base of every error that the engine raises on purpose."""


class Cancelled(EngineError):
    """The caller asked for the work to stop; nothing is wrong."""


class RecordingError(EngineError):
    """A recording was asked for something it cannot give (for example a state outside its timeline)."""


class LayoutError(EngineError):
    """The layout process failed or was too slow; a plain placement stands in for it."""


class RecordingFileError(EngineError):
    """A ``.gradwalk`` file cannot be read or written; the message names the file, what is wrong and what to do."""

"""What one run was: a Recording, immutable and free of torch, and how it is opened. Its parts are in ``engine.tables``."""

from engine.recording.recording import Recording

__all__ = ["Recording"]

"""Records real PyTorch. The only folder that hooks torch."""

from engine.recorder.recorder import Recorder

__all__ = ["Recorder"]

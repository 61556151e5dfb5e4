"""The set-up of the training as a text that is remembered from one start to the next."""

from __future__ import annotations

import json
from dataclasses import fields

from engine.training.configs import TrainingConfig


def as_text(config: TrainingConfig) -> str:
    """The text from which ``from_text`` makes ``config``; empty for the default one."""
    if config == TrainingConfig():
        return ""
    values = {item.name: getattr(config, item.name) for item in fields(config) if item.name != "options"}
    return json.dumps({**values, "options": dict(config.options)})


def from_text(text: str) -> TrainingConfig:
    """The config that ``text`` was made from; the default one if this version does not understand it."""
    if not text:
        return TrainingConfig()
    try:
        values = json.loads(text)
        return TrainingConfig(**values) if isinstance(values, dict) else TrainingConfig()
    except (ValueError, TypeError, KeyError, RecursionError):
        return TrainingConfig()

"""The set-up of the training as a text that is remembered from one start to the next."""

from __future__ import annotations

import json
from dataclasses import fields

from engine.training.configs import TrainingConfig


def as_text(config: TrainingConfig, came_with: str = "") -> str:
    """The text from which ``from_text`` makes ``config``; empty for the default one.

    ``came_with``: the file that its code came with, if that may not run yet.
    """
    if config == TrainingConfig():
        return ""
    values = {item.name: getattr(config, item.name) for item in fields(config) if item.name != "options"}
    told = {"came_with": came_with} if came_with else {}
    return json.dumps({**values, "options": dict(config.options), **told})


def from_text(text: str) -> TrainingConfig:
    """The config that ``text`` was made from; the default one if this version does not understand it."""
    if not text:
        return TrainingConfig()
    try:
        values = json.loads(text)
        if isinstance(values, dict):
            values.pop("came_with", None)
        return TrainingConfig(**values) if isinstance(values, dict) else TrainingConfig()
    except (ValueError, TypeError, KeyError, RecursionError):
        return TrainingConfig()


def came_with(text: str) -> str:
    """The file that the code of such a text came with, if that may not run yet; else empty."""
    try:
        values = json.loads(text or "{}")
        return str(values.get("came_with", "")) if isinstance(values, dict) else ""
    except (ValueError, RecursionError):
        return ""

"""The content of each section in words, as its head says it while it is folded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath

from engine.training.configs import TrainingConfig


def count(number: int, thing: str) -> str:
    """``1 row``, ``1,500 rows``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _data(config: TrainingConfig, rows: int | None) -> str:
    data = config.setup.data
    name = PurePath(config.get("path")).name if data.name == "file" else data.within
    return name if rows is None else f"{name}, {count(rows, 'row')}"


def _batches(config: TrainingConfig, rows: int | None) -> str:
    if config.batch_size is None:
        return "full" if rows is None else f"full, {count(rows, 'row')}"
    return "one row" if config.batch_size == 1 else count(config.batch_size, "row")


def _update(config: TrainingConfig, rows: int | None) -> str:
    parts = ["zero_grad" if config.get("zero_grad") else "gradients add up"]
    if config.get("clip"):
        parts.append(f"clipped at {config.get('clip'):g}")
    if config.get("weight_decay") if any(knob.name == "weight_decay" for knob in config.setup.optimizer.knobs) else False:
        parts.append(f"decay {config.get('weight_decay'):g}")
    return ", ".join([*parts, f"rate {config.setup.schedule.within}"])


def _stop(config: TrainingConfig, rows: int | None) -> str:
    parts = [f"epoch {config.epochs:,}"]
    if config.get("tolerance"):
        parts.append(f"change < {config.get('tolerance'):g}")
    if config.get("divergence"):
        parts.append(f"loss × {config.get('divergence'):,g}")
    return " · ".join(parts)


WORDS: Mapping[str, Callable[[TrainingConfig, int | None], str]] = {
    "data": _data,
    "model": lambda config, rows: config.setup.model.within,
    "loss": lambda config, rows: config.setup.loss.within,
    "optimizer": lambda config, rows: config.setup.optimizer.within,
    "batches": _batches,
    "update": _update,
    "stop": _stop,
}
"""By section: made from the set-up and the number of rows trained on, where that is known."""


def differences(before: TrainingConfig, after: TrainingConfig, asked: str) -> str:
    """What else a choice of ``asked`` changed, as a sentence; empty if nothing."""
    names = {"data": "the data", "model": "the model", "loss": "the loss", "optimizer": "the optimizer"}
    others = [
        f"{words} is now {getattr(after.setup, name).within}"
        for name, words in names.items()
        if name != asked and getattr(before, name) != getattr(after, name)
    ]
    if not others:
        return ""
    chosen = getattr(after.setup, asked).within if asked in names else "this"
    text = " and ".join(others)
    return f"{text[:1].upper()}{text[1:]}, to go with {chosen}."

"""What was answered to a question of a lesson; imports nothing, as the window needs it before any lesson is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["right", "wrong", "skipped"]


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered to a question.

    Attributes
    ----------
    how : str
        ``right``, ``wrong`` or ``skipped``.
    said : str
        As it was typed or chosen; empty where something was dragged or skipped.
    expected : str
        What was right; empty where that is not a number or a choice.
    first : str
        How it went the first time: tries with fresh numbers do not change that.
    tries : int
        How often it was answered, from 1.
    """

    how: How
    said: str = ""
    expected: str = ""
    first: str = ""
    tries: int = 1

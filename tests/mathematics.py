"""Mathematics for cards that tests make by hand."""

from __future__ import annotations

import re

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Number, Sign
from engine.mathematics.tree import Power, Row
from engine.operations.symbols import name_symbol


def symbol(text: str) -> Expression:
    """``a``, ``loss``, ``a^3``, ``+``, ``-`` or ``+3`` as the symbol of a card."""
    power = re.fullmatch(r"(\w+)\^\{?(\d+)\}?", text)
    if power:
        return Power(name_symbol(power[1]), Number(int(power[2])))
    sign = re.fullmatch(r"([-+×@])(\d*)", text)
    if sign:
        made = Sign(sign[1].replace("-", "−"))
        return Row((made, Number(int(sign[2])))) if sign[2] else made
    return name_symbol(text)

"""What a program's text lacks to run as a script."""

from __future__ import annotations

import pytest

from engine.text.kind import missing_imports


@pytest.mark.parametrize(
    ("text", "before", "lines"),
    [
        ("m = torch.nn.Linear(1, 1)\n", 0, "import torch\n"),
        ("import numpy as np\na = torch.ones(2)\n", 0, "import torch\n"),
        ("import torch\na = F.relu(tensor(1.))\n", 0, "import torch.nn.functional as F\nfrom torch import tensor\n"),
        ("from torch import nn\na = nn.Linear(1, 1)\n", 0, ""),
        ("import torch.nn as nn\nimport torch\nx = torch.ones(1)\n", 0, ""),
        ("import torch.nn\nx = torch.ones(1)\n", 0, ""),
        ("F = 2\nprint(F)\n", 0, ""),
        ("from __future__ import annotations\nx = torch.ones(1)\n", 35, "import torch\n"),
        ("x = torch.(\n", 0, ""),
        ("", 0, ""),
    ],
)
def test_missing_imports(text: str, before: int, lines: str) -> None:
    """A program recorded as a script ended in ``name 'torch' is not defined``: programs find it there, and Python does not."""
    assert missing_imports(text) == (before, lines)

"""Writes the tables of ``docs/`` made from the code: of the files' schemas, of what the laboratory offers, of lessons' keys.

Run: python docs/write_tables.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.files import schema  # noqa: E402
from engine.lessons.reading import page as lessons  # noqa: E402
from engine.training.choices import page  # noqa: E402
from engine.training.run_files import schema as runs  # noqa: E402

BEGIN, END = "<!-- written by docs/write_tables.py -->\n", "<!-- up to here -->\n"
TABLES = {
    "file-format.md": schema.rendered,
    "laboratory.md": page.rendered,
    "run-files.md": runs.rendered,
    "writing-lessons.md": lessons.rendered,
}


def written(text: str, tables: str) -> str:
    """A page with these tables in place of those that it has."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{tables}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    for name, rendered in TABLES.items():
        path = ROOT / "docs" / name
        path.write_text(written(path.read_text(encoding="utf-8"), rendered()), encoding="utf-8")

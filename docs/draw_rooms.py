"""Draws ``docs/rooms.svg``: which room imports which, read from the code.

Run: python docs/draw_rooms.py

Each line is a room, the uppermost layer first as in ``pyproject.toml``; a dot says that it imports the room of that column. Where
arrows point one way, all dots lie on one side of the diagonal.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CELL, NAME, TOP, GAP, MARGIN = 22, 96, 92, 48, 16
INK, FAINT, DOT, PAPER = "#1F2430", "#C9CED8", "#0B5CAD", "#FFFFFF"


def layers(top: str) -> list[str]:
    """The rooms of ``engine`` or ``gui``, the uppermost first, as the contract has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (found,) = [item["layers"] for item in contracts if item.get("containers") == [top]]
    return [room.strip() for layer in found for room in layer.split(":")]


def imports(top: str) -> set[tuple[str, str]]:
    """Which room of ``engine`` or ``gui`` imports which other one."""
    found = set()
    for path in sorted((ROOT / top).rglob("*.py")):
        parts = path.relative_to(ROOT / top).with_suffix("").parts
        for name in _imported(path):
            if name.startswith(f"{top}.") and (room := name.split(".")[1]) != parts[0]:
                found.add((parts[0], room))
    return found


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _table(top: str, left: int) -> tuple[list[str], int, int]:
    """One table, ``left`` px from the left: its parts, its width and its height in px."""
    rooms, used = layers(top), imports(top)
    place = {room: index for index, room in enumerate(rooms)}
    x0, y0, size = left + NAME, MARGIN + TOP, CELL * len(rooms)
    parts = [f'<text x="{x0 - 8}" y="{y0 - 8}" text-anchor="end" class="top">{top}</text>']
    for room, index in place.items():
        middle = index * CELL + CELL // 2
        parts.append(f'<text x="{x0 - 8}" y="{y0 + middle + 4}" text-anchor="end">{room}</text>')
        parts.append(f'<text transform="translate({x0 + middle + 4} {y0 - 8}) rotate(-60)">{room}</text>')
        parts.append(f'<rect x="{x0 + index * CELL}" y="{y0 + index * CELL}" width="{CELL}" height="{CELL}" class="own"/>')
    for line in range(len(rooms) + 1):
        at = line * CELL
        parts.append(f'<path d="M{x0} {y0 + at}h{size}M{x0 + at} {y0}v{size}" class="grid"/>')
    for importer, imported in sorted(used):
        if importer in place and imported in place:
            x, y = x0 + place[imported] * CELL + CELL // 2, y0 + place[importer] * CELL + CELL // 2
            parts.append(f'<circle cx="{x}" cy="{y}" r="5" class="dot"/>')
    return parts, NAME + size, TOP + size


def draw() -> str:
    """The picture as SVG."""
    engine, width, height = _table("engine", MARGIN)
    gui, other, lower = _table("gui", MARGIN + width + GAP)
    whole, high = width + other + GAP + 2 * MARGIN, max(height, lower) + 2 * MARGIN
    style = (
        f"text{{font:12px sans-serif;fill:{INK}}}.top{{font-weight:bold}}.grid{{stroke:{FAINT};fill:none}}.own{{fill:{FAINT}}}"
        f".dot{{fill:{DOT}}}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{high}" viewBox="0 0 {whole} {high}">'
    paper = f'<rect width="{whole}" height="{high}" fill="{PAPER}"/>'
    title = "<title>Which room imports which: a line is a room, a dot the room that it imports</title>"
    return "\n".join([head, title, f"<style>{style}</style>", paper, *engine, *gui, "</svg>", ""])


if __name__ == "__main__":
    (ROOT / "docs" / "rooms.svg").write_text(draw(), encoding="utf-8")

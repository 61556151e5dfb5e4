"""Which package of a Linux system has the library that Qt misses."""

from __future__ import annotations

import re

PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Debian's and Ubuntu's package of each library that Qt needs from the system."""

USUAL = ("libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1")
"""Packages that an otherwise complete desktop may lack; always named together, not one after the other."""

_LIBRARY = re.compile(r"^(?:.*/)?(lib[\w.+-]*\.so[\w.]*)")


def advice(error: str) -> str | None:
    """One line on the loader's message ``error``: what is missing, and which package has it; None if it names no library."""
    found = _LIBRARY.match(error.split(":")[0].strip())
    if found is None:
        return None
    library = found.group(1)
    packages = dict.fromkeys((*([PACKAGES[library]] if library in PACKAGES else []), *USUAL))
    return f"{library}, which Qt needs to open a window, is missing; on Debian and Ubuntu: sudo apt install {' '.join(packages)}"

"""Runs the bundle as on another computer: no checkout, no Python, an empty environment, a read-only folder.

Linux only: it uses mount namespaces, as root or through user namespaces. What it hides is hidden from the started program alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """\
set -eu
install=$1; hidden=$2; readonly=$3; without=$4; home=$5; shift 5
IFS='\n'
for folder in $hidden; do mount -t tmpfs -o ro,size=4k nowhere "$folder"; done
mount --bind "$install" "$install"
mount -o remount,ro,bind "$install"
for folder in $readonly; do mount --bind "$folder" "$folder"; mount -o remount,ro,bind "$folder"; done
if [ -n "$without" ]; then
    scratch=$(mktemp -d)
    mount -t tmpfs nowhere "$scratch"
    for folder in $(for one in $without; do dirname "$one"; done | sort -u); do
        mkdir -p "$scratch/upper$folder" "$scratch/work$folder"
        mount -t overlay overlay -o "lowerdir=$folder,upperdir=$scratch/upper$folder,workdir=$scratch/work$folder" "$folder"
    done
    for one in $without; do rm "$one"; done
fi
unset IFS
cd "$home" 2>/dev/null || cd /
exec "$@"
"""
"""Blanks and other letters are fine in all paths; line ends are not."""


def hidden_folders(root: Path) -> list[Path]:
    """What the bundle must not reach: the checkout, this environment, and its Python unless that is the system's."""
    folders = [root, Path(sys.prefix)]
    base = Path(sys.base_prefix)
    if base not in (Path("/usr"), Path("/"), Path("/usr/local")):
        folders.append(base)
    return [folder.resolve() for folder in dict.fromkeys(folders) if folder.is_dir()]


@dataclass(frozen=True)
class Cage:
    """A place to run a bundle in.

    Attributes
    ----------
    install : Path
        The unpacked bundle; read-only inside.
    home : Path
        HOME inside.
    hidden : tuple of Path
        Folders that are empty inside.
    readonly : tuple of Path
        More folders that cannot be written inside.
    without : tuple of Path
        Files that are missing inside.
    """

    install: Path
    home: Path
    hidden: tuple[Path, ...]
    readonly: tuple[Path, ...] = ()
    without: tuple[Path, ...] = ()

    def command(self, arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        """The command that runs the bundle's program with ``arguments``; its environment is ``environment`` and HOME alone."""
        unshare = ["unshare", "--mount", "--propagation", "private", *(() if os.geteuid() == 0 else ("--map-root-user",))]
        lists = ["\n".join(map(str, paths)) for paths in (self.hidden, self.readonly, self.without)]
        values = [f"{name}={value}" for name, value in {"HOME": str(self.home), **environment}.items()]
        program = ["env", "-i", *values, str(self.install / "gradwalk"), *arguments]
        return [*unshare, "sh", "-c", SCRIPT, "sh", str(self.install), *lists, str(self.home), *program]

    def run(self, *arguments: str, limit: float = 300, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run to the end; what was printed and the exit status."""
        return subprocess.run(
            self.command(arguments, environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start, for a window. The process keeps its number through all of this, so it is the program's own."""
        return subprocess.Popen(
            self.command(arguments, environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

"""Runs in the bundle before the program: the plain C locale becomes C.UTF-8, as Python's own start program does it (PEP 538).

Without it, Qt complains at each start from an environment that says nothing about a language.
"""

import os
import sys

if sys.platform not in ("win32", "darwin"):
    _stated = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "C")
    if _stated in ("C", "POSIX") and not os.environ.get("LC_ALL"):
        os.environ["LC_CTYPE"] = "C.UTF-8"

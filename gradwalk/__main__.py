"""``python -m gradwalk``."""

import multiprocessing
import sys

from gradwalk.command import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())

"""Files of runs: each run's set-up with its changes and numbers, and if wanted the tables of numbers that it was trained on."""

SUFFIX = ".gradruns"
"""How the name of such a file ends."""

"""What is shown: the one observable state, settings, and what belongs together in a recording."""

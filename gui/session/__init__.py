"""What is shown: the one observable state, the settings, and what belongs together in a recording."""

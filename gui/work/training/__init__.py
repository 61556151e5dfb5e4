"""The training thread: the run, and what plots show of it."""

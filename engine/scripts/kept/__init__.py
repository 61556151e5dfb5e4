"""What outlives a script's process: the journal, and the keeper that makes a recording of it."""

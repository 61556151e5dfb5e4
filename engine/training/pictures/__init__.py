"""What plots show of a run, computed from its snapshots: fits, and the loss around it."""

"""What plots show of a run, computed from its snapshots: fits, the loss around it, parameters and gradients over the epochs."""

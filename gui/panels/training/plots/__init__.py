"""The plots of a run: what each draws, and what they share."""

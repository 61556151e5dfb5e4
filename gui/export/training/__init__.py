"""Files of a training: its numbers, its plots, and its plots in motion."""

"""The training panel: plots and controls."""

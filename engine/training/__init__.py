"""Training: its settings, data, run and loss surface."""

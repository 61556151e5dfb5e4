"""What several benchmarks measure with: ratios of two ways taken in turns, and the heartbeat of the window."""

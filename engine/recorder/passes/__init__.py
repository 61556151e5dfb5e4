"""Runs of torch's engine: hooks on Nodes, what Nodes keep, and how long chains of them are freed."""

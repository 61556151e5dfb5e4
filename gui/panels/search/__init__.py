"""The search over the graph."""

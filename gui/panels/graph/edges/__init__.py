"""Edges: rails, curves, and the texts beside them."""

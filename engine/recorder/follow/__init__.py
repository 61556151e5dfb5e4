"""Tensors followed: which they are, their values, memories and names, and what a write changes."""

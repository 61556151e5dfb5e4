"""Tensors followed: their values, memories and names, and what a write changes."""

"""The canvas, and what lies over it."""

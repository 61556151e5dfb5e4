"""Composition: the window, its actions, toolbar, columns and keys."""

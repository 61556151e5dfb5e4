"""Runs that are drawn beside the one that is trained: which they are, and what each plot draws of them."""

"""Cards: how large each is, what stands on it, how it is painted."""

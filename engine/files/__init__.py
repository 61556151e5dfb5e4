"""The ``.gradwalk`` format: what is written, and what is read and checked before anything relies on it."""

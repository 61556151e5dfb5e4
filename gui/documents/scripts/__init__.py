"""The dialog in which a script is recorded."""

"""A program's text: where its pieces stand, and how to write others there. Runs nothing."""

"""The window. Nothing here imports torch or scikit-learn."""

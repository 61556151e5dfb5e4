"""Text files of numbers to train on: how one is written is shown, and its columns are chosen."""

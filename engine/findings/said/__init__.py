"""What torch and Python say when something fails, read once: by kind, and by the tensor that does not fit."""

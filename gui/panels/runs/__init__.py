"""The runs of the training: a table of what was trained, and races of optimizers."""

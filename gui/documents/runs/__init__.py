"""Runs of the training as files: saved, opened, trained again."""

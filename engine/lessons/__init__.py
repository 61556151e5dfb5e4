"""Lessons: their files as pages that set up a program or a training and ask; answers are computed, never written down."""

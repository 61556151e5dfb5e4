"""Tests of Home in the window."""

"""Tests of gui/window/learn."""

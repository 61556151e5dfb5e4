"""Tests of engine/lessons."""

"""A choice of a few words: chips, a row of segments, tabs."""

"""The code panel: text, problem, output, and the sliders of leaves."""

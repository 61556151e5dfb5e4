"""What is wrong with a recorded program, where, and what to write instead."""

"""What is told of runs without being asked: who won a race, and that the set-up would make a new one."""

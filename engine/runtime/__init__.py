"""What any part may need of Python and the system: threads, stacks, memory, the collector of cycles."""

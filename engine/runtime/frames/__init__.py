"""Our own frames: which they are, what Python keeps of them, and how they stay out of its stack and of profilers."""

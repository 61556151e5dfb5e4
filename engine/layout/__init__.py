"""Cards → positions and routes: by plain means at once, better in a process of its own, thousands in arrays."""

"""Cards → positions and routes: plain ones at once, better ones in a process of its own, thousands in arrays."""

"""What tensors hold, kept: snapshots of their elements, and memory that is written to part by part."""

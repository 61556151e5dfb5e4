"""What is known of each operation of torch, an entry each, by subject."""

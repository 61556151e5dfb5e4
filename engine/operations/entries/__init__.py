"""What is known of each torch operation, one entry each, by subject."""

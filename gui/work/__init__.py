"""What runs on other threads."""

"""What runs within a script's own process."""

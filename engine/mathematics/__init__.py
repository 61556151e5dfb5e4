"""Mathematics as it is written here, and how it is read and printed."""

"""A lesson being played: moments and expressions over what its programs and runs recorded, and answers held against them."""

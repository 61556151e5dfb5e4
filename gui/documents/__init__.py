"""Programs and recordings as files: opened, saved, listed as recent, and found again after a crash."""

"""Programs and recordings as files: open, save, recent, found again after a crash."""

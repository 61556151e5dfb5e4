"""Records real PyTorch. The only folder that hooks torch."""

"""What a training is made of: data sets, models, losses, optimizers, schedules, each declared once. Holds no torch."""

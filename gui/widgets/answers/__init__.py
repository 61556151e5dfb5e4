"""What questions are made of: a card, a field that takes an answer, and the foot that says what came of it."""

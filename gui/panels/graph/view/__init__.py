"""The view of the scene: its camera, what comes into view, the keyboard's walk from card to card, mouse and wheel."""

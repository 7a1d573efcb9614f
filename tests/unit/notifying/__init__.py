"""What notifications say, and when they may go."""

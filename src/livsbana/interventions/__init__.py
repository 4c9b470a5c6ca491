"""What is changed: who is reached, which transition moves, how much, how long, at what cost."""
